"""Surveys: one question after a ticket was solved, asked once, answered with 1 to 5."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import Base


class Survey(Base):
    """A CSAT survey of one ticket. `message_id` is the mail that asked; its Delivery tells whether it arrived."""

    __tablename__ = "surveys"
    __table_args__ = (sa.Index("ix_surveys_asked_at", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customers.id", ondelete="CASCADE"), index=True)
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agents.id", ondelete="SET NULL"))
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("messages.id", ondelete="SET NULL"))
    locale: Mapped[str] = mapped_column(default="en")
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    score: Mapped[int | None] = mapped_column(sa.SmallInteger)
    comment: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
