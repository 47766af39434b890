"""Tags: short words that tickets share."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Agent
from app.db import Session
from app.errors import Invalid
from app.events import Actor
from app.text import plain
from app.tickets import access, lifecycle
from app.tickets.models import Tag, Ticket, TicketTag

LONGEST = 40


def clean(name: str) -> str:
    """The form in which a tag is kept. Raises Invalid."""
    name = " ".join(plain.nfc(plain.strip_controls(name)).split()).casefold().lstrip("#")
    if not name or len(name) > LONGEST:
        raise Invalid({"tag": "A tag has 1 to 40 characters."})
    return name


def add(db: Session, ticket: Ticket, name: str, by: Actor) -> None:
    """Put a tag on a ticket; it is made when it is new. Raises Invalid."""
    name = clean(name)
    tag = db.scalar(sa.select(Tag).where(Tag.name == name))
    if tag is None:
        tag = Tag(name=name)
        db.add(tag)
        db.flush()
    if db.get(TicketTag, {"ticket_id": ticket.id, "tag_id": tag.id}) is None:
        db.add(TicketTag(ticket_id=ticket.id, tag_id=tag.id))
        lifecycle.changed(db, ticket, "ticket.tagged", by, added=name)


def remove(db: Session, ticket: Ticket, name: str, by: Actor) -> None:
    """Take a tag off a ticket; nothing happens when it was not there."""
    tag = db.scalar(sa.select(Tag).where(Tag.name == clean(name)))
    held = db.get(TicketTag, {"ticket_id": ticket.id, "tag_id": tag.id}) if tag else None
    if held:
        db.delete(held)
        lifecycle.changed(db, ticket, "ticket.tagged", by, removed=name)


def of(db: Session, ticket_ids: Iterable[int]) -> dict[int, list[str]]:
    """The tags of several tickets, by name."""
    wanted = list(ticket_ids)
    found: dict[int, list[str]] = {number: [] for number in wanted}
    if wanted:
        for number, name in db.execute(_OF, {"tickets": wanted}):
            found[number].append(name)
    return found


def every(db: Session, agent: Agent, limit: int = 500) -> list[str]:
    """The tags by name that stand on tickets which the agent may see, for suggestions."""
    return list(db.scalars(_every(agent.id, agent.role, agent.sees), {"most": limit}))


def choices(db: Session, agent: Agent, ticket_id: int, limit: int) -> tuple[list[str], list[str]]:
    """(the ticket's tags, those that `every` tells), by name, in one look."""
    own: list[str] = []
    others: list[str] = []
    given = {"ticket": ticket_id, "most": limit}
    for name, on_it in db.execute(_choices(agent.id, agent.role, agent.sees), given):
        (own if on_it else others).append(name)
    return sorted(own), others


@lru_cache(maxsize=1024)
def _choices(agent_id: int, role: str, sees: str) -> sa.CompoundSelect[Any]:
    of_desk = _every(agent_id, role, sees).subquery()
    of_ticket: Any = sa.select(Tag.name, sa.literal_column("1").label("on_it"))
    of_ticket = of_ticket.join(TicketTag).where(TicketTag.ticket_id == sa.bindparam("ticket"))
    return sa.union_all(of_ticket, sa.select(of_desk.c.name, sa.literal_column("0")))


@lru_cache(maxsize=1024)
def _every(agent_id: int, role: str, sees: str) -> sa.Select[str]:
    query = sa.select(Tag.name).order_by(Tag.name).limit(sa.bindparam("most", type_=sa.Integer()))
    if role in ("owner", "admin"):
        return query
    # One look for each tag, ended by the first ticket: EXISTS made PostgreSQL join all tickets with all tags.
    one: Any = sa.select(sa.literal_column("1")).join_from(TicketTag, Ticket, TicketTag.ticket_id == Ticket.id)
    seen = one.where(TicketTag.tag_id == Tag.id, access.visible(agent_id, role, sees)).correlate(Tag).limit(1)
    return query.where(seen.scalar_subquery().is_not(None))


_OF = (
    sa.select(TicketTag.ticket_id, Tag.name)
    .join(Tag, Tag.id == TicketTag.tag_id)
    .where(TicketTag.ticket_id.in_(sa.bindparam("tickets", expanding=True)))
    .order_by(Tag.name)
)
