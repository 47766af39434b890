"""The numbers of the report: counted in SQL, percentiles over narrow rows of the period. Read only.

What belongs to a day: a ticket to the day it was created (volume, first response), or last solved (solved,
resolution); a rating to the day its survey was sent, so that answers never outnumber surveys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import sqlalchemy as sa

from app import i18n
from app.accounts.models import Agent
from app.channels.outbox import Delivery
from app.db import Session
from app.reports.measure import Spread, percent, spread
from app.reports.period import Filters
from app.reports.sql import Calendar, seconds
from app.surveys.models import Survey
from app.surveys.words import SATISFIED
from app.tickets import access
from app.tickets.models import Ticket

ARRIVED = ("sent", "delivered", "read")  # states of a Delivery that count as delivered

FIRST_RESPONSE = seconds(Ticket.first_response_at, Ticket.created_at)
RESOLUTION = seconds(Ticket.solved_at, Ticket.created_at) - Ticket.paused_seconds

Condition: TypeAlias = sa.ColumnElement[bool]


@dataclass(slots=True)
class Figures:
    """The measures of one day, one agent, or the whole period. Times in seconds."""

    by_channel: dict[str, int] = field(default_factory=dict)
    created: int = 0
    first: Spread | None = None
    solved: int = 0
    resolution: Spread | None = None
    asked: int = 0
    ratings: int = 0
    satisfied: int = 0

    @property
    def csat(self) -> float | None:
        """Ratings of 4 and 5 / all ratings, in percent."""
        return percent(self.satisfied, self.ratings)

    @property
    def response_rate(self) -> float | None:
        """Answers / surveys delivered, in percent."""
        return percent(self.ratings, self.asked)

    @property
    def unanswered(self) -> int:
        """Tickets created that nobody has answered yet."""
        return self.created - (self.first.count if self.first else 0)

    @property
    def empty(self) -> bool:
        return not (self.created or self.solved or self.asked or self.first)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report page shows. `agents` holds None for what nobody did (or the system)."""

    filters: Filters
    days: Sequence[tuple[date, Figures]]
    agents: Sequence[tuple[int | None, str, Figures]]
    total: Figures
    first_solved: int
    reopened: int

    @property
    def channels(self) -> list[str]:
        """Channels that occur, the busiest first."""
        counts = self.total.by_channel
        return sorted(counts, key=lambda channel: (-counts[channel], channel))

    @property
    def reopen_rate(self) -> float | None:
        """Tickets solved in the period that were reopened since / tickets solved in the period, in percent."""
        return percent(self.reopened, self.first_solved)

    @property
    def empty(self) -> bool:
        return self.total.empty and not self.first_solved


def scope(agent: Agent, filters: Filters) -> list[Condition]:
    """The tickets that a report of these filters is about, for this agent: never spam, never merged ones."""
    found: list[Condition] = [access.visible_to(agent), Ticket.shelf != "out"]
    if filters.channel:
        found.append(Ticket.channel == filters.channel)
    if filters.team is not None:
        found.append(Ticket.team_id == filters.team)
    if filters.assignee is not None:
        found.append(Ticket.assignee_id == filters.assignee)
    return found


# A survey beside its mail that went out (a message has one Delivery); to be joined from the left.
WENT_OUT = sa.and_(Delivery.message_id == Survey.message_id, Delivery.state.in_(ARRIVED))
# Whether a survey counts as delivered: its mail went out; an answered one certainly did.
DELIVERED = sa.or_(Survey.score.is_not(None), Delivery.id.is_not(None))


def load(db: Session, agent: Agent, filters: Filters) -> Report:
    """The report of one agent's tickets; days are those of the time zone of the moment."""
    days = filters.days(i18n.zone())
    gathered = _Gathered(len(days))
    where, calendar = scope(agent, filters), Calendar(days)
    _created(db, calendar, where, gathered)
    _answered(db, calendar, where, gathered)
    _solved(db, calendar, where, gathered)
    _rated(db, calendar, where, gathered)
    first_solved, reopened = _reopened(db, filters, where)
    return Report(
        filters=filters,
        days=[(day.date, gathered.days[n].figures()) for n, day in enumerate(days)],
        agents=_named(db, gathered.agents),
        total=gathered.total.figures(),
        first_solved=first_solved,
        reopened=reopened,
    )


