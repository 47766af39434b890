"""The outbox of work: a job is enqueued in the transaction that makes it necessary, so neither can exist alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.db import Base, Session

MAX_ATTEMPTS = 12
LEASE = timedelta(minutes=2)
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


def enqueue(
    db: Session,
    kind: str,
    *,
    lane: str = "work",
    run_at: datetime | None = None,
    dedupe: str | None = None,
    **payload: Any,
) -> None:
    """Add a job to this transaction. With `dedupe`, a job of that key that still exists makes this a no-op."""
    row = {
        "kind": kind,
        "lane": lane,
        "payload": payload,
        "run_at": run_at or clock.now(),
        "state": "queued",
        "attempts": 0,
        "max_attempts": MAX_ATTEMPTS,
        "dedupe_key": dedupe,
        "created_at": clock.now(),
    }
    if dedupe is None:
        db.execute(_ADD, row)
    else:
        db.execute(_ADD_ONCE[db.sqlite], row)
    wake = db.house.get("wake")
    if wake:
        db.after_commit(lambda: wake(lane))


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
    taken = sa.update(Job).where(Job.id.in_(ids)).values(state="running", attempts=Job.attempts + 1, lease_until=until)
    return taken.returning(Job).execution_options(synchronize_session=False)


_CLAIM = {True: _claiming(_FIRST_DUE), False: _claiming(_FIRST_DUE.with_for_update(skip_locked=True))}
_FINISH = sa.delete(_JOBS).where(_JOBS.c.id == sa.bindparam("done"))
_ADD = sa.insert(_JOBS)
_ADD_ONCE = {
    True: sqlite.insert(_JOBS).on_conflict_do_nothing(index_elements=["dedupe_key"]),
    False: postgresql.insert(_JOBS).on_conflict_do_nothing(index_elements=["dedupe_key"]),
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
    taken: list[Job] = list(db.scalars(_CLAIM[db.sqlite], given))
    return sorted(taken, key=lambda job: (job.run_at, job.id))


def take(db: Session, dedupe: str) -> Job | None:
    """Take one waiting job by its key, for somebody who does it at once instead of a worker; None if it is gone."""
    job = db.scalar(sa.select(Job).where(Job.dedupe_key == dedupe, Job.state == "queued"))
    if job:
        job.state, job.attempts, job.lease_until = "running", job.attempts + 1, clock.now() + LEASE
        db.flush()
    return job


def finish(db: Session, job_id: int) -> None:
    """The job is done: its row goes."""
    db.execute(_FINISH, {"done": job_id})


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
    wake = db.house.get("wake")
    if wake:
        db.after_commit(lambda: wake("*"))


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
