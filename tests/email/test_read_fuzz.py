"""Whatever arrives is read or refused with a reason, soon, and what comes out can be stored."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.channels.email.describe import to_json
from app.channels.email.parse import parse_mail
from app.channels.email.types import Unreadable
from app.channels.email.wire import content_sizes, mail_from_wire, mail_to_wire
from tests.email.reading import MAILS

SAMPLES = [path.read_bytes() for path in sorted(MAILS.glob("*.eml"))]
WORDS = r"""\n|\r\n|: |From: |To: |Subject: |Final-Recipient: |Date:
Content-Type: multipart/mixed; boundary=a\n|--a\n|--a--\n
Content-Transfer-Encoding: base64\n|Content-Type: message/delivery-status\n|<|>|"|(|=?utf-8?q?|=?iso-2022-jp?B?|?=
\x1b$B|\x1b(I|filename*0*=utf-7''|; charset=|utf-16|begin 644 x\n|\x00|\xe3\x81|\x82\xa0|\xff\xfe|a@b.example
Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22\x01\x00|{\\rtf1"""
PIECES = st.sampled_from(
    [w.encode("latin-1").decode("unicode_escape").encode("latin-1") for w in WORDS.replace("\n", "|").split("|") if w]
)


def _check(raw: bytes) -> None:
    try:
        letter = parse_mail(raw)
    except Unreadable:
        return
    described = json.dumps(to_json("x", letter), ensure_ascii=False)
    assert "\\u0000" not in described
    described.encode("utf-8")  # no lone surrogates
    wire, contents = mail_to_wire(letter)
    fields = json.loads(wire)["mail"]
    assert content_sizes(fields) == [len(c) for c in contents]
    assert mail_from_wire(fields, contents) == letter


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes(raw: bytes) -> None:
    _check(raw)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=8), max_size=40).map(b"".join))
def test_pieces_of_mails_in_any_order(raw: bytes) -> None:
    _check(raw)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 4000), st.integers(0, 40), st.binary(max_size=20))
def test_mails_with_a_hole(sample: bytes, place: int, size: int, patch: bytes) -> None:
    place = min(place, len(sample))
    _check(sample[:place] + patch + sample[place + size :])


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@b.example\n\n" + b"> " * 50_000,
        b"From: a@b.example\n\n" + b"begin 644 a\n#86)C\n" * 10_000,
        b"From: a@b.example\nContent-Type: text/plain; charset=iso-2022-jp\n\n" + b"\x1b$B" * 40_000,
        b"From: a@b.example\nReferences: " + b"a" * 200_000 + b"\n\nx",
        b"From: a@b.example\nSubject: " + b"=?utf-8?q?" * 20_000 + b"\n\nx",
        b"From: a@b.example\nContent-Type: a/b" + b";" * 200_000 + b"\n\nx",
        b"From: a@b.example\nContent-Type: a/b; name*0*=" + b'"\\' * 100_000 + b"\n\nx",
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/x; boundary=z\n\nx\n" * 900,
        b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--b\n" * 100_000,
        b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n" + b"user@" * 40_000,
        b"From: a@b.example\nContent-Type: text/html\n\n" + b"<div>" * 40_000,
    ],
    ids=lambda raw: raw[-12:].decode("latin-1").replace("\n", " "),
)  # fmt: skip
def test_hostile_mails_take_time_in_proportion(raw: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(Unreadable):
        parse_mail(raw)

    assert time.process_time() - started < 2
