"""Followers, linked tickets, the checklist and reminders: what stands beside the conversation."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from starlette.testclient import TestClient

from app import clock
from app.accounts.models import Team
from app.demo import cast
from app.events import SYSTEM, Actor
from app.notices.models import Notice
from app.tickets import assignment, checklist, following, merging, shaping
from app.tickets.carried import Reminder
from app.tickets.models import Ticket, TicketLink
from app.tickets.shaping import Draft
from tests.console.conftest import HX
from tests.story import Desk


def post(browser: TestClient, ticket: int, what: str, **values: object) -> object:
    return browser.post(f"/console/tickets/{ticket}/{what}", data=values, headers=HX)


def told(desk: Desk, who: str, kind: str) -> list[Notice]:
    with desk.read() as db:
        query = sa.select(Notice).where(Notice.agent_id == desk.agent(who).id, Notice.kind == kind)
        return list(db.scalars(query.order_by(Notice.id)))


def hide(desk: Desk, ticket: int) -> None:
    """Put a ticket where Kenji does not see it."""
    with desk.write() as db:
        private = db.scalar(sa.select(Team.id).where(Team.name == cast.WHOLESALE))
        assignment.move(db, db.get_one(Ticket, ticket), private, SYSTEM)


# ── followers ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both
def test_followers_are_told_of_what_is_said(desk: Desk, mio: TestClient, waiting: int) -> None:
    kenji, number = desk.signed_in("kenji"), desk.agent("kenji").id
    assert "フォローしました" in post(kenji, waiting, "followers", agent=number).text
    assert "フォロー中" in kenji.get(f"/console/tickets/{waiting}").text
    desk.customer_writes("hannah", "And it rattles.", answering=desk.messages(waiting)[0].external_id)
    desk.agent_notes("mio", waiting, "I ask the workshop.")
    kinds = [notice.place[0] for notice in told(desk, "kenji", "followed")]
    assert kinds == ["m", "n"]
    assert (
        "フォロー中のチケットに田辺" in kenji.get("/console/notices").text
        or "書き込みました" in kenji.get("/console/notices").text
    )
    post(kenji, waiting, "followers", remove=number)
    desk.agent_notes("mio", waiting, "They say tomorrow.")
    assert len(told(desk, "kenji", "followed")) == 2
    history = mio.get(f"/console/tickets/{waiting}/history").text
    assert "follows the ticket" in history
    assert "no longer follows the ticket" in history


def test_who_is_told_anyway_or_wrote_it_is_not_told_twice(desk: Desk, waiting: int) -> None:
    with desk.write() as db:
        ticket = db.get_one(Ticket, waiting)
        for who in ("kenji", "yuki", "mio"):
            following.follow(db, ticket, desk.agent(who).id, SYSTEM)
        assignment.assign(db, ticket, desk.agent("yuki").id, SYSTEM)
    desk.agent_notes("mio", waiting, f"@{cast.STAFF['kenji'].name} please look")
    assert (len(told(desk, "kenji", "mention")), len(told(desk, "kenji", "followed"))) == (1, 0)
    assert (len(told(desk, "mio", "followed")), len(told(desk, "yuki", "followed"))) == (0, 1)


def test_who_may_not_see_the_ticket_is_neither_offered_nor_told(desk: Desk, mio: TestClient, waiting: int) -> None:
    rosa = desk.agent("rosa")
    offered = mio.get(f"/console/tickets/{waiting}/followers", headers=HX).text
    assert cast.STAFF["kenji"].name in offered
    assert rosa.name not in offered
    assert "may not see it" in post(mio, waiting, "followers", agent=rosa.id).text
    assert post(mio, waiting, "followers", agent=99999).status_code == 422
    post(mio, waiting, "followers", agent=desk.agent("kenji").id)
    hide(desk, waiting)
    desk.agent_notes("mio", waiting, "Between us.")
    assert told(desk, "kenji", "followed") == []
    for who, status in (("haruka", 403), ("rosa", 404)):
        assert post(desk.signed_in(who), waiting, "followers", agent=desk.agent(who).id).status_code == status


# ── links ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def other(desk: Desk) -> int:
    return desk.customer_writes("tom", "Mine rattles too.", subject="A rattling lid").ticket_id or 0


@pytest.mark.both
def test_two_tickets_are_linked_seen_from_both_and_unlinked(
    desk: Desk, mio: TestClient, waiting: int, other: int
) -> None:
    assert "A rattling lid" in mio.get(f"/console/tickets/{waiting}/links/found?q=rattl", headers=HX).text
    assert "are linked" in post(mio, waiting, "links", to=f"#{other}", kind="parent").text
    assert "Part of" in mio.get(f"/console/tickets/{waiting}").text
    upper = mio.get(f"/console/tickets/{other}").text
    assert "A loose lid" in upper
    assert f"link-{waiting}" in upper
    post(mio, other, "status", status="solved")
    assert "is-solved" in mio.get(f"/console/tickets/{waiting}/links", headers=HX).text
    assert "linked another ticket" in mio.get(f"/console/tickets/{waiting}/history").text
    gone = post(mio, other, "links", remove=waiting)
    assert 'name="kind" value="child"' in gone.text  # the way back
    assert f"link-{other}" not in mio.get(f"/console/tickets/{waiting}").text
    post(mio, other, "links", to=waiting, kind="child")
    with desk.read() as db:
        row = db.scalars(sa.select(TicketLink)).one()
    assert (row.ticket_id, row.other_id, row.kind) == (waiting, other, "parent")


def test_links_that_cannot_be(desk: Desk, mio: TestClient, waiting: int, other: int) -> None:
    assert "with itself" in post(mio, waiting, "links", to=waiting, kind="related").text
    assert post(mio, waiting, "links", to=99999, kind="related").status_code == 404
    assert "Choose the other ticket" in post(mio, waiting, "links", to="the one", kind="related").text
    assert "Choose one of these." in post(mio, waiting, "links", to=other, kind="enemy").text
    third = desk.customer_writes("hannah", "Hello", subject="Third").ticket_id or 0
    post(mio, waiting, "links", to=other, kind="parent")
    assert "is a part of another ticket already" in post(mio, waiting, "links", to=third, kind="parent").text
    post(mio, other, "links", to=third, kind="parent")
    assert "above itself" in post(mio, third, "links", to=waiting, kind="parent").text
    post(mio, waiting, "links", to=other, kind="related")  # another kind takes the place of the first
    with desk.read() as db:
        pair = sa.select(TicketLink.kind).where(TicketLink.ticket_id == waiting)
        assert list(db.scalars(pair)) == ["related"]


def test_of_a_linked_ticket_that_may_not_be_seen_there_is_nothing(
    desk: Desk, mio: TestClient, waiting: int, other: int
) -> None:
    post(mio, waiting, "links", to=other, kind="related")
    hide(desk, other)
    page = desk.signed_in("kenji").get(f"/console/tickets/{waiting}").text
    assert "閲覧できないチケットが1件" in page
    for leak in ("A rattling lid", f"link-{other}", f"#{other}<"):
        assert leak not in page
    history = desk.signed_in("kenji").get(f"/console/tickets/{waiting}/history").text
    assert f"#{other}" not in history
    kenji = desk.signed_in("kenji")
    assert post(kenji, waiting, "links", to=other, kind="parent").status_code == 404
    assert "rattling" not in kenji.get(f"/console/tickets/{waiting}/links/found?q=rattl", headers=HX).text
    assert post(desk.signed_in("haruka"), waiting, "links", to=other, kind="related").status_code == 403


def test_solving_an_incident_offers_to_solve_its_reports(desk: Desk, mio: TestClient, waiting: int, other: int) -> None:
    report = desk.customer_writes("ayaka", "蓋", subject="蓋の件").ticket_id or 0
    for number in (other, report):
        post(mio, number, "links", to=waiting, kind="incident")
    assert "Reports of this incident" in mio.get(f"/console/tickets/{waiting}").text
    answer = post(mio, waiting, "status", status="solved").text
    assert "2 tickets that belong to it are not solved" in answer
    query = f"/console/bulk?ticket={other}&ticket={report}&action=status&status=solved"
    assert "2" in mio.get(query).text
    assert post(mio, other, "links", to=report, kind="incident").status_code == 409  # one incident each
    mio.post("/console/bulk", data={"ticket": [other, report], "action": "status", "status": "solved"})
    desk.work()
    assert {desk.ticket(n).status for n in (other, report)} == {"solved"}


# ── checklist ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both
def test_a_checklist_is_made_ticked_ordered_and_told(desk: Desk, mio: TestClient, waiting: int) -> None:
    post(mio, waiting, "checks", add="Ask the workshop\nPack it")
    with desk.read() as db:
        first, second = checklist.of(db, waiting)
    assert (first.text, second.text) == ("Ask the workshop", "Pack it")
    post(mio, waiting, "checks", tick=first.id)
    assert 'aria-checked="true"' in mio.get(f"/console/tickets/{waiting}").text
    assert "1 / 2" in mio.get(f"/console/tickets/{waiting}").text
    post(mio, waiting, "checks", up=second.id)
    with desk.read() as db:
        assert [c.text for c in checklist.of(db, waiting)] == ["Pack it", "Ask the workshop"]
    gone = post(mio, waiting, "checks", remove=first.id)
    assert 'value="Ask the workshop"' in gone.text
    post(mio, waiting, "checks", add="Ask the workshop", done="1")  # what Undo posts
    with desk.read() as db:
        assert [(c.text, c.done_at is not None) for c in checklist.of(db, waiting)] == [
            ("Pack it", False),
            ("Ask the workshop", True),
        ]
    history = mio.get(f"/console/tickets/{waiting}/history").text
    for words in ("put “Pack it” on the checklist", "ticked “Ask the workshop” off", "moved “Pack it”"):
        assert words in history


def test_what_a_checklist_refuses(desk: Desk, mio: TestClient, waiting: int, other: int) -> None:
    assert "1 to 200 characters" in post(mio, waiting, "checks", add="  ").text
    assert "1 to 200 characters" in post(mio, waiting, "checks", add="x" * 201).text
    assert "at most 100" in post(mio, waiting, "checks", add="\n".join(f"step {n}" for n in range(101))).text
    post(mio, other, "checks", add="Theirs")
    with desk.read() as db:
        [theirs] = checklist.of(db, other)
    assert post(mio, waiting, "checks", tick=theirs.id).status_code == 404  # of another ticket
    for who, status in (("haruka", 403), ("rosa", 404)):
        assert post(desk.signed_in(who), other, "checks", tick=theirs.id).status_code == status
    assert 'name="tick"' not in desk.signed_in("haruka").get(f"/console/tickets/{other}").text


@pytest.mark.both
def test_what_a_ticket_carries_goes_along_in_a_merge_and_comes_back(desk: Desk, waiting: int, other: int) -> None:
    mio, kenji = desk.agent("mio"), desk.agent("kenji")
    by = Actor("agent", mio.id)
    with desk.write() as db:
        shaping.add(db, "order", "text", Draft({"en": "Order"}, {}), SYSTEM)
        source, target = db.get_one(Ticket, other), db.get_one(Ticket, waiting)
        source.fields = {"order": "TK-1", "old": "x"}
        target.fields = {"old": "y"}
        checklist.add(db, source, "Pack it", by)
        following.follow(db, source, kenji.id, by)
    with desk.write() as db:
        kept = merging.merge(db, mio, db.get_one(Ticket, other), db.get_one(Ticket, waiting))
        number = kept.id
    with desk.read() as db:
        assert [c.text for c in checklist.of(db, waiting)] == ["Pack it"]
        assert following.of(db, waiting) == [kenji.id]
        assert db.get_one(Ticket, waiting).fields == {"order": "TK-1", "old": "y"}
    with desk.write() as db:
        merging.unmerge(db, mio, number)
    with desk.read() as db:
        assert [c.text for c in checklist.of(db, other)] == ["Pack it"]
        assert (following.of(db, waiting), following.of(db, other)) == ([], [kenji.id])
        assert db.get_one(Ticket, waiting).fields == {"old": "y"}


# ── reminders ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both
def test_a_reminder_comes_at_its_time_to_whoever_made_it(desk: Desk, waiting: int) -> None:
    kenji = desk.signed_in("kenji")
    made = post(kenji, waiting, "reminders", until="3日後", about="職人に電話")
    assert "リマインダーを設定しました" in made.text
    assert "職人に電話" in kenji.get("/console/reminders").text
    assert "職人に電話" in kenji.get(f"/console/tickets/{waiting}").text
    assert "職人に電話" not in desk.signed_in("mio").get(f"/console/tickets/{waiting}").text  # one's own
    desk.work()
    assert told(desk, "kenji", "reminder") == []
    with time_machine.travel(clock.now() + timedelta(days=4), tick=False):
        desk.work()
        [notice] = told(desk, "kenji", "reminder")
        assert notice.who == "職人に電話"
        assert "リマインダー：職人に電話" in kenji.get("/console/notices").text
        assert "職人に電話" not in kenji.get("/console/reminders").text


def test_a_reminder_is_taken_away_only_by_its_owner(desk: Desk, mio: TestClient, waiting: int) -> None:
    post(mio, waiting, "reminders", until="tomorrow")
    with desk.read() as db:
        [number] = db.scalars(sa.select(Reminder.id))
    kenji = desk.signed_in("kenji")
    assert post(kenji, waiting, "reminders", forget=number).status_code == 404
    assert kenji.post("/console/reminders", data={"forget": number}).status_code == 404
    assert "The reminder is gone" in post(mio, waiting, "reminders", forget=number).text
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        desk.work()
        assert told(desk, "mio", "reminder") == []


def test_a_reminder_of_a_ticket_that_may_no_longer_be_seen_is_not_told(desk: Desk, waiting: int) -> None:
    post(desk.signed_in("kenji"), waiting, "reminders", until="明日")
    hide(desk, waiting)
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        desk.work()
        assert told(desk, "kenji", "reminder") == []


@pytest.mark.parametrize("until", ["", "someday", "yesterday", "in 9999 days"])
def test_a_time_that_is_none_makes_no_reminder(desk: Desk, mio: TestClient, waiting: int, until: str) -> None:
    assert post(mio, waiting, "reminders", until=until).status_code == 422
    with desk.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Reminder)) == 0
