"""Views that are built from conditions, saved or ready-made: their tickets page by page, and how many they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from app import clock, i18n
from app.accounts.models import Agent
from app.customers.models import Customer
from app.db import Session
from app.errors import Invalid, NotFound
from app.i18n import N_
from app.tickets import access, saved, views
from app.tickets.conditions import asking, fields, tree
from app.tickets.conditions.asking import Fault
from app.tickets.conditions.kinds import Reader
from app.tickets.conditions.tree import Condition, Group
from app.tickets.models import Ticket
from app.tickets.saved_view import SavedView
from app.tickets.views import COUNT_CAP, Row, View


@dataclass(frozen=True, slots=True, eq=False)
class Built(View):
    """A view with its tree and its order; `id` is 0 for a ready-made one. One that is `counted` says how many."""

    asked: Group = tree.EVERYTHING
    sort: str = "waiting"
    id: int = 0
    names: tuple[str, str] = ("", "")
    counted: bool = True
    version: int = 0
    faults: tuple[Fault, ...] = field(default=())

    @property
    def title(self) -> str:
        return saved.named(*self.names) if self.id else i18n.gettext(self.name)


@dataclass(frozen=True, slots=True)
class Placed(Row):
    """A row with its place in the order of its list, which need not be that of the queue."""

    at_rank: int = 0
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    @property
    def place(self) -> str:
        return f"{self.at_rank}.{round(self.at.timestamp() * 1_000_000)}.{self.id}"


# ── orders ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: a rank, a moment and the number, all of them up or all down."""

    name: str
    moment: Any
    rank: Any = None
    down: bool = False


