"""The acknowledgement of a new ticket, and everything that keeps two robots from talking to each other.

Source of the rules: RFC 3834 (never answer automatic mail; at most one answer to a sender in a while).
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog

from app import clock, i18n, limits
from app.channels import registry
from app.channels.inboxes import Inbox
from app.channels.types import MessageIn
from app.customers.models import Customer
from app.db import Session
from app.errors import TooMany
from app.tickets import replies
from app.tickets.models import Message, Ticket

log = structlog.get_logger("acknowledgement")
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
    proven = _proven(incoming)
    if code == "send" and not proven and not _within_rate(db):
        code = "too_many_now"
    ticket.why = {**ticket.why, "acknowledgement": {"code": code}}
    if code == "send":
        with i18n.use(ticket.locale):
            text = _text(ticket, db.settings.desk_name)
            subject = "" if proven else _subject(ticket)
        replies.automatic(db, ticket, "acknowledgement", text, in_reply_to=message, subject=subject, named=proven)


def _proven(incoming: MessageIn) -> bool:
    """Whether this very message is from whom it says. That the address was proven once does not do: a stranger
    can name it as well. To whom it may not be from, nothing is repeated that the writer chose: neither subject nor
    name. Else the desk could be made to write to anybody."""
    return incoming.authentic is True or incoming.sender.evidence != "claimed"


def _within_rate(db: Session) -> bool:
    try:
        limits.spend(db, "acknowledgements to unproven", "desk")
    except TooMany:
        return False
    except Exception:  # the counters are away: taking the message in matters more
        log.exception("acknowledgements_not_counted")
    return True


def _subject(ticket: Ticket) -> str:
    _ = i18n.gettext
    return _("We received your request #%(number)s") % {"number": ticket.id}


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
