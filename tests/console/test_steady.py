"""Screens that stand still while things happen: the layout shift of list and ticket while live updates come in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import open_context, sign_in
from tests.story import Desk

pytestmark = pytest.mark.browser
MOST = 0.02  # cumulative layout shift (web.dev/cls)
WATCH = """window.shifts = []; new PerformanceObserver(list => { for (const e of list.getEntries())
  window.shifts.push({value: e.value, input: e.hadRecentInput,
    of: e.sources.map(s => s.node?.className || s.node?.parentElement?.className || String(s.node?.nodeName))});
}).observe({type: 'layout-shift', buffered: true})"""


def shifted(page: Page) -> tuple[float, list[object]]:
    """(everything that moved by itself since the page began, what moved)"""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")
    found = page.evaluate("window.shifts")
    return sum(entry["value"] for entry in found), found


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_jumps_while_mail_comes_in(desk: Desk, address: str, browser: Browser, width: int) -> None:
    numbers = [
        desk.customer_writes("tom", f"About tea {n}.\n\n" + "Tea. " * 60, subject=f"Question {n}").ticket_id or 0
        for n in range(12)
    ]
    page = open_context(browser, "en", width=width).new_page()
    page.emulate_media(reduced_motion="no-preference")
    page.add_init_script(WATCH)
    sign_in(page, address, "mio")
    page.goto(f"{address}/console/views/open")
    expect(page.locator("[data-offline]")).to_be_hidden()
    for n in range(3):
        desk.customer_writes("hannah", "Hello", subject=f"New {n}")
    expect(page.locator(".row", has_text="New 2")).to_be_attached()
    desk.agent_replies("kenji", numbers[3], "On its way.")
    expect(page.locator(f"#row-{numbers[3]}")).to_have_count(0)
    total, what = shifted(page)
    assert total < MOST, what
    page.goto(f"{address}/console/tickets/{numbers[0]}")
    page.locator("textarea[name=body]").fill("I am writing")
    for n in range(3):
        desk.agent_notes("kenji", numbers[0], f"Seen {n}.")
    expect(page.locator(".note")).to_have_count(3)
    desk.agent_replies("kenji", numbers[0], "It leaves today.")
    expect(page.locator(".msg--us .state")).to_contain_text("Sent")
    total, what = shifted(page)
    assert total < MOST, what
    page.context.close()
