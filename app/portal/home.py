"""The first page of the portal, and what it says when something is wrong."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app import i18n
from app.errors import AppError, NotFound
from app.portal import mailbox, requests
from app.web import Page, redirect, render


def root(page: Page) -> Response:
    """The address without a path is the customers'."""
    return redirect(page, "/help")


def home(page: Page) -> Response:
    """Ask, or see what became of a request."""
    waiting = requests.awaited(page.db, page.who) if page.who else None
    return render(page, "portal/home.html", waiting=waiting, addresses=mailbox.addresses(page.db))


def nowhere(page: Page) -> Response:
    """An address under /help that nothing is at."""
    raise NotFound


def error(request: Request, problem: AppError) -> Response:
    """An error as a page of the portal; who has to sign in is led to the door first."""
    path = request.url.path
    if problem.status == 401 and request.method == "GET":
        return RedirectResponse(f"/help/sign-in?next={quote(path)}", 303)
    text = i18n.gettext(problem.message)
    html = request.state.templates.get_template("portal/error.html").render(
        status=problem.status,
        sentence=text % problem.values if problem.values else text,
        locale=i18n.locale(),
        here=path,
        customer=None,
        settings=request.state.database.settings,
    )
    return HTMLResponse(html, problem.status, {"Cache-Control": "no-store"})
