"""A second pair of eyes on two screens at once, in Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browsing import calm, screen
from tests.story import Desk

pytestmark = [pytest.mark.browser, pytest.mark.desk(undo_send_seconds=0)]


def test_a_reply_is_asked_for_sent_back_mended_and_approved(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    with desk.write() as db:
        db.merge(desk.agent("kenji")).approval = True
    kenji, mio = screen(browser, address, "kenji", locale="ja-JP"), screen(browser, address, "mio")
    for page in (kenji, mio):
        page.goto(f"{address}/console/tickets/{number}")
    body = kenji.locator("textarea[name=body]")
    body.fill("It leaves today.")
    body.press("Control+Enter")
    expect(body).to_have_value("")
    expect(kenji.locator(".msg--asked")).to_contain_text("承認を依頼しました")

    card = mio.locator(".msg--asked")
    expect(card).to_contain_text("岡部 賢司 asks for approval")
    card.get_by_role("link", name="Compare").focus()
    mio.keyboard.press("Enter")
    mio.get_by_label("Comment for").fill("Friday, not today.")
    mio.get_by_role("button", name="Send back").press("Enter")
    expect(mio.locator("#talk")).to_contain_text("sent the reply of 岡部 賢司 back")

    expect(kenji.locator("#returned")).to_contain_text("Friday, not today.")
    expect(body).to_have_value("It leaves today.")
    body.fill("It leaves on Friday.")
    body.press("Control+Enter")
    expect(body).to_have_value("")
    expect(kenji.locator("#returned")).not_to_contain_text("Friday, not today.")

    mio.locator(".msg--asked").get_by_role("button", name="Approve and send").press("Enter")
    expect(mio.locator("#talk")).to_contain_text("approved the reply of 岡部 賢司")
    expect(kenji.locator(".msg--us")).to_contain_text("It leaves on Friday.")
    expect(kenji.locator(".msg--asked")).to_have_count(0)
    calm(kenji)
    calm(mio)
