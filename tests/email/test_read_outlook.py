"""winmail.dat, and S/MIME that is signed without being encrypted."""

from __future__ import annotations

import base64
import struct

import pytest

from app.channels.email import rtf, smime
from app.channels.email.types import ParsedMail
from tests.email import outlook
from tests.email.reading import parts


def _with_winmail(data: bytes, *, text: str = "") -> ParsedMail:
    return parts(
        f"Content-Type: text/plain\n\n{text}",
        b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(data),
    )


def test_files_are_taken_out_with_their_long_names() -> None:
    letter = _with_winmail(
        outlook.tnef(
            outlook.message(outlook.named_property("blue")),
            outlook.file("見積~1.PDF".encode("cp932"), b"%PDF", outlook.text_property(0x3707, "見積書 2024年6月.pdf"),
                         outlook.text_property(0x370E, "application/pdf")),
            outlook.file("予定.txt".encode("cp932"), b"plan"),
        ),
        text="See attached",
    )  # fmt: skip

    assert letter.body_text == "See attached"
    assert [(a.filename, a.content_type, a.content) for a in letter.attachments] == [
        ("見積書 2024年6月.pdf", "application/pdf", b"%PDF"),
        ("予定.txt", "application/octet-stream", b"plan"),
    ]


def test_a_body_in_html_is_shown_when_the_mail_has_none() -> None:
    html = "<p>お世話に<b>なります</b></p>".encode("cp932")
    letter = _with_winmail(
        outlook.tnef(outlook.message(outlook.binary_property(0x1013, html), outlook.number_property(0x3FDE, 932)))
    )

    assert letter.body_text == "お世話になります"
    assert letter.body_html is not None
    assert letter.attachments == ()


def test_a_body_in_text_is_shown_when_the_mail_has_none() -> None:
    letter = _with_winmail(outlook.tnef(outlook.message(outlook.text_property(0x1000, "Hello\r\nthere"))))

    assert letter.body_text.splitlines() == ["Hello", "there"]


@pytest.mark.parametrize("stored", [outlook.plain_rtf, outlook.packed_rtf])
def test_a_body_in_rtf_is_shown_as_text(stored: object) -> None:
    body = (
        rb"{\rtf1\ansi\ansicpg932{\fonttbl{\f0 Arial;}}{\*\generator x;}"
        rb"Hello \b there\b0\par \'82\'b1\'82\'f1 \u26085?\u26412? \{x\}}"
    )
    assert callable(stored)
    letter = _with_winmail(outlook.tnef(outlook.message(outlook.binary_property(0x1009, stored(body)))))

    assert letter.body_text == "Hello there\nこん 日本 {x}"


def test_html_wrapped_in_rtf_is_unwrapped() -> None:
    body = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 caf\'e9 "
        rb"{\*\htmltag84 <b>}\htmlrtf {\b\htmlrtf0 bold{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0"
        rb"\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}}"
    )
    letter = _with_winmail(outlook.tnef(outlook.message(outlook.binary_property(0x1009, outlook.plain_rtf(body)))))

    assert letter.body_text == "café bold"
    assert letter.body_html == "<p>café <b>bold</b></p>"


def test_rtf_that_repeats_itself_is_unpacked() -> None:
    # Three literals, then "copy ten bytes from three back": the run that the format is made for.
    start = 207
    token = ((start) << 4 | 8).to_bytes(2, "big")
    packed = b"\x08" + b"abc" + token
    stored = struct.pack("<IIII", len(packed) + 12, 13, 0x75465A4C, 0) + packed

    assert rtf.decompress(stored) == b"abcabcabcabca"


def test_a_mail_inside_the_mail_gives_its_text_and_files() -> None:
    inner = outlook.tnef(
        outlook.message(outlook.text_property(0x1000, "inner text")), outlook.file(b"deep.txt", b"deep")
    )
    letter = _with_winmail(
        outlook.tnef(
            outlook.file(
                b"",
                b"",
                outlook.number_property(0x3705, 5),
                outlook.text_property(0x3001, "Forwarded"),
                outlook.binary_property(0x3701, b"I" * 16 + inner, kind=0x0D),
            )
        ),
        text="See below",
    )

    assert [(a.filename, a.content) for a in letter.attachments] == [
        ("Forwarded.txt", b"inner text"),
        ("deep.txt", b"deep"),
    ]


def test_a_broken_winmail_is_kept_as_it_is() -> None:
    letter = _with_winmail(b"not TNEF at all", text="Hello")

    assert [(a.filename, a.content) for a in letter.attachments] == [("winmail.dat", b"not TNEF at all")]
    assert "winmail.dat cannot be read" in letter.problems


def test_a_winmail_cut_short_gives_what_it_has() -> None:
    whole = outlook.tnef(outlook.file(b"a.txt", b"first"), outlook.file(b"b.txt", b"second"))
    letter = _with_winmail(whole[:-4], text="Hello")

    assert letter.attachments[0].content == b"first"


def _der(tag: int, *values: bytes) -> bytes:
    value = b"".join(values)
    size = len(value)
    head = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + head + value


def _signed(content: bytes) -> bytes:
    data = _der(0x06, bytes.fromhex("2a864886f70d010701"))
    encapsulated = _der(0x30, data, _der(0xA0, _der(0x04, content)))
    body = _der(0x30, _der(0x02, b"\x01"), _der(0x31), encapsulated, _der(0x31))
    return _der(0x30, _der(0x06, bytes.fromhex("2a864886f70d010702")), _der(0xA0, body))


def test_a_signed_mail_is_readable_and_its_signature_listed() -> None:
    inner = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "署名つきです".encode() + b" " * 200
    letter = parts(
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(_signed(inner))
    )

    assert letter.body_text == "署名つきです"
    assert [a.filename for a in letter.attachments] == ["smime.p7m"]


def test_an_encrypted_mail_is_an_attachment_only() -> None:
    assert smime.signed_content(_der(0x30, _der(0x06, bytes.fromhex("2a864886f70d010703")))) is None
    assert smime.signed_content(b"\x30\x80\x06") is None


def test_a_detached_signature_is_listed_beside_the_text() -> None:
    letter = parts(
        "Content-Type: text/plain\n\nSigned text",
        "Content-Type: application/pgp-signature\n\n-----BEGIN PGP SIGNATURE-----",
        kind="signed; protocol=application/pgp-signature",
    )

    assert letter.body_text == "Signed text"
    assert [a.filename for a in letter.attachments] == ["signature.asc"]
