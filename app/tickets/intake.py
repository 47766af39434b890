"""The way in: a stored Received is read by its channel, once, and becomes a message in a ticket.

Everything it leads to commits together with the state that the Received ends in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog

from app import clock, events
from app.channels import inboxes, ledger, outbox, registry
from app.channels.inboxes import Inbox
from app.channels.ledger import Received
from app.channels.types import (
    ChannelEvent,
    Deleted,
    Edited,
    Incoming,
    MessageIn,
    Noise,
    Reachability,
    Sender,
    SendFailed,
    StatusChanged,
    Unreadable,
)
from app.customers import identities
from app.customers.models import Customer, Identity
from app.db import Database, Session
from app.errors import Unavailable
from app.events import Actor
from app.jobs import queue
from app.jobs.worker import Retry, Work
from app.text import plain
from app.tickets import access, acknowledgement, attachments, lifecycle, messages, threading
from app.tickets.models import Message, Participant, Ticket, TicketLink

log = structlog.get_logger("intake")
PATIENCE = 5  # attempts before something that cannot be applied is quarantined
PROFILE_PATIENCE = 6


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one channel event ended."""

    state: str
    why: str = ""
    ticket_id: int | None = None
    message_id: int | None = None


def take(work: Work, received_id: int) -> None:
    """Job: read one Received and apply what it says. Doing it again changes nothing."""
    with structlog.contextvars.bound_contextvars(received=received_id):
        with work.database.read() as db:
            received = db.get(Received, received_id)
            if received is None or received.state != "received":
                return
            inbox, raw = inboxes.info_of(db, received.inbox_id), ledger.raw(db, received)
        try:
            found = registry.channel(work.database, inbox.kind).parse(inbox, raw)
            with work.finishing() as db:
                _apply_all(db, received_id, found)
        except Unreadable as error:
            _quarantine(work, received_id, error.code, error.detail)
        except Unavailable:
            raise  # the house's fault, not the message's: it waits until that is over
        except Exception as error:
            if work.job.attempts < PATIENCE:
                raise
            log.exception("intake_gave_up")
            _quarantine(work, received_id, "could_not_apply", f"{type(error).__name__}: {error}")


def accept_and_take(database: Database, inbox_id: int, item: Incoming) -> Received:
    """Store one thing and read it at once, for doors whose caller waits for the ticket (form, API, command).

    When reading fails now the job does it later: it is stored either way. Raises Unavailable when it is not.
    """
    with database.transaction() as db:
        received_id, _ = ledger.accept(db, inbox_id, item)
        job = queue.take(db, f"received:{received_id}")
    if job:
        try:
            take(Work(database, job), received_id)
        except Exception as error:
            log.exception("intake_later", received=received_id)
            with database.transaction() as db:
                queue.fail(db, job, str(error))
    with database.read() as db:
        return db.get_one(Received, received_id)


def _quarantine(work: Work, received_id: int, why: str, detail: str) -> None:
    with work.finishing() as db:
        ledger.settle(db, db.get_one(Received, received_id), "quarantined", why, detail)


def _apply_all(db: Session, received_id: int, found: Sequence[ChannelEvent]) -> None:
    received = db.get_one(Received, received_id, with_for_update=not db.sqlite)
    if received.state != "received":
        return
    inbox = db.get_one(Inbox, received.inbox_id)
    _in_turn(db, inbox, found)
    outcomes = [_APPLY[type(event)](db, inbox, received, event) for event in found]
    best = min(outcomes, key=lambda o: ("opened", "threaded", "ignored").index(o.state), default=None)
    final = best or Outcome("ignored", "empty")
    ledger.settle(db, received, final.state, final.why, ticket_id=final.ticket_id, message_id=final.message_id)


def _in_turn(db: Session, inbox: Inbox, found: Sequence[ChannelEvent]) -> None:
    """Apply what comes in one conversation one after the other, also where many workers write at once.

    Otherwise two first messages could open two tickets, and a message that came in two events could stand twice.
    """
    if db.sqlite:
        return
    spoken = {e.conversation for e in found if isinstance(e, MessageIn) and e.conversation is not None}
    for conversation in sorted(spoken):
        lock = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
        db.execute(lock, {"key": f"{inbox.id}:{conversation}"})


def _message(db: Session, inbox: Inbox, received: Received, incoming: MessageIn) -> Outcome:
    if incoming.external_id and inbox.kind != "email":
        known = messages.find_incoming(db, inbox.id, incoming.external_id)
        if known:
            return Outcome("ignored", "duplicate", known.ticket_id, known.id)
    customer = _customer(db, incoming.sender, incoming.language)
    decision = threading.decide(_candidates(db, inbox, customer, incoming), incoming.authentic)
    if isinstance(decision, threading.Join):
        ticket = db.get_one(Ticket, decision.ticket_id)
    else:
        ticket = _open(db, inbox, customer, incoming, decision)
    message = messages.write_incoming(db, ticket, customer, inbox.id, inbox.kind, incoming, received.id)
    attachments.keep_incoming(db, ticket, message, incoming.attachments)
    if incoming.authentic is not False:  # whom a forged mail names in copy gets none of our answers
        _participants(db, ticket, incoming.cc)
    _meet(db, inbox, customer, incoming.sender)
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


def _candidates(db: Session, inbox: Inbox, customer: Customer, incoming: MessageIn) -> list[threading.Candidate]:
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


