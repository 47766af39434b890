"""Snooze, merge and bulk on a real screen: by keyboard, by mouse and by touch."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import calm, screen
from tests.story import Desk

pytestmark = pytest.mark.browser


def test_a_ticket_is_put_to_sleep_in_words_by_keyboard(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("ayaka", "蓋がゆるいです。", subject="急須の蓋").ticket_id or 0
    page = screen(browser, address, "yuki", locale="ja-JP")
    page.goto(f"{address}/console/tickets/{number}?view=unassigned")
    expect(page.locator("[data-offline]")).to_be_hidden()
    page.keyboard.press("z")
    page.keyboard.type("そのうち")
    expect(page.locator("#snooze-said")).to_contain_text("日時として読み取れません")
    page.locator("#form-snooze input").fill("来週月曜")
    expect(page.locator("#snooze-said b")).to_contain_text("09:00")
    page.keyboard.press("Enter")
    expect(page.locator("#menu-snooze summary")).to_contain_text("09:00")
    expect(page.locator(".toast")).to_contain_text(f"#{number}")
    expect(page.locator(f"#row-{number}")).to_have_count(0)
    assert desk.ticket(number).snoozed
    page.locator(".toast button", has_text="元に戻す").click()
    expect(page.locator(f"#row-{number}")).to_be_visible()
    assert not desk.ticket(number).snoozed
    calm(page)


def test_on_a_phone_a_preset_is_a_tap(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    page = screen(browser, address, "mio", has_touch=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/console/tickets/{number}")
    page.locator("#menu-snooze summary").tap()
    page.locator("#menu-snooze .item", has_text="Tomorrow").tap()
    expect(page.locator("#menu-snooze summary")).to_contain_text("09:00")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    calm(page)


def test_two_tickets_become_one_by_keyboard_and_are_two_again(desk: Desk, address: str, browser: Browser) -> None:
    target = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    source = desk.customer_writes("hannah", "Here is a picture.", subject="The picture").ticket_id or 0
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{source}")
    expect(page.locator("[data-offline]")).to_be_hidden()
    page.keyboard.press("m")
    page.wait_for_url("**/merge")
    expect(page.locator("main h1")).to_have_text(f"Merge #{source}")
    expect(page.locator("#merge-q")).to_be_focused()
    page.keyboard.type("loose")
    expect(page.locator("#candidates tbody tr")).to_have_count(1)
    page.get_by_role("button", name=f"Merge into #{target}").click()
    expect(page.locator("#topic-h")).to_have_text("A loose lid")
    expect(page.locator(".msg")).to_have_count(2)
    page.locator(".toast button", has_text="Undo").click()
    expect(page.locator("#topic-h")).to_have_text("The picture")
    expect(page.locator(".msg")).to_have_count(1)
    assert desk.ticket(source).merged_into_id is None
    calm(page)


def test_a_stretch_is_selected_and_stays_so_while_the_list_changes(desk: Desk, address: str, browser: Browser) -> None:
    numbers = [desk.customer_writes("tom", "Hello", subject=f"Question {n}").ticket_id or 0 for n in range(4)]
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/views/open")
    expect(page.locator("[data-offline]")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("1 selected")
    page.locator(f"#row-{numbers[2]} [data-pick]").click(modifiers=["Shift"])
    expect(page.locator("[data-count]")).to_have_text("3 selected")
    desk.customer_writes("hannah", "Hello", subject="Another one")
    expect(page.locator(".row")).to_have_count(5)
    expect(page.locator(".row [data-pick]:checked")).to_have_count(3)  # a live update keeps what is selected
    page.locator("#bulk-acts summary", has_text="Priority").click()
    page.locator("#bulk-acts .item", has_text="High").click()
    expect(page.locator("#chosen")).to_contain_text("3 of 3 tickets change.")
    page.get_by_role("button", name="Change 3 tickets").click()
    expect(page.locator("#bulk-done")).to_contain_text("3 tickets were changed.")
    assert [desk.ticket(n).priority for n in numbers] == ["high"] * 3 + ["normal"]
    calm(page)
