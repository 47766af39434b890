"""What of a mail is its body, and what is attached to it."""

from __future__ import annotations

import base64

import pytest

from app.channels.email.attachments import safe_name
from app.channels.email.parse import parse_mail
from app.channels.email.types import MailLimits, ParsedMail, Unreadable
from tests.email.reading import mail, parts

PLAIN = "Content-Type: text/plain; charset=utf-8\n\n"
HTML = "Content-Type: text/html; charset=utf-8\n\n"


def _names(letter: ParsedMail) -> list[str]:
    return [a.filename for a in letter.attachments]


def test_a_mail_in_two_forms_has_one_text_and_one_html() -> None:
    letter = parts(PLAIN + "Hello Anna", HTML + "<p>Hello <b>Anna</b></p><script>x()</script>", kind="alternative")

    assert letter.body_text == "Hello Anna"
    assert letter.body_html == "<p>Hello <b>Anna</b></p>"
    assert letter.attachments == ()


def test_html_alone_is_made_into_text() -> None:
    letter = mail("Content-Type: text/html\n", "<p>Hello <b>Anna</b></p>")

    assert letter.body_text == "Hello Anna"
    assert letter.body_html is not None


def test_xhtml_is_read_as_the_html_that_it_is() -> None:
    text = '<?xml version="1.0" encoding="Shift_JIS"?><html xmlns="http://www.w3.org/1999/xhtml"><p>急須<br/>Anna</p></html>'
    alone = mail("Content-Type: application/xhtml+xml\nContent-Transfer-Encoding: 8bit\n", text.encode("cp932"))

    assert (alone.body_text, alone.attachments) == ("急須\nAnna", ())
    attached = parts(PLAIN + "See", "Content-Type: application/xhtml+xml; name=a.xhtml\n"
        "Content-Disposition: attachment\n\n<p>x</p>")  # fmt: skip
    assert (attached.body_text, _names(attached)) == ("See", ["a.xhtml"])


def test_an_empty_text_stands_back_for_the_html() -> None:
    assert parts(PLAIN + " \n", HTML + "<p>Hello</p>", kind="alternative").body_text == "Hello"


def test_text_alone_has_no_html() -> None:
    assert mail("", "Hello").body_html is None


def test_several_texts_are_joined_and_a_footer_of_a_list_is_kept() -> None:
    assert parts(PLAIN + "First", PLAIN + "Second").body_text == "First\n\nSecond"
    letter = parts(HTML + "<p>Body</p>", PLAIN + "-- a <list>")
    assert letter.body_text == "Body\n\n-- a <list>"
    assert letter.body_html is not None
    assert "&lt;list&gt;" in letter.body_html


def test_pictures_between_stretches_of_html_leave_all_of_it() -> None:
    letter = parts(
        PLAIN + "One two",
        "Content-Type: multipart/mixed; boundary=in\n\n"
        "--in\nContent-Type: text/html\n\n<p>One</p>\n"
        "--in\nContent-Type: image/png; name=a.png\nContent-Disposition: inline\n\nPNG\n"
        "--in\nContent-Type: text/html\n\n<p>two</p>\n--in--",
        kind="alternative",
    )

    assert letter.body_text == "One two"
    assert letter.body_html is not None
    assert letter.body_html.split() == ["<p>One</p>", "<p>two</p>"]
    assert _names(letter) == ["a.png"]


def test_a_picture_shown_in_the_body_is_inline_and_one_beside_it_is_not() -> None:
    letter = parts(
        HTML + '<p>See <img src="cid:one@x"></p>',
        "Content-Type: image/png; name=one.png\nContent-ID: <one@x>\n\n1",
        "Content-Type: image/png; name=two.png\nContent-ID: <two@x>\nContent-Disposition: attachment\n\n2",
        "Content-Type: image/png; name=three.png\nContent-Disposition: inline\n\n3",
        "Content-Type: application/pdf; name=four.pdf\n\n4",
    )

    assert [(a.filename, a.inline, a.content_id) for a in letter.attachments] == [
        ("one.png", True, "one@x"),
        ("two.png", False, "two@x"),
        ("three.png", True, None),
        ("four.pdf", False, None),
    ]


def test_a_picture_called_an_attachment_but_shown_is_inline() -> None:
    letter = parts(
        HTML + '<img src="cid:a%40x">',
        "Content-Type: image/png; name=a.png\nContent-ID: <a@x>\nContent-Disposition: attachment\n\nx",
        kind="related",
    )
    assert [a.inline for a in letter.attachments] == [True]


