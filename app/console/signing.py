"""Signing in and out, the desk's first owner, and taking up an invitation."""

from __future__ import annotations

from starlette.responses import Response

from app import i18n
from app.accounts import agents, sessions, signin, tokens
from app.console import forms
from app.errors import AppError, NotFound
from app.web import Page, redirect, render


def form(page: Page, error: AppError | None = None) -> Response:
    """The page to sign in on; whoever is signed in goes on."""
    cookie = page.request.cookies.get(sessions.cookie_name(page.settings.secure), "")
    if error is None and sessions.agent_of(page.db, cookie):
        return redirect(page, _next(page))
    email, onward = page.text("email"), _next(page)
    return render(page, "console/sign_in.html", errors=forms.errors(error), email=email, next=onward)


def _next(page: Page) -> str:
    wanted = page.text("next") or page.query("next")
    return wanted if wanted.startswith("/console") else "/console"


def enter(page: Page) -> Response:
    """Check address and password, and begin a session."""
    browser = page.request.headers.get("user-agent", "")
    cookie = signin.sign_in(page.db, page.text("email"), page.text("password"), page.address, browser)
    return _signed_in(page, cookie, _next(page))


def _signed_in(page: Page, cookie: str, to: str) -> Response:
    response = redirect(page, to)
    response.set_cookie(
        sessions.cookie_name(page.settings.secure),
        cookie,
        max_age=page.settings.session_days * 86400,
        httponly=True,
        secure=page.settings.secure,
        samesite="lax",
    )
    return response


def leave(page: Page) -> Response:
    """End this browser's session."""
    name = sessions.cookie_name(page.settings.secure)
    sessions.end(page.db, page.request.cookies.get(name, ""))
    response = redirect(page, "/sign-in")
    response.delete_cookie(name, secure=page.settings.secure, httponly=True, samesite="lax")
    return response


# ── the first start ───────────────────────────────────────────────────────────────────────────────────


def setup(page: Page, error: AppError | None = None) -> Response:
    """The page that makes the desk's owner, behind a link that works once."""
    tokens.look(page.db, "setup", page.path("token"))
    values = forms.typed(page, name="", email="")
    return render(page, "console/setup.html", errors=forms.errors(error), values=values)


def begin(page: Page) -> Response:
    """Make the owner and sign them in. Raises NotFound once the desk has somebody."""
    tokens.use(page.db, "setup", page.path("token"))
    if agents.any_yet(page.db):
        raise NotFound("This link has expired or was used already.")
    owner = agents.add(
        page.db,
        page.text("email"),
        page.text("name"),
        role="owner",
        password=page.text("password"),
        locale=i18n.locale(),
    )
    browser = page.request.headers.get("user-agent", "")
    return _signed_in(page, sessions.begin(page.db, owner, page.address, browser), "/console")


# ── an invitation, or a new password ──────────────────────────────────────────────────────────────────


def invitation(page: Page, error: AppError | None = None) -> Response:
    """The page on which somebody who was invited chooses a password."""
    data = tokens.look(page.db, "invitation", page.path("token"))
    agent = agents.get(page.db, int(data["agent"]))
    return render(page, "console/invitation.html", errors=forms.errors(error), agent_name=agent.name, email=agent.email)


def accept(page: Page) -> Response:
    """Keep the password and sign in; every older session of this person ends."""
    data = tokens.use(page.db, "invitation", page.path("token"))
    agent = agents.get(page.db, int(data["agent"]))
    if not agent.active:
        raise NotFound
    agents.set_password(page.db, agent, page.text("password"))
    browser = page.request.headers.get("user-agent", "")
    return _signed_in(page, sessions.begin(page.db, agent, page.address, browser), "/console")
