"""A list that somebody built, as it is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import Base


class SavedView(Base):
    """A list that somebody built. `audience`: own, team or desk; `version` grows with each change of what it is."""

    __tablename__ = "views"
    __table_args__ = (sa.Index("ix_views_audience_agent_id", "audience", "agent_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    audience: Mapped[str] = mapped_column(default="own")
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agents.id", ondelete="SET NULL"))
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("teams.id", ondelete="SET NULL"))
    name_en: Mapped[str] = mapped_column(default="")
    name_ja: Mapped[str] = mapped_column(default="")
    conditions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sort: Mapped[str] = mapped_column(default="waiting")
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    changed_by_id: Mapped[int | None]
    deleted_at: Mapped[datetime | None]
