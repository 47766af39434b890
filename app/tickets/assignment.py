"""Who works on a ticket."""

from __future__ import annotations

import sqlalchemy as sa

from app.accounts.models import Agent, Team
from app.db import Session
from app.errors import Invalid
from app.events import SYSTEM, Actor
from app.i18n import N_
from app.tickets import access, lifecycle
from app.tickets.models import Ticket


def assign(db: Session, ticket: Ticket, agent_id: int | None, by: Actor = SYSTEM, why: str = "by_hand") -> None:
    """Give the ticket to an agent, or to nobody. Raises Invalid for somebody who left, or may not see it."""
    if agent_id == ticket.assignee_id:
        return
    if agent_id is not None and (sentence := hindrance(db, ticket, agent_id)):
        raise Invalid({"assignee": sentence})
    before, old_topics = ticket.assignee_id, access.topics(ticket)
    ticket.assignee_id = agent_id
    ticket.why = {**ticket.why, "assignment": {"code": why, "agent": by.id}}
    lifecycle.changed(db, ticket, "ticket.assigned", by, before=before, after=agent_id, why=why, also=old_topics)


def hindrance(db: Session, ticket: Ticket, agent_id: int) -> str:
    """Why somebody cannot be given a ticket, as a sentence; "" when they can."""
    agent = db.get(Agent, agent_id)
    if agent is None or not agent.active or agent.role == "viewer":
        return N_("This person cannot take tickets.")
    return "" if _could_see(db, agent, ticket) else N_("This person may not see tickets of this team.")


def move(db: Session, ticket: Ticket, team_id: int | None, by: Actor = SYSTEM, why: str = "by_hand") -> None:
    """Give the ticket to a team, or to none. An assignee who may not see it there is taken off it."""
    if team_id == ticket.team_id:
        return
    if team_id is not None and db.get(Team, team_id) is None:
        raise Invalid({"team": "This team does not exist."})
    before, old_topics = ticket.team_id, access.topics(ticket)
    ticket.team_id = team_id
    lifecycle.changed(db, ticket, "ticket.moved", by, before=before, after=team_id, why=why, also=old_topics)
    assignee = db.get(Agent, ticket.assignee_id) if ticket.assignee_id else None
    if assignee and not _could_see(db, assignee, ticket):
        assign(db, ticket, None, by, why="left_team")


def _could_see(db: Session, agent: Agent, ticket: Ticket) -> bool:
    """Whether the agent would see the ticket without being its assignee."""
    db.flush()
    if agent.role in ("owner", "admin"):
        return True
    where = f"team-{ticket.team_id}" if ticket.team_id else "desk"
    return where in access.rooms(db, agent) or (agent.sees == "teams" and ticket.team_id is None)


def assignable(db: Session) -> list[tuple[int, str]]:
    """(id, name) of everybody who can take tickets, by name."""
    rows = db.execute(sa.select(Agent.id, Agent.name).where(Agent.active, Agent.role != "viewer").order_by(Agent.name))
    return [(number, name) for number, name in rows]
