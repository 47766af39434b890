"""Where the terms of all messages and notes lie: FTS5 in a file of its own on SQLite, tsvector with GIN on PostgreSQL.

The index is derived from the desk and follows its event log. It can be thrown away at any time and is then built
again, so it has no part in migrations and in backups: SQLite keeps it in `search.sqlite3` beside the desk, whose
writers never wait for it; PostgreSQL in the schema `search`. On a connection of the index the desk's own tables are
there too, so that every query joins them and passes `access.visible_to`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.db import BigId, Database, Moment, Session

VERSION = 1  # of what is kept and how it is cut into terms: an index of another version is built anew
FILE = "search.sqlite3"
LOCK = 7_346_203  # advisory lock: two processes that start together make the tables one after the other

_metadata = sa.MetaData(schema="search")
docs = sa.Table(
    "docs",
    _metadata,
    # Numbers are given in the order of time and never twice: a changed text gets a new one.
    sa.Column("id", BigId, primary_key=True, autoincrement=False),
    sa.Column("ticket_id", BigId, nullable=False, index=True),
    sa.Column("kind", sa.SmallInteger, nullable=False),  # MESSAGE or NOTE
    sa.Column("ref", BigId, nullable=False),
    sa.Column("at", Moment(), nullable=False),
    sa.Index("ix_docs_ref", "kind", "ref"),
)
words = sa.Table("words", _metadata, sa.Column("word", sa.Text, primary_key=True))
state = sa.Table(
    "state",
    _metadata,
    sa.Column("version", BigId, nullable=False),
    sa.Column("position", BigId, nullable=False),  # the last event that is in
    sa.Column("next_doc", BigId, nullable=False),
    sa.Column("filling", sa.Boolean, nullable=False),  # what was there before `position` is still being read
    sa.Column("message", BigId, nullable=False),  # the last one that was read in filling
    sa.Column("note", BigId, nullable=False),
)
MESSAGE, NOTE = 0, 1

_FTS = "CREATE VIRTUAL TABLE search.terms USING fts5(words, content='', columnsize=0, tokenize='ascii')"
_TSVECTOR = (
    "CREATE TABLE search.terms (id BIGINT PRIMARY KEY REFERENCES search.docs ON DELETE CASCADE, words TSVECTOR)",
    "CREATE INDEX ix_terms_words ON search.terms USING gin (words) WITH (fastupdate = off)",
)


class Index:
    """The index of one desk. `reading()` and `writing()` give sessions that see the desk and the index."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sqlite = database.sqlite
        self._engine: sa.Engine | None = None
        self._making = threading.Lock()

    @property
    def engine(self) -> sa.Engine:
        """Opened, and made when there is none yet, when it is first needed."""
        with self._making:
            if self._engine is None:
                engine = _beside(self.database) if self.sqlite else self.database.engine
                _make(engine)
                self._engine = engine
            return self._engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self._session() as session:
            if not self.sqlite:  # a page of texts is never worth a compiler
                session.connection().exec_driver_sql("SET LOCAL jit = off")
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Commits at the end. Only the index is written; on SQLite only its file is locked."""
        with self._session() as session, session.begin():
            yield session

    def _session(self) -> Session:
        info = {"house": self.database.house, "settings": self.database.settings, "after_commit": []}
        return Session(self.engine, expire_on_commit=False, autoflush=False, info=info)

    def close(self) -> None:
        if self._engine is not None and self.sqlite:
            self._engine.dispose()


def of(database: Database) -> Index:
    """The index of a desk: the house's own, or one for a command."""
    found = database.house.get("search")
    if not isinstance(found, Index):
        found = database.house["search"] = Index(database)
    return found


