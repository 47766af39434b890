"""One step on many tickets: looked at before, done by a job, and taken back where nobody changed it since."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from app.db import Session
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.events import SYSTEM
from app.tickets import assignment, bulk, lifecycle, steps, tags
from app.tickets.bulk import Fate, Task
from app.tickets.models import Ticket
from app.tickets.undoing import Undo
from tests.console.conftest import HX
from tests.story import Desk


@pytest.fixture
def three(desk: Desk) -> list[int]:
    """Three tickets; the second one is closed."""
    numbers = [desk.customer_writes(who, "Hello", subject=f"From {who}").ticket_id or 0 for who in ("hannah", "tom")]
    numbers.append(desk.customer_writes("ayaka", "急須の蓋", subject="急須").ticket_id or 0)
    with desk.write() as db:
        lifecycle.set_status(db, db.get_one(Ticket, numbers[1]), "closed")
    return numbers


def done(desk: Desk, numbers: list[int], action: str, value: str, who: str = "mio") -> Undo:
    with desk.write() as db:
        kept = bulk.begin(db, desk.agent(who), numbers, Task(action, value)).id
    desk.work()
    with desk.read() as db:
        return db.get_one(Undo, kept)


def look_at(db: Session, desk: Desk, numbers: list[int], task: Task) -> list[Fate]:
    return bulk.preview(db, desk.agent("mio"), numbers, bulk.checked(db, desk.agent("mio"), task))


def back(desk: Desk, kept: Undo, who: str = "mio") -> Undo:
    with desk.write() as db:
        bulk.undo(db, desk.agent(who), kept.id)
    desk.work()
    with desk.read() as db:
        return db.get_one(Undo, kept.id)


def look(desk: Desk, numbers: list[int]) -> list[object]:
    with desk.read() as db:
        own = tags.of(db, numbers)
    found = [desk.ticket(n) for n in numbers]
    return [
        (t.status, t.assignee_id, t.team_id, t.priority, t.spam, t.snoozed, t.snoozed_until, t.shelf, own[t.id])
        for t in found
    ]


@pytest.mark.both
@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("status", "solved"),
        ("assignee", "kenji"),
        ("priority", "urgent"),
        ("tag", "Tea Pots"),
        ("snooze", "reply"),
        ("snooze", "in 3 days"),
        ("spam", "1"),
    ],
)
def test_each_step_is_done_and_taken_back(desk: Desk, three: list[int], action: str, value: str) -> None:
    value = str(desk.agent(value).id) if action == "assignee" else value
    with desk.write() as db:
        lifecycle.set_status(db, db.get_one(Ticket, three[0]), "open", SYSTEM)
        lifecycle.set_status(db, db.get_one(Ticket, three[2]), "open", SYSTEM)
    before = look(desk, three)
    with desk.read() as db:
        fates = look_at(db, desk, three, Task(action, value))
    kept = done(desk, three, action, value)
    assert kept.state == "done"
    assert [one["id"] for one in kept.before["was"]] == [fate.id for fate in fates if not fate.why]
    assert look(desk, three) != before
    kept = back(desk, kept)
    assert (kept.state, kept.before["stuck"]) == ("undone", [])
    assert look(desk, three) == before


def test_what_does_not_fit_is_left_out_with_its_reason(desk: Desk, three: list[int]) -> None:
    with desk.read() as db:
        fates = look_at(db, desk, [*three, 99999], Task("status", "solved"))
    assert [fate.why for fate in fates] == ["", "It is closed.", ""]
    kept = done(desk, [*three, 99999], "status", "solved")
    assert kept.before["left"] == [[three[1], "It is closed."], [99999, bulk.GONE]]
    again = done(desk, three[:1], "status", "solved")
    assert again.before["left"] == [[three[0], steps.SAME]]


def test_undoing_leaves_what_somebody_changed_since(desk: Desk, three: list[int]) -> None:
    kept = done(desk, three, "priority", "urgent")
    with desk.write() as db:
        lifecycle.set_priority(db, db.get_one(Ticket, three[0]), "low", SYSTEM)
    kept = back(desk, kept)
    assert kept.before["stuck"] == [[three[0], steps.CHANGED]]
    assert [desk.ticket(n).priority for n in three] == ["low", "normal", "normal"]


def test_a_step_that_was_cut_short_goes_on_where_it_was(desk: Desk) -> None:
    numbers = [desk.customer_writes("tom", f"{n}").ticket_id or 0 for n in range(bulk.TURN + 5)]
    with desk.write() as db:
        kept = bulk.begin(db, desk.agent("mio"), numbers, Task("priority", "high")).id
    assert bulk._turn(type("Work", (), {"database": desk.house.database})(), kept)  # and then the power failed
    with desk.read() as db:
        assert db.get_one(Undo, kept).progress == bulk.TURN
    desk.work()
    assert {desk.ticket(n).priority for n in numbers} == {"high"}


def test_moving_many_to_a_team_puts_assignees_back_too(desk: Desk, three: list[int]) -> None:
    kenji = desk.agent("kenji").id
    with desk.write() as db:
        assignment.assign(db, db.get_one(Ticket, three[0]), kenji)
        from app.accounts import teams

        board = teams.add(db, "Board", private=True).id
    kept = done(desk, three, "team", str(board))
    assert (desk.ticket(three[0]).team_id, desk.ticket(three[0]).assignee_id) == (board, None)
    back(desk, kept)
    assert (desk.ticket(three[0]).team_id, desk.ticket(three[0]).assignee_id) == (None, kenji)


def test_wrong_values_are_refused(desk: Desk, three: list[int]) -> None:
    wrong = (("status", "new"), ("status", "closed"), ("priority", "9"), ("tag", ""), ("snooze", "soon"), ("x", ""))
    for action, value in wrong:
        with pytest.raises(Invalid):
            done(desk, three, action, value)
    with pytest.raises(Invalid):
        done(desk, [], "spam", "1")
    with pytest.raises(Invalid):
        done(desk, list(range(1, bulk.MOST + 2)), "spam", "1")


def test_nobody_reaches_further_than_by_hand(desk: Desk, three: list[int]) -> None:
    before = look(desk, three)
    with pytest.raises(Forbidden):
        done(desk, three, "spam", "1", "haruka")
    kept = done(desk, three, "spam", "1", "rosa")
    assert kept.before["was"] == []
    assert look(desk, three) == before
    kept = done(desk, three, "spam", "1")
    with pytest.raises(NotFound):
        back(desk, kept, "kenji")
    back(desk, kept)
    with pytest.raises(Conflict):
        back(desk, kept)


# ── on the screen ─────────────────────────────────────────────────────────────────────────────────────


def test_from_the_list_to_the_result_and_back(desk: Desk, mio: TestClient, three: list[int]) -> None:
    assert "data-pick " in mio.get("/console/views/open").text
    page = mio.get("/console/bulk", params={"ticket": three}).text
    assert "2 of 3 tickets change." in page
    asked = {"ticket": three, "action": "priority", "priority": "high"}
    assert "3 of 3 tickets change." in mio.get("/console/bulk", params=asked, headers=HX).text
    answer = mio.post("/console/bulk", data=asked)
    assert "Being done: 0 of 3" in mio.get(answer.headers["location"]).text
    desk.work()
    page = mio.get(answer.headers["location"]).text
    assert "3 tickets were changed." in page
    assert mio.post(f"{answer.headers['location']}/undo").status_code == 303
    desk.work()
    assert "3 tickets are as they were." in mio.get(answer.headers["location"]).text
    wrong = mio.post("/console/bulk", data={"ticket": three, "action": "tag", "tag": ""})
    assert wrong.status_code == 422
    assert "A tag has 1 to 40 characters." in wrong.text


def test_all_that_match_a_view(desk: Desk, mio: TestClient, three: list[int]) -> None:
    page = mio.get("/console/bulk?all=1&view=open").text
    assert "2 of 2 tickets change." in page
    asked = {"all": "1", "view": "open", "action": "tag", "tag": "tea"}
    answer = mio.post("/console/bulk", data=asked)
    desk.work()
    assert "2 tickets were changed." in mio.get(answer.headers["location"]).text
    assert desk.signed_in("kenji").get(answer.headers["location"]).status_code == 404
