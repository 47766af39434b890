"""Macros: prepared steps and texts for one ticket, looked at before they are applied, taken back as one.

Each step is one of `steps.STEPS`, so it goes through the same domain functions as by hand. What cannot be done
(somebody who left, a team that is gone) is said before and after, and the rest is done. The reply's text goes to where
one writes: on one ticket nothing is sent by itself (on many: `bulk_kinds`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.accounts.models import Agent, Team
from app.db import Session
from app.errors import AppError, Conflict, Invalid, NotFound
from app.events import Actor
from app.i18n import N_
from app.tickets import access, canned, lifecycle, placeholders, readymade, replies, steps, undoing
from app.tickets.models import Ticket
from app.tickets.readymade import Head, Macro
from app.tickets.undoing import Undo

ACTIONS = ("status", "assignee", "team", "priority", "tag", "untag", "snooze")
MOST = 12  # steps of one macro
REASON = 300  # characters
NO_TIME = N_("Write a time that is to come, such as “tomorrow 9am”, or “reply”.")


def save(
    db: Session, agent: Agent, number: int | None, head: Head, actions: Sequence[Mapping[str, str]], note: str
) -> Macro:
    """Make a macro, or change one. Raises Invalid, NotFound."""
    one = readymade.find(db, Macro, agent, number) if number else Macro()
    if number and not readymade.may_change(db, agent, one.scope, one.team_id):
        raise NotFound
    kept = [_kept(action) for action in actions if action.get("do")]
    note = readymade.texts_of({"note": note}).get("note", "")
    faults = readymade.check(db, Macro, agent, head, number)
    faults |= _faults(db, kept, note)
    if not kept and not note and not any(text.strip() for text in head.texts.values()):
        faults["actions"] = "Choose a step, or write a text."
    readymade.refuse(faults, {**head.texts, "note": note})
    readymade.write(db, one, agent, head, actions=kept, note=note)
    return one


def _kept(action: Mapping[str, str]) -> dict[str, str]:
    parts = {"do": action["do"], "value": action.get("value", "").strip()}
    reason = " ".join(action.get("reason", "").split())
    return parts | ({"reason": reason} if reason and action["do"] == "status" else {})


def _faults(db: Session, actions: Sequence[Mapping[str, str]], note: str) -> dict[str, str]:
    faults: dict[str, str] = {}
    if len(actions) > MOST:
        faults["actions"] = "A macro has at most 12 steps."
    if any(len(action.get("reason", "")) > REASON for action in actions):
        faults["actions"] = "A reason has at most 300 characters."
    for action in actions:
        if sentence := _wrong(db, action["do"], action["value"]):
            faults["actions"] = sentence
    if len(note) > readymade.TEXT:
        faults["note"] = "A text has at most 20,000 characters."
    elif placeholders.unknown(note) or placeholders.asked(note):
        faults["note"] = "A note has no place that is asked for, and only the placeholders below."
    return faults


def _wrong(db: Session, do: str, value: str) -> str:
    """What is wrong with a step as it is written down, "" when nothing is."""
    if do not in ACTIONS:
        return "Choose what is to be done."
    if do == "assignee" and value not in ("", "me") and db.get(Agent, _number(value)) is None:
        return "This person cannot take tickets."
    if do == "team" and value and db.get(Team, _number(value)) is None:
        return "This team does not exist."
    try:
        steps.value_of(do, "" if value == "me" else value)
    except Invalid as error:
        return NO_TIME if do == "snooze" else next(iter(error.fields.values()))
    return ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


# ── what it would do ──────────────────────────────────────────────────────────────────────────────────

GONE_TEAM = N_("This team does not exist.")


@dataclass(frozen=True, slots=True)
class Planned:
    """One step on a ticket: what, with which value as it means now; `why` not, "" when it is done."""

    do: str
    value: str
    reason: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a macro does to a ticket. `text` goes into the composer, `asks` is filled in there first."""

    steps: list[Planned]
    text: str
    asks: list[str]
    note: str


def plan(db: Session, ticket: Ticket, agent: Agent, macro: Macro) -> Plan:
    """What a macro would do to a ticket as it stands. Changes nothing."""
    moves = any(action["do"] == "team" for action in macro.actions)
    planned = [_planned(db, ticket, agent, action, moves=moves) for action in macro.actions]
    language, text = readymade.in_language(macro.texts, ticket.locale, db.settings.locale)
    facts = canned.facts(db, ticket, agent, language) if text or macro.note else None
    filled = placeholders.fill(text, facts) if facts else ""
    return Plan(planned, filled, placeholders.asked(filled), placeholders.fill(macro.note, facts) if facts else "")


