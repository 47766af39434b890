"""Signing in and out, the desk's first owner, and taking up an invitation."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from app import i18n
from app.accounts import agents, passwords, sessions, signin, tokens
from app.console import forms
from app.errors import AppError, Invalid, NotFound
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
    agent = signin.check(page.db, page.text("email"), page.text("password"), page.address)
    return signed_in(page, _begin(page, agent.id), _next(page))


def again(page: Page) -> Response:
    """As `enter`, on a page that stayed open: for the same agent alone, and nothing is drawn."""
    agent = signin.check(page.db, page.text("email"), page.text("password"), page.address)
    if agent.id != page.number("agent"):
        raise Invalid({"email": "This page belongs to somebody else."})
    response = signed_in(page, _begin(page, agent.id), "/console")
    response.status_code = 204
    del response.headers["location"]
    return response


def not_again(page: Page, error: AppError) -> Response:
    """Why not, in a sentence for the dialog."""
    return JSONResponse({"error": " ".join(forms.errors(error).values())})


def _begin(page: Page, agent_id: int) -> str:
    with page.database.transaction() as db:
        return signin.begin(db, agents.get(db, agent_id), page.address, page.request.headers.get("user-agent", ""))


def signed_in(page: Page, cookie: str, to: str) -> Response:
    """Go there, with the cookie of a session that has just begun."""
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
    tokens.look(page.db, "setup", page.path("token"))
    password_hash = passwords.chosen(page.text("password"))
    with page.database.transaction() as db:
        tokens.use(db, "setup", page.path("token"))
        if agents.any_yet(db):
            raise NotFound("This link has expired or was used already.")
        name, email = page.text("name"), page.text("email")
        owner = agents.add(db, email, name, role="owner", password_hash=password_hash, locale=i18n.locale())
    return signed_in(page, _begin(page, owner.id), "/console")


# ── an invitation, or a new password ──────────────────────────────────────────────────────────────────


def invitation(page: Page, error: AppError | None = None) -> Response:
    """The page on which somebody who was invited chooses a password."""
    data = tokens.look(page.db, "invitation", page.path("token"))
    agent = agents.get(page.db, int(data["agent"]))
    return render(page, "console/invitation.html", errors=forms.errors(error), agent_name=agent.name, email=agent.email)


def accept(page: Page) -> Response:
    """Keep the password and sign in; every older session of this person ends."""
    tokens.look(page.db, "invitation", page.path("token"))
    password_hash = passwords.chosen(page.text("password"))
    with page.database.transaction() as db:
        data = tokens.use(db, "invitation", page.path("token"))
        agent = agents.get(db, int(data["agent"]))
        if not agent.active:
            raise NotFound
        agents.set_password_hash(db, agent, password_hash)
    return signed_in(page, _begin(page, agent.id), "/console")
