"""An agent who answers tickets over REST while the server comes and goes, repeating what got no answer."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.faults.server import Server


@dataclass
class Answering:
    """Answers the first `wanted` tickets, each with a numbered text and one Idempotency-Key."""

    server: Server
    token: str
    run: str
    wanted: int
    seconds: float
    accepted: dict[int, str] = field(default_factory=dict)  # ticket: its text
    refused: list[str] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to answer."""
        self._end = time.monotonic() + self.seconds
        self._thread = threading.Thread(target=self._answer_all, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until all answers were accepted, or time ran out."""
        if self._thread is not None:
            self._thread.join(max(0.0, self._end - time.monotonic()) + 30)

    def text(self, ticket: int) -> str:
        """What is answered to a ticket."""
        return f"This is the answer to ticket number {ticket} of run {self.run}.\n\nお待たせしました。"

    def _answer_all(self) -> None:
        seen: set[int] = set()
        while len(self.accepted) + len(self.refused) < self.wanted and time.monotonic() < self._end:
            for ticket in sorted(self._open() - seen)[: self.wanted - len(seen)]:
                seen.add(ticket)
            for ticket in sorted(seen - self.accepted.keys()):
                self._answer(ticket)
            time.sleep(0.2)

    def _open(self) -> set[int]:
        status, body = self._call("GET", "/api/v1/tickets?limit=100")
        return {row["id"] for row in body.get("data", ())} if status == 200 else set()

    def _answer(self, ticket: int) -> None:
        text = self.text(ticket)
        path, key = f"/api/v1/tickets/{ticket}/replies", f"{self.run}-{ticket}"
        status, body = self._call("POST", path, {"text": text}, {"Idempotency-Key": key})
        if status == 201:
            self.accepted[ticket] = text
        elif 400 <= status < 500 and status not in (409, 429):
            self.refused.append(f"{ticket}: {status} {body}")

    def _call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """(status, answer); status 0 when there was none. No status says that it did not happen."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **(headers or {})}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, sent)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            connection.close()
