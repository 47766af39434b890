"""What is done every so often: a table of names, intervals and job kinds. Each turn is one deduplicated job."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from app.db import Database
from app.errors import Unavailable
from app.jobs import queue

log = structlog.get_logger("schedule")


@dataclass(frozen=True)
class Every:
    """Enqueue `kind` each `seconds`; while one is waiting no second is added, by whichever process."""

    seconds: int
    kind: str
    lane: str = "slow"


class Scheduler:
    """One thread that enqueues what is due."""

    def __init__(self, database: Database, table: Sequence[Every]) -> None:
        self._database = database
        self._table = table
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        elapsed = 0
        while not self._stop.wait(1.0):
            elapsed += 1
            for entry in self._table:
                if elapsed % entry.seconds == 0:
                    self._enqueue(entry)

    def _enqueue(self, entry: Every) -> None:
        try:
            with self._database.transaction() as db:
                queue.enqueue(db, entry.kind, lane=entry.lane, dedupe=f"every:{entry.kind}")
        except Unavailable:
            log.warning("schedule_missed", kind=entry.kind)
