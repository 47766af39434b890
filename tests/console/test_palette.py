"""The palette: what one half remembers and what one wants to do, in either language, and nothing one may not see."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.accounts import agents, teams
from app.customers.models import Customer
from app.events import Actor
from app.tickets import assignment, recall
from app.tickets.models import Ticket
from tests.story import Desk


def asked(client: TestClient, q: str = "", **more: object) -> list[str]:
    """The lines that the palette answers with, as words alone."""
    answer = client.get(f"/console/palette?{urlencode({'q': q, **more})}")
    assert answer.status_code == 200, answer.text
    lines = re.findall(r'<(?:a|button)[^>]*role="option".*?</(?:a|button)>', answer.text, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", re.sub("</?mark>", "", line)).split()) for line in lines]


@pytest.mark.both
@pytest.mark.parametrize("words", ["森下", "もりし", "モリシタ", "ﾓﾘｼﾀ", "morishita", "morish", "ayaka@"])
def test_a_customer_is_found_however_the_name_is_written(desk: Desk, mio: TestClient, words: str) -> None:
    desk.customer_writes("ayaka", "蓋がゆるいです。", subject="急須の蓋")
    with desk.write() as db:
        customer = db.get_one(Customer, desk.customer("ayaka").id)
        customer.name, customer.reading = "森下 彩香", "もりした あやか"
    assert any("森下 彩香 もりした あやか" in line for line in asked(mio, words))


@pytest.mark.both
def test_a_ticket_is_found_by_number_and_subject(desk: Desk, mio: TestClient, waiting: int) -> None:
    line = f"A loose lid Hannah Lindqvist #{waiting}"
    assert line in asked(mio, f"#{waiting}")
    assert line in asked(mio, "LOOSE")
    assert asked(mio, "100%") == ["Search every message for “100%” ⌘↵"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("assign", "Assign to me"),
        ("担当", "Assign to me"),
        ("solvd", "Status: Solved"),
        ("かいけつ", ""),
        ("解決", "Status: Solved"),
        ("じょうたい", "Status: Solved"),
        ("set", "Settings: Agents"),
        ("せってい", "Settings: Agents"),
        ("tantou", "Assign to me"),
    ],
)
def test_a_command_is_found_by_either_language_and_by_its_reading(
    desk: Desk, mio: TestClient, waiting: int, words: str, line: str
) -> None:
    lines = asked(mio, words, ticket=waiting)
    assert not line or line in lines, lines
    assert lines[-1].startswith("Search every message")


def test_the_words_are_the_reader_s(desk: Desk, waiting: int) -> None:
    lines = asked(desk.signed_in("yuki"), "assign", ticket=waiting)
    assert "自分を担当者にする" in lines


@pytest.mark.both
def test_nobody_finds_what_they_may_not_see(desk: Desk, waiting: int) -> None:
    with desk.write() as db:
        boss = agents.find(db, desk.agent("mio").email)
        assert boss
        team = teams.add(db, "Secret", private=True, members=[boss.id])
        assignment.move(db, db.get_one(Ticket, waiting), team.id, Actor("agent", boss.id))
    kenji = desk.signed_in("kenji")
    for words in ("loose", f"#{waiting}", "hannah", "lindqvist", "secret"):
        assert len(asked(kenji, words)) == 1, words  # the way to search alone
    assert asked(kenji, "", recent=f"{waiting}", ticket=waiting) == asked(kenji)
    assert any("A loose lid" in line for line in asked(desk.signed_in("mio"), "loose"))


def test_viewers_are_offered_no_steps_and_agents_no_settings(desk: Desk, waiting: int) -> None:
    answer = desk.signed_in("haruka").get(f"/console/palette?ticket={waiting}").text
    assert "/console/views/mine" in answer
    assert "hx-post" not in answer
    assert 'data-press="r"' not in answer
    assert "/console/settings" not in answer
    assert "hx-post" in desk.signed_in("mio").get(f"/console/palette?ticket={waiting}").text
    assert not [line for line in asked(desk.signed_in("kenji"), "settings") if line.startswith("Settings")]


def test_with_nothing_typed_the_tickets_of_late_come_first(desk: Desk, mio: TestClient, waiting: int) -> None:
    other = desk.customer_writes("tom", "Hello", subject="Another matter").ticket_id
    lines = asked(mio, "", recent=f"{other},{waiting},999999,x")
    assert lines[0].startswith("Another matter")
    assert lines[1] == f"A loose lid Hannah Lindqvist #{waiting}"


def test_a_strange_question_is_answered_calmly(desk: Desk, mio: TestClient) -> None:
    for words in ("<b>", "%", "_", "\\", "'", "x" * 5000, "🍵", "　"):
        assert mio.get(f"/console/palette?{urlencode({'q': words})}").status_code == 200
    assert "<b>" not in mio.get("/console/palette?q=%3Cb%3E").text.replace("&lt;b&gt;", "")


def test_a_large_desk_costs_two_statements(desk: Desk, mio: TestClient) -> None:
    seen: list[str] = []
    sa.event.listen(desk.house.database.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    mio.get("/console/palette?q=mori")
    assert len([s for s in seen if "customers" in s]) == 2
    assert recall.spellings("mori") == ["mori", "もり", "モリ"]
