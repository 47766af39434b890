"""Following the event log: what another process wrote (a command, a worker) matters to this one's screens too."""

from __future__ import annotations

import threading
from collections import deque

import structlog

from app import events
from app.db import Database
from app.events import Event
from app.live.hub import Hub
from app.notices import ringing

log = structlog.get_logger("live")


class Follower:
    """One thread that looks for events of other processes: who may hear what is asked again, and without Redis,
    which tells them faster, their screens are told."""

    def __init__(self, database: Database, hub: Hub, seconds: float = 1.0) -> None:
        self._database = database
        self._hub = hub
        self._seconds = seconds
        self._stop = threading.Event()
        self._own: deque[int] = deque(maxlen=10_000)
        self._thread = threading.Thread(target=self._run, name="follow", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def heard(self, event: Event) -> None:
        """Listener: this process signalled the event itself."""
        self._own.append(event.id)

    def _run(self) -> None:
        seen = self._last()
        while not self._stop.wait(self._seconds):
            try:
                with self._database.read() as db:
                    found = events.after(db, seen)
            except Exception as error:  # the database is away; the next look may find it
                log.warning("follow_failed", error=str(error))
                continue
            own = set(self._own)
            self._pass_on([event for event in found if event.id not in own])
            seen = found[-1].id if found else seen

    def _pass_on(self, found: list[Event]) -> None:
        for event in found:
            self._hub.recheck(event)
            if not self._database.settings.redis_url:
                self._hub.signal(event)
        if found and not self._database.settings.redis_url:
            with self._database.read() as db:
                self._hub.send("bell", {}, ringing.rung(db, [event.id for event in found]))

    def _last(self) -> int:
        with self._database.read() as db:
            return events.last_number(db)
