"""Who is named by @ in a note: by the whole name, or by the first word of it where only one colleague has that."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from app.accounts.models import Agent
from app.db import Session
from app.tickets import access
from app.tickets.models import Ticket

MOST = 20  # people whom one note can call
_AT = re.compile(r"(?<![\w.@-])@")
_WORD = re.compile(r"[a-z0-9_]")


def find(text: str, names: Mapping[int, str]) -> list[int]:
    """The ids whose names stand after an @ in the text, in its order, each once. Pure.

    Width and case do not matter. An @ inside a word (an address) names nobody; of several names the longest holds.
    """
    text, found = _plain(text), list[int]()
    called = sorted(_calls(names).items(), key=lambda call: -len(call[0]))
    for at in _AT.finditer(text):
        rest = text[at.end() :]
        for call, number in called:
            if rest.startswith(call) and not (_WORD.match(rest[len(call) :]) and _WORD.match(call[-1])):
                if number not in found:
                    found.append(number)
                break
    return found[:MOST]


def _calls(names: Mapping[int, str]) -> dict[str, int]:
    """What people are called by: whole names; without spaces or by the first word where only one is called so."""
    whole = {_plain(name): number for number, name in names.items()}
    short: dict[str, set[int]] = {}
    for name, number in whole.items():
        for call in {name.replace(" ", ""), name.split(" ")[0]} - {""}:
            short.setdefault(call, set()).add(number)
    return {call: next(iter(who)) for call, who in short.items() if len(who) == 1} | whole


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def everybody(db: Session) -> Sequence[Agent]:
    """Whom a note can call, by name."""
    return db.scalars(sa.select(Agent).where(Agent.active).order_by(Agent.name)).all()


def named(db: Session, text: str) -> Sequence[int]:
    """As `find`, among everybody who works here now."""
    return find(text, dict(db.execute(sa.select(Agent.id, Agent.name).where(Agent.active)).all()))


def seeing(db: Session, agents: Sequence[int], ticket_id: int) -> list[int]:
    """Those of them who may see the ticket as it is now."""
    db.flush()
    found = []
    for agent in db.scalars(sa.select(Agent).where(Agent.id.in_(agents), Agent.active)) if agents else ():
        if db.scalar(sa.select(Ticket.id).where(Ticket.id == ticket_id, access.visible_to(agent))) is not None:
            found.append(agent.id)
    return found


def untold(db: Session, text: str, ticket_id: int) -> list[str]:
    """The names of those who are named and were not told, because they may not see the ticket."""
    if "@" not in text.replace("＠", "@"):
        return []
    called = named(db, text)
    left = set(called) - set(seeing(db, called, ticket_id))
    return list(db.scalars(sa.select(Agent.name).where(Agent.id.in_(left)).order_by(Agent.name))) if left else []
