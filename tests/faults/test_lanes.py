"""A lane of jobs outlives whatever its database does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from app import main
from app.db import Session
from app.jobs import queue
from app.jobs.worker import Lane, Work, Worker


def test_a_read_that_fails_is_not_the_end_of_a_lane(house: main.House, monkeypatch: pytest.MonkeyPatch) -> None:
    done, failed, read = threading.Event(), threading.Event(), house.database.read

    @contextmanager
    def broken_once() -> Iterator[Session]:
        if not failed.is_set():
            failed.set()
            raise sa.exc.OperationalError("SELECT", {}, Exception("disk I/O error"))
        with read() as db:
            yield db

    def work(given: Work) -> None:
        done.set()

    with house.database.transaction() as db:
        queue.enqueue(db, "test.work")
    monkeypatch.setattr(house.database, "read", broken_once)
    worker = Worker(house.database, {"test.work": work}, (Lane("work"),), poll_seconds=0.05)
    worker.start()
    try:
        assert failed.wait(60)
        assert done.wait(60)
    finally:
        worker.stop()
