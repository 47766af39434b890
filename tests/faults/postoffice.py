"""A stand-in for the server that outgoing mail is handed to, which sometimes hangs up after the text."""

from __future__ import annotations

import asyncio
import email
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass(frozen=True, slots=True)
class Handed:
    """A mail as it was handed over."""

    message_id: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def text(self) -> str:
        """Its plain text."""
        part = email.message_from_bytes(self.content, policy=policy.default).get_body(("plain",))
        return part.get_content() if part is not None else ""


@dataclass
class PostOffice:
    """Keeps everything it was handed. `hangs_up` decides, by mail and how often it came before, to break the
    connection after the text was taken: the sender then cannot know, and must send the same mail again."""

    hangs_up: Callable[[Handed, int], bool] = lambda mail, before: False
    mails: list[Handed] = field(default_factory=list)
    broken: int = 0
    port: int = 0
    came: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        content = bytes(envelope.content)
        head = email.message_from_bytes(content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        mail = Handed(" ".join(str(head["Message-ID"]).split()), tuple(envelope.rcpt_tos), content)
        with self.came:
            before = sum(1 for known in self.mails if known.message_id == mail.message_id)
            self.mails.append(mail)
            self.came.notify_all()
        if self.hangs_up(mail, before):
            self.broken += 1
            server.transport.abort()
            return "421 4.4.2 Hanging up"
        return "250 2.0.0 Taken"

    def wait_for(self, count: int, seconds: float) -> bool:
        """Wait until so many mails have been handed over."""
        with self.came:
            return self.came.wait_for(lambda: len(self.mails) >= count, seconds)

    def by_id(self) -> dict[str, list[Handed]]:
        """What was handed over, by Message-ID."""
        found: dict[str, list[Handed]] = defaultdict(list)
        with self.came:
            for mail in self.mails:
                found[mail.message_id].append(mail)
        return found


@contextmanager
def opened(office: PostOffice, port: int = 0) -> Iterator[PostOffice]:
    """The office, listening on a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="post office", daemon=True)
    thread.start()

    async def serve() -> asyncio.Server:
        return await loop.create_server(
            lambda: SMTP(office, enable_SMTPUTF8=True, hostname="post.example", loop=loop), "127.0.0.1", port
        )

    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(60)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
