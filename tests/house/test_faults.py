"""A full disk, a locked database: a clear answer, nothing torn, and all is well again afterwards."""

from __future__ import annotations

import sqlite3
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import clock, events, main
from app.errors import Unavailable
from app.jobs import queue
from app.jobs.queue import Job
from app.jobs.worker import Lane, Work, Worker


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


def test_a_job_whose_end_could_not_be_written_is_done_when_the_disk_has_room_again(house: main.House) -> None:
    done: list[int] = []
    full = threading.Event()
    full.set()

    def tell(work: Work) -> None:
        if full.is_set():
            raise Unavailable("The disk is full.")
        done.append(work.job.id)

    worker = Worker(house.database, {"tell": tell}, (Lane("work"),))
    with house.database.transaction() as db:
        queue.enqueue(db, "tell")
        db.execute(sa.update(Job).values(state="running", attempts=1, lease_until=clock.now() + queue.HANDED))
        job = db.scalars(sa.select(Job)).one()
        db.expunge(job)
    with house.database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")  # nothing can be written
    worker.do(job)
    worker.write_down()  # and still nothing
    with house.database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA query_only=OFF")
    full.clear()
    assert worker.run_until_idle() == 0
    worker.write_down()
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert worker.run_until_idle() == 1
    assert done == [job.id]
