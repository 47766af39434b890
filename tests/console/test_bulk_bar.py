"""The bar over the list: what it offers, macros that send mail to many, and the way back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from app.tickets import macros
from app.tickets.models import Ticket
from tests.browsing import calm, screen
from tests.console.conftest import HX
from tests.readymade.conftest import head
from tests.story import Desk

BESIDE = {**HX, "hx-target": "section#chosen"}
TEXTS = {"en": "Dear {{customer.name}}, it leaves today.", "ja": "{{customer.name}}様、本日発送します。"}


def macro(desk: Desk, texts: dict[str, str] | None = None, **more: str) -> int:
    actions = [{"do": "priority", "value": "high"}, {"do": "tag", "value": "sent"}]
    with desk.write() as db:
        given = head("On its way", texts=TEXTS if texts is None else texts)
        return macros.save(db, desk.agent("mio"), None, given, actions, more.get("note", "")).id


@pytest.fixture
def two(desk: Desk) -> list[int]:
    """A ticket in English and one in Japanese."""
    one = desk.customer_writes("hannah", "Where is my order? It was to be here on Monday.", subject="Order")
    other = desk.customer_writes("ayaka", "注文した急須はいつ届きますか。お知らせください。", subject="急須")
    return [one.ticket_id or 0, other.ticket_id or 0]


def told(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def begin(desk: Desk, client: TestClient, numbers: list[int], do: str, **more: object) -> str:
    """Let something be done from the bar; the address of what became of it."""
    asked = {"tickets": ",".join(map(str, numbers)), "do": do, **more}
    answer = client.post("/console/bulk", data=asked)
    assert answer.status_code == 303
    desk.work()
    address: str = answer.headers["location"]
    return address


def test_the_bar_names_what_is_selected_and_what_would_change(desk: Desk, mio: TestClient, two: list[int]) -> None:
    asked = {"tickets": f"{two[0]},{two[1]}", "view": "open"}
    page = told(mio.get("/console/bulk", params=asked, headers=BESIDE).text)
    assert "2 tickets selected" in page
    assert "2 of 2 in All open" in page
    assert "Select all" not in page
    page = told(mio.get("/console/bulk", params={"tickets": two[0], "view": "open"}, headers=BESIDE).text)
    assert "1 of 2 in All open" in page
    assert "Select all 2" in page
    page = told(mio.get("/console/bulk", params={**asked, "do": "status:solved"}, headers=BESIDE).text)
    assert "Status: Solved 2 of 2 tickets change." in page
    assert "Change 2 tickets" in page
    page = told(mio.get("/console/bulk", params={**asked, "do": "tag:"}, headers=BESIDE).text)
    assert "Choose what is to be done." in page


def test_the_bar_offers_people_teams_tags_and_macros(desk: Desk, mio: TestClient) -> None:
    number = macro(desk)
    page = mio.get("/console/bulk/acts", headers=HX).text
    for value in (f"assignee:{desk.agent('kenji').id}", "assignee:none", "status:solved", "spam:1", f"macro:{number}"):
        assert f'value="{value}"' in page
    assert desk.signed_in("haruka").get("/console/bulk/acts", headers=HX).status_code == 403
    assert "data-bulk" not in desk.signed_in("haruka").get("/console/views/open").text


def test_nobody_is_chosen_like_somebody(desk: Desk, mio: TestClient, two: list[int]) -> None:
    begin(desk, mio, two, f"assignee:{desk.agent('mio').id}")
    assert desk.ticket(two[0]).assignee_id == desk.agent("mio").id
    begin(desk, mio, two, "assignee:none")
    assert desk.ticket(two[0]).assignee_id is None


@pytest.mark.both
def test_a_macro_answers_many_each_in_their_language(desk: Desk, mio: TestClient, two: list[int]) -> None:
    number = macro(desk)
    asked = {"tickets": f"{two[0]},{two[1]}", "do": f"macro:{number}"}
    page = told(mio.get("/console/bulk", params=asked, headers=BESIDE).text)
    assert "2 replies are sent to customers." in page
    assert "Dear Hannah Lindqvist, it leaves today." in page
    assert "森下 彩香様、本日発送します。" in page
    address = begin(desk, mio, two, f"macro:{number}")
    assert "2 tickets were changed." in mio.get(address).text
    assert desk.messages(two[0])[-1].text.startswith("Dear Hannah Lindqvist, it leaves today.")
    assert desk.messages(two[1])[-1].text.startswith("森下 彩香様、本日発送します。")
    assert {desk.ticket(n).priority for n in two} == {"high"}
    mio.post(f"{address}/undo")
    desk.work()
    assert {desk.ticket(n).priority for n in two} == {"normal"}
    assert "The reply has left already." in mio.get(address).text
    assert desk.signed_in("kenji").post(f"{address}/undo").status_code == 404


def test_what_a_guard_would_stop_is_left_out(desk: Desk, mio: TestClient, two: list[int]) -> None:
    number = macro(desk, {"en": "Dear {{customer.name}}, see {{?Tracking number}}.", "ja": "添付をご覧ください。"})
    asked = {"tickets": f"{two[0]},{two[1]}", "do": f"macro:{number}"}
    page = told(mio.get("/console/bulk", params=asked, headers=BESIDE).text)
    assert "0 of 2 tickets change." in page
    assert "Left out: “{{?Tracking number}}” is still to be filled in." in page
    assert "Left out: The text speaks of an attachment, and nothing is attached." in page
    address = begin(desk, mio, two, f"macro:{number}", asks="Tracking number", ask="JP-77")
    assert desk.messages(two[0])[-1].text.startswith("Dear Hannah Lindqvist, see JP-77.")
    assert desk.ticket(two[1]).priority == "normal"
    assert desk.messages(two[1])[-1].sender_kind != "agent"
    page = mio.get(address).text
    assert "One ticket was changed." in page
    assert "Left as they are: 1" in page


def test_who_writes_after_the_look_is_left_to_a_person(desk: Desk, mio: TestClient, two: list[int]) -> None:
    number = macro(desk)
    page = mio.get("/console/bulk", params={"tickets": two[0], "do": f"macro:{number}"}, headers=BESIDE).text
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen
    with desk.read() as db:
        ours = desk.messages(two[0])[0].external_id
    assert ours is not None
    again = desk.customer_writes("hannah", "It came!", answering=ours, subject="Re: Order")
    assert again.ticket_id == two[0]
    begin(desk, mio, two[:1], f"macro:{number}", seen=seen[1])
    assert desk.messages(two[0])[-1].text == "It came!"
    with desk.read() as db:
        assert db.get_one(Ticket, two[0]).priority == "normal"


@pytest.mark.desk(undo_send_seconds=10)
def test_replies_wait_for_the_moment_in_which_they_can_be_undone(desk: Desk, mio: TestClient, two: list[int]) -> None:
    number = macro(desk)
    address = begin(desk, mio, two, f"macro:{number}")
    assert all(m.sender_kind != "agent" for n in two for m in desk.messages(n))
    mio.post(f"{address}/undo")
    desk.work()
    assert "2 tickets are as they were." in mio.get(address).text
    assert {desk.ticket(n).priority for n in two} == {"normal"}


def test_whose_replies_are_approved_first_sends_none_to_many(desk: Desk, mio: TestClient, two: list[int]) -> None:
    number = macro(desk)
    with desk.write() as db:
        db.merge(desk.agent("mio")).approval = True
    asked = {"tickets": f"{two[0]},{two[1]}", "do": f"macro:{number}"}
    page = told(mio.get("/console/bulk", params=asked, headers=BESIDE).text)
    assert "0 of 2 tickets change." in page
    assert "A colleague has to approve your reply first." in page
    begin(desk, mio, two, f"macro:{number}")
    assert all(m.sender_kind != "agent" for n in two for m in desk.messages(n))
    assert {desk.ticket(n).priority for n in two} == {"normal"}


def test_a_macro_that_is_not_mine_or_gone_is_refused(desk: Desk, mio: TestClient, two: list[int]) -> None:
    with desk.write() as db:
        own = macros.save(db, desk.agent("kenji"), None, head("Mine", "own"), [], "").id
    for value in (str(own), "99999", "x"):
        answer = mio.post("/console/bulk", data={"tickets": two[0], "do": f"macro:{value}"})
        assert answer.status_code == 422
        assert "This macro is gone." in answer.text


def test_earlier_changes_are_found_again(desk: Desk, mio: TestClient, two: list[int]) -> None:
    assert "Nothing to undo" in mio.get("/console/bulk/past").text
    address = begin(desk, mio, two, "priority:urgent")
    page = mio.get("/console/bulk/past").text
    assert "Priority: Urgent" in page
    assert address in page
    assert address not in desk.signed_in("kenji").get("/console/bulk/past").text


@pytest.mark.browser
def test_many_are_selected_and_changed_by_keyboard_alone(desk: Desk, address: str, browser: Browser) -> None:
    numbers = [desk.customer_writes("hannah", "Hello", subject=f"Letter {n}").ticket_id or 0 for n in range(4)]
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/views/open")
    expect(page.locator("[data-offline]")).to_be_hidden()
    place = page.locator("#rows").bounding_box()
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-count]")).to_have_text("2 selected")
    expect(page.locator("#chosen h1")).to_have_text("2 tickets selected")
    after = page.locator("#rows").bounding_box()
    assert place
    assert after
    assert (place["x"], place["y"]) == (after["x"], after["y"])  # nothing moved under the pointer
    expect(page.locator("#bulk-acts .push")).to_be_visible()
    page.keyboard.press("p")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".would h2")).to_have_text("Priority: High")
    expect(page.get_by_role("button", name="Change 2 tickets")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#bulk-done")).to_contain_text("2 tickets were changed.")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    expect(page.locator("#rows .flag--high")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator("#chosen")).to_be_hidden()
    page.locator(f"#row-{numbers[0]} [data-pick]").click()
    page.get_by_role("button", name="Select all 4").click()
    expect(page.locator("#chosen h1")).to_have_text("4 tickets selected")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Change 4 tickets")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#rows .row")).to_have_count(0)
    page.locator("#bulk-done").get_by_role("button", name="Undo").click()
    expect(page.locator("#bulk-done")).to_contain_text("4 tickets are as they were.")
    expect(page.locator("#rows .row")).to_have_count(4)
    calm(page)
