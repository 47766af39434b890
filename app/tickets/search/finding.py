"""Searching: which messages and notes answer a query, for somebody who may see their tickets.

The index gives the newest BLOCK texts that answer, these are put in order of how well they answer, then come the
next BLOCK: so the cost of a page does not grow with the desk, and the order is the same on both databases. When few
texts have the words themselves, longer words that begin with them count too; when none has, what a question says
between its words is left out; and when that finds nothing either, words that may have been meant are tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from app import clock, i18n
from app.accounts.models import Agent
from app.db import Session
from app.tickets import access, ownfields
from app.tickets.models import Message, Ticket
from app.tickets.search import index, meant, narrowing, wording
from app.tickets.search.index import MESSAGE, Expression, Index, docs
from app.tickets.search.query import NO_OTHERS, Filter, Query, Term, parse
from app.tickets.search.ranking import Hit, ranked

BLOCK = 120  # texts that are put in order together
FEW = 1000  # from here on PostgreSQL is better off walking the texts from the newest than collecting all
STRETCH = 300
NARROW = 300  # tickets; fewer are looked through text by text
PAGE = 25


@dataclass(frozen=True, slots=True)
class Found:
    """One page: the best text of each ticket. `terms` is what to mark; `instead` what was searched in place of what
    was asked; `more` where the next page begins."""

    query: Query
    hits: list[Hit]
    terms: Sequence[Term] = ()
    instead: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query made ready for one reader: how widely its words are taken, and which tickets come into question."""

    terms: Sequence[Term]
    filters: tuple[Filter, ...]
    tickets: sa.ColumnElement[bool]
    texts: sa.ColumnElement[bool]
    wide: bool = False

    @property
    def wanted(self) -> Expression:
        said = [wording.forms(term, wide=self.wide) for term in self.terms if not term.without]
        return [term for term in [*said, *self._authors(False)] if term]

    @property
    def unwanted(self) -> Expression:
        said = [wording.forms(term) for term in self.terms if term.without]
        return [term for term in [*said, *self._authors(True)] if term]

    def _authors(self, without: bool) -> Expression:
        return [wording.author_forms(f.value) for f in self.filters if f.name == "from" and f.without == without]


