"""One step on many tickets: looked at before, done by a job with progress, taken back for thirty days.

Each ticket goes through the same domain functions as by hand and is checked again when its turn comes. What does not
fit is left out with its reason. Undoing puts a ticket back only where nobody has changed the same thing since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app import clock, i18n
from app.accounts.models import Agent
from app.db import Session
from app.errors import AppError, Forbidden, Invalid, NotFound
from app.events import Actor
from app.i18n import N_
from app.jobs import queue
from app.jobs.worker import Work
from app.tickets import access, assignment, built, fields, lifecycle, snooze, tags, undoing
from app.tickets.models import PRIORITIES, STATUSES, Ticket
from app.tickets.undoing import Undo
from app.tickets.views import View

MOST = 1000  # tickets of one step
TURN = 25  # tickets of one transaction, between which progress is seen and others get their turn
SAME = N_("It is so already.")
CHANGED = N_("It was changed since.")
GONE = N_("You can no longer change it.")


@dataclass(frozen=True, slots=True)
class Step:
    """What is done: `now` reads how a ticket is, `do` changes it, `back` takes a value of `now` to put it back."""

    now: Callable[[Session, Ticket, str], Any]
    do: Callable[[Session, Ticket, str, Actor], None]
    back: Callable[[Session, Ticket, Any, str, Actor], None]


def _number(text: str) -> int | None:
    if text and not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Invalid({"value": "Choose what is to be done."})
    return int(text) if text else None


def _tagged(db: Session, ticket: Ticket, name: str) -> bool:
    return tags.clean(name) in tags.of(db, [ticket.id])[ticket.id]


def _tag(db: Session, ticket: Ticket, there: bool, name: str, by: Actor) -> None:
    (tags.add if there else tags.remove)(db, ticket, name, by)


def _sleep(db: Session, ticket: Ticket) -> str:
    at = ticket.snoozed_until
    return (at.isoformat() if at else "reply") if ticket.snoozed else ""


def _sleep_as(db: Session, ticket: Ticket, was: str, by: Actor) -> None:
    if not was:
        lifecycle.wake(db, ticket, by)
    else:
        snooze.snooze(db, ticket, None if was == "reply" else datetime.fromisoformat(was), by)


def _place(db: Session, ticket: Ticket, was: list[int | None], by: Actor) -> None:
    assignment.move(db, ticket, was[0], by)
    if was[1] is not None:
        assignment.assign(db, ticket, was[1], by)


STEPS: dict[str, Step] = {
    "status": Step(
        lambda db, t, v: t.status,
        lambda db, t, v, by: lifecycle.set_status(db, t, v, by),
        lambda db, t, was, v, by: lifecycle.set_status(db, t, "open" if was == "new" else was, by),
    ),
    "assignee": Step(
        lambda db, t, v: t.assignee_id,
        lambda db, t, v, by: assignment.assign(db, t, _number(v), by),
        lambda db, t, was, v, by: assignment.assign(db, t, was, by),
    ),
    "team": Step(
        lambda db, t, v: [t.team_id, t.assignee_id],
        lambda db, t, v, by: assignment.move(db, t, _number(v), by),
        lambda db, t, was, v, by: _place(db, t, was, by),
    ),
    "priority": Step(
        lambda db, t, v: t.priority,
        lambda db, t, v, by: lifecycle.set_priority(db, t, v, by),
        lambda db, t, was, v, by: lifecycle.set_priority(db, t, was, by),
    ),
    "tag": Step(
        _tagged,
        lambda db, t, v, by: tags.add(db, t, v, by),
        lambda db, t, was, v, by: _tag(db, t, was, v, by),
    ),
    "untag": Step(
        _tagged,
        lambda db, t, v, by: tags.remove(db, t, v, by),
        lambda db, t, was, v, by: _tag(db, t, was, v, by),
    ),
    "snooze": Step(
        lambda db, t, v: _sleep(db, t),
        lambda db, t, v, by: _sleep_as(db, t, v, by),
        lambda db, t, was, v, by: _sleep_as(db, t, was, by),
    ),
    "spam": Step(
        lambda db, t, v: t.spam,
        lambda db, t, v, by: lifecycle.mark_spam(db, t, v == "1", by),
        lambda db, t, was, v, by: lifecycle.mark_spam(db, t, was, by),
    ),
}


def matching(db: Session, agent: Agent, view: View, team_id: int | None) -> list[int]:
    """The numbers of all tickets of a view in its order; at most one more than a step takes."""
    rows = built.rows(db, agent, view, team_id=team_id, limit=MOST + 1)
    return [row.id for row in rows]


def value_of(action: str, text: str) -> str:
    """What the job is told: words for a time become the moment that they mean now. Raises Invalid."""
    if action not in STEPS:
        raise Invalid({"value": "Choose what is to be done."})
    if action == "status" and text not in STATUSES[1:-1]:
        raise Invalid({"status": "This status does not exist."})
    if action == "priority" and text not in PRIORITIES:
        raise Invalid({"priority": "This priority does not exist."})
    if action in ("assignee", "team"):
        _number(text)
    if action == "snooze" and text != "reply":
        return snooze.moment(text, clock.now(), i18n.zone()).isoformat()
    if action in ("tag", "untag"):
        return tags.clean(text)
    return text


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one ticket; `why` is "" when it changes."""

    id: int
    subject: str
    why: str


