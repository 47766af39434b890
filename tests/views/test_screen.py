"""Building a view and searching on a screen: by keyboard alone, live, and calm while an input method composes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.events import SYSTEM
from app.main import House
from app.tickets import lifecycle
from app.tickets.models import Ticket
from tests.axe import faults
from tests.browsing import calm, screen
from tests.story import Desk, served

pytestmark = pytest.mark.browser


@pytest.fixture
def address(house: House, desk: Desk) -> Iterator[str]:
    with served(house) as address:
        yield address


def test_a_view_is_built_by_keyboard_and_its_count_is_live(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    page = screen(browser, address, "mio", bypass_csp=True)
    page.goto(f"{address}/console/saved/new")
    page.locator("#group-").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#f-1_0")).to_be_focused()
    page.keyboard.type("Prio")
    expect(page.locator("[name=was-1_0]")).to_have_value("priority any")
    expect(page.locator("#f-1_0")).to_be_focused()
    page.locator("summary#v-1_0").press("Enter")
    expect(page.locator("details[open] input").first).to_be_focused()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "Space", "Escape"):
        page.keyboard.press(key)
    expect(page.locator("summary#v-1_0")).to_contain_text("Urgent")
    expect(page.locator("summary#v-1_0")).to_be_focused()
    expect(page.locator("#view-preview")).to_contain_text("Tickets now: 0")
    assert faults(page) == []
    page.locator("#add-1").press("Enter")
    expect(page.locator("#f-1_1")).to_be_focused()
    page.locator("#remove-1_1").press("Enter")
    expect(page.locator("#add-1")).to_be_focused()
    page.locator("[name=name_en]").fill("Burning")
    page.keyboard.press("Enter")
    expect(page.locator("#list-h")).to_have_text("Burning")
    expect(page.locator("#list-n")).to_have_text("0")
    with desk.write() as db:
        lifecycle.set_priority(db, db.get_one(Ticket, number), "urgent", SYSTEM)
    expect(page.locator(f"#row-{number}")).to_be_visible()
    expect(page.locator("#list-n")).to_have_text("1")
    expect(page.locator(".rail [aria-current]")).to_contain_text("Burning1")
    calm(page)


def test_the_search_suggests_and_leaves_composing_alone(desk: Desk, address: str, browser: Browser) -> None:
    desk.customer_writes("ayaka", "蓋がゆるいです。", subject="急須の蓋")
    page = screen(browser, address, "kenji")
    page.goto(f"{address}/console/views/open")
    page.keyboard.press("/")
    found, field = page.locator("[data-found] [role=option]"), page.locator("#find")
    expect(found.first).to_contain_text("状態:")
    page.keyboard.press("Escape")
    expect(page.locator("[data-found]")).to_be_hidden()
    enter = "{bubbles: true, cancelable: true, key: 'Enter', isComposing: true}"
    page.keyboard.insert_text("状態")
    expect(found).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "so-1")
    field.evaluate(f"e => e.dispatchEvent(new KeyboardEvent('keydown', {enter}))")
    expect(field).to_have_value("状態")
    page.keyboard.press("Enter")
    expect(field).to_have_value("状態:")
    expect(found.nth(1)).to_contain_text("状態:対応中")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("状態:未対応 ")
    page.keyboard.press("Enter")
    expect(page.locator("#list-h")).to_have_text("検索")
    expect(page.locator("#find")).to_have_value("状態:未対応")
    page.locator("#find").fill("")
    expect(page.locator("[data-found] [data-late]").first).to_have_text("状態:未対応")  # of late
    calm(page)