def test_the_root_of_related_parts_may_be_named() -> None:
    letter = parts(
        "Content-Type: image/png; name=a.png\nContent-ID: <pic>\n\nx",
        "Content-Type: text/html\nContent-ID: <root>\n\n<p>Text</p>",
        kind='related; start="<root>"',
    )
    assert letter.body_text == "Text"
    assert _names(letter) == ["a.png"]


def test_a_forwarded_mail_stays_a_file() -> None:
    inner = "From: x@y.example\nSubject: =?utf-8?B?5Ye66I2344Gu44GK55+l44KJ44Gb?=\n\nInner text"
    letter = parts(PLAIN + "See below", f"Content-Type: message/rfc822\n\n{inner}")

    assert letter.body_text == "See below"
    assert [(a.filename, a.content_type, a.content) for a in letter.attachments] == [
        ("出荷のお知らせ.eml", "message/rfc822", inner.encode())
    ]


def test_an_invitation_without_words_is_shown_as_text() -> None:
    letter = mail(
        "Content-Type: text/calendar; method=REQUEST; charset=utf-8\n",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:打ち合わせ\\, 第2回\nDTSTART;TZID=Asia/Tokyo:20240603T100000\n"
        "LOCATION:会議室\n A\nEND:VEVENT\nEND:VCALENDAR\n",
    )

    assert letter.body_text == "打ち合わせ, 第2回\nDtstart: 20240603T100000\nLocation: 会議室A"
    assert _names(letter) == ["invite.ics"]


def test_other_forms_of_the_same_body_are_no_attachments() -> None:
    letter = parts(
        PLAIN + "Hello", "Content-Type: text/x-amp-html\n\n<html amp4email>", HTML + "<p>Hello</p>", kind="alternative"
    )
    assert letter.attachments == ()


def test_enriched_text_is_read_when_there_is_nothing_else() -> None:
    assert mail("Content-Type: text/enriched\n", "<bold>Now</bold> <<really").body_text == "Now <really"


@pytest.mark.parametrize(
    "headers", ["Content-Disposition: attachment; filename=a.txt\n", "Content-Disposition: attachment\n"]
)
def test_a_text_that_says_it_is_attached_is(headers: str) -> None:
    letter = parts(PLAIN + "Body", f"Content-Type: text/plain\n{headers}\nattached")

    assert letter.body_text == "Body"
    assert [a.content for a in letter.attachments] == [b"attached"]


def test_a_named_text_after_the_body_is_a_file_and_before_it_the_body() -> None:
    assert _names(parts(PLAIN + "Body", "Content-Type: text/plain; name=log.txt\n\nlog")) == ["log.txt"]
    assert parts("Content-Type: text/plain; name=body.txt\n\nBody").body_text == "Body"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Content-Disposition: attachment; filename=plain.pdf", "plain.pdf"),
        ('Content-Disposition: attachment; filename="with space.pdf"', "with space.pdf"),
        ("Content-Disposition: attachment; filename=with space.pdf", "with space.pdf"),
        ('Content-Disposition: attachment; filename="a \\"b\\".pdf"', 'a "b".pdf'),
        ('Content-Disposition: attachment; filename="open.pdf', "open.pdf"),
        ('Content-Disposition: attachment;; filename="double.pdf";', "double.pdf"),
        ("Content-Disposition: attachment; filename*=utf-8''%E8%A6%8B%E7%A9%8D.pdf", "見積.pdf"),
        ("Content-Disposition: attachment; filename*=UTF-8'ja'%E8%A6%8B.pdf; filename=old.pdf", "見.pdf"),
        (
            "Content-Disposition: attachment;\n filename*0*=utf-8''%E8%A6;\n filename*1*=%8B%E7%A9%8D;\n"
            " filename*2=.pdf",
            "見積.pdf",
        ),
        ("Content-Disposition: attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        ("Content-Disposition: attachment; filename*0*=iso-2022-jp''%1B$B8%2B%1B%28B; filename*1=.pdf", "見.pdf"),
        ("Content-Disposition: attachment; filename==?utf-8?B?6KaL56mNLnBkZg==?=", "見積.pdf"),
        (
            'Content-Disposition: attachment; filename="=?utf-8?B?6KaL?=\n =?utf-8?B?56mNLnBkZg==?="',
            "見積.pdf",
        ),
        ("Content-Type: application/pdf; name=typed.pdf", "typed.pdf"),
        ("Content-Type: application/pdf\nContent-Description: described.pdf", "described.pdf"),
        ("Content-Type: application/pdf\nContent-Location: http://x.example/a/located.pdf?x", "located.pdf"),
        ('Content-Disposition: attachment; filename="../../etc/passwd"', "passwd"),
        ('Content-Disposition: attachment; filename="C:\\\\Users\\\\Anna\\\\plan.doc"', "plan.doc"),
        ('Content-Disposition: attachment; filename="見積 2024/06.pdf"', "見積 2024_06.pdf"),
        ("Content-Disposition: attachment; filename*=utf-8''a%0D%0AX:%20b.pdf", "a X: b.pdf"),
        ("Content-Disposition: attachment; filename*=utf-8''a%E2%80%AEfdp.exe", "afdp.exe"),
        ('Content-Disposition: attachment; filename=".."', "attachment-1.bin"),
        ("Content-Type: application/pdf", "attachment-1.pdf"),
        ("Content-Type: image/jpeg", "image-1.jpg"),
    ],
)
def test_a_file_has_a_safe_readable_name(header: str, name: str) -> None:
    kind = "" if "Content-Type" in header else "Content-Type: application/octet-stream\n"

    assert _names(parts(f"{kind}{header}\n\nx")) == [name]


