"""A real Chromium for stories that happen on a screen."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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
    return browser.new_context(
        viewport={"width": width, "height": height},
        locale=LOCALES[locale],
        color_scheme=scheme,  # type: ignore[arg-type]
        timezone_id="Asia/Tokyo",
        reduced_motion="reduce",
        **more,
    )


def sign_in(page: Page, base: str, who: str) -> None:
    """One of the colleagues signs in by the form."""
    page.goto(f"{base}/sign-in")
    page.fill("input[name=email]", cast.STAFF[who].email)
    page.fill("input[name=password]", cast.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console**")


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        port: int = made.getsockname()[1]
        return port
