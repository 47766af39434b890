"""Staff: agents, teams, sessions and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import Base

ROLES = ("owner", "admin", "agent", "viewer")


class Agent(Base):
    """Somebody who works at the desk. `sees` is "all", or "teams" for own teams' and own tickets only; `approval`:
    whether a colleague approves their replies before they leave."""

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    reading: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="agent")
    sees: Mapped[str] = mapped_column(default="all")
    password_hash: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str] = mapped_column(default="Asia/Tokyo")
    theme: Mapped[str] = mapped_column(default="system")
    shortcuts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    signatures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    approval: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Team(Base):
    """A group of staff. Tickets of a `private` team are seen by its members, admins and the owner alone; with
    `approval` replies on its tickets are approved before they leave."""

    __tablename__ = "teams"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    private: Mapped[bool] = mapped_column(default=False)
    approval: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class TeamMember(Base):
    __tablename__ = "team_members"

    team_id: Mapped[int] = mapped_column(sa.ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True, index=True)


class AgentSession(Base):
    """A signed-in browser. Only the digest of its cookie is kept."""

    __tablename__ = "agent_sessions"

    digest: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(default="")
    browser: Mapped[str] = mapped_column(default="")


class OneTimeToken(Base):
    """A link that works once: first set-up, invitation, password reset, a customer's sign-in."""

    __tablename__ = "one_time_tokens"

    digest: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A bearer token of the REST API. Acts as `agent_id` where somebody has to be the author."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    agent_id: Mapped[int] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
