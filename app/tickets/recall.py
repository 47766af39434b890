"""What somebody half remembers: the newest tickets and customers that answer to a few letters, at once.

Only what is new is looked through, so a large desk costs no more than a small one; the whole past is what search is
for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Agent
from app.customers.models import Company, Customer, Identity
from app.db import Session
from app.text import romaji
from app.text.tokens import fold
from app.tickets import access
from app.tickets.models import Ticket

LONGEST = 80  # characters that are looked for
TICKETS, PEOPLE = 5_000, 20_000  # how far back
_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


@dataclass(frozen=True, slots=True)
class Recalled:
    """A ticket."""

    id: int
    subject: str
    status: str
    customer: str


@dataclass(frozen=True, slots=True)
class Known:
    """A customer, with the newest of their tickets that the agent may see."""

    name: str
    reading: str
    company: str
    address: str
    ticket: int


def spellings(text: str) -> list[str]:
    """The ways in which a name may be kept that was typed like this: as it stands, in either kana, from romaji.

    >>> spellings("mori"), spellings("モリ")
    (['mori', 'もり', 'モリ'], ['モリ', 'もり'])
    """
    text = " ".join(text.split())[:LONGEST]
    if not text:
        return []
    hiragana = _kana(text) or fold(text)
    return list(dict.fromkeys([text, hiragana, hiragana.translate(_KATAKANA)]))


def _kana(text: str) -> str:
    """What Latin letters spell, the last syllable perhaps not typed to its end yet."""
    if not text.isascii():
        return ""
    words = [romaji.kana(word) for word in text.split()[:-1]]
    last = text.split()[-1]
    begun = next((found for cut in (0, 1, 2) if (found := romaji.kana(last[: len(last) - cut]))), None)
    if begun is None or None in words or (romaji.kana(last) is None and len(begun) < 2):
        return ""
    return " ".join([*filter(None, words), begun])


def tickets(db: Session, agent: Agent, text: str, limit: int = 6) -> list[Recalled]:
    """Tickets that the agent may see: the one of this number, and new ones with this in their subject."""
    number = text.strip().lstrip("#＃")
    asked = spellings(text)
    if not asked:
        return []
    newest = sa.select(sa.func.max(Ticket.id)).scalar_subquery()
    named = sa.and_(Ticket.id > newest - TICKETS, _contains(Ticket.subject, asked))
    if number.isascii() and number.isdigit() and len(number) < 12:
        named = sa.or_(Ticket.id == int(number), named)
        order: list[Any] = [(Ticket.id == int(number)).desc(), Ticket.id.desc()]
    else:
        order = [Ticket.id.desc()]
    return _recalled(db, _SEEN.where(named, access.visible_to(agent)).order_by(*order).limit(limit))


def by_number(db: Session, agent: Agent, numbers: list[int], limit: int = 8) -> list[Recalled]:
    """Those of these tickets that the agent may see, in the order given."""
    numbers = numbers[:limit]
    found = {t.id: t for t in _recalled(db, _SEEN.where(Ticket.id.in_(numbers), access.visible_to(agent)))}
    return [found[number] for number in numbers if number in found]


_SEEN = sa.select(Ticket.id, Ticket.subject, Ticket.status, Customer.name).join(
    Customer, Customer.id == Ticket.requester_id
)


def _recalled(db: Session, query: Any) -> list[Recalled]:
    return [Recalled(*row) for row in db.execute(query)]


def _contains(column: Any, asked: list[str]) -> sa.ColumnElement[bool]:
    return sa.or_(*(column.icontains(spelling, autoescape=True) for spelling in asked))


def people(db: Session, agent: Agent, text: str, limit: int = 5) -> list[Known]:
    """Customers by name, reading or address, who have a ticket that the agent may see."""
    asked = spellings(text)
    if not asked:
        return []
    newest = sa.select(sa.func.max(Customer.id)).scalar_subquery()
    named = sa.and_(
        Customer.id > newest - PEOPLE, sa.or_(_contains(Customer.name, asked), _contains(Customer.reading, asked))
    )
    ids = sa.union(sa.select(Customer.id).where(named), _addressed(asked[0])).subquery()
    theirs = (
        sa.select(sa.func.max(Ticket.id))
        .where(Ticket.requester_id == Customer.id, access.visible_to(agent))
        .scalar_subquery()
    )
    address = (
        sa.select(sa.func.min(Identity.value))
        .where(Identity.customer_id == Customer.id, Identity.kind == "email")
        .scalar_subquery()
    )
    kept = (
        sa.select(
            Customer.name,
            Customer.reading,
            sa.func.coalesce(Company.name, "").label("company"),
            sa.func.coalesce(address, "").label("address"),
            theirs.label("ticket"),
        )
        .join(ids, ids.c.id == Customer.id)
        .outerjoin(Company, Company.id == Customer.company_id)
        .subquery()
    )
    query = sa.select(kept).where(kept.c.ticket.is_not(None)).order_by(kept.c.ticket.desc()).limit(limit)
    return [Known(*row) for row in db.execute(query)]


def _addressed(text: str) -> sa.Select[int]:
    """Customers whose mail address begins like this: a stretch of the index."""
    begun = text.lower()
    nobody = sa.select(Identity.customer_id.label("id")).where(sa.false())
    if not begun.isascii() or len(begun) < 2:
        return nobody
    stretch = (
        sa.select(Identity.customer_id.label("id"))
        .where(
            Identity.kind == "email", Identity.scope == "", Identity.value >= begun, Identity.value < begun + "\uffff"
        )
        .limit(50)
        .subquery()
    )
    return sa.select(stretch.c.id)
