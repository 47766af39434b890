"""Undo send and send later: held on the server, sent as it was on the screen, stopped when it should be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from starlette.testclient import TestClient

from app.tickets import holding, lifecycle
from app.tickets.models import Ticket
from app.tickets.unsent import Draft, HeldReply
from tests.console.conftest import HX
from tests.story import Desk

pytestmark = pytest.mark.desk(undo_send_seconds=10)
NOON = datetime(2030, 1, 16, 3, 0, tzinfo=UTC)  # a Wednesday, noon in Tokyo


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Coordinates]:
    """Time stands still until a story moves it."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def write(browser: TestClient, ticket: int, text: str = "It leaves today.", **fields: str) -> object:
    data = {"kind": "reply", "body": text, "seen": "999"} | fields
    return browser.post(f"/console/tickets/{ticket}/write", data=data, headers=HX)


def held(desk: Desk) -> list[HeldReply]:
    with desk.read() as db:
        return list(db.scalars(sa.select(HeldReply).order_by(HeldReply.id)))


def sent(desk: Desk, ticket: int) -> list[str]:
    return [m.text for m in desk.messages(ticket) if m.sender_kind == "agent"]


@pytest.mark.both
def test_a_reply_leaves_when_its_moment_for_undoing_is_over(
    desk: Desk, mio: TestClient, waiting: int, now: time_machine.Coordinates
) -> None:
    answer = write(mio, waiting)
    assert "Sending the reply" in answer.text
    assert 'data-stay="8"' in answer.text
    assert json.loads(answer.headers["hx-trigger"])["sent"] == {"ticket": waiting, "kind": "reply"}
    desk.work()
    assert sent(desk, waiting) == []
    assert desk.ticket(waiting).status == "new"
    page = mio.get(f"/console/tickets/{waiting}").text
    assert "Leaves in a moment" in page
    now.shift(timedelta(seconds=11))
    desk.work()
    assert sent(desk, waiting) == ["It leaves today."]
    assert [d.state for d in desk.deliveries(waiting)][-1] == "sent"
    assert held(desk) == []


@pytest.mark.both
def test_undo_makes_it_a_draft_again_and_nothing_leaves(
    desk: Desk, mio: TestClient, waiting: int, now: time_machine.Coordinates
) -> None:
    mio.post(
        f"/console/tickets/{waiting}/write",
        data={"kind": "reply", "body": "See here.", "seen": "999", "then": "solved"},
        files=[("files", ("slip.pdf", b"%PDF-1.4", "application/pdf"))],
        headers=HX,
    )
    number = held(desk)[0].id
    answer = mio.post(f"/console/held/{number}/undo", headers=HX)
    assert json.loads(answer.headers["hx-trigger"])["undone"] == {"ticket": waiting, "kind": "reply"}
    now.shift(timedelta(seconds=60))
    desk.work()
    assert (sent(desk, waiting), held(desk), desk.ticket(waiting).status) == ([], [], "new")
    draft = mio.get(f"/console/tickets/{waiting}/draft").json()["reply"]
    assert (draft["text"], [f["name"] for f in draft["files"]]) == ("See here.", ["slip.pdf"])
    write(mio, waiting, "See here.", kept=draft["files"][0]["blob"])
    now.shift(timedelta(seconds=11))
    desk.work()
    page = mio.get(f"/console/tickets/{waiting}").text
    assert "slip.pdf" in page
    assert sent(desk, waiting) == ["See here."]
    too_late = mio.post(f"/console/held/{number}/undo", headers=HX)
    assert "It is too late" in too_late.text


@pytest.mark.both
def test_send_later_waits_for_words_of_time_and_can_leave_at_once(
    desk: Desk, mio: TestClient, waiting: int, now: time_machine.Coordinates
) -> None:
    answer = write(mio, waiting, later="tomorrow 9am", then="solved")
    assert "waits until" in answer.text
    assert held(desk)[0].leave_at == datetime(2030, 1, 17, 0, 0, tzinfo=UTC)
    assert "Waits until Thu, Jan 17 09:00" in mio.get(f"/console/tickets/{waiting}").text
    now.shift(timedelta(hours=20))
    desk.work()
    assert sent(desk, waiting) == []
    now.shift(timedelta(hours=2))
    desk.work()
    assert sent(desk, waiting) == ["It leaves today."]
    assert desk.ticket(waiting).status == "solved"
    write(mio, waiting, "A second one", later="tomorrow")
    assert mio.post(f"/console/held/{held(desk)[0].id}/send", headers=HX).status_code == 204
    desk.work()
    assert sent(desk, waiting)[-1] == "A second one"


