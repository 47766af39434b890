"""Every change of a ticket as a list to read: when, who, what, and why, with the way back where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from starlette.responses import Response

from app import clock
from app.console import forms, happened, show, why
from app.console.happened import Names
from app.customers.models import Customer
from app.events import Event
from app.i18n import N_
from app.i18n import gettext as _
from app.tickets import access
from app.tickets.thread import Happening
from app.tickets.undoing import KEPT, Undo
from app.web import Page

MOST = 200  # of one page

# What has no line of its own in the thread, because the thread shows the thing itself.
OTHERS: Mapping[str, tuple[str, str]] = {
    "ticket.opened": ("plus", N_("The ticket was opened")),
    "message.received": ("mail", N_("A message arrived")),
    "message.sent": ("send", N_("A message was sent")),
    "message.edited": ("pencil", N_("The customer changed a message")),
    "message.deleted": ("x", N_("The customer took a message back")),
    "proposal.asked": ("hourglass", N_("A colleague was asked to approve a reply")),
    "proposal.withdrawn": ("rotate-ccw", N_("A reply was withdrawn before it was approved")),
    "macro.applied": ("zap", N_("A macro was applied")),
    "macro.undone": ("zap", N_("A macro was undone")),
    "note.written": ("lock", N_("An internal note was written")),
}
REASONS: Mapping[str, str] = {
    **why.THREADING,
    **why.ASSIGNMENT,
    **why.MOVED,
    **why.STATUS,
    "by_hand": "",
    "": "",
    "token": N_("It answers one of our messages: our own mark came back."),
    "reference": N_("It answers a message that this sender wrote."),
    "conversation": N_("It came in the same conversation."),
    "unmerged": N_("The merge was undone."),
    "time": N_("The time that was chosen had come."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One change. `undo` is the address that takes it back, "" when nothing does."""

    at: str
    iso: str
    who: str
    icon: str
    text: str
    why: str
    undo: str


def history(page: Page) -> Response:
    """The changes of a ticket, the newest first; `before` leads to older ones."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    query = sa.select(Event).where(Event.ticket_id == found.id)
    if before := page.number("before"):
        query = query.where(Event.id < before)
    events = page.db.scalars(query.order_by(Event.id.desc()).limit(MOST + 1)).all()
    customer = page.db.scalar(sa.select(Customer.name).where(Customer.id == found.requester_id)) or ""
    known = show.desk(page.db)
    names = Names(known.people, show.customer_name(customer), known.teams)
    back = _undoable(page, events[:MOST])
    lines = [line for event in events[:MOST] if (line := _line(names, event, back))]
    older = events[MOST - 1].id if len(events) > MOST else None
    return forms.draw(
        page, "console/history.html", "ticket", source=found, lines=lines, older=older, because=why.told(page, found)
    )


def _undoable(page: Page, events: Sequence[Event]) -> set[int]:
    numbers = {e.data["undo"] for e in events if isinstance(e.data.get("undo"), int)}
    if not numbers or page.who.role == "viewer":
        return set()
    query = sa.select(Undo.id).where(Undo.id.in_(numbers), Undo.state == "done", Undo.made_at > clock.now() - KEPT)
    return set(page.db.scalars(query))


def _line(names: Names, event: Event, back: set[int]) -> Line | None:
    data = event.data
    happening = Happening(event.id, event.kind, event.actor_kind, event.actor_id, data, event.at)
    said = happened.say(names, happening)
    if said is None and event.kind == "ticket.status":
        icon, name = show.STATUSES.get(str(data.get("after")), ("circle-dot", ""))
        said = icon, _("The status became %(status)s") % {"status": _(name) if name else ""}
    if said is None and event.kind in OTHERS:
        icon, text = OTHERS[event.kind]
        said = icon, _(text)
    if said is None:
        return None
    reason = REASONS.get(str(data.get("why", "")), "")
    undo = f"/console/undo/{data['undo']}" if data.get("undo") in back else ""
    icon, text = said[0], said[1]
    iso = event.at.isoformat(timespec="seconds")
    return Line(show.moment(event.at), iso, names.by(happening), icon, text, _(reason) if reason else "", undo)
