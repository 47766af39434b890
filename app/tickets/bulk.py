"""Something done to many tickets: looked at before, done by a job with progress, taken back for thirty days.

Each ticket goes through the same domain functions as by hand and is checked again when its turn comes. What does not
fit is left out with its reason. Undoing puts a ticket back only where nobody has changed the same thing since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Agent
from app.customers.models import Customer
from app.db import Session
from app.errors import AppError, Forbidden, Invalid, NotFound
from app.events import Actor
from app.i18n import N_
from app.jobs import queue
from app.jobs.worker import Work
from app.tickets import access, answering, built, lifecycle, linking, readymade, steps, undoing
from app.tickets.answering import Hindrance, Worded
from app.tickets.bulk_kinds import KINDS, What
from app.tickets.models import Ticket
from app.tickets.readymade import Macro
from app.tickets.undoing import Undo
from app.tickets.views import View

MOST = 1000  # tickets of one task
TURN = 25  # tickets of one transaction, between which progress is seen and others get their turn
PAST = 100  # tasks that somebody can look back at
GONE = N_("You can no longer change it.")


def matching(db: Session, agent: Agent, view: View, team_id: int | None) -> list[int]:
    """The numbers of all tickets of a view in its order; at most one more than a task takes."""
    rows = built.rows(db, agent, view, team_id=team_id, limit=MOST + 1)
    return [row.id for row in rows]


def how_many(db: Session, agent: Agent, view: View, team_id: int | None) -> int:
    """How many tickets a view holds, counted to the last one: for whoever is about to change them all."""
    return built.count_all(db, agent, view, team_id)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done, as it was asked for. With a reply: `seen`, the newest message when it was looked at, and
    `answers` to what its text asks for."""

    action: str
    value: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    solve: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    seen: int | None = None


def checked(db: Session, agent: Agent, task: Task) -> dict[str, Any]:
    """A task as it is kept: words for a time have become the moment that they mean now. Raises Invalid."""
    what: dict[str, Any] = {"action": task.action, "value": task.value}
    if task.action in steps.STEPS:
        return what | {"value": steps.value_of(task.action, task.value)}
    what |= {"seen": answering.newest(db) if task.seen is None else task.seen, "answers": dict(task.answers)}
    if task.action == "macro":
        try:
            number = int(task.value) if task.value.isascii() and task.value.isdigit() else 0
            return what | {"name": readymade.find_usable(db, Macro, agent, number).name}
        except NotFound:
            raise Invalid({"macro": "This macro is gone."}) from None
    if task.action != "answer":
        raise Invalid({"value": "Choose what is to be done."})
    texts = readymade.texts_of(task.texts)
    if not texts:
        raise Invalid({"texts": "Write the text in one language at least."})
    readymade.refuse(readymade.faulty_texts(texts), texts)
    return what | {"texts": texts, "solve": task.solve}


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one ticket; `why` is "" when it changes. `mail` is the reply that it gets."""

    id: int
    subject: str
    why: str
    values: Mapping[str, Any] = field(default_factory=dict)
    customer: str = ""
    channel: str = ""
    mail: Worded = field(default_factory=lambda: Worded("", ""))


def chosen(db: Session, agent: Agent, numbers: Sequence[int]) -> list[tuple[Ticket, str]]:
    """The tickets of these numbers that the agent may see, in that order, each with its customer's name."""
    query = sa.select(Ticket, Customer.name).join(Customer, Customer.id == Ticket.requester_id)
    rows = db.execute(query.where(Ticket.id.in_(numbers[:MOST]), access.visible_to(agent)))
    found = {ticket.id: (ticket, name) for ticket, name in rows}
    return [found[number] for number in dict.fromkeys(numbers[:MOST]) if number in found]


def preview(db: Session, agent: Agent, numbers: Sequence[int], what: What) -> list[Fate]:
    """What a task would do to each ticket that the agent may see, in their order."""
    return [_fate(db, agent, ticket, name, what) for ticket, name in chosen(db, agent, numbers)]


def _fate(db: Session, agent: Agent, ticket: Ticket, customer: str, what: What) -> Fate:
    look = KINDS[what["action"]].look(db, agent, ticket, what)
    why = look.why or Hindrance("")
    return Fate(ticket.id, ticket.subject, why.sentence, why.values, customer, ticket.channel, look.mail)


