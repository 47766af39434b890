"""Snooze: a ticket sleeps until a time, or until the customer writes, and wakes where it was.

What wakes it at its time is a job of its own, written in the same transaction, so a restart forgets nothing. A job
whose time was changed meanwhile finds nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from app import clock
from app.db import Session
from app.errors import Conflict, Invalid
from app.events import Actor
from app.i18n import N_
from app.jobs import queue
from app.jobs.worker import Work
from app.text import whenever
from app.tickets import lifecycle
from app.tickets.models import Ticket

FARTHEST = timedelta(days=366 * 2)
UNKNOWN = N_(
    "“%(text)s” is no time that can be read. Try “tomorrow 9am”, “next Monday”, “in 3 days”, “12/24 10:00”, “明日9時”."
)
NINE = time(9)


@dataclass(frozen=True, slots=True)
class Preset:
    """A moment that is offered. `key` is what forms post."""

    key: str
    name: str
    at: datetime


def presets(now: datetime, zone: tzinfo) -> list[Preset]:
    """What can be chosen at a moment, the soonest first; "later today" only while there is a later."""
    here = now.astimezone(zone)

    def morning(days: int) -> datetime:
        return datetime.combine(here.date() + timedelta(days=days), NINE, zone).astimezone(now.tzinfo)

    later = here.replace(minute=0, second=0, microsecond=0) + timedelta(hours=4 if here.minute else 3)
    found = [Preset("later", N_("Later today"), later.astimezone(now.tzinfo))] if later.date() == here.date() else []
    rest = [
        Preset("tomorrow", N_("Tomorrow"), morning(1)),
        Preset("monday", N_("Next Monday"), morning(7 - here.weekday())),
        Preset("week", N_("In a week"), morning(7)),
    ]
    return found + [one for n, one in enumerate(rest) if one.at not in [other.at for other in rest[:n]]]


def moment(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The moment that a preset's key or somebody's words name. Raises Invalid: unknown, past, too far."""
    for preset in presets(now, zone):
        if preset.key == text:
            return preset.at
    found = whenever.read(text, now, zone)
    if found is None:
        raise Invalid({"until": UNKNOWN}, text=text.strip()[:80])
    return _future(found, now)


def _future(at: datetime, now: datetime) -> datetime:
    if at <= now:
        raise Invalid({"until": "This time is past."})
    if at > now + FARTHEST:
        raise Invalid({"until": "This is more than two years away."})
    return at


def can(ticket: Ticket) -> str:
    """Why a ticket cannot be snoozed, as a sentence; "" when it can."""
    if ticket.merged_into_id or ticket.spam or lifecycle.SHELVES[ticket.status] == "done":
        return N_("Only an open ticket can be snoozed.")
    return ""


def snooze(db: Session, ticket: Ticket, until: datetime | None, by: Actor) -> None:
    """Let a ticket sleep until a moment, or (None) until the customer writes. Raises Conflict, Invalid."""
    if sentence := can(ticket):
        raise Conflict(sentence)
    if until is not None:
        _future(until, clock.now())
    if ticket.snoozed and ticket.snoozed_until == until:
        return
    ticket.snoozed, ticket.snoozed_until = True, until
    said = until.isoformat() if until else None
    lifecycle.changed(db, ticket, "ticket.snoozed", by, until=said)
    if until is not None:
        queue.enqueue(db, "tickets.wake", run_at=until, ticket=ticket.id)


def wake_due(work: Work, ticket: int) -> None:
    """Job: wake a ticket whose time has come; one that sleeps on, or is awake, is left alone."""
    with work.finishing() as db:
        found = db.get(Ticket, ticket, with_for_update=not db.sqlite)
        if found and found.snoozed and found.snoozed_until and found.snoozed_until <= clock.now():
            lifecycle.wake(db, found, why="time")