@dataclass(slots=True)
class Search:
    """One search of one reader; `agent` None is the desk itself, which sees everything."""

    index: Index
    db: Session
    agent: Agent | None
    today: date
    instead: str = ""
    _narrowed: dict[tuple[object, ...], tuple[Any, Any]] = field(default_factory=dict)
    _blocks: dict[tuple[object, ...], list[Hit]] = field(default_factory=dict)

    def parse(self, text: str) -> Query:
        """A query in the language of this desk: its own fields are operators too."""
        return parse(text, self.today, ownfields.operators(self.db) if ":" in text or "：" in text else NO_OTHERS)

    # ── what is asked ─────────────────────────────────────────────────────────────────────────────────

    def _ask(self, query: Query, mode: str) -> Asked:
        worded = any(not term.without for term in query.terms) or any(f.name == "from" for f in query.filters)
        if (query.filters, worded) not in self._narrowed:
            narrowed = narrowing.conditions(self.db, self.agent, query.filters, worded=worded)
            self._narrowed[query.filters, worded] = narrowed
        tickets, texts = self._narrowed[query.filters, worded]
        seen = access.visible_to(self.agent) if self.agent else sa.true()
        terms = wording.loosened(query.terms) if mode == "l" else query.terms
        return Asked(terms, query.filters, sa.and_(seen, tickets), texts, mode != "e")

    def begin(self, query: Query) -> tuple[str, Asked]:
        """How widely the words of a query must be taken for something to be found."""
        narrow, wide = self._ask(query, "e"), self._ask(query, "w")
        if query.nothing_but_without:
            return "e", narrow
        if narrow.wanted == wide.wanted or len(self.block(narrow, 0)) == BLOCK:
            mode, asked = "e", narrow
        else:
            mode, asked = "w", wide
        if not self.block(asked, 0) and asked.wanted:
            loose = self._ask(query, "l")
            if loose.wanted and self.block(loose, 0):
                return "l", loose
        return mode, asked

    # ── texts ─────────────────────────────────────────────────────────────────────────────────────────

    def block(self, asked: Asked, below: int, most: int = BLOCK) -> list[Hit]:
        """The newest texts with all the words, before the place `below` (0: from the newest)."""
        place = (tuple(asked.terms), asked.filters, asked.wide, below, most)
        if not asked.wanted and not asked.filters:
            return []
        if place not in self._blocks:
            read = self._texts_with if asked.wanted else self._tickets_alone
            self._blocks[place] = read(asked, below, most)
        return self._blocks[place]

    def _texts_with(self, asked: Asked, below: int, most: int) -> list[Hit]:
        column, source = index.number(self.index.sqlite), index.table(self.index.sqlite)
        matching = index.matches(self.index.sqlite, asked.wanted, asked.unwanted)
        before = [column < below] if below else []
        if (narrow := self._of_few_tickets(asked)) is not None:
            numbers = list(self.db.scalars(sa.select(column).where(matching, column.in_(narrow), *before)))
            return self._seen(sa.select(docs).where(docs.c.id.in_(numbers)), asked, docs.c.id, most) if numbers else []
        if self.index.sqlite:
            query = sa.select(docs).select_from(source).join(docs, docs.c.id == column).where(matching, *before)
            return self._seen(query, asked, column, most)
        few = self._few(matching, before)
        if few is None:
            return self._walked(asked, matching, below, most)
        return self._seen(sa.select(docs).where(docs.c.id.in_(few)), asked, docs.c.id, most) if few else []

    def _of_few_tickets(self, asked: Asked) -> list[int] | None:
        """All texts of the tickets that the operators leave, when these are few: then they are looked through, not
        all texts with the words."""
        if not any(f.name != "from" and f.day is None and not f.without for f in asked.filters):
            return None
        tickets = list(self.db.scalars(sa.select(Ticket.id).where(asked.tickets).limit(NARROW)))
        if len(tickets) == NARROW:
            return None
        return list(self.db.scalars(sa.select(docs.c.id).where(docs.c.ticket_id.in_(tickets))))

    def _walked(self, asked: Asked, matching: sa.ColumnElement[bool], below: int, most: int) -> list[Hit]:
        """PostgreSQL, a common word: from the newest text on, in stretches, until enough may be seen."""
        column, source = index.number(False), index.table(False)
        found: list[Hit] = []
        stretch = STRETCH
        while len(found) < most:
            before = [column < below] if below else []
            some = sa.select(column).select_from(source).where(matching, *before).order_by(column.desc())
            numbers = self._without("seqscan bitmapscan sort", some.limit(stretch))
            if numbers:
                query = sa.select(docs).where(docs.c.id.in_(numbers))
                found += self._seen(query, asked, docs.c.id, most - len(found))
            if len(numbers) < stretch:
                break
            below, stretch = numbers[-1], min(stretch * 4, 20_000)
        return found

    def _without(self, ways: str, query: sa.Select[Any]) -> list[int]:
        """The numbers that a query of the terms alone finds, with ways of PostgreSQL closed that never pay here."""
        connection = self.db.connection()
        connection.exec_driver_sql("; ".join(f"SET LOCAL enable_{way} = off" for way in ways.split()))
        numbers = list(self.db.scalars(query))
        connection.exec_driver_sql("; ".join(f"SET LOCAL enable_{way} = on" for way in ways.split()))
        return numbers

    def _few(self, matching: sa.ColumnElement[bool], before: Sequence[sa.ColumnElement[bool]]) -> list[int] | None:
        """All texts that match, when they are fewer than FEW. Collecting that many costs something with a very common
        word, so what the planner thinks is asked first."""
        column, source = index.number(False), index.table(False)
        query = sa.select(column).select_from(source).where(matching, *before)
        said = str(query.compile(self.db.connection(), compile_kwargs={"literal_binds": True}))
        plan = self.db.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {said}").scalar_one()
        if plan[0]["Plan"]["Plan Rows"] > 20 * FEW:
            return None
        numbers = self._without("seqscan", query.limit(FEW))
        return numbers if len(numbers) < FEW else None

    def _seen(self, query: sa.Select[Any], asked: Asked, column: Any, most: int) -> list[Hit]:
        query = query.join(Ticket, Ticket.id == docs.c.ticket_id).where(asked.tickets, asked.texts)
        rows = self.db.execute(query.order_by(column.desc()).limit(most))
        return [Hit(row.id, row.ticket_id, row.kind, row.ref, row.at) for row in rows]

    def _tickets_alone(self, asked: Asked, below: int, most: int) -> list[Hit]:
        """Without words: the newest tickets that the operators describe, each with its newest message."""
        newest = sa.select(sa.func.max(Message.id)).where(Message.ticket_id == Ticket.id, *_SAID).scalar_subquery()
        query = sa.select(Ticket.id, newest.label("ref"), Ticket.created_at).where(asked.tickets)
        if asked.unwanted:
            column, source = index.number(self.index.sqlite), index.table(self.index.sqlite)
            those = sa.select(docs.c.ticket_id).select_from(source).join(docs, docs.c.id == column)
            either = [form for term in asked.unwanted for form in term]
            query = query.where(Ticket.id.not_in(those.where(index.matches(self.index.sqlite, [either]))))
        if below:
            query = query.where(Ticket.id < below)
        rows = self.db.execute(query.order_by(Ticket.id.desc()).limit(most))
        return [Hit(row.id, row.id, MESSAGE, row.ref, row.created_at) for row in rows]

    # ── tickets ───────────────────────────────────────────────────────────────────────────────────────

    def tickets(self, asked: Asked, below: int) -> tuple[list[Hit], int]:
        """(the tickets of a block by their best text, the place where the next block begins; 0: there is none)."""
        hits = self.block(asked, below)
        best: dict[int, Hit] = {}
        for hit in ranked(self.db, asked.terms, hits):
            best.setdefault(hit.ticket, hit)
        if below and asked.wanted:
            for ticket in self._above(asked, list(best), below):
                best.pop(ticket)
        return list(best.values()), hits[-1].doc if len(hits) == BLOCK else 0

    def _above(self, asked: Asked, tickets: Sequence[int], below: int) -> set[int]:
        """Those that stood on an earlier page already, with a newer text."""
        newer = sa.select(docs.c.id, docs.c.ticket_id, docs.c.at).join(Ticket, Ticket.id == docs.c.ticket_id)
        newer = newer.where(docs.c.ticket_id.in_(tickets), docs.c.id >= below, asked.texts)
        of = {row.id: row.ticket_id for row in self.db.execute(newer)}
        if not of:
            return set()
        column = index.number(self.index.sqlite)
        matching = index.matches(self.index.sqlite, asked.wanted, asked.unwanted)
        query = sa.select(column).select_from(index.table(self.index.sqlite)).where(matching, column.in_(of))
        return {of[number] for number in self.db.scalars(query)}

    def page(self, query: Query, after: str = "", size: int = PAGE) -> Found:
        """The tickets that answer, best first, from the place `after` on."""
        mode, below, skip = _place(after)
        asked = self._ask(query, mode) if after else None
        if asked is None:
            mode, asked = self.begin(query)
        found: list[Hit] = []
        while True:
            hits, next_below = self.tickets(asked, below)
            found += hits[skip : skip + size - len(found)]
            if len(found) == size and (len(hits) > skip + size or next_below):
                taken = skip + sum(1 for hit in hits[skip:] if hit in found)
                more = (
                    f"{mode}.{below}.{taken}" if taken < len(hits) else f"{mode}.{next_below}.0" if next_below else ""
                )
                return Found(query, found, asked.terms, self.instead, more)
            if not next_below:
                break
            below, skip = next_below, 0
        if not found and not after and not self.instead and (other := self._meant(query)):
            return self.page(other)
        return Found(query, found, asked.terms, self.instead)

    def texts(self, query: Query, most: int) -> list[Hit]:
        """The texts that answer, best first, each once, up to `most`."""
        _, asked = self.begin(query)
        found: dict[tuple[int, int, int | None], Hit] = {}
        below = 0
        while len(found) < most:
            hits = self.block(asked, below)
            for hit in ranked(self.db, asked.terms, hits):
                found.setdefault((hit.ticket, hit.kind, hit.ref), hit)
            if len(hits) < BLOCK:
                break
            below = hits[-1].doc
        if not found and not self.instead and (other := self._meant(query)):
            return self.texts(other, most)
        return list(found.values())[:most]

    def _meant(self, query: Query) -> Query | None:
        """The query with words that were perhaps meant; None unless it finds something that the reader may see."""

        def known(term: Term) -> bool:
            return bool(self.block(replace(self._ask(query, "w"), terms=[term]), 0, 1))

        for text in meant.instead(self.db, query, known):
            other = self.parse(text)
            if self.block(self._ask(other, "w"), 0, 1):
                self.instead = text
                return other
        return None


# What a person said: an acknowledgement answers nothing.
_SAID = Message.sender_kind != "system", Message.deleted_at.is_(None)


def _place(after: str) -> tuple[str, int, int]:
    mode, _, rest = after.partition(".")
    below, _, skip = rest.partition(".")
    if mode not in ("e", "w", "l") or not (below.isdigit() and skip.isdigit() and len(rest) < 30):
        return "e", 0, 0
    return mode, int(below), int(skip)


def today() -> date:
    """The reader's day."""
    return i18n.local(clock.now()).date()
