"""Two people at the same ticket, in two browsers: who reads, who writes, and a visitor on the other side."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from app.demo import cast
from tests.browsing import calm, screen
from tests.story import Desk

pytestmark = pytest.mark.browser
# who stops for five seconds is no longer writing, and a busy machine may take as long to show it
WRITES_ON = """setInterval(() => document.activeElement.dispatchEvent(new Event('input', {bubbles: true})), 200)"""


def test_two_colleagues_see_each_other_in_thread_and_list_until_one_leaves(
    desk: Desk, address: str, browser: Browser
) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    mio, kenji = screen(browser, address, "mio"), screen(browser, address, "kenji", locale="ja-JP")
    name = cast.STAFF["mio"].name
    kenji.goto(f"{address}/console/views/open")
    mio.goto(f"{address}/console/tickets/{number}")
    row = kenji.locator(f"#row-{number} .here")
    expect(row).to_have_attribute("title", f"{name}さんがこのチケットを閲覧中")
    mio.locator("textarea").press_sequentially("Dear Hannah")
    mio.evaluate(WRITES_ON)
    expect(row).to_have_attribute("title", f"{name}さんが返信を入力中")
    kenji.goto(f"{address}/console/tickets/{number}")
    expect(kenji.locator(".topic .here")).to_have_attribute("title", f"{name}さんが返信を入力中")
    expect(kenji.locator("[data-writing]")).to_have_text(f"{name}さんが返信を入力中")
    expect(kenji.locator("[data-presence]")).to_contain_text(name)
    expect(mio.locator(".topic .here")).to_have_attribute("title", f"{cast.STAFF['kenji'].name} is reading this ticket")
    desk.agent_notes("yuki", number, "I have seen it.")
    expect(kenji.locator(".note")).to_be_visible()
    expect(kenji.locator(".topic .here")).to_be_visible()  # a live update leaves the faces where they are
    calm(mio)
    expect(kenji.locator(".topic .here")).to_have_count(0)
    expect(kenji.locator("[data-writing]")).to_be_hidden()
    calm(kenji)


def test_visitor_and_agent_see_that_the_other_types(desk: Desk, address: str, browser: Browser) -> None:
    inbox = desk.inbox("chat")
    visitor = browser.new_context(locale="en-GB").new_page()
    visitor.goto(f"{address}/widget/{inbox.public_id}?lang=en")
    visitor.locator("textarea").fill("Is the kiln open on Sunday?")
    visitor.keyboard.press("Enter")
    expect(visitor.locator(".me .st")).to_contain_text("Sent")
    mio = screen(browser, address, "mio")
    mio.goto(f"{address}/console/views/open")
    mio.locator(".row > a").click()
    expect(mio.locator(".thread")).to_be_visible()
    visitor.locator("textarea").press_sequentially("I mean")
    writing = visitor.evaluate(WRITES_ON)
    expect(mio.locator("[data-writing]")).to_contain_text("is typing")
    assert "I mean" not in mio.content()
    visitor.evaluate("clearInterval", writing)
    visitor.locator("textarea").fill("")
    expect(mio.locator("[data-writing]")).to_be_hidden()
    mio.locator("textarea").press_sequentially("It is")
    writing = mio.evaluate(WRITES_ON)
    expect(visitor.locator("[data-typing]")).to_have_text(f"{cast.STAFF['mio'].name} is typing")
    mio.evaluate("clearInterval", writing)
    mio.keyboard.press("Control+Enter")
    expect(visitor.locator(".turn").last).to_contain_text("It is")
    expect(visitor.locator("[data-typing]")).to_have_text("")
    visitor.context.close()
    calm(mio)
