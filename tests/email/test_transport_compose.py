"""An answer as a mail: it reads well anywhere, threads, and nothing that somebody typed changes its headers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from app.channels.email import addressing
from app.channels.email.compose import CARRIED, compose
from app.channels.email.outgoing_headers import BadAddress
from app.channels.email.parse import parse_mail
from app.channels.types import InboxInfo, Outgoing, OutgoingFile, Recipient
from app.keys import Keys
from app.settings import load

KEYS = Keys(b"k" * 64)
SETTINGS = load({}, mail_domain="desk.example", desk_name="Aoba Books")
INBOX = InboxInfo(1, "p", "email", "Support", "support@desk.example", "en")
NOW = datetime(2026, 5, 1, 1, 30, tzinfo=UTC)
OURS = addressing.message_id(KEYS, 12, 345, "desk.example")

ENGLISH = Outgoing(
    delivery_id=1,
    ticket_id=12,
    message_id=345,
    attempt=1,
    external_id=OURS,
    retry_key="r",
    to=(Recipient("taro@customer.example", "Taro Yamada"),),
    cc=(),
    sender_name="Hana Sato",
    subject="Re: My parcel",
    text="Hello Taro,\n\nit leaves **tomorrow**.\n\n- one\n- two\n\nHana",
    html=None,
    files=(),
    in_reply_to="<q2@customer.example>",
    references=("<q1@customer.example>", "<q2@customer.example>"),
    quoted="Where is my parcel?\nIt should be here.",
    locale="en",
    automatic=False,
)
JAPANESE = replace(
    ENGLISH,
    to=(Recipient("taro@docomo.example", "山田 太郎"),),
    sender_name="佐藤 花子",
    subject="Re: 注文した本がまだ届きません。配送状況を教えていただけますでしょうか（注文番号12345）",
    text="山田様\n\nお問い合わせありがとうございます。\n**明日**お届けします。\n\n佐藤",
    quoted="本がまだ届きません。\nいつ届きますか？",
    locale="ja",
)
BOTH = pytest.mark.parametrize("outgoing", [ENGLISH, JAPANESE], ids=["en", "ja"])


def sent(outgoing: Outgoing, inbox: InboxInfo = INBOX) -> bytes:
    return compose(outgoing, inbox, SETTINGS, KEYS, NOW)


def opened(raw: bytes) -> EmailMessage:
    made = message_from_bytes(raw, policy=default)
    assert isinstance(made, EmailMessage)
    return made


@BOTH
def test_our_own_reader_gets_back_what_was_sent(outgoing: Outgoing) -> None:
    mail = parse_mail(sent(outgoing))
    assert mail.sender is not None
    assert mail.sender.address == "support@desk.example"
    assert [(a.address, a.name) for a in mail.to] == [(r.value, r.name) for r in outgoing.to]
    assert mail.subject == outgoing.subject
    assert f"<{mail.message_id}>" == OURS
    assert (mail.in_reply_to, mail.references) == (
        "q2@customer.example",
        ("q1@customer.example", "q2@customer.example"),
    )
    assert mail.date == NOW
    assert outgoing.text in mail.body_text
    assert "<strong>" in (mail.body_html or "")
    assert mail.language == outgoing.locale
    assert (mail.auto_generated, mail.problems) == (False, ())


def test_it_is_from_a_person_at_the_desk() -> None:
    assert opened(sent(ENGLISH))["From"] == "Hana Sato via Aoba Books <support@desk.example>"
    assert opened(sent(JAPANESE))["From"].addresses[0].display_name == "佐藤 花子（Aoba Books）"
    assert opened(sent(replace(ENGLISH, sender_name="")))["From"] == "Aoba Books <support@desk.example>"


@BOTH
def test_no_line_is_long_and_everything_is_seven_bit(outgoing: Outgoing) -> None:
    raw = sent(
        replace(outgoing, text=outgoing.text + "長い行" * 5000 + "x" * 5000, references=("<" + "r" * 200 + "@x>",))
    )
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_long_ids_of_others_are_not_torn() -> None:
    long = "<" + "a" * 150 + "@prod.outlook.example>"
    raw = sent(replace(ENGLISH, in_reply_to=long, references=("<1@x>", long, "not an id", "<two words>")))
    assert b"In-Reply-To: " + long.encode() in raw
    assert parse_mail(raw).references == ("1@x", long.strip("<>"))


# ── answering it ──────────────────────────────────────────────────────────────────────────────────────


def text_of(outgoing: Outgoing) -> str:
    return str(opened(sent(outgoing)).get_body(("plain",)).get_content())  # type: ignore[union-attr]


def html_of(outgoing: Outgoing) -> str:
    return str(opened(sent(outgoing)).get_body(("html",)).get_content())  # type: ignore[union-attr]


NEW = {"en": "Thank you, it has arrived.\n\nTaro", "ja": "ありがとうございます。届きました。\n\n山田"}
HEADS = {
    "en": "On Fri, May 1, 2026 at 10:30 AM Hana Sato via Aoba Books <support@desk.example> wrote:",
    "ja": "2026年5月1日(金) 10:30 佐藤 花子（Aoba Books） <support@desk.example>:",
}


@BOTH
def test_an_answer_that_quotes_our_mail_gives_only_the_new_text(outgoing: Outgoing) -> None:
    quoted = "\n".join(f"> {line}".rstrip() for line in text_of(outgoing).splitlines())
    reply = opened_reply(f"{NEW[outgoing.locale]}\n\n{HEADS[outgoing.locale]}\n\n{quoted}\n")
    assert parse_mail(reply).reply_text == NEW[outgoing.locale]


@BOTH
def test_an_answer_that_quotes_our_mail_without_marks_does_too(outgoing: Outgoing) -> None:
    reply = opened_reply(f"{NEW[outgoing.locale]}\n\nQuelqu'un a dit quelque chose\n\n{text_of(outgoing)}")
    assert parse_mail(reply).reply_text.startswith(NEW[outgoing.locale])
    assert "##-" not in parse_mail(reply).reply_text
    assert outgoing.text.splitlines()[0] not in parse_mail(reply).reply_text


@BOTH
def test_an_html_answer_does_too(outgoing: Outgoing) -> None:
    new = NEW[outgoing.locale].replace("\n", "<br>")
    inner = html_of(outgoing)
    html = (
        f'<div dir="ltr">{new}</div><br><div class="gmail_quote"><div class="gmail_attr">{HEADS[outgoing.locale]}</div>'
        f'<blockquote class="gmail_quote" style="margin:0">{inner}</blockquote></div>'
    )
    assert parse_mail(opened_reply("", html)).reply_text == NEW[outgoing.locale]


def opened_reply(text: str, html: str | None = None) -> bytes:
    mail = EmailMessage()
    mail["From"] = "taro@customer.example"
    mail["Subject"] = "Re: x"
    if html:
        mail.set_content(html, subtype="html")
    else:
        mail.set_content(text)
    return mail.as_bytes()


# ── automatic mail ────────────────────────────────────────────────────────────────────────────────────


def test_what_the_desk_says_by_itself_is_marked_so_that_no_robot_answers() -> None:
    mail = opened(sent(replace(ENGLISH, automatic=True, text="We have received it.\n\n* not a list")))
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert opened(sent(replace(ENGLISH, automatic=True, in_reply_to=None)))["Auto-Submitted"] == "auto-generated"
    assert opened(sent(ENGLISH))["Auto-Submitted"] is None
    assert "<li>" not in html_of(replace(ENGLISH, automatic=True, text="* not a list"))
    assert parse_mail(mail.as_bytes()).auto_generated


def test_html_that_the_desk_made_is_sent_as_it_is() -> None:
    assert '<a href="https://desk.example/s/1">4</a>' in html_of(
        replace(ENGLISH, automatic=True, html='<p><a href="https://desk.example/s/1">4</a></p>')
    )


# ── the way back ──────────────────────────────────────────────────────────────────────────────────────


def test_a_reply_address_is_given_only_where_the_inbox_asks_for_it() -> None:
    assert opened(sent(ENGLISH))["Reply-To"] is None
    asking = replace(INBOX, settings={"plus_addressing": True})
    back = opened(sent(ENGLISH, asking))["Reply-To"]
    assert addressing.ticket_of(KEYS, back) == 12
    assert back.startswith("support+12.")


def test_a_mail_of_no_ticket_has_neither_the_line_to_answer_above_nor_a_way_back() -> None:
    link = replace(ENGLISH, ticket_id=0, message_id=0, external_id="<x@desk.example>", quoted="", automatic=True)
    assert "##-" not in text_of(link)
    assert "##-" not in html_of(link)
    assert "##-" in text_of(ENGLISH)
    assert opened(sent(link, replace(INBOX, settings={"plus_addressing": True})))["Reply-To"] is None


# ── what people type ──────────────────────────────────────────────────────────────────────────────────

EVIL = "x\r\nBcc: victim@x.example\r\n\r\nbody\n\x00\u202e\u2028y"


def test_nothing_typed_becomes_a_header_or_a_body() -> None:
    evil = replace(
        ENGLISH,
        subject=EVIL,
        sender_name=EVIL,
        to=(Recipient("taro@customer.example", EVIL),),
        in_reply_to=f"<{EVIL}@x>",
        references=(EVIL, f"<a@x>{EVIL}"),
        headers={"X-Extra": EVIL, "From": "other@x.example", "Bcc": "victim@x.example"},
        files=(OutgoingFile(EVIL, EVIL, 1, "", lambda: b"x"),),
    )
    mail = opened(sent(evil))
    assert mail["Bcc"] is None
    assert mail.get_all("From") == ['"x Bcc: victim@x.example body y via Aoba Books" <support@desk.example>']
    assert [a.addr_spec for a in mail["To"].addresses] == ["taro@customer.example"]
    assert "\n" not in mail["Subject"]
    assert mail["In-Reply-To"] is None
    assert set(mail.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "X-Extra", "MIME-Version", "Content-Type",
    }  # fmt: skip


def test_a_header_name_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="header name"):
        sent(replace(ENGLISH, headers={"X-A: b\r\nBcc": "c"}))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b\r\nBcc: c@d",
        "a b@c.example",
        "<a@b.example>",
        "a@b.example,c@d.example",
        "unknown-7@sender.invalid",
    ],
)
def test_what_is_no_address_is_not_written_to(address: str) -> None:
    with pytest.raises(BadAddress):
        sent(replace(ENGLISH, to=(Recipient(address, "x"),)))


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp"),
        ("a@例え.jp", "a@xn--r8jz45g.jp"),
        ('"john doe"@x.example', '"john doe"@x.example'),
        ("o'neil+tag@x.example", "o'neil+tag@x.example"),
    ],
)
def test_addresses_of_real_people_are_written_to(address: str, written: str) -> None:
    assert b"<" + written.encode() + b">" in sent(replace(ENGLISH, to=(Recipient(address, "N"),)))


@pytest.mark.parametrize("name", ['Sato, "Hana" \\ (x) <y@z>', "=?utf-8?q?x?=", "佐藤, 花子", "a" * 500, "😀" * 50])
def test_names_are_shown_as_they_were_typed(name: str) -> None:
    [person] = parse_mail(sent(replace(ENGLISH, to=(Recipient("taro@customer.example", name),)))).to
    assert (person.name, person.address) == (name[:200], "taro@customer.example")


@pytest.mark.parametrize(
    "subject", ["", "x" * 300, "word " * 100, "=?utf-8?b?eA==?=", "🎉" * 100, "日本語 and English " * 20]
)
def test_subjects_are_shown_as_they_were_typed(subject: str) -> None:
    assert parse_mail(sent(replace(ENGLISH, subject=subject))).subject == " ".join(subject.split())


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────

LONG_NAME = "見積書_2026年度版_とても長いファイル名_最終版_確定_ほんとうに最終.pdf"


def file(name: str, content: bytes, kind: str = "application/pdf", size: int | None = None) -> OutgoingFile:
    link = "https://desk.example/files/1"
    return OutgoingFile(name, kind, len(content) if size is None else size, link, lambda: content)


def test_files_travel_with_their_names_and_bytes() -> None:
    files = (
        file(LONG_NAME, b"%PDF\r\n\x00\xff"),
        file("a\"b;c'.txt", b"text", "text/plain"),
        file("m.eml", b"x", "message/rfc822"),
    )
    found = parse_mail(sent(replace(JAPANESE, files=files))).attachments
    assert [(f.filename, f.content) for f in found] == [(f.filename, f.read()) for f in files]
    assert [f.content_type for f in found] == ["application/pdf", "text/plain", "application/octet-stream"]


def test_files_too_large_for_one_mail_go_as_links() -> None:
    files = (file("small.pdf", b"x"), file("large.zip", b"", size=CARRIED))
    mail = opened(sent(replace(ENGLISH, files=files)))
    assert [part.get_filename() for part in mail.iter_attachments()] == ["small.pdf"]
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert "large.zip" in body.get_content()
        assert "https://desk.example/files/1" in body.get_content()
