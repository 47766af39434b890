"""Transactions, the after-commit list, and the ordered event log."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from app import events, main
from app.events import Event

pytestmark = pytest.mark.both


def test_what_is_to_be_done_after_a_commit_is_done_once(house: main.House) -> None:
    done: list[str] = []
    with house.database.transaction() as db:
        db.after_commit(lambda: done.append("told"))
        with db.begin_nested():
            events.record(db, "test.happened")
        assert done == []  # a released savepoint is no commit
    assert done == ["told"]


def test_what_is_rolled_back_tells_nobody(house: main.House) -> None:
    done: list[str] = []
    with pytest.raises(RuntimeError), house.database.transaction() as db:
        db.after_commit(lambda: done.append("told"))
        events.record(db, "test.happened")
        raise RuntimeError
    assert done == []
    with house.database.read() as db:
        assert events.last_number(db) == 0


def test_whoever_has_seen_a_number_has_seen_everything_before_it(house: main.House) -> None:
    """Eight writers at once, a reader beside them: no number ever appears below one that was seen."""
    stop, faults = threading.Event(), []

    def read() -> None:
        seen: list[int] = []
        while not stop.is_set():
            with house.database.read() as db:
                now = [e.id for e in events.after(db, 0, 10_000)]
            if now[: len(seen)] != seen:
                faults.append((seen, now))
            seen = now

    def write() -> None:
        for _ in range(15):
            with house.database.transaction() as db:
                events.record(db, "test.happened")

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write) for _ in range(8)]
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()
    assert faults == []
    with house.database.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Event)) == 120


def test_reactions_write_in_the_same_transaction(house: main.House) -> None:
    def react(db: object, event: Event) -> None:
        if event.kind == "test.first":
            events.record(db, "test.second")  # type: ignore[arg-type]

    house.database.house["events"] = events.Table({"test.first": (react,)}, {})
    with pytest.raises(RuntimeError), house.database.transaction() as db:
        events.record(db, "test.first")
        raise RuntimeError
    with house.database.transaction() as db:
        events.record(db, "test.first")
    with house.database.read() as db:
        assert [e.kind for e in events.after(db, 0)] == ["test.first", "test.second"]
