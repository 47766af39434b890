"""What colleagues have written and not sent: drafts, replies that are held back for a moment or until a time, and
those that somebody is asked to approve."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import Base


class Draft(Base):
    """A text of one agent for one ticket, a reply or a note. `version` tells windows whether theirs is the newest.

    `files` are already kept: {filename, content_type, size, blob}. `recipients` is {"to", "cc", "bcc"} as they were
    typed, empty while they are those that an answer has by itself.
    """

    __tablename__ = "drafts"
    __table_args__ = (sa.Index("ix_drafts_agent_id", "agent_id"),)

    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(default="")
    files: Mapped[list[Any]] = mapped_column(default=list)
    recipients: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)


class HeldReply(Base):
    """A reply that waits on the server: shortly, so that it can be undone, or until a time that was chosen (`later`).

    Recipients, text, signature and files are what was on the screen. state: waiting, or stopped with the reason in
    `why`. `proposal_id`: the proposal that was approved, for a reply that needed that.
    """

    __tablename__ = "held_replies"
    __table_args__ = (sa.Index("ix_held_replies_ticket_id", "ticket_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"))
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"))
    text: Mapped[str]
    signature: Mapped[str] = mapped_column(default="")
    recipients: Mapped[dict[str, Any]] = mapped_column(default=dict)
    files: Mapped[list[Any]] = mapped_column(default=list)
    then: Mapped[str] = mapped_column(default="")
    later: Mapped[bool] = mapped_column(default=False)
    seen: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="waiting")
    why: Mapped[str] = mapped_column(default="")
    leave_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    proposal_id: Mapped[int | None]


class Proposal(Base):
    """A reply with all that belongs to it, put before a colleague who approves it or sends it back.

    It is no draft, for nothing of it changes any more, and no held reply, for nothing happens by itself. state:
    waiting; approved, returned (with a `comment`), withdrawn, or revised: returned and asked for again since.
    `leave_at`: when it is to leave at the earliest. `seen`: the newest message when it was asked for.
    `before_id`: the proposal that was returned and that this one mends.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        sa.Index("ix_proposals_ticket_id_state", "ticket_id", "state"),
        sa.Index("ix_proposals_agent_id", "agent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"))
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"))
    text: Mapped[str]
    signature: Mapped[str] = mapped_column(default="")
    recipients: Mapped[dict[str, Any]] = mapped_column(default=dict)
    files: Mapped[list[Any]] = mapped_column(default=list)
    then: Mapped[str] = mapped_column(default="")
    leave_at: Mapped[datetime | None]
    seen: Mapped[int] = mapped_column(default=0)
    before_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="waiting")
    comment: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agents.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
