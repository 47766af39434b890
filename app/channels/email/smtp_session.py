"""One connection to the desk's mail door.

The command loop, greetings, timeouts and RSET are aiosmtpd's. MAIL, RCPT and DATA are ours, because real mail has
lines longer than 1,001 octets and local parts such as `a..b.`, an empty sender is ordinary, and LMTP answers once
for each recipient.
"""

from __future__ import annotations

import asyncio
import collections
from dataclasses import dataclass, field
from typing import Any, cast

import anyio.to_thread
import structlog
from aiosmtpd.smtp import SMTP, Envelope

from app.channels.burst import Burst
from app.channels.email.arriving import NULL_SENDER, incoming
from app.channels.email.certificate import Certificate
from app.channels.email.recipients import Recipients
from app.channels.email.smtp_text import Text, announced_size, path, together
from app.channels.types import Incoming
from app.errors import AppError

log = structlog.get_logger("mail")

IDLE = 300.0  # seconds between commands (RFC 5321, 4.5.3.2.7)
DATA_TIME = 600.0  # seconds for one mail's text
MOST_RECIPIENTS = 20_000  # accepted for one mail
KEPT_RECIPIENTS = 1000  # whose addresses are kept with it
COMMAND_LENGTH = 4096
_CHUNK = 1 << 24
_LARGE = 1 << 18  # bytes from which hashing would hold up the other connections

BUSY = "421 4.3.2 Too many connections, try again later"
LEAVING = "421 4.3.2 This desk is closing, try again later"
LATER = "451 4.3.0 The mail cannot be stored now, try again later"
TOO_BIG = "552 5.3.4 The mail is larger than this desk takes"


@dataclass
class House:
    """What all connections of a process share."""

    burst: Burst
    recipients: Recipients
    domain: str
    most_bytes: int
    most_connections: int
    certificate: Certificate
    sessions: set[Session] = field(default_factory=set)
    stopping: bool = False


class Transaction(Envelope):
    """One mail on its way in: who sends it, and the inbox of each accepted recipient."""

    def __init__(self) -> None:
        super().__init__()
        self.sender: str | None = None
        self.accepted: list[int] = []
        self.addresses: list[tuple[str, int]] = []

    def admit(self, address: str, inbox: int) -> None:
        self.accepted.append(inbox)
        if len(self.addresses) < KEPT_RECIPIENTS:
            self.addresses.append((address, inbox))


