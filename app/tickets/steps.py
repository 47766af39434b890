"""The steps of work on a ticket, each the domain function that a hand would use, with its way back.

Steps on many tickets (`bulk`) and macros are made of them. What stands in a step's way is said before it is tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import clock, i18n
from app.db import Session
from app.errors import AppError, Invalid
from app.events import Actor
from app.i18n import N_
from app.tickets import assignment, fields, lifecycle, snooze, tags
from app.tickets.models import PRIORITIES, STATUSES, Ticket

SAME = N_("It is so already.")
CHANGED = N_("It was changed since.")


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
