"""What can be taken back for thirty days: who did what to which tickets, and how they were before.

One small table for merging, splitting and steps on many tickets at once; a job sweeps what is too old.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.accounts.models import Agent
from app.db import Base, Session
from app.errors import Conflict, NotFound
from app.jobs.worker import Work

KEPT = timedelta(days=30)


def oldest() -> datetime:
    """What was done before this can no longer be taken back."""
    return clock.now() - KEPT


class Undo(Base):
    """kind: merge, split, bulk, macro, tags. state: waiting, running, done, undoing, undone. `what` says what was asked
    for, `before` how things were; `ticket_id` is the ticket that was merged, split off or worked on, `progress` counts
    tickets.
    """

    __tablename__ = "undos"
    __table_args__ = (sa.Index("ix_undos_ticket_id", "ticket_id"), sa.Index("ix_undos_made_at", "made_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="done")
    ticket_id: Mapped[int | None]
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agents.id", ondelete="SET NULL"))
    what: Mapped[dict[str, Any]] = mapped_column(default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    progress: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)


def keep(db: Session, kind: str, agent: Agent, **values: Any) -> Undo:
    """Remember a step before it is done."""
    kept = Undo(kind=kind, agent_id=agent.id, made_at=clock.now(), **values)
    db.add(kept)
    db.flush()
    return kept


def find(db: Session, number: int, *kinds: str) -> Undo:
    """A step that is still remembered, locked for a change. Raises NotFound."""
    found = db.get(Undo, number, with_for_update=not db.sqlite)
    if found is None or found.kind not in kinds or found.made_at < clock.now() - KEPT:
        raise NotFound
    return found


def kind_of(db: Session, number: int) -> str:
    """What kind of step a number stands for, "" for none."""
    return db.scalar(sa.select(Undo.kind).where(Undo.id == number)) or ""


def of_ticket(db: Session, ticket_id: int, kind: str) -> Undo | None:
    """The step by which a ticket was merged or split off, while it can be undone."""
    query = sa.select(Undo).where(Undo.ticket_id == ticket_id, Undo.kind == kind, Undo.state == "done")
    return db.scalar(query.where(Undo.made_at >= clock.now() - KEPT).order_by(Undo.id.desc()).limit(1))


def once(found: Undo) -> None:
    """Raises Conflict when the step was undone already."""
    if found.state != "done":
        raise Conflict("This was undone already.")


def sweep(work: Work) -> None:
    """Job: forget what is older than thirty days."""
    with work.finishing() as db:
        db.execute(sa.delete(Undo).where(Undo.made_at < clock.now() - KEPT))
