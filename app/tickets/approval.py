"""Who needs a second pair of eyes before a reply leaves, and whose eyes those may be.

It is set for a person (a newcomer), for an inbox or for a team. What is set for a person holds for them wherever they
answer; what is set for a place holds for everybody who answers there but owners and administrators, so that there is
always somebody who can decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.accounts.models import Agent, Team
from app.channels import inboxes
from app.db import Session
from app.errors import Conflict
from app.i18n import N_
from app.tickets.models import Ticket

CHIEFS = ("owner", "admin")
NEEDED = N_("A colleague has to approve your reply first. Ask for that in the ticket.")


def needed(*, own: bool, place: bool, chief: bool) -> bool:
    """Whether a reply needs approval. Pure."""
    return own or (place and not chief)


def allowed(*, author: int, agent: int, role: str, needs: bool) -> bool:
    """Whether an agent may decide on what `author` proposes; `needs`: whether they need approval themselves. Pure."""
    return author != agent and role != "viewer" and (role in CHIEFS or not needs)


def needs(db: Session, ticket: Ticket, agent: Agent, settings: Mapping[str, Any] | None = None) -> bool:
    """Whether this agent's replies on this ticket need approval. `settings` of its inbox, when they are known."""
    return agent.approval or (agent.role not in CHIEFS and here(db, ticket, settings))


def here(db: Session, ticket: Ticket, settings: Mapping[str, Any] | None = None) -> bool:
    """Whether the ticket's inbox or its team asks for approval."""
    known = inboxes.info_of(db, ticket.inbox_id).settings if settings is None else settings
    if known.get("approval") is True:
        return True
    team = db.get(Team, ticket.team_id) if ticket.team_id else None
    return bool(team and team.approval)


def may_decide(db: Session, ticket: Ticket, agent: Agent, author_id: int) -> bool:
    """Whether an agent who can answer this ticket may approve what `author_id` wrote, or send it back."""
    return allowed(author=author_id, agent=agent.id, role=agent.role, needs=needs(db, ticket, agent))


def demand(db: Session, ticket: Ticket, agent: Agent) -> None:
    """Raises Conflict when the agent's reply must not leave without approval."""
    if needs(db, ticket, agent):
        raise Conflict(NEEDED)
