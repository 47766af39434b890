"""Saved views: lists that people build for themselves, for a team or for the whole desk. Who may see and change which.

What a view holds is a tree of conditions (`app.tickets.conditions`); which tickets of it somebody sees is always
decided by `access`, whoever made the view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import sqlalchemy as sa

from app import clock, events, i18n
from app.accounts.models import Agent, TeamMember
from app.db import Session
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.events import Actor
from app.jobs.worker import Work
from app.tickets.readymade import Edit
from app.tickets.saved_view import SavedView

AUDIENCES = ("own", "team", "desk")
ADMINS = ("owner", "admin")
LONGEST = 60  # characters of a name
MOST = 50  # views of one person, of one team, of the desk
KEPT = timedelta(days=30)  # after being deleted


@dataclass(frozen=True, slots=True)
class Line:
    """A saved view as the rail names it."""

    id: int
    audience: str
    team_id: int | None
    name_en: str
    name_ja: str
    version: int

    @property
    def key(self) -> str:
        """As it stands in addresses."""
        return f"v{self.id}"

    @property
    def name(self) -> str:
        return named(self.name_en, self.name_ja)


def named(english: str, japanese: str) -> str:
    """The name in the language of the moment, else in the other one."""
    return (japanese or english) if i18n.locale() == "ja" else (english or japanese)


# ── who sees which ────────────────────────────────────────────────────────────────────────────────────

_T = cast(sa.Table, SavedView.__table__).c
_ORDER = (
    sa.case((_T.audience == "own", 0), (_T.audience == "team", 1), else_=2),
    _T.team_id,
    _T.position,
    _T.id,
)


@lru_cache(maxsize=1024)
def _offered(agent_id: int) -> sa.Select[Any]:
    """In the rail of somebody: their own, those of their teams, the desk's."""
    mine = sa.select(TeamMember.team_id).where(TeamMember.agent_id == agent_id)
    theirs = sa.or_(
        sa.and_(_T.audience == "own", _T.agent_id == agent_id),
        sa.and_(_T.audience == "team", _T.team_id.in_(mine)),
        _T.audience == "desk",
    )
    columns = _T.id, _T.audience, _T.team_id, _T.name_en, _T.name_ja, _T.version
    return sa.select(*columns).where(_T.deleted_at.is_(None), theirs).order_by(*_ORDER).limit(4 * MOST)


def offered(db: Session, agent: Agent) -> list[Line]:
    """The views in somebody's rail, in their order. Asked for once a page."""
    kept = db.info.get("saved_views")
    if kept is None:
        kept = db.info["saved_views"] = [Line(*row) for row in db.execute(_offered(agent.id))]
    found: list[Line] = kept
    return found


def every(db: Session, agent: Agent, *, deleted: bool = False) -> list[SavedView]:
    """All that somebody may open, for the page of views, or those that were deleted of late: administrators look
    after those of all teams."""
    there = SavedView.deleted_at.is_not(None) if deleted else SavedView.deleted_at.is_(None)
    query = sa.select(SavedView).where(there, _reachable(agent)).order_by(*_ORDER)
    return list(db.scalars(query.limit(20 * MOST)))


def several(db: Session, agent: Agent, numbers: Sequence[int]) -> list[SavedView]:
    """Those of some views that somebody may open."""
    query = sa.select(SavedView).where(SavedView.id.in_(numbers), SavedView.deleted_at.is_(None), _reachable(agent))
    return list(db.scalars(query))


def _reachable(agent: Agent) -> sa.ColumnElement[bool]:
    mine = sa.select(TeamMember.team_id).where(TeamMember.agent_id == agent.id)
    own = sa.and_(SavedView.audience == "own", SavedView.agent_id == agent.id)
    if agent.role in ADMINS:
        return sa.or_(own, SavedView.audience != "own")
    return sa.or_(own, sa.and_(SavedView.audience == "team", SavedView.team_id.in_(mine)), SavedView.audience == "desk")


def find(db: Session, agent: Agent, number: int) -> SavedView:
    """A view that somebody may open. Raises NotFound: "not allowed" looks like "not there"."""
    query = sa.select(SavedView).where(SavedView.id == number, SavedView.deleted_at.is_(None), _reachable(agent))
    found = db.scalar(query)
    if found is None:
        raise NotFound
    return found


