"""Reading in a process of its own: warm, limited, replaced when it breaks, gone when nobody needs it."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.channels.email.parse import parse_mail
from app.channels.email.sandbox import MailReader, ReaderLimits
from app.channels.email.types import ParsedMail, Unreadable
from tests.email.reading import MAILS

MAIL = b"From: anna@customer.example\nSubject: Hello\n\nText\n"


@pytest.fixture
def reader() -> Iterator[MailReader]:
    reader = MailReader()
    yield reader
    reader.close()


def test_it_gives_the_same_as_reading_here(reader: MailReader) -> None:
    for path in sorted(MAILS.glob("*.eml")):
        raw = path.read_bytes()
        assert reader.read(raw) == parse_mail(raw)


def test_one_child_reads_many_mails(reader: MailReader) -> None:
    assert reader.pid is None
    reader.read(MAIL)
    first = reader.pid
    reader.read(MAIL)

    assert first is not None
    assert reader.pid == first


def test_what_cannot_be_read_says_why_and_the_child_lives_on(reader: MailReader) -> None:
    reader.warm()
    child = reader.pid
    with pytest.raises(Unreadable, match="the mail is empty"):
        reader.read(b"")

    assert reader.read(MAIL).subject == "Hello"
    assert reader.pid == child


def test_a_child_that_was_killed_is_replaced(reader: MailReader) -> None:
    reader.warm()
    child = reader.pid
    assert child is not None
    os.kill(child, signal.SIGKILL)

    assert reader.read(MAIL).subject == "Hello"
    assert reader.pid != child


def test_a_mail_that_ends_its_child_twice_is_refused(reader: MailReader, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(connection: socket.socket, raw: bytes) -> ParsedMail:
        assert reader.pid is not None
        os.kill(reader.pid, signal.SIGKILL)
        raise ConnectionResetError

    with monkeypatch.context() as patched, pytest.raises(Unreadable, match=r"ended \(exit code -9\)"):
        patched.setattr(reader, "_exchange", ended)
        reader.read(MAIL)
    assert reader.read(MAIL).subject == "Hello"


def test_a_mail_that_takes_too_long_ends_its_child_and_not_us() -> None:
    reader = MailReader(ReaderLimits(cpu_seconds=0.05))
    slow = MAIL + b"<div>" * 10 + b"word > word\n" * 400_000
    try:
        with pytest.raises(Unreadable, match=r"more than 0\.05 s of processor time"):
            reader.read(slow)
        assert reader.read(MAIL).subject == "Hello"
    finally:
        reader.close()


def test_a_child_that_does_not_answer_is_ended_by_the_clock() -> None:
    reader = MailReader(ReaderLimits(wall_seconds=0.2))
    try:
        reader.warm()
        child = reader.pid
        assert child is not None
        os.kill(child, signal.SIGSTOP)
        with pytest.raises(Unreadable, match=r"more than 0\.2 s"):
            reader.read(MAIL)
        assert not Path(f"/proc/{child}").exists()
    finally:
        reader.close()


def test_a_mail_that_needs_too_much_memory_is_refused() -> None:
    reader = MailReader(ReaderLimits(memory_bytes=24 * 1024 * 1024))
    try:
        with pytest.raises(Unreadable):
            reader.read(MAIL + b"x" * 40 * 1024 * 1024)
        assert reader.read(MAIL).subject == "Hello"
    finally:
        reader.close()


def test_an_idle_child_ends_and_the_next_mail_starts_another() -> None:
    reader = MailReader(ReaderLimits(idle_seconds=0.05))
    try:
        reader.warm()
        child = reader._child
        assert child is not None
        assert child.wait(60) == 0
        reader.limits = ReaderLimits()  # the next one would be gone, too, where the mail comes a moment late
        assert reader.read(MAIL).subject == "Hello"
    finally:
        reader.close()


def test_the_child_ends_with_its_parent() -> None:
    reader = MailReader()
    reader.warm()
    child, connection = reader._child, reader._socket
    assert child is not None
    assert connection is not None
    connection.close()  # what the system does when the parent is gone

    assert child.wait(60) == 0


def test_attachments_come_back_whole(reader: MailReader) -> None:
    content = bytes(range(256)) * 4000
    raw = b"From: a@x.example\nContent-Type: a/b; name=f\nContent-Disposition: attachment\n\n" + content

    assert reader.read(raw).attachments[0].content == content


def test_threads_share_one_reader(reader: MailReader) -> None:
    found: dict[int, str] = {}

    def read(number: int) -> None:
        found[number] = reader.read(MAIL.replace(b"Hello", b"Hello %d" % number)).subject

    threads = [threading.Thread(target=read, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == {n: f"Hello {n}" for n in range(8)}


def test_the_child_knows_no_secrets(reader: MailReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADOGUCHI_SECRET", "do not tell")
    reader.warm()

    assert b"do not tell" not in Path(f"/proc/{reader.pid}/environ").read_bytes()
