"""What happens at the mail door while something is broken, and after it was mended: by the real server."""

from __future__ import annotations

import smtplib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from app import main
from app.channels.email.smtp_session import LATER, TOO_BIG
from app.reports import health
from app.tickets.models import Participant
from tests.email import transport
from tests.email.transport import Door
from tests.faults.server import Server
from tests.story import Desk, until

SUPPORT = "support@demo.madoguchi.example"


def mail(text: str = "My tea is late.") -> bytes:
    made = EmailMessage()
    made["From"] = "Nora Beck <nora@beck.example>"
    made["To"] = SUPPORT
    made["Subject"] = "Late"
    made["Message-ID"] = make_msgid(domain="beck.example")
    made.set_content(text)
    return made.as_bytes()


@pytest.fixture
def door(desk: Desk) -> Iterator[Door]:
    """The listeners of the test's desk, open."""
    with transport.open_door(desk.house.database, desk.house.burst, desk.house.settings) as opened:
        yield opened


# ── a locked database ─────────────────────────────────────────────────────────────────────────────────

HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


@contextmanager
def held_by_another_process(database: Path) -> Iterator[None]:
    """Somebody else's program has begun to write and does not end."""
    command = [sys.executable, "-c", HOLD, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield
        other.communicate("\n")


def impatient(house: main.House) -> None:
    """Give up waiting for another process's lock at once."""

    def at_once(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA busy_timeout=20")

    sa.event.listen(house.database.engine, "checkout", at_once)


def test_while_another_process_holds_the_database_mail_is_put_off_and_then_taken(desk: Desk, door: Door) -> None:
    impatient(desk.house)
    letter = mail()
    with held_by_another_process(desk.house.settings.data / "madoguchi.sqlite3"):
        assert door.send(letter, SUPPORT) == LATER
    assert desk.received() == []
    assert door.send(letter, SUPPORT).startswith("250 2.0.0 Received")
    desk.work()
    assert [received.state for received in desk.received()] == ["opened"]


# ── a full disk ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def server(tmp_path: Path, sqlite_template: Path) -> Iterator[Server]:
    """The real server, with one inbox."""
    made = Server(tmp_path / "desk", {"log_level": "ERROR"})
    made.run("inbox", "add", "email", SUPPORT, "--name", "Support")
    made.start()
    yield made
    made.stop()


def hand_in(server: Server, raw: bytes, lmtp: bool) -> tuple[int, bytes]:
    """One mail by SMTP or LMTP; the answer after its text."""
    kind, port = (smtplib.LMTP, server.lmtp_port) if lmtp else (smtplib.SMTP, server.smtp_port)
    with kind("127.0.0.1", port, "sender.example", timeout=60) as client:
        client.ehlo()
        client.mail("nora@beck.example")
        client.rcpt(SUPPORT)
        return client.data(raw)


def no_room(server: Server) -> Callable[[], None]:
    """From now on no file of the server can grow; returns what makes room again."""
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    before = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (0, before[1]))
    return lambda: process.rlimit(psutil.RLIMIT_FSIZE, before)


def test_on_a_full_disk_mail_is_put_off_and_taken_once_there_is_room(server: Server) -> None:
    assert hand_in(server, mail(), lmtp=False)[0] == 250
    small, large = mail("small"), mail("large " * 100_000)
    make_room = no_room(server)
    assert [hand_in(server, small, lmtp) for lmtp in (False, True)] == [(451, LATER[4:].encode())] * 2
    assert hand_in(server, large, lmtp=False)[0] == 451
    assert not server.ready()
    make_room()
    until(server.ready)  # it looks again two seconds after a failure
    assert [hand_in(server, raw, lmtp=True)[0] for raw in (small, large)] == [250, 250]
    with closing(sqlite3.connect(server.data / "madoguchi.sqlite3")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT count(*) FROM received").fetchall() == [(3,)]


# ── too large, too many ───────────────────────────────────────────────────────────────────────────────


def test_fifty_megabytes_are_refused_for_good_and_the_connection_goes_on(desk: Desk, door: Door) -> None:
    huge = b"Subject: huge\r\n\r\n" + (b"x" * 998 + b"\r\n") * (50 * 1_048_576 // 1000)
    with door.smtp() as client:
        for raw, code in ((huge, 552), (mail(), 250)):
            client.docmd("MAIL", "FROM:<nora@beck.example>")
            client.rcpt(SUPPORT)
            answer = client.data(raw)
            assert answer[0] == code
            if code == 552:
                assert f"{code} {answer[1].decode()}" == TOO_BIG
    assert len(desk.received()) == 1


def test_ten_thousand_recipients_in_the_headers_are_one_ticket_answered_to_its_author_alone(
    desk: Desk, door: Door
) -> None:
    everybody = ",\r\n ".join(f"p{n}@many.example" for n in range(10_000))
    assert door.send(f"Cc: {everybody}\r\n".encode() + mail(), SUPPORT).startswith("250")
    desk.work()
    [received] = desk.received()
    assert received.state == "opened"
    with desk.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Participant)) == 0
    assert len(desk.tickets()) == 1


def test_headers_without_end_are_kept_with_the_reason_and_hold_nothing_up(desk: Desk, door: Door) -> None:
    everybody = ",\r\n ".join(f"Person {n} <person{n}@many.example>" for n in range(100_000))
    assert door.send(f"Cc: {everybody}\r\n".encode() + mail(), SUPPORT).startswith("250")
    assert door.send(mail(), SUPPORT).startswith("250")
    desk.work()
    first, second = desk.received()
    assert (first.state, first.why, second.state) == ("quarantined", "unreadable_mail", "opened")
    assert first.detail


# ── mails that lack what a mail has ───────────────────────────────────────────────────────────────────

ODD = {
    "nothing at all": b"",
    "blank lines alone": b"\r\n\r\n\r\n",
    "no headers": b"Just words, and no header before them.\r\n",
    "no sender": b"To: support@demo.madoguchi.example\r\nSubject: who\r\n\r\nwords\r\n",
    "no message-id, date, subject": b"From: nora@beck.example\r\n\r\nwords\r\n",
    "no body": b"From: nora@beck.example\r\nSubject: silence\r\nMessage-ID: <silence@beck.example>\r\n\r\n",
    "unknown charset": (
        b"From: nora@beck.example\r\nContent-Type: text/plain; charset=klingon-8\r\n\r\nwords \xff\xfe\xa4\r\n"
    ),
    "malformed headers": b"From nora\r\nSubject\r\n: x\r\nFrom: <<>@@\r\nDate: yes\r\nTo\x00: \xff\r\n\r\nwords\r\n",
    "a torn multipart": (
        b"From: nora@beck.example\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain"
    ),
    "nested without an end": b"From: nora@beck.example\r\n"
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 300,
    "only zeros": b"\x00" * 5000,
}


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD.keys())
def test_odd_mail_is_taken_and_ends_in_a_named_state(desk: Desk, door: Door, raw: bytes) -> None:
    answer = door.send(raw, SUPPORT)
    desk.work()
    [received] = desk.received()
    assert answer == f"250 2.0.0 Received {received.id}"
    assert received.state in ("opened", "quarantined")
    assert received.state == "opened" or received.why
    if received.state == "opened":
        assert len(desk.messages(received.ticket_id or 0)) >= 1
    with desk.read() as db:
        assert health.look(db).well
