"""Lists of tickets: which are in a view, how many, and the next page after a place in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Agent, TeamMember
from app.customers.models import Customer
from app.db import Session
from app.errors import Invalid
from app.i18n import N_
from app.tickets import access
from app.tickets.models import Ticket

COUNT_CAP = 1000  # beyond it a count is shown as "999+", so that no list costs more on a large desk
PAGE = 50


@dataclass(frozen=True, slots=True)
class View:
    """A saved list: its key in addresses, its name, what it holds, and whether the newest come first."""

    key: str
    name: str
    icon: str
    newest_first: bool = False


VIEWS = (
    View("mine", N_("My tickets"), "inbox"),
    View("unassigned", N_("Unassigned"), "user-plus"),
    View("open", N_("All open"), "circle-dot"),
    View("waiting", N_("Waiting"), "hourglass"),
    View("solved", N_("Solved"), "circle-check", newest_first=True),
)
BY_KEY = {view.key: view for view in VIEWS}


def condition(view: View, agent: Agent) -> sa.ColumnElement[bool]:
    """What the tickets of a view have in common."""
    return _conditions(agent.id)[view.key]


@lru_cache(maxsize=1024)
def _conditions(agent_id: int) -> dict[str, sa.ColumnElement[bool]]:
    return {
        "mine": sa.and_(Ticket.shelf == "desk", Ticket.assignee_id == agent_id),
        "unassigned": sa.and_(Ticket.shelf == "desk", Ticket.assignee_id.is_(None)),
        "open": Ticket.shelf == "desk",
        "waiting": Ticket.shelf == "waiting",
        "solved": Ticket.shelf == "done",
    }


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list: what it shows, nothing more is loaded."""

    id: int
    subject: str
    snippet: str
    status: str
    priority: str
    channel: str
    customer: str
    customer_id: int
    assignee_id: int | None
    team_id: int | None
    waiting_since: datetime | None
    updated_at: datetime
    solved_at: datetime | None
    rating: int | None
    queue_rank: int
    queue_at: datetime

    @property
    def place(self) -> str:
        """Where this row stands in its list, for the address of the next page."""
        return f"{self.queue_rank}.{round(self.queue_at.timestamp() * 1_000_000)}.{self.id}"


COLUMNS: tuple[Any, ...] = (
    Ticket.id,
    Ticket.subject,
    Ticket.snippet,
    Ticket.status,
    Ticket.priority,
    Ticket.channel,
    Customer.name,
    Ticket.requester_id,
    Ticket.assignee_id,
    Ticket.team_id,
    Ticket.waiting_since,
    Ticket.updated_at,
    Ticket.solved_at,
    Ticket.rating,
    Ticket.queue_rank,
    Ticket.queue_at,
)


def rows(
    db: Session,
    agent: Agent,
    view: View,
    *,
    after: str = "",
    limit: int = PAGE,
    team_id: int | None = None,
) -> list[Row]:
    """One page of a view, from the place `after` on. Raises Invalid for a place that is none."""
    query = _listing(view, team_id, agent.id, agent.role, agent.sees)
    if after:
        place, here = sa.tuple_(*ORDER), sa.tuple_(*_place(after))
        query = query.where(place < here if view.newest_first else place > here)
    return [Row(*row) for row in db.execute(query, {"most": limit})]


ORDER: tuple[Any, ...] = (Ticket.queue_rank, Ticket.queue_at, Ticket.id)


@lru_cache(maxsize=4096)
def _listing(view: View, team_id: int | None, agent_id: int, role: str, sees: str) -> sa.Select[Any]:
    query = (
        sa.select(*COLUMNS)
        .join(Customer, Customer.id == Ticket.requester_id)
        .where(_conditions(agent_id)[view.key], access.visible(agent_id, role, sees))
        .order_by(*[column.desc() for column in ORDER] if view.newest_first else ORDER)
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )
    return query if team_id is None else query.where(Ticket.team_id == team_id)


def _place(text: str) -> list[sa.ColumnElement[Any]]:
    try:
        rank, micros, number = (int(part) for part in text.split("."))
        moment = datetime.fromtimestamp(micros / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid({"after": "This page of the list does not exist."}) from None
    if rank not in (0, 1) or not 0 < number < 2**63:
        raise Invalid({"after": "This page of the list does not exist."})
    return [
        sa.literal(rank, Ticket.queue_rank.type),
        sa.literal(moment, Ticket.queue_at.type),
        sa.literal(number, Ticket.id.type),
    ]


def counts(db: Session, agent: Agent) -> dict[str, int]:
    """How many tickets each view holds, counted up to COUNT_CAP; one round trip for all."""
    return dict(db.execute(_counting(agent.id, agent.role, agent.sees)).one()._mapping)


@lru_cache(maxsize=1024)
def _counting(agent_id: int, role: str, sees: str) -> sa.Select[Any]:
    capped, visible = [], access.visible(agent_id, role, sees)
    for key, wanted in _conditions(agent_id).items():
        if key != "solved":
            inner = sa.select(sa.literal(1)).select_from(Ticket).where(wanted, visible)
            counted = sa.select(sa.func.count()).select_from(inner.limit(COUNT_CAP).subquery()).scalar_subquery()
            capped.append(counted.label(key))
    return sa.select(*capped)


def team_counts(db: Session, agent: Agent) -> dict[int, int]:
    """How many open tickets each of the agent's own teams has, each counted up to COUNT_CAP."""
    teams = list(db.scalars(_TEAMS_OF, {"agent": agent.id}))
    if not teams:
        return {}
    row = db.execute(_counting_teams(tuple(teams))).one()
    return dict(zip(teams, row, strict=True))


_TEAMS_OF = sa.select(TeamMember.team_id).where(TeamMember.agent_id == sa.bindparam("agent"))


@lru_cache(maxsize=1024)
def _counting_teams(teams: tuple[int, ...]) -> sa.Select[Any]:
    counted = []
    for team in teams:
        inner = sa.select(sa.literal(1)).select_from(Ticket).where(Ticket.shelf == "desk", Ticket.team_id == team)
        query = sa.select(sa.func.count()).select_from(inner.limit(COUNT_CAP).subquery())
        counted.append(query.scalar_subquery().label(f"t{team}"))
    return sa.select(*counted)


def of_customer(db: Session, agent: Agent, customer_id: int, limit: int = 10) -> list[Row]:
    """The newest tickets of a customer that the agent may see."""
    query = _of_customer(agent.id, agent.role, agent.sees)
    return [Row(*row) for row in db.execute(query, {"customer": customer_id, "most": limit})]


@lru_cache(maxsize=1024)
def _of_customer(agent_id: int, role: str, sees: str) -> sa.Select[Any]:
    return (
        sa.select(*COLUMNS)
        .join(Customer, Customer.id == Ticket.requester_id)
        .where(Ticket.requester_id == sa.bindparam("customer"), access.visible(agent_id, role, sees))
        .order_by(Ticket.id.desc())
        .limit(sa.bindparam("most", type_=sa.Integer()))
    )
