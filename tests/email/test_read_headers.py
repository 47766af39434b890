"""Header blocks, subjects, dates and Message-IDs, well and badly formed."""

from __future__ import annotations

import pytest

from app.channels.email.parse import parse_mail
from app.channels.email.types import MailLimits, Unreadable
from tests.email.reading import mail, read


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@x.example\nSubject: Hello\n\nText\n",
        b"\xef\xbb\xbfFrom: a@x.example\nSubject: Hello\n\nText\n",
        b"\r\n\r\nFrom: a@x.example\r\nSubject: Hello\r\n\r\nText\r\n",
        b"From a@x.example Mon Jun  3 10:00:00 2024\nFrom: a@x.example\nSubject: Hello\n\nText\n",
        b">From a@x.example Mon Jun  3\nFrom: a@x.example\nSubject: Hello\n\nText\n",
        b"From: a@x.example\rSubject: Hello\r\rText\r",
        b"From: a@x.example\r\r\nSubject: Hello\r\r\n\r\r\nText\r\r\n",
        b"From : a@x.example\nSubject\t: Hello\n\nText\n",
        b"FROM:a@x.example\nsubject:Hello\n\nText\n",
        b"From: a@x.example\nthis line is junk\nSubject: Hello\n\nText\n",
        b"Received: by x\n\nFrom: a@x.example\nSubject: Hello\n\nText\n",
        b"From: a@x.example\nSubject: Hello\nText\n",
        b"From: a@x.example\nSubject:\n Hello\n \n\nText\n",
    ],
)
def test_a_torn_header_block_is_mended(raw: bytes) -> None:
    letter = parse_mail(raw)

    assert letter.sender is not None
    assert (letter.sender.address, letter.subject, letter.body_text) == ("a@x.example", "Hello", "Text")


def test_a_text_without_headers_is_all_body() -> None:
    letter = parse_mail(b"Only a text\n\nin two paragraphs\n")

    assert letter.sender is None
    assert letter.body_text == "Only a text\n\nin two paragraphs"


@pytest.mark.parametrize("raw", [b"", b"\r\n \r\n"])
def test_nothing_cannot_be_read(raw: bytes) -> None:
    with pytest.raises(Unreadable, match="empty"):
        parse_mail(raw)


def test_headers_have_a_cap_that_bodies_do_not() -> None:
    limits = MailLimits(header_bytes=1000)

    with pytest.raises(Unreadable, match="1000 bytes"):
        parse_mail(b"From: a@x.example\nX-Long: " + b"x" * 1000 + b"\n\nText\n", limits)
    with pytest.raises(Unreadable, match="1000 bytes"):
        parse_mail(b"From: a@x.example\n" + b"X: y\n" * 300 + b"\nText\n", limits)
    assert parse_mail(b"From: a@x.example\n\n" + b"x" * 5000, limits).body_text == "x" * 5000


