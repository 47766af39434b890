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
from app.tickets import tags, undoing
from app.tickets.models import Tag, TicketTag
from app.tickets.undoing import Undo

PAGE = 100
CHUNK = 500  # tickets of one statement


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


def join(db: Session, tag: Tag, name: str, by: Actor) -> Undo:
    """Put another tag in its place on every ticket, and drop it; what can be undone. Raises Invalid."""
    other = db.scalar(sa.select(Tag).where(Tag.name == tags.clean(name)))
    if other is None or other.id == tag.id:
        raise Invalid({"into": "Name another tag that exists."})
    has = sa.select(TicketTag.ticket_id).where(TicketTag.tag_id == other.id)
    mine = sa.select(TicketTag.ticket_id).where(TicketTag.tag_id == tag.id)
    both = db.scalars(mine.where(TicketTag.ticket_id.in_(has))).all()
    gained = db.scalars(mine.where(TicketTag.ticket_id.not_in(has))).all()
    what = {"name": tag.name, "into": other.name, "into_id": other.id}
    kept = Undo(kind="tags", agent_id=by.id, what=what, before={"both": [*both], "gained": [*gained]})
    db.add(kept)
    those = sa.update(TicketTag).where(TicketTag.tag_id == tag.id, TicketTag.ticket_id.not_in(has))
    db.execute(those.values(tag_id=other.id))
    _drop(db, tag)
    _record(db, "tag.joined", by, tag, name=tag.name, into=other.name, tickets=len(both) + len(gained))
    db.flush()
    return kept


def joined(db: Session, tag: Tag) -> list[Undo]:
    """The tags that were joined to this one and can be taken apart again, the newest first."""
    query = sa.select(Undo).where(Undo.kind == "tags", Undo.state == "done", Undo.made_at >= undoing.oldest())
    return [one for one in db.scalars(query.order_by(Undo.id.desc())) if one.what["into_id"] == tag.id]


def part(db: Session, number: int, by: Actor) -> Tag:
    """Undo a join: the tag is there again, on the tickets that had it; the other one leaves those it came to by that.

    A ticket that has lost the other tag since is left alone. Raises NotFound, Conflict.
    """
    kept = undoing.find(db, number, "tags")
    undoing.once(kept)
    name, into = kept.what["name"], kept.what["into_id"]
    tag = db.scalar(sa.select(Tag).where(Tag.name == name))
    if tag is None:
        tag = Tag(name=name)
        db.add(tag)
        db.flush()
    back = 0
    for start in range(0, len(kept.before["both"]) + len(kept.before["gained"]), CHUNK):
        some = [*kept.before["both"], *kept.before["gained"]][start : start + CHUNK]
        has = sa.select(TicketTag.ticket_id).where(TicketTag.ticket_id.in_(some))
        still = set(db.scalars(has.where(TicketTag.tag_id == into)))
        there = set(db.scalars(has.where(TicketTag.tag_id == tag.id)))
        db.add_all(TicketTag(ticket_id=ticket, tag_id=tag.id) for ticket in still - there)
        gained = still & set(kept.before["gained"])
        db.execute(sa.delete(TicketTag).where(TicketTag.tag_id == into, TicketTag.ticket_id.in_(gained)))
        back += len(still)
    kept.state = "undone"
    db.flush()
    _record(db, "tag.parted", by, tag, name=name, into=kept.what["into"], tickets=back)
    return tag


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
