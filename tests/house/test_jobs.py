"""Jobs: enqueued with the business, done once, retried, dead, deduplicated, left by a crash."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import clock, main
from app.errors import Unavailable
from app.jobs import queue
from app.jobs.queue import Job
from app.jobs.worker import Lane, Retry, Work, Worker

pytestmark = pytest.mark.both


def worker(house: main.House, **handlers: object) -> Worker:
    return Worker(house.database, handlers, (Lane("work", batch=4),))  # type: ignore[arg-type]


def jobs(house: main.House) -> list[Job]:
    with house.database.read() as db:
        return list(db.scalars(sa.select(Job).order_by(Job.id)))


def test_a_job_exists_only_when_its_reason_was_committed(house: main.House) -> None:
    with pytest.raises(RuntimeError), house.database.transaction() as db:
        queue.enqueue(db, "tell")
        raise RuntimeError
    assert jobs(house) == []


def test_a_job_is_done_and_gone(house: main.House) -> None:
    told: list[str] = []
    with house.database.transaction() as db:
        queue.enqueue(db, "tell", who="Mio")
    assert worker(house, tell=lambda work, who: told.append(who)).run_until_idle() == 1
    assert (told, jobs(house)) == (["Mio"], [])


def test_what_a_job_writes_and_its_end_are_one_commit(house: main.House) -> None:
    def tell(work: Work) -> None:
        with work.finishing() as db:
            queue.enqueue(db, "next", lane="other")
            raise RuntimeError("the power fails")

    with house.database.transaction() as db:
        queue.enqueue(db, "tell")
    worker(house, tell=tell).run_until_idle(1)
    assert [(job.kind, job.state, job.attempts) for job in jobs(house)] == [("tell", "queued", 1)]


def test_a_failed_job_is_tried_later_and_ends_among_the_dead(house: main.House) -> None:
    def tell(work: Work) -> None:
        raise ValueError("no")

    with house.database.transaction() as db:
        queue.enqueue(db, "tell")
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(queue.MAX_ATTEMPTS):
            assert worker(house, tell=tell).run_until_idle() == 1
            traveller.shift(timedelta(hours=2))
        assert worker(house, tell=tell).run_until_idle() == 0
    (dead,) = jobs(house)
    assert (dead.state, dead.attempts, dead.last_error) == ("dead", queue.MAX_ATTEMPTS, "ValueError: no")
    with house.database.transaction() as db:
        queue.revive(db, dead.id)
    told: list[bool] = []
    worker(house, tell=lambda work: told.append(True)).run_until_idle()
    assert told


def test_a_handler_chooses_when_it_is_tried_again(house: main.House) -> None:
    when = clock.now() + timedelta(minutes=7)

    def tell(work: Work) -> None:
        raise Retry("asked to wait", when)

    with house.database.transaction() as db:
        queue.enqueue(db, "tell")
    worker(house, tell=tell).run_until_idle()
    assert abs(jobs(house)[0].run_at - when) < timedelta(milliseconds=1)


def test_the_same_job_is_not_added_twice_while_it_waits(house: main.House) -> None:
    for _ in range(3):
        with house.database.transaction() as db:
            queue.enqueue(db, "tell", dedupe="tell-once")
    assert len(jobs(house)) == 1
    worker(house, tell=lambda work: None).run_until_idle()
    with house.database.transaction() as db:
        queue.enqueue(db, "tell", dedupe="tell-once")
    assert len(jobs(house)) == 1


def test_a_job_whose_worker_died_is_done_by_another(house: main.House) -> None:
    with house.database.transaction() as db:
        queue.enqueue(db, "tell")
    with house.database.transaction() as db:
        assert len(queue.claim(db, "work")) == 1  # and then the process is gone
    told: list[bool] = []
    other = worker(house, tell=lambda work: told.append(True))
    assert other.run_until_idle() == 0
    with time_machine.travel(clock.now() + queue.LEASE + timedelta(seconds=1)):
        assert other.run_until_idle() == 1
    assert told == [True]


def test_two_workers_never_take_the_same_job(house: main.House) -> None:
    with house.database.transaction() as db:
        for number in range(60):
            queue.enqueue(db, "tell", number=number)
    told: list[int] = []
    threads = [
        threading.Thread(target=worker(house, tell=lambda work, number: told.append(number)).run_until_idle)
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == list(range(60))


def test_a_running_worker_is_woken_and_stops_when_told(house: main.House) -> None:
    told = threading.Event()
    running = Worker(house.database, {"tell": lambda work: told.set()}, (Lane("work"),), poll_seconds=60)
    house.database.house["hands"] = running
    running.start()
    with house.database.transaction() as db:
        queue.enqueue(db, "tell")
    assert told.wait(60)
    running.stop()
    assert not any(thread.is_alive() for thread in running._threads)


def test_a_job_that_was_put_off_is_done_without_anybody_waking_its_lane(house: main.House) -> None:
    told = threading.Event()
    lanes = (Lane("other"), Lane("work"))
    running = Worker(house.database, {"tell": lambda work: told.set()}, lanes, poll_seconds=0.05)
    with house.database.transaction() as db:
        queue.enqueue(db, "tell", run_at=clock.now() + timedelta(seconds=0.5))
    running.start()
    assert told.wait(60)
    running.stop()


def test_which_lanes_have_something_to_do(house: main.House) -> None:
    with house.database.transaction() as db:
        queue.enqueue(db, "tell", lane="due")
        queue.enqueue(db, "tell", lane="later", run_at=clock.now() + timedelta(minutes=1))
        queue.enqueue(db, "tell", lane="left")
        queue.claim(db, "left")
    lanes = ("left", "later", "due", "empty")
    with house.database.read() as db:
        assert queue.lanes_due(db, lanes) == ["due"]
        with time_machine.travel(clock.now() + queue.LEASE + timedelta(seconds=1)):
            assert queue.lanes_due(db, lanes) == ["left", "later", "due"]


def test_a_job_waits_as_long_as_the_house_is_at_fault_and_is_then_done(house: main.House) -> None:
    away, told = [True], []

    def tell(work: Work) -> None:
        if away[0]:
            raise Unavailable("Files cannot be stored now.")
        told.append(True)

    with house.database.transaction() as db:
        queue.enqueue(db, "tell")
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(queue.MAX_ATTEMPTS * 3):
            assert worker(house, tell=tell).run_until_idle() == 1
            traveller.shift(queue.PAUSE)
        away[0] = False
        worker(house, tell=tell).run_until_idle()
    assert told == [True]