class Session(SMTP):
    """What SMTP and LMTP have in common."""

    line_length_limit = 65_536  # only flow control here: the text is not read by lines
    protocol = "SMTP"
    one_answer = True

    def __init__(self, house: House, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            _Hooks(),
            data_size_limit=house.most_bytes,
            enable_SMTPUTF8=True,
            hostname=house.domain,
            ident="Madoguchi",
            tls_context=house.certificate.context(),
            timeout=IDLE,
            loop=loop,
        )
        self.command_size_limits = collections.defaultdict(lambda: COMMAND_LENGTH)
        self._smtp_methods.pop("AUTH", None)  # nobody signs in here: not offered, not in HELP, not understood
        self.house = house
        self.gone = asyncio.Event()
        self.receiving = False
        self._admitted = False

    def _create_envelope(self) -> Envelope:
        return Transaction()

    @property
    def mail(self) -> Transaction:
        return cast(Transaction, self.envelope)  # the library looks at every member before there is one

    # ── coming and going ──────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._admitted:  # again, over TLS
            super().connection_made(transport)
            return
        full = len(self.house.sessions) >= self.house.most_connections
        if full or self.house.stopping:
            self._turn_away(transport, LEAVING if self.house.stopping else BUSY)
            return
        self._admitted = True
        self.house.sessions.add(self)
        super().connection_made(transport)

    def _turn_away(self, transport: asyncio.BaseTransport, words: str) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(words.encode() + b"\r\n")
        transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.house.sessions.discard(self)
        self.gone.set()
        if self._admitted:
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return super().eof_received() if self._admitted else False

    def data_received(self, data: bytes) -> None:
        if self._admitted:
            super().data_received(data)

    def leave(self) -> None:
        """Say goodbye now, or after the mail that is on its way in."""
        transport = self.transport
        if not self.receiving and isinstance(transport, asyncio.WriteTransport) and not transport.is_closing():
            self._turn_away(transport, LEAVING)

    def drop(self) -> None:
        """End the connection without another word."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def handle_exception(self, error: Exception) -> str:
        """Never a traceback at the sender, and never a 5xx for a fault of ours."""
        log.error("mail_session_failed", protocol=self.protocol, exc_info=error)
        return LATER

    # ── commands ──────────────────────────────────────────────────────────────────────────────────────

    async def smtp_MAIL(self, arg: str | None) -> None:
        if await self.check_helo_needed(self._hello):
            return
        given = path(arg, "FROM:")
        if given is None:
            await self.push("501 5.5.4 Syntax: MAIL FROM:<address>")
        elif self.mail.sender is not None:
            await self.push("503 5.5.1 One mail at a time")
        elif (size := announced_size(given[1])) is None:
            await self.push("501 5.5.4 Syntax: SIZE=number")
        elif size > self.house.most_bytes:
            await self.push(TOO_BIG)
        else:
            self.mail.sender = given[0]
            await self.push("250 2.1.0 OK")

    async def smtp_RCPT(self, arg: str | None) -> None:
        given = path(arg, "TO:")
        if self.mail.sender is None:
            await self.push("503 5.5.1 MAIL comes first")
        elif given is None or not given[0]:
            await self.push("501 5.5.4 Syntax: RCPT TO:<address>")
        elif len(self.mail.accepted) >= MOST_RECIPIENTS:
            await self.push("452 4.5.3 Too many recipients")
        else:
            await self.push(await self._admit(given[0]))

    async def _admit(self, address: str) -> str:
        try:
            inbox = await self.house.recipients.inbox(address)
        except AppError:
            return "451 4.3.0 The recipient cannot be looked up now, try again later"
        if inbox is None:
            return "550 5.1.1 There is no such address here"
        self.mail.admit(address, inbox)
        return "250 2.1.5 OK"

    async def smtp_DATA(self, arg: str | None) -> None:
        if not self.mail.accepted:
            await self.push("503 5.5.1 RCPT comes first")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        self.receiving = True
        try:
            await self._receive()
        finally:
            self.receiving = False
            self.envelope = self._create_envelope()
            self._reset_timeout()
        if self.house.stopping:
            self.leave()

    async def _receive(self) -> None:
        self._reset_timeout(DATA_TIME)
        await self.push("354 End with <CR><LF>.<CR><LF>")
        content = await self._content()
        accepted = self.mail.accepted
        inboxes = list(dict.fromkeys(accepted))
        if content is None:
            answers = dict.fromkeys(inboxes, TOO_BIG)
        else:
            stored = await asyncio.gather(*(self._store(inbox, content) for inbox in inboxes))
            answers = dict(zip(inboxes, stored, strict=True))
        if self.one_answer:
            await self.push(together(list(answers.values())))
            return
        for inbox in accepted:  # RFC 2033, 4.2: one for each, in their order
            await self.push(answers[inbox])

    async def _content(self) -> bytes | None:
        """The text, or None when it is too large; what follows it goes back to be read as commands."""
        text = Text(self.house.most_bytes)
        while not text.take(chunk := await self._reader.read(_CHUNK)):
            if not chunk:
                raise ConnectionResetError
        if text.rest:
            self._reader.feed_data(text.rest)  # in its place: `read` had emptied the reader
        return text.content()

    async def _store(self, inbox: int, content: bytes) -> str:
        """Store the mail for one inbox; the answer that its sender gets."""
        try:
            item = await self._item(inbox, content)
            number = await self.house.burst.accept(inbox, item)
        except AppError as error:
            log.warning("mail_not_stored", inbox=inbox, error=error.message)
            return LATER
        except Exception:
            log.exception("mail_not_stored", inbox=inbox)
            return LATER
        log.info("mail_received", received=number, inbox=inbox, size=len(content), protocol=self.protocol)
        return f"250 2.0.0 Received {number}"

    async def _item(self, inbox: int, content: bytes) -> Incoming:
        assert self.session is not None
        envelope = {
            "from": self.mail.sender or NULL_SENDER,
            "to": [address for address, number in self.mail.addresses if number == inbox],
            "peer": str((self.session.peer or ("",))[0]),
            "helo": self.session.host_name or "",
            "tls": self.session.ssl is not None,
        }
        if len(content) < _LARGE:
            return incoming(content, envelope)
        return await anyio.to_thread.run_sync(incoming, content, envelope)

    _hello = "EHLO"


class SmtpSession(Session):
    """RFC 5321: one answer for the whole mail."""


class LmtpSession(Session):
    """RFC 2033: greets with LHLO, and after DATA answers for each recipient."""

    protocol = "LMTP"
    one_answer = False
    _hello = "LHLO"

    async def smtp_LHLO(self, arg: str) -> None:
        await super().smtp_EHLO(arg)

    async def smtp_HELO(self, arg: str) -> None:
        await self.push("500 5.5.1 This is LMTP: say LHLO")

    async def smtp_EHLO(self, arg: str) -> None:
        await self.push("500 5.5.1 This is LMTP: say LHLO")


class _Hooks:
    """What aiosmtpd asks its handler."""

    async def handle_EHLO(
        self, server: Session, session: Any, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_RSET(self, server: Session, session: Any, envelope: Envelope) -> str:
        return "250 2.0.0 OK"

    async def handle_NOOP(self, server: Session, session: Any, envelope: Envelope, arg: str) -> str:
        return "250 2.0.0 OK"

    async def handle_QUIT(self, server: Session, session: Any, envelope: Envelope) -> str:
        return "221 2.0.0 Bye"
