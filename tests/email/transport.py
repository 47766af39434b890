"""Real doors and real clients for stories about mail on its way in and out."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP

from app.channels.email.smtp_in import MailListeners
from app.db import Database
from app.settings import Settings


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def start(self, coroutine: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def run(self, coroutine: Any) -> Any:
        return self.start(coroutine).result(60)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


@dataclass
class Door:
    """The desk's listeners, open on free ports."""

    listeners: MailListeners
    loop: Loop
    smtp_port: int
    lmtp_port: int

    @contextmanager
    def smtp(self) -> Iterator[smtplib.SMTP]:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, "client.example", timeout=60) as client:
            client.ehlo()
            yield client

    def send(self, raw: bytes, to: str | list[str], sender: str = "taro@customer.example") -> str:
        """Hand in one mail; the last answer as text. Raises what smtplib raises."""
        with self.smtp() as client:
            client.mail(sender)
            for recipient in [to] if isinstance(to, str) else to:
                code, text = client.rcpt(recipient)
                if code != 250:
                    raise smtplib.SMTPResponseException(code, text)
            code, text = client.data(raw)
            return f"{code} {text.decode()}"


@contextmanager
def open_door(database: Database, burst: Any, settings: Settings) -> Iterator[Door]:
    loop = Loop()
    try:
        listeners = MailListeners(database, burst, settings)
        smtp = loop.run(listeners.listen("127.0.0.1", 0))
        lmtp = loop.run(listeners.listen("127.0.0.1", 0, lmtp=True))
        yield Door(listeners, loop, smtp, lmtp)
        loop.run(listeners.stop())
    finally:
        loop.close()


class Wire:
    """A connection spoken by hand, line for line."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._file = self.socket.makefile("rb")

    def say(self, text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        self.socket.sendall(data.replace(b"\n", b"\r\n"))

    def line(self) -> str:
        """The next line, "" when the other side has closed."""
        return self._file.readline().decode().rstrip("\r\n")

    def answer(self) -> str:
        """The last line of the next answer."""
        line = self.line()
        while line[3:4] == "-":
            line = self.line()
        return line

    def close(self) -> None:
        self._file.close()
        self.socket.close()


@contextmanager
def wire(port: int) -> Iterator[Wire]:
    made = Wire(port)
    try:
        yield made
    finally:
        made.close()


@dataclass
class OtherServer:
    """A stand-in for the server that outgoing mail is handed to. Answers can be changed; it keeps what it took."""

    mails: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    at_mail: str = ""
    at_rcpt: dict[str, str] = field(default_factory=dict)
    at_data: str = ""
    hang_up_after_data: bool = False
    port: int = 0
    sessions: list[SMTP] = field(default_factory=list)

    @property
    def connections(self) -> int:
        """How many were ever opened."""
        return len(self.sessions)

    def hang_up(self) -> None:
        """End every connection, as a server does that was restarted."""
        ended = threading.Event()

        def end() -> None:
            for session in self.sessions:
                if session.transport:
                    session.transport.abort()
            ended.set()

        self.sessions[0].loop.call_soon_threadsafe(end)
        ended.wait(60)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return self.at_mail or "250 2.1.0 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        answer = self.at_rcpt.get(address, "250 2.1.5 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.hang_up_after_data:
            server.transport.abort()
            return "421 bye"
        if not self.at_data:
            self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.at_data or "250 2.0.0 taken"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


@contextmanager
def other_server(**options: Any) -> Iterator[OtherServer]:
    loop = Loop()
    made = OtherServer()

    def session() -> SMTP:
        made.sessions.append(SMTP(made, enable_SMTPUTF8=True, hostname="other.example", loop=loop.loop, **options))
        return made.sessions[-1]

    async def serve() -> Any:
        return await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)

    server = loop.run(serve())
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        loop.loop.call_soon_threadsafe(server.close)
        loop.close()