def test_a_file_name_in_raw_shift_jis() -> None:
    header = "Content-Type: application/pdf\nContent-Disposition: attachment; filename="
    letter = parts(PLAIN + "x", header.encode() + '"見積表.pdf"'.encode("cp932") + b"\n\nx")

    assert _names(letter) == ["見積表.pdf"]


def test_a_long_name_keeps_its_extension() -> None:
    name = safe_name("長" * 500 + ".pdf")

    assert len(name) == 200
    assert name.endswith(".pdf")


def test_files_of_the_same_name_and_empty_files_are_kept() -> None:
    letter = parts(PLAIN + "x", *["Content-Type: text/csv; name=a.csv\nContent-Disposition: attachment\n\n"] * 2)

    assert [(a.filename, a.size) for a in letter.attachments] == [("a.csv", 0), ("a.csv", 0)]


@pytest.mark.parametrize("label", ["base64", "BASE64", '"base64"', "base64;", " b"])
def test_dirty_base64_is_decoded(label: str) -> None:
    clean = base64.encodebytes(bytes(range(256)))
    for dirty in (clean, clean.replace(b"\n", b"\r\n\r\n"), clean.replace(b"A", b"A!\x00"), clean.rstrip(b"=\n")):
        letter = parts(f"Content-Type: a/b\nContent-Transfer-Encoding: {label}\n\n".encode() + dirty)
        assert letter.attachments[0].content == bytes(range(256))


def test_base64_with_a_footer_below_it() -> None:
    letter = mail(
        "Content-Transfer-Encoding: base64\n",
        base64.encodebytes(b"Hello Anna, this is it") + b"\n____\nSent to a list!\n",
    )
    assert letter.body_text == "Hello Anna, this is it\n____\nSent to a list!"


def test_plain_text_that_says_base64_is_read_as_it_is() -> None:
    text = "Good morning, this was never encoded at all. Is it readable? We hope so!"

    assert mail("Content-Transfer-Encoding: base64\n", text).body_text == text


def test_dirty_quoted_printable_is_decoded() -> None:
    letter = mail(
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: Quoted-Printable\n",
        "caf=c3=a9 =\t\nis 100=% open =ZZ  \nend=",
    )
    assert letter.body_text == "café is 100=% open =ZZ\nend"


def test_uuencoded_files_leave_the_text() -> None:
    letter = mail("", "See:\nbegin 644 cat.txt\n#8V%T\n`\nend\nand begin 644 is no file\nbegin 600 never ends\nhm\n")

    assert letter.body_text == "See:\nand begin 644 is no file\nbegin 600 never ends\nhm"
    assert [(a.filename, a.content) for a in letter.attachments] == [("cat.txt", b"cat")]


def test_a_very_long_body_is_shown_in_part_and_attached_whole() -> None:
    line = "この行は百万回もくり返される。\n"
    letter = mail("Content-Type: text/plain; charset=utf-8\n", line * 60_000)

    assert 1_900_000 < len(letter.body_text.encode()) <= 2 * 1024 * 1024
    assert letter.body_text.endswith("される。")
    assert [(a.filename, a.content) for a in letter.attachments] == [("body.txt", (line * 60_000).encode())]


