"""What a ticket carries besides what was said: fields, followers, a checklist, links, reminders. And who is blocked.

The values of fields stand on the ticket itself (`Ticket.fields`, by key), so that no page asks for them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import Base

KINDS = ("text", "number", "choice", "date")


class Field(Base):
    """Something that the desk wants to know of its tickets. kind: text, number, choice, date.

    `key` names its values and never changes. `spec`: name and help by language, options of a choice. One that is
    archived is no longer offered; its values stay.
    """

    __tablename__ = "fields"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    spec: Mapped[dict[str, Any]] = mapped_column(default=dict)
    required: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]


class Follower(Base):
    """An agent who is told what happens on a ticket without having it."""

    __tablename__ = "followers"

    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)


class Check(Base):
    """One thing to do before a ticket is done."""

    __tablename__ = "checks"
    __table_args__ = (sa.Index("ix_checks_ticket_id", "ticket_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"))
    text: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agents.id", ondelete="SET NULL"))


class Reminder(Base):
    """What one agent wants to be reminded of, and when. `told_at`: they were."""

    __tablename__ = "reminders"
    __table_args__ = (
        sa.Index("ix_reminders_ticket_id_agent_id", "ticket_id", "agent_id"),
        sa.Index("ix_reminders_agent_id_at", "agent_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"))
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(default="")
    told_at: Mapped[datetime | None]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)


class Block(Base):
    """A mail address, or a whole domain, whose new mail goes to the spam. kind: address, domain."""

    __tablename__ = "blocks"
    __table_args__ = (sa.UniqueConstraint("kind", "value"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    value: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agents.id", ondelete="SET NULL"))
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
