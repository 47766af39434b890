"""Who has left the chat is answered by mail, when they said how: nobody waits for an answer that lies unread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from app import clock, i18n
from app.channels import outbox
from app.channels.outbox import Delivery, Letter
from app.channels.types import Recipient
from app.customers.models import Customer
from app.db import Session
from app.events import Event
from app.jobs import queue
from app.jobs.worker import Work
from app.portal import mailbox, visitors
from app.tickets import attachments, messages
from app.tickets.models import Attachment, Message, Ticket
from app.tickets.replies import answer_subject

PATIENCE = timedelta(minutes=3)  # how long an answer may lie unread in the chat


def watch(db: Session, event: Event) -> None:
    """Reaction to delivery.sent: look later whether the visitor was there to get it."""
    if event.data["channel"] == "chat":
        run_at = clock.now() + PATIENCE
        queue.enqueue(db, "portal.follow_by_mail", run_at=run_at, ticket_id=event.ticket_id)


def follow_by_mail(work: Work, ticket_id: int) -> None:
    """Job: mail all that lies unread in a chat, as one mail that can be answered. Later ones then find nothing."""
    with work.finishing() as db:
        ticket = db.get(Ticket, ticket_id, with_for_update=not db.sqlite)
        inbox = mailbox.mail(db)
        address = visitors.address(db, ticket.requester_id) if ticket else ""
        unread = _unread(db, ticket) if ticket else []
        if ticket and inbox and address and unread:
            _post(db, ticket, inbox.id, address, unread)


def _unread(db: Session, ticket: Ticket) -> Sequence[Message]:
    """Answers that went to the chat, were not taken by any browser, and were not mailed yet."""
    mailed = sa.select(sa.func.coalesce(sa.func.max(Delivery.message_id), 0)).where(
        Delivery.ticket_id == ticket.id, Delivery.inbox_id != ticket.inbox_id
    )
    query = (
        sa.select(Message)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(
            Message.ticket_id == ticket.id,
            Message.sender_kind == "agent",
            Message.id > mailed.scalar_subquery(),
            Delivery.inbox_id == ticket.inbox_id,
            Delivery.state == "sent",
        )
    )
    return db.scalars(query.order_by(Message.id)).all()


def _post(db: Session, ticket: Ticket, inbox_id: int, address: str, unread: Sequence[Message]) -> None:
    customer, last = db.get_one(Customer, ticket.requester_id), messages.last_incoming(db, ticket.id)
    with i18n.use(ticket.locale):
        why = i18n.gettext("You had left our chat, so we answer by mail. To go on, simply reply to this mail.")
    files = db.scalars(
        sa.select(Attachment).where(Attachment.message_id.in_([m.id for m in unread]), Attachment.state == "ready")
    ).all()
    letter = Letter(
        to=[Recipient(address, customer.name)],
        text="\n\n".join([*(m.text for m in unread if m.text), why]),
        subject=answer_subject(ticket.subject),
        files=[attachments.as_outgoing(db, file) for file in files],
        sender_name=unread[-1].sender_name,
        quoted=last.text if last else "",
        locale=ticket.locale,
    )
    outbox.post(db, letter, message_id=unread[-1].id, ticket_id=ticket.id, inbox_id=inbox_id)