def _beside(database: Database) -> sa.Engine:
    path = str(database.settings.data / FILE)

    def connect(connection: Any, _record: object) -> None:
        connection.execute("ATTACH ? AS search", [path])
        for pragma in (
            "search.journal_mode=WAL",
            "search.synchronous=NORMAL",  # what a power cut takes, the events bring again
            "foreign_keys=OFF",
            "cache_size=-1000",
            "search.cache_size=-2000",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    engine = sa.create_engine(
        database.settings.database,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": 10},
        pool_size=2,
        max_overflow=4,
        pool_use_lifo=True,
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", connect)
    # Deferred, so that only the file that is written is locked: the desk's writers go on.
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN DEFERRED"))
    return engine


def _make(engine: sa.Engine) -> None:
    """The tables, anew when they are of another version."""
    if _version(engine) == VERSION:
        return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            if _version(engine) == VERSION:
                return
            connection.exec_driver_sql("DROP SCHEMA IF EXISTS search CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA search")
        else:
            # the first write takes the lock: two commands that begin together wait for each other here
            connection.exec_driver_sql("DROP TABLE IF EXISTS search.terms")
            _metadata.drop_all(connection)
        _metadata.create_all(connection)
        for statement in (_FTS,) if engine.dialect.name == "sqlite" else _TSVECTOR:
            connection.exec_driver_sql(statement)
        connection.execute(sa.insert(state), _empty())


def _version(engine: sa.Engine) -> int | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("state", schema="search"):
            return None
        return connection.scalar(sa.select(state.c.version))


def _empty(position: int = 0) -> dict[str, Any]:
    return {"version": VERSION, "position": position, "next_doc": 1, "filling": True, "message": 0, "note": 0}


def clear(db: Session) -> None:
    """Throw all terms away; `follow.step` then reads everything again. `db` is a writing session."""
    if db.sqlite:
        db.execute(sa.update(state).values(filling=True))  # takes the lock of the file
        db.connection().exec_driver_sql("INSERT INTO search.terms(terms) VALUES ('delete-all')")
    else:
        db.connection().exec_driver_sql("TRUNCATE search.terms, search.docs")
    db.execute(sa.delete(docs))
    db.execute(sa.delete(words))
    next_doc = sa.select(state.c.next_doc).scalar_subquery()
    db.execute(sa.update(state).values(**{**_empty(), "next_doc": next_doc}))


def position(db: Session) -> int:
    """The last event that is in the index of the desk of `db`; 0 when there is none yet, or while it is being built.
    Makes nothing: for those who only look."""
    found: Sequence[int] | None
    if not db.sqlite:
        there = db.scalar(sa.select(sa.func.to_regclass("search.state")))
        found = _looked(db) if there else None
    else:
        found = _looked_up(db.settings.data / FILE)
    return int(found[1]) if found and found[0] == VERSION and not found[2] else 0


def _looked(db: Session) -> Sequence[int] | None:
    row = db.execute(sa.select(state.c.version, state.c.position, state.c.filling)).first()
    return [int(value) for value in row] if row else None


def _looked_up(path: Path) -> tuple[int, int, int] | None:
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            row: tuple[int, int, int] | None = connection.execute(
                "SELECT version, position, filling FROM state"
            ).fetchone()
            return row
    except sqlite3.Error:
        return None


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────


def write(db: Session, rows: Sequence[Mapping[str, Any]], first: int) -> None:
    """Add documents ({ticket_id, kind, ref, at, terms}), numbered from `first`."""
    if not rows:
        return
    names = [column.name for column in docs.c]
    numbered = [{**row, "id": number} for number, row in enumerate(rows, first)]
    db.execute(sa.insert(docs), [{name: row[name] for name in names} for row in numbered])
    if db.sqlite:
        statement = "INSERT INTO search.terms(rowid, words) VALUES (?, ?)"
        terms: list[tuple[Any, ...]] = [(row["id"], " ".join(row["terms"])) for row in numbered]
    else:
        statement = "INSERT INTO search.terms(id, words) VALUES (%s, %s::tsvector)"
        terms = [(row["id"], _tsvector(row["terms"])) for row in numbered]
    db.connection().exec_driver_sql(statement, terms)


def forget(db: Session, refs: Sequence[tuple[int, int]]) -> None:
    """Take documents out. On SQLite their terms stay, without a document that they would lead to."""
    for kind in (MESSAGE, NOTE):
        those = [ref for which, ref in refs if which == kind]
        if those:
            db.execute(sa.delete(docs).where(docs.c.kind == kind, docs.c.ref.in_(those)))


def remember(db: Session, spoken: Sequence[str]) -> None:
    """Add words that misspelled ones may have meant."""
    if spoken:
        db.execute(db.insert(words).on_conflict_do_nothing(), [{"word": word} for word in sorted(spoken)])


def _tsvector(terms: Sequence[str]) -> str:
    places: dict[str, list[str]] = {}
    for place, term in enumerate(terms, 1):
        places.setdefault(term, []).append(str(place))
    return " ".join(f"'{term}':{','.join(found[:256])}" for term, found in places.items())


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────
# An expression is a list of terms of which all must be there; a term a list of forms of which one must be; a form
# a phrase of tokens, the last of which may be the beginning of a longer one. Tokens have letters and digits alone.


Form = tuple[tuple[str, ...], bool]
Expression = Sequence[Sequence[Form]]


def matches(sqlite: bool, wanted: Expression, unwanted: Expression = ()) -> sa.ColumnElement[bool]:
    """The condition on `terms` that all of `wanted` are there and none of `unwanted`; `wanted` has one at least."""
    if sqlite:
        text = _fts(wanted)
        if unwanted:
            text = f"({text}) NOT ({' OR '.join(_fts([term]) for term in unwanted)})"
        return sa.literal_column("terms").op("MATCH", is_comparison=True)(
            sa.bindparam(None, text, sa.Text, unique=True)
        )
    text = " & ".join([*map(_tsterm, wanted), *(f"!{_tsterm(term)}" for term in unwanted)])
    # Written into the statement (terms are letters and digits alone): as a value it would be read anew for each row.
    quoted = text.replace("'", "''")
    return terms.c.words.op("@@", is_comparison=True)(sa.literal_column(f"'{quoted}'::tsquery"))


def _fts(wanted: Expression) -> str:
    return " AND ".join("(" + " OR ".join(map(_fts_form, term)) + ")" for term in wanted)


def _fts_form(form: Form) -> str:
    return f'"{" ".join(form[0])}"' + ("*" if form[1] else "")


def _tsterm(term: Sequence[Form]) -> str:
    return "(" + " | ".join(map(_ts_form, term)) + ")"


def _ts_form(form: Form) -> str:
    tokens, prefix = form
    return "(" + " <-> ".join([*(f"'{t}'" for t in tokens[:-1]), f"'{tokens[-1]}'" + (":*" if prefix else "")]) + ")"


terms = sa.Table("terms", sa.MetaData(schema="search"), sa.Column("id", BigId), sa.Column("words", postgresql.TSVECTOR))
_rowids = sa.table("terms", sa.column("rowid", BigId), sa.column("words"), schema="search")


def number(sqlite: bool) -> sa.ColumnElement[int]:
    """The column of the terms that names their document."""
    return _rowids.c.rowid if sqlite else terms.c.id


def table(sqlite: bool) -> sa.FromClause:
    return _rowids if sqlite else terms
