"""The console in a real browser: by keyboard alone, live, on a phone, and without a word against the strict policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.axe import faults
from tests.browsing import calm, screen, sign_in
from tests.story import Desk

pytestmark = pytest.mark.browser


def test_a_ticket_is_answered_and_solved_by_keyboard_alone(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/views/unassigned")
    expect(page.locator("[data-offline]")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#topic-h")).to_have_text("A loose lid")
    expect(page).to_have_url(f"{address}/console/tickets/{number}?view=unassigned")
    page.keyboard.press("n")
    page.keyboard.type("Is there a pair in Uji?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".note")).to_contain_text("Is there a pair in Uji?")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("A new one leaves today.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg--us .state")).to_contain_text("Sent")
    expect(page.locator("textarea")).to_have_value("")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#menu-priority summary")).to_contain_text("High")
    page.keyboard.press("e")
    expect(page.locator(".toast")).to_contain_text([f"Solved #{number}"])
    expect(page.locator(f"#row-{number}")).to_have_count(0)
    assert desk.ticket(number).status == "solved"
    other = desk.customer_writes("tom", "Where is my order?", subject="Another matter").ticket_id or 0
    page.locator(f"#row-{other} a").first.click()
    expect(page.locator("#topic-h")).to_have_text("Another matter")
    page.locator(".toast", has_text=f"Solved #{number}").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text([f"#{number}: Waiting for the customer"])
    expect(page.locator("#topic-h")).to_have_text("Another matter")
    assert desk.ticket(number).status != "solved"
    calm(page)


def test_a_live_update_disturbs_nothing(desk: Desk, address: str, browser: Browser) -> None:
    long = "\n\n".join(f"Paragraph {n} about tea." for n in range(60))
    number = desk.customer_writes("hannah", long, subject="A long letter").ticket_id or 0
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{number}")
    body = page.locator("textarea")
    body.fill("I am writing")
    body.evaluate("e => e.setSelectionRange(2, 4)")
    page.locator(".talk").evaluate("e => { e.scrollTop = -600 }")
    place = "document.querySelectorAll('.text p')[20].getBoundingClientRect().top"
    before = page.evaluate(place)
    desk.agent_notes("kenji", number, "I have seen it.")
    expect(page.locator(".note")).to_contain_text("I have seen it.")
    assert page.evaluate(place) == before
    assert body.input_value() == "I am writing"
    assert body.evaluate("e => [e.selectionStart, e.selectionEnd, document.activeElement === e]") == [2, 4, True]
    desk.customer_writes("tom", "Hello", subject="From somebody else")
    page.goto(f"{address}/console/views/open")
    expect(page.locator(".row", has_text="From somebody else")).to_be_visible()
    page.goto(f"{address}/console/tickets/{number}")
    expect(page.locator("textarea")).to_have_value("I am writing")  # the draft survived leaving the page
    calm(page)


def test_composing_japanese_sends_nothing(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("ayaka", "蓋がゆるいです。", subject="急須の蓋").ticket_id or 0
    page = screen(browser, address, "kenji", locale="ja-JP")
    page.goto(f"{address}/console/tickets/{number}")
    body = page.locator("textarea")
    body.fill("森下様")
    enter = "{bubbles: true, cancelable: true, key: 'Enter', ctrlKey: true"
    body.evaluate(f"e => e.dispatchEvent(new KeyboardEvent('keydown', {enter}, isComposing: true}}))")
    body.evaluate(f"e => e.dispatchEvent(new KeyboardEvent('keydown', {enter}, keyCode: 229}}))")
    page.locator("#topic-h").evaluate(
        "e => e.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, key: 'e', isComposing: true}))"
    )
    page.locator("label", has_text="社内メモ").click()
    expect(body).to_have_value("")
    page.locator("label", has_text="返信").click()
    expect(body).to_have_value("森下様")  # each kind keeps its own text
    assert [m for m in desk.messages(number) if m.sender_kind == "agent"] == []
    assert desk.ticket(number).status == "new"
    calm(page)


def test_drafts_are_their_writer_s_and_go_with_signing_out_not_with_the_session(
    desk: Desk, address: str, browser: Browser
) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.").ticket_id or 0
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{number}")
    page.locator("textarea").fill("Dear Hannah")
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")
    page.context.clear_cookies()  # the session ended by itself
    page.locator("textarea").fill("Dear Hannah, yes")
    for who, draft in (("kenji", ""), ("mio", "Dear Hannah, yes")):
        sign_in(page, address, who)
        page.goto(f"{address}/console/tickets/{number}")
        expect(page.locator("textarea")).to_have_value(draft)
        if who == "kenji":
            page.context.clear_cookies()
            page.locator("textarea").fill("森下様")
    page.locator("textarea").fill("Dear Hannah, no")
    page.locator("form[action='/sign-out']").evaluate("form => form.requestSubmit()")
    page.wait_for_url(f"{address}/sign-in")
    left = "Object.entries(localStorage).filter(e => e[0].startsWith('draft')).map(e => JSON.parse(e[1]).text)"
    assert page.evaluate(left) == ["森下様"]  # another's, whose session merely ended
    sign_in(page, address, "mio")
    page.goto(f"{address}/console/tickets/{number}")
    expect(page.locator("textarea")).to_have_value("Dear Hannah, no")  # the server had the last words, too
    calm(page)


def test_on_a_phone_one_zone_at_a_time_with_a_way_back(desk: Desk, address: str, browser: Browser) -> None:
    desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid")
    page = screen(browser, address, "mio", has_touch=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/console/views/open")
    expect(page.locator(".thread")).to_be_hidden()
    page.locator(".row > a").tap()
    expect(page.locator(".thread")).to_be_visible()
    expect(page.locator(".list")).to_be_hidden()
    page.locator("[data-panel-toggle]").tap()
    expect(page.locator(".panel")).to_be_visible()
    page.locator(".panel .back").tap()
    page.locator(".topic .back").tap()
    expect(page.locator(".list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    calm(page)


@pytest.mark.parametrize(("who", "locale", "theme"), [("mio", "en-GB", "light"), ("yuki", "ja-JP", "dark")])
def test_nothing_keeps_anybody_out(
    desk: Desk, address: str, browser: Browser, who: str, locale: str, theme: str
) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    desk.agent_notes("kenji", number, "A note")
    page = screen(browser, address, who, locale=locale, color_scheme=theme, bypass_csp=True)
    for path in ("views/open", "views/mine", f"tickets/{number}", "settings/agents", "profile", "quarantine"):
        page.goto(f"{address}/console/{path}")
        assert faults(page) == []
    page.keyboard.press("?")
    expect(page.locator("dialog[data-help]")).to_be_visible()
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("views/open", f"tickets/{number}"):
        page.goto(f"{address}/console/{path}")
        assert faults(page) == []
    page.context.close()


def test_the_first_visit_of_a_list_is_light(desk: Desk, address: str, browser: Browser) -> None:
    for n in range(50):
        desk.customer_writes("tom", f"Question {n} about a tea caddy", subject=f"Question {n}")
    page = screen(browser, address, "mio")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{address}/console/views/open")
    expect(page.locator(".row")).to_have_count(50)
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) <= 130_000
    calm(page)
