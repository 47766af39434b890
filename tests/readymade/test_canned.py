"""Canned replies: written on a page, taken into a text in the customer's language, seen by whom they are for."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from app.demo import cast
from app.tickets.attachments import Upload
from tests.readymade.conftest import HX, prepare, team
from tests.story import Desk

HOME = "/console/settings/canned"
SLIP = Upload("slip.txt", "text/plain", b"a slip")


def names(browser: TestClient, ticket: int) -> list[str]:
    return [one["name"] for one in browser.get(f"/console/tickets/{ticket}/canned").json()]


@pytest.mark.both
def test_one_is_written_on_its_page_and_taken_in_the_customer_s_language(
    desk: Desk, mio: TestClient, waiting: int
) -> None:
    form = {"name": "Loose lid", "shortcut": "/lid", "reading": "ふた", "scope": "desk"}
    texts = {"text-en": "Dear {{customer.name}},\r\n#{{ticket.number}}", "text-ja": "{{customer.name}}様"}
    assert mio.post(f"{HOME}/new", data=form | texts).headers["location"] == f"{HOME}?done=added"
    (one,) = mio.get(f"/console/tickets/{waiting}/canned").json()
    assert (one["name"], one["shortcut"], one["other"]) == ("Loose lid", "lid", "")
    assert {"lid", "loose lid", "ふた", "futa"} <= set(one["keys"])
    said = mio.post(f"/console/tickets/{waiting}/canned/{one['id']}", data={"kind": "reply"}).json()
    assert said == {"text": f"Dear {cast.BY_KEY['hannah'].name},\n#{waiting}", "lang": "en", "asks": []}
    received = desk.customer_writes("ayaka", "蓋がゆるいです。", subject="蓋がゆるい")
    said = mio.post(f"/console/tickets/{received.ticket_id}/canned/{one['id']}", data={"kind": "reply"}).json()
    assert said["text"] == f"{cast.BY_KEY['ayaka'].name}様"


def test_a_language_that_has_no_text_gets_the_other_one_and_is_told(desk: Desk, mio: TestClient, waiting: int) -> None:
    number = prepare(desk, texts={"ja": "新しい蓋をお送りします。{{?Tracking number}}"})
    (one,) = mio.get(f"/console/tickets/{waiting}/canned").json()
    assert one["other"] == "日本語"
    said = mio.post(f"/console/tickets/{waiting}/canned/{number}", data={"kind": "reply"}).json()
    assert said["text"].startswith("新しい蓋")
    assert said["asks"] == ["Tracking number"]


@pytest.mark.both
def test_everybody_is_offered_their_own_their_teams_and_the_desk_s(desk: Desk, mio: TestClient, waiting: int) -> None:
    prepare(desk, "kenji", name="Kenji's", scope="own")
    prepare(desk, "mio", name="Desk's", scope="desk")
    prepare(desk, "mio", name="Wholesale's", scope="team", team=team(desk, cast.WHOLESALE))
    kenji = desk.signed_in("kenji")
    assert names(kenji, waiting) == ["Desk's", "Kenji's"]
    assert names(mio, waiting) == ["Desk's", "Wholesale's"]
    listed = kenji.get(HOME).text
    assert "Kenji" in listed
    assert "Wholesale&#39;s" not in listed


def test_what_one_may_not_use_looks_as_if_it_were_not_there(desk: Desk, mio: TestClient, waiting: int) -> None:
    number = prepare(desk, "kenji", scope="own")
    of_team = prepare(desk, "mio", scope="team", team=team(desk, cast.WHOLESALE))
    assert mio.get(f"{HOME}/{number}").status_code == 404
    assert mio.post(f"{HOME}/{number}", data={"name": "X", "scope": "own", "text-en": "x"}).status_code == 404
    assert mio.post(f"{HOME}/{number}/remove").status_code == 404
    assert mio.post(f"/console/tickets/{waiting}/canned/{number}", data={"kind": "reply"}).status_code == 404
    kenji = desk.signed_in("kenji")
    assert kenji.get(f"{HOME}/{of_team}").status_code == 404
    assert kenji.post(f"/console/tickets/{waiting}/canned/{of_team}", data={"kind": "reply"}).status_code == 404
    assert desk.signed_in("haruka").get(HOME).status_code == 403
    assert desk.visitor().get(HOME).status_code == 401
    assert desk.signed_in("rosa").get("/console/tickets/999/canned").status_code == 404


def test_only_administrators_write_for_everybody_and_members_for_their_team(desk: Desk, waiting: int) -> None:
    number = prepare(desk, "mio", scope="desk")
    kenji = desk.signed_in("kenji")
    page = kenji.get(f"{HOME}/{number}").text
    assert "You can use this one" in page or "使うことはできます" in page
    assert kenji.post(f"{HOME}/{number}", data={"name": "X", "scope": "desk", "text-en": "x"}).status_code == 404
    assert kenji.post(f"{HOME}/{number}/remove").status_code == 404
    for wanted in ({"scope": "desk"}, {"scope": "team", "team": str(team(desk, cast.WHOLESALE))}, {"scope": "team"}):
        answer = kenji.post(f"{HOME}/new", data={"name": "X", "text-en": "typed text"} | wanted)
        assert answer.status_code == 422
        assert "typed text" in answer.text
    mine = {"name": "X", "text-en": "x", "scope": "team", "team": str(team(desk, cast.ORDERS))}
    assert kenji.post(f"{HOME}/new", data=mine).status_code == 303


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "A name has 1 to 80 characters."),
        ({"shortcut": "a b"}, "A short word has at most 30 characters"),
        ({"text-en": ""}, "Write the text in one language at least."),
        ({"text-en": "Dear {{customer.nmae}}"}, "There is no placeholder “{{customer.nmae}}”"),
        ({"text-en": "x" * 20_001}, "A text has at most 20,000 characters."),
        ({"scope": "world"}, "Choose one of these."),
        ({"shortcut": "lid"}, "Something else answers to this short word already."),
    ],
)
def test_what_cannot_be_taken_is_said_and_kept(
    desk: Desk, mio: TestClient, wrong: dict[str, str], sentence: str
) -> None:
    prepare(desk, shortcut="lid")
    form = {"name": "Another", "scope": "desk", "text-en": "Typed", "text-ja": ""} | wrong
    answer = mio.post(f"{HOME}/new", data=form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert form["name"].strip() in answer.text


@pytest.mark.both
def test_files_join_the_draft_and_leave_with_the_reply(desk: Desk, mio: TestClient, waiting: int) -> None:
    number = prepare(desk, files=[SLIP])
    said = mio.post(f"/console/tickets/{waiting}/canned/{number}", data={"kind": "reply"}).json()
    assert [file["name"] for file in said["files"]] == ["slip.txt"]
    form = {"kind": "reply", "body": said["text"], "seen": "999", "kept": said["files"][0]["blob"]}
    assert mio.post(f"/console/tickets/{waiting}/write", data=form, headers=HX).status_code == 204
    assert [file["filename"] for file in desk.deliveries(waiting)[-1].content["files"]] == ["slip.txt"]


def test_a_file_can_be_taken_off_and_one_that_was_refused_is_named(desk: Desk, mio: TestClient) -> None:
    number = prepare(desk, files=[SLIP])
    blob = re.search(r'name="kept" value="(\w+)"', mio.get(f"{HOME}/{number}").text)
    assert blob
    form = {"name": "", "scope": "desk", "text-en": "x"}
    answer = mio.post(f"{HOME}/{number}", data=form, files=[("files", ("map.txt", b"a map", "text/plain"))])
    assert answer.status_code == 422
    assert "Please choose these again: map.txt" in answer.text
    form["name"] = "Lid"
    assert mio.post(f"{HOME}/{number}", data=form).status_code == 303
    assert 'name="kept"' not in mio.get(f"{HOME}/{number}").text


def test_what_changed_is_remembered_and_what_was_removed_comes_back(desk: Desk, mio: TestClient, waiting: int) -> None:
    number = prepare(desk, name="Lid")
    mio.post(f"{HOME}/{number}", data={"name": "Lid, loose", "scope": "desk", "text-en": "It left yesterday."})
    page = mio.get(f"{HOME}/{number}").text
    assert "Changed: Name, Text" in page
    assert "A new lid leaves today." in page
    gone = mio.post(f"{HOME}/{number}/remove").headers["location"]
    assert "Removed: Lid, loose" in mio.get(gone).text
    assert names(mio, waiting) == []
    assert mio.post(f"/console/tickets/{waiting}/canned/{number}", data={"kind": "reply"}).status_code == 404
    assert "Lid, loose" in mio.get(f"{HOME}?removed=1").text
    assert mio.post(f"{HOME}/{number}/remove", data={"back": "1"}).status_code == 303
    assert names(mio, waiting) == ["Lid, loose"]


def test_the_list_is_searched_by_name_reading_romaji_and_text(desk: Desk, mio: TestClient) -> None:
    prepare(desk, name="返送のご案内", reading="へんそうのごあんない", texts={"ja": "同封の伝票で。"})
    prepare(desk, name="Opening hours", texts={"en": "From ten to six."})
    for asked in ("返送", "へんそう", "ヘンソウ", "hensou", "伝票"):
        page = mio.get(HOME, params={"q": asked}).text
        assert "返送のご案内" in page, asked
        assert "Opening hours" not in page, asked
    assert "Nothing answers to" in mio.get(HOME, params={"q": "zebra"}).text
