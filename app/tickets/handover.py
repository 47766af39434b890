"""Who gets the tickets of an agent who leaves, or of a team that is dissolved."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app import events
from app.accounts import teams
from app.accounts.models import Agent, Team
from app.channels import inboxes
from app.channels.inboxes import Inbox
from app.db import Session
from app.errors import Conflict, Invalid
from app.events import Actor
from app.jobs import queue
from app.jobs.queue import Job
from app.jobs.worker import Work
from app.tickets import assignment, bulk
from app.tickets.bulk import Task
from app.tickets.models import Ticket
from app.tickets.undoing import Undo

OPEN = ("desk", "waiting", "asleep")  # the shelves of what is not done
TURN = 50  # tickets of one transaction


def open_of(db: Session) -> dict[int, int]:
    """{agent: how many tickets that are not done they have}."""
    query = sa.select(Ticket.assignee_id, sa.func.count()).where(
        Ticket.assignee_id.is_not(None), Ticket.shelf.in_(OPEN)
    )
    return {agent: count for agent, count in db.execute(query.group_by(Ticket.assignee_id)) if agent}


def of_teams(db: Session) -> dict[int, tuple[int, int]]:
    """{team: (tickets that are not done, all tickets)}."""
    undone = sa.func.sum(sa.case((Ticket.shelf.in_(OPEN), 1), else_=0))
    query = sa.select(Ticket.team_id, undone, sa.func.count()).where(Ticket.team_id.is_not(None))
    return {team: (int(some), every) for team, some, every in db.execute(query.group_by(Ticket.team_id))}


def give_away(db: Session, by: Agent, whose: int, to: int | None) -> Undo | None:
    """Hand what somebody has not done to a colleague, or to nobody: one step on many tickets, with its way back.

    None when there is nothing to hand over. Raises Invalid for somebody who cannot take tickets.
    """
    if to == whose:
        raise Invalid({"to": "Choose somebody else."})
    taker = db.get(Agent, to) if to is not None else None
    if to is not None and (taker is None or not taker.active or taker.role == "viewer"):
        raise Invalid({"to": "This person cannot take tickets."})
    query = sa.select(Ticket.id).where(Ticket.assignee_id == whose, Ticket.shelf.in_(OPEN))
    numbers = list(db.scalars(query.order_by(Ticket.id).limit(bulk.MOST)))
    return bulk.begin(db, by, numbers, Task("assignee", str(to or ""))) if numbers else None


def dissolve(db: Session, team: Team, to: int | None, by: Actor) -> None:
    """Let a team be taken away, by a job: first its tickets and inboxes go to another team, or to none. Raises
    Invalid, Conflict when it is on its way already."""
    if to == team.id or to != _still(db, to):
        raise Invalid({"to": "Choose another team."})
    gone = leaving(db)
    if to in gone:
        raise Invalid({"to": "Choose another team."})
    if team.id in gone:
        raise Conflict("This team is being dissolved already.")
    queue.enqueue(db, "teams.dissolve", lane="slow", dedupe=f"dissolve:{team.id}", team_id=team.id, to=to, by=by.id)


def leaving(db: Session) -> set[int]:
    """The teams that are being dissolved just now."""
    waiting = sa.select(Job.dedupe_key).where(Job.dedupe_key.like("dissolve:%"))
    return {int(key.partition(":")[2]) for key in db.scalars(waiting) if key}


def dissolved(work: Work, team_id: int, to: int | None, by: int | None) -> None:
    """Job: move what a team has, some tickets at a time, and take it away. Begun again it goes on where it was."""
    actor = Actor("agent", by)
    while _turn(work, team_id, to, actor) or _follow(work, team_id, to, actor):
        pass
    with work.finishing() as db:
        team = db.get(Team, team_id)
        if team is None:
            return
        new = _still(db, to)
        for inbox in db.scalars(sa.select(Inbox).where(Inbox.team_id == team_id)):
            inboxes.change(db, inbox, name=inbox.name, locale=inbox.locale, team_id=new, active=inbox.active, by=actor)
        # What came to the team since the last turn follows as well.
        db.execute(sa.update(Ticket).where(Ticket.team_id == team_id).values(team_id=new))
        teams.remove(db, team, actor, to=new)


def _still(db: Session, number: int | None) -> int | None:
    """A team's number while there is such a team."""
    team = db.get(Team, number) if number is not None else None
    return team.id if team else None


def _turn(work: Work, team_id: int, to: int | None, by: Actor) -> bool:
    with work.database.transaction() as db:
        if db.get(Team, team_id) is None:
            return False
        query = sa.select(Ticket).where(Ticket.team_id == team_id, Ticket.shelf.in_(OPEN)).limit(TURN)
        found = db.scalars(query.order_by(Ticket.id)).all()
        for ticket in found:
            assignment.move(db, ticket, _still(db, to), by, why="team_dissolved")
        return len(found) == TURN


def _follow(work: Work, team_id: int, to: int | None, by: Actor) -> bool:
    """What is done follows with a line in its history: nobody is told, and no list has it as changed lately."""
    with work.database.transaction() as db:
        new = _still(db, to)
        query = sa.select(Ticket).where(Ticket.team_id == team_id, Ticket.shelf.not_in(OPEN)).limit(TURN)
        found = db.scalars(query.order_by(Ticket.id)).all()
        for ticket in found:
            ticket.team_id = new
            said: dict[str, Any] = {"before": team_id, "after": new, "why": "team_dissolved", "done": True}
            events.record(db, "ticket.moved", ticket_id=ticket.id, customer_id=ticket.requester_id, by=by, **said)
        return len(found) == TURN
