"""Keeping the index in step: it follows the event log, a moment behind, and never holds up whoever writes.

Each step is one transaction of the index, which also says up to which event it has come: whatever is killed in
between is done again, and nothing twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
import structlog

from app import events
from app.db import Database, Session
from app.events import Event
from app.tickets.models import Message, Note, Ticket
from app.tickets.search import documents, index
from app.tickets.search.documents import Ref
from app.tickets.search.index import MESSAGE, NOTE, Index, docs, state

log = structlog.get_logger("search")

EVENTS, TEXTS = 300, 400  # of one step
OF_TICKET, OF_CUSTOMER = 500, 200  # the newest that a change of the whole touches
KNOWN = 20_000  # words that are not written again

# What changes neither a text nor what it is found by. Anything else about a ticket has the ticket read again.
_OF_A_TICKET = "opened status solved assigned moved priority spam tagged snoozed woke woken"
SILENT = frozenset([*(f"ticket.{what}" for what in _OF_A_TICKET.split()), "attachment.fetched"])
SILENT_ROOMS = (
    *("delivery", "survey", "received", "agent", "team", "inbox", "identity"),
    *("draft", "proposal", "view", "canned"),
)
NAMED = ("into", "from", "other", "source", "target", "ticket", "merged", "split", "tickets", "to")


class Writer:
    """Takes steps. `known` are words that this process has written already."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._known: set[str] = set()

    def step(self) -> int:
        """Go on a bit; how much there was to do (0: everything is in, or another process is at it)."""
        with self.index.writing() as db:
            at = _locked(db)
            if at is None:
                return 0
            newest = events.last_number(db)
            if at.position > newest:  # the index of another desk, or of one that was put back from a copy
                index.clear(db)
                return 1
            return self._fill(db, at, newest) if at.filling else self._follow(db, at)

    def _follow(self, db: Session, at: sa.Row[Any]) -> int:
        found = db.scalars(sa.select(Event).where(Event.id > at.position).order_by(Event.id).limit(EVENTS)).all()
        if not found:
            return 0
        refs = _refs(db, found)
        index.forget(db, list(refs))
        next_doc = self._write(db, refs, at.next_doc)
        db.execute(sa.update(state).values(position=found[-1].id, next_doc=next_doc))
        return len(found)

    def _fill(self, db: Session, at: sa.Row[Any], newest: int) -> int:
        """The next texts in the order of time. What happens meanwhile is read again, as events that follow."""
        position = at.position or newest
        messages = db.execute(
            sa.select(Message.id, Message.created_at).where(Message.id > at.message).order_by(Message.id).limit(TEXTS)
        ).all()
        notes = sa.select(Note.id).where(Note.id > at.note).order_by(Note.id).limit(TEXTS)
        if len(messages) == TEXTS:
            notes = notes.where(Note.created_at <= messages[-1].created_at)
        those = list(db.scalars(notes))
        refs: set[Ref] = {(MESSAGE, row.id) for row in messages} | {(NOTE, number) for number in those}
        next_doc = self._write(db, refs, at.next_doc)
        db.execute(
            sa.update(state).values(
                position=position,
                next_doc=next_doc,
                filling=bool(refs),
                message=messages[-1].id if messages else at.message,
                note=those[-1] if those else at.note,
            )
        )
        if not refs and not db.sqlite:  # what the planner goes by, before anybody has vacuumed
            db.connection().exec_driver_sql("ANALYZE search.docs, search.terms")
        return len(refs) or 1

    def _write(self, db: Session, refs: Iterable[Ref], first: int) -> int:
        sources = documents.load(db, refs)
        rows = [row for source in sources for row in documents.rows(source)]
        index.write(db, rows, first)
        spoken = {word for source in sources for word in documents.spoken(source)} - self._known
        index.remember(db, list(spoken))
        self._known = (self._known if len(self._known) < KNOWN else set()) | spoken
        return int(first) + len(rows)


def _locked(db: Session) -> sa.Row[Any] | None:
    """Where the index is, and its lock: on PostgreSQL None while another process has it."""
    if db.sqlite:
        db.execute(sa.update(state).values(version=state.c.version))
        return db.execute(sa.select(state)).one()
    return db.execute(sa.select(state).with_for_update(skip_locked=True)).one_or_none()


def _refs(db: Session, found: Iterable[Event]) -> set[Ref]:
    refs: set[Ref] = set()
    tickets: set[int] = set()
    customers: set[int] = set()
    for event in found:
        room = event.kind.partition(".")[0]
        if event.kind in SILENT or room in SILENT_ROOMS:
            continue
        if room == "message" and isinstance(event.data.get("message"), int):
            refs.add((MESSAGE, event.data["message"]))
        elif room == "note" and isinstance(event.data.get("note"), int):
            refs.add((NOTE, event.data["note"]))
        elif event.kind == "customer.changed" and event.customer_id:
            customers.add(event.customer_id)
        elif room == "ticket" and event.ticket_id:
            tickets |= {event.ticket_id, *_named(event.data)}
    for customer in customers:
        query = sa.select(Ticket.id).where(Ticket.requester_id == customer).order_by(Ticket.id.desc())
        tickets.update(db.scalars(query.limit(OF_CUSTOMER)))
    for ticket in tickets:
        refs |= _all_of(db, ticket)
    return refs


def _named(data: dict[str, object]) -> set[int]:
    """Tickets that an event names besides its own."""
    values = [data[name] for name in NAMED if name in data]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return {one for one in flat if isinstance(one, int) and not isinstance(one, bool)}


def _all_of(db: Session, ticket: int) -> set[Ref]:
    found: set[Ref] = set()
    for kind, table in ((MESSAGE, Message), (NOTE, Note)):
        query = sa.select(table.id).where(table.ticket_id == ticket).order_by(table.id.desc()).limit(OF_TICKET)
        found |= {(kind, ref) for ref in db.scalars(query)}
    kept = db.execute(sa.select(docs.c.kind, docs.c.ref).where(docs.c.ticket_id == ticket).limit(OF_TICKET))
    return found | {(row.kind, row.ref) for row in kept}


def total(db: Session) -> int:
    """How many messages and notes there are."""
    counts = [db.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in (Message, Note)]
    return sum(counts)


def catch_up(index: Index, told: Callable[[int], None] | None = None) -> int:
    """Go on until everything is in; how much there was to do. `told` hears it as it grows."""
    writer, done = Writer(index), 0
    while step := writer.step():
        done += step
        if told:
            told(done)
    return done


class Indexer:
    """One thread that keeps a desk's index in step, woken by what this process writes, and looking by itself for
    what others have written."""

    def __init__(self, database: Database, pause: float = 1.0) -> None:
        self._database = database
        self._pause = pause
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="search-index", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        writer, seen = Writer(index.of(self._database)), -1
        while not self._stop.wait(self._pause):
            try:
                with self._database.read() as db:
                    newest = events.last_number(db)
                if newest == seen:
                    continue
                while not self._stop.is_set() and writer.step():
                    self._stop.wait(0.005)  # a long way to go leaves room for whoever is served meanwhile
                seen = newest
            except Exception as error:  # the database is away; the next look may find it
                log.warning("index_failed", error=str(error))
