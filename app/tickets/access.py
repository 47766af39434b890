"""The one gate: which tickets an agent may see. Pages, fragments, API, sockets and reports all pass it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import sqlalchemy as sa

from app.accounts.models import Agent, Team, TeamMember
from app.db import Session
from app.errors import Forbidden, NotFound
from app.tickets.models import Ticket


def visible_to(agent: Agent) -> sa.ColumnElement[bool]:
    """A condition on Ticket.

    The owner and admins see all. Others see tickets of open teams and of none, those of their own teams and
    those assigned to them; with `sees="teams"` only the last two.
    """
    return visible(agent.id, agent.role, agent.sees)


@lru_cache(maxsize=1024)  # every query of a page has this condition, and building it costs more than running it
def visible(agent_id: int, role: str, sees: str) -> sa.ColumnElement[bool]:
    """As `visible_to`, for statements that are kept."""
    if role in ("owner", "admin"):
        return sa.true()
    own_team = Ticket.team_id.in_(sa.select(TeamMember.team_id).where(TeamMember.agent_id == agent_id))
    mine = Ticket.assignee_id == agent_id
    if sees == "teams":
        return sa.or_(mine, own_team)
    closed_to_others = Ticket.team_id.in_(sa.select(Team.id).where(Team.private))
    return sa.or_(Ticket.team_id.is_(None), ~closed_to_others, mine, own_team)


def ticket(db: Session, agent: Agent, number: int) -> Ticket:
    """The ticket, if the agent may see it. Raises NotFound: "not allowed" looks like "not there"."""
    found = db.scalar(_seen(agent.id, agent.role, agent.sees), {"number": number})
    if found is None:
        raise NotFound
    return found


@lru_cache(maxsize=1024)
def _seen(agent_id: int, role: str, sees: str) -> sa.Select[Ticket]:
    return sa.select(Ticket).where(Ticket.id == sa.bindparam("number"), visible(agent_id, role, sees))


@lru_cache(maxsize=1024)
def _held(agent_id: int, role: str, sees: str) -> sa.Select[Ticket]:
    """Locked where several processes write, and as the database has it now (SQLite knows no row locks)."""
    locked = _seen(agent_id, role, sees).with_for_update(of=Ticket)
    return locked.execution_options(populate_existing=True)


def writable(db: Session, agent: Agent, number: int) -> Ticket:
    """As `ticket`, locked for a change. Raises Forbidden for viewers."""
    if agent.role == "viewer":
        raise Forbidden("Viewers can read, not change.")
    found = db.scalar(_held(agent.id, agent.role, agent.sees), {"number": number})
    if found is None:
        raise NotFound
    return found


def topics(found: Ticket) -> list[str]:
    """The screens that show this ticket: its team's (or the open desk's), its assignee's."""
    return topics_for(found.team_id, found.assignee_id)


def topics_for(team_id: int | None, assignee_id: int | None) -> list[str]:
    """As `topics`, for what is known of a ticket."""
    where = f"team-{team_id}" if team_id else "desk"
    return [where] + ([f"agent-{assignee_id}"] if assignee_id else [])


_WHOSE = sa.select(Ticket.team_id, Ticket.assignee_id).where(Ticket.id == sa.bindparam("number"))


def topics_of(db: Session, number: int) -> list[str]:
    """As `topics`, by number: who may see the ticket as the database knows it."""
    return topics_for(*db.execute(_WHOSE, {"number": number}).one())


def rooms(db: Session, agent: Agent) -> Sequence[str]:
    """The topics that an agent's screens may listen to: exactly those of tickets that `visible_to` lets pass."""
    own = list(db.scalars(sa.select(TeamMember.team_id).where(TeamMember.agent_id == agent.id)))
    chief = agent.role in ("owner", "admin")
    if chief:
        teams = list(db.scalars(sa.select(Team.id)))
    elif agent.sees == "teams":
        teams = own
    else:
        teams = list(db.scalars(sa.select(Team.id).where(sa.or_(~Team.private, Team.id.in_(own)))))
    rooms = [f"agent-{agent.id}", *(f"team-{team}" for team in teams)]
    if chief or agent.sees != "teams":
        rooms.append("desk")
    return [*rooms, "admin"] if chief else rooms
