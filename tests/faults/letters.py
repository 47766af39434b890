"""Numbered mails, and senders that do what mail servers do: keep a mail until somebody has said 250 to it."""

from __future__ import annotations

import contextlib
import hashlib
import queue
import random
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime

from app import clock
from tests.faults.server import Server

SUPPORT = "support@crash.example"
CUSTOMERS = 60
LARGE_EVERY, LARGE_BYTES = 20, 300_000  # beyond what the database keeps: goes to the file store
LINES = (
    "The kettle arrived without its lid.",
    "急須の蓋が割れていました。交換をお願いできますか。",
    "Could you send the invoice once more?",
    "注文した茶葉がまだ届きません。",
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail with a number in its text, so that it is known again wherever it turns up."""

    number: int
    message_id: str
    sender: str
    text: str
    file: str | None  # SHA-256 of its attachment
    raw: bytes


def letters(count: int, run: str, dice: random.Random) -> list[Letter]:
    """Numbered mails of some customers; one in twenty carries a file too large for the database."""
    return [_letter(number, run, dice) for number in range(1, count + 1)]


def _letter(number: int, run: str, dice: random.Random) -> Letter:
    who = dice.randrange(CUSTOMERS)
    text = f"This is mail number {number} of run {run}.\n\n{dice.choice(LINES)}"
    mail = EmailMessage()
    mail["From"] = f"Customer {who} <customer{who}@crash-senders.example>"
    mail["To"] = SUPPORT
    mail["Subject"] = f"Number {number}"
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{run}.{number}@crash-senders.example>"
    mail.set_content(text)
    digest = None
    if number % LARGE_EVERY == 0:
        content = dice.randbytes(LARGE_BYTES)
        digest = hashlib.sha256(content).hexdigest()
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"{number}.bin")
    sender = f"customer{who}@crash-senders.example"
    return Letter(number, str(mail["Message-ID"]), sender, text, digest, mail.as_bytes())


@dataclass
class Sending:
    """Several threads that hand letters in by SMTP and LMTP in turn, each until it has heard 250."""

    server: Server
    post: Sequence[Letter]
    seconds: float
    threads: int = 4
    acknowledged: Counter[int] = field(default_factory=Counter)
    attempts: int = 0
    refused: list[str] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)
    _queue: queue.SimpleQueue[Letter] = field(default_factory=queue.SimpleQueue)
    _running: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to send."""
        self._end = time.monotonic() + self.seconds
        for letter in self.post:
            self._queue.put(letter)
        for number in range(self.threads):
            thread = threading.Thread(target=self._send_all, args=(random.Random(number),), daemon=True)
            thread.start()
            self._running.append(thread)

    def wait_for(self, count: int) -> bool:
        """Wait until so many have been acknowledged; False when time ran out first."""
        with self.news:
            return self.news.wait_for(lambda: len(self.acknowledged) >= count, self._end - time.monotonic())

    def join(self) -> None:
        """Wait until every letter was acknowledged or refused, or time ran out."""
        for thread in self._running:
            thread.join(max(0.0, self._end - time.monotonic()) + 30)

    def _send_all(self, dice: random.Random) -> None:
        lines: dict[bool, smtplib.SMTP] = {}  # by whether it is LMTP
        with contextlib.suppress(queue.Empty):
            while True:
                self._send(self._queue.get_nowait(), lines, dice)
        for line in lines.values():
            line.close()

    def _send(self, letter: Letter, lines: dict[bool, smtplib.SMTP], dice: random.Random) -> None:
        lmtp = letter.number % 2 == 0
        while time.monotonic() < self._end:
            with self.news:
                self.attempts += 1
            try:
                if lmtp not in lines:
                    lines[lmtp] = self._connect(lmtp)
                code, said = _hand_in(lines[lmtp], letter)
            except (OSError, smtplib.SMTPException):
                code, said = 0, ""
            if code == 250:
                with self.news:
                    self.acknowledged[letter.number] += 1
                    self.news.notify_all()
                return
            if line := lines.pop(lmtp, None):
                line.close()
            if code >= 500:
                self.refused.append(f"{letter.number}: {code} {said}")
                return
            time.sleep(dice.uniform(0.02, 0.1))

    def _connect(self, lmtp: bool) -> smtplib.SMTP:
        kind = smtplib.LMTP if lmtp else smtplib.SMTP
        made = kind("127.0.0.1", self.server.lmtp_port if lmtp else self.server.smtp_port, "sender.example", timeout=60)
        made.ehlo()
        return made


def _hand_in(line: smtplib.SMTP, letter: Letter) -> tuple[int, str]:
    """The first answer that is not the hoped-for one, or the last. Raises OSError, SMTPException."""
    for code, said in (line.mail(letter.sender), line.rcpt(SUPPORT)):
        if code != 250:
            return code, said.decode(errors="replace")
    code, said = line.data(letter.raw)
    return code, said.decode(errors="replace")
