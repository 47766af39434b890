"""The acknowledgement of a new ticket, and everything that keeps two robots from talking to each other.

Source of the rules: RFC 3834 (never answer automatic mail; at most one answer to a sender in a while).
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
import structlog

from app import clock, i18n, limits
from app.channels import inboxes, registry
from app.channels.inboxes import Inbox
from app.channels.types import InboxInfo, MessageIn
from app.customers.models import Customer
from app.db import Session
from app.errors import TooMany
from app.tickets import replies
from app.tickets.models import Message, Ticket

log = structlog.get_logger("acknowledgement")
QUIET = timedelta(hours=24)
NUMBER, DESK = "{{ticket.number}}", "{{desk.name}}"  # what an inbox's own text can say


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


def decide(db: Session, inbox: InboxInfo, customer: Customer, incoming: MessageIn) -> str:
    """What becomes of the acknowledgement of a ticket that is just being opened: "send", or why not."""
    code = verdict(
        wanted=db.settings.acknowledge and inbox.settings.get("acknowledge") is not False,
        channel_acknowledges=registry.channel(db, inbox.kind).capabilities.acknowledges,
        automatic=incoming.automatic,
        authentic=incoming.authentic,
        own_address=_own(db, incoming.sender.value),
        asked_lately=_lately(db, customer),
    )
    return "too_many_now" if code == "send" and not _proven(incoming) and not _within_rate(db) else code


def send(db: Session, ticket: Ticket, message: Message, incoming: MessageIn) -> None:
    """Acknowledge a ticket that was just opened, when that was decided."""
    if ticket.why["acknowledgement"]["code"] != "send":
        return
    proven = _proven(incoming)
    with i18n.use(ticket.locale):
        text = text_of(inboxes.info_of(db, ticket.inbox_id), ticket.id, db.settings.desk_name)
        subject = "" if proven else _subject(ticket)
    replies.automatic(db, ticket, "acknowledgement", text, answers=message, subject=subject, named=proven)


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


def text_of(inbox: InboxInfo, number: int, desk: str) -> str:
    """What it says in the language of the moment: the inbox's own text, else ours."""
    own = inbox.settings.get(f"acknowledgement_{i18n.locale()}")
    if isinstance(own, str) and own.strip():
        return own.replace(NUMBER, str(number)).replace(DESK, desk)
    return usual(str(number), desk)


def usual(number: str, desk: str) -> str:
    """Our own words, in the language of the moment."""
    _ = i18n.gettext
    return _(
        "Thank you for your message. We have received it as request #%(number)s and will answer as soon as we can."
        "\n\nTo add something, simply reply to this mail.\n\n%(desk)s"
    ) % {"number": number, "desk": desk}


_ADDRESS = sa.bindparam("called", type_=sa.Text())
_OURS = sa.select(Inbox.id).where(Inbox.kind == "email", Inbox.address == _ADDRESS)
_ANSWERED = (
    sa.select(Message.id)
    .join(Ticket, Ticket.id == Message.ticket_id)
    .where(
        Ticket.requester_id == sa.bindparam("of_customer"),
        Message.kind == "acknowledgement",
        Message.created_at > sa.bindparam("since", type_=Message.created_at.type),
    )
    .limit(1)
)


def _own(db: Session, address: str) -> bool:
    return bool(address) and db.scalar(_OURS, {"called": address.lower()}) is not None


def _lately(db: Session, customer: Customer) -> bool:
    return db.scalar(_ANSWERED, {"of_customer": customer.id, "since": clock.now() - QUIET}) is not None
