"""The checklist of a ticket: what is to be done before it is done."""

from __future__ import annotations

import sqlalchemy as sa

from app import clock
from app.db import Session
from app.errors import Conflict, Invalid, NotFound
from app.events import Actor
from app.text import plain
from app.tickets.carried import Check
from app.tickets.following import told
from app.tickets.models import Ticket

MOST = 100  # things on one list
LONGEST = 200


def add(db: Session, ticket: Ticket, text: str, by: Actor, *, done: bool = False) -> None:
    """Put things on the list, one a line. Raises Invalid, Conflict."""
    texts = [clean for line in text.splitlines() if (clean := " ".join(plain.strip_controls(line).split()))]
    if not texts or any(len(one) > LONGEST for one in texts):
        raise Invalid({"check": "What is to be done is said in 1 to 200 characters."})
    here = of(db, ticket.id)
    if len(here) + len(texts) > MOST:
        raise Conflict("A checklist has at most 100 things to do.")
    last = here[-1].position if here else 0
    for place, one in enumerate(texts, last + 1):
        check = Check(ticket_id=ticket.id, text=one, position=place)
        check.done_at, check.done_by_id = (clock.now(), by.id) if done else (None, None)
        db.add(check)
        told(db, ticket, "ticket.check", by, what="added", text=one)
    db.flush()


def tick(db: Session, ticket: Ticket, number: int, done: bool, by: Actor) -> Check:
    """One thing is done, or not done after all. Raises NotFound."""
    check = _get(db, ticket, number)
    if (check.done_at is not None) != done:
        check.done_at, check.done_by_id = (clock.now(), by.id) if done else (None, None)
        told(db, ticket, "ticket.check", by, what="ticked" if done else "unticked", text=check.text)
    return check


def move(db: Session, ticket: Ticket, number: int, up: bool, by: Actor) -> None:
    """One place up or down; at the end nothing happens. Raises NotFound."""
    check, row = _get(db, ticket, number), of(db, ticket.id)
    at = row.index(check)
    to = at + (-1 if up else 1)
    if 0 <= to < len(row):
        row[at], row[to] = row[to], row[at]
        for place, one in enumerate(row, 1):
            one.position = place
        told(db, ticket, "ticket.check", by, what="moved", text=check.text)


def remove(db: Session, ticket: Ticket, number: int, by: Actor) -> Check:
    """Take one thing off the list; what it was. Raises NotFound."""
    check = _get(db, ticket, number)
    db.delete(check)
    told(db, ticket, "ticket.check", by, what="removed", text=check.text)
    return check


def of(db: Session, ticket_id: int) -> list[Check]:
    """The list in its order."""
    query = sa.select(Check).where(Check.ticket_id == ticket_id).order_by(Check.position, Check.id)
    return list(db.scalars(query))


def _get(db: Session, ticket: Ticket, number: int) -> Check:
    found = db.get(Check, number)
    if found is None or found.ticket_id != ticket.id:
        raise NotFound
    return found
