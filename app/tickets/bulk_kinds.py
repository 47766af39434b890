"""What can be done to many tickets: one step (`steps`), a macro, or one answer to all.

Each says what becomes of a ticket, does it, and takes it back.

`what` is the whole of a task as it is kept: action and value; with a reply also `seen` (the newest message when it was
looked at) and `answers` (to what its text asks for); for an answer `texts` by language and whether to `solve`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.accounts.models import Agent
from app.db import Session
from app.errors import AppError
from app.events import Actor
from app.i18n import N_
from app.tickets import answering, fields, lifecycle, macros, readymade, steps
from app.tickets.answering import Hindrance, Worded
from app.tickets.models import Ticket
from app.tickets.readymade import Macro

What = Mapping[str, Any]
LEFT = N_("The reply has left already.")
CLOSED = N_("It is closed.")
NO_TEXT = N_("There is no text for it.")


@dataclass(frozen=True, slots=True)
class Look:
    """What becomes of a ticket: `why` not, None when it changes; the reply that it gets, if any."""

    why: Hindrance | None = None
    mail: Worded = field(default_factory=lambda: Worded("", ""))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, as it is kept for the way back; or `why` nothing was."""

    kept: dict[str, Any] = field(default_factory=dict)
    why: Hindrance | None = None


class Kind(Protocol):
    """One kind of task."""

    def look(self, db: Session, agent: Agent, ticket: Ticket, what: What) -> Look: ...
    def do(self, db: Session, agent: Agent, ticket: Ticket, what: What) -> Outcome: ...
    def back(self, db: Session, agent: Agent, ticket: Ticket, kept: What, what: What) -> str: ...


def _why(sentence: str) -> Hindrance | None:
    return Hindrance(sentence) if sentence else None


class Step:
    """One of `steps.STEPS`."""

    def look(self, db: Session, agent: Agent, ticket: Ticket, what: What) -> Look:
        return Look(_why(steps.obstacle(db, ticket, what["action"], what["value"])))

    def do(self, db: Session, agent: Agent, ticket: Ticket, what: What) -> Outcome:
        step, value, by = steps.STEPS[what["action"]], what["value"], Actor("agent", agent.id)
        was = step.now(db, ticket, value)
        if why := steps.tried(db, lambda: step.do(db, ticket, value, by)):
            return Outcome(why=Hindrance(why))
        return Outcome({"was": was, "after": step.now(db, ticket, value)})

    def back(self, db: Session, agent: Agent, ticket: Ticket, kept: What, what: What) -> str:
        step, value, by = steps.STEPS[what["action"]], what["value"], Actor("agent", agent.id)
        if step.now(db, ticket, value) != kept["after"]:
            return steps.CHANGED
        return steps.tried(db, lambda: step.back(db, ticket, kept["was"], value, by))


class Apply:
    """A macro. One with a text sends it, which by hand waits in the composer: so every guard is asked first."""

    def look(self, db: Session, agent: Agent, ticket: Ticket, what: What) -> Look:
        macro = _macro(db, agent, what)
        if ticket.merged_into_id:
            return Look(Hindrance(N_("It was merged.")))
        if ticket.status == "closed":
            return Look(Hindrance(CLOSED))
        mail = answering.worded(db, ticket, agent, macro.texts, what["answers"])
        if mail.text:
            return Look(answering.hindrance(db, ticket, agent, mail.text, what["seen"]), mail)
        planned = macros.plan(db, ticket, agent, macro)
        left = [step.why for step in planned.steps if step.why]
        return Look(_why(left[0]) if len(left) == len(planned.steps) and left and not planned.note else None)

    def do(self, db: Session, agent: Agent, ticket: Ticket, what: What) -> Outcome:
        macro, mail = _macro(db, agent, what), self.look(db, agent, ticket, what).mail
        applied = macros.apply(db, ticket, agent, macro)
        held = answering.send(db, ticket, agent, mail.text) if mail.text else None
        return Outcome({"undo": applied.undo.id, "held": held, "sent": bool(mail.text)})

    def back(self, db: Session, agent: Agent, ticket: Ticket, kept: What, what: What) -> str:
        sent = kept["sent"] and not answering.take_back(db, agent, kept["held"])
        try:
            _ticket, stuck = macros.undo(db, agent, kept["undo"])
        except AppError as error:
            return error.message
        return LEFT if sent else next((step.why for step in stuck), "")


def _macro(db: Session, agent: Agent, what: What) -> Macro:
    """Raises NotFound when it is gone, or no longer this agent's to use."""
    number = what["value"]
    return readymade.find_usable(db, Macro, agent, int(number) if number.isascii() and number.isdigit() else 0)


class Answer:
    """One text to everybody, each in their own language; then, if wished, solved."""

    def look(self, db: Session, agent: Agent, ticket: Ticket, what: What) -> Look:
        mail = answering.worded(db, ticket, agent, what["texts"], what["answers"])
        if not mail.text:
            return Look(Hindrance(NO_TEXT))
        why = answering.hindrance(db, ticket, agent, mail.text, what["seen"])
        if not why and what["solve"] and fields.lacking(db, ticket):
            why = Hindrance(N_("A field that solving needs is empty."))
        return Look(why, mail)

    def do(self, db: Session, agent: Agent, ticket: Ticket, what: What) -> Outcome:
        text, before = self.look(db, agent, ticket, what).mail.text, ticket.status
        held = answering.send(db, ticket, agent, text, solve=what["solve"])
        return Outcome({"was": before, "held": held})

    def back(self, db: Session, agent: Agent, ticket: Ticket, kept: What, what: What) -> str:
        """What waits does not leave; what has left stays so, and the ticket is open again if it was solved."""
        if answering.take_back(db, agent, kept["held"]):
            return ""
        if what["solve"] and ticket.status == "solved":
            lifecycle.set_status(db, ticket, "open", Actor("agent", agent.id))
        return LEFT


KINDS: Mapping[str, Kind] = {**dict.fromkeys(steps.STEPS, Step()), "macro": Apply(), "answer": Answer()}
