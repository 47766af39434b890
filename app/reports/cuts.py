"""Behind a figure: the tickets it counts, as a list. What can be asked for is this table, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from app import i18n
from app.accounts.models import Agent
from app.channels.outbox import Delivery
from app.customers.models import Customer
from app.db import Session
from app.i18n import N_
from app.reports.figures import DELIVERED, FIRST_RESPONSE, RESOLUTION, WENT_OUT, Condition, scope
from app.reports.period import Filters
from app.surveys.models import Survey
from app.surveys.words import SATISFIED
from app.tickets.models import Ticket

PAGE = 50


@dataclass(frozen=True, slots=True)
class Cut:
    """A figure that can be opened: which moment puts a ticket into the period, what must hold, whose it is.

    `value` is what the list shows beside each ticket: a length of time, or a rating.
    """

    title: str
    moment: Any
    whose: Any
    holds: tuple[Any, ...] = ()
    value: Any = None
    shows: Literal["", "time", "rating"] = ""
    surveys: bool = False


CUTS: Mapping[str, Cut] = {
    "created": Cut(N_("Tickets created"), Ticket.created_at, Ticket.assignee_id),
    "answered": Cut(
        N_("Tickets by first response"),
        Ticket.created_at,
        Ticket.first_response_by_id,
        (Ticket.first_response_at.is_not(None),),
        FIRST_RESPONSE,
        "time",
    ),
    "unanswered": Cut(
        N_("Tickets without a response"),
        Ticket.created_at,
        Ticket.assignee_id,
        (Ticket.first_response_at.is_(None),),
    ),
    "solved": Cut(N_("Tickets solved"), Ticket.solved_at, Ticket.solved_by_id, (), RESOLUTION, "time"),
    "first-solved": Cut(N_("Tickets solved for the first time"), Ticket.first_solved_at, Ticket.solved_by_id),
    "reopened": Cut(
        N_("Tickets solved, then reopened"), Ticket.first_solved_at, Ticket.solved_by_id, (Ticket.reopened > 0,)
    ),
    "asked": Cut(
        N_("Surveys delivered"), Survey.asked_at, Survey.agent_id, (DELIVERED,), Survey.score, "rating", surveys=True
    ),
    "rated": Cut(
        N_("Tickets rated"),
        Survey.asked_at,
        Survey.agent_id,
        (Survey.score.is_not(None),),
        Survey.score,
        "rating",
        surveys=True,
    ),
    "satisfied": Cut(
        N_("Tickets rated 4 or 5"),
        Survey.asked_at,
        Survey.agent_id,
        (Survey.score >= SATISFIED,),
        Survey.score,
        "rating",
        surveys=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Behind:
    """Which tickets to list: a cut, narrowed to one agent's (`by`; 0 means nobody's), or to long ones (`over`)."""

    cut: Cut
    filters: Filters
    by: int | None = None
    over: int | None = None  # at least so many seconds


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list. `place` is where the next page goes on from."""

    place: int
    number: int
    subject: str
    customer: str
    channel: str
    assignee: str
    at: datetime
    value: int | None
    comment: str


def _conditions(agent: Agent, behind: Behind) -> list[Condition]:
    start, end = behind.filters.span(i18n.zone())
    cut = behind.cut
    found = [cut.moment >= start, cut.moment < end, *cut.holds, *scope(agent, behind.filters)]
    if behind.by is not None:
        found.append(cut.whose == behind.by if behind.by else cut.whose.is_(None))
    if behind.over is not None and cut.shows == "time":
        found.append(cut.value >= behind.over)
    return found


def count(db: Session, agent: Agent, behind: Behind) -> int:
    """How many there are: the figure itself."""
    query = sa.select(sa.func.count()).select_from(Ticket)
    if behind.cut.surveys:
        query = query.join(Survey, Survey.ticket_id == Ticket.id).outerjoin(Delivery, WENT_OUT)
    return db.scalar(query.where(*_conditions(agent, behind))) or 0


def rows(db: Session, agent: Agent, behind: Behind, *, after: int | None = None, limit: int = PAGE) -> list[Row]:
    """One page of the tickets behind a figure, newest first, after the place of the last page's last row."""
    cut = behind.cut
    place: Any = Survey.id if cut.surveys else Ticket.id
    value: Any = cut.value if cut.value is not None else sa.null()
    comment: Any = Survey.comment if cut.surveys else sa.literal("")
    query = (
        sa.select(
            place,
            Ticket.id,
            Ticket.subject,
            Customer.name,
            Ticket.channel,
            sa.func.coalesce(Agent.name, ""),
            cut.moment,
            value,
            comment,
        )
        .join(Customer, Customer.id == Ticket.requester_id)
        .outerjoin(Agent, Agent.id == Ticket.assignee_id)
        .where(*_conditions(agent, behind))
        .order_by(place.desc())
        .limit(limit)
    )
    if cut.surveys:
        query = query.join(Survey, Survey.ticket_id == Ticket.id).outerjoin(Delivery, WENT_OUT)
    if after is not None:
        query = query.where(place < after)
    return [Row(*row) for row in db.execute(query)]
