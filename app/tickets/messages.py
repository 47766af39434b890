"""Writing and reading messages: the rows behind a thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from app.channels.types import MessageIn
from app.customers.models import Customer
from app.db import Session
from app.text import plain
from app.tickets.models import Message, Ticket

SUBJECT_LENGTH = 300


# Written with Core: a message is a record. What changes later (a text edited, a name learnt) is loaded for it.
_TABLE = cast(sa.Table, Message.__table__)
_WRITE = sa.insert(_TABLE).returning(_TABLE.c.id)
_NAME = (
    sa.update(_TABLE)
    .where(_TABLE.c.id == sa.bindparam("number"))
    .values(external_id=sa.bindparam("named", type_=sa.Text()))
)
_BLANK: dict[str, Any] = {
    "kind": "text",
    "customer_id": None,
    "agent_id": None,
    "sender_name": "",
    "sender_address": "",
    "external_id": None,
    "reply_to": None,
    "subject": "",
    "text": "",
    "full_text": "",
    "html": None,
    "html_version": 0,
    "recipients": {},
    "meta": {},
    "received_id": None,
    "sent_at": None,
    "edited_at": None,
    "deleted_at": None,
}


def write(db: Session, **values: Any) -> Message:
    """Write one message of this transaction. What is returned is a copy to read; changing it changes nothing."""
    row = _BLANK | {"created_at": db.moment} | values
    return Message(id=db.execute(_WRITE, row).scalar_one(), **row)


def name(db: Session, message: Message, external_id: str | None) -> None:
    """The id that an outgoing message has on its channel, which holds the message's own number."""
    db.execute(_NAME, {"number": message.id, "named": external_id})
    message.external_id = external_id


def write_incoming(
    db: Session,
    ticket: Ticket,
    customer: Customer,
    inbox_id: int,
    channel: str,
    incoming: MessageIn,
    received_id: int,
) -> Message:
    """The row of a message that came in. Its ticket is told by `touch`."""
    sender = incoming.sender
    full = incoming.full_text
    return write(
        db,
        ticket_id=ticket.id,
        inbox_id=inbox_id,
        channel=channel,
        direction="in",
        kind=incoming.kind,
        sender_kind="customer",
        customer_id=customer.id,
        sender_name=plain.strip_controls(sender.name or customer.name),
        sender_address=sender.value,
        external_id=incoming.external_id,
        reply_to=incoming.reply_to,
        subject=incoming.subject[:SUBJECT_LENGTH],
        text=incoming.text,
        full_text="" if full == incoming.text else full,
        html=incoming.html,
        recipients={"cc": [[other.value, other.name] for other in incoming.cc]} if incoming.cc else {},
        meta=_meta(incoming) | _repeated(db, inbox_id, channel, incoming),
        received_id=received_id,
        sent_at=incoming.sent_at,
    )


def _meta(incoming: MessageIn) -> dict[str, Any]:
    """What the channel said about a message, with the verdicts on its sender that later decisions ask for."""
    kept = dict(incoming.meta)
    if incoming.automatic:
        kept["automatic"] = incoming.automatic
    if incoming.authentic is not None:
        kept["authentic"] = incoming.authentic
    return kept


_SAME_ID = (
    sa.select(_TABLE.c.id)
    .where(
        _TABLE.c.external_id == sa.bindparam("named", type_=sa.Text()),
        _TABLE.c.inbox_id == sa.bindparam("inbox", type_=Message.inbox_id.type),
        _TABLE.c.direction == "in",
    )
    .limit(1)
)


def _repeated(db: Session, inbox_id: int, channel: str, incoming: MessageIn) -> dict[str, Any]:
    """The earlier message whose id this one has, too. Only mail names itself; other channels' ids are unique."""
    if channel != "email" or not incoming.external_id:
        return {}
    earlier = db.scalar(_SAME_ID, {"named": incoming.external_id, "inbox": inbox_id})
    return {"same_id_as": earlier} if earlier else {}


def touch(ticket: Ticket, text: str) -> None:
    """One more message: the list shows its beginning."""
    ticket.messages_count += 1
    ticket.snippet = plain.excerpt(text, 140)


