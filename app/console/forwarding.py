"""Forwarding from the console: what is handed on, to whom, with a word of one's own."""

from __future__ import annotations

from starlette.responses import Response

from app.console import forms, show
from app.errors import AppError, Invalid
from app.i18n import gettext as _
from app.text import plain
from app.tickets import access, forwarding
from app.tickets.models import Message
from app.web import Page, redirect


def choose(page: Page, error: AppError | None = None) -> Response:
    """The form; `message` names the one message that is handed on, else all of them are."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    only = page.number("message")
    errors = forms.errors(error)
    try:
        handed, leaves = forwarding.of(page.db, found, only), forwarding.sender(page.db, found).address
    except Invalid as lacking:
        handed, leaves, errors = (), "", errors or forms.errors(lacking)
    return forms.draw(
        page,
        "console/forward.html",
        "ticket",
        source=found,
        only=only,
        handed=[_line(message) for message in handed],
        leaves=leaves,
        values=forms.typed(page, to="", text=""),
        files=page.text("files") == "1" if page.form else True,
        errors=errors,
    )


def _line(message: Message) -> tuple[str, str, str]:
    who = message.sender_name or message.sender_address
    return who, show.moment(message.created_at), plain.excerpt(message.text, 200) or _("No text")


def send(page: Page) -> Response:
    """Hand it on; the ticket shows it, and what becomes of it."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    only, files = page.number("message"), page.text("files") == "1"
    forwarding.forward(page.db, found, page.who, to=page.text("to"), text=page.text("text"), only=only, files=files)
    return redirect(page, f"/console/tickets/{found.id}?done=forwarded")
