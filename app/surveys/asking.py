"""Asking for a rating: some time after a ticket was solved, if there is nothing against it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from app import clock, events, i18n, keys
from app.accounts.models import Agent
from app.channels import registry
from app.channels.inboxes import Inbox
from app.customers.models import Customer
from app.db import Session
from app.errors import Invalid
from app.events import Event
from app.i18n import N_
from app.jobs import queue
from app.jobs.worker import Work
from app.surveys import mail
from app.surveys.models import Survey
from app.tickets import access, messages, replies
from app.tickets.models import Ticket

QUIET = timedelta(days=7)  # one customer is asked at most once in this time, for whichever ticket

# Why a ticket's customer was asked for a rating, or was not: kept as ticket.why["survey"]["code"].
REASONS: Mapping[str, str] = {
    "ask": N_("The customer was asked for a rating."),
    "switched_off": N_("No rating asked for: it is switched off for this inbox."),
    "channel": N_("No rating asked for: this channel cannot carry the question."),
    "not_solved": N_("No rating asked for: the ticket was open again by then."),
    "spam": N_("No rating asked for: the ticket is spam."),
    "merged": N_("No rating asked for: the ticket was merged into another."),
    "answered": N_("No rating asked for: this ticket has been rated already."),
    "asked_lately": N_("No rating asked for: this customer was asked within the last 7 days."),
    "automatic": N_("No rating asked for: the last message was sent by a machine."),
    "sender_forged": N_("No rating asked for: the sender may be forged."),
    "own_address": N_("No rating asked for: the sender is one of our own addresses."),
    "no_address": N_("No rating asked for: there is no address to ask at."),
}


def verdict(
    *,
    wanted: bool,
    channel_asks: bool,
    still_solved: bool,
    spam: bool,
    merged: bool,
    answered: bool,
    asked_lately: bool,
    automatic: bool,
    authentic: bool | None,
    own_address: bool,
    reachable: bool,
) -> str:
    """ "ask", or the reason why not: a key of REASONS. Pure."""
    against = (
        ("spam", spam),
        ("merged", merged),
        ("not_solved", not still_solved),
        ("switched_off", not wanted),
        ("channel", not channel_asks),
        ("automatic", automatic),
        ("sender_forged", authentic is False),
        ("no_address", not reachable),
        ("own_address", own_address),
        ("answered", answered),
        ("asked_lately", asked_lately),
    )
    return next((code for code, holds in against if holds), "ask")


def schedule(db: Session, event: Event) -> None:
    """Reaction to ticket.solved: ask after the inbox's delay. Each solve of a ticket is one job."""
    ticket = db.get_one(Ticket, event.ticket_id)
    queue.enqueue(
        db,
        "surveys.ask",
        lane="slow",
        run_at=event.at + delay(db.get_one(Inbox, ticket.inbox_id).settings, db.settings.survey_delay_minutes),
        dedupe=f"survey:{ticket.id}:{ticket.reopened}",
        ticket_id=ticket.id,
        reopened=ticket.reopened,
    )


def delay(inbox: Mapping[str, object], default: int) -> timedelta:
    """How long after solving to ask: the inbox's survey_delay_minutes, else the desk's setting (minutes)."""
    own = inbox.get("survey_delay_minutes")
    minutes = own if isinstance(own, int) and not isinstance(own, bool) and own >= 0 else default
    return timedelta(minutes=minutes)


def ask(work: Work, ticket_id: int, reopened: int) -> None:
    """Job: send the survey of a ticket solved after it was `reopened` so many times, or keep why not."""
    with work.finishing() as db:
        ticket = db.get(Ticket, ticket_id, with_for_update=not db.sqlite)
        if ticket is None:
            return
        code = _consider(db, ticket, reopened)
        ticket.why = {**ticket.why, "survey": {"code": code}}
        if code == "ask":
            _send(db, ticket)


def _consider(db: Session, ticket: Ticket, reopened: int) -> str:
    last = messages.last_incoming(db, ticket.id)
    said = last.meta if last else {}
    to = _address(db, ticket)
    since = clock.now() - QUIET
    return verdict(
        wanted=db.get_one(Inbox, ticket.inbox_id).settings.get("survey") is not False,
        channel_asks=registry.channel(db, ticket.channel).capabilities.survey,
        still_solved=ticket.status == "solved" and ticket.reopened == reopened,
        spam=ticket.spam,
        merged=ticket.merged_into_id is not None,
        answered=_any(db, Survey.ticket_id == ticket.id, Survey.score.is_not(None)),
        asked_lately=_any(db, Survey.customer_id == ticket.requester_id, Survey.asked_at > since),
        automatic=bool(said.get("automatic")),
        authentic=said.get("authentic"),
        own_address=bool(to) and _own(db, to),
        reachable=bool(to),
    )


def _any(db: Session, *conditions: sa.ColumnElement[bool]) -> bool:
    return db.scalar(sa.select(Survey.id).where(*conditions).limit(1)) is not None


def _address(db: Session, ticket: Ticket) -> str:
    try:
        return replies.recipients(db, ticket).to[0].value
    except Invalid:
        return ""


def _own(db: Session, address: str) -> bool:
    query = sa.select(Inbox.id).where(Inbox.kind == "email", Inbox.address == address.casefold())
    return db.scalar(query) is not None


def _send(db: Session, ticket: Ticket) -> None:
    """Write the survey and its mail. The message that the desk keeps does not hold the link: only the customer does."""
    now = clock.now()
    customer = db.get_one(Customer, ticket.requester_id)
    locale = ticket.locale or customer.locale or db.settings.locale
    token, until = keys.new_token(), now + timedelta(days=db.settings.survey_expires_days)
    with i18n.use(locale, db.settings.time_zone):
        sent = _compose(db, ticket, token, until)
        kept = _compose(db, ticket, "…", until)
    db.execute(  # an older question about the same ticket is replaced
        sa.update(Survey).where(Survey.ticket_id == ticket.id, Survey.expires_at > now).values(expires_at=now)
    )
    message = replies.automatic(db, ticket, "survey", sent.text, html=sent.html, kept=kept.text)
    survey = Survey(
        digest=keys.digest(token),
        ticket_id=ticket.id,
        customer_id=customer.id,
        agent_id=_helper(db, ticket),
        message_id=message.id,
        locale=locale,
        asked_at=now,
        expires_at=until,
    )
    db.add(survey)
    db.flush()
    events.record(
        db,
        "survey.asked",
        ticket_id=ticket.id,
        customer_id=customer.id,
        topics=access.topics(ticket),
        survey=survey.id,
        message=message.id,
    )


def _compose(db: Session, ticket: Ticket, token: str, until: datetime) -> mail.Mail:
    return mail.compose(f"{db.settings.base_url.rstrip('/')}/rate/{token}", ticket.id, db.settings.desk_name, until)


def _helper(db: Session, ticket: Ticket) -> int | None:
    """Whom a rating is about: who solved the ticket, else its assignee."""
    for number in (ticket.solved_by_id, ticket.assignee_id):
        if number is not None and db.get(Agent, number) is not None:
            return number
    return None
