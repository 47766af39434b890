"""Writing: a reply to the customer, or an internal note. Two domain functions, and never one for the other."""

from __future__ import annotations

import json

from starlette.responses import HTMLResponse, Response

from app.console import desk
from app.errors import AppError, Conflict, Invalid
from app.events import Actor
from app.i18n import gettext as _
from app.tickets import access, lifecycle, replies
from app.tickets.attachments import Upload
from app.tickets.models import Ticket
from app.web import Page, fragment, redirect, render


def write(page: Page) -> Response:
    """Send what is in the composer. The kind is said, never guessed: anything but reply or note is refused."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    kind, text = page.text("kind"), page.text("body")
    uploads = [Upload(name, declared, content) for name, declared, content in page.files("files")]
    if kind == "note":
        replies.note(page.db, found, page.who, text, uploads=uploads)
    elif kind == "reply":
        _reply(page, found, text, uploads)
    else:
        raise Invalid({"kind": "Choose between a reply and a note."})
    return _answer(page, found, kind)


def _reply(page: Page, found: Ticket, text: str, uploads: list[Upload]) -> None:
    # On a chat people write while we do: a new line there is no reason to stop.
    live = found.channel == "chat" or page.text("anyway") == "1"
    seen = None if live else page.number("seen") or 0
    replies.reply(page.db, found, page.who, text, uploads=uploads, seen=seen)
    if page.text("then") == "solved":
        lifecycle.solve(page.db, found, Actor("agent", page.who.id))


def _answer(page: Page, found: Ticket, kind: str) -> Response:
    """It is written: the composer is told, and the live part of the ticket fetches itself, as on every screen."""
    if not page.partial:
        return redirect(page, f"/console/tickets/{found.id}")
    told = {"HX-Trigger": json.dumps({"sent": {"ticket": found.id, "kind": kind}, f"ticket-{found.id}": {}})}
    if page.text("then") != "solved" or found.status != "solved":
        return Response(status_code=204, headers=told)  # what was written stands in the thread: no more needs saying
    undo = {"url": f"/console/tickets/{found.id}/status", "fields": {"status": "open"}}
    toast = {"text": _("Sent and solved #%(number)s") % {"number": found.id}, "wrong": False, "undo": undo}
    response = render(page, "console/_sent.html", toast=toast)
    response.headers.update(told)
    return response


def refused(page: Page, error: AppError) -> Response:
    """Nothing was sent: the reason beside the text, which stays. Without script, a page that says it."""
    if isinstance(error, Invalid):
        sentences = [_(sentence) % error.values if error.values else _(sentence) for sentence in error.fields.values()]
        text, stale = " ".join(sentences), False
    else:
        text = _(error.message) % error.values if error.values else _(error.message)
        stale = isinstance(error, Conflict) and "newest" in error.values
    if not page.partial:
        html = fragment(page, "error.html", status=error.status, sentence=text, sign_in=False)
        return HTMLResponse(html, error.status)
    if error.status == 409:
        found = access.ticket(page.db, page.who, page.path("ticket"))
        drawn = desk.drawn(page, found) if stale else None
        return render(page, "console/_stopped.html", sentence=text, anyway=stale, ticket=drawn)
    return render(page, "console/_wrong.html", sentence=text)
