"""A real Chromium for stories that happen on a screen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.demo import cast

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
]
LOCALES = {"en": "en-US", "ja": "ja-JP"}
PATIENCE = 30_000  # ms
# What a story waits for comes in a tenth of a second, or in many seconds where two processors do everything at once.
# Five (the default) were not enough; a failure costs more time now, a success none.
expect.set_options(timeout=PATIENCE)
# A toast goes by itself after eight seconds, unless somebody is at it. No story is about that, and none is a race
# against it: in stories somebody always is.
HELD = """new MutationObserver(seen => seen.forEach(({target}) =>
    target.dispatchEvent(new PointerEvent('pointerenter'))))
  .observe(document, {subtree: true, attributeFilter: ['data-armed']})"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that the machine has."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def open_context(
    browser: Browser, locale: str = "en", scheme: str = "light", width: int = 1440, **more: Any
) -> BrowserContext:
    """A browser of somebody's own: their language, their theme, the size of their screen."""
    height = 844 if width < 500 else 900
    made = browser.new_context(
        viewport={"width": width, "height": height},
        locale=LOCALES[locale],
        color_scheme=scheme,  # type: ignore[arg-type]
        timezone_id="Asia/Tokyo",
        reduced_motion="reduce",
        **more,
    )
    made.add_init_script(HELD)
    return made


def sign_in(page: Page, base: str, who: str) -> None:
    """One of the colleagues signs in by the form."""
    page.goto(f"{base}/sign-in")
    page.fill("input[name=email]", cast.STAFF[who].email)
    page.fill("input[name=password]", cast.PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".rail")).to_be_attached()
    page.wait_for_load_state()  # keys are heard from now on


_complaints: WeakKeyDictionary[Page, list[str]] = WeakKeyDictionary()


def screen(browser: Browser, address: str, who: str, width: int = 1440, **options: Any) -> Page:
    """A browser that somebody signed in with; `calm` asks at the end whether it complained about anything."""
    options.setdefault("service_workers", "block")  # the shell of the phone has stories of its own
    context = browser.new_context(viewport={"width": width, "height": 844 if width < 500 else 900}, **options)
    context.add_init_script(HELD)
    page = context.new_page()
    heard = _complaints[page] = []
    page.on("pageerror", lambda error: heard.append(error.stack or str(error)))
    page.on("console", lambda m: heard.append(m.text) if "Content Security Policy" in m.text else None)
    sign_in(page, address, who)
    return page


def calm(page: Page) -> None:
    """Close a `screen` that had no error and nothing against the policy."""
    assert _complaints[page] == []
    page.context.close()
