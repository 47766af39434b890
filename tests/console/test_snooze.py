"""Snooze: a ticket sleeps until its time or until the customer writes, wakes where it was, and says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from starlette.testclient import TestClient

from app import clock
from app.errors import Conflict, Invalid
from app.events import Actor, Event
from app.jobs import queue
from app.tickets import lifecycle, snooze, views
from app.tickets.models import Ticket
from tests.console.conftest import HX
from tests.story import Desk

MIO = Actor("agent", 1)


def sleep(desk: Desk, ticket: int, until: datetime | None) -> None:
    with desk.write() as db:
        snooze.snooze(db, db.get_one(Ticket, ticket), until, MIO)


def listed(desk: Desk, view: str) -> list[int]:
    with desk.read() as db:
        return [row.id for row in views.rows(db, desk.agent("mio"), views.BY_KEY[view])]


def story(desk: Desk, ticket: int) -> list[tuple[str, str]]:
    with desk.read() as db:
        found = db.scalars(sa.select(Event).where(Event.ticket_id == ticket).order_by(Event.id)).all()
    return [(e.kind, e.data.get("why", "")) for e in found if e.kind in ("ticket.snoozed", "ticket.woke")]


@pytest.mark.both
def test_it_leaves_the_desk_and_wakes_at_its_time_where_it_was(desk: Desk, waiting: int) -> None:
    second = desk.customer_writes("tom", "Hello").ticket_id or 0
    before = listed(desk, "open")
    until = clock.now() + timedelta(hours=3)
    sleep(desk, waiting, until)
    assert listed(desk, "open") == [second]
    assert listed(desk, "snoozed") == [waiting]
    with desk.read() as db:
        assert views.counts(db, desk.agent("mio")).views["snoozed"] == 1
    desk.work()  # not yet
    assert listed(desk, "snoozed") == [waiting]
    with time_machine.travel(until + timedelta(seconds=1), tick=False):
        desk.work()
    assert listed(desk, "open") == before
    assert story(desk, waiting) == [("ticket.snoozed", ""), ("ticket.woke", "time")]


@pytest.mark.both
def test_a_time_that_was_changed_counts_alone(desk: Desk, waiting: int) -> None:
    now = clock.now()
    sleep(desk, waiting, now + timedelta(hours=1))
    sleep(desk, waiting, now + timedelta(hours=5))
    with time_machine.travel(now + timedelta(hours=2), tick=False):
        desk.work()
        assert desk.ticket(waiting).snoozed
    with time_machine.travel(now + timedelta(hours=6), tick=False):
        desk.work()
        assert not desk.ticket(waiting).snoozed


@pytest.mark.both
def test_the_customer_wakes_it(desk: Desk, waiting: int) -> None:
    sent = desk.agent_replies("mio", waiting, "We look into it.")
    sleep(desk, waiting, None)
    assert listed(desk, "snoozed") == [waiting]
    desk.customer_writes("hannah", "One more thing", answering=sent.external_id)
    assert (desk.ticket(waiting).shelf, desk.ticket(waiting).status) == ("desk", "open")
    assert story(desk, waiting) == [("ticket.snoozed", ""), ("ticket.woke", "customer_wrote")]


def test_the_job_waits_in_the_database_so_a_restart_forgets_nothing(desk: Desk, waiting: int) -> None:
    until = clock.now() + timedelta(days=1)
    sleep(desk, waiting, until)
    with desk.write() as db:
        queue.release_all(db)  # what a start does
        job = db.scalars(sa.select(queue.Job).where(queue.Job.kind == "tickets.wake")).one()
        assert (job.state, job.run_at, job.payload) == ("queued", until, {"ticket": waiting})


def test_what_cannot_sleep(desk: Desk, waiting: int) -> None:
    with desk.write() as db:
        ticket = db.get_one(Ticket, waiting)
        with pytest.raises(Invalid):
            snooze.snooze(db, ticket, clock.now() - timedelta(minutes=1), MIO)
        with pytest.raises(Invalid):
            snooze.snooze(db, ticket, clock.now() + timedelta(days=900), MIO)
        lifecycle.solve(db, ticket, MIO)
        with pytest.raises(Conflict):
            snooze.snooze(db, ticket, None, MIO)


def test_solving_ends_the_sleep(desk: Desk, waiting: int) -> None:
    sleep(desk, waiting, None)
    with desk.write() as db:
        lifecycle.solve(db, db.get_one(Ticket, waiting), MIO)
    assert (desk.ticket(waiting).snoozed, desk.ticket(waiting).shelf) == (False, "done")


@time_machine.travel(datetime(2026, 11, 18, 5, 5, tzinfo=UTC), tick=False)  # Wednesday 14:05 in Tokyo
def test_from_the_menu_with_undo(desk: Desk, mio: TestClient, waiting: int) -> None:
    url = f"/console/tickets/{waiting}/snooze"
    page = mio.get(f"/console/tickets/{waiting}").text
    assert [t for t in ("18:00", "Thu, Nov 19 09:00", "Mon, Nov 23 09:00", "Wed, Nov 25 09:00") if t not in page] == []
    answer = mio.post(url, data={"until": "next Friday 3pm"}, headers=HX)
    assert f"#{waiting} sleeps until Fri, Nov 27 15:00" in answer.text
    assert 'name="wake"' in answer.text
    assert desk.ticket(waiting).snoozed_until == datetime(2026, 11, 27, 6, tzinfo=UTC)
    row = mio.get("/console/views/snoozed").text
    assert "Fri, Nov 27 15:00" in row
    answer = mio.post(url, data={"reply": "1"}, headers=HX)
    assert "until the customer writes" in answer.text
    assert 'name="until" value="2026-11-27 15:00"' in answer.text  # what Undo posts
    mio.post(url, data={"wake": "1"}, headers=HX)
    assert not desk.ticket(waiting).snoozed
    mio.post(url, data={"until": "tomorrow"}, headers=HX)  # a preset's key
    assert desk.ticket(waiting).snoozed_until == datetime(2026, 11, 19, 0, tzinfo=UTC)


def test_words_that_cannot_be_read_are_said_with_examples(desk: Desk, mio: TestClient, waiting: int) -> None:
    answer = mio.post(f"/console/tickets/{waiting}/snooze", data={"until": "そのうち <b>"}, headers=HX)
    assert answer.status_code == 422
    assert "“そのうち &lt;b&gt;” is no time that can be read. Try “tomorrow 9am”" in answer.text
    assert not desk.ticket(waiting).snoozed
    assert "no time" in mio.get("/console/snooze?until=soon").text
    assert "09:00" in mio.get("/console/snooze?until=%E6%98%8E%E6%97%A59%E6%99%82").text
    assert mio.get("/console/snooze").text == ""


def test_viewers_and_strangers_let_nothing_sleep(desk: Desk, waiting: int) -> None:
    for who, status in (("haruka", 403), ("rosa", 404)):
        answer = desk.signed_in(who).post(f"/console/tickets/{waiting}/snooze", data={"reply": "1"}, headers=HX)
        assert answer.status_code == status
    assert desk.visitor().post(f"/console/tickets/{waiting}/snooze", data={"reply": "1"}, headers=HX).status_code == 401
    assert not desk.ticket(waiting).snoozed
