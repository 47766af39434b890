"""Notices: what somebody of the desk should know, each of one of a few kinds, and what they choose about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import Base
from app.i18n import N_

# kind: (icon, what it is about, for the page where it can be muted)
KINDS: Mapping[str, tuple[str, str]] = {
    "mention": ("at-sign", N_("Somebody mentions me in a note")),
    "assigned": ("user", N_("A ticket is given to me")),
    "team": ("users", N_("A ticket is given to my team")),
    "replied": ("reply", N_("A customer answers on a ticket of mine")),
    "asked": ("check", N_("A colleague asks for my approval")),
    "approved": ("check-check", N_("A reply of mine is approved")),
    "returned": ("rotate-ccw", N_("A reply of mine is sent back")),
    "failed": ("triangle-alert", N_("A message on a ticket of mine could not be delivered")),
    "followed": ("eye", N_("Something is said on a ticket that I follow")),
    "reminder": ("bell", N_("A reminder of mine is due")),
    "woke": ("alarm-clock", N_("A snoozed ticket of mine wakes")),
}
DIGESTS: Mapping[str, str] = {"off": N_("Never"), "hourly": N_("Every hour"), "daily": N_("Every morning")}


class Notice(Base):
    """Something that one agent should know. `who` did it; `place` is the line of the thread that it is about.

    What somebody muted is written as read: it never rings, and is still found in the list.
    """

    __tablename__ = "notices"
    __table_args__ = (
        sa.Index("ix_notices_agent_id_id", "agent_id", "id"),
        sa.Index("ix_notices_agent_id_read_at", "agent_id", "read_at"),
        sa.Index("ix_notices_ticket_id", "ticket_id"),
        sa.Index("ix_notices_event_id", "event_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"))
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"))
    event_id: Mapped[int]
    kind: Mapped[str]
    who: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class NoticeMute(Base):
    """A kind that an agent does not want to be told of."""

    __tablename__ = "notice_mutes"

    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)


class NoticeDigest(Base):
    """How often unread notices are mailed to an agent, and when they last were. No row: never."""

    __tablename__ = "notice_digests"

    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)
    every: Mapped[str]
    sent_at: Mapped[datetime | None]


class PushBrowser(Base):
    """A browser that is told also while the desk is closed in it, for as long as it is signed in.

    `endpoint` is the address at its maker's push service, `key` and `secret` (base64url) what only it can read with.
    """

    __tablename__ = "push_browsers"
    __table_args__ = (sa.Index("ix_push_browsers_agent_id", "agent_id"),)

    session: Mapped[str] = mapped_column(sa.ForeignKey("agent_sessions.digest", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"))
    endpoint: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str]
    secret: Mapped[str]
    faults: Mapped[int] = mapped_column(default=0)
    """Refusals in a row."""
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
