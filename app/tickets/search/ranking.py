"""Which of the texts that answer come first: the same sum on both databases, over the texts themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.customers.models import Customer
from app.db import Session
from app.text.tokens import fold
from app.tickets.models import Message, Note, Ticket
from app.tickets.search import index, wording
from app.tickets.search.query import Term


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that answers: a message or a note (`kind`); `doc` is its place in the index."""

    doc: int
    ticket: int
    kind: int
    ref: int | None
    at: datetime
    score: float = 0.0


def ranked(db: Session, terms: Sequence[Term], hits: Sequence[Hit]) -> list[Hit]:
    """The best first: how often the words stand there, whether as they were written, whether in the subject or
    the name, and a little, how new it is."""
    marks = [(wording.pattern(term), wording.pattern(replace(term, exact=True))) for term in terms if not term.without]
    if not marks or not hits:
        return list(hits)
    texts, heads = _texts(db, hits), _heads(db, hits)
    newest = max(hit.at for hit in hits)
    scored = []
    for hit in hits:
        score = sum(_weight(*mark, texts.get((hit.kind, hit.ref), ""), heads.get(hit.ticket, "")) for mark in marks)
        days = (newest - hit.at).total_seconds() / 86_400
        scored.append(replace(hit, score=score + 0.5 / (1 + days / 30)))
    return sorted(scored, key=lambda hit: (-hit.score, -hit.doc))


def _texts(db: Session, hits: Sequence[Hit]) -> dict[tuple[int, int | None], str]:
    found: dict[tuple[int, int | None], str] = {}
    for kind, table in ((index.MESSAGE, Message), (index.NOTE, Note)):
        those = [hit.ref for hit in hits if hit.kind == kind]
        if those:
            query = sa.select(table.id, sa.func.substr(table.text, 1, 20_000)).where(table.id.in_(those))
            found |= {(kind, ref): fold(text) for ref, text in db.execute(query)}
    return found


def _heads(db: Session, hits: Sequence[Hit]) -> dict[int, str]:
    query = sa.select(Ticket.id, Ticket.subject, Customer.name, Customer.reading)
    query = query.join(Customer, Customer.id == Ticket.requester_id).where(Ticket.id.in_({hit.ticket for hit in hits}))
    return {number: fold(f"{subject}\n{name}\n{reading}") for number, subject, name, reading in db.execute(query)}


def _weight(wide: Any, exact: Any, text: str, head: str) -> float:
    if wide is None:
        return 0.0
    often = len(wide.findall(text))
    weight = 2.0 * often / (often + 0.6 + len(text) / 1500) if often else 0.0
    weight += 0.8 if exact.search(text) else 0.0
    if wide.search(head):
        weight += 3.0 if exact.search(head) else 1.8
    return weight
