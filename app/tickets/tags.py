"""Tags: short words that tickets share."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from app.db import Session
from app.errors import Invalid
from app.events import Actor
from app.text import plain
from app.tickets import lifecycle
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


def every(db: Session, limit: int = 500) -> list[str]:
    """All tags by name, for suggestions."""
    return list(db.scalars(_EVERY, {"most": limit}))


_OF = (
    sa.select(TicketTag.ticket_id, Tag.name)
    .join(Tag, Tag.id == TicketTag.tag_id)
    .where(TicketTag.ticket_id.in_(sa.bindparam("tickets", expanding=True)))
    .order_by(Tag.name)
)
_EVERY = sa.select(Tag.name).order_by(Tag.name).limit(sa.bindparam("most", type_=sa.Integer()))