def test_lists_of_recipients_have_a_cap_of_their_own_in_the_mail_s_own_headers() -> None:
    limits = MailLimits(header_bytes=1000, list_bytes=5000)
    many = b"To: " + b",\n ".join(b"person%d@x.example" % n for n in range(200)) + b"\n"

    assert len(parse_mail(b"From: a@x.example\n" + many + b"\nText\n", limits).to) == 200
    for headers in (many * 2, many + b"X-Long: " + b"x" * 1000 + b"\n"):
        with pytest.raises(Unreadable, match="1000 bytes"):
            parse_mail(b"From: a@x.example\n" + headers + b"\nText\n", limits)
    inside = b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n" + many + b"\nText\n--b--\n"
    with pytest.raises(Unreadable, match="1000 bytes"):
        parse_mail(inside, limits)


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        (b"=?utf-8?B?44GK5ZWP44GE5ZCI44KP44Gb?=", "お問い合わせ"),
        (b"=?utf-8?B?44GK5ZWP44GE5ZCI44KP44Gb", "お問い合わせ"),
        (b"=?UTF-8?B?44GK5Q==?= =?UTF-8?B?lY/jgYQ=?=", "お問い"),
        (b"=?utf-8?Q?=E3=81=8A=E5?=\n =?utf-8?Q?=95=8F?=", "お問"),
        (b"=?utf-8?Q?Order 12?=", "Order 12"),
        (b"=?utf-8?Q?Where_is_it?=?", "Where is it?"),
        (b"=?utf-8?Q?Why?_Tell?=", "Why? Tell"),
        (b"Re:=?utf-8?Q?caf=C3=A9?=today", "Re:cafétoday"),
        (b"=?utf-8?Q?a?= =?iso-8859-1?Q?=E9?=", "aé"),
        (b"=?utf-8?Q?a?= and =?utf-8?Q?b?=", "a and b"),
        (b"=?utf-8*ja?Q?=E5=B1=B1?=", "山"),
        (b"=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", "日本"),
        (b"=?iso-2022-jp?B?GyRCLSEbKEI=?=", "①"),
        (b"=?shift_jis?B?h0A=?=", "①"),
        (b"=?gb2312?B?xOO6ww==?=", "你好"),
        (b"=?ks_c_5601-1987?B?x9Gxub7u?=", "한국어"),
        (b"=?no-such-charset?Q?caf=C3=A9?=", "café"),
        (b"=?utf-8?X?what?=", "=?utf-8?X?what?="),
        (b"caf\xc3\xa9", "café"),
        (b"caf\xe9", "café"),
        (b"\x1b$BF|K\\\x1b(B", "日本"),
        (b"=?utf-8?Q?a=0D=0ABcc:_b?=", "a Bcc: b"),
        (b"a\tb", "a b"),
        (b"", ""),
    ],
)
def test_a_subject_is_decoded(written: bytes, subject: str) -> None:
    assert mail(b"Subject: " + written + b"\n").subject == subject


def test_a_raw_subject_takes_the_charset_of_the_body() -> None:
    letter = mail(b"Subject: " + "予約確認".encode("euc_jp") + b"\nContent-Type: text/plain; charset=euc-jp\n", b"x")

    assert letter.subject == "予約確認"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Mon, 3 Jun 2024 10:20:30 +0900 (JST)", "2024-06-03T10:20:30+09:00"),
        ("Mon, 3 Jun 24 10:20 (JST)", "2024-06-03T10:20:00+09:00"),
        ("3 Jun 99 10:20:30 -0700", "1999-06-03T10:20:30-07:00"),
        ("Mon Jun  3 10:20:30 2024", "2024-06-03T10:20:30+00:00"),
        ("Mon Jun  3 10:20:30 JST 2024", "2024-06-03T10:20:30+09:00"),
        ("2024-06-03T10:20:30Z", "2024-06-03T10:20:30+00:00"),
        ("2024年6月3日(月) 10:20 (JST)", "2024-06-03T10:20:00+09:00"),
        ("Mo, 3 Mai 2024 10:20:30 GMT+0200", "2024-05-03T10:20:30+02:00"),
        ("Mon, 3 Jun 2024 10.20.30 +09:00", "2024-06-03T10:20:30+09:00"),
        ("Mon, 3 Jun 2024 24:00:00 +0000", "2024-06-04T00:00:00+00:00"),
        ("Mon, 3 Jun 2024 23:59:60 +0000", "2024-06-03T23:59:59+00:00"),
        ("Mon, 3 Jun 2024 10:20:30", "2024-06-03T10:20:30+00:00"),
        ("Mon, 3 Jun 2024 10:20:30 +9999", "2024-06-03T10:20:30+00:00"),
    ],
)
def test_a_date_is_understood(written: str, expected: str) -> None:
    date = mail(f"Date: {written}\n").date

    assert date is not None
    assert date.isoformat() == expected


