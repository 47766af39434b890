"""Who follows a ticket: colleagues who are told what is said there without having it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app import clock, events
from app.accounts.models import Agent
from app.db import Session
from app.errors import Conflict, Invalid, NotFound
from app.events import Actor
from app.tickets import access
from app.tickets.carried import Follower
from app.tickets.models import Ticket

MOST = 50  # followers of one ticket


def follow(db: Session, ticket: Ticket, agent_id: int, by: Actor) -> None:
    """Have an agent follow a ticket; one who does already goes on. Raises Invalid (left, may not see it), Conflict."""
    agent = db.get(Agent, agent_id)
    if agent is None or not agent.active or not sees(db, agent, ticket):
        raise Invalid({"agent": "This person cannot follow the ticket: they left, or may not see it."})
    if db.get(Follower, (ticket.id, agent_id)) is not None:
        return
    if len(of(db, ticket.id)) >= MOST:
        raise Conflict("A ticket has at most 50 followers.")
    db.add(Follower(ticket_id=ticket.id, agent_id=agent_id, made_at=clock.now()))
    told(db, ticket, "ticket.followed", by, agent=agent_id)


def unfollow(db: Session, ticket: Ticket, agent_id: int, by: Actor) -> None:
    """End it; nothing happens for somebody who did not follow."""
    found = db.get(Follower, (ticket.id, agent_id))
    if found is not None:
        db.delete(found)
        told(db, ticket, "ticket.unfollowed", by, agent=agent_id)


def of(db: Session, ticket_id: int) -> list[int]:
    """Who follows a ticket."""
    return list(db.scalars(sa.select(Follower.agent_id).where(Follower.ticket_id == ticket_id)))


def sees(db: Session, agent: Agent, ticket: Ticket) -> bool:
    """Whether somebody may see a ticket as it is now."""
    db.flush()
    try:
        access.ticket(db, agent, ticket.id)
    except NotFound:
        return False
    return True


def choosable(db: Session, ticket: Ticket) -> list[Agent]:
    """Who could follow a ticket and does not yet, by name: only those who may see it."""
    following = set(of(db, ticket.id))
    everybody = db.scalars(sa.select(Agent).where(Agent.active).order_by(Agent.name)).all()
    return [agent for agent in everybody if agent.id not in following and sees(db, agent, ticket)]


def told(db: Session, ticket: Ticket, kind: str, by: Actor, **data: Any) -> None:
    """Write what was done beside a ticket to the log: screens look again, its place in the queue stays."""
    topics = access.topics(ticket)
    events.record(db, kind, ticket_id=ticket.id, customer_id=ticket.requester_id, by=by, topics=topics, **data)
