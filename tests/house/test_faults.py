"""A full disk, a locked database: a clear answer, nothing torn, and all is well again afterwards."""

from __future__ import annotations

import sqlite3

import pytest

from app import events, main
from app.errors import Unavailable


def test_a_full_disk_is_said_and_leaves_nothing_behind(house: main.House) -> None:
    with house.database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")  # the disk is full for this connection
    with pytest.raises(Unavailable), house.database.transaction() as db:
        for _ in range(2000):
            events.record(db, "test.happened", text="x" * 2000)
    with house.database.read() as db:
        assert events.last_number(db) == 0
    with house.database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    with house.database.transaction() as db:
        events.record(db, "test.happened")


def test_a_database_that_somebody_else_holds_is_unavailable_and_then_back(house: main.House) -> None:
    path = house.settings.data / "madoguchi.sqlite3"
    with house.database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable), house.database.transaction() as db:
        events.record(db, "test.happened")
    other.execute("ROLLBACK")
    with house.database.transaction() as db:
        events.record(db, "test.happened")
    other.close()
