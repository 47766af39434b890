"""Notices about approval: who is asked for it, and that nobody needs to look any more; what became of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import sqlalchemy as sa

from app import clock
from app.accounts.models import Agent, TeamMember
from app.db import Session
from app.events import Event
from app.notices import mentions
from app.notices.making import tell
from app.notices.models import Notice
from app.notices.ringing import ring
from app.tickets import approval
from app.tickets.models import Ticket
from app.tickets.unsent import Proposal


def asked(db: Session, event: Event) -> None:
    """Reaction to proposal.asked: those who may decide; of these the ones near by, where there are any."""
    ticket = db.get_one(Ticket, event.ticket_id)
    agents = db.scalars(sa.select(Agent).where(Agent.active, Agent.role != "viewer"))
    author = event.data["author"]
    may = [agent.id for agent in agents if approval.may_decide(db, ticket, agent, author)]
    near = set(_near(db, ticket, author))
    seeing = mentions.seeing(db, [one for one in may if one in near], ticket.id) or mentions.seeing(db, may, ticket.id)
    tell(db, event, "asked", seeing, place=f"p{event.data['proposal']}")


def _near(db: Session, ticket: Ticket, author: int) -> Sequence[int]:
    """Who belongs to the ticket's team, or for a ticket of none to a team of the writer's; and the assignee."""
    teams = [ticket.team_id]
    if ticket.team_id is None:
        teams = list(db.scalars(sa.select(TeamMember.team_id).where(TeamMember.agent_id == author)))
    members = db.scalars(sa.select(TeamMember.agent_id).where(TeamMember.team_id.in_(teams)))
    return [*members, *([ticket.assignee_id] if ticket.assignee_id else [])]


def decided(db: Session, event: Event) -> None:
    """Reaction to proposal.approved and proposal.returned: its writer, where they may still see the ticket."""
    settled(db, event)
    kind = event.kind.removeprefix("proposal.")
    tell(db, event, kind, mentions.seeing(db, [event.data["author"]], cast(int, event.ticket_id)))


def settled(db: Session, event: Event) -> None:
    """Reaction to whatever ends a proposal: where none waits any more, nobody is asked to look."""
    db.flush()
    waits = sa.select(Proposal.id).where(Proposal.ticket_id == event.ticket_id, Proposal.state == "waiting")
    if db.scalar(waits.limit(1)) is not None:
        return
    unread = sa.update(Notice).where(Notice.ticket_id == event.ticket_id, Notice.kind == "asked")
    done = unread.where(Notice.read_at.is_(None)).values(read_at=clock.now()).returning(Notice.agent_id)
    ring(db, list(db.scalars(done)))
