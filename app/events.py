"""The event log: one ordered list of everything that happened, and who reacts to it.

Reactions run inside the transaction (they write). Listeners run after the commit (they only signal).
Both come from explicit tables in the composition root; nothing registers by being imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import Base, Session

ORDER_LOCK = 7_346_201  # any constant: the advisory lock that keeps event numbers in commit order


class Event(Base):
    """Something that happened. `id` is the event number that live screens catch up by."""

    __tablename__ = "events"
    __table_args__ = (
        sa.Index("ix_events_ticket_id_id", "ticket_id", "id"),
        sa.Index("ix_events_customer_id_id", "customer_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ticket_id: Mapped[int | None]
    customer_id: Mapped[int | None]
    actor_kind: Mapped[str] = mapped_column(default="system")
    actor_id: Mapped[int | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    topics: Mapped[list[Any]] = mapped_column(default=list)
    at: Mapped[datetime] = mapped_column(default=clock.now)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: an agent, a customer, a bot, or the system itself."""

    kind: str
    id: int | None = None


SYSTEM = Actor("system")

Reaction = Callable[[Session, Event], None]
Listener = Callable[[Event], None]


@dataclass(frozen=True)
class Table:
    """Who reacts to what. Keys are event kinds; "*" hears everything."""

    reactions: Mapping[str, Sequence[Reaction]]
    listeners: Mapping[str, Sequence[Listener]]


# Written with Core: an event is never changed, so the unit of work would be paid for nothing.
_TABLE = cast(sa.Table, Event.__table__)
_WRITE = sa.insert(_TABLE).returning(_TABLE.c.id)
_NAMES = ["kind", "ticket_id", "customer_id", "actor_kind", "actor_id", "data", "topics", "at"]
# The lock comes first: no row, and so no number, before it is ours.
_TURN = sa.select(sa.func.pg_advisory_xact_lock(ORDER_LOCK).label("turn")).cte("turn")
_VALUES = sa.select(*(sa.bindparam(name, type_=_TABLE.c[name].type) for name in _NAMES)).select_from(_TURN)
_WRITE_IN_TURN = sa.insert(_TABLE).from_select(_NAMES, _VALUES, include_defaults=False).returning(_TABLE.c.id)


def record(
    db: Session,
    kind: str,
    *,
    ticket_id: int | None = None,
    customer_id: int | None = None,
    by: Actor = SYSTEM,
    topics: Sequence[str] = (),
    **data: Any,
) -> Event:
    """Write one event, let the reactions to it run, and tell the listeners after the commit.

    What is not flushed yet stays so: a ticket that changes in three ways is written once, at the commit.

    `topics` are the screens that should look again. On PostgreSQL writers of events take turns until their
    commit, so that a reader who has seen number n has seen everything before n.
    """
    writing = _WRITE
    if not db.sqlite and not db.info.get("event_order"):
        db.flush()  # everybody locks rows first and the order last, so that no two writers wait for each other
        writing = _WRITE_IN_TURN
        db.info["event_order"] = True
    row = {
        "kind": kind,
        "ticket_id": ticket_id,
        "customer_id": customer_id,
        "actor_kind": by.kind,
        "actor_id": by.id,
        "data": data,
        "topics": list(topics),
        "at": clock.now(),
    }
    event = Event(id=db.execute(writing, row).scalar_one(), **row)  # read by those below, kept by nobody
    table: Table | None = db.house.get("events")
    if table:
        for reaction in (*table.reactions.get(kind, ()), *table.reactions.get("*", ())):
            reaction(db, event)
        for listener in (*table.listeners.get(kind, ()), *table.listeners.get("*", ())):
            db.after_commit(partial(listener, event))
    return event


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """{"before": …, "after": …} of the values that are not the same; empty when all are."""
    names = [name for name in after if before.get(name) != after[name]]
    if not names:
        return {}
    return {"before": {name: before.get(name) for name in names}, "after": {name: after[name] for name in names}}


def about(
    db: Session, kinds: Sequence[str], key: str = "", number: int = 0, before: int = 0, limit: int = 30
) -> Sequence[Event]:
    """Changes of the desk itself of these kinds, newest first; those of one thing where `key` names its number."""
    query = sa.select(Event).where(Event.ticket_id.is_(None), Event.kind.in_(kinds))
    if key:
        query = query.where(Event.data[key].as_integer() == number)
    if before:
        query = query.where(Event.id < before)
    return db.scalars(query.order_by(Event.id.desc()).limit(limit)).all()


def after(db: Session, number: int, limit: int = 500) -> Sequence[Event]:
    """Events after `number`, oldest first."""
    return db.scalars(sa.select(Event).where(Event.id > number).order_by(Event.id).limit(limit)).all()


_LAST = sa.select(sa.func.max(Event.id))


def last_number(db: Session) -> int:
    """The number of the newest event, 0 when there is none."""
    return db.scalar(_LAST) or 0