def obstacle(db: Session, ticket: Ticket, action: str, value: str) -> str:
    """Why a step leaves a ticket out, as a sentence; "" when it changes it."""
    if ticket.merged_into_id:
        return N_("It was merged.")
    if action == "status" and ticket.status == "closed":
        return N_("It is closed.")
    if action == "status" and value == "solved" and fields.lacking(db, ticket):
        return N_("A field that solving needs is empty.")
    if action == "snooze" and (sentence := snooze.can(ticket)):
        return sentence
    if action == "assignee" and value and (sentence := assignment.hindrance(db, ticket, int(value))):
        return sentence
    wanted: dict[str, Any] = {"tag": True, "untag": False, "spam": value == "1", "assignee": _number_or_none(value)}
    now = STEPS[action].now(db, ticket, value)
    if action == "team":
        now, wanted["team"] = now[0], _number_or_none(value)
    return SAME if now == wanted.get(action, value) else ""


def _number_or_none(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def preview(db: Session, agent: Agent, numbers: Sequence[int], action: str, value: str) -> list[Fate]:
    """What a step would do to each ticket that the agent may see, in their order."""
    query = sa.select(Ticket).where(Ticket.id.in_(numbers[:MOST]), access.visible_to(agent))
    found = {ticket.id: ticket for ticket in db.scalars(query)}
    return [
        Fate(number, found[number].subject, obstacle(db, found[number], action, value))
        for number in numbers[:MOST]
        if number in found
    ]


def begin(db: Session, agent: Agent, numbers: Sequence[int], action: str, value: str) -> Undo:
    """Write down what is to be done and let the job do it. Raises Invalid, Forbidden."""
    if agent.role == "viewer":
        raise Forbidden("Viewers can read, not change.")
    chosen = list(dict.fromkeys(numbers))
    if not chosen:
        raise Invalid({"ticket": "Select tickets first."})
    if len(chosen) > MOST:
        raise Invalid({"ticket": "One step takes at most 1000 tickets."})
    what = {"action": action, "value": value_of(action, value), "tickets": chosen}
    kept = undoing.keep(db, "bulk", agent, state="running", what=what, before={"was": [], "left": []})
    queue.enqueue(db, "tickets.bulk", lane="slow", dedupe=f"bulk:{kept.id}", undo=kept.id)
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
    ticket, action, value = _held(db, agent, number), kept.what["action"], kept.what["value"]
    why = GONE if ticket is None else obstacle(db, ticket, action, value)
    if ticket is not None and not why:
        step, by = STEPS[action], Actor("agent", kept.agent_id)
        was = step.now(db, ticket, value)
        why = tried(db, lambda: step.do(db, ticket, value, by))
        if not why:
            lists["was"].append({"id": number, "was": was, "after": step.now(db, ticket, value)})
    if why:
        lists["left"].append([number, why])


def _undo(db: Session, agent: Agent | None, kept: Undo, one: dict[str, Any], lists: dict[str, list[Any]]) -> None:
    ticket, step, value = _held(db, agent, one["id"]), STEPS[kept.what["action"]], kept.what["value"]
    why = GONE if ticket is None else ""
    if ticket is not None:
        by = Actor("agent", kept.agent_id)
        same = step.now(db, ticket, value) == one["after"]
        why = tried(db, lambda: step.back(db, ticket, one["was"], value, by)) if same else CHANGED
    if why:
        lists["stuck"].append([one["id"], why])


def tried(db: Session, step: Callable[[], None]) -> str:
    """Do one step; what kept it from being done, as a sentence."""
    try:
        step()
        db.flush()
    except Invalid as error:
        return next(iter(error.fields.values()), error.message)
    except AppError as error:
        return error.message
    return ""


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