def of_ticket(db: Session, ticket_id: int, before: int | None = None, limit: int = 50) -> Sequence[Message]:
    """The newest `limit` messages of a ticket (older than id `before`), oldest first."""
    query = sa.select(Message).where(Message.ticket_id == ticket_id)
    if before:
        query = query.where(Message.id < before)
    return list(reversed(db.scalars(query.order_by(Message.id.desc()).limit(limit)).all()))


@dataclass(frozen=True, slots=True)
class Heard:
    """What the customer's side said last: what an answer answers, quotes, and goes back to."""

    id: int
    external_id: str | None
    customer_id: int | None
    channel: str
    address: str
    text: str
    references: Sequence[str]
    """Message-IDs of what they wrote, oldest first: the newest twenty (RFC 5322, 3.6.4)."""


_THEIRS = sa.and_(
    Message.ticket_id == sa.bindparam("of_ticket", type_=Message.ticket_id.type), Message.direction == "in"
)
_NEWEST = sa.select(Message.id).where(_THEIRS).order_by(Message.id.desc()).limit(1)
_HEARD = (
    sa.select(
        Message.id,
        Message.external_id,
        Message.customer_id,
        Message.channel,
        Message.sender_address,
        sa.case((Message.id == _NEWEST.correlate(None).scalar_subquery(), Message.text), else_="").label("text"),
    )
    .where(_THEIRS)
    .order_by(Message.id.desc())
    .limit(20)
)


def heard(db: Session, ticket_id: int) -> Heard | None:
    """The customer's last message, and what it continues; None when the desk began."""
    rows = db.execute(_HEARD, {"of_ticket": ticket_id}).all()
    if not rows:
        return None
    known = [row.external_id for row in reversed(rows) if row.external_id]
    number, external_id, customer_id, channel, address, text = rows[0]
    return Heard(number, external_id, customer_id, channel, address, text, known)


def as_heard(message: Message) -> Heard:
    """A message that has just opened its ticket."""
    known = [message.external_id] if message.external_id else []
    return Heard(
        message.id,
        message.external_id,
        message.customer_id,
        message.channel,
        message.sender_address,
        message.text,
        known,
    )


_LAST_IN = (
    sa.select(Message)
    .where(Message.ticket_id == sa.bindparam("of_ticket", type_=Message.ticket_id.type), Message.direction == "in")
    .order_by(Message.id.desc())
    .limit(1)
)


def last_incoming(db: Session, ticket_id: int) -> Message | None:
    """The newest message of the customer's side."""
    return db.scalar(_LAST_IN, {"of_ticket": ticket_id})


def last_number(db: Session, ticket_id: int) -> int:
    """The id of the newest message of a ticket: what a composer was drawn against."""
    return db.scalar(sa.select(sa.func.max(Message.id)).where(Message.ticket_id == ticket_id)) or 0


def by_external_ids(db: Session, customer_id: int, external_ids: Sequence[str]) -> Sequence[int]:
    """Tickets of messages with these external ids that this customer wrote, in the order of the ids."""
    if not external_ids:
        return []
    rows = db.execute(
        sa.select(Message.external_id, Message.ticket_id).where(
            Message.external_id.in_(external_ids[:50]),
            Message.customer_id == customer_id,
            Message.direction == "in",
        )
    )
    found = {external: ticket for external, ticket in rows if external}
    return list(dict.fromkeys(found[e] for e in external_ids if e in found))


def edit(db: Session, message: Message, text: str, at: datetime) -> None:
    """The sender changed the text on the channel; what it was stays in the raw Received."""
    message.meta = {**message.meta, "before_edit": [*message.meta.get("before_edit", []), message.text][-20:]}
    message.text, message.edited_at = text, at


def find_incoming(db: Session, inbox_id: int, external_id: str) -> Message | None:
    """The message that a channel's later event (edit, unsend) is about."""
    return db.scalar(
        sa.select(Message).where(
            Message.inbox_id == inbox_id, Message.external_id == external_id, Message.direction == "in"
        )
    )
