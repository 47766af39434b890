"""A ticket's thread: messages, notes and what happened, in the order in which it happened, with bounded queries.

Staff open threads all day long: their lines are read as plain rows, of which only what is shown is asked for, and a
table that holds nothing of the ticket is not asked at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

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
    "reports.answered",
    "ticket.tagged",
    "ticket.snoozed",
    "ticket.woke",
    "ticket.merged",
    "ticket.absorbed",
    "ticket.unmerged",
    "ticket.released",
    "ticket.split",
    "proposal.approved",
    "proposal.returned",
    "survey.answered",
    "survey.changed",
)
PAGE = 60
MOST = 500  # notes and events between the messages


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as its line in the thread needs it."""

    id: int
    channel: str
    direction: str
    kind: str
    sender_kind: str
    customer_id: int | None
    agent_id: int | None
    sender_name: str
    sender_address: str
    text: str
    full_text: str
    has_html: bool
    meta: Mapping[str, Any]
    edited_at: datetime | None
    deleted_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message of ours. `id` is its delivery's."""

    id: int
    state: str
    code: str
    reason: str
    retry_at: datetime | None
    sent_at: datetime | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Jotting:
    """An internal note."""

    id: int
    agent_id: int | None
    author_name: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that has a line of its own."""

    id: int
    kind: str
    actor_kind: str
    actor_id: int | None
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a thread: exactly one of message, note and event is set."""

    at: datetime
    message: Letter | None = None
    note: Jotting | None = None
    event: Happening | None = None
    delivery: Fate | None = None
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    entries: Sequence[Entry]
    last_message: int
    earlier: int | None = field(default=None)
    """The id of the oldest message here, when there are earlier ones."""


@dataclass(frozen=True, slots=True)
class Holds:
    """Which tables have something of a ticket; where nobody has looked, they are asked."""

    notes: bool = True
    files: bool = True


EVERYTHING = Holds()


def load(db: Session, ticket: Ticket, *, limit: int = PAGE, holds: Holds = EVERYTHING) -> Thread:
    """The newest `limit` messages with the notes and events between them, oldest first. Staff only."""
    letters = _letters(db, ticket.id, limit + 1)
    earlier = letters[1][0].id if len(letters) > limit else None
    letters = letters[-limit:]
    since = letters[0][0].created_at if earlier else None
    notes = [Jotting(*row) for row in _between(db, _NOTES, _N.created_at, ticket.id, since)] if holds.notes else []
    events = [Happening(*row) for row in _between(db, _EVENTS, _E.at, ticket.id, since)]
    of_message, of_note = (
        _attachments(db, [letter.id for letter, _ in letters], [note.id for note in notes]) if holds.files else ({}, {})
    )
    entries = [
        *(Entry(m.created_at, message=m, delivery=fate, attachments=of_message.get(m.id, ())) for m, fate in letters),
        *(Entry(n.created_at, note=n, attachments=of_note.get(n.id, ())) for n in notes),
        *(Entry(e.at, event=e) for e in events),
    ]
    entries.sort(key=lambda entry: entry.at)
    return Thread(entries, letters[-1][0].id if letters else 0, earlier)


# Built once: opening a ticket asks all of these, and building a statement costs more than running it.
_M, _N, _E, _D = (cast(sa.Table, model.__table__).c for model in (Message, Note, Event, Delivery))
_OF, _MOST = sa.bindparam("of", type_=_M.ticket_id.type), sa.bindparam("most", type_=sa.Integer())
_LAST = cast(sa.Table, Delivery.__table__).alias()
_NEWEST = sa.select(sa.func.max(_LAST.c.id)).where(_LAST.c.message_id == _M.id).scalar_subquery()
_LETTER = (
    _M.id,
    _M.channel,
    _M.direction,
    _M.kind,
    _M.sender_kind,
    _M.customer_id,
    _M.agent_id,
    _M.sender_name,
    _M.sender_address,
    _M.text,
    _M.full_text,
    sa.and_(_M.html.is_not(None), _M.html != "").label("has_html"),
    _M.meta,
    _M.edited_at,
    _M.deleted_at,
    _M.created_at,
)
_FATE = (_D.id, _D.state, _D.code, _D.reason, _D.retry_at, _D.sent_at, _D.changed_at)
_MESSAGES = (
    sa.select(*_LETTER, *_FATE)
    .select_from(cast(sa.Table, Message.__table__).outerjoin(cast(sa.Table, Delivery.__table__), _D.id == _NEWEST))
    .where(_M.ticket_id == _OF)
    .order_by(_M.id.desc())
    .limit(_MOST)
)
_NOTES = (
    sa.select(_N.id, _N.agent_id, _N.author_name, _N.text, _N.created_at)
    .where(_N.ticket_id == _OF)
    .order_by(_N.id.desc())
    .limit(MOST)
)
_EVENTS = (
    sa.select(_E.id, _E.kind, _E.actor_kind, _E.actor_id, _E.data, _E.at)
    .where(_E.ticket_id == _OF, _E.kind.in_(SHOWN_EVENTS))
    .order_by(_E.id.desc())
    .limit(MOST)
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


def _letters(db: Session, ticket_id: int, limit: int) -> list[tuple[Letter, Fate | None]]:
    """The newest messages, oldest first, each with what became of it."""
    wide = len(_LETTER)
    rows = db.execute(_MESSAGES, {"of": ticket_id, "most": limit}).all()
    return [(Letter(*row[:wide]), Fate(*row[wide:]) if row[wide] else None) for row in reversed(rows)]


def _between(
    db: Session, query: sa.Select[Any], at: sa.ColumnElement[datetime], ticket_id: int, since: datetime | None
) -> list[Any]:
    if since:
        query = query.where(at >= since)
    return list(reversed(db.execute(query, {"of": ticket_id}).all()))


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
