"""What each kind of channel event does to customers and tickets, in the transaction of its Received."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app import clock
from app.channels import outbox
from app.channels.inboxes import Inbox
from app.channels.types import (
    ChannelEvent,
    Deleted,
    Edited,
    InboxInfo,
    MessageIn,
    Noise,
    Reachability,
    Sender,
    StatusChanged,
)
from app.customers import identities
from app.customers.models import Customer
from app.db import Session
from app.events import Actor
from app.text import plain
from app.tickets import acknowledgement, attachments, blocking, lifecycle, messages, profiles, threading
from app.tickets.models import Message, Participant, Ticket, TicketLink


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one channel event ended."""

    state: str
    why: str = ""
    ticket_id: int | None = None
    message_id: int | None = None


def apply(db: Session, inbox: InboxInfo, received_id: int, event: ChannelEvent) -> Outcome:
    """Do what one event says; how it ended."""
    return _APPLY[type(event)](db, inbox, received_id, event)


def _message(db: Session, inbox: InboxInfo, received_id: int, incoming: MessageIn) -> Outcome:
    if incoming.external_id and inbox.kind != "email":
        known = messages.find_incoming(db, inbox.id, incoming.external_id)
        if known:
            return Outcome("ignored", "duplicate", known.ticket_id, known.id)
    customer = _customer(db, incoming.sender, incoming.language)
    decision = _decided(db, inbox, customer, incoming)
    if isinstance(decision, threading.Join):
        ticket = db.get_one(Ticket, decision.ticket_id)
        messages.touch(ticket, incoming.text or incoming.subject)
    else:
        ticket = _open(db, inbox, customer, incoming, decision)
    message = messages.write_incoming(db, ticket, customer, inbox.id, inbox.kind, incoming, received_id)
    if incoming.attachments:
        attachments.keep_incoming(db, ticket, message, incoming.attachments)
    if incoming.cc and incoming.authentic is not False:  # whom a forged mail names in copy gets none of our answers
        _participants(db, ticket, incoming.cc)
    profiles.meet(db, inbox, customer, incoming.sender)
    _after(db, ticket, customer, message, incoming, decision)
    state = "threaded" if isinstance(decision, threading.Join) else "opened"
    return Outcome(state, decision.why, ticket.id, message.id)


def _customer(db: Session, sender: Sender, language: str) -> Customer:
    return identities.resolve(
        db,
        sender.kind,
        sender.value,
        scope=sender.scope,
        name=plain.strip_controls(sender.name)[:200],
        evidence=sender.evidence,
        locale=sender.locale or (language if language in ("ja", "en") else ""),
    )


def _decided(db: Session, inbox: InboxInfo, customer: Customer, incoming: MessageIn) -> threading.Decision:
    if incoming.sender.kind == "email" and blocking.blocked(db, incoming.sender.value):
        return threading.Open(blocking.CODE)
    return threading.decide(_candidates(db, inbox, customer, incoming), incoming.authentic)


def _candidates(db: Session, inbox: InboxInfo, customer: Customer, incoming: MessageIn) -> list[threading.Candidate]:
    if incoming.conversation is not None:
        latest = db.scalar(
            sa.select(Ticket)
            .where(Ticket.conversation == f"{inbox.id}:{incoming.conversation}", Ticket.spam.is_(False))
            .order_by(Ticket.id.desc())
            .limit(1)
        )
        found = [(latest.id, "conversation")] if latest else []
    else:
        found = [(number, "token") for number in incoming.proven]
        found += [(n, "reference") for n in messages.by_external_ids(db, customer.id, incoming.refs)]
    return [c for number, proof in found if (c := _candidate(db, customer, number, proof))]


def _candidate(db: Session, customer: Customer, number: int, proof: str) -> threading.Candidate | None:
    ticket = db.get(Ticket, number, with_for_update=not db.sqlite)
    for _ in range(10):  # a merged ticket's mail belongs to where it went
        if ticket is None or ticket.merged_into_id is None:
            break
        ticket = db.get(Ticket, ticket.merged_into_id)
    if ticket is None:
        return None
    belongs = ticket.requester_id == customer.id or (
        db.get(Participant, {"ticket_id": ticket.id, "customer_id": customer.id}) is not None
    )
    return threading.Candidate(ticket.id, proof, belongs, ticket.status, ticket.spam)


