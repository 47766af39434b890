"""A prepared reply to a ticket that nobody has open: the same text, guards and moment of grace as from the composer.

Macros and answers that go to many tickets at once use it. Each customer gets the text in their own language where it
is written in that, and nobody gets one that a guard would have stopped: such a ticket is left to a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app import clock
from app.accounts.models import Agent
from app.channels import inboxes
from app.db import Session
from app.errors import Conflict, Invalid, NotFound
from app.events import Actor
from app.tickets import approval, canned, guards, holding, lifecycle, placeholders, readymade, replies, signatures
from app.tickets.models import Message, Ticket


@dataclass(frozen=True, slots=True)
class Worded:
    """A text as one ticket gets it, and in which language; `asks` are places that somebody is to fill in."""

    text: str
    language: str
    asks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a reply does not leave, as a sentence with its values."""

    sentence: str
    values: Mapping[str, Any] = field(default_factory=dict)


def worded(
    db: Session, ticket: Ticket, agent: Agent, texts: Mapping[str, str], answers: Mapping[str, str] | None = None
) -> Worded:
    """The text for a ticket: the customer's language, placeholders filled in. `answers` are to what it asks for."""
    language, text = readymade.in_language(texts, ticket.locale, db.settings.locale)
    if not text.strip():
        return Worded("", language)
    filled = placeholders.fill(text, canned.facts(db, ticket, agent, language)) if "{{" in text else text
    asks = placeholders.asked(filled)
    said = [(answers or {}).get(name, "") for name in asks]
    return Worded(placeholders.answer(filled, said), language, tuple(asks))


def newest(db: Session) -> int:
    """The number of the newest message of the desk: what comes later was not on the screen."""
    return db.scalar(sa.select(sa.func.max(Message.id))) or 0


def hindrance(db: Session, ticket: Ticket, agent: Agent, text: str, seen: int) -> Hindrance | None:
    """What keeps a reply from leaving: the rules of `replies`, then every guard. `seen` as from `newest`."""
    try:
        approval.demand(db, ticket, agent)
        replies.checked(ticket, text)
        replies.recipients(db, ticket)
    except Invalid as error:
        return Hindrance(next(iter(error.fields.values()), error.message), error.values)
    except Conflict as error:
        return Hindrance(error.message, error.values)
    findings = guards.look(db, ticket, agent, text, files=False, seen=seen)
    return Hindrance(findings[0].sentence, findings[0].values) if findings else None


def send(db: Session, ticket: Ticket, agent: Agent, text: str, *, solve: bool = False) -> int | None:
    """Let a reply leave as Send in the composer would: held for the desk's moment of grace, then sent.

    The number of the held reply, None when it has left at once. Raises what `replies.reply` does.
    """
    signature, wait = _signature(db, ticket, agent), holding.seconds(db, ticket)
    if wait:
        at, then = clock.now() + timedelta(seconds=wait), "solved" if solve else ""
        return holding.hold(db, ticket, agent, text, leave_at=at, then=then, signature=signature).id
    replies.reply(db, ticket, agent, text, signature=signature)
    if solve:
        lifecycle.solve(db, ticket, Actor("agent", agent.id))
    return None


def _signature(db: Session, ticket: Ticket, agent: Agent) -> str:
    inbox = inboxes.info_of(db, ticket.inbox_id)
    said = {"inbox": inbox.name, "address": inbox.address, "team": canned.team_name(db, ticket)}
    return signatures.of(db, ticket, agent, inbox.settings, **said)


def take_back(db: Session, agent: Agent, held: int | None) -> bool:
    """Keep a reply from leaving, if it has not yet; no draft remains. Whether there was time."""
    try:
        if held is not None:
            holding.withdraw(db, agent, held)
    except (NotFound, Conflict):
        return False
    return held is not None