def _planned(db: Session, ticket: Ticket, agent: Agent, action: Mapping[str, str], *, moves: bool) -> Planned:
    do, value, reason = action["do"], action["value"], action.get("reason", "")
    if do == "assignee" and value == "me":
        value = str(agent.id)
    if do == "team" and value and db.get(Team, _number(value)) is None:
        return Planned(do, value, reason, GONE_TEAM)
    try:
        meant = steps.value_of(do, value)
        why = steps.obstacle(db, ticket, do, meant)
    except Invalid as error:
        return Planned(do, value, reason, NO_TIME if do == "snooze" else next(iter(error.fields.values())))
    if moves and why == "This person may not see tickets of this team.":
        why = ""  # in the team that it goes to they may; if not, it is said when it is tried
    return Planned(do, meant, reason, why)


# ── doing it ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of it: the step to take back, what was left out, and the text for the composer."""

    undo: Undo
    left: list[Planned]
    text: str


def apply(db: Session, ticket: Ticket, agent: Agent, macro: Macro, answers: Sequence[str] = ()) -> Applied:
    """Do what can be done of a macro. `answers` are to what its text asks for, in that order.

    Raises Conflict for a ticket that was merged.
    """
    if ticket.merged_into_id:
        raise Conflict("This ticket was merged into #%(number)s.", number=ticket.merged_into_id)
    planned = plan(db, ticket, agent, macro)
    kept = undoing.keep(db, "macro", agent, ticket_id=ticket.id, what={"macro": macro.id, "name": macro.name})
    by, was, left = Actor("agent", agent.id), [], []
    for action in macro.actions:
        step = _planned(db, ticket, agent, action, moves=False)  # as it stands after the steps before
        before = steps.STEPS[step.do].now(db, ticket, step.value) if not step.why else None
        why = step.why or steps.tried(db, lambda step=step: _do(db, ticket, step, by))  # type: ignore[misc]
        if why == steps.SAME:
            continue
        if why:
            left.append(Planned(step.do, step.value, step.reason, why))
        else:
            after = steps.STEPS[step.do].now(db, ticket, step.value)
            was.append({"do": step.do, "value": step.value, "was": before, "after": after})
    if planned.note:
        replies.note(db, ticket, agent, planned.note)
    kept.before = {"was": was}
    lifecycle.changed(db, ticket, "macro.applied", by, macro=macro.id, name=macro.name, undo=kept.id)
    return Applied(kept, left, placeholders.answer(planned.text, answers))


def _do(db: Session, ticket: Ticket, step: Planned, by: Actor) -> None:
    if step.do == "status":
        lifecycle.set_status(db, ticket, step.value, by, reason=step.reason)
    else:
        steps.STEPS[step.do].do(db, ticket, step.value, by)


def undo(db: Session, agent: Agent, number: int) -> tuple[Ticket, list[Planned]]:
    """Take a macro's steps back, the last one first; those that somebody has changed since stay, and are told.

    A note stays where it is, the text where it was put. Raises NotFound, Conflict (undone already).
    """
    kept = undoing.find(db, number, "macro")
    if kept.agent_id != agent.id or kept.ticket_id is None:
        raise NotFound
    undoing.once(kept)
    ticket = access.writable(db, agent, kept.ticket_id)
    by, stuck = Actor("agent", agent.id), []
    for one in reversed(kept.before["was"]):
        if why := _back(db, ticket, one, by):
            stuck.append(Planned(one["do"], one["value"], why=why))
    kept.state = "undone"
    lifecycle.changed(db, ticket, "macro.undone", by, macro=kept.what["macro"], name=kept.what["name"])
    return ticket, stuck


def _back(db: Session, ticket: Ticket, one: Mapping[str, Any], by: Actor) -> str:
    """Put one thing back; why not, "" when it is as it was."""
    step = steps.STEPS[one["do"]]
    try:
        if step.now(db, ticket, one["value"]) != one["after"]:
            return steps.CHANGED
    except AppError as error:
        return error.message
    return steps.tried(db, lambda: step.back(db, ticket, one["was"], one["value"], by))