def teams_of(db: Session, agent: Agent) -> set[int]:
    """The teams that somebody belongs to."""
    return set(db.scalars(sa.select(TeamMember.team_id).where(TeamMember.agent_id == agent.id)))


def can_change(agent: Agent, mine: set[int], found: SavedView) -> bool:
    """Whether somebody who belongs to the teams `mine` may change this view. Pure."""
    return can_share(agent, mine, found.audience, found.team_id) and (
        found.audience != "own" or found.agent_id == agent.id
    )


def can_share(agent: Agent, mine: set[int], audience: str, team_id: int | None) -> bool:
    """Whether somebody may make a view for these eyes: everybody for themselves, members for their team,
    administrators for all. Pure."""
    if audience == "own":
        return True
    if agent.role in ADMINS:
        return True
    return audience == "team" and agent.role != "viewer" and team_id in mine


def writable(db: Session, agent: Agent, number: int, *, deleted: bool = False) -> SavedView:
    """As `find`, for a change. Raises NotFound, Forbidden."""
    query = sa.select(SavedView).where(SavedView.id == number, _reachable(agent))
    there = SavedView.deleted_at.is_not(None) if deleted else SavedView.deleted_at.is_(None)
    found = db.scalar(query.where(there) if db.sqlite else query.where(there).with_for_update())
    if found is None:
        raise NotFound
    if not can_change(agent, teams_of(db, agent), found):
        raise Forbidden("Only administrators change views of the whole desk.")
    return found


# ── making and changing ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a view is to be. `conditions` have been looked through already (`asking.faults`)."""

    name_en: str
    name_ja: str
    conditions: dict[str, Any]
    sort: str
    audience: str
    team_id: int | None = None


def _checked(db: Session, agent: Agent, wanted: Wanted) -> Wanted:
    faults: dict[str, str] = {}
    english, japanese = (" ".join(name.split()) for name in (wanted.name_en, wanted.name_ja))
    if not english and not japanese:
        faults["name_en"] = "A view needs a name in at least one language."
    if max(len(english), len(japanese)) > LONGEST:
        faults["name_en" if len(english) > LONGEST else "name_ja"] = "A name has at most 60 characters."
    if wanted.audience not in AUDIENCES or (wanted.audience == "team") != (wanted.team_id is not None):
        faults["audience"] = "Choose who is to see this view."
    elif not can_share(agent, teams_of(db, agent), wanted.audience, wanted.team_id):
        faults["audience"] = "You cannot share a view with these."
    if faults:
        raise Invalid(faults)
    return Wanted(english, japanese, wanted.conditions, wanted.sort, wanted.audience, wanted.team_id)


def _beside(audience: str, agent_id: int | None, team_id: int | None) -> sa.ColumnElement[bool]:
    """The views that are ordered together with one of these eyes."""
    if audience == "own":
        return sa.and_(SavedView.audience == "own", SavedView.agent_id == agent_id)
    return sa.and_(SavedView.audience == audience, SavedView.team_id == team_id if team_id else sa.true())


def _last_place(db: Session, wanted: Wanted, agent_id: int | None) -> int:
    beside = _beside(wanted.audience, agent_id, wanted.team_id), SavedView.deleted_at.is_(None)
    count, last = db.execute(sa.select(sa.func.count(), sa.func.max(SavedView.position)).where(*beside)).one()
    if count >= MOST:
        raise Invalid({"audience": "There are 50 views here already. Delete one first."})
    return (last or 0) + 1


def add(db: Session, agent: Agent, wanted: Wanted) -> SavedView:
    """A new view at the end of its kind. Raises Invalid."""
    wanted = _checked(db, agent, wanted)
    made = SavedView(agent_id=agent.id, position=_last_place(db, wanted, agent.id), made_at=db.moment)
    db.add(made)
    _write(made, agent, wanted, db.moment)
    db.flush()
    _remember(db, agent, made, {})
    _tell(db, agent, made, "view.added")
    return made


