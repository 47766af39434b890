"""Signatures: kept for inboxes and for oneself, shown in the composer, sent as they were seen, never twice."""

from __future__ import annotations

import html
import re

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.tickets import signatures
from app.tickets.unsent import Draft
from tests.readymade.conftest import HX
from tests.story import Desk

HOME = "/console/settings/signatures"
TEXTS = {"text-en": "{{agent.name}}\r\n{{inbox.address}}", "text-ja": "担当：{{agent.name}}"}


def shown(browser: TestClient, ticket: int) -> str:
    found = re.search(r'name="signature" value="([^"]*)"', browser.get(f"/console/tickets/{ticket}").text)
    return html.unescape(found[1]) if found else ""


def write(browser: TestClient, ticket: int, text: str, **fields: str) -> object:
    data = {"kind": "reply", "body": text, "seen": "999"} | fields
    return browser.post(f"/console/tickets/{ticket}/write", data=data, headers=HX)


@pytest.mark.both
def test_the_inbox_s_stands_below_in_the_customer_s_language_and_one_s_own_instead(
    desk: Desk, mio: TestClient, waiting: int
) -> None:
    assert shown(mio, waiting) == ""
    assert mio.post(f"{HOME}/{desk.inbox().id}", data=TEXTS).status_code == 303
    assert shown(mio, waiting) == f"Mio Tanabe\n{desk.inbox().address}"
    received = desk.customer_writes("ayaka", "蓋がゆるいです。", subject="蓋がゆるい")
    assert shown(desk.signed_in("kenji"), received.ticket_id or 0) == "担当：岡部 賢司"
    assert mio.post(HOME, data={"text-en": "Mio", "text-ja": ""}).status_code == 303
    assert shown(mio, waiting) == "Mio"
    assert shown(mio, received.ticket_id or 0) == "担当：Mio Tanabe"


def test_what_is_not_known_leaves_no_gap(desk: Desk, mio: TestClient, waiting: int) -> None:
    mio.post(HOME, data={"text-en": "Mio\r\n{{team.name}}\r\n\r\n{{team.name}} {{desk.name}}", "text-ja": ""})
    assert shown(mio, waiting) == f"Mio\n\n {desk.house.settings.desk_name}"


def test_what_was_seen_is_sent_once_and_is_part_of_the_message(desk: Desk, mio: TestClient, waiting: int) -> None:
    write(mio, waiting, "It leaves today.", signature="Mio\r\nTsukinowa", signed="1")
    write(mio, waiting, "And a saucer.\n\nMio\nTsukinowa", signature="Mio\r\nTsukinowa", signed="1")
    write(mio, waiting, "Without it.", signature="Mio\r\nTsukinowa")
    said = [m.text for m in desk.messages(waiting) if m.sender_kind == "agent"]
    assert said == ["It leaves today.\n\nMio\nTsukinowa", "And a saucer.\n\nMio\nTsukinowa", "Without it."]
    assert [d.content["text"] for d in desk.deliveries(waiting)[-3:]] == said
    assert desk.ticket(waiting).snippet == "Without it."


@pytest.mark.desk(undo_send_seconds=10)
def test_a_reply_that_is_taken_back_has_none(desk: Desk, mio: TestClient, waiting: int) -> None:
    answer = write(mio, waiting, "It leaves today.", signature="Mio", signed="1")
    way = re.search(r"/console/held/\d+/undo", answer.text)  # type: ignore[attr-defined]
    assert way
    mio.post(way[0], headers=HX)
    with desk.read() as db:
        assert db.scalar(sa.select(Draft.text)) == "It leaves today."


def test_a_chat_and_a_note_have_none(desk: Desk, mio: TestClient, waiting: int) -> None:
    mio.post(f"{HOME}/{desk.inbox().id}", data=TEXTS)
    assert write(mio, waiting, "For us.", kind="note", signature="Mio", signed="1").status_code == 204  # type: ignore[attr-defined]
    assert desk.notes(waiting)[-1].text == "For us."
    with desk.read() as db:
        assert not signatures.carried(db, "chat")
        assert signatures.carried(db, "form")


def test_what_cannot_stand_in_one_is_said_and_kept(desk: Desk, mio: TestClient, waiting: int) -> None:
    inbox = desk.inbox().id
    for wrong, sentence in (
        ("{{customer.name}}", "There is no placeholder “{{customer.name}}”"),
        ("{{?Size}}", "There is no placeholder"),
        ("x" * 2_001, "A signature has at most 2,000 characters."),
    ):
        answer = mio.post(f"{HOME}/{inbox}", data={"text-en": wrong, "text-ja": "担当"})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "担当" in answer.text
    assert write(mio, waiting, "x", signature="y" * 2_001, signed="1").status_code == 422  # type: ignore[attr-defined]


def test_only_administrators_change_an_inbox_s_and_viewers_have_none(desk: Desk, mio: TestClient) -> None:
    kenji, inbox = desk.signed_in("kenji"), desk.inbox().id
    assert kenji.get(f"{HOME}/{inbox}").status_code == 404
    assert kenji.post(f"{HOME}/{inbox}", data=TEXTS).status_code == 404
    assert kenji.get(HOME).status_code == 200
    assert f"{HOME}/{inbox}" not in kenji.get(HOME).text
    assert desk.signed_in("haruka").get(HOME).status_code == 403
    assert mio.get(f"{HOME}/{desk.inbox('chat').id}").status_code == 404
    mio.post(f"{HOME}/{inbox}", data=TEXTS)
    assert "Changed: Text" in mio.get(f"{HOME}/{inbox}").text
