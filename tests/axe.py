"""`make axe`: axe-core on every page of the demo desk, in both languages and themes, wide and on a phone.

Each screen of `make screens` is looked at, then every page that they link to, one of each kind.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Frame, Page

from tests import screens
from tests.browsing import chromium, open_context
from tests.screens import SCREENS, Desk
from tests.story import served

OFF = ("/sign-out", "/static/", "/live/", "/api/", "/metrics", "/raw", "/console/files/", "/help/files/", "/manifest")
OPTIONS = {"resultTypes": ["violations"]}


def faults(page: Page | Frame) -> list[str]:
    """What axe-core finds on a page as it stands, frames with scripts of their own too; one line each."""
    found = Axe().run(page, options=OPTIONS)  # type: ignore[arg-type]
    said = [f"{v['id']}: {node['html'][:160]}" for v in found.response["violations"] for node in v["nodes"]]
    if isinstance(page, Page):
        for frame in page.frames[1:]:
            element = frame.frame_element()
            if element.get_attribute("sandbox") is None and element.is_visible():
                said += faults(frame)
    return said


def crawl(browser: Browser, desk: Desk, locale: str, scheme: str, width: int) -> Iterator[tuple[str, list[str]]]:
    """(page, what is wrong with it) for every screen, and for one page of each kind that they lead to."""
    seen: set[str] = set()
    ahead: list[tuple[str, str]] = []
    contexts = {who: _context(browser, desk, who, locale, scheme, width) for who in ("staff", "nobody")}
    for name, (who, how) in SCREENS.items():
        page = contexts[who].new_page()
        how(page, desk, locale)
        page.wait_for_timeout(150)
        seen.add(_kind(page.url))
        yield name, faults(page)
        ahead += [(who, link) for link in _links(page, desk.base)]
        page.close()
    while ahead:
        who, link = ahead.pop(0)
        if _kind(link) in seen:
            continue
        seen.add(_kind(link))
        page = contexts[who].new_page()
        page.goto(link)
        page.wait_for_timeout(100)
        yield urlsplit(link).path, faults(page)
        ahead += [(who, found) for found in _links(page, desk.base)]
        page.close()
    for context in contexts.values():
        context.close()


def _context(browser: Browser, desk: Desk, who: str, locale: str, scheme: str, width: int) -> BrowserContext:
    context = open_context(browser, locale, scheme, width, bypass_csp=True)  # axe-core is put into the page
    if who == "staff":
        context.add_cookies([{"name": "desk", "value": desk.sessions[locale], "url": desk.base}])
    return context


def _links(page: Page, base: str) -> list[str]:
    every: list[str] = page.eval_on_selector_all(
        "a[href]:not([download])", "all => all.map(a => String(a.href?.baseVal ?? a.href))"
    )
    whole = [urljoin(page.url, a).split("#")[0] for a in every]
    return [a for a in whole if a.startswith(base) and not any(off in a for off in OFF)]


def _kind(address: str) -> str:
    """Pages that differ by a number, a name or a token alone are of one kind."""
    parts = urlsplit(address)
    return re.sub(r"/(\d+|[\w-]{16,})(?=/|$)", "/*", re.sub(r"(?<=/views/).*", "*", parts.path))


def run() -> int:
    """Look at every page, and report."""
    parser = argparse.ArgumentParser(prog="make axe")
    parser.add_argument("--widths", default="1440,390")
    given = parser.parse_args()
    wrong: dict[str, list[str]] = {}
    looked = 0
    with tempfile.TemporaryDirectory() as folder:
        house = screens.prepare(Path(folder))
        with served(house) as base, chromium() as browser:
            desk = screens.facts(house, base)
            for width in map(int, given.widths.split(",")):
                for locale, scheme in ((a, b) for a in ("en", "ja") for b in screens.SCHEMES):
                    for name, found in crawl(browser, desk, locale, scheme, width):
                        looked += 1
                        for fault in found:
                            wrong.setdefault(fault, []).append(f"{name}.{locale}.{scheme}.{width}")
                    print(f"  {locale} {scheme} {width}: {looked} pages so far", flush=True)
        house.close()
    for fault, places in sorted(wrong.items()):
        print(f"{fault}\n    {len(places)} ×: {', '.join(places[:4])}")
    print(f"{looked} pages, {len(wrong)} violations.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(run())
