"""What takes long for one keeps nobody else waiting."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import httpx
import pytest

from app.accounts import sessions
from tests.story import Desk, served

PATIENCE = 60.0  # seconds; what is asked for meanwhile takes a few milliseconds, and what is slow twice as long


def test_while_a_password_is_checked_mail_is_taken_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, free, written = threading.Event(), threading.Event(), threading.Event()

    def slow(*_: object) -> bool:
        begun.set()
        free.wait(2 * PATIENCE)
        return False

    def writes() -> None:
        desk.customer_writes("hannah", "Hello")
        written.set()

    monkeypatch.setattr("app.accounts.passwords.matches", slow)
    form = {"email": "mio@demo.madoguchi.example", "password": "not-hers-at-all"}
    with ThreadPoolExecutor() as threads:
        threads.submit(desk.visitor().post, "/sign-in", data=form)
        try:
            assert begun.wait(PATIENCE)
            threads.submit(writes)
            assert written.wait(PATIENCE)
        finally:
            free.set()


def test_while_slow_pictures_are_fetched_pages_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail names pictures of a server that answers slowly; an agent asks for them."""
    begun, free = threading.Semaphore(0), threading.Event()

    def slow(*_: object, **__: object) -> bytes:
        begun.release()
        free.wait(2 * PATIENCE)
        return b"GIF89a"

    monkeypatch.setattr("app.channels.fetcher.Fetcher.get", slow)
    pictures = "".join(f'<img src="http://slow.example/{n}.gif">' for n in range(desk.house.settings.database_pool))
    received = desk.customer_writes("hannah", "Look!", html=f"<p>Look!</p>{pictures}")
    mail = desk.signed_in("mio").get(f"/console/messages/{received.message_id}/html?pictures=1").text
    paths = [unescape(path) for path in re.findall(r'src="(/console/pictures[^"]+)"', mail)]
    assert len(paths) == desk.house.settings.database_pool
    with desk.write() as db:
        cookie = sessions.begin(db, desk.agent("mio"), "", "tests")
    cookies = {sessions.cookie_name(desk.house.settings.secure): cookie}
    with served(desk.house) as base, ThreadPoolExecutor(len(paths)) as threads:
        for path in paths:
            threads.submit(httpx.get, f"{base}{path}", cookies=cookies, timeout=4 * PATIENCE)
        try:
            assert begun.acquire(timeout=PATIENCE)
            for _ in paths[1:]:
                begun.acquire(timeout=0.5)  # those that may run beside it
            assert httpx.get(f"{base}/console/counts", cookies=cookies, timeout=PATIENCE).status_code == 200
        finally:
            free.set()
