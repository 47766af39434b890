"""Answering: a public reply, an internal note, and what the desk says by itself."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app import clock
from app.accounts.models import Agent
from app.channels import inboxes, outbox, registry
from app.channels.inboxes import Inbox
from app.channels.types import Recipient
from app.customers import identities
from app.customers.models import Customer, Identity
from app.db import Session
from app.errors import Conflict, Invalid
from app.events import SYSTEM, Actor
from app.text import plain
from app.tickets import attachments, lifecycle, messages
from app.tickets.attachments import Upload
from app.tickets.models import Message, Note, Participant, Ticket

TEXT_LIMIT = 200_000
QUOTE_LIMIT = 20_000


def reply(
    db: Session,
    ticket: Ticket,
    agent: Agent,
    text: str,
    *,
    uploads: Sequence[Upload] = (),
    seen: int | None = None,
) -> Message:
    """Answer the customer on the ticket's channel, in this transaction.

    `seen` is the id of the newest message that was on the screen: when the customer wrote since, nothing is
    sent. Raises Invalid (empty, too long, nobody to send to), Conflict (newer message; merged; closed).
    """
    text = _checked(db, ticket, text, uploads)
    _not_stale(db, ticket, seen)
    message = _outgoing(db, ticket, "text", "agent", text, agent)
    files = attachments.keep_uploads(db, ticket, uploads, message_id=message.id)
    by = Actor("agent", agent.id)
    if ticket.assignee_id is None:
        _take(db, ticket, agent)
    _post(db, ticket, message, [attachments.as_outgoing(db, f) for f in files])
    lifecycle.desk_answered(db, ticket, by, message.created_at)
    lifecycle.changed(db, ticket, "message.sent", by, message=message.id)
    return message


def _take(db: Session, ticket: Ticket, agent: Agent) -> None:
    """Who answers a ticket of nobody takes it."""
    ticket.assignee_id = agent.id
    ticket.why = {**ticket.why, "assignment": {"code": "first_reply", "agent": agent.id}}
    lifecycle.changed(
        db,
        ticket,
        "ticket.assigned",
        Actor("agent", agent.id),
        before=None,
        after=agent.id,
        why="first_reply",
    )


def note(db: Session, ticket: Ticket, agent: Agent, text: str, *, uploads: Sequence[Upload] = ()) -> Note:
    """Write an internal note. It is no Message: no channel can carry it. Raises Invalid."""
    text = _tidy(text)
    if not text and not uploads:
        raise Invalid({"text": "Write something first."})
    if len(text) > TEXT_LIMIT:
        raise Invalid({"text": "This text is too long."})
    written = Note(ticket_id=ticket.id, agent_id=agent.id, author_name=agent.name, text=text, created_at=clock.now())
    db.add(written)
    db.flush()
    attachments.keep_uploads(db, ticket, uploads, note_id=written.id)
    lifecycle.changed(db, ticket, "note.written", Actor("agent", agent.id), note=written.id)
    return written


def automatic(
    db: Session,
    ticket: Ticket,
    kind: str,
    text: str,
    *,
    in_reply_to: Message | None = None,
    html: str | None = None,
    subject: str = "",
    named: bool = True,
) -> Message:
    """What the desk says by itself: an acknowledgement, a survey. Marked as automatic on its way out.

    `subject` instead of "Re: " and the ticket's; `named`: whether the customer's name stands beside the address.
    """
    message = _outgoing(db, ticket, kind, "system", text, None)
    message.html = html
    message.subject = subject or message.subject
    _post(db, ticket, message, [], named=named)
    lifecycle.changed(db, ticket, "message.sent", SYSTEM, message=message.id, automatic=kind)
    return message


def _tidy(text: str) -> str:
    return plain.strip_controls(text.replace("\r\n", "\n")).strip()


def _checked(db: Session, ticket: Ticket, text: str, uploads: Sequence[Upload]) -> str:
    text = _tidy(text)
    if ticket.merged_into_id:
        raise Conflict("This ticket was merged into #%(number)s.", number=ticket.merged_into_id)
    if ticket.status == "closed":
        raise Conflict("This ticket is closed. A new message opens a linked one.")
    if not text and not uploads:
        raise Invalid({"text": "Write something first."})
    if len(text) > TEXT_LIMIT:
        raise Invalid({"text": "This text is too long."})
    return text


def _not_stale(db: Session, ticket: Ticket, seen: int | None) -> None:
    if seen is None:
        return
    newest = messages.last_incoming(db, ticket.id)
    if newest and newest.id > seen:
        raise Conflict("Not sent yet: a newer message has arrived.", newest=newest.id)


def _outgoing(db: Session, ticket: Ticket, kind: str, sender_kind: str, text: str, agent: Agent | None) -> Message:
    last = messages.last_incoming(db, ticket.id)
    message = Message(
        ticket_id=ticket.id,
        inbox_id=ticket.inbox_id,
        channel=ticket.channel,
        direction="out",
        kind=kind,
        sender_kind=sender_kind,
        agent_id=agent.id if agent else None,
        sender_name=agent.name if agent else db.settings.desk_name,
        subject=answer_subject(ticket.subject),
        text=text,
        reply_to=last.external_id if last else None,
        created_at=clock.now(),
    )
    db.add(message)
    db.flush()
    inbox = inboxes.info_of(db, ticket.inbox_id)
    message.external_id = registry.channel(db, inbox.kind).external_id(inbox, ticket.id, message.id)
    if sender_kind == "agent":
        messages.touch(ticket, text)
    return message


def answer_subject(subject: str) -> str:
    """The subject of an answer: "Re: " once."""
    return subject if subject[:3].lower() == "re:" else f"Re: {subject}"


def _post(
    db: Session, ticket: Ticket, message: Message, files: Sequence[dict[str, object]], *, named: bool = True
) -> None:
    to, cc = recipients(db, ticket)
    to = to if named else [Recipient(r.value) for r in to]
    automatic = message.sender_kind == "system"
    cc = [] if automatic else cc
    message.recipients = {"to": [[r.value, r.name] for r in to], "cc": [[r.value, r.name] for r in cc]}
    db.flush()
    context, ticket.reply_context = ticket.reply_context, {}
    outbox.post(
        db,
        message_id=message.id,
        ticket_id=ticket.id,
        inbox_id=ticket.inbox_id,
        to=to,
        cc=cc,
        text=message.text,
        html=message.html,
        subject=message.subject,
        files=files,
        sender_name=message.sender_name if not automatic else "",
        in_reply_to=message.reply_to,
        references=_references(db, ticket),
        quoted="" if automatic else _quoted(db, ticket),
        locale=ticket.locale,
        automatic=automatic,
        context=context,
    )


def recipients(db: Session, ticket: Ticket) -> tuple[list[Recipient], list[Recipient]]:
    """To and Cc of an answer: the requester's newest address on this channel, and the participants.

    Raises Invalid when the customer has no address that the channel can reach, or has left (blocked, unfollowed).
    """
    kind = registry.channel(db, ticket.channel).capabilities.identity_kind
    last = messages.last_incoming(db, ticket.id)
    customer = db.get_one(Customer, ticket.requester_id)
    if last and last.customer_id == ticket.requester_id and last.sender_address and _speaks(db, last.channel, kind):
        value: str | None = last.sender_address
    else:
        query = sa.select(Identity.value).where(Identity.customer_id == customer.id, Identity.kind == kind)
        value = db.scalar(query.order_by(Identity.id.desc()).limit(1))
    if value is None:
        raise Invalid({"to": "This customer has no address on this channel."})
    if _has_left(db, customer.id, kind, value):
        raise Invalid({"to": "This customer can no longer be reached on this channel."})
    to = [Recipient(value, customer.name)]
    if not registry.channel(db, ticket.channel).capabilities.cc:
        return to, []
    rows = db.execute(
        sa.select(Participant.address, Customer.name)
        .join(Customer, Customer.id == Participant.customer_id)
        .where(Participant.ticket_id == ticket.id, Participant.address != "")
        .order_by(Customer.id)
        .limit(50)
    )
    return to, [Recipient(address, name) for address, name in rows if address != to[0].value]


def _speaks(db: Session, channel: str, identity_kind: str) -> bool:
    """Whether addresses on a channel are of this kind: who went on by mail is not answered there on a chat."""
    return registry.channel(db, channel).capabilities.identity_kind == identity_kind


def _has_left(db: Session, customer_id: int, kind: str, value: str) -> bool:
    query = sa.select(Identity.reachable).where(
        Identity.customer_id == customer_id,
        Identity.kind == kind,
        Identity.value == identities.normal(kind, value),
    )
    return db.scalar(query.order_by(Identity.reachable.desc()).limit(1)) is False


def _references(db: Session, ticket: Ticket) -> list[str]:
    """Message-IDs of the conversation, oldest first: the first and the newest twenty (RFC 5322, 3.6.4)."""
    query = sa.select(Message.external_id).where(
        Message.ticket_id == ticket.id, Message.external_id.is_not(None), Message.direction == "in"
    )
    newest = list(db.scalars(query.order_by(Message.id.desc()).limit(20)))
    return [e for e in reversed(newest) if e]


def _quoted(db: Session, ticket: Ticket) -> str:
    """What an answer quotes: the customer's last message, never a note, never what somebody else wrote."""
    last = messages.last_incoming(db, ticket.id)
    return (last.text if last else "")[:QUOTE_LIMIT]


def inbox_of(db: Session, ticket: Ticket) -> Inbox:
    """The inbox that answers leave from."""
    return db.get_one(Inbox, ticket.inbox_id)
