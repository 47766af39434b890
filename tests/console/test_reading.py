"""Lists and threads as agents see them, in both languages."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.accounts.models import Team
from app.demo import cast
from app.events import SYSTEM
from app.tickets import assignment, views
from app.tickets.models import Ticket
from app.tickets.search import follow, index
from tests.console.conftest import HX
from tests.story import Desk


def numbers(html: str) -> list[int]:
    """The tickets of a list, in its order."""
    return [int(n) for n in re.findall(r'<li class="row" id="row-(\d+)"', html)]


def test_a_new_message_stands_in_the_list_with_its_beginning(mio: TestClient, waiting: int) -> None:
    page = mio.get("/console/views/open")
    assert page.status_code == 200
    assert numbers(page.text) == [waiting]
    assert "Hannah Lindqvist" in page.text
    assert "The lid is loose." in page.text
    assert "Waiting for us" in page.text


@pytest.mark.both
def test_a_page_asks_the_database_few_things(desk: Desk, mio: TestClient, waiting: int) -> None:
    """However large the desk: what pages ask is what makes them slow. (Mio leads: she is also told of troubles.)"""
    asked: list[str] = []
    engine = desk.house.database.engine
    sa.event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_more: asked.append(statement))
    for path, most in (("/console/views/open", 7), (f"/console/tickets/{waiting}", 16)):
        asked.clear()
        assert mio.get(path).status_code == 200
        assert len(asked) <= most, "\n".join(asked)


def test_the_same_list_in_japanese(desk: Desk, waiting: int) -> None:
    page = desk.signed_in("kenji").get("/console/views/open")
    assert '<html lang="ja"' in page.text
    for words in ("自分の担当", "未割り当て", "返信をお待ちの方", "待ち時間の長い順"):
        assert words in page.text
    assert "My tickets" not in page.text


def test_an_empty_list_says_what_to_do_next(desk: Desk, waiting: int) -> None:
    page = desk.signed_in("mio").get("/console/views/mine")
    assert "Everyone is answered" in page.text
    assert 'href="/console/views/unassigned"' in page.text


def test_who_waits_longest_comes_first_and_the_next_page_follows_on(
    desk: Desk, mio: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PAGE", 3)
    opened = [desk.customer_writes("tom", f"Question {n}", subject=f"Question {n}").ticket_id for n in range(7)]
    html, seen = mio.get("/console/views/open").text, []
    seen += numbers(html)
    while more := re.search(r'<a class="btn" href="([^"]+)" hx-get', html):
        html = mio.get(more[1].replace("&amp;", "&"), headers=HX).text
        seen += numbers(html)
    assert seen == opened


def test_a_live_list_asks_for_as_many_pages_as_are_shown(
    desk: Desk, mio: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PAGE", 2)
    opened = [desk.customer_writes("tom", f"Question {n}").ticket_id for n in range(5)]
    again = mio.get("/console/views/open?pages=2", headers=HX)
    assert numbers(again.text) == opened[:4]


def test_a_place_that_is_none_is_refused(mio: TestClient) -> None:
    assert mio.get("/console/views/open?after=nowhere", headers=HX).status_code == 422
    assert mio.get("/console/views/everything").status_code == 404


def test_a_thread_tells_messages_notes_and_what_happened(desk: Desk, mio: TestClient, waiting: int) -> None:
    desk.agent_notes("kenji", waiting, "Lids are ground to their pot.")
    desk.agent_replies("mio", waiting, "I am asking our Uji shop.")
    page = mio.get(f"/console/tickets/{waiting}/live", headers=HX)
    assert page.text.index("The lid is loose.") < page.text.index("Lids are ground") < page.text.index("our Uji shop")
    assert "Internal note" in page.text
    assert re.search(r"Sent \d\d:\d\d", page.text)
    assert "Mio Tanabe took the ticket" in page.text
    assert "hx-ignore><p>The lid is loose.</p>" in page.text.replace("\n", "")


def test_what_a_customer_writes_is_text_and_never_markup(desk: Desk, mio: TestClient) -> None:
    hostile = '<img src=x onerror=alert(1)> <b hx-get="/console">x</b>'
    number = desk.customer_writes("tom", hostile, subject=hostile, sender='"<i>Tom</i>" <tom@weller.example>').ticket_id
    for path in (f"/console/tickets/{number}", "/console/views/open"):
        html = mio.get(path).text
        assert "<img src=x" not in html
        assert '<b hx-get="/console">' not in html
        assert "<i>Tom</i>" not in html


def test_parts_for_live_screens_leave_the_composer_alone(mio: TestClient, waiting: int) -> None:
    live = mio.get(f"/console/tickets/{waiting}/live", headers=HX)
    assert "The lid is loose." in live.text
    assert re.findall(r'<hx-partial hx-target="(.*?)"', live.text) == ["#returned", "#topic", "#panel"]
    assert "<textarea" not in live.text
    beside = mio.get(f"/console/tickets/{waiting}", headers={**HX, "hx-target": "div#desk"})
    assert "<textarea" in beside.text
    assert "<html" not in beside.text


def test_search_finds_by_number_address_name_and_subject(desk: Desk, mio: TestClient, waiting: int) -> None:
    follow.catch_up(index.of(desk.house.database))
    assert mio.get(f"/console/search?q=%23{waiting}").headers["location"] == f"/console/tickets/{waiting}"
    for words in ("hannah@fjordcafe.example", "lindqvist", "loose lid"):
        assert numbers(mio.get("/console/search", params={"q": words}).text) == [waiting]
    assert "Nothing found" in mio.get("/console/search?q=kettle").text


@pytest.mark.parametrize("path", ["", "/live", "/talk"])
def test_a_ticket_of_a_private_team_does_not_exist_for_others(desk: Desk, waiting: int, path: str) -> None:
    with desk.write() as db:
        team = db.scalar(sa.select(Team.id).where(Team.name == cast.WHOLESALE))
        assignment.move(db, db.get_one(Ticket, waiting), team, SYSTEM)
    assert desk.signed_in("mio").get(f"/console/tickets/{waiting}{path}").status_code == 200
    follow.catch_up(index.of(desk.house.database))
    assert numbers(desk.signed_in("mio").get("/console/search?q=loose").text) == [waiting]
    kenji = desk.signed_in("kenji")
    assert kenji.get(f"/console/tickets/{waiting}{path}").status_code == 404
    assert numbers(kenji.get("/console/search?q=loose").text) == []
    assert waiting not in numbers(kenji.get("/console/views/open").text)


def test_the_customer_beside_the_ticket(desk: Desk, mio: TestClient, waiting: int) -> None:
    older = desk.customer_writes("hannah", "Price list?", subject="Price list").ticket_id
    panel = mio.get(f"/console/tickets/{waiting}").text.split('<div class="panel"')[1]
    assert "hannah@fjordcafe.example" in panel
    assert "Fjord Café" in panel
    assert f"/console/tickets/{older}" in panel
    assert "No rating yet" in panel
