"""The body of an outgoing mail, read back by the standard library."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from app.channels.email.outgoing_body import body, file_part


def read(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def words(found: EmailMessage, kind: str) -> str:
    part = found.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Hello,\nyour kettle leaves today.\n", "7bit"),
        ("Grüße aus Köln, the rest of this line is plain.\n", "quoted-printable"),
        ("お問い合わせありがとうございます。\n明日発送します。\n", "base64"),
        ("x" * 5000 + "\n", "quoted-printable"),
        (".\n..\nFrom here\n  two blanks at the end  \n", "7bit"),
        ("trailing  \nGrüße, and a line = with signs\t\n", "quoted-printable"),
    ],
)
def test_what_was_written_is_what_is_read(text: str, encoding: str) -> None:
    raw = body(text, f"<p>{text}</p>")
    found = read(raw)
    assert (words(found, "plain"), words(found, "html")) == (text, f"<p>{text}</p>")
    part = found.get_body(("plain",))
    assert part is not None
    assert part["Content-Transfer-Encoding"] == encoding
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_any_kind_of_line_end_becomes_the_one_of_mail() -> None:
    assert words(read(body("a\rb\nc\r\nd", "")), "plain") == "a\nb\nc\nd"


def test_files_follow_the_text_with_their_names() -> None:
    files = [file_part(b"\x00\x01", "image", "png", "領収書 2026.png"), file_part(b"a,b\n", "text", "csv", "a.csv")]
    found = read(body("See the files.", "<p>See the files.</p>", files))
    assert words(found, "plain") == "See the files."
    kept = [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in found.iter_attachments()
    ]
    assert kept == [("領収書 2026.png", "image/png", b"\x00\x01"), ("a.csv", "text/csv", b"a,b\n")]


def test_a_text_cannot_end_its_part_by_naming_the_boundary() -> None:
    boundary = read(body("one", "two")).get_boundary()
    found = read(body(f"one\n--{boundary}--\nthree", "two"))
    assert words(found, "plain") == f"one\n--{boundary}--\nthree"
