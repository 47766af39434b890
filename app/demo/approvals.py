"""A second pair of eyes at the demo desk: replies about studio visits are approved, and one waits for that."""

from __future__ import annotations

import sqlalchemy as sa

from app.accounts import agents, teams
from app.accounts.models import Team
from app.db import Session
from app.demo import cast
from app.events import Actor
from app.tickets import proposals
from app.tickets.models import Ticket

SUBJECT = "Can I still join Sunday's kiln visit?"
REPLY = (
    "Hello Daniel,\n\ngood news: two places on Sunday at 10:30 are free again, for you and your daughter. "
    "I keep them for you until Friday noon; a word is enough.\n\nRosa"
)


def lay(db: Session) -> None:
    """Set the team's rule, and have Rosa ask; on a desk whose stories are told."""
    rosa, mio = (agents.find(db, cast.STAFF[who].email) for who in ("rosa", "mio"))
    assert rosa is not None
    assert mio is not None
    team = db.scalars(sa.select(Team).where(Team.name == cast.STUDIO)).one()
    members, by = teams.members(db).get(team.id, []), Actor("agent", mio.id)
    teams.change(db, team, by, name=team.name, private=team.private, members=members, approval=True)
    ticket = db.scalars(sa.select(Ticket).where(Ticket.subject == SUBJECT)).one()
    proposals.ask(db, ticket, rosa, REPLY)
