"""The database: one engine, read sessions, and transactions with a list of things to do after the commit.

SQLite runs with WAL, synchronous FULL (what was acknowledged survives power loss), foreign keys, and one
writer at a time behind a lock of ours, which waits far more fairly than SQLite's own busy handler.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite

from app import clock
from app.errors import Unavailable
from app.settings import Settings

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


RESTED = 5.0  # seconds after which a pooled connection is asked whether it is still there


class Moment(sa.TypeDecorator[datetime]):
    """An aware UTC time: timestamptz on PostgreSQL, microseconds since 1970 on SQLite (short and sortable)."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        value = value.astimezone(UTC)
        if dialect.name == "postgresql":
            return value
        return round(value.timestamp() * 1_000_000)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return None if value is None else value.astimezone(UTC)
        return datetime.fromtimestamp(value / 1_000_000, UTC)


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Json(sa.TypeDecorator[Any]):
    """JSON: jsonb on PostgreSQL, text on SQLite. Change it by assigning a new value; changes inside are not seen."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(postgresql.JSONB() if dialect.name == "postgresql" else sa.JSON())


class Base(orm.DeclarativeBase):
    """Every row of Madoguchi."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: Moment(),
        int: BigId,
        str: sa.Text(),
        dict[str, Any]: Json(),
        list[Any]: Json(),
    }


class Session(orm.Session):
    """A unit of work. `house` is what the composition root fitted: blobs, channels, reactions, live signals."""

    @property
    def house(self) -> dict[str, Any]:
        house: dict[str, Any] = self.info["house"]
        return house

    @property
    def settings(self) -> Settings:
        settings: Settings = self.info["settings"]
        return settings

    @property
    def sqlite(self) -> bool:
        return bool(self.get_bind().dialect.name == "sqlite")

    @property
    def moment(self) -> datetime:
        """When this transaction happens: one time for all that it changes."""
        moment: datetime = self.info.setdefault("moment", clock.now())
        return moment

    def insert(self, table: Any) -> Any:
        """An INSERT that knows ON CONFLICT, in the database's own dialect."""
        return sqlite.insert(table) if self.sqlite else postgresql.insert(table)

    def after_commit(self, do: Callable[[], None]) -> None:
        """Call `do` once this transaction has been committed, never if it was rolled back.

        Kept here and not in SQLAlchemy's hook, which also fires when a savepoint is released.
        """
        self.info["after_commit"].append(do)


class Database:
    """The engine and its two doors: `read()` and `transaction()`. Both block; call them from threads."""

    def __init__(self, settings: Settings, house: Mapping[str, Any] | None = None) -> None:
        self.settings = settings
        self.house: dict[str, Any] = dict(house or {})
        self.engine = _engine(settings)
        self.sqlite = self.engine.dialect.name == "sqlite"
        self._writer = _Turn() if self.sqlite else None

    def _session(self) -> Session:
        info = {"house": self.house, "settings": self.settings, "after_commit": []}
        return Session(self.engine, expire_on_commit=False, autoflush=False, info=info)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking: nothing is written. On SQLite it is one snapshot; PostgreSQL shows each statement
        what was committed by then, in a transaction or not, and without one two round trips are saved."""
        with self._session() as session:
            if not self.sqlite:
                session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session for writing: commits at the end, rolls back on any error, then does the after-commit list.

        Raises Unavailable when the database is locked, full or gone.
        """
        if self._writer:
            with self._writer.take():
                session = yield from self._write()
        else:
            session = yield from self._write()
        for do in session.info["after_commit"]:
            do()

    def _write(self) -> Generator[Session, None, Session]:
        with self._session() as session:
            try:
                if self.sqlite:
                    session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
                yield session
                session.commit()
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                session.rollback()
                raise Unavailable("The database does not answer. Please try again.") from error
            except BaseException:
                session.rollback()
                raise
        return session

    def ping(self) -> None:
        """Raise Unavailable unless a row can be read."""
        try:
            with self.read() as session:
                session.execute(sa.text("SELECT 1"))
        except sa.exc.SQLAlchemyError as error:
            raise Unavailable("The database does not answer.") from error

    def close(self) -> None:
        self.engine.dispose()


class _Turn:
    """A lock taken in turn (threading.Lock lets a busy thread jump the queue)."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._next = 0
        self._serving = 0
        self._abandoned: set[int] = set()

    @contextmanager
    def take(self, patience: float = 30.0) -> Iterator[None]:
        with self._ready:
            mine, self._next = self._next, self._next + 1
            end = time.monotonic() + patience
            while mine != self._serving:
                if not self._ready.wait(end - time.monotonic()) and mine != self._serving:
                    self._abandoned.add(mine)
                    raise Unavailable("The database is busy. Please try again.")
        try:
            yield
        finally:
            with self._ready:
                self._serving += 1
                while self._serving in self._abandoned:
                    self._abandoned.discard(self._serving)
                    self._serving += 1
                self._ready.notify_all()


def _engine(settings: Settings) -> sa.Engine:
    if settings.database.startswith("sqlite"):
        engine = sa.create_engine(
            settings.database,
            connect_args={"check_same_thread": False, "isolation_level": None, "timeout": 10},
            pool_size=settings.database_pool,
            max_overflow=4,
            pool_use_lifo=True,  # the connection whose cache is warm
            hide_parameters=True,
        )
        sa.event.listen(engine, "do_connect", _sqlite_folder)
        sa.event.listen(engine, "connect", _sqlite_connect)
        sa.event.listen(engine, "begin", _sqlite_begin)
        return engine
    engine = sa.create_engine(
        settings.database,
        pool_size=settings.database_pool,
        max_overflow=4,
        pool_use_lifo=True,
        pool_recycle=1800,
        hide_parameters=True,  # what customers wrote is never in a log
    )
    sa.event.listen(engine, "connect", _keep_prepared)
    sa.event.listen(engine, "checkin", _note_rest)
    sa.event.listen(engine, "checkout", _ping_rested)
    return engine


def _keep_prepared(connection: Any, _record: object) -> None:
    # psycopg keeps 100 statements prepared and drops the eldest, each with a round trip; a desk has several hundred
    connection.prepared_max = 500


def _note_rest(_connection: Any, record: Any) -> None:
    record.info["rests_since"] = time.monotonic()


def _ping_rested(connection: Any, record: Any, _proxy: Any) -> None:
    """A connection that has rested may have been ended meanwhile; one that was used just now is not asked again."""
    if time.monotonic() - record.info.get("rests_since", 0.0) < RESTED:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Exception as error:
        raise sa.exc.DisconnectionError from error


def _sqlite_folder(_dialect: object, _record: object, arguments: list[str], _named: object) -> None:
    """The folder is made when the database is first opened, so that who only looks for a desk makes none."""
    Path(arguments[0]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _sqlite_connect(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-2000",  # kilobytes for each connection; beyond it the system's own cache is next
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: sa.Connection) -> None:
    # BEGIN IMMEDIATE takes the write lock at once; a deferred one could fail half-way with SQLITE_BUSY.
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
