"""Tickets that belong together: related ones, parts of a whole, and an incident with everybody who reports it.

A row says what `other` is to `ticket`: related, parent, incident, or previous (what a customer wrote before).
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app.accounts.models import Agent
from app.db import Session
from app.errors import Conflict, Invalid
from app.events import Actor
from app.i18n import N_
from app.tickets import access
from app.tickets.following import told
from app.tickets.models import Ticket, TicketLink

# What the other ticket is to this one -> what this one is to the other.
BACK: Mapping[str, str] = {
    "related": "related",
    "parent": "child",
    "child": "parent",
    "incident": "report",
    "report": "incident",
}
DEEP = 20  # parents above a ticket
MOST = 500  # links of one ticket


def link(db: Session, ticket: Ticket, other: Ticket, kind: str, by: Actor) -> None:
    """`other` becomes `kind` of `ticket`. Another link between the two gives way. Raises Invalid, Conflict."""
    if kind not in BACK:
        raise Invalid({"kind": "Choose one of these."})
    if ticket.id == other.id:
        raise Conflict("A ticket cannot be linked with itself.")
    for one in (ticket, other):
        if one.merged_into_id:
            raise Conflict("#%(number)s was merged into #%(into)s already.", number=one.id, into=one.merged_into_id)
    there = kind in ("related", "parent", "incident")
    lower, upper = (ticket, other) if there else (other, ticket)
    known = _between(db, ticket.id, other.id)
    as_row = kind if there else BACK[kind]
    if [(row.ticket_id, row.kind) for row in known] == [(lower.id, as_row)]:
        return
    _fits(db, lower, upper, as_row, {row.other_id for row in known if row.ticket_id == lower.id})
    for row in known:
        db.delete(row)
    db.flush()
    db.add(TicketLink(ticket_id=lower.id, other_id=upper.id, kind=as_row))
    db.flush()
    told(db, ticket, "ticket.linked", by, other=other.id, what=kind)
    told(db, other, "ticket.linked", by, other=ticket.id, what=BACK[kind])


def _fits(db: Session, lower: Ticket, upper: Ticket, kind: str, but: set[int]) -> None:
    """Raises Conflict where a ticket would have two wholes, or be above itself."""
    if _count(db, lower.id) >= MOST or _count(db, upper.id) >= MOST:
        raise Conflict("A ticket has at most 500 links.")
    if kind == "related":
        return
    above = [number for number in _above(db, lower.id, kind) if number not in but]
    if above and above != [upper.id]:
        raise Conflict(ONE[kind], number=lower.id)
    number, seen = upper.id, 0
    while following := _above(db, number, kind):
        number, seen = following[0], seen + 1
        if number == lower.id or seen > DEEP:
            raise Conflict("That would put #%(number)s above itself.", number=lower.id)


ONE = {
    "parent": N_("#%(number)s is a part of another ticket already. Unlink it there first."),
    "incident": N_("#%(number)s belongs to another incident already. Unlink it there first."),
}


def unlink(db: Session, ticket: Ticket, number: int, by: Actor) -> str:
    """Take the link between two tickets away; what the other one was, "" where there was none."""
    known = _between(db, ticket.id, number)
    if not known:
        return ""
    row = known[0]
    was = row.kind if row.ticket_id == ticket.id else BACK.get(row.kind, row.kind)
    for one in known:
        db.delete(one)
    told(db, ticket, "ticket.unlinked", by, other=number, what=was)
    told(db, db.get_one(Ticket, number), "ticket.unlinked", by, other=ticket.id, what=BACK.get(was, was))
    return was


def open_below(db: Session, agent: Agent, ticket: Ticket) -> list[int]:
    """The parts and reports of a ticket that are not solved and that the agent may see."""
    query = (
        sa.select(Ticket.id)
        .join(TicketLink, TicketLink.ticket_id == Ticket.id)
        .where(
            TicketLink.other_id == ticket.id,
            TicketLink.kind.in_(("parent", "incident")),
            Ticket.status.not_in(("solved", "closed")),
            Ticket.merged_into_id.is_(None),
            Ticket.spam.is_(False),
            access.visible_to(agent),
        )
        .order_by(Ticket.id)
    )
    return list(db.scalars(query))


def reports(db: Session, agent: Agent, ticket: Ticket) -> list[int]:
    """The reports of an incident that the agent may see, the oldest first; not those that were merged or are spam."""
    query = (
        sa.select(Ticket.id)
        .join(TicketLink, TicketLink.ticket_id == Ticket.id)
        .where(
            TicketLink.other_id == ticket.id,
            TicketLink.kind == "incident",
            Ticket.merged_into_id.is_(None),
            Ticket.spam.is_(False),
            access.visible_to(agent),
        )
        .order_by(Ticket.id)
    )
    return list(db.scalars(query))


def _between(db: Session, one: int, other: int) -> list[TicketLink]:
    there = sa.and_(TicketLink.ticket_id == one, TicketLink.other_id == other)
    back = sa.and_(TicketLink.ticket_id == other, TicketLink.other_id == one)
    return list(db.scalars(sa.select(TicketLink).where(sa.or_(there, back))))


def _above(db: Session, number: int, kind: str) -> list[int]:
    query = sa.select(TicketLink.other_id).where(TicketLink.ticket_id == number, TicketLink.kind == kind)
    return list(db.scalars(query))


def _count(db: Session, number: int) -> int:
    of = sa.or_(TicketLink.ticket_id == number, TicketLink.other_id == number)
    return db.scalar(sa.select(sa.func.count()).select_from(TicketLink).where(of)) or 0