@pytest.mark.parametrize("written", ["", "yesterday", "Mon, 31 Feb 2024 10:00:00 +0000", "Mon, 3 Jun 0001 10:00 +0900"])
def test_what_is_no_date_is_none(written: str) -> None:
    assert mail(f"Date: {written}\n").date is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<a@x.example>", "a@x.example"),
        ("<very-long-\n id@x.example>", "very-long-id@x.example"),
        ("a@x.example", "a@x.example"),
        ("<a@x.example> (added by hub)", "a@x.example"),
        ("<20240603>", "20240603"),
        ("\nMessage-ID: <b@x.example>", "b@x.example"),
        ("", None),
    ],
)
def test_a_message_id_comes_without_brackets(written: str, expected: str | None) -> None:
    assert mail(f"Message-ID: {written}\n").message_id == expected


def test_references_glued_folded_or_in_commas_are_told_apart() -> None:
    letter = mail(
        "References: <a@x.example><b@x.example>,\n <c@\n x.example> (comment) <a@x.example>\n"
        'In-Reply-To: Your message of "Mon, 3 Jun" <b@x.example>\nIn-Reply-To: <c@x.example>\n'
    )

    assert letter.references == ("a@x.example", "b@x.example", "c@x.example")
    assert letter.in_reply_to == "b@x.example"


def test_a_mail_with_everything_folded() -> None:
    letter = read("jp-two-languages.eml")

    assert letter.subject == "お見積り のお願い"
    assert letter.message_id == "20240603.1020@corp.example"
    assert letter.body_text == "お世話になっております。株式会社サンプルです。\n\nよろしく"


def test_what_our_server_says_of_the_sender_is_handed_on_untouched() -> None:
    letter = mail(
        "Authentication-Results: mx.desk.example;\n dmarc=fail header.from=x.example\n"
        "Authentication-Results: =?utf-8?Q?mx?=; dmarc=pass\nDelivered-To: support@desk.example\n"
    )

    assert letter.authentication_results == (
        "mx.desk.example; dmarc=fail header.from=x.example",
        "=?utf-8?Q?mx?=; dmarc=pass",
    )
    assert letter.delivered_to == ("support@desk.example",)


def test_encoded_words_whose_padding_is_lost_and_ones_cut_anywhere() -> None:
    lost = mail("Subject: =?utf-8?B?44GK5ZWP44GE5ZCI44KP44GbIA?=\n =?utf-8?B?44Gr44Gk44GE44Gm?=\n")
    cut = mail("Subject: =?utf-8?B?44GK5ZWP44G?=\n =?utf-8?B?E5ZCI44KP44Gb?=\n")

    assert lost.subject == "お問い合わせ について"
    assert cut.subject == "お問い合わせ"


def test_a_stray_blank_line_above_the_content_type() -> None:
    letter = mail(
        "Subject: Hello\n",
        "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>Caf=C3=A9</p>\n",
    )
    assert letter.body_text == "Café"
    assert mail("Subject: Hello\n", "Content-Type: is what I do not understand.\n").body_text == (
        "Content-Type: is what I do not understand."
    )


def test_an_encoded_word_that_was_folded_inside_an_escape() -> None:
    assert mail("Subject: =?utf-8?Q?Caf=C\n 3=A9?= today\n").subject == "Café today"


def test_some_header_lines_that_end_in_a_carriage_return_alone() -> None:
    letter = parse_mail(b"From: a@x.example\rSubject: One\nTo: b@x.example\r\nCc: c@x.example\n\nHello\r\n")

    assert (letter.subject, letter.to[0].address, letter.cc[0].address) == ("One", "b@x.example", "c@x.example")
    assert letter.body_text == "Hello"
    assert "some lines end in CR only" in letter.problems


def test_an_id_without_brackets_and_without_a_host() -> None:
    letter = mail("References: order-17\nIn-Reply-To: Your message of Friday\n")

    assert letter.references == ("order-17",)
    assert letter.in_reply_to is None