def test_flowed_text_flows_within_its_quotes() -> None:
    letter = mail(
        "Content-Type: text/plain; format=flowed\n",
        "A long \nline.\n> quoted \n> more\n>> deeper\n-- \nAnna\n stuffed\n",
    )
    assert letter.body_text == "A long line.\n> quoted more\n>> deeper\n-- \nAnna\nstuffed"


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("multipart/mixed", "--a\nContent-Type: text/plain\n\nHello\n--a\nContent-Type: a/b; name=f\n\nx\n--a--\n"),
        (
            "multipart/mixed; boundary=zz",
            "--a\nContent-Type: text/plain\n\nHello\n--a\nContent-Type: a/b; name=f\n\nx\n",
        ),
        ("multipart/mixed; boundary=a", "pre\n--a\n\nHello\n--a\nContent-Type: a/b; name=f\n\nx\n"),
        ("multipart/mixed; boundary=a", "--a\n\nHello\n--a--\n\n--a\nContent-Type: a/b; name=f\n\nx\n--a--\n"),
        ("multipart/mixed; boundary=a", "--a\nHello\n--a  \nContent-Type: a/b; name=f\n\nx\n--a --\nepilogue"),
        ("multipart; boundary=a", "--a\n\nHello\n--a\nContent-Type: a/b; name=f\n\nx"),
        ('multipart/mixed\n boundary="a"', "--a\n\nHello\n--a\nContent-Type: a/b; name=f\n\nx"),
        ("text/plain\nContent-Type: multipart/mixed; boundary=a", "--a\n\nHello\n--a\nContent-Type: a/b; name=f\n\nx"),
        (
            "multipart/mixed; boundary=a",
            "--a\nContent-Type: multipart/alternative; boundary=a\n\n--a\n\nHello\n--a--\n"
            "--a\nContent-Type: a/b; name=f\n\nx\n--a--\n",
        ),
        (
            "multipart/mixed; boundary=a",
            "--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nHello\n"
            "--a\nContent-Type: a/b; name=f\n\nx\n",
        ),
        (
            "multipart/mixed; boundary=a\nContent-Transfer-Encoding: base64",
            "--a\n\nHello\n--a\nContent-Type: a/b; name=f\n\nx\n--a--\n",
        ),
        (
            "multipart/mixed; boundary=a\nContent-Transfer-Encoding: base64",
            base64.encodebytes(b"--a\n\nHello\n--a\nContent-Type: a/b; name=f\n\nx\n--a--\n").decode(),
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_boundaries_go_wrong_in_many_ways(header: str, body: str, newline: str) -> None:
    raw = f"From: a@x.example\nContent-Type: {header}\n\n{body}".replace("\n", newline)
    letter = parse_mail(raw.encode())

    assert letter.body_text == "Hello"
    assert [(a.filename, a.content.strip()) for a in letter.attachments] == [("f", b"x")]


def test_a_multipart_without_any_parts_is_a_text() -> None:
    letter = mail("Content-Type: multipart/mixed; boundary=a\n", "Just a text")

    assert letter.body_text == "Just a text"
    assert "multipart without parts" in letter.problems


def test_too_many_parts_and_too_deep_ones_cannot_be_read() -> None:
    with pytest.raises(Unreadable, match="more than 10 parts"):
        parse_mail(b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 20, MailLimits(parts=10))
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(20))
    with pytest.raises(Unreadable, match="more than 10 deep"):
        parse_mail(nested + b"\nx\n", MailLimits(nesting=10))
    assert parse_mail(nested + b"\nx\n").body_text == "x"


def test_a_text_with_a_file_name_is_the_body_when_nothing_else_is() -> None:
    inline = "Content-Type: text/plain\nContent-Disposition: inline; filename=msg.txt\n\n"
    letter = parts(inline + "First", inline + "Second")

    assert letter.body_text == "First"
    assert [(a.filename, a.content, a.inline) for a in letter.attachments] == [("msg.txt", b"Second", True)]


def test_nothing_but_boundaries_is_an_empty_text() -> None:
    letter = mail("Content-Type: multipart/mixed; boundary=cut\n", "--cut\n\n\n--cut--\n")

    assert letter.body_text == ""
    assert letter.attachments == ()


def test_a_file_of_outlook_is_no_mail() -> None:
    with pytest.raises(Unreadable, match=r"\.msg"):
        parse_mail(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512))
