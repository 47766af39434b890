"""Handing a ticket's messages on to somebody outside: a mail with a word of one's own above what was written.

It stands in the thread for the staff, and is none of the customer's business: neither the portal nor the API shows it,
and no clock or status of the ticket moves. Notes are a table of their own and cannot be among what is handed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app import i18n
from app.accounts.models import Agent
from app.channels import inboxes, outbox, registry
from app.channels.inboxes import Inbox
from app.channels.outbox import Letter
from app.db import Session
from app.errors import Invalid
from app.events import Actor
from app.text import plain
from app.tickets import addressing, approval, attachments, lifecycle, messages, replies
from app.tickets.addressing import Addressed
from app.tickets.models import Attachment, Message, Ticket

KIND = "forward"
MOST = 50  # messages of one mail
FILES = 50
LONGEST = 100_000  # characters of what is handed on


def forward(
    db: Session, ticket: Ticket, agent: Agent, *, to: str, text: str, only: int | None = None, files: bool = True
) -> Message:
    """Send one message of a ticket, or all of them, to addresses outside; tracked as any message out.

    Raises Invalid (no address, one of our own, too long, nothing to hand on, no mail inbox to send from),
    Conflict where the agent’s replies need approval.
    """
    approval.demand(db, ticket, agent)  # else it would be a way around it, to the customer too
    addressed = addressing.chosen(db, ticket, to, "", "")
    word = plain.strip_controls(text.replace("\r\n", "\n")).strip()
    if len(word) > replies.TEXT_LIMIT:
        raise Invalid({"text": "This text is too long."})
    chosen = of(db, ticket, only)
    inbox = sender(db, ticket)
    with i18n.use(ticket.locale):
        subject = i18n.gettext("Fwd: %(subject)s") % {"subject": ticket.subject or f"#{ticket.id}"}
        body = "\n\n".join(part for part in (word, *(_quoted(message) for message in chosen)) if part)[:LONGEST]
    message = _write(db, ticket, agent, inbox, addressed, subject=subject, text=word, handed=[m.id for m in chosen])
    _send(db, ticket, message, addressed, body, _files(db, chosen) if files else [])
    lifecycle.changed(
        db, ticket, "message.forwarded", Actor("agent", agent.id), message=message.id, to=_names(addressed)
    )
    return message


def of(db: Session, ticket: Ticket, only: int | None = None) -> Sequence[Message]:
    """What can be handed on, oldest first: what people wrote on this ticket, or one of it. Raises Invalid."""
    query = sa.select(Message).where(
        Message.ticket_id == ticket.id, Message.sender_kind != "system", Message.deleted_at.is_(None)
    )
    if only is not None:
        query = query.where(Message.id == only)
    found = list(reversed(db.scalars(query.order_by(Message.id.desc()).limit(MOST)).all()))
    if not found:
        raise Invalid({"message": "There is nothing to forward."})
    return found


def sender(db: Session, ticket: Ticket) -> Inbox:
    """The inbox that a forwarded mail leaves from: the ticket's own, else the oldest mail address. Raises Invalid."""
    own = db.get(Inbox, ticket.inbox_id)
    if own is not None and own.kind == "email":
        return own
    query = sa.select(Inbox).where(Inbox.kind == "email", Inbox.active).order_by(Inbox.id).limit(1)
    found = db.scalar(query)
    if found is None:
        raise Invalid({"to": "This desk has no mail address to send from."})
    return found


def _names(addressed: Addressed) -> str:
    return ", ".join(recipient.value for recipient in addressed.to)


def _quoted(message: Message) -> str:
    """A message as it stands in a forwarded mail."""
    at = i18n.full(message.created_at)
    who = message.sender_name or message.sender_address
    if message.direction == "in" and message.sender_address and message.sender_address != who:
        who = f"{who} <{message.sender_address}>"
    head = i18n.gettext("%(who)s wrote on %(when)s:") % {"who": " ".join(who.split()), "when": at}
    lines = (message.full_text or message.text).strip().split("\n")
    return "\n".join([head, *(f"> {line}".rstrip() for line in lines)])


def _files(db: Session, chosen: Sequence[Message]) -> list[dict[str, Any]]:
    query = sa.select(Attachment).where(
        Attachment.message_id.in_([message.id for message in chosen]), Attachment.state == "ready"
    )
    found = db.scalars(query.order_by(Attachment.id).limit(FILES))
    return [attachments.as_outgoing(db, file) for file in found]


def _write(
    db: Session, ticket: Ticket, agent: Agent, inbox: Inbox, addressed: Addressed, *, handed: list[int], **values: Any
) -> Message:
    message = messages.write(
        db,
        ticket_id=ticket.id,
        inbox_id=inbox.id,
        channel=inbox.kind,
        direction="out",
        kind=KIND,
        sender_kind="system",  # never shown to the customer, never counted as an answer
        agent_id=agent.id,
        sender_name=agent.name,
        recipients=addressed.kept(),
        meta={"forwarded_to": _names(addressed), "forwarded": handed},
        **values,
    )
    info = inboxes.info_of(db, inbox.id)
    messages.name(db, message, registry.channel(db, inbox.kind).external_id(info, ticket.id, message.id))
    return message


def _send(
    db: Session, ticket: Ticket, message: Message, addressed: Addressed, body: str, files: list[dict[str, Any]]
) -> None:
    letter = Letter(
        to=addressed.to,
        text=body,
        subject=message.subject,
        files=files,
        sender_name=message.sender_name,
        locale=ticket.locale,
    )
    outbox.post(
        db,
        letter,
        message_id=message.id,
        ticket_id=ticket.id,
        inbox_id=message.inbox_id,
        external_id=message.external_id,
    )