def _open(db: Session, inbox: Inbox, customer: Customer, incoming: MessageIn, decision: threading.Open) -> Ticket:
    subject = " ".join(plain.strip_controls(incoming.subject).split())[: messages.SUBJECT_LENGTH]
    ticket = Ticket(
        subject=subject or plain.excerpt(incoming.text, 60),
        requester_id=customer.id,
        inbox_id=inbox.id,
        channel=inbox.kind,
        team_id=inbox.team_id,
        conversation=f"{inbox.id}:{incoming.conversation}" if incoming.conversation is not None else None,
        locale=customer.locale or incoming.language or inbox.locale or db.settings.locale,
        created_at=clock.now(),
        waiting_since=clock.now(),
        why={"threading": {"code": decision.why, "ticket": decision.linked_to}},
    )
    db.add(ticket)
    db.flush()
    if decision.linked_to:
        db.add(TicketLink(ticket_id=ticket.id, other_id=decision.linked_to, kind="previous", why=decision.why))
    return ticket


def _participants(db: Session, ticket: Ticket, cc: Sequence[Sender]) -> None:
    """People in Cc belong to the ticket; our own inboxes do not."""
    ours = set(db.scalars(sa.select(Inbox.address).where(Inbox.kind == "email"))) if cc else set()
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
        acknowledgement.consider(db, ticket, customer, message, incoming)


def _edited(db: Session, inbox: Inbox, received: Received, event: Edited) -> Outcome:
    message = messages.find_incoming(db, inbox.id, event.external_id)
    if message is None:
        return Outcome("ignored", "unknown_message")
    messages.edit(db, message, event.text, clock.now())
    return _told(db, message, "message.edited")


def _deleted(db: Session, inbox: Inbox, received: Received, event: Deleted) -> Outcome:
    message = messages.find_incoming(db, inbox.id, event.external_id)
    if message is None:
        return Outcome("ignored", "unknown_message")
    message.deleted_at = clock.now()
    return _told(db, message, "message.deleted")


def _told(db: Session, message: Message, kind: str) -> Outcome:
    ticket = db.get_one(Ticket, message.ticket_id)
    lifecycle.changed(db, ticket, kind, Actor("customer", message.customer_id), message=message.id)
    return Outcome("threaded", kind.partition(".")[2], ticket.id, message.id)


def _status(db: Session, inbox: Inbox, received: Received, event: StatusChanged) -> Outcome:
    delivery = outbox.report(db, inbox.id, event.external_id, event.state, event.code, event.reason)
    if delivery is None:
        return Outcome("ignored", "unknown_delivery")
    return Outcome("threaded", f"delivery_{event.state}", delivery.ticket_id, delivery.message_id)


def _reach(db: Session, inbox: Inbox, received: Received, event: Reachability) -> Outcome:
    customer = _customer(db, event.sender, "")
    identity = identities.find(db, event.sender.kind, event.sender.value, event.sender.scope)
    if identity:
        identities.reach(db, identity, event.reachable)
    if event.reachable:  # who left is not asked about
        _learn_profile(db, inbox, customer, identity)
    return Outcome("ignored", "follow" if event.reachable else "unfollow")


def _meet(db: Session, inbox: Inbox, customer: Customer, sender: Sender) -> None:
    """Who writes can be reached; a name that the message did not tell is asked for."""
    if not registry.channel(db, inbox.kind).capabilities.profile:
        return
    identity = identities.find(db, sender.kind, sender.value, sender.scope)
    if identity:
        identities.reach(db, identity, True)
    _learn_profile(db, inbox, customer, identity)


def _learn_profile(db: Session, inbox: Inbox, customer: Customer, identity: Identity | None) -> None:
    if identity and not customer.name:
        queue.enqueue(
            db,
            "customers.profile",
            lane="out",
            dedupe=f"profile:{identity.id}",
            inbox_id=inbox.id,
            identity_id=identity.id,
        )


def _noise(db: Session, inbox: Inbox, received: Received, event: Noise) -> Outcome:
    return Outcome("ignored", event.why)


_APPLY: dict[type, Callable[[Session, Inbox, Received, Any], Outcome]] = {
    MessageIn: _message,
    Edited: _edited,
    Deleted: _deleted,
    StatusChanged: _status,
    Reachability: _reach,
    Noise: _noise,
}


def learn_profile(work: Work, inbox_id: int, identity_id: int) -> None:
    """Job: ask the channel for a person's name and language."""
    with work.database.read() as db:
        identity = db.get(Identity, identity_id)
        if identity is None:
            return
        inbox, value = inboxes.info_of(db, inbox_id), identity.value
    try:
        known = registry.channel(work.database, inbox.kind).profile(inbox, value)
    except SendFailed as error:
        if not error.permanent and work.job.attempts < PROFILE_PATIENCE:
            raise Retry(str(error), error.retry_at) from error
        log.warning("profile_unknown", inbox=inbox_id, identity=identity_id, code=error.code)
        return  # a nameless customer is no loss; the next message asks again
    if known is None:
        return
    with work.finishing() as db:
        identity = db.get_one(Identity, identity_id)
        customer = db.get_one(Customer, identity.customer_id)
        name = plain.strip_controls(known.name)[:200]
        identity.display = identity.display or name
        customer.name = customer.name or name
        customer.locale = customer.locale or known.locale
        db.flush()
        nameless = sa.update(Message).where(Message.customer_id == customer.id, Message.sender_name == "")
        db.execute(nameless.values(sender_name=name))
        for ticket in db.scalars(sa.select(Ticket).where(Ticket.requester_id == customer.id).limit(50)):
            events.record(
                db,
                "customer.changed",
                ticket_id=ticket.id,
                customer_id=customer.id,
                topics=access.topics(ticket),
            )
