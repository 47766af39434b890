"""The acknowledgement of a new ticket, and everything that keeps two robots from talking to each other.

Source of the rules: RFC 3834 (never answer automatic mail; at most one answer to a sender in a while).
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app import clock, i18n
from app.channels import registry
from app.channels.inboxes import Inbox
from app.channels.types import MessageIn
from app.customers.models import Customer
from app.db import Session
from app.tickets import replies
from app.tickets.models import Message, Ticket

QUIET = timedelta(hours=24)


def verdict(
    *,
    wanted: bool,
    channel_acknowledges: bool,
    automatic: str,
    authentic: bool | None,
    own_address: bool,
    asked_lately: bool,
) -> str:
    """ "send", or the reason why not. Pure."""
    if not channel_acknowledges:
        return "channel_answers_live"
    if not wanted:
        return "switched_off"
    if automatic:
        return automatic
    if authentic is False:
        return "sender_forged"
    if own_address:
        return "own_address"
    if asked_lately:
        return "answered_lately"
    return "send"


def consider(db: Session, ticket: Ticket, customer: Customer, message: Message, incoming: MessageIn) -> None:
    """Acknowledge a ticket that was just opened, or keep the reason why not."""
    code = verdict(
        wanted=db.settings.acknowledge and not ticket.spam,
        channel_acknowledges=registry.channel(db, ticket.channel).capabilities.acknowledges,
        automatic=incoming.automatic,
        authentic=incoming.authentic,
        own_address=_own(db, message.sender_address),
        asked_lately=_lately(db, customer),
    )
    ticket.why = {**ticket.why, "acknowledgement": {"code": code}}
    if code == "send":
        with i18n.use(ticket.locale):
            text = _text(ticket, db.settings.desk_name)
        replies.automatic(db, ticket, "acknowledgement", text, in_reply_to=message)


def _text(ticket: Ticket, desk: str) -> str:
    _ = i18n.gettext
    return _(
        "Thank you for your message. We have received it as request #%(number)s and will answer as soon as we can."
        "\n\nTo add something, simply reply to this mail.\n\n%(desk)s"
    ) % {"number": ticket.id, "desk": desk}


def _own(db: Session, address: str) -> bool:
    return (
        bool(address)
        and db.scalar(sa.select(Inbox.id).where(Inbox.kind == "email", Inbox.address == address.lower())) is not None
    )


def _lately(db: Session, customer: Customer) -> bool:
    query = (
        sa.select(Message.id)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(
            Ticket.requester_id == customer.id,
            Message.kind == "acknowledgement",
            Message.created_at > clock.now() - QUIET,
        )
    )
    return db.scalar(query.limit(1)) is not None
