"""The desk's own mail door: SMTP (RFC 5321) and LMTP (RFC 2033) on the event loop.

A mail is acknowledged only after its commit; while it cannot be stored the sender hears 451 and keeps it. What
the desk has no inbox for is refused at RCPT, so that it is no relay and sends no bounces.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
from collections.abc import Sequence

import structlog

from app.channels.burst import Burst
from app.channels.email.certificate import Certificate
from app.channels.email.recipients import Recipients
from app.channels.email.smtp_session import House, LmtpSession, Session, SmtpSession
from app.db import Database
from app.settings import Settings

log = structlog.get_logger("mail")
CONNECTIONS = 200
PATIENCE = 10.0  # seconds that mails on their way in get to finish when the desk stops
GOODBYE = 1.0  # seconds that a client which was told 421 gets to close its side (under TLS both must)


class MailListeners:
    """The two doors of one process. Which ports, and where they bind, the settings say. Raises BadSetting."""

    def __init__(self, database: Database, burst: Burst, settings: Settings) -> None:
        self._settings = settings
        self._house = House(
            burst,
            Recipients(database),
            settings.mail_domain,
            settings.mail_max_bytes,
            CONNECTIONS,
            Certificate(settings),
        )
        self._servers: list[asyncio.Server] = []
        # The library writes every command with its addresses; ours says what is worth knowing.
        logging.getLogger("mail.log").setLevel(logging.WARNING)

    async def start(self) -> None:
        """Open the doors whose port is not 0. Raises OSError in a sentence when a port is taken."""
        try:
            if self._settings.smtp_in_port:
                await self.listen(self._settings.smtp_in_host, self._settings.smtp_in_port)
            if self._settings.lmtp_in_port:
                await self.listen(self._settings.smtp_in_host, self._settings.lmtp_in_port, lmtp=True)
        except OSError:
            await self.stop()
            raise

    async def listen(self, host: str, port: int, *, lmtp: bool = False) -> int:
        """Open one door; port 0 picks a free one. Returns the port. Raises OSError."""
        kind = LmtpSession if lmtp else SmtpSession
        try:
            server = await asyncio.get_running_loop().create_server(
                lambda: kind(self._house, asyncio.get_running_loop()), host, port, backlog=512
            )
        except OSError as error:
            raise _in_words(error, host, port, "LMTP" if lmtp else "SMTP") from error
        self._servers.append(server)
        bound: int = server.sockets[0].getsockname()[1]
        log.info("listening", protocol="lmtp" if lmtp else "smtp", host=host, port=bound)
        return bound

    async def stop(self) -> None:
        """Close the doors: the idle are told 421, mails on their way in are finished first. May be called twice."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()
        self._house.stopping = True
        sessions = list(self._house.sessions)
        for session in sessions:
            session.leave()
        await _gone([session for session in sessions if session.receiving], PATIENCE)
        await _gone(sessions, GOODBYE)
        for session in list(self._house.sessions):
            session.drop()


async def _gone(sessions: Sequence[Session], seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(session.gone.wait() for session in sessions))


def _in_words(error: OSError, host: str, port: int, protocol: str) -> OSError:
    setting = f"MADOGUCHI_{protocol}_IN_PORT"
    if error.errno == errno.EADDRINUSE:
        words = f"Port {port} on {host} is taken, so no mail can be received there; set {setting} to another."
    elif error.errno == errno.EACCES:
        words = f"Port {port} on {host} needs more rights than this process has; set {setting} to one above 1023."
    else:
        words = f"The {protocol} listener cannot bind to {host}:{port}: {error.strerror or error}"
    return OSError(error.errno, words)
