"""An incident and everybody who reported it: one answer, each in their language and their own ticket."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from app.events import Actor
from app.tickets import canned, lifecycle, linking
from app.tickets.models import Ticket
from tests.console.conftest import HX
from tests.readymade.conftest import head
from tests.story import Desk

TEXTS = {
    "text-en": "Dear {{customer.name}}, the shop works again.",
    "text-ja": "{{customer.name}}様、復旧しました。",
}


@pytest.fixture
def incident(desk: Desk) -> tuple[int, list[int]]:
    """An incident, and its reports: Hannah's, Ayaka's in Japanese, and Tom's, which is solved."""
    whole = desk.customer_writes("marc", "Nobody can pay.", subject="The till is down").ticket_id or 0
    texts = {
        "hannah": "I cannot pay for my order.",
        "ayaka": "お支払いができません。ご確認ください。",
        "tom": "Paying fails.",
    }
    reports = [desk.customer_writes(who, text, subject="Paying").ticket_id or 0 for who, text in texts.items()]
    with desk.write() as db:
        for number in reports:
            linking.link(db, db.get_one(Ticket, number), db.get_one(Ticket, whole), "incident", Actor("agent", 1))
        lifecycle.set_status(db, db.get_one(Ticket, reports[2]), "solved")
    return whole, reports


def told(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def place(number: int) -> str:
    return f"/console/tickets/{number}/reports/answer"


@pytest.mark.both
def test_everybody_is_answered_in_their_own_ticket(
    desk: Desk, mio: TestClient, incident: tuple[int, list[int]]
) -> None:
    whole, reports = incident
    assert "Answer all reports…" in mio.get(f"/console/tickets/{whole}").text
    page = mio.get(place(whole)).text
    ticked = [int(n) for n in re.findall(r'name="ticket" value="(\d+)"[^>]*checked', page)]
    assert ticked == reports[:2]
    asked = {**TEXTS, "ticket": reports[:2], "solve": "1"}
    page = told(mio.post(f"{place(whole)}/preview", data=asked, headers=HX).text)
    assert "2 of 3 reports get a reply." in page
    assert "Dear Hannah Lindqvist, the shop works again." in page
    assert "森下 彩香様、復旧しました。" in page
    answer = mio.post(place(whole), data=asked)
    desk.work()
    assert "2 tickets were changed." in mio.get(answer.headers["location"]).text
    assert desk.messages(reports[0])[-1].text.startswith("Dear Hannah Lindqvist, the shop works again.")
    assert desk.messages(reports[1])[-1].text.startswith("森下 彩香様、復旧しました。")
    assert desk.deliveries(reports[0])[-1].state == "sent"
    assert [desk.ticket(n).status for n in reports] == ["solved"] * 3
    assert len(desk.messages(reports[2])) == len([m for m in desk.messages(reports[2]) if m.sender_kind != "agent"])
    assert "answered the reports of this incident: 2" in mio.get(f"/console/tickets/{whole}").text


@pytest.mark.desk(undo_send_seconds=10)
def test_a_moment_remains_to_take_it_back(desk: Desk, mio: TestClient, incident: tuple[int, list[int]]) -> None:
    whole, reports = incident
    answer = mio.post(place(whole), data={**TEXTS, "ticket": reports[:2], "solve": "1"})
    desk.work()
    assert all(m.sender_kind != "agent" for n in reports for m in desk.messages(n))
    mio.post(f"{answer.headers['location']}/undo")
    desk.work()
    assert "2 tickets are as they were." in mio.get(answer.headers["location"]).text
    assert desk.ticket(reports[0]).status == "new"


def test_only_reports_of_this_incident_are_answered(
    desk: Desk, mio: TestClient, incident: tuple[int, list[int]]
) -> None:
    whole, reports = incident
    other = desk.customer_writes("priya", "Something else.").ticket_id or 0
    mio.post(place(whole), data={**TEXTS, "ticket": [reports[0], other]})
    desk.work()
    assert all(m.sender_kind != "agent" for m in desk.messages(other))
    assert desk.messages(reports[0])[-1].sender_kind == "agent"
    assert mio.get(place(other)).status_code == 404  # nobody reported it
    assert desk.signed_in("haruka").get(place(whole)).status_code == 403


def test_what_is_wrong_is_said_and_what_was_typed_stays(
    desk: Desk, mio: TestClient, incident: tuple[int, list[int]]
) -> None:
    whole, reports = incident
    empty = mio.post(place(whole), data={"text-en": " ", "ticket": reports[:1]})
    assert empty.status_code == 422
    assert "Write the text in one language at least." in empty.text
    nobody = mio.post(place(whole), data={"text-en": "It works again."})
    assert nobody.status_code == 422
    assert "It works again." in nobody.text
    wrong = mio.post(place(whole), data={"text-en": "Dear {{nobody}}", "ticket": reports[:1]})
    assert wrong.status_code == 422
    assert "Dear {{nobody}}" in wrong.text


def test_a_guard_leaves_a_report_to_a_person(desk: Desk, mio: TestClient, incident: tuple[int, list[int]]) -> None:
    whole, reports = incident
    asked = {"text-en": "Dear Hannah, it works again.", "ticket": reports[:2]}
    page = told(mio.post(f"{place(whole)}/preview", data=asked, headers=HX).text)
    assert "1 of 3 reports gets a reply." in page or "One of 3 reports gets a reply." in page
    assert "is addressed to “Hannah”, another customer." in page


def test_it_begins_with_a_canned_reply(desk: Desk, mio: TestClient, incident: tuple[int, list[int]]) -> None:
    with desk.write() as db:
        given = head("Working", texts={"en": "It works.", "ja": "復旧済みです。"})
        number = canned.save(db, desk.agent("mio"), None, given).id
    page = mio.get(f"{place(incident[0])}?canned={number}").text
    assert "It works." in page
    assert "復旧済みです。" in page
    with desk.write() as db:
        own = canned.save(db, desk.agent("kenji"), None, head("Mine", "own")).id
    assert mio.get(f"{place(incident[0])}?canned={own}").status_code == 404
