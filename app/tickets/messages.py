"""Writing and reading messages: the rows behind a thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app import clock
from app.channels.types import MessageIn
from app.customers.models import Customer
from app.db import Session
from app.text import plain
from app.tickets.models import Message, Ticket

SUBJECT_LENGTH = 300


def write_incoming(
    db: Session,
    ticket: Ticket,
    customer: Customer,
    inbox_id: int,
    channel: str,
    incoming: MessageIn,
    received_id: int,
) -> Message:
    """The row of a message that came in."""
    sender = incoming.sender
    full = incoming.full_text
    message = Message(
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
        meta=_meta(incoming),
        received_id=received_id,
        sent_at=incoming.sent_at,
        created_at=clock.now(),
    )
    db.add(message)
    db.flush()
    touch(ticket, message.text or message.subject)
    return message


def _meta(incoming: MessageIn) -> dict[str, Any]:
    """What the channel said about a message, with the verdicts on its sender that later decisions ask for."""
    kept = dict(incoming.meta)
    if incoming.automatic:
        kept["automatic"] = incoming.automatic
    if incoming.authentic is not None:
        kept["authentic"] = incoming.authentic
    return kept


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
