"""Reminders: one agent's own, on a ticket, at a time in words. When it comes they are told, and nobody else."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from app import clock, events
from app.accounts.models import Agent
from app.db import Session
from app.errors import Conflict, Invalid, NotFound
from app.jobs import queue
from app.jobs.worker import Work
from app.text import plain
from app.tickets import access
from app.tickets.carried import Reminder
from app.tickets.models import Ticket

MOST = 200  # that one agent has waiting
LONGEST = 200


def remind(db: Session, agent: Agent, ticket: Ticket, at: datetime, text: str) -> Reminder:
    """Remind somebody of a ticket at a time. Raises Invalid, Conflict."""
    text = " ".join(plain.strip_controls(text).split())
    if len(text) > LONGEST:
        raise Invalid({"about": "What it is about is said in at most 200 characters."})
    waiting = sa.select(sa.func.count()).select_from(Reminder)
    if (db.scalar(waiting.where(Reminder.agent_id == agent.id, Reminder.told_at.is_(None))) or 0) >= MOST:
        raise Conflict("You have 200 reminders already. Take one away first.")
    made = Reminder(ticket_id=ticket.id, agent_id=agent.id, at=at, text=text, told_at=None, made_at=clock.now())
    db.add(made)
    db.flush()
    queue.enqueue(db, "tickets.remind", run_at=at, reminder=made.id)
    return made


def forget(db: Session, agent: Agent, number: int) -> Reminder:
    """Take one's own reminder away; what it was. Raises NotFound."""
    found = db.get(Reminder, number)
    if found is None or found.agent_id != agent.id or found.told_at is not None:
        raise NotFound
    db.delete(found)
    return found


def mine(db: Session, agent: Agent) -> list[tuple[Reminder, Ticket]]:
    """One's own that wait, the soonest first, with their tickets as far as one may (still) see them."""
    query = (
        sa.select(Reminder, Ticket)
        .join(Ticket, Ticket.id == Reminder.ticket_id)
        .where(Reminder.agent_id == agent.id, Reminder.told_at.is_(None), access.visible_to(agent))
        .order_by(Reminder.at, Reminder.id)
        .limit(MOST)
    )
    return [(reminder, ticket) for reminder, ticket in db.execute(query)]


def due(work: Work, reminder: int) -> None:
    """Job: the time has come. One that was taken away, or told already, is left alone."""
    with work.finishing() as db:
        found = db.get(Reminder, reminder, with_for_update=not db.sqlite)
        if found is None or found.told_at is not None or found.at > clock.now():
            return
        found.told_at = clock.now()
        events.record(
            db, "ticket.reminded", ticket_id=found.ticket_id, topics=[], agent=found.agent_id, text=found.text
        )