def change(db: Session, agent: Agent, found: SavedView, wanted: Wanted, version: int) -> None:
    """Make a view what is wanted. `version` is the one that was on the screen. Raises Invalid, Conflict, Forbidden."""
    wanted = _checked(db, agent, wanted)
    if version != found.version:
        raise Conflict(
            "This view was changed while you were at it. What you see here is yours; saving again replaces the other."
        )
    before, was = _eyes(db, found), _state(found)
    if (wanted.audience, wanted.team_id) != (found.audience, found.team_id):
        owner = agent.id if wanted.audience == "own" else found.agent_id
        found.position = _last_place(db, wanted, owner)
        found.agent_id = owner
    _write(found, agent, wanted, db.moment)
    found.version += 1
    db.flush()
    _remember(db, agent, found, was)
    _tell(db, agent, found, "view.changed", also=before)


def _write(found: SavedView, agent: Agent, wanted: Wanted, now: datetime) -> None:
    found.name_en, found.name_ja = wanted.name_en, wanted.name_ja
    found.conditions, found.sort = wanted.conditions, wanted.sort
    found.audience, found.team_id = wanted.audience, wanted.team_id
    found.changed_at, found.changed_by_id = now, agent.id


def move(db: Session, agent: Agent, found: SavedView, step: int) -> None:
    """One place up (-1) or down (1) among its neighbours; nothing happens at the ends."""
    query = sa.select(SavedView).where(
        SavedView.deleted_at.is_(None), _beside(found.audience, found.agent_id, found.team_id)
    )
    beside = list(db.scalars(query.order_by(SavedView.position, SavedView.id)))
    at = next(place for place, one in enumerate(beside) if one.id == found.id)
    to = at + (1 if step > 0 else -1)
    if not 0 <= to < len(beside):
        return
    beside[at], beside[to] = beside[to], beside[at]
    for place, one in enumerate(beside, 1):
        one.position = place
    db.flush()
    _tell(db, agent, found, "view.moved")


def delete(db: Session, agent: Agent, found: SavedView) -> None:
    """Take a view out of every rail; it can be put back for thirty days."""
    before, found.deleted_at = _state(found), db.moment
    _remember(db, agent, found, before)
    _tell(db, agent, found, "view.deleted")


def restore(db: Session, agent: Agent, found: SavedView) -> None:
    """Put a deleted view back at the end of its kind. Raises Invalid when there is no room."""
    here = Wanted("", "", {}, "", found.audience, found.team_id)
    found.position = _last_place(db, here, found.agent_id)
    before, found.deleted_at = _state(found), None
    _remember(db, agent, found, before)
    _tell(db, agent, found, "view.restored")


def sweep(work: Work) -> None:
    """Job: forget views that were deleted thirty days ago."""
    with work.finishing() as db:
        db.execute(sa.delete(SavedView).where(SavedView.deleted_at < clock.now() - KEPT))


# ── how it was ────────────────────────────────────────────────────────────────────────────────────────


def _state(found: SavedView) -> dict[str, Any]:
    names = ("name_en", "name_ja", "conditions", "sort", "audience", "team_id")
    return {name: getattr(found, name) for name in names} | {"removed": found.deleted_at is not None}


def _remember(db: Session, agent: Agent, found: SavedView, before: dict[str, Any]) -> None:
    """Keep one change, if it is one; who may open the view may read it."""
    if (after := _state(found)) != before:
        db.add(Edit(kind=SavedView.__tablename__, number=found.id, agent_id=agent.id, before=before, after=after))
    db.flush()


# ── telling ───────────────────────────────────────────────────────────────────────────────────────────


def _eyes(db: Session, found: SavedView) -> list[str]:
    """The topics of those who have a view in their rail."""
    if found.audience == "own":
        return [f"agent-{found.agent_id}"]
    if found.audience == "team":
        return [f"team-{found.team_id}", "admin"]
    return [f"agent-{number}" for number in db.scalars(sa.select(Agent.id).where(Agent.active))]


def _tell(db: Session, agent: Agent, found: SavedView, kind: str, also: Sequence[str] = ()) -> None:
    topics = list(dict.fromkeys([*_eyes(db, found), *also]))
    events.record(db, kind, by=Actor("agent", agent.id), topics=topics, view=found.id)
