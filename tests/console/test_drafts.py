"""Drafts: kept on the server while one types, told to colleagues, and never lost."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.accounts.models import Team
from app.errors import Conflict
from app.events import Actor
from app.tickets import assignment, drafts, merging, replies
from app.tickets.models import Ticket
from app.tickets.unsent import Draft
from tests.console.conftest import HX
from tests.story import Desk


def typed(browser: TestClient, ticket: int, text: str, version: int = 0, kind: str = "reply", **more: str) -> object:
    return browser.post(
        f"/console/tickets/{ticket}/draft", data={"kind": kind, "body": text, "version": version} | more
    )


def texts(desk: Desk) -> list[tuple[int, str, str]]:
    with desk.read() as db:
        return [(d.ticket_id, d.kind, d.text) for d in db.scalars(sa.select(Draft).order_by(Draft.kind, Draft.text))]


@pytest.mark.both
def test_a_draft_comes_back_and_goes_when_it_is_sent(desk: Desk, mio: TestClient, waiting: int) -> None:
    first = typed(mio, waiting, "Dear Hannah").json()["version"]
    assert typed(mio, waiting, "Dear Hannah, a new lid", first).json()["version"] > first
    typed(mio, waiting, "Ask Uji first", kind="note")
    page = mio.get(f"/console/tickets/{waiting}").text
    assert "Dear Hannah, a new lid</textarea>" in page
    assert "Ask Uji first" in page
    mio.post(f"/console/tickets/{waiting}/write", data={"kind": "reply", "body": "A new lid", "seen": "99"}, headers=HX)
    assert texts(desk) == [(waiting, "note", "Ask Uji first")]
    assert all("Dear Hannah" not in m.text for m in desk.messages(waiting))


def test_an_emptied_draft_is_none(desk: Desk, mio: TestClient, waiting: int) -> None:
    version = typed(mio, waiting, "Dear").json()["version"]
    assert typed(mio, waiting, " \n", version).json()["version"] == 0
    assert texts(desk) == []


def test_colleagues_see_who_drafts_and_not_what(desk: Desk, mio: TestClient, waiting: int) -> None:
    typed(mio, waiting, "A secret thought")
    page = desk.signed_in("kenji").get(f"/console/tickets/{waiting}").text
    assert "田辺 澪さんが返信を下書き中です" in page or "Mio Tanabeさんが返信を下書き中です" in page
    assert "A secret thought" not in page
    assert "下書き" in desk.signed_in("kenji").get("/console/views/open").text
    assert "drafting" not in mio.get(f"/console/tickets/{waiting}").text


@pytest.mark.both
def test_another_window_is_said_and_its_text_is_kept_until_chosen(desk: Desk, mio: TestClient, waiting: int) -> None:
    old = typed(mio, waiting, "one").json()["version"]
    new = typed(mio, waiting, "one two", old).json()["version"]
    refused = typed(mio, waiting, "one three", old)
    assert refused.status_code == 409
    assert refused.json() == {
        "sentence": "This draft was changed in another window.",
        "gone": False,
        "text": "one two",
        "version": new,
    }
    assert texts(desk) == [(waiting, "reply", "one two")]
    assert typed(mio, waiting, "one three", new).status_code == 200


def test_what_was_sent_from_another_window_does_not_come_back(desk: Desk, mio: TestClient, waiting: int) -> None:
    version = typed(mio, waiting, "one").json()["version"]
    mio.post(f"/console/tickets/{waiting}/write", data={"kind": "reply", "body": "one", "seen": "99"}, headers=HX)
    refused = typed(mio, waiting, "one and more", version)
    assert (refused.status_code, refused.json()["gone"]) == (409, True)
    assert texts(desk) == []


@pytest.mark.both
def test_a_merge_brings_drafts_together(desk: Desk, mio: TestClient, waiting: int) -> None:
    other = desk.customer_writes("hannah", "And the saucer.", subject="The saucer").ticket_id or 0
    typed(mio, waiting, "About the lid")
    typed(mio, other, "About the saucer")
    typed(mio, other, "A note", kind="note")
    with desk.write() as db:
        merging.merge(db, desk.agent("mio"), db.get_one(Ticket, other), db.get_one(Ticket, waiting))
    assert texts(desk) == [(waiting, "note", "A note"), (waiting, "reply", "About the lid\n\nAbout the saucer")]


def test_the_text_stays_its_writer_s_when_the_ticket_is_taken_away(desk: Desk, waiting: int) -> None:
    rosa = desk.signed_in("rosa")
    with desk.write() as db:
        hers = db.scalars(sa.select(Team).order_by(Team.id)).all()
        ticket = db.get_one(Ticket, waiting)
        ticket.assignee_id = desk.agent("rosa").id
    version = typed(rosa, waiting, "My long letter").json()["version"]
    with desk.write() as db:
        private = next(team for team in hers if team.name not in _teams_of("rosa"))
        ticket = db.get_one(Ticket, waiting)
        ticket.assignee_id = None
        assignment.move(db, ticket, private.id, Actor("agent", desk.agent("mio").id))
    assert rosa.get(f"/console/tickets/{waiting}").status_code == 404
    assert typed(rosa, waiting, "My longer letter", version).status_code == 404
    page = rosa.get("/console/drafts").text
    assert "My long letter" in page
    assert "A loose lid" not in page
    assert "Your text stays here to be copied" in page
    rosa.post("/console/drafts", data={"ticket": waiting, "kind": "reply"})
    assert texts(desk) == []
    assert "No drafts" in rosa.get("/console/drafts").text


def _teams_of(who: str) -> tuple[str, ...]:
    from app.demo import cast

    return tuple(cast.STAFF[who].teams)


def test_drafts_are_refused_to_viewers_and_seen_by_nobody_else(desk: Desk, mio: TestClient, waiting: int) -> None:
    typed(mio, waiting, "Mine alone")
    haruka = desk.signed_in("haruka")
    assert typed(haruka, waiting, "Hello").status_code == 403
    for somebody in (haruka, desk.signed_in("kenji")):
        assert "Mine alone" not in somebody.get("/console/drafts").text
        somebody.post("/console/drafts", data={"ticket": waiting, "kind": "reply"})
    assert desk.visitor().get("/console/drafts").status_code == 401
    assert texts(desk) == [(waiting, "reply", "Mine alone")]
    assert typed(mio, waiting, "x", kind="both").status_code == 422
    assert typed(mio, waiting, "x" * 200_001).status_code == 422


def test_who_becomes_a_viewer_can_still_copy_the_text(desk: Desk, mio: TestClient, waiting: int) -> None:
    kenji = desk.signed_in("kenji")
    typed(kenji, waiting, "森下様へ")
    with desk.write() as db:
        db.merge(desk.agent("kenji")).role = "viewer"
    page = kenji.get(f"/console/tickets/{waiting}").text
    assert "下書きはここに残っています" in page
    assert "森下様へ" in page


def test_a_reassignment_changes_no_draft(desk: Desk, mio: TestClient, waiting: int) -> None:
    typed(mio, waiting, "Mine")
    with desk.write() as db:
        assignment.assign(db, db.get_one(Ticket, waiting), desk.agent("kenji").id, Actor("agent", desk.agent("mio").id))
        replies.note(db, db.get_one(Ticket, waiting), desk.agent("kenji"), "I take it")
    assert texts(desk) == [(waiting, "reply", "Mine")]


def test_what_is_put_back_stands_above_what_was_begun_since(desk: Desk, waiting: int) -> None:
    with desk.write() as db:
        ticket, mio = db.get_one(Ticket, waiting), desk.agent("mio")
        drafts.save(db, ticket, mio, "reply", "PS", version=0)
        drafts.put_back(db, ticket, mio, "Dear Hannah")
    assert texts(desk) == [(waiting, "reply", "Dear Hannah\n\nPS")]
    with desk.write() as db, pytest.raises(Conflict):
        drafts.save(db, db.get_one(Ticket, waiting), desk.agent("mio"), "reply", "other", version=1)
