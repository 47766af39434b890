"""The console in a real browser: by keyboard alone, live, on a phone, and without a word against the strict policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.demo import cast
from app.main import House
from tests.story import Desk, served

pytestmark = pytest.mark.browser


@pytest.fixture
def address(house: House, desk: Desk) -> Iterator[str]:
    """The desk, running with its jobs and sockets."""
    with served(house) as address:
        yield address


def screen(browser: Browser, address: str, who: str, **options: Any) -> Page:
    """A browser that somebody signed in with; anything that it complains about fails the test."""
    context: BrowserContext = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
    page.goto(f"{address}/sign-in")
    page.locator("[name=email]").fill(cast.STAFF[who].email)
    page.locator("[name=password]").fill(cast.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".rail")).to_be_attached()
    page.complaints = complaints  # type: ignore[attr-defined]
    return page


def calm(page: Page) -> None:
    assert page.complaints == []  # type: ignore[attr-defined]
    page.context.close()


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
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert [(v["id"], v["nodes"][0]["html"]) for v in found.response["violations"]] == []
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
