"""The outbox of work: a job is enqueued in the transaction that makes it necessary, so neither can exist alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import Base, Session

MAX_ATTEMPTS = 12
LEASE = timedelta(minutes=2)
HANDED = timedelta(days=365)  # no lease: who was handed a job is the only process, and its next start frees it
PAUSE = timedelta(seconds=15)  # until a part of the house that was away is tried again


class Job(Base):
    """One piece of work. Done jobs are deleted; what failed for good stays as `dead` until somebody looks."""

    __tablename__ = "jobs"
    __table_args__ = (
        sa.Index("ix_jobs_lane_state_run_at", "lane", "state", "run_at"),
        sa.Index("uq_jobs_dedupe_key", "dedupe_key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    lane: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="queued")  # queued | running | dead
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=MAX_ATTEMPTS)
    lease_until: Mapped[datetime | None]
    dedupe_key: Mapped[str | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Hands(Protocol):
    """Whoever does jobs in this process."""

    def room(self, lane: str) -> int:
        """How many jobs of a lane could be given now; 0 where every job waits in the database to be claimed."""

    def give(self, job: Job) -> None:
        """Take over a job that is committed as claimed."""

    def wake(self, lane: str) -> None:
        """Something waits in the database."""


def enqueue(
    db: Session,
    kind: str,
    *,
    lane: str = "work",
    run_at: datetime | None = None,
    dedupe: str | None = None,
    **payload: Any,
) -> None:
    """Add a job to this transaction. With `dedupe`, a job of that key that still exists makes this a no-op.

    Where this process will do it anyhow it is written as claimed and handed over after the commit: that saves the
    claim's own commit, which costs as much as many a job.
    """
    hands: Hands | None = db.house.get("hands")
    now = clock.now()
    row = _row(kind, lane, run_at or now, dedupe, payload, now)
    given = hands is not None and run_at is None and _reserve(db, hands, lane)
    if given:
        row |= {"state": "running", "attempts": 1, "lease_until": now + HANDED}
    number = _add(db, row)
    if hands is None or number is None:
        return
    if given:
        job = Job(id=number, **row)
        db.after_commit(lambda: hands.give(job))
    elif run_at is None or run_at <= now:
        db.after_commit(lambda: hands.wake(lane))


def hold(db: Session, kind: str, lane: str, dedupe: str, **payload: Any) -> Job | None:
    """Add a job that the caller does at once, instead of a worker; None when one of that key exists.

    Who goes away without doing it loses the lease, and a worker does it.
    """
    now = clock.now()
    row = _row(kind, lane, now, dedupe, payload, now)
    row |= {"state": "running", "attempts": 1, "lease_until": now + LEASE}
    number = _add(db, row)
    return None if number is None else Job(id=number, **row)


def _row(
    kind: str, lane: str, run_at: datetime, dedupe: str | None, payload: dict[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "kind": kind,
        "lane": lane,
        "payload": payload,
        "run_at": run_at,
        "state": "queued",
        "attempts": 0,
        "max_attempts": MAX_ATTEMPTS,
        "lease_until": None,
        "dedupe_key": dedupe,
        "created_at": now,
    }


def _add(db: Session, row: dict[str, Any]) -> int | None:
    adding = _ADD if row["dedupe_key"] is None else _ADD_ONCE[db.sqlite]
    number: int | None = db.execute(adding, row).scalar()
    return number


def _reserve(db: Session, hands: Hands, lane: str) -> bool:
    """Whether one more job of this transaction can be handed over."""
    places: dict[str, int] = db.info.setdefault("places", {})
    left = places[lane] if lane in places else hands.room(lane)
    places[lane] = left - 1
    return left > 0


# Each job passes through these several times, and building a statement costs more than running it.
_JOBS = cast(sa.Table, Job.__table__)
_LANE, _NOW = sa.bindparam("of_lane", type_=sa.Text()), sa.bindparam("now", type_=Job.run_at.type)
_DUE = sa.and_(
    Job.lane == _LANE,
    sa.or_(
        sa.and_(Job.state == "queued", Job.run_at <= _NOW),
        sa.and_(Job.state == "running", Job.lease_until < _NOW),  # whoever had it is gone
    ),
)
_FIRST_DUE = sa.select(Job.id).where(_DUE).order_by(Job.run_at, Job.id).limit(sa.bindparam("most", type_=sa.Integer()))


def _claiming(ids: sa.Select[Any]) -> Any:
    until = sa.bindparam("until", type_=Job.lease_until.type)
    taken = sa.update(_JOBS).where(_JOBS.c.id.in_(ids))
    return taken.values(state="running", attempts=_JOBS.c.attempts + 1, lease_until=until).returning(_JOBS)


_CLAIM = {True: _claiming(_FIRST_DUE), False: _claiming(_FIRST_DUE.with_for_update(skip_locked=True))}
_FINISH = sa.delete(_JOBS).where(_JOBS.c.id == sa.bindparam("done"))
_KEY = ["dedupe_key"]
_ADD = sa.insert(_JOBS).returning(_JOBS.c.id)
_ADD_ONCE = {
    True: sqlite.insert(_JOBS).on_conflict_do_nothing(index_elements=_KEY).returning(_JOBS.c.id),
    False: postgresql.insert(_JOBS).on_conflict_do_nothing(index_elements=_KEY).returning(_JOBS.c.id),
}


def lanes_due(db: Session, lanes: Sequence[str]) -> list[str]:
    """Which of these lanes have something to do now: one statement, which reads at most two rows a lane."""
    row = db.execute(_any_due(tuple(lanes)), {"now": clock.now()}).one()
    return [lane for lane, due in zip(lanes, row, strict=True) if due]


@cache
def _any_due(lanes: tuple[str, ...]) -> sa.Select[*tuple[Any, ...]]:
    # Two conditions that each are a stretch of the index; one with OR would sort through the whole lane.
    queued = sa.and_(_JOBS.c.state == "queued", _JOBS.c.run_at <= _NOW)
    left = sa.and_(_JOBS.c.state == "running", _JOBS.c.lease_until < _NOW)
    rows = [[sa.exists().where(_JOBS.c.lane == lane, state) for state in (queued, left)] for lane in lanes]
    return sa.select(*(sa.or_(*either) for either in rows))


def claim(db: Session, lane: str, limit: int = 1) -> list[Job]:
    """Take up to `limit` due jobs of a lane for the length of a lease, those first whose lease ran out."""
    now = clock.now()
    given = {"of_lane": lane, "now": now, "most": limit, "until": now + LEASE}
    taken = [Job(**row) for row in db.execute(_CLAIM[db.sqlite], given).mappings()]
    return sorted(taken, key=lambda job: (job.run_at, job.id))


def finish(db: Session, job_id: int) -> None:
    """The job is done: its row goes."""
    db.execute(_FINISH, {"done": job_id})


def cancel(db: Session, dedupe: str) -> None:
    """The job of a key is no longer wanted; one that is being done goes on, and finds nothing to do."""
    db.execute(sa.delete(Job).where(Job.dedupe_key == dedupe, Job.state == "queued"))


def backoff(attempt: int) -> timedelta:
    """How long to wait after the given failed attempt: 2 s, doubling, at most an hour."""
    return timedelta(seconds=min(3600, 2 ** min(attempt, 12)))


def fail(db: Session, job: Job, error: str, retry_at: datetime | None = None, *, patient: bool = False) -> None:
    """Put the job back for later, or among the dead when its attempts are used up.

    `patient`: the fault is not the job's own (the disk is full, the storage away), so it is tried until that is
    over, and no attempt counts.
    """
    dead = job.attempts >= job.max_attempts and not patient
    values: dict[str, Any] = {
        "state": "dead" if dead else "queued",
        "run_at": retry_at or clock.now() + backoff(job.attempts),
        "lease_until": None,
        "last_error": error[:2000],
    }
    if patient:
        values |= {"attempts": job.attempts - 1, "run_at": clock.now() + PAUSE}
    db.execute(sa.update(Job).where(Job.id == job.id).values(values))


def revive(db: Session, job_id: int) -> None:
    """Give a dead job another full set of attempts."""
    db.execute(
        sa.update(Job)
        .where(Job.id == job_id, Job.state == "dead")
        .values(state="queued", attempts=0, run_at=clock.now())
    )
    hands: Hands | None = db.house.get("hands")
    if hands:
        db.after_commit(lambda: hands.wake("*"))


_GIVE_BACK = (
    sa.update(_JOBS)
    .where(_JOBS.c.id == sa.bindparam("given"), _JOBS.c.state == "running")
    .values(state="queued", attempts=_JOBS.c.attempts - 1, lease_until=None)
)


def give_back(db: Session, taken: Sequence[Job]) -> None:
    """Put claimed jobs back that nobody has begun."""
    for job in taken:
        db.execute(_GIVE_BACK, {"given": job.id})


def release_all(db: Session) -> int:
    """Take back the leases of a process that is gone. Only where a single process can run (SQLite)."""
    freed = sa.update(Job).where(Job.state == "running").values(state="queued", lease_until=None)
    return len(db.scalars(freed.returning(Job.id)).all())


def dead(db: Session, limit: int = 50) -> list[Job]:
    """Jobs that used up their attempts, newest first."""
    return list(db.scalars(sa.select(Job).where(Job.state == "dead").order_by(Job.id.desc()).limit(limit)))


def counts(db: Session) -> dict[str, int]:
    """How many jobs are queued, running and dead."""
    found = dict(db.execute(sa.select(Job.state, sa.func.count()).group_by(Job.state)).all())
    return {state: found.get(state, 0) for state in ("queued", "running", "dead")}
