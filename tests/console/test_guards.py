"""Send guards: what may be wrong stops first, and is sent when its writer says so."""

from __future__ import annotations

import html
import re

import pytest
from starlette.testclient import TestClient

from app.demo import cast
from app.tickets import guards
from tests.console.conftest import HX
from tests.story import Desk


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dear {{customer.name}}, hello", "{{customer.name}}"),
        ("〇〇様\nお世話になっております。", "〇〇様"),
        ("It arrives on XXX.", "XXX"),
        ("Dear [Name],", "[Name]"),
        ("Size XXL, XX-large, 森下様", ""),
        ("Room 3XXX1", ""),
    ],
)
def test_placeholders(text: str, found: str) -> None:
    assert guards.placeholder(text) == found


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("The slip is attached.", True),
        ("See the attachment", True),
        ("送り状を添付いたします。", True),
        ("写真を添付していただきありがとうございます。", False),
        ("Thank you for the photo you attached.", False),
        ("Your attachment came through.", False),
        ("It leaves today.", False),
    ],
)
def test_speaking_of_a_file(text: str, speaks: bool) -> None:
    assert guards.speaks_of_file(text) is speaks


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dear Hannah,\nthe lid", "Hannah"),
        ("Hi Ms. Lindqvist,", "Lindqvist"),
        ("森下 彩香様\n", "森下 彩香"),
        ("株式会社月の輪\n森下様", "森下"),
        ("The lid leaves today.", ""),
        ("Hello", ""),
    ],
)
def test_who_is_greeted(text: str, name: str) -> None:
    assert guards.greeted(text) == name


def test_a_greeting_may_take_part_of_a_name() -> None:
    assert guards.same_person("Hannah", ["Hannah Lindqvist"])
    assert guards.same_person("lindqvist", ["Hannah Lindqvist"])
    assert guards.same_person("森下彩香", ["森下 彩香", "もりした あやか"])
    assert not guards.same_person("Tom", ["Hannah Lindqvist"])
    assert not guards.same_person("Tom", [""])


def write(browser: TestClient, ticket: int, text: str, **fields: str) -> object:
    data = {"kind": "reply", "body": text, "seen": "999"} | fields
    return browser.post(f"/console/tickets/{ticket}/write", data=data, headers=HX)


def button(page: str) -> str:
    return html.unescape(re.search(r'name="anyway" value="([^"]*)"', page)[1])  # type: ignore[index]


def sent(desk: Desk, ticket: int) -> list[str]:
    return [m.text for m in desk.messages(ticket) if m.sender_kind == "agent"]


@pytest.mark.both
def test_each_stops_once_and_all_are_said_together(desk: Desk, mio: TestClient, waiting: int) -> None:
    text = "Dear Tom,\nXXX is attached. Ask tom@brayford.example."
    text = text.replace("tom@brayford.example", cast.BY_KEY["tom"].email)
    text = text.replace("Dear Tom", f"Dear {cast.BY_KEY['tom'].name}")
    answer = write(mio, waiting, text, then="solved")
    assert answer.status_code == 409
    for part in ("still to be filled in", "speaks of an attachment", "another customer", "is the address of another"):
        assert part in answer.text
    assert sent(desk, waiting) == []
    anyway = write(mio, waiting, text, anyway=button(answer.text))
    assert anyway.status_code == 200
    assert sent(desk, waiting) == [text]
    assert desk.ticket(waiting).status == "solved"  # what the first press was to do


def test_one_s_own_customer_and_colleague_stop_nothing(desk: Desk, mio: TestClient, waiting: int) -> None:
    assert write(mio, waiting, f"Dear Hannah,\nto {cast.BY_KEY['hannah'].email} as well?").status_code == 204
    assert write(mio, waiting, "Dear Sir,\nor rather: hello there").status_code == 204


@pytest.mark.both
def test_a_colleague_s_answer_stops_and_is_shown_first(desk: Desk, mio: TestClient, waiting: int) -> None:
    seen = desk.messages(waiting)[-1].id
    desk.agent_replies("kenji", waiting, "I have sent one.")
    answer = write(mio, waiting, "A new one leaves today.", seen=str(seen))
    assert answer.status_code == 409
    assert "岡部 賢司 answered meanwhile" in answer.text
    assert "I have sent one." in answer.text
    desk.agent_replies("kenji", waiting, "And a saucer.")
    again = write(mio, waiting, "A new one leaves today.", seen=str(seen), anyway=button(answer.text))
    assert again.status_code == 409  # what came after the first stop was not seen yet
    done = write(mio, waiting, "A new one leaves today.", seen=str(seen), anyway=button(again.text))
    assert done.status_code == 204


@pytest.mark.both
@pytest.mark.desk(undo_send_seconds=10)
def test_a_colleague_s_reply_that_is_about_to_leave_stops_too(desk: Desk, mio: TestClient, waiting: int) -> None:
    assert write(desk.signed_in("kenji"), waiting, "お待たせしました。").status_code == 200
    answer = write(mio, waiting, "It leaves today.")
    assert answer.status_code == 409
    assert "a reply of 岡部 賢司 is about to leave" in answer.text
    assert "お待たせしました。" in answer.text
    assert write(mio, waiting, "It leaves today.", anyway=button(answer.text)).status_code == 200


def test_a_note_is_never_guarded(desk: Desk, mio: TestClient, waiting: int) -> None:
    assert write(mio, waiting, "Dear Tom, XXX attached", kind="note").status_code == 204


def test_a_stop_is_said_in_japanese(desk: Desk, waiting: int) -> None:
    answer = write(desk.signed_in("kenji"), waiting, "〇〇様\n送り状を添付します。")
    assert "未送信：「〇〇様」が記入されていません。" in answer.text
    assert "未送信：「添付」とありますが" in answer.text
