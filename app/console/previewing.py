"""What a text in the composer will look like: the very HTML that leaves, or plain text on channels without it."""

from __future__ import annotations

from markupsafe import Markup
from starlette.responses import Response

from app.channels import registry
from app.errors import AppError
from app.text import drawn, plain
from app.tickets import access, replies, signatures
from app.tickets.models import Ticket
from app.web import Page, render


def preview(page: Page) -> Response:
    """The text of the form as its reader will see it, with the signature that goes below it."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    text = plain.strip_controls(page.text("body").replace("\r\n", "\n")).strip()
    note = page.text("kind") == "note"
    if not note and page.text("signed") == "1":
        text = signatures.signed(text, signatures.tidy(page.text("signature")))
    marked = note or registry.channel(page.db, found.channel).capabilities.html
    return _drawn(page, found, text, marked=marked)


def _drawn(page: Page, found: Ticket, text: str, *, marked: bool) -> Response:
    long = len(text) > replies.TEXT_LIMIT
    body = Markup() if long else drawn.leaving(text) if marked else drawn.text(text)
    return render(page, "console/_preview.html", body=body, marked=marked, long=long, lang=found.locale)


def refused(page: Page, error: AppError) -> Response:
    """A signature that is too long, or a ticket that is gone, is said when it is sent."""
    return render(page, "console/_preview.html", body=Markup(), marked=True, long=True, lang="")
