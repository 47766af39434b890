"""Keeping the desk's tags in order: how often each is used, and renaming, joining and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app import events
from app.db import Session
from app.errors import Invalid, NotFound
from app.events import Actor
from app.text.tokens import fold
from app.tickets import tags
from app.tickets.models import Tag, TicketTag

PAGE = 100


@dataclass(frozen=True, slots=True)
class Used:
    """A tag, and on how many tickets it stands."""

    id: int
    name: str
    tickets: int


def used(db: Session, asked: str = "") -> list[Used]:
    """Every tag by name, or those whose name has what was asked for in it, kana and width aside."""
    query = sa.select(Tag.id, Tag.name, sa.func.count(TicketTag.ticket_id)).outerjoin(TicketTag)
    rows = db.execute(query.group_by(Tag.id, Tag.name).order_by(Tag.name))
    wanted = fold(asked.strip().lstrip("#＃"))
    return [Used(*row) for row in rows if wanted in fold(row[1])]


def get(db: Session, number: int) -> Tag:
    """Raises NotFound."""
    tag = db.get(Tag, number)
    if tag is None:
        raise NotFound
    return tag


def count(db: Session, tag: Tag) -> int:
    """On how many tickets it stands."""
    return db.scalar(sa.select(sa.func.count()).where(TicketTag.tag_id == tag.id)) or 0


def rename(db: Session, tag: Tag, name: str, by: Actor) -> None:
    """Call a tag something else, on all its tickets. Raises Invalid when there is one of that name already."""
    name = tags.clean(name)
    if name == tag.name:
        return
    if db.scalar(sa.select(Tag.id).where(Tag.name == name)):
        raise Invalid({"tag": "There is a tag with this name already. Join the two below."})
    before, tag.name = tag.name, name
    db.flush()
    _record(db, "tag.renamed", by, tag, before={"name": before}, after={"name": name})


def join(db: Session, tag: Tag, name: str, by: Actor) -> Tag:
    """Put another tag in its place on every ticket, and drop it. Raises Invalid."""
    other = db.scalar(sa.select(Tag).where(Tag.name == tags.clean(name)))
    if other is None or other.id == tag.id:
        raise Invalid({"into": "Name another tag that exists."})
    tickets = count(db, tag)
    has = sa.select(TicketTag.ticket_id).where(TicketTag.tag_id == other.id)
    those = sa.update(TicketTag).where(TicketTag.tag_id == tag.id, TicketTag.ticket_id.not_in(has))
    db.execute(those.values(tag_id=other.id))
    _drop(db, tag)
    _record(db, "tag.joined", by, tag, name=tag.name, into=other.name, tickets=tickets)
    return other


def delete(db: Session, tag: Tag, by: Actor) -> int:
    """Take a tag off every ticket, and drop it; on how many it stood."""
    tickets = count(db, tag)
    _drop(db, tag)
    _record(db, "tag.deleted", by, tag, name=tag.name, tickets=tickets)
    return tickets


def _drop(db: Session, tag: Tag) -> None:
    db.execute(sa.delete(TicketTag).where(TicketTag.tag_id == tag.id))
    db.execute(sa.delete(Tag).where(Tag.id == tag.id))


def _record(db: Session, kind: str, by: Actor, tag: Tag, **data: Any) -> None:
    events.record(db, kind, by=by, topics=["admin"], tag=tag.id, **data)


def names(db: Session) -> Sequence[str]:
    """The names of all tags, for suggestions."""
    return db.scalars(sa.select(Tag.name).order_by(Tag.name).limit(500)).all()
