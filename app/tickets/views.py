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
from app.i18n import N_, gettext
from app.tickets import access
from app.tickets.models import Ticket
from app.tickets.unsent import Draft

COUNT_CAP = 1000  # beyond it a count is shown as "999+", so that no list costs more on a large desk
PAGE = 50


@dataclass(frozen=True, slots=True)
class View:
    """A saved list: its key in addresses, its name, what it holds, and whether the newest come first."""

    key: str
    name: str
    icon: str
    newest_first: bool = False

    @property
    def title(self) -> str:
        """The name in the language of the moment."""
        return gettext(self.name)


VIEWS = (
    View("mine", N_("My tickets"), "inbox"),
    View("unassigned", N_("Unassigned"), "user-plus"),
    View("open", N_("All open"), "circle-dot"),
    View("waiting", N_("Waiting"), "hourglass"),
    View("snoozed", N_("Snoozed"), "alarm-clock"),
    View("solved", N_("Solved"), "circle-check", newest_first=True),
)
BY_KEY = {view.key: view for view in VIEWS}


def condition(view: View, agent: Agent) -> sa.ColumnElement[bool]:
    """What the tickets of a view have in common."""
    return _conditions(agent.id)[view.key]


# Written into the statements: PostgreSQL keeps the plan of a statement that has few values to fill in.
_DESK, _WAITING, _ASLEEP, _DONE = (
    Ticket.shelf == sa.literal_column(f"'{shelf}'") for shelf in ("desk", "waiting", "asleep", "done")
)


@lru_cache(maxsize=1024)
def _conditions(agent_id: int) -> dict[str, sa.ColumnElement[bool]]:
    return {
        "mine": sa.and_(_DESK, Ticket.assignee_id == agent_id),
        "unassigned": sa.and_(_DESK, Ticket.assignee_id.is_(None)),
        "open": _DESK,
        "waiting": _WAITING,
        "snoozed": _ASLEEP,
        "solved": _DONE,
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
    drafted: bool
    queue_rank: int
    queue_at: datetime
    shelf: str

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
    sa.exists().where(Draft.ticket_id == Ticket.id).correlate(Ticket),
    Ticket.queue_rank,
    Ticket.queue_at,
    Ticket.shelf,
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
    query = _listing(view, team_id, agent.id, agent.role, agent.sees, limit)
    if after:
        place, here = sa.tuple_(*ORDER), sa.tuple_(*_place(after))
        query = query.where(place < here if view.newest_first else place > here)
    return [Row(*row) for row in db.execute(query)]


ORDER: tuple[Any, ...] = (Ticket.queue_rank, Ticket.queue_at, Ticket.id)


@lru_cache(maxsize=4096)
def _listing(view: View, team_id: int | None, agent_id: int, role: str, sees: str, limit: int) -> sa.Select[Any]:
    query = (
        sa.select(*COLUMNS)
        .join(Customer, Customer.id == Ticket.requester_id)
        .where(_conditions(agent_id)[view.key], access.visible(agent_id, role, sees))
        .order_by(*[column.desc() for column in ORDER] if view.newest_first else ORDER)
        .limit(sa.literal_column(str(limit)))
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


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tickets views and the agent's own teams hold, each counted up to COUNT_CAP."""

    views: dict[str, int]
    teams: dict[int, int]


def counts(db: Session, agent: Agent) -> Counts:
    """All counts of an agent's rail, in one look."""
    (_, *of_views), *of_teams = db.execute(_counting(agent.id, agent.role, agent.sees)).all()
    return Counts(dict(zip(COUNTED, of_views, strict=True)), {team: count for team, count, *_ in of_teams})


COUNTED = tuple(view.key for view in VIEWS if view.key != "solved")


@lru_cache(maxsize=1024)
def _counting(agent_id: int, role: str, sees: str) -> sa.CompoundSelect[Any]:
    """The first row is the views', one follows for each team of the agent. Every count walks an index alone."""
    visible, wanted = access.visible(agent_id, role, sees), _conditions(agent_id)
    row = [_capped(wanted[key], visible).label(key) for key in COUNTED]
    of_team = _capped(_DESK, Ticket.team_id == TeamMember.team_id, beside=TeamMember)
    rest: list[Any] = [sa.literal_column("0")] * (len(COUNTED) - 1)
    own = sa.select(TeamMember.team_id, of_team, *rest).where(TeamMember.agent_id == agent_id)
    return sa.union_all(sa.select(sa.literal_column("0").label("team"), *row), own)


def _capped(*wanted: sa.ColumnElement[bool], beside: Any = None) -> sa.ScalarSelect[int]:
    # The order is that of ix_tickets_queue_assignee, which has all that is asked for: left to itself PostgreSQL may
    # read the whole table to find the first thousand.
    found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(Ticket).where(*wanted)
    found = found.correlate(beside) if beside else found.order_by(Ticket.shelf, Ticket.assignee_id)
    return (
        sa.select(sa.func.count())
        .select_from(found.limit(sa.literal_column(str(COUNT_CAP))).subquery())
        .scalar_subquery()
    )


@dataclass(frozen=True, slots=True)
class Past:
    """A ticket of a customer, as it stands beside another one."""

    id: int
    subject: str
    status: str
    at: datetime


def of_customer(db: Session, agent: Agent, customer_id: int) -> tuple[list[Past], list[int]]:
    """The newest tickets of a customer that the agent may see, and the ratings that they gave, newest first."""
    rows = db.execute(_of_customer(agent.id, agent.role, agent.sees), {"customer": customer_id}).all()
    return (
        [Past(number, subject, status, at) for number, subject, status, at, rating in rows if rating is None],
        [rating for *_, rating in rows if rating],
    )


NEWEST, RATED = 6, 200


@lru_cache(maxsize=1024)
def _of_customer(agent_id: int, role: str, sees: str) -> sa.CompoundSelect[Any]:
    theirs = Ticket.requester_id == sa.bindparam("customer"), access.visible(agent_id, role, sees)
    at = sa.func.coalesce(Ticket.solved_at, Ticket.updated_at).label("at")
    seen = (
        sa.select(Ticket.id, Ticket.subject, Ticket.status, at).where(*theirs).order_by(Ticket.id.desc()).limit(NEWEST)
    ).subquery()
    rated = (
        sa.select(Ticket.id, Ticket.rating)
        .where(*theirs, Ticket.rating.is_not(None))
        .order_by(Ticket.id.desc())
        .limit(RATED)
    ).subquery()
    none = sa.null()
    both = sa.union_all(
        sa.select(seen.c.id, seen.c.subject, seen.c.status, seen.c.at, sa.cast(none, sa.SmallInteger).label("rating")),
        sa.select(
            rated.c.id, sa.literal_column("''"), sa.literal_column("''"), sa.cast(none, seen.c.at.type), rated.c.rating
        ),
    )
    return both.order_by(sa.literal_column("1").desc())
