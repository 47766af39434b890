"""Signing in by a mailed link, proving an address, signing out. GET only shows: mail scanners follow links."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from starlette.responses import Response

from app.errors import AppError, Invalid, NotFound, TooMany
from app.i18n import LOCALES, N_
from app.i18n import gettext as _
from app.portal import links, sessions
from app.portal.ask import WROTE
from app.portal.fields import address_fault
from app.web import Page, redirect, render

ASKED = "help-asked"  # the cookie by which the browser that asked for a link is known again
ASKED_LIFETIME = timedelta(hours=1)
STRANGE_LINK = N_(
    "The link was asked for in another browser. If that was you, go on. "
    "If you did not ask for it, close this page: nothing has happened."
)
STRANGE_FORM = N_(
    "The request was sent from another browser. If that was you, go on. "
    "If you did not send it, close this page: nothing has happened."
)
GONE = 410  # RFC 9110, 15.5.11


def sign_in(page: Page) -> Response:
    """The form that asks for a link; who is signed in goes on at once."""
    if page.who:
        return redirect(page, links.inside(page.query("next")))
    return _form(page, page.query("email"), {})


def ask_link(page: Page) -> Response:
    """Ask for a link. The answer is the same whether or not anybody has the address."""
    address = page.text("email").strip()
    fault = address_fault(address)
    if fault:
        raise Invalid({"email": fault})
    try:
        browser = links.ask(page, address, page.text("next"))
    except TooMany as error:
        response = _form(page, address, {"email": error.message}, 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    response = redirect(page, "/help/sign-in/sent")
    return sessions.keep(page, response, ASKED, browser, ASKED_LIFETIME)


def ask_again(page: Page, error: AppError) -> Response:
    """The form once more, with what was typed and what is wrong with it."""
    return _form(page, page.text("email"), error.fields if isinstance(error, Invalid) else {})


def _form(page: Page, address: str, faults: dict[str, str], status: int = 200) -> Response:
    to = page.query("next") or page.text("next")
    return render(page, "portal/sign_in.html", status, address=address[:254], faults=faults, to=to)


def sent(page: Page) -> Response:
    """What to do now: look into one's mail."""
    return render(page, "portal/sent.html")


def link(page: Page) -> Response:
    """Where a sign-in link leads, with the button that uses it."""
    return _show(page, lambda: links.look(page, page.path("token"), _browser(page)), STRANGE_LINK)


def open_link(page: Page) -> Response:
    """Use a sign-in link up, and sign this browser in."""
    return _enter(page, lambda: links.use(page, page.path("token"), _browser(page)))


def verify(page: Page) -> Response:
    """What the link in the first mail proves, with the button that does it."""
    return _show(page, lambda: links.look_verify(page, page.path("token"), _wrote(page)), STRANGE_FORM)


def open_verify(page: Page) -> Response:
    """The address is proven: sign this browser in and show the request."""
    return _enter(page, lambda: links.use_verify(page, page.path("token"), _wrote(page)))


def _browser(page: Page) -> str:
    return page.request.cookies.get(ASKED, "")


def _wrote(page: Page) -> str:
    return page.request.cookies.get(WROTE, "")


def _show(page: Page, look: Callable[[], links.Way], strange: str) -> Response:
    try:
        way = look()
    except NotFound:
        return _gone(page)
    return render(page, "portal/link.html", way=way, strange="" if way.here else _(strange))


def _enter(page: Page, use: Callable[[], links.Way]) -> Response:
    try:
        way = use()
    except NotFound:
        return _gone(page)
    return sessions.sign_in(page, redirect(page, way.to), way.identity)


def _gone(page: Page) -> Response:
    return render(page, "portal/link_gone.html", GONE)


def sign_out(page: Page) -> Response:
    """Sign this browser out."""
    return sessions.sign_out(page, redirect(page, "/help"))


def language(page: Page) -> Response:
    """Remember the chosen language in a cookie, and go back to the page."""
    to = page.query("next")
    to = to if to == "/help" or to.startswith(("/help/", "/help?", "/shop")) else "/help"
    chosen = page.path("language")
    if chosen not in LOCALES:
        raise NotFound(N_("There is nothing here."))
    return sessions.keep(page, redirect(page, to), "lang", chosen, sessions.LANGUAGE_LIFETIME)
