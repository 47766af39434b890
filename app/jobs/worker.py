"""Threads that do jobs. Each lane has its own, so that a slow mail server never delays an arriving message."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import sqlalchemy as sa
import structlog

from app.db import Database, Session
from app.errors import Unavailable
from app.jobs import queue
from app.jobs.queue import Job

log = structlog.get_logger("jobs")
TRAY = 256  # jobs that are handed over at most; more wait in the database


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


class Tray:
    """What lies in front of the threads of a lane: jobs handed over, and word that more wait in the database."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self._changed = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._looks = 0
        self.more = False
        """Whether more may wait than the words tell: somebody else's, or what an earlier process left."""

    @property
    def room(self) -> int:
        return max(0, TRAY - len(self._jobs))

    def give(self, job: Job) -> None:
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()

    def look(self, *, more: bool = False) -> None:
        """One thread is to look; one word for each job lets as many threads begin."""
        with self._changed:
            self.more = self.more or more
            self._looks = min(self._looks + 1, TRAY)
            self._changed.notify()

    def next(self) -> Job | None:
        """Waits for a job, or for the word to look (None). Words that one look answers go together."""
        with self._changed:
            while not self._jobs and not self._looks:
                self._changed.wait()
            if self._jobs:
                return self._jobs.popleft()
            self._looks -= min(self._looks, self.lane.batch)
            return None

    def rest(self) -> list[Job]:
        """Take out all that nobody has begun."""
        with self._changed:
            rest = list(self._jobs)
            self._jobs.clear()
            return rest


@dataclass
class Worker:
    """Does the jobs of all lanes until stopped. Handlers: {kind: function(work, **payload)}; all idempotent.

    Where one process alone does jobs (SQLite) it is handed what it commits. Elsewhere it is woken to claim, at once
    by what it commits itself, and by one thread that looks every `poll_seconds` for what other processes added and
    for what was put off until now.
    """

    database: Database
    handlers: Mapping[str, Handler]
    lanes: tuple[Lane, ...]
    poll_seconds: float = 1.0
    ticks: Sequence[Callable[[], None]] = ()
    """Called by the looking thread each time: quick things that are to happen every so often."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _trays: dict[str, Tray] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)
    _unwritten: deque[tuple[Job, str, datetime | None, bool]] = field(default_factory=deque)
    """How jobs failed that the database could not take down: a job that was handed over has no lease to run out."""

    def start(self) -> None:
        for lane in self.lanes:
            tray = self._trays[lane.name] = Tray(lane)
            tray.look(more=True)
            for number in range(lane.threads):
                self._thread(f"jobs-{lane.name}-{number}", self._run, tray)
        self._thread("jobs-look", self._look)

    def _thread(self, name: str, run: Callable[..., None], *given: Tray) -> None:
        thread = threading.Thread(target=run, args=given, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def room(self, lane: str) -> int:
        """How many jobs of a lane can be handed over now (`queue.Hands`)."""
        tray = self._trays.get(lane)
        return tray.room if tray and self.database.sqlite and not self._stop.is_set() else 0

    def give(self, job: Job) -> None:
        """Take a job that is committed as claimed (`queue.Hands`)."""
        self._trays[job.lane].give(job)
        if self._stop.is_set():
            self._give_back()

    def wake(self, lane: str) -> None:
        """Look now instead of when the looking thread finds something. "*" wakes every lane (`queue.Hands`)."""
        for name, tray in self._trays.items():
            if lane in ("*", name):
                tray.look()

    def stop(self, patience: float = 10.0) -> None:
        """Finish the jobs in hand, take no more. What does not finish keeps its lease and is done later."""
        self._stop.set()
        for tray in self._trays.values():
            for _ in range(tray.lane.threads * tray.lane.batch):
                tray.look()
        for thread in self._threads:
            thread.join(patience)
        self._give_back()

    def _give_back(self) -> None:
        rest = [job for tray in self._trays.values() for job in tray.rest()]
        if rest:
            with self.database.transaction() as db:
                queue.give_back(db, rest)

    def _look(self) -> None:
        names = tuple(lane.name for lane in self.lanes)
        while not self._stop.wait(self.poll_seconds):
            for tick in self.ticks:
                tick()
            self.write_down()
            try:
                found = self._due(names)
            except Exception as error:  # whatever the database does, there is a next look
                log.warning("look_failed", error=str(error.__cause__ or error))
                continue
            for name in found:
                self._trays[name].look(more=True)

    def _run(self, tray: Tray) -> None:
        while not self._stop.is_set():
            job = tray.next()
            if self._stop.is_set():
                if job:
                    tray.give(job)
                return
            if job:
                self.do(job)
            else:
                self._work_off(tray)

    def _work_off(self, tray: Tray) -> None:
        """Claim and do what waits in the database."""
        more, tray.more = tray.more, False
        try:
            jobs = self._claim(tray.lane)
        except (Unavailable, sa.exc.SQLAlchemyError) as error:  # a lane outlives whatever the database does
            log.warning("claim_failed", lane=tray.lane.name, error=str(error.__cause__ or error))
            self._stop.wait(1.0)
            return
        if more and len(jobs) == tray.lane.batch:
            tray.look(more=True)  # for another thread, or for this one when it is through
        for job in jobs:
            self.do(job)

    def _due(self, names: tuple[str, ...]) -> list[str]:
        with self.database.read() as db:
            return queue.lanes_due(db, names)

    def _claim(self, lane: Lane) -> list[Job]:
        with self.database.transaction() as db:
            return queue.claim(db, lane.name, lane.batch)

    @cached_property
    def _by_name(self) -> dict[str, Lane]:
        return {lane.name: lane for lane in self.lanes}

    def run_until_idle(self, limit: int = 10_000) -> int:
        """Do every due job in this thread and return how many; for commands and tests."""
        done = 0
        while done < limit:
            jobs = [job for name in self._due(tuple(self._by_name)) for job in self._claim(self._by_name[name])]
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
        except (Unavailable, sa.exc.SQLAlchemyError):
            log.warning("job_end_not_written", reason=reason)
            if self.database.sqlite:  # elsewhere its lease runs out, and it may be somebody else's by then
                self._unwritten.append((job, reason, at, patient))

    def write_down(self) -> None:
        """Put back the jobs whose end could not be written, as soon as it can be; until then they wait here."""
        try:
            while self._unwritten:
                job, reason, at, patient = self._unwritten[0]
                with self.database.transaction() as db:
                    queue.fail(db, job, reason, at, patient=patient)
                self._unwritten.popleft()
        except Exception as error:  # whatever the database does, there is a next look
            log.warning("job_ends_not_written", waiting=len(self._unwritten), error=str(error.__cause__ or error))
