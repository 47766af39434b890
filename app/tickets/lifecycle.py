"""How a ticket's state moves, and what each move does to its clocks and its place in the queue."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app import clock, events
from app.db import Session
from app.errors import Conflict, Invalid
from app.events import SYSTEM, Actor
from app.jobs.worker import Work
from app.tickets import access, fields
from app.tickets.models import PRIORITIES, STATUSES, Ticket

PAUSING = ("waiting_customer",)
SHELVES = {
    "new": "desk",
    "open": "desk",
    "waiting_customer": "waiting",
    "waiting_other": "waiting",
    "solved": "done",
    "closed": "done",
}
CLOSE_AFTER = timedelta(days=14)
LONGEST_REASON = 300


def shelve(ticket: Ticket) -> None:
    """Put a ticket where its state says it belongs, so that lists are one index walk."""
    ticket.shelf = "out" if ticket.spam or ticket.merged_into_id else SHELVES[ticket.status]
    if ticket.snoozed and ticket.shelf in ("desk", "waiting"):
        ticket.shelf, until = "asleep", ticket.snoozed_until
        ticket.queue_rank, ticket.queue_at = (0, until) if until else (1, ticket.updated_at)
    elif ticket.shelf == "done":
        ticket.queue_rank, ticket.queue_at = 0, ticket.solved_at or ticket.updated_at
    elif ticket.waiting_since:
        ticket.queue_rank, ticket.queue_at = 0, ticket.waiting_since
    else:
        ticket.queue_rank, ticket.queue_at = 1, ticket.updated_at


def changed(db: Session, ticket: Ticket, kind: str, by: Actor = SYSTEM, **data: Any) -> None:
    """Write a change of a ticket to the log, and its place in the queue with it."""
    ticket.updated_at = db.moment
    shelve(ticket)
    topics = dict.fromkeys([*access.topics(ticket), *data.pop("also", ())])
    events.record(db, kind, ticket_id=ticket.id, customer_id=ticket.requester_id, by=by, topics=list(topics), **data)


def set_status(db: Session, ticket: Ticket, status: str, by: Actor = SYSTEM, why: str = "", reason: str = "") -> None:
    """Move a ticket to a status; `why` is a code of ours, `reason` what somebody wrote about it. The same status again
    changes nothing. Raises Invalid, Conflict, Unfilled (a field that solving needs is empty)."""
    if status not in STATUSES:
        raise Invalid({"status": "This status does not exist."})
    if status == ticket.status:
        return
    if ticket.status == "closed" and by.kind != "system":
        raise Conflict("This ticket is closed. A new message opens a linked one.")
    if status == "new":
        raise Invalid({"status": "A ticket that was worked on cannot become new again."})
    if len(reason) > LONGEST_REASON:
        raise Invalid({"reason": "A reason has at most 300 characters."})
    if status == "solved":
        fields.ready(db, ticket, by)
    before, now = ticket.status, clock.now()
    ticket.status = status
    _run_clocks(ticket, before, status, now, by)
    told = {"reason": reason} if (reason := " ".join(reason.split())) else {}
    changed(db, ticket, "ticket.status", by, before=before, after=status, why=why, **told)
    if status == "solved":
        events.record(db, "ticket.solved", ticket_id=ticket.id, customer_id=ticket.requester_id, by=by, topics=[])


def _run_clocks(ticket: Ticket, before: str, after: str, now: datetime, by: Actor) -> None:
    if before in PAUSING and ticket.paused_since:
        ticket.paused_seconds += int((now - ticket.paused_since).total_seconds())
        ticket.paused_since = None
    if after in PAUSING:
        ticket.paused_since = now
    if SHELVES[after] == "done":
        ticket.snoozed, ticket.snoozed_until = False, None
    if after == "solved":
        ticket.solved_at = now
        ticket.first_solved_at = ticket.first_solved_at or now
        ticket.solved_by_id = by.id if by.kind == "agent" else ticket.assignee_id
        ticket.waiting_since = None
    elif after == "closed":
        ticket.closed_at = now
        ticket.solved_at = ticket.solved_at or now
        ticket.waiting_since = None
    elif before in ("solved", "closed"):
        ticket.reopened += 1
        ticket.solved_at = ticket.closed_at = None


def solve(db: Session, ticket: Ticket, by: Actor = SYSTEM) -> None:
    """The matter is done."""
    set_status(db, ticket, "solved", by)


def customer_wrote(db: Session, ticket: Ticket, at: datetime) -> None:
    """A message of the customer moves the ticket to our side: it is answered next, or it is open again."""
    ticket.waiting_since = ticket.waiting_since or at
    if ticket.snoozed:
        wake(db, ticket, why="customer_wrote")
    if ticket.status not in ("new", "open"):
        set_status(db, ticket, "open", why="customer_wrote")


def desk_answered(db: Session, ticket: Ticket, by: Actor, at: datetime) -> None:
    """A public reply by a person: the customer no longer waits, and moves next."""
    ticket.waiting_since = None
    if ticket.first_response_at is None:
        ticket.first_response_at, ticket.first_response_by_id = at, by.id
    if ticket.status in ("new", "open"):
        set_status(db, ticket, "waiting_customer", by, why="answered")


def set_priority(db: Session, ticket: Ticket, priority: str, by: Actor) -> None:
    """Raises Invalid for an unknown priority."""
    if priority not in PRIORITIES:
        raise Invalid({"priority": "This priority does not exist."})
    if priority != ticket.priority:
        before, ticket.priority = ticket.priority, priority
        changed(db, ticket, "ticket.priority", by, before=before, after=priority)


def set_subject(db: Session, ticket: Ticket, subject: str, by: Actor) -> None:
    """Raises Invalid when it is empty or over 300 characters."""
    subject = " ".join(subject.split())
    if not subject or len(subject) > 300:
        raise Invalid({"subject": "A subject has 1 to 300 characters."})
    if subject != ticket.subject:
        before, ticket.subject = ticket.subject, subject
        changed(db, ticket, "ticket.subject", by, before=before, after=subject)


def mark_spam(db: Session, ticket: Ticket, spam: bool, by: Actor) -> None:
    """Put a ticket among the spam, or take it back."""
    if ticket.spam != spam:
        ticket.spam = spam
        changed(db, ticket, "ticket.spam", by, after=spam)


def wake(db: Session, ticket: Ticket, by: Actor = SYSTEM, why: str = "by_hand") -> None:
    """End a ticket's sleep: it is again where its state says. One that is awake stays as it is."""
    if ticket.snoozed:
        ticket.snoozed, ticket.snoozed_until = False, None
        changed(db, ticket, "ticket.woke", by, why=why)


def close_solved(work: Work) -> None:
    """Job: tickets solved long ago are closed; from then on a reply opens a linked ticket."""
    with work.database.transaction() as db:
        old = db.scalars(
            sa.select(Ticket).where(Ticket.status == "solved", Ticket.solved_at < clock.now() - CLOSE_AFTER).limit(200)
        ).all()
        for ticket in old:
            set_status(db, ticket, "closed", why="solved_long_ago")