# ── gathering ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Heap:
    """What is counted and collected before medians can be taken."""

    counts: Figures = field(default_factory=Figures)
    first: list[int] = field(default_factory=list)
    resolution: list[int] = field(default_factory=list)

    def figures(self) -> Figures:
        self.counts.first, self.counts.resolution = spread(self.first), spread(self.resolution)
        return self.counts


class _Gathered:
    def __init__(self, days: int) -> None:
        self.days = [_Heap() for _ in range(days)]
        self.agents: dict[int | None, _Heap] = defaultdict(_Heap)
        self.total = _Heap()

    def places(self, day: int, agent: int | None) -> tuple[_Heap, _Heap, _Heap]:
        """Where something of a day and an agent is counted: there, with the agent, and in the total."""
        return self.days[day], self.agents[agent], self.total


Rows: TypeAlias = Iterable[tuple[Any, ...]]


def _by_day(db: Session, days: Calendar, moment: Any, where: Sequence[Condition], *columns: Any, group: bool) -> Rows:
    """(n of the day, *columns) of the tickets whose `moment` lies in one of the days; grouped, with their number."""
    chosen = [days.n, *columns, *([sa.func.count()] if group else [])]
    query = sa.select(*chosen).select_from(days.rows.join(Ticket, days.holds(moment))).where(*where)
    return db.execute(query.group_by(days.n, *columns) if group else query)


def _created(db: Session, days: Calendar, where: Sequence[Condition], gathered: _Gathered) -> None:
    rows = _by_day(db, days, Ticket.created_at, where, Ticket.channel, Ticket.assignee_id, group=True)
    for day, channel, agent, count in rows:
        for heap in gathered.places(day, agent):
            heap.counts.created += count
            heap.counts.by_channel[channel] = heap.counts.by_channel.get(channel, 0) + count


def _answered(db: Session, days: Calendar, where: Sequence[Condition], gathered: _Gathered) -> None:
    there = [*where, Ticket.first_response_at.is_not(None)]
    rows = _by_day(db, days, Ticket.created_at, there, Ticket.first_response_by_id, FIRST_RESPONSE, group=False)
    for day, agent, length in rows:
        for heap in gathered.places(day, agent):
            heap.first.append(max(0, length))


def _solved(db: Session, days: Calendar, where: Sequence[Condition], gathered: _Gathered) -> None:
    rows = _by_day(db, days, Ticket.solved_at, where, Ticket.solved_by_id, RESOLUTION, group=False)
    for day, agent, length in rows:
        for heap in gathered.places(day, agent):
            heap.counts.solved += 1
            heap.resolution.append(max(0, length))


def _rated(db: Session, days: Calendar, where: Sequence[Condition], gathered: _Gathered) -> None:
    columns = (days.n, Survey.agent_id, Survey.score)
    surveys = days.rows.join(Survey, days.holds(Survey.asked_at)).join(Ticket, Ticket.id == Survey.ticket_id)
    query = (
        sa.select(*columns, sa.func.count())
        .select_from(surveys.outerjoin(Delivery, WENT_OUT))
        .where(*where, DELIVERED, days.whole(Survey.asked_at))
        .group_by(*columns)
    )
    for day, agent, score, count in db.execute(query):
        for heap in gathered.places(day, agent):
            heap.counts.asked += count
            heap.counts.ratings += count if score is not None else 0
            heap.counts.satisfied += count if score is not None and score >= SATISFIED else 0


def _reopened(db: Session, filters: Filters, where: Sequence[Condition]) -> tuple[int, int]:
    """(tickets first solved in the period, those of them that were reopened since)."""
    start, end = filters.span(i18n.zone())
    again = sa.func.count(sa.case((Ticket.reopened > 0, 1)))
    query = sa.select(sa.func.count(), again).select_from(Ticket)
    solved = (Ticket.first_solved_at >= start, Ticket.first_solved_at < end)
    first, reopened = db.execute(query.where(*solved, *where)).one()
    return first, reopened


def _named(db: Session, heaps: dict[int | None, _Heap]) -> list[tuple[int | None, str, Figures]]:
    """Agents by name; what has no agent comes last, with an empty name."""
    names = dict(db.execute(sa.select(Agent.id, Agent.name).where(Agent.id.in_([n for n in heaps if n]))).all())
    rows = [(number, names.get(number or 0, ""), heap.figures()) for number, heap in heaps.items()]
    return sorted(rows, key=lambda row: (row[0] is None, row[1], row[0] or 0))
