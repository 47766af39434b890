"""What a ticket carries, on a real screen: filled in by keyboard, by two at once, and linked tickets seen live."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.events import SYSTEM
from app.main import House
from app.tickets import shaping
from app.tickets.shaping import Draft
from tests.browsing import calm, screen
from tests.story import Desk, served

pytestmark = pytest.mark.browser
OPTIONS = [("", "Broken", "破損"), ("", "Late", "遅延")]


@pytest.fixture
def address(house: House, desk: Desk) -> Iterator[str]:
    with desk.write() as db:
        shaping.add(db, "order", "text", Draft({"en": "Order", "ja": "注文番号"}, {}), SYSTEM)
        shaping.add(db, "problem", "choice", Draft({"en": "Problem", "ja": "問題"}, {}, OPTIONS, True), SYSTEM)
    with served(house) as address:
        yield address


def test_two_fill_in_the_same_field_and_solving_asks_for_another(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    mio, yuki = screen(browser, address, "mio"), screen(browser, address, "yuki", locale="ja-JP")
    for page in (mio, yuki):
        page.goto(f"{address}/console/tickets/{number}")
        expect(page.locator("[data-offline]")).to_be_hidden()
    mio.locator("#f-order").focus()
    mio.keyboard.type("TK-1")
    yuki.locator("#f-order").focus()
    yuki.keyboard.type("TK-2")
    yuki.keyboard.press("Enter")
    expect(yuki.locator(".toast")).to_contain_text("TK-2")
    expect(mio.locator("#f-order")).to_have_value("TK-1")  # what one types stays
    mio.keyboard.press("Enter")
    asked = mio.locator("dialog[data-ask]")
    expect(asked).to_contain_text("TK-2")
    expect(asked.get_by_role("button", name="Leave it as it is now")).to_be_focused()
    asked.get_by_role("button", name="Take mine").click()
    expect(yuki.locator(".toast")).to_have_count(1)
    expect(asked).to_be_hidden()
    assert desk.ticket(number).fields == {"order": "TK-1"}
    mio.locator("#topic-h").focus()
    mio.keyboard.press("e")
    expect(asked).to_contain_text("Problem")
    asked.locator("select").select_option("late")
    mio.keyboard.press("Tab")
    asked.get_by_role("button", name="Save and solve").click()
    expect(mio.locator("#form-solve")).to_contain_text("Reopen")
    assert (desk.ticket(number).status, desk.ticket(number).fields["problem"]) == ("solved", "late")
    calm(yuki)


def test_a_ticket_is_linked_by_keyboard_and_seen_live(desk: Desk, address: str, browser: Browser) -> None:
    one = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    other = desk.customer_writes("tom", "Mine too.", subject="A rattling lid").ticket_id or 0
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{one}")
    expect(page.locator("[data-offline]")).to_be_hidden()
    page.locator("#menu-link > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#form-link [name=q]")).to_be_focused()
    page.keyboard.type("rattling")
    expect(page.locator("#link-found .item")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(f"#link-{other}")).to_be_visible()
    desk.signed_in("yuki").post(
        f"/console/tickets/{other}/priority", data={"priority": "high"}, headers={"hx-request": "true"}
    )
    desk.signed_in("yuki").post(f"/console/tickets/{other}/status", data={"status": "waiting_other"})
    expect(page.locator(f"#link-{other} .is-waiting_other")).to_be_attached()
    page.locator("#menu-check > summary").click()
    expect(page.locator("#form-check [name=add]")).to_be_focused()
    page.keyboard.type("Ask the workshop")
    page.keyboard.press("Enter")
    expect(page.locator("#checks li")).to_have_count(1)
    page.keyboard.press("Escape")
    page.locator("#checks [role=checkbox]").focus()
    page.keyboard.press("Space")
    expect(page.locator("#checks [aria-checked=true]")).to_have_count(1)
    calm(page)