def _open(db: Session, inbox: InboxInfo, customer: Customer, incoming: MessageIn, decision: threading.Open) -> Ticket:
    subject = " ".join(plain.strip_controls(incoming.subject).split())[: messages.SUBJECT_LENGTH]
    blocked = decision.why == blocking.CODE
    thanked = blocking.CODE if blocked else acknowledgement.decide(db, inbox, customer, incoming)
    ticket = Ticket(
        subject=subject or plain.excerpt(incoming.text, 60),
        requester_id=customer.id,
        inbox_id=inbox.id,
        channel=inbox.kind,
        team_id=inbox.team_id,
        conversation=f"{inbox.id}:{incoming.conversation}" if incoming.conversation is not None else None,
        locale=customer.locale or incoming.language or inbox.locale or db.settings.locale,
        status="new",
        spam=blocked,
        messages_count=0,
        created_at=db.moment,
        updated_at=db.moment,
        waiting_since=db.moment,
        why={
            "threading": {"code": decision.why, "ticket": decision.linked_to},
            "acknowledgement": {"code": thanked},
        },
    )
    messages.touch(ticket, incoming.text or incoming.subject)
    lifecycle.shelve(ticket)
    db.add(ticket)
    db.flush()
    if decision.linked_to:
        db.add(TicketLink(ticket_id=ticket.id, other_id=decision.linked_to, kind="previous", why=decision.why))
    return ticket


def _participants(db: Session, ticket: Ticket, cc: Sequence[Sender]) -> None:
    """People in Cc belong to the ticket; our own inboxes do not."""
    ours = set(db.scalars(sa.select(Inbox.address).where(Inbox.kind == "email")))
    for sender in cc[:50]:
        if identities.normal(sender.kind, sender.value) in ours:
            continue
        customer = _customer(db, sender, "")
        key = {"ticket_id": ticket.id, "customer_id": customer.id}
        if customer.id != ticket.requester_id and db.get(Participant, key) is None:
            db.add(Participant(**key, address=sender.value))
    db.flush()


def _after(
    db: Session,
    ticket: Ticket,
    customer: Customer,
    message: Message,
    incoming: MessageIn,
    decision: threading.Decision,
) -> None:
    opened = isinstance(decision, threading.Open)
    if not incoming.automatic or opened:
        lifecycle.customer_wrote(db, ticket, message.created_at)
    if incoming.reply_context is not None:
        ticket.reply_context = dict(incoming.reply_context)
    by = Actor("customer", customer.id)
    if opened:
        lifecycle.changed(db, ticket, "ticket.opened", by, why=decision.why, message=message.id)
    lifecycle.changed(db, ticket, "message.received", by, message=message.id, why=decision.why)
    if opened:
        acknowledgement.send(db, ticket, message, incoming)


def _edited(db: Session, inbox: InboxInfo, received_id: int, event: Edited) -> Outcome:
    message = messages.find_incoming(db, inbox.id, event.external_id)
    if message is None:
        return Outcome("ignored", "unknown_message")
    messages.edit(db, message, event.text, clock.now())
    return _told(db, message, "message.edited")


def _deleted(db: Session, inbox: InboxInfo, received_id: int, event: Deleted) -> Outcome:
    message = messages.find_incoming(db, inbox.id, event.external_id)
    if message is None:
        return Outcome("ignored", "unknown_message")
    message.deleted_at = clock.now()
    return _told(db, message, "message.deleted")


def _told(db: Session, message: Message, kind: str) -> Outcome:
    ticket = db.get_one(Ticket, message.ticket_id)
    lifecycle.changed(db, ticket, kind, Actor("customer", message.customer_id), message=message.id)
    return Outcome("threaded", kind.partition(".")[2], ticket.id, message.id)


def _status(db: Session, inbox: InboxInfo, received_id: int, event: StatusChanged) -> Outcome:
    delivery = outbox.report(db, inbox.id, event.external_id, event.state, event.code, event.reason)
    if delivery is None:
        return Outcome("ignored", "unknown_delivery")
    return Outcome("threaded", f"delivery_{event.state}", delivery.ticket_id, delivery.message_id)


def _reach(db: Session, inbox: InboxInfo, received_id: int, event: Reachability) -> Outcome:
    customer = _customer(db, event.sender, "")
    identity = identities.find(db, event.sender.kind, event.sender.value, event.sender.scope)
    if identity:
        identities.reach(db, identity, event.reachable)
    if event.reachable:  # who left is not asked about
        profiles.ask_for(db, inbox, customer, identity)
    return Outcome("ignored", "follow" if event.reachable else "unfollow")


def _noise(db: Session, inbox: InboxInfo, received_id: int, event: Noise) -> Outcome:
    return Outcome("ignored", event.why)


_APPLY: dict[type, Callable[[Session, InboxInfo, int, Any], Outcome]] = {
    MessageIn: _message,
    Edited: _edited,
    Deleted: _deleted,
    StatusChanged: _status,
    Reachability: _reach,
    Noise: _noise,
}