_BEGAN, _NEVER = (
    sa.literal(moment, Ticket.created_at.type)
    for moment in (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
)
_WAITS = sa.case((Ticket.waiting_since.is_(None), 1), else_=0)
_SINCE = sa.func.coalesce(Ticket.waiting_since, Ticket.updated_at)
_URGENCY = sa.case({"urgent": 0, "high": 2, "normal": 4, "low": 6}, value=Ticket.priority, else_=4)

SORTS: Mapping[str, Sort] = {
    "waiting": Sort(N_("Waiting longest first"), _SINCE, _WAITS),
    "urgent": Sort(N_("Most urgent first"), _SINCE, _URGENCY + _WAITS),
    "newest": Sort(N_("Newest first"), Ticket.created_at, down=True),
    "oldest": Sort(N_("Oldest first"), Ticket.created_at),
    "changed": Sort(N_("Last changed first"), Ticket.updated_at, down=True),
    "still": Sort(N_("Longest unchanged first"), Ticket.updated_at),
    "solved": Sort(N_("Last solved first"), sa.func.coalesce(Ticket.solved_at, _BEGAN), down=True),
    "wakes": Sort(N_("Next to wake first"), sa.func.coalesce(Ticket.snoozed_until, _NEVER)),
}
_QUEUE = Sort("", Ticket.queue_at, Ticket.queue_rank)  # an index has it: what "waiting" is where nothing is solved
IN_QUEUE = {"desk", "waiting"}


def _sort(view: Built) -> Sort:
    queued = view.sort == "waiting" and set(asking.shelves(view.asked)) <= IN_QUEUE
    return _QUEUE if queued else SORTS.get(view.sort, SORTS["waiting"])


# ── ready-made ones ───────────────────────────────────────────────────────────────────────────────────

_OPEN = (Condition("status", "any", ("new", "open")), Condition("snoozed", "no"))
READY = (
    Built("team", N_("My teams"), "users", asked=Group("all", (*_OPEN, Condition("team", "any", ("mine",))))),
    Built("longest", N_("Waiting longest"), "clock", asked=Group("all", (*_OPEN, Condition("waits", "yes")))),
    Built("all", N_("All tickets"), "layers", newest_first=True, sort="newest", counted=False),
)
READY_BY_KEY = {view.key: view for view in READY}
_KEY = re.compile(r"v([1-9]\d{0,14})")
ICONS = {"own": "star", "team": "users", "desk": "layers"}


def find(db: Session, agent: Agent, key: str) -> View:
    """The view of a key in addresses: a fixed one, a ready-made one, or a saved one that the agent may open.
    Raises NotFound."""
    if key in views.BY_KEY:
        return views.BY_KEY[key]
    if key in READY_BY_KEY:
        return READY_BY_KEY[key]
    number = _KEY.fullmatch(key)
    if not number:
        raise NotFound
    return of(db, saved.find(db, agent, int(number[1])))


def several(db: Session, agent: Agent, numbers: Sequence[int]) -> dict[int, Built]:
    """Saved views by number, those that the agent may open."""
    return {kept.id: of(db, kept) for kept in saved.several(db, agent, numbers)} if numbers else {}


def of(db: Session, kept: SavedView) -> Built:
    """A saved view as a list, with what has become wrong with it since."""
    asked = tree.read(kept.conditions)
    return Built(
        f"v{kept.id}",
        kept.name_en or kept.name_ja,
        ICONS.get(kept.audience, "star"),
        SORTS[kept.sort].down if kept.sort in SORTS else False,
        asked=asked,
        sort=kept.sort,
        id=kept.id,
        names=(kept.name_en, kept.name_ja),
        version=kept.version,
        faults=tuple(asking.faults(db, fields.fields(db), asked)),
    )


# ── tickets ───────────────────────────────────────────────────────────────────────────────────────────


def rows(
    db: Session, agent: Agent, view: View, *, team_id: int | None = None, after: str = "", limit: int = views.PAGE
) -> list[Row]:
    """One page of any view, from the place `after` on; nothing of one that cannot be asked. Raises Invalid."""
    if not isinstance(view, Built):
        return views.rows(db, agent, view, team_id=team_id, after=after, limit=limit)
    if view.faults:
        return []
    sort = _sort(view)
    rank = sa.literal_column("0") if sort.rank is None else sort.rank
    order = [sort.moment, Ticket.id] if sort.rank is None else [rank, sort.moment, Ticket.id]
    query: sa.Select[Any] = (
        sa.select(*views.COLUMNS, rank, sort.moment)
        .join(Customer, Customer.id == Ticket.requester_id)
        .where(_wanted(db, agent, view), access.visible_to(agent))
        .order_by(*[column.desc() for column in order] if sort.down else order)
        .limit(limit)
    )
    if after:
        here = _place(after)[3 - len(order) :]
        place, here_tuple = sa.tuple_(*order), sa.tuple_(*here)
        query = query.where(place < here_tuple if sort.down else place > here_tuple)
    return [Placed(*values) for values in db.execute(query)]


def _wanted(db: Session, agent: Agent, view: Built) -> sa.ColumnElement[bool]:
    return asking.condition(fields.fields(db), view.asked, Reader(agent.id, clock.now(), i18n.zone()))


def _place(text: str) -> list[sa.ColumnElement[Any]]:
    try:
        rank, micros, number = (int(part) for part in text.split("."))
        moment = datetime.fromtimestamp(micros / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid({"after": "This page of the list does not exist."}) from None
    if not 0 <= rank < 10 or not 0 < number < 2**63:
        raise Invalid({"after": "This page of the list does not exist."})
    return [
        sa.literal(rank, sa.Integer()),
        sa.literal(moment, Ticket.created_at.type),
        sa.literal(number, Ticket.id.type),
    ]


def count(db: Session, agent: Agent, view: Built) -> int:
    """How many tickets of a view somebody sees, up to COUNT_CAP; none of one that cannot be asked."""
    if view.faults:
        return 0
    found: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(Ticket)
    found = found.where(_wanted(db, agent, view), access.visible_to(agent)).limit(COUNT_CAP)
    return db.scalar(sa.select(sa.func.count()).select_from(found.subquery())) or 0


def count_all(db: Session, agent: Agent, view: View, team_id: int | None = None) -> int:
    """How many tickets any view holds, however many they are."""
    if isinstance(view, Built) and view.faults:
        return 0
    wanted = _wanted(db, agent, view) if isinstance(view, Built) else views.condition(view, agent)
    query: sa.Select[Any] = sa.select(sa.func.count()).select_from(Ticket).where(wanted, access.visible_to(agent))
    return db.scalar(query if team_id is None else query.where(Ticket.team_id == team_id)) or 0