def begin(db: Session, agent: Agent, numbers: Sequence[int], task: Task, ticket: int | None = None) -> Undo:
    """Write down what is to be done and let the job do it; `ticket` is the one it was asked for on, if any.

    Raises Invalid, Forbidden.
    """
    if agent.role == "viewer":
        raise Forbidden("Viewers can read, not change.")
    tickets = list(dict.fromkeys(numbers))
    if not tickets:
        raise Invalid({"ticket": "Select tickets first."})
    if len(tickets) > MOST:
        raise Invalid({"ticket": "One step takes at most 1000 tickets."})
    what = checked(db, agent, task) | {"tickets": tickets}
    before: dict[str, Any] = {"was": [], "left": []}
    kept = undoing.keep(db, "bulk", agent, state="running", what=what, before=before, ticket_id=ticket)
    queue.enqueue(db, "tickets.bulk", lane="slow", dedupe=f"bulk:{kept.id}", undo=kept.id)
    return kept


def answer_reports(db: Session, agent: Agent, incident: Ticket, numbers: Sequence[int], task: Task) -> Undo:
    """Let everybody who reported an incident be answered; the incident remembers it. Raises Invalid, Forbidden."""
    known = set(linking.reports(db, agent, incident))
    kept = begin(db, agent, [number for number in numbers if number in known], task, incident.id)
    by = Actor("agent", agent.id)
    lifecycle.changed(db, incident, "reports.answered", by, count=len(kept.what["tickets"]), task=kept.id)
    return kept


def run(work: Work, undo: int) -> None:
    """Job: do a step, or take it back, some tickets at a time. Begun again it goes on where it was."""
    while _turn(work, undo):
        pass
    with work.finishing():
        pass


def _turn(work: Work, number: int) -> bool:
    """The next few tickets; whether more are left."""
    with work.database.transaction() as db:
        kept = db.get(Undo, number, with_for_update=not db.sqlite)
        if kept is None or kept.state not in ("running", "undoing"):
            return False
        agent = db.get(Agent, kept.agent_id) if kept.agent_id else None
        todo = kept.what["tickets"] if kept.state == "running" else kept.before["was"]
        turn = todo[kept.progress : kept.progress + TURN]
        each = _do if kept.state == "running" else _undo
        lists = {name: list(kept.before.get(name, [])) for name in ("was", "left", "stuck")}
        for one in turn:
            each(db, agent, kept, one, lists)
        kept.before = lists
        kept.progress += len(turn)
        if kept.progress >= len(todo):
            kept.state = "done" if kept.state == "running" else "undone"
            return False
        return True


def _held(db: Session, agent: Agent | None, number: int) -> Ticket | None:
    try:
        return access.writable(db, agent, number) if agent and agent.active else None
    except (NotFound, Forbidden):
        return None


def _do(db: Session, agent: Agent | None, kept: Undo, number: int, lists: dict[str, list[Any]]) -> None:
    ticket, kind = _held(db, agent, number), KINDS[kept.what["action"]]
    if agent is None or ticket is None:
        lists["left"].append([number, GONE])
        return
    try:
        why = kind.look(db, agent, ticket, kept.what).why
        outcome = None if why else kind.do(db, agent, ticket, kept.what)
    except AppError as error:
        why, outcome = Hindrance(error.message, error.values), None
    if outcome and not outcome.why:
        db.flush()
        lists["was"].append({"id": number, **outcome.kept})
    elif why := why or (outcome.why if outcome else None):
        lists["left"].append([number, why.sentence, *([dict(why.values)] if why.values else [])])


def _undo(db: Session, agent: Agent | None, kept: Undo, one: dict[str, Any], lists: dict[str, list[Any]]) -> None:
    ticket, why = _held(db, agent, one["id"]), GONE
    if agent is not None and ticket is not None:
        why = KINDS[kept.what["action"]].back(db, agent, ticket, one, kept.what)
    if why:
        lists["stuck"].append([one["id"], why])


def undo(db: Session, agent: Agent, number: int) -> Undo:
    """Take a step back, by a job. Only whoever took it may. Raises NotFound, Conflict."""
    kept = mine(db, agent, number)
    undoing.once(kept)
    kept.state, kept.progress = "undoing", 0
    queue.enqueue(db, "tickets.bulk", lane="slow", dedupe=f"unbulk:{kept.id}", undo=kept.id)
    return kept


def mine(db: Session, agent: Agent, number: int) -> Undo:
    """A step that this agent took. Raises NotFound."""
    kept = undoing.find(db, number, "bulk")
    if kept.agent_id != agent.id:
        raise NotFound
    return kept


def past(db: Session, agent: Agent) -> Sequence[Undo]:
    """The tasks of an agent that are still remembered, the newest first."""
    query = sa.select(Undo).where(Undo.kind == "bulk", Undo.agent_id == agent.id, Undo.made_at >= undoing.oldest())
    return db.scalars(query.order_by(Undo.id.desc()).limit(PAST)).all()