def test_a_time_that_cannot_be_read_keeps_the_text(desk: Desk, mio: TestClient, waiting: int) -> None:
    for words in ("when pigs fly", "2020-01-01"):
        answer = write(mio, waiting, later=words)
        assert answer.status_code == 422
    assert held(desk) == []


@pytest.mark.both
def test_the_customer_s_word_stops_what_waits_for_tomorrow(
    desk: Desk, mio: TestClient, waiting: int, now: time_machine.Coordinates
) -> None:
    desk.agent_replies("kenji", waiting, "One moment.")
    ours = desk.messages(waiting)[-1].external_id
    write(mio, waiting, "Shall we?", later="tomorrow")
    desk.customer_writes("hannah", "It fits now!", subject="Re: A loose lid", answering=ours)
    assert "Not sent: the customer wrote meanwhile." in mio.get(f"/console/tickets/{waiting}").text
    now.shift(timedelta(days=1))
    desk.work()
    assert sent(desk, waiting) == ["One moment."]
    assert [(h.state, h.why) for h in held(desk)] == [("stopped", "customer_wrote")]
    page = desk.signed_in("kenji").get(f"/console/tickets/{waiting}").text
    assert "未送信：その間にお客様からメッセージが届きました。" in page
    mio.post(f"/console/held/{held(desk)[0].id}/send", headers=HX)
    assert sent(desk, waiting)[-1] == "Shall we?"


def test_what_can_no_longer_be_sent_stops_with_the_reason(
    desk: Desk, mio: TestClient, waiting: int, now: time_machine.Coordinates
) -> None:
    write(mio, waiting, later="tomorrow")
    with desk.write() as db:
        ticket = db.get_one(Ticket, waiting)
        lifecycle.set_status(db, ticket, "solved")
        lifecycle.set_status(db, ticket, "closed")
    now.shift(timedelta(days=1))
    desk.work()
    assert [h.why for h in held(desk)] == ["shut"]
    assert "Not sent: the ticket was closed" in mio.get(f"/console/tickets/{waiting}").text
    refused = mio.post(f"/console/held/{held(desk)[0].id}/send", headers=HX)
    assert "This ticket is closed" in refused.text
    assert sent(desk, waiting) == []


def test_the_writer_of_what_waits_must_still_be_allowed(
    desk: Desk, waiting: int, now: time_machine.Coordinates
) -> None:
    write(desk.signed_in("kenji"), waiting, "お待たせしました。", later="tomorrow")
    with desk.write() as db:
        db.merge(desk.agent("kenji")).role = "viewer"
    now.shift(timedelta(days=1))
    desk.work()
    assert [h.why for h in held(desk)] == ["writer"]
    assert sent(desk, waiting) == []


def test_nobody_else_touches_what_waits(desk: Desk, mio: TestClient, waiting: int) -> None:
    write(mio, waiting, later="tomorrow")
    number = held(desk)[0].id
    for step in ("undo", "send"):
        assert desk.signed_in("haruka").post(f"/console/held/{number}/{step}", headers=HX).status_code == 403
        assert desk.signed_in("rosa").post(f"/console/held/{number}/{step}", headers=HX).status_code == 404
        assert desk.visitor().post(f"/console/held/{number}/{step}", headers=HX).status_code == 401
    assert desk.signed_in("rosa").get(f"/console/tickets/{waiting}/draft").status_code == 404
    assert len(held(desk)) == 1
    with desk.read() as db:
        assert db.scalars(sa.select(Draft)).all() == []


def test_nothing_of_it_is_seen_outside_before_it_leaves(desk: Desk, mio: TestClient, waiting: int) -> None:
    write(mio, waiting, "Not yet", later="tomorrow")
    assert all(m.text != "Not yet" for m in desk.messages(waiting))
    ticket = desk.ticket(waiting)
    assert (ticket.first_response_at, ticket.assignee_id, ticket.messages_count) == (None, None, 1)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"later": True, "newer": True, "allowed": True, "shut": False}, "customer_wrote"),
        ({"later": False, "newer": True, "allowed": True, "shut": False}, ""),
        ({"later": True, "newer": False, "allowed": False, "shut": False}, "writer"),
        ({"later": False, "newer": False, "allowed": False, "shut": True}, "shut"),
        ({"later": True, "newer": False, "allowed": True, "shut": False}, ""),
    ],
)
def test_what_hinders(state: dict[str, bool], why: str) -> None:
    assert holding.hindrance(**state) == why
