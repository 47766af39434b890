"""Mails on their way in, and watching for what becomes of them without asking the server."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import sqlalchemy as sa

from app import clock
from app.channels.ledger import Received
from benchmarks.gauge import OURS
from benchmarks.words import Voice
from tests.faults.server import Server

READ = ("opened", "threaded")
LOOK = 0.003  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Mail:
    message_id: str
    sender: str
    to: str
    raw: bytes


def write(voice: Voice, sender: str, to: str, subject: str = "") -> Mail:
    """A mail of a customer: text and HTML, as most programs send it."""
    text = voice.text()
    made = EmailMessage()
    made["From"] = f"{sender.partition('@')[0]} <{sender}>"
    made["To"] = to
    made["Subject"] = subject or voice.subject()
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = make_msgid(domain=sender.partition("@")[2])
    made.set_content(text)
    made.add_alternative(f"<html><body><p>{text.replace(chr(10) * 2, '</p><p>')}</p></body></html>", subtype="html")
    return Mail(str(made["Message-ID"]), sender, to, made.as_bytes())


def deliver(server: Server, mail: Mail) -> None:
    """Hand one mail in by LMTP on a connection of its own. Raises SMTPException."""
    with smtplib.LMTP("127.0.0.1", server.lmtp_port, "mx.bench.example", timeout=60) as line:
        line.sendmail(mail.sender, [mail.to], mail.raw)


def deliver_all(server: Server, post: Sequence[Mail], lines: int) -> None:
    """Hand many in over several connections at once."""

    def hand_in(part: Sequence[Mail]) -> None:
        with smtplib.LMTP("127.0.0.1", server.lmtp_port, "mx.bench.example", timeout=60) as line:
            for mail in part:
                line.sendmail(mail.sender, [mail.to], mail.raw)

    with ThreadPoolExecutor(lines) as pool:
        list(pool.map(hand_in, [post[n::lines] for n in range(lines)]))


class Watch:
    """Looks into the database, on a connection of its own, whether mails have become messages."""

    def __init__(self, address: str, inbox: int) -> None:
        options = {"application_name": OURS} if address.startswith("postgresql") else {}
        self._engine = sa.create_engine(address, connect_args=options, isolation_level="AUTOCOMMIT")
        self._count = (
            sa.select(sa.func.count())
            .select_from(Received)
            .where(
                Received.inbox_id == inbox,
                Received.external_id.in_(sa.bindparam("ids", expanding=True)),
                Received.state.in_(READ),
            )
        )

    def wait(self, post: Sequence[Mail], seconds: float = 60.0) -> None:
        """Until each mail has its ticket. Raises TimeoutError."""
        end = time.monotonic() + seconds
        ids = [mail.message_id for mail in post]
        while self._read(ids) < len(ids):
            if time.monotonic() > end:
                raise TimeoutError(f"{len(ids) - self._read(ids)} mails have no ticket")
            time.sleep(LOOK)

    def _read(self, ids: Sequence[str]) -> int:
        with closing(self._engine.connect()) as connection:
            found = connection.execute(self._count, {"ids": list(ids)}).scalar_one()
        return int(found)

    def close(self) -> None:
        self._engine.dispose()
