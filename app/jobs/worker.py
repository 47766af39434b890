"""Threads that do jobs. Each lane has its own, so that a slow mail server never delays an arriving message."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
import structlog

from app.db import Database, Session
from app.errors import Unavailable
from app.jobs import queue
from app.jobs.queue import Job

log = structlog.get_logger("jobs")


class Retry(Exception):
    """A handler asks to be called again, at `at` or after the usual backoff."""

    def __init__(self, reason: str, at: datetime | None = None) -> None:
        super().__init__(reason)
        self.at = at


@dataclass
class Work:
    """What a handler gets: the database, and a transaction that ends the job together with what it did."""

    database: Database
    job: Job
    finished: bool = False

    @contextmanager
    def finishing(self) -> Iterator[Session]:
        """A transaction that also removes the job: what the job did and that it is done commit as one."""
        with self.database.transaction() as db:
            yield db
            queue.finish(db, self.job.id)
        self.finished = True


Handler = Callable[..., None]


@dataclass(frozen=True)
class Lane:
    """A queue with its own threads. `batch` jobs are claimed at once, which saves commits in bursts."""

    name: str
    threads: int = 1
    batch: int = 1


@dataclass
class Worker:
    """Does the jobs of all lanes until stopped. Handlers: {kind: function(work, **payload)}; all idempotent.

    A lane sleeps until it is woken: at once by what this process commits (`wake`), and by one thread that looks
    every `poll_seconds` for what other processes added and for what was put off until now.
    """

    database: Database
    handlers: Mapping[str, Handler]
    lanes: tuple[Lane, ...]
    poll_seconds: float = 1.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _wakes: dict[str, threading.Event] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for lane in self.lanes:
            self._wakes[lane.name] = threading.Event()
            for number in range(lane.threads):
                self._thread(f"jobs-{lane.name}-{number}", self._run, lane)
        self._thread("jobs-look", self._look)

    def _thread(self, name: str, run: Callable[..., None], *given: Lane) -> None:
        thread = threading.Thread(target=run, args=given, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def wake(self, lane: str) -> None:
        """Look now instead of when the looking thread finds something. "*" wakes every lane."""
        for name, event in self._wakes.items():
            if lane in ("*", name):
                event.set()

    def stop(self, patience: float = 10.0) -> None:
        """Finish the jobs in hand, take no more. What does not finish keeps its lease and is done later."""
        self._stop.set()
        self.wake("*")
        for thread in self._threads:
            thread.join(patience)

    def _look(self) -> None:
        names = tuple(lane.name for lane in self.lanes)
        while not self._stop.wait(self.poll_seconds):
            try:
                with self.database.read() as db:
                    found = queue.lanes_due(db, names)
            except Exception as error:  # whatever the database does, there is a next look
                log.warning("look_failed", error=str(error.__cause__ or error))
                continue
            for name in found:
                self.wake(name)

    def _run(self, lane: Lane) -> None:
        wake = self._wakes[lane.name]
        while not self._stop.is_set():
            wake.clear()
            try:
                jobs = self._claim(lane)
            except (Unavailable, sa.exc.SQLAlchemyError) as error:  # a lane outlives whatever the database does
                log.warning("claim_failed", lane=lane.name, error=str(error.__cause__ or error))
                jobs = []
                self._stop.wait(1.0)
            for job in jobs:
                self.do(job)
            if len(jobs) < lane.batch:  # that was all; whatever came since has set `wake`
                wake.wait()

    def _claim(self, lane: Lane) -> list[Job]:
        if not self._any_due(lane):
            return []  # an idle desk writes nothing
        with self.database.transaction() as db:
            return queue.claim(db, lane.name, lane.batch)

    def _any_due(self, lane: Lane) -> bool:
        with self.database.read() as db:
            return bool(queue.lanes_due(db, (lane.name,)))

    def run_until_idle(self, limit: int = 10_000) -> int:
        """Do every due job in this thread and return how many; for commands and tests."""
        done = 0
        while done < limit:
            jobs = [job for lane in self.lanes for job in self._claim(lane)]
            if not jobs:
                break
            for job in jobs:
                self.do(job)
                done += 1
        return done

    def do(self, job: Job) -> None:
        """Do one claimed job and write down how it ended. Never raises."""
        work = Work(self.database, job)
        with structlog.contextvars.bound_contextvars(job=job.id, job_kind=job.kind):
            try:
                handler = self.handlers[job.kind]
                handler(work, **job.payload)
                if not work.finished:
                    with self.database.transaction() as db:
                        queue.finish(db, job.id)
            except Retry as error:
                log.info("job_retry", reason=str(error))
                self._fail(job, str(error), error.at)
            except Unavailable as error:
                reason = f"{error} ({error.__cause__})" if error.__cause__ else str(error)
                log.warning("job_waits", reason=reason)
                self._fail(job, reason, None, patient=True)
            except Exception as error:
                log.exception("job_failed")
                self._fail(job, f"{type(error).__name__}: {error}", None)

    def _fail(self, job: Job, reason: str, at: datetime | None, *, patient: bool = False) -> None:
        try:
            with self.database.transaction() as db:
                queue.fail(db, job, reason, at, patient=patient)
        except Unavailable:
            log.warning("job_left_to_its_lease", reason=reason)
