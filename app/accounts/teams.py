"""Teams: groups of agents, each with a name, and some of them private."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app import events
from app.accounts.agents import TOPIC
from app.accounts.models import Agent, Team, TeamMember
from app.db import Session
from app.errors import Invalid, NotFound
from app.events import SYSTEM, Actor


def add(db: Session, name: str, *, private: bool = False, members: Sequence[int] = (), by: Actor = SYSTEM) -> Team:
    """A new team. Raises Invalid when its name is empty or taken."""
    team = Team(name=_name(db, name), private=private)
    db.add(team)
    db.flush()
    known = _put(db, team, members)
    events.record(db, "team.added", by=by, topics=_topics(team), team=team.id, name=team.name, members=known)
    return team


def _name(db: Session, name: str, of: int | None = None) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 60:
        raise Invalid({"name": "A name has 1 to 60 characters."})
    if db.scalar(sa.select(Team.id).where(Team.name == name, Team.id != (of or 0))):
        raise Invalid({"name": "There is a team with this name already."})
    return name


def _topics(team: Team) -> list[str]:
    return [TOPIC, f"team-{team.id}"]


def get(db: Session, number: int) -> Team:
    """Raises NotFound."""
    team = db.get(Team, number)
    if team is None:
        raise NotFound
    return team


def change(
    db: Session, team: Team, by: Actor, *, name: str, private: bool, members: Sequence[int], approval: bool = False
) -> None:
    """What a team is called, who sees its tickets and belongs to it, and whether replies on its tickets need approval.

    Raises Invalid.
    """
    before = _as_it_is(db, team)
    team.name, team.private, team.approval = _name(db, name, team.id), private, approval
    _put(db, team, members)
    _changed(db, team, by, before)


def set_members(db: Session, team: Team, wanted: Sequence[int], by: Actor = SYSTEM) -> None:
    """Who belongs to a team."""
    before = _as_it_is(db, team)
    _put(db, team, wanted)
    _changed(db, team, by, before)


def _as_it_is(db: Session, team: Team) -> dict[str, Any]:
    in_it = sa.select(TeamMember.agent_id).where(TeamMember.team_id == team.id).order_by(TeamMember.agent_id)
    return {"name": team.name, "private": team.private, "approval": team.approval, "members": list(db.scalars(in_it))}


def _put(db: Session, team: Team, wanted: Sequence[int]) -> list[int]:
    known = sorted(db.scalars(sa.select(Agent.id).where(Agent.id.in_(wanted)))) if wanted else []
    db.execute(sa.delete(TeamMember).where(TeamMember.team_id == team.id))
    db.add_all(TeamMember(team_id=team.id, agent_id=agent) for agent in known)
    db.flush()
    return known


def _changed(db: Session, team: Team, by: Actor, before: dict[str, Any]) -> None:
    if what := events.differing(before, _as_it_is(db, team)):
        events.record(db, "team.changed", by=by, topics=_topics(team), team=team.id, **what)


def remove(db: Session, team: Team, by: Actor, **more: Any) -> None:
    """Take a team away for good; `more` is kept in the log beside its name."""
    events.record(db, "team.removed", by=by, topics=_topics(team), team=team.id, name=team.name, **more)
    db.delete(team)
    db.flush()


def members(db: Session) -> dict[int, list[int]]:
    """{team: agents} of all teams."""
    found: dict[int, list[int]] = {}
    for team, agent in db.execute(sa.select(TeamMember.team_id, TeamMember.agent_id)):
        found.setdefault(team, []).append(agent)
    return found
