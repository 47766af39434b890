"""Words for stories about ratings: a ticket is answered and solved, the question arrives, its link is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from app.accounts import agents
from app.demo import cast
from app.events import Actor, Event
from app.surveys.models import Survey
from app.tickets import lifecycle
from app.tickets.models import Ticket
from tests.story import Desk

NOON = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)  # a Wednesday, noon in Tokyo
DELAY = timedelta(minutes=60)
LINK = re.compile(r"http://testserver(/rate/[A-Za-z0-9_-]{43})\?score=([1-5])")


def solve(desk: Desk, ticket: int, who: str = "kenji") -> None:
    """An agent sets the ticket to solved."""
    with desk.write() as db:
        agent = agents.find(db, cast.STAFF[who].email)
        assert agent is not None
        lifecycle.solve(db, db.get_one(Ticket, ticket), Actor("agent", agent.id))


def solved(desk: Desk, customer: str = "hannah", who: str = "kenji", subject: str = "A question") -> int:
    """A customer's question, answered and solved; the number of its ticket."""
    number = desk.customer_writes(customer, "Is my order on its way?", subject=subject).ticket_id
    assert number is not None
    desk.agent_replies(who, number, "It left this morning.")
    solve(desk, number, who)
    return number


def surveys(desk: Desk, ticket: int) -> list[Survey]:
    """Every survey of a ticket, oldest first."""
    with desk.read() as db:
        return list(db.scalars(sa.select(Survey).where(Survey.ticket_id == ticket).order_by(Survey.id)))


def events(desk: Desk, ticket: int, kind: str) -> list[Event]:
    with desk.read() as db:
        query = sa.select(Event).where(Event.ticket_id == ticket, Event.kind == kind)
        return list(db.scalars(query.order_by(Event.id)))


def why(desk: Desk, ticket: int) -> str:
    """Why the customer was asked, or was not."""
    return str(desk.ticket(ticket).why.get("survey", {}).get("code", ""))


@dataclass(frozen=True)
class Mailed:
    """What the customer holds: the mail's text and HTML, and the path of its links without a score."""

    text: str
    html: str
    path: str


def mailed(desk: Desk, ticket: int) -> Mailed:
    """The newest survey mail of a ticket, as it goes out."""
    message = surveys(desk, ticket)[-1].message_id
    content = next(d.content for d in desk.deliveries(ticket) if d.message_id == message)
    found = LINK.search(content["text"])
    assert found is not None
    return Mailed(content["text"], content["html"], found[1])
