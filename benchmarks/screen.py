"""Another agent's screen: told over the socket that something changed, it asks for its rows again."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from benchmarks.browser import HTMX, Browser

THROTTLE = 0.3  # seconds, as the list's hx-trigger says: the first at once, what comes within it together after


@dataclass
class Screen:
    """A list that is open in a browser and follows live. Speaks Engine.IO 4 and Socket.IO 5 by hand."""

    browser: Browser
    path: str
    heard: int = 0
    _socket: ClientConnection | None = None
    _news: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _shown: str = ""
    _seen_at: dict[str, float] = field(default_factory=dict)
    _wanted: set[str] = field(default_factory=set)
    _open: bool = True

    def __enter__(self) -> Screen:
        url = f"ws://127.0.0.1:{self.browser.port}/live/socket/?EIO=4&transport=websocket"
        headers = {"Cookie": self.browser.cookie, "Origin": f"http://127.0.0.1:{self.browser.port}"}
        self._socket = connect(url, additional_headers=headers)
        assert str(self._socket.recv()).startswith("0")
        self._socket.send("40")
        answer = str(self._socket.recv())
        while answer.startswith("42"):  # who is here is told as soon as one may hear it, before the word of welcome
            answer = str(self._socket.recv())
        if not answer.startswith("40"):
            raise RuntimeError(f"the socket was refused: {answer}")
        self._shown = self.browser.get(self.path).text
        for do in (self._listen, self._refetch):
            threading.Thread(target=do, daemon=True).start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open = False
        self._news.set()
        if self._socket is not None:
            self._socket.close()

    def _listen(self) -> None:
        assert self._socket is not None
        with contextlib.suppress(ConnectionClosed):
            for packet in self._socket:
                text = str(packet)
                if text == "2":
                    self._socket.send("3")
                elif text.startswith("42") and json.loads(text[2:])[0] == "changed":
                    self.heard += 1
                    self._news.set()

    def _refetch(self) -> None:
        while self._open:
            self._news.wait()
            self._news.clear()
            if not self._open:
                return
            asked = time.monotonic()
            shown = self.browser.get(self.path, HTMX).text
            with self._changed:
                for subject in list(self._wanted):
                    if subject in shown:
                        self._seen_at[subject] = time.monotonic()
                        self._wanted.discard(subject)
                self._changed.notify_all()
            time.sleep(max(0.0, asked + THROTTLE - time.monotonic()))

    def expect(self, subject: str) -> None:
        """Watch for a row with this subject."""
        with self._changed:
            self._wanted.add(subject)

    def seen(self, subject: str, seconds: float = 20.0) -> float:
        """When the row was there (time.monotonic). Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: subject in self._seen_at, seconds):
                raise TimeoutError(f"{subject!r} never appeared on {self.path}")
            return self._seen_at[subject]
