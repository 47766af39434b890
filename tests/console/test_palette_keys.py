"""The palette and the keys in a real browser: by keyboard alone, in Japanese, on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.axe import faults
from tests.browsing import screen
from tests.story import Desk

pytestmark = pytest.mark.browser


def test_a_ticket_is_found_opened_and_taken_from_the_palette(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    desk.customer_writes("tom", "Hello", subject="Another matter")
    page = screen(browser, address, "mio", bypass_csp=True)
    palette = page.locator("dialog[data-palette]")
    page.keyboard.press("Control+k")
    page.keyboard.type("loose")
    expect(palette.locator("[role=option][aria-selected=true]")).to_contain_text("A loose lid")
    assert faults(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("#topic-h")).to_have_text("A loose lid")
    page.keyboard.press("Control+k")
    page.keyboard.type("assign")
    expect(palette.locator("[role=option][aria-selected=true]")).to_contain_text("Assign to me")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#menu-assignee summary")).to_contain_text("Mio Tanabe")
    assert desk.ticket(number).assignee_id == desk.agent("mio").id
    page.keyboard.press("Control+k")
    page.keyboard.type("another")
    expect(palette.locator("[role=option][aria-selected=true]")).to_contain_text("Another matter")
    page.keyboard.press("Enter")
    expect(page.locator("#topic-h")).to_have_text("Another matter")
    page.keyboard.press("Control+k")
    expect(palette.locator("[role=option]").first).to_contain_text("A loose lid")  # the ticket of late
    page.keyboard.press("Escape")
    expect(palette).to_be_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("note")
    expect(palette.locator("[role=option][aria-selected=true]")).to_contain_text("Internal note")
    page.keyboard.press("Enter")
    expect(page.locator("textarea[name=body]")).to_be_focused()
    page.context.close()


def test_composing_in_the_palette_looks_up_but_chooses_nothing(desk: Desk, address: str, browser: Browser) -> None:
    desk.customer_writes("ayaka", "蓋がゆるいです。", subject="急須の蓋")
    page = screen(browser, address, "kenji", width=390)
    page.locator(".list [data-palette-open]").click()
    field = page.locator("dialog[data-palette] input")
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "もりした", "selectionStart": 4, "selectionEnd": 4})
    expect(page.locator("dialog[data-palette] [role=option]").first).to_contain_text("森下 彩香")
    enter = "{bubbles: true, cancelable: true, key: 'Enter', isComposing: true}"
    field.evaluate(f"e => e.dispatchEvent(new KeyboardEvent('keydown', {enter}))")
    field.evaluate("e => e.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, key: 'Enter', keyCode: 229}))")
    expect(page.locator("dialog[data-palette]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("Escape")
    page.context.close()


def test_a_chosen_key_works_in_place_of_its_default_and_never_in_a_field(
    desk: Desk, address: str, browser: Browser
) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/profile")
    page.locator("[name=key-solve]").fill("y")
    page.get_by_role("button", name="Save the keys").click()
    expect(page.locator(".toast")).to_contain_text("Saved.")
    page.goto(f"{address}/console/tickets/{number}")
    page.locator("textarea[name=body]").fill("")
    page.keyboard.type("ye")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    assert desk.ticket(number).status == "new"
    page.keyboard.press("y")
    expect(page.locator(".toast")).to_contain_text([f"Solved #{number}"])
    page.context.close()


AT_ONCE = """new MutationObserver((_, watch) => {
  if (!document.querySelector('form[data-composer]')) return;
  watch.disconnect();
  const { port1, port2 } = new MessageChannel(); // sooner than any timer, as a key may be that waited for its turn
  port1.onmessage = () => document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'n', bubbles: true}));
  port2.postMessage('');
}).observe(document.querySelector('#desk'), {childList: true})"""


def test_a_key_pressed_the_moment_a_ticket_appears_is_not_lost(desk: Desk, address: str, browser: Browser) -> None:
    for n in range(2):
        desk.customer_writes("tom", "About tea.", subject=f"Question {n}")
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/1?view=unassigned")
    page.evaluate(AT_ONCE)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#topic-h")).to_have_text("Question 1")
    expect(page.locator("textarea[name=body]")).to_be_focused()
    expect(page.locator("[name=kind][value=note]")).to_be_checked()
    page.context.close()


def test_the_next_ticket_is_there_before_it_is_asked_for(desk: Desk, address: str, browser: Browser) -> None:
    numbers = [desk.customer_writes("tom", f"About tea {n}.", subject=f"Question {n}").ticket_id or 0 for n in range(4)]
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/views/unassigned")
    expect(page.locator("[data-offline]")).to_be_hidden()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if request.resource_type == "fetch" else None)
    page.keyboard.press("j")
    with page.expect_response(f"**/tickets/{numbers[1]}?view=unassigned"):
        page.keyboard.press("Enter")
    expect(page.locator("#topic-h")).to_have_text("Question 0")
    with page.expect_response(f"**/tickets/{numbers[2]}?view=unassigned"):
        page.keyboard.press("j")
        page.keyboard.press("Enter")
    expect(page.locator("#topic-h")).to_have_text("Question 1")
    expect(page).to_have_url(f"{address}/console/tickets/{numbers[1]}?view=unassigned")
    assert len([url for url in fetched if f"/tickets/{numbers[1]}?" in url]) == 1
    heard = f"new Promise(heard => document.body.addEventListener('ticket-{numbers[2]}', heard, {{once: true}}))"
    page.evaluate(f"window.outdated = {heard}; undefined")
    desk.agent_notes("kenji", numbers[2], "A note of just now.")  # what was fetched ahead is out of date
    page.evaluate("window.outdated.then(() => true)")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#topic-h")).to_have_text("Question 2")
    expect(page.locator(".note")).to_contain_text("A note of just now.")
    page.context.close()
