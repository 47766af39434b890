"""A ticket's thread: messages, notes and what happened, in the order in which it happened, with bounded queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.channels.outbox import Delivery
from app.db import Session
from app.events import Event
from app.tickets.models import Attachment, Message, Note, Ticket

SHOWN_EVENTS = (
    "ticket.assigned",
    "ticket.moved",
    "ticket.status",
    "ticket.priority",
    "ticket.subject",
    "ticket.spam",
    "ticket.tagged",
    "survey.answered",
    "survey.changed",
)
PAGE = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a thread: exactly one of message, note and event is set."""

    at: datetime
    message: Message | None = None
    note: Note | None = None
    event: Event | None = None
    delivery: Delivery | None = None
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    entries: Sequence[Entry]
    last_message: int
    earlier: int | None = field(default=None)
    """The id to ask for earlier messages by, when there are any."""


def load(db: Session, ticket: Ticket, *, before: int | None = None, limit: int = PAGE) -> Thread:
    """The newest `limit` messages with the notes and events between them, oldest first. Staff only."""
    messages = _messages(db, ticket.id, before, limit + 1)
    earlier = messages[1].id if len(messages) > limit else None
    messages = messages[-limit:]
    since = messages[0].created_at if earlier and messages else None
    until = None
    if before:
        until = db.scalar(sa.select(Message.created_at).where(Message.id == before))
    notes = _between(db, _NOTES, Note.created_at, ticket.id, since, until)
    events = _between(db, _EVENTS, Event.at, ticket.id, since, until)
    deliveries = _deliveries(db, [m.id for m in messages if m.direction == "out"])
    of_message, of_note = _attachments(db, [m.id for m in messages], [n.id for n in notes])
    entries = [
        *(
            Entry(m.created_at, message=m, delivery=deliveries.get(m.id), attachments=of_message[m.id])
            for m in messages
        ),
        *(Entry(n.created_at, note=n, attachments=of_note[n.id]) for n in notes),
        *(Entry(e.at, event=e) for e in events),
    ]
    entries.sort(key=lambda entry: entry.at)
    return Thread(entries, messages[-1].id if messages else 0, earlier)


# The statements are built once: building one costs more than running it.
_OF, _MOST = sa.bindparam("of", type_=Message.ticket_id.type), sa.bindparam("most", type_=sa.Integer())
_MESSAGES = sa.select(Message).where(Message.ticket_id == _OF).order_by(Message.id.desc()).limit(_MOST)
_NOTES = sa.select(Note).where(Note.ticket_id == _OF).order_by(Note.id.desc()).limit(500)
_EVENTS = (
    sa.select(Event).where(Event.ticket_id == _OF, Event.kind.in_(SHOWN_EVENTS)).order_by(Event.id.desc()).limit(500)
)
_DELIVERIES = (
    sa.select(Delivery).where(Delivery.message_id.in_(sa.bindparam("of", expanding=True))).order_by(Delivery.id)
)
_ATTACHMENTS = (
    sa.select(Attachment)
    .where(
        sa.or_(
            Attachment.message_id.in_(sa.bindparam("messages", expanding=True)),
            Attachment.note_id.in_(sa.bindparam("notes", expanding=True)),
        )
    )
    .order_by(Attachment.id)
)


def _messages(db: Session, ticket_id: int, before: int | None, limit: int) -> list[Message]:
    query = _MESSAGES.where(Message.id < before) if before else _MESSAGES
    return list(reversed(db.scalars(query, {"of": ticket_id, "most": limit}).all()))


def _between(
    db: Session,
    query: sa.Select[Any],
    at: Any,
    ticket_id: int,
    since: datetime | None,
    until: datetime | None,
) -> Sequence[Any]:
    if since:
        query = query.where(at >= since)
    if until:
        query = query.where(at < until)
    return list(reversed(db.scalars(query, {"of": ticket_id}).all()))


def _deliveries(db: Session, message_ids: list[int]) -> dict[int, Delivery]:
    if not message_ids:
        return {}
    return {delivery.message_id: delivery for delivery in db.scalars(_DELIVERIES, {"of": message_ids})}


def _attachments(
    db: Session, message_ids: list[int], note_ids: list[int]
) -> tuple[dict[int, list[Attachment]], dict[int, list[Attachment]]]:
    of_message: dict[int, list[Attachment]] = defaultdict(list)
    of_note: dict[int, list[Attachment]] = defaultdict(list)
    if message_ids or note_ids:
        for found in db.scalars(_ATTACHMENTS, {"messages": message_ids, "notes": note_ids}):
            if found.message_id:
                of_message[found.message_id].append(found)
            elif found.note_id:
                of_note[found.note_id].append(found)
    return of_message, of_note


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """A line of a thread as the customer sees it: there is no field that a note could be in."""

    message: Message
    attachments: Sequence[Attachment]
    delivery: Delivery | None


def public(db: Session, ticket: Ticket, *, after: int = 0, limit: int = 200) -> Sequence[PublicEntry]:
    """The messages of a ticket for its customer, oldest first; the desk's automatic mails are left out."""
    query = (
        sa.select(Message)
        .where(Message.ticket_id == ticket.id, Message.id > after, Message.sender_kind != "system")
        .order_by(Message.id.desc())
        .limit(limit)
    )
    messages = list(reversed(db.scalars(query).all()))
    files, _ = _attachments(db, [m.id for m in messages], [])
    deliveries = _deliveries(db, [m.id for m in messages if m.direction == "out"])
    return [PublicEntry(m, files[m.id], deliveries.get(m.id)) for m in messages]
