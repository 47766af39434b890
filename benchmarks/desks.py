"""Building the desks that are measured, and knowing an already built one again."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa

from app import events, main, settings
from app.channels.ledger import Received, ReceivedBody
from app.channels.outbox import Delivery
from app.customers.models import Customer, Identity
from app.db import Base, Database
from app.events import Event
from app.settings import Settings
from app.surveys.models import Survey
from app.tickets.models import Message, Note, Tag, Ticket, TicketTag
from benchmarks import staff
from benchmarks.history import Historian, Rows
from benchmarks.staff import Cast

CHUNK = 2000  # tickets whose rows are written together
IN_ORDER = (Customer, Identity, Ticket, Tag, Received, ReceivedBody, Message, Delivery, Note, TicketTag, Survey, Event)
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Desk:
    """A built desk. `database_url` is empty for SQLite."""

    kind: str
    tickets: int
    data: Path
    database_url: str
    cast: Cast

    @property
    def settings(self) -> Settings:
        return settings.load({}, data=self.data, database_url=self.database_url or None)


def build(kind: str, tickets: int, folder: Path, postgres: str, progress: Progress) -> Desk:
    """A desk of so many tickets in `folder`; one that was built there before is used again."""
    data = folder / f"{kind}-{tickets}"
    url = f"{postgres}/{_name(tickets)}" if kind == "postgresql" else ""
    known = data / f"cast-{_shape()}.json"
    if known.exists() and (not url or _exists(postgres, _name(tickets))):
        return Desk(kind, tickets, data, url, Cast(**json.loads(known.read_text())))
    shutil.rmtree(data, ignore_errors=True)
    if url:
        _create(postgres, _name(tickets))
    progress(f"Building a desk of {tickets:,} tickets on {kind} …")
    made = settings.load({}, data=data, database_url=url or None)
    house = main.build(made)
    with closing(house):
        with house.database.transaction() as db:
            cast = staff.hire(db)
        historian = Historian(cast, tickets, random.Random(tickets))
        with house.database.read() as db:
            historian.last[Event] = events.last_number(db)
        _fill(house.database, historian, progress)
    known.write_text(json.dumps(cast.as_json()))
    return Desk(kind, tickets, data, url, cast)


def _shape() -> str:
    """Which tables and columns there are: a desk of another shape is built anew."""
    columns = sorted(
        f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.columns
    )
    return hashlib.sha256(" ".join(columns).encode()).hexdigest()[:10]


def drop(desk: Desk, postgres: str) -> None:
    """Remove the database of a desk on PostgreSQL."""
    if desk.database_url:
        with psycopg.connect(f"{postgres}/postgres", autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {_name(desk.tickets)} WITH (FORCE)")


def _fill(database: Database, historian: Historian, progress: Progress) -> None:
    historian.tags()
    for number in historian.tell():
        if number % CHUNK == 0 or number == historian.tickets:
            _write(database, historian.rows)
            historian.rows.clear()
        if number % (CHUNK * 10) == 0:
            progress(f"  {number:,} of {historian.tickets:,}")
    with database.engine.begin() as connection:
        if not database.sqlite:
            _numbers_go_on(connection)
    if not database.sqlite:  # what autovacuum would have done by now
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _write(database: Database, rows: Rows) -> None:
    with database.engine.begin() as connection:
        for table in IN_ORDER:
            if rows.get(table):
                connection.execute(sa.insert(table), rows[table])


def _numbers_go_on(connection: sa.Connection) -> None:
    """Rows were written with their numbers: tell the sequences."""
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            name = connection.scalar(
                sa.text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": table.name, "c": column.name}
            )
            if name:
                top = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
                connection.execute(sa.select(sa.func.setval(name, top, False)))


def _name(tickets: int) -> str:
    return f"madoguchi_bench_{tickets}"


def _exists(postgres: str, name: str) -> bool:
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as admin:
        return admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None


def _create(postgres: str, name: str) -> None:
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name}")


def reachable(postgres: str) -> bool:
    """Whether a PostgreSQL server answers."""
    try:
        psycopg.connect(f"{postgres}/postgres", connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True
