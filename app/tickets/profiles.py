"""Names and languages that a message did not tell: asked of the channel, by a job, once somebody wrote."""

from __future__ import annotations

import sqlalchemy as sa
import structlog

from app import events
from app.channels import inboxes, registry
from app.channels.types import InboxInfo, Sender, SendFailed
from app.customers import identities
from app.customers.models import Customer, Identity
from app.db import Session
from app.jobs import queue
from app.jobs.worker import Retry, Work
from app.text import plain
from app.tickets import access
from app.tickets.models import Message, Ticket

log = structlog.get_logger("profiles")
PATIENCE = 6  # attempts


def meet(db: Session, inbox: InboxInfo, customer: Customer, sender: Sender) -> None:
    """Who writes can be reached; a name that the message did not tell is asked for."""
    if not registry.channel(db, inbox.kind).capabilities.profile:
        return
    identity = identities.find(db, sender.kind, sender.value, sender.scope)
    if identity:
        identities.reach(db, identity, True)
    ask_for(db, inbox, customer, identity)


def ask_for(db: Session, inbox: InboxInfo, customer: Customer, identity: Identity | None) -> None:
    if identity and not customer.name:
        queue.enqueue(
            db,
            "customers.profile",
            lane="out",
            dedupe=f"profile:{identity.id}",
            inbox_id=inbox.id,
            identity_id=identity.id,
        )


def learn(work: Work, inbox_id: int, identity_id: int) -> None:
    """Job: ask the channel for a person's name and language."""
    with work.database.read() as db:
        identity = db.get(Identity, identity_id)
        if identity is None:
            return
        inbox, value = inboxes.info_of(db, inbox_id), identity.value
    try:
        known = registry.channel(work.database, inbox.kind).profile(inbox, value)
    except SendFailed as error:
        if not error.permanent and work.job.attempts < PATIENCE:
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
