"""Ratings and reports in a real browser: without script, by keyboard, live, on a phone, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from app.accounts import sessions
from app.main import House
from tests.browsing import open_context
from tests.story import Desk, served
from tests.surveys.asked import mailed, solved

pytestmark = [pytest.mark.browser, pytest.mark.desk(survey_delay_minutes=0)]


@dataclass
class Screens:
    """The desk as it runs, with a ticket whose customer was just asked for a rating."""

    browser: Browser
    desk: Desk
    base: str
    link: str

    def agent(self, who: str, path: str, **options: object) -> Page:
        """A browser that somebody is signed in with, on a page; what it complains about is kept."""
        context = open_context(self.browser, **options)  # type: ignore[arg-type]
        token = self.desk.signed_in(who).cookies[sessions.cookie_name(False)]
        context.add_cookies([{"name": sessions.cookie_name(False), "value": token, "url": self.base}])
        page = context.new_page()
        page.goto(self.base + path)
        return page

    def customer(self, path: str, **options: object) -> Page:
        """A customer's browser, which runs no script."""
        page = open_context(self.browser, java_script_enabled=False, **options).new_page()  # type: ignore[arg-type]
        page.goto(self.base + path)
        return page


@pytest.fixture
def screens(browser: Browser, house: House, desk: Desk) -> Iterator[Screens]:
    number = solved(desk)
    desk.work()
    with served(house) as base:
        yield Screens(browser, desk, base, mailed(desk, number).path)


def test_a_rating_without_script_arrives_live_on_an_open_report(screens: Screens) -> None:
    report = screens.agent("mio", "/reports?period=7")
    tile = report.locator("#tile-csat")
    expect(tile).to_contain_text("0% of 1 surveys answered")
    link = report.locator("#chart-volume a").last
    link.focus()
    report.evaluate("window.stayed = true")

    customer = screens.customer(f"{screens.link}?score=4", width=390)
    expect(customer.get_by_label("Good", exact=True)).to_be_checked()
    customer.get_by_label("Very good").check()
    customer.get_by_label("What should we keep").fill("Quick!")
    customer.get_by_role("button", name="Send rating").click()
    expect(customer.get_by_role("status")).to_contain_text("Your rating has been counted: Very good.")

    expect(tile.locator(".big")).to_have_text("100%")
    expect(tile).to_contain_text("100% of 1 surveys answered")
    assert report.evaluate("window.stayed")  # the page was not loaded again
    expect(link).to_be_focused()


def test_a_point_of_a_chart_opens_its_tickets_by_keyboard(screens: Screens) -> None:
    report = screens.agent("mio", "/reports?period=7")
    report.locator("#chart-response .frame").focus()
    report.keyboard.press("Tab")
    expect(report.locator("#chart-response a:focus")).to_have_attribute("aria-label", re.compile("median"))
    report.keyboard.press("Enter")
    expect(report.get_by_role("heading", level=1)).to_contain_text("Tickets by first response")
    expect(report.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize(("who", "locale"), [("mio", "en"), ("yuki", "ja")])
def test_on_a_phone_charts_and_tables_scroll_inside_their_frames(screens: Screens, who: str, locale: str) -> None:
    report = screens.agent(who, "/reports?period=30", locale=locale, width=390)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert report.evaluate(wide) == 0
    for frame in report.locator(".frame").all():
        assert frame.evaluate("e => e.scrollWidth > e.clientWidth")
    customer = screens.customer(f"{screens.link}?lang={locale}", width=390)
    assert customer.locator("label:has(input)").first.bounding_box()["height"] >= 44  # type: ignore[index]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_have_no_barriers(screens: Screens, scheme: str) -> None:
    page = screens.agent("mio", "/reports?period=14", scheme=scheme)
    for path in ("", "/reports/tickets?what=asked&period=14", f"{screens.link}?score=4", f"{screens.link}?lang=ja"):
        if path:
            page.goto(screens.base + path)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()


def test_nothing_on_the_pages_offends_the_strict_policy(screens: Screens) -> None:
    page = screens.agent("mio", "/reports")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in ("/reports?period=30", "/reports/tickets?what=created", screens.link):
        page.goto(screens.base + path)
    assert said == []
