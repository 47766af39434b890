"""The bell and mentions on two screens: by keyboard, live in every tab, and told while the tab is hidden."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from app.demo import cast
from app.events import Actor
from app.tickets import assignment
from app.tickets.models import Ticket
from tests.browsing import calm, screen
from tests.story import Desk

pytestmark = pytest.mark.browser
HIDDEN = """
    window.told = [];
    window.Notification = class extends EventTarget {
      static permission = 'granted';
      constructor(title, more) { super(); told.push([title, more.body]); }
    };
    Object.defineProperty(document, 'visibilityState', { get: () => window.away ? 'hidden' : 'visible' });
"""


def test_a_colleague_is_mentioned_by_keyboard_and_told_in_every_tab(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    mio, kenji = screen(browser, address, "mio"), screen(browser, address, "kenji", locale="ja-JP")
    kenji.add_init_script(HIDDEN)
    kenji.goto(f"{address}/console/views/open")
    other = kenji.context.new_page()
    other.goto(f"{address}/console/profile")
    expect(kenji.locator("[data-bell]")).to_have_attribute("aria-label", "お知らせ")
    kenji.evaluate("window.away = true")
    mio.goto(f"{address}/console/tickets/{number}")
    mio.keyboard.press("n")
    body = mio.locator("textarea[name=body]")
    body.press_sequentially("Please look, @おかべ")
    expect(mio.locator(".mention-list")).to_contain_text("岡部 賢司")
    body.evaluate(
        "e => e.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, key: 'Enter', isComposing: true}))"
    )
    expect(mio.locator(".mention-list")).to_be_visible()  # Enter belonged to the input method
    mio.keyboard.press("Enter")
    expect(body).to_have_value("Please look, @岡部 賢司 ")
    expect(mio.locator(".mention-list")).to_have_count(0)
    body.press_sequentially("and @")
    expect(mio.locator(".mention-list [aria-selected=true]")).to_have_count(1)
    mio.keyboard.press("Escape")
    expect(body).to_be_focused()
    mio.keyboard.press("Control+Enter")
    expect(mio.locator(".note")).to_contain_text("@岡部 賢司")
    for tab in (kenji, other):
        expect(tab.locator("[data-bell]")).to_have_attribute("aria-label", "お知らせ、未読 1 件")
    kenji.wait_for_function("window.told.length === 1")
    title, text = kenji.evaluate("window.told[0]")
    assert title == f"{cast.STAFF['mio'].name}さんがメモであなたをメンションしました"
    assert text == f"#{number} A loose lid"
    other.goto(f"{address}/console/notices")
    other.locator(".notices button").focus()
    other.keyboard.press("Enter")
    expect(other.locator("#topic-h")).to_have_text("A loose lid")
    expect(kenji.locator("[data-bell] i")).to_have_text("")
    with other.expect_response("**/console/notices/read"), desk.write() as db:  # who looks at the ticket has read it
        by = Actor("agent", desk.agent("mio").id)
        assignment.assign(db, db.get_one(Ticket, number), desk.agent("kenji").id, by)
    kenji.goto(f"{address}/console/notices")
    expect(kenji.locator(".notices li")).to_have_count(2)
    expect(kenji.locator(".notices [data-unread]")).to_have_count(0)
    calm(kenji)
    calm(mio)
