"""Macros: written on a page, looked at, applied, taken back; what cannot be done is said and left out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.accounts import agents
from app.demo import cast
from app.events import SYSTEM
from app.tickets import lifecycle, macros, tags
from app.tickets.models import Ticket
from tests.readymade.conftest import HX, head, team
from tests.story import Desk

HOME = "/console/settings/macros"
STEPS = (
    {"do": "assignee", "value": "me"},
    {"do": "priority", "value": "high"},
    {"do": "tag", "value": "refund"},
    {"do": "status", "value": "waiting_other", "reason": "The bank takes three days"},
)


def prepare(desk: Desk, actions: Any = STEPS, note: str = "", who: str = "mio", **more: Any) -> int:
    with desk.write() as db:
        agent = agents.find(db, cast.STAFF[who].email)
        assert agent is not None
        return macros.save(db, agent, None, head(**{"name": "Refund", "texts": {}} | more), actions, note).id


def act(browser: TestClient, ticket: int, macro: int, **fields: Any) -> Any:
    return browser.post(f"/console/tickets/{ticket}/macros/{macro}", data=fields, headers=HX)


def state(desk: Desk, number: int) -> tuple[Any, ...]:
    found = desk.ticket(number)
    with desk.read() as db:
        return found.status, found.priority, found.assignee_id, tags.of(db, [number])[number]


@pytest.mark.both
def test_what_will_change_is_shown_then_done_and_taken_back_as_one(desk: Desk, mio: TestClient, waiting: int) -> None:
    number = prepare(desk, note="Asked of the bank for #{{ticket.number}}.", texts={"en": "Dear {{customer.name}}"})
    before = state(desk, waiting)
    look = mio.get(f"/console/tickets/{waiting}/macros/{number}", headers=HX).text
    for said in (
        "Mio Tanabe",
        "High",
        "refund",
        "Waiting for somebody else (The bank takes three days)",
        "Dear Hannah",
    ):
        assert said in look
    assert state(desk, waiting) == before
    answer = act(mio, waiting, number)
    assert state(desk, waiting) == ("waiting_other", "high", desk.agent("mio").id, ["refund"])
    assert desk.notes(waiting)[-1].text == f"Asked of the bank for #{waiting}."
    assert f'data-insert="{waiting}"' in answer.text
    assert f"Dear {cast.BY_KEY['hannah'].name}" in answer.text
    assert [m.sender_kind for m in desk.messages(waiting)] == ["customer", "system"]  # nothing is sent by itself
    history = mio.get(f"/console/tickets/{waiting}/history").text
    assert "The bank takes three days" in history
    way = re.search(r"/console/undo/\d+", answer.text)
    assert way
    assert way[0] in history
    assert mio.post(way[0], headers=HX).status_code == 200
    assert state(desk, waiting) == ("open", "normal", None, [])
    assert mio.post(way[0], headers=HX).status_code == 409


@pytest.mark.both
def test_somebody_who_left_and_a_team_that_is_gone_are_named_and_the_rest_is_done(
    desk: Desk, mio: TestClient, waiting: int
) -> None:
    kenji = desk.agent("kenji").id
    number = prepare(desk, [{"do": "assignee", "value": str(kenji)}, {"do": "priority", "value": "high"}])
    with desk.write() as db:
        agents.change(db, agents.get(db, kenji), SYSTEM, active=False)
    look = mio.get(f"/console/tickets/{waiting}/macros/{number}", headers=HX).text
    assert "岡部 賢司" in look
    assert "Left out: This person cannot take tickets." in look
    answer = act(mio, waiting, number)
    assert "Left out: Assignee: 岡部 賢司 (This person cannot take tickets.)" in answer.text
    assert state(desk, waiting) == ("new", "high", None, [])
    page = mio.get(f"{HOME}/{number}").text
    assert "岡部 賢司 (no longer here)" in page


def test_what_is_asked_for_is_filled_in_and_what_is_not_stays_for_the_guard(
    desk: Desk, mio: TestClient, waiting: int
) -> None:
    number = prepare(desk, [], texts={"en": "Parcel {{?Number}}, {{?Day}}."})
    look = mio.get(f"/console/tickets/{waiting}/macros/{number}", headers=HX).text
    assert look.count('name="ask"') == 2
    assert "Parcel 12 {{x}}, {{?Day}}." in act(mio, waiting, number, ask=["12 {{x}}", ""]).text


def test_several_in_a_row_each_have_their_own_way_back_and_a_later_change_stays(
    desk: Desk, mio: TestClient, waiting: int
) -> None:
    first = prepare(desk, [{"do": "priority", "value": "high"}, {"do": "tag", "value": "a"}], name="One")
    second = prepare(desk, [{"do": "priority", "value": "urgent"}], name="Two")
    way = re.search(r"/console/undo/\d+", act(mio, waiting, first).text)
    act(mio, waiting, second)
    assert way
    answer = mio.post(way[0], headers=HX)
    assert "It was changed since." in answer.text
    assert state(desk, waiting) == ("new", "urgent", None, [])


def test_without_script_the_text_joins_the_draft(desk: Desk, mio: TestClient, waiting: int) -> None:
    number = prepare(desk, [], texts={"en": "It leaves today."})
    mio.post(f"/console/tickets/{waiting}/draft", data={"kind": "reply", "body": "Dear Hannah,", "version": "0"})
    assert mio.post(f"/console/tickets/{waiting}/macros/{number}").status_code == 303
    draft = mio.get(f"/console/tickets/{waiting}/draft").json()["reply"]
    assert draft["text"] == "Dear Hannah,\n\nIt leaves today."


def test_a_move_out_of_one_s_sight_leads_to_the_list(desk: Desk) -> None:
    received = desk.customer_writes("tom", "May I visit?", subject="A visit")
    number = received.ticket_id or 0
    macro = prepare(desk, [{"do": "team", "value": str(team(desk, cast.WHOLESALE))}])
    answer = act(desk.signed_in("kenji"), number, macro)
    assert answer.headers.get("hx-redirect") == "/console"
    assert act(desk.signed_in("kenji"), number, macro).status_code == 404


def test_who_may_not_gets_none_of_it(desk: Desk, mio: TestClient, waiting: int) -> None:
    own = prepare(desk, who="kenji", scope="own")
    for path in (f"{HOME}/{own}", f"/console/tickets/{waiting}/macros/{own}"):
        assert mio.get(path).status_code == 404
        assert mio.post(path).status_code == 404
    number = prepare(desk)
    kenji, haruka = desk.signed_in("kenji"), desk.signed_in("haruka")
    assert kenji.post(f"{HOME}/{number}", data={"name": "X", "scope": "desk", "do-status": "open"}).status_code == 404
    assert kenji.post(f"{HOME}/new", data={"name": "X", "scope": "desk", "do-status": "open"}).status_code == 422
    assert haruka.get(HOME).status_code == 403
    assert act(haruka, waiting, number).status_code == 403
    way = re.search(r"/console/undo/\d+", act(mio, waiting, number).text)
    assert way
    assert kenji.post(way[0], headers=HX).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({}, "Choose a step, or write a text."),
        ({"do-status": "new"}, "This status does not exist."),
        ({"do-priority": "huge"}, "This priority does not exist."),
        ({"do-assignee": "9999"}, "This person cannot take tickets."),
        ({"do-team": "9999"}, "This team does not exist."),
        ({"do-snooze": "when pigs fly"}, "Write a time that is to come"),
        ({"do-tag": "x" * 41}, "A tag has 1 to 40 characters."),
        ({"do-tag": ",".join(f"t{n}" for n in range(13))}, "A macro has at most 12 steps."),
        ({"note": "{{?Size}}"}, "A note has no place that is asked for"),
        ({"text-en": "{{customer.nmae}}"}, "There is no placeholder “{{customer.nmae}}”"),
    ],
)
def test_what_cannot_be_kept_is_said_and_stays_typed(
    desk: Desk, mio: TestClient, wrong: dict[str, str], sentence: str
) -> None:
    answer = mio.post(f"{HOME}/new", data={"name": "Typed", "scope": "desk"} | wrong)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Typed"' in answer.text


def test_one_is_written_changed_and_comes_back_on_its_page(desk: Desk, mio: TestClient, waiting: int) -> None:
    form = {"name": "Refund", "scope": "desk", "do-assignee": "none", "do-tag": "refund、bank", "do-status": "open"}
    assert mio.post(f"{HOME}/new", data=form).status_code == 303
    page = mio.get(HOME).text
    assert "Assignee: Nobody · Add the tag: refund · Add the tag: bank · Status: Open" in page
    path = re.search(rf"{HOME}/\d+", page)
    assert path
    mio.post(path[0], data=form | {"name": "Refunds"})
    page = mio.get(path[0]).text
    assert 'value="refund, bank"' in page
    assert "Changed: Name" in page
    gone = mio.post(f"{path[0]}/remove").headers["location"]
    assert "Removed: Refunds" in mio.get(gone).text
    assert "There is no macro yet." in mio.get(f"/console/tickets/{waiting}/macros", headers=HX).text


def test_the_menu_and_the_palette_know_them_by_reading(desk: Desk, mio: TestClient, waiting: int) -> None:
    number = prepare(desk, name="返金の約束", reading="へんきんのやくそく")
    assert "henkin" in mio.get(f"/console/tickets/{waiting}/macros", headers=HX).text
    for asked in ("返金", "へんきん", "henkin"):
        found = mio.get("/console/palette", params={"q": asked, "ticket": waiting}, headers=HX).text
        assert f"/console/tickets/{waiting}/macros/{number}" in found, asked
    assert "macros/" not in mio.get("/console/palette", params={"q": "返金"}, headers=HX).text


@pytest.mark.both
def test_a_ticket_that_was_merged_or_closed_says_so(desk: Desk, mio: TestClient, waiting: int) -> None:
    number = prepare(desk)
    with desk.write() as db:
        lifecycle.set_status(db, db.get_one(Ticket, waiting), "closed")
    assert "It is closed." in act(mio, waiting, number).text
    assert desk.ticket(waiting).status == "closed"
