"""The widget's own browser tests: a running desk, and a visitor's clean browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browsing import open_context
from tests.story import Desk, served


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """The desk running, with its jobs and sockets."""
    with served(desk.house) as base:
        yield base


@pytest.fixture
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """A visitor's browser. What it complains of fails the test."""
    made = open_context(browser, base_url=address)
    complaints: list[str] = []
    made.on("weberror", lambda error: complaints.append(str(error.error)))
    made.on("console", lambda m: complaints.append(m.text) if "Content Security Policy" in m.text else None)
    yield made
    made.close()
    assert complaints == []


@pytest.fixture
def shop(desk: Desk, address: str) -> Iterator[str]:
    """A page of another company, on another site, whose policy allows no style and no script but the loader."""
    script = f'<script src="{address}/widget.js" data-inbox="{desk.inbox("chat").public_id}" async></script>'
    policy = f"default-src 'none'; script-src {address}; frame-src {address}"
    body = f"<!doctype html><html lang=ja><title>Shop</title><p>Tea</p>{script}".encode()

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
