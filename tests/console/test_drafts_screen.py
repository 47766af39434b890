"""Drafts on the screen: a crash, another window, a lost network, a permission withdrawn; in Chromium."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Route, expect

from app.tickets.models import Ticket
from app.tickets.unsent import Draft
from tests.browsing import calm, screen
from tests.story import Desk, until

pytestmark = pytest.mark.browser


def test_a_draft_survives_a_crash_another_machine_and_a_second_window(
    desk: Desk, address: str, browser: Browser
) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{number}")
    page.locator("textarea[name=body]").fill("Dear Hannah,\nthe lid")
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('draft')).length") == 0

    kenji = screen(browser, address, "kenji", locale="ja-JP")
    kenji.goto(f"{address}/console/tickets/{number}")
    expect(kenji.locator("#talk")).to_contain_text("が返信を下書き中です")
    expect(kenji.locator("textarea[name=body]")).to_have_value("")

    other = screen(browser, address, "mio")  # nothing of the first browser is there: it crashed, or was another machine
    other.goto(f"{address}/console/tickets/{number}")
    expect(other.locator("textarea[name=body]")).to_have_value("Dear Hannah,\nthe lid")
    other.locator("textarea[name=body]").press_sequentially("!")
    until(lambda: _texts(desk) == ["Dear Hannah,\nthe lid!"])

    page.locator("textarea[name=body]").fill("Dear Hannah, here too")
    guard = page.locator("#composer-guard .guard")
    expect(guard).to_contain_text("changed in another window")
    expect(guard).to_contain_text("the lid!")
    expect(page.locator("textarea[name=body]")).to_have_value("Dear Hannah, here too")
    guard.locator("[data-keep]").click()
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")
    assert _texts(desk) == ["Dear Hannah, here too"]

    page.context.set_offline(True)
    page.locator("textarea[name=body]").fill("Dear Hannah, offline")
    expect(page.locator("[data-saved]")).to_have_text("Kept in this browser")
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("textarea[name=body]")).to_have_value("Dear Hannah, offline")
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")

    page.locator("textarea[name=body]").press("Control+Enter")
    expect(page.locator("textarea[name=body]")).to_have_value("")
    expect(kenji.locator(".msg--us")).to_contain_text("Dear Hannah, offline")
    expect(kenji.locator("#talk")).not_to_contain_text("下書き中")
    calm(kenji)
    calm(other)
    calm(page)


def test_a_note_begun_stands_in_the_composer_and_leaves_the_keys_to_the_reader(
    desk: Desk, address: str, browser: Browser
) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{number}")
    page.locator(".kinds label", has_text="Note").click()
    page.locator("textarea[name=body]").fill("Ask the kiln")
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")
    page.reload()
    expect(page.locator("textarea[name=body]")).to_have_value("Ask the kiln")
    expect(page.locator("[name=kind][value=note]")).to_be_checked()
    page.keyboard.press("?")
    expect(page.locator("dialog[data-help]")).to_be_visible()
    expect(page.locator("textarea[name=body]")).to_have_value("Ask the kiln")
    calm(page)


TYPES_WHILE_LEAVING = """addEventListener('beforeunload', () => {
  const body = document.querySelector('textarea[name=body]');
  body.value += ' the lid is on its way.';
  setTimeout(() => body.dispatchEvent(new Event('input', { bubbles: true })), 400);
})"""


def _texts(desk: Desk) -> list[str]:
    with desk.read() as db:
        return list(db.scalars(sa.select(Draft.text)))


def test_a_page_drawn_before_the_last_save_shows_what_was_saved(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{number}")
    body = page.locator("textarea[name=body]")
    body.fill("Dear Hannah,")
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")

    page.evaluate(TYPES_WHILE_LEAVING)

    def slow(route: Route) -> None:
        drawn = route.fetch()  # with the text of before
        until(lambda: _texts(desk) == ["Dear Hannah, the lid is on its way."])
        route.fulfill(response=drawn)

    page.route(f"**/console/tickets/{number}", slow)
    page.reload()
    expect(body).to_have_value("Dear Hannah, the lid is on its way.")
    with page.expect_response("**/draft"):
        body.fill("Dear Hannah, the lid is on its way. Yours")
    assert _texts(desk) == ["Dear Hannah, the lid is on its way. Yours"]
    expect(page.locator("#composer-guard .guard")).to_have_count(0)
    calm(page)


def test_who_may_no_longer_write_keeps_the_text(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    with desk.write() as db:
        db.get_one(Ticket, number).assignee_id = desk.agent("rosa").id
    page = screen(browser, address, "rosa")
    page.goto(f"{address}/console/tickets/{number}")
    page.locator("textarea[name=body]").fill("A long letter")
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")
    with desk.write() as db:
        db.get_one(Ticket, number).assignee_id = None
    page.locator("textarea[name=body]").press_sequentially(" to Hannah")
    expect(page.locator("#composer-wrong")).to_contain_text("Your text stays here")
    expect(page.locator("textarea[name=body]")).to_have_value("A long letter to Hannah")
    page.goto(f"{address}/console/drafts")
    expect(page.locator("textarea")).to_have_value("A long letter")
    calm(page)


@pytest.mark.desk(undo_send_seconds=60)
def test_a_reply_is_undone_and_stands_in_the_composer_again(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{number}")
    body = page.locator("textarea[name=body]")
    body.fill("A new lid is coming")
    body.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text(f"Sending the reply to #{number}")
    expect(page.locator(".msg--held")).to_contain_text("Leaves in a moment")
    expect(body).to_have_value("")
    body.press_sequentially("PS")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(body).to_have_value("A new lid is coming\n\nPS")
    expect(page.locator(".msg--held")).to_have_count(0)
    page.locator("summary[aria-label='Send later']").click()
    expect(page.locator("[data-later-send]")).to_be_hidden()  # there is no time yet
    page.locator("[data-later]").fill("tomorrow 9am")
    expect(page.locator("#later-said")).to_contain_text("09:00")
    page.locator("[data-later]").press("Enter")
    expect(page.locator(".msg--held .state")).to_contain_text("Waits until")
    assert [m for m in desk.messages(number) if m.sender_kind == "agent"] == []
    page.locator(".msg--held").get_by_role("button", name="Send now").click()
    expect(page.locator(".msg--us .state")).to_contain_text("Sent")
    assert desk.messages(number)[-1].text == "A new lid is coming\n\nPS"
    calm(page)
