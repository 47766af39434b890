"""What the desk understands of a stored mail: a message with its evidence, a bounce, or nothing that matters."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from app.channels.email import addressing
from app.channels.email.channel import EmailChannel
from app.channels.email.parse import parse_mail
from app.channels.email.types import ParsedMail
from app.channels.email.types import Unreadable as MailUnreadable
from app.channels.types import ChannelEvent, InboxInfo, MessageIn, Noise, Raw, StatusChanged, Unreadable, WebhookRequest
from app.errors import NotFound
from app.keys import Keys
from app.settings import load

KEYS = Keys(b"k" * 64)
INBOX = InboxInfo(1, "p", "email", "Support", "support@desk.example", "en")
OURS = addressing.message_id(KEYS, 12, 345, "desk.example")


def channel(**settings: Any) -> EmailChannel:
    return EmailChannel(parse_mail, KEYS, load({}, mail_domain="desk.example", **settings))


def stored(body: str | bytes, number: int = 1, **envelope: Any) -> Raw:
    raw = body.encode() if isinstance(body, str) else body
    return Raw(number, raw.replace(b"\n", b"\r\n"), None, envelope, datetime(2026, 1, 1, tzinfo=UTC))


def read(
    body: str | bytes, *, inbox: InboxInfo = INBOX, by: EmailChannel | None = None, **envelope: Any
) -> ChannelEvent:
    [event] = (by or channel()).parse(inbox, stored(body, **envelope))
    return event


def message(body: str | bytes, **more: Any) -> MessageIn:
    event = read(body, **more)
    assert isinstance(event, MessageIn)
    return event


def mail(extra: str = "", text: str = "Where is it?", sender: str = "Taro <taro@x.example>") -> str:
    return f"From: {sender}\nTo: support@desk.example\nSubject: Parcel\nMessage-ID: <m1@x.example>\n{extra}\n{text}\n"


# ── messages ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_mail_becomes_a_message_with_its_author_subject_and_text() -> None:
    found = message(mail("Date: Thu, 01 Jan 2026 10:00:00 +0900\n"))
    assert (found.sender.kind, found.sender.value, found.sender.name) == ("email", "taro@x.example", "Taro")
    assert (found.subject, found.text) == ("Parcel", "Where is it?")
    assert found.external_id == "<m1@x.example>"
    assert found.sent_at == datetime(2026, 1, 1, 1, 0, tzinfo=UTC)
    assert (found.proven, found.refs, found.automatic, found.authentic) == ((), (), "", None)


def test_what_it_answers_comes_newest_first_and_proves_the_ticket() -> None:
    found = message(mail(f"In-Reply-To: {OURS.upper()}\nReferences: <first@x.example> <second@x.example>\n\t{OURS}\n"))
    assert found.proven == (12,)
    assert found.refs[1:] == (OURS, "<second@x.example>", "<first@x.example>")
    assert found.reply_to == OURS.upper()


def test_a_reply_address_proves_the_ticket_from_the_header_or_the_envelope() -> None:
    back = addressing.reply_address(KEYS, "support@desk.example", 12)
    assert message(mail().replace("support@desk.example", str(back))).proven == (12,)
    assert message(mail(), to=[back]).proven == (12,)
    assert message(mail(), to=["support+12.abc@desk.example"]).proven == ()


def test_a_number_in_the_subject_proves_nothing() -> None:
    assert message(mail().replace("Parcel", "Re: [#12] Parcel")).proven == ()


@pytest.mark.parametrize(
    ("header", "authentic"),
    [
        ("mx.desk.example; dmarc=fail header.from=x.example", False),
        ("mx.desk.example; dmarc=pass header.from=x.example", True),
        ("mx.elsewhere.example; dmarc=fail header.from=x.example", None),
    ],
)
def test_only_our_own_server_judges_the_sender(header: str, authentic: bool | None) -> None:
    by = channel(trusted_authserv_id="mx.desk.example")
    assert message(f"Authentication-Results: {header}\n{mail()}", by=by).authentic is authentic


@pytest.mark.parametrize("stead", ["Reply-To: taro@x.example\n", "Sender: taro@x.example\n", ""])
def test_an_author_who_stands_elsewhere_than_in_from_is_nobody_s_word(stead: str) -> None:
    raw = f"Authentication-Results: mx.desk.example; dmarc=pass\n{stead}{mail(sender='nobody in particular')}"
    trusting = channel(trusted_authserv_id="mx.desk.example")
    found = message(raw, by=trusting, **{"from": "taro@x.example"})
    assert (found.sender.value, found.authentic) == ("taro@x.example", False)
    assert message(raw, **{"from": "taro@x.example"}).authentic is None, "a desk that trusts no server knows nothing"


@pytest.mark.parametrize(
    ("extra", "envelope", "code"),
    [
        ("Auto-Submitted: auto-replied; x=y\n", {}, "auto_submitted"),
        ("Auto-Submitted: no\n", {}, ""),
        ("Precedence: bulk\n", {}, "bulk"),
        ("X-Autoreply: yes\n", {}, "auto_reply"),
        ("List-Id: <all.x.example>\n", {}, "list"),
        ("Return-Path: <>\n", {}, "null_sender"),
        ("", {"from": "<>"}, "null_sender"),
        ("", {"from": "taro@x.example"}, ""),
        ("", {}, ""),
    ],
)
def test_mail_from_programs_says_why(extra: str, envelope: dict[str, str], code: str) -> None:
    assert message(extra + mail(), **envelope).automatic == code


# ── people ────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_usable_author_the_envelope_s_sender_is_taken() -> None:
    found = message(mail(sender=""), **{"from": "bounce-me@x.example"})
    assert found.sender.value == "bounce-me@x.example"


def test_two_mails_without_any_sender_are_two_strangers_with_a_name_that_says_so() -> None:
    raw = "Subject: hello\n\ntext\n"
    strangers = [
        channel().parse(inbox, stored(raw, number))[0]
        for number, inbox in ((7, INBOX), (8, InboxInfo(1, "p", "email", "s", "support@desk.example", "ja")))
    ]
    assert all(isinstance(s, MessageIn) for s in strangers)
    senders = [s.sender for s in strangers if isinstance(s, MessageIn)]
    assert [s.value for s in senders] == ["unknown-7@sender.invalid", "unknown-8@sender.invalid"]
    assert [s.name for s in senders] == ["Unknown sender", "差出人不明"]


def others(extra: str, **more: Any) -> list[str]:
    return [person.value for person in message(extra, **more).cc]


def test_others_in_to_and_cc_belong_to_the_ticket_but_not_the_desk_nor_the_author() -> None:
    raw = mail("Cc: Hana <hana@y.example>, TARO@x.example, support+12.x@desk.example\n")
    raw = raw.replace("To: support@desk.example", "To: Support@desk.example, boss@x.example")
    assert others(raw) == ["boss@x.example", "hana@y.example"]


def test_an_alias_that_led_here_is_not_a_person_to_answer() -> None:
    raw = mail("Cc: hana@y.example\n").replace("To: support@desk.example", "To: info@desk.example")
    assert others(raw) == ["hana@y.example"]
    assert others(f"Delivered-To: info@desk.example\n{raw}") == ["hana@y.example"]


def test_nobody_of_a_mailing_list_is_answered() -> None:
    assert others(mail("Cc: everybody@list.example\nList-Id: <everybody.list.example>\n")) == []


def test_another_reply_to_is_kept_for_the_agent_to_see() -> None:
    assert message(mail("Reply-To: real@y.example\n", sender="form@shop.example")).meta["reply_to"] == "real@y.example"
    assert "reply_to" not in message(mail("Reply-To: TARO@x.example\n")).meta


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────


def with_files(*sizes: int) -> str:
    parts = "".join(
        f'--b\nContent-Type: application/pdf; name="f{n}.pdf"\nContent-Disposition: attachment; filename="f{n}.pdf"\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.b64encode(b'x' * size).decode()}\n"
        for n, size in enumerate(sizes)
    )
    return mail(f"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n{parts}--b--", text="")


def test_files_come_with_the_message_and_one_too_large_is_named_without_its_content() -> None:
    small, large = message(with_files(10, 101), by=channel(upload_max_bytes=100)).attachments
    assert (small.filename, small.content, small.too_big) == ("f0.pdf", b"x" * 10, 0)
    assert (large.filename, large.content, large.too_big) == ("f1.pdf", None, 101)


def test_files_beyond_the_most_are_counted() -> None:
    found = message(with_files(1, 2, 3), by=channel(mail_max_attachments=2))
    assert [f.filename for f in found.attachments] == ["f0.pdf", "f1.pdf"]
    assert found.meta["files_left_out"] == 1


# ── bounces and echoes ────────────────────────────────────────────────────────────────────────────────


def bounce(status: str = "5.1.1", action: str = "failed", returned: str = OURS) -> str:
    return (
        "From: MAILER-DAEMON@mx.example\nTo: support@desk.example\nSubject: Undelivered\nMessage-ID: <b@mx.example>\n"
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nSorry.\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; taro@x.example\nAction: {action}\nStatus: {status}\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {returned}\nSubject: Re: Parcel\n\n--b--\n"
    )


def test_a_bounce_of_our_mail_marks_that_delivery_as_failed_in_words() -> None:
    assert read(bounce(), **{"from": "<>"}) == StatusChanged(
        OURS, "failed", "5.1.1", "This address does not exist.\ntaro@x.example 5.1.1"
    )


def test_a_bounce_whose_returned_headers_were_encoded_or_lowered_still_names_our_mail() -> None:
    lowered = read(bounce(returned=OURS.lower()))
    assert isinstance(lowered, StatusChanged)
    hidden = base64.encodebytes(f"Message-ID: {OURS}\nSubject: x\n".encode()).decode()
    event = read(
        bounce(returned="").replace(
            "Content-Type: text/rfc822-headers\n\n",
            f"Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: base64\n\n{hidden}\n",
        )
    )
    assert isinstance(event, StatusChanged)
    assert event.external_id == OURS


def test_the_mail_that_came_back_is_meant_not_one_that_it_quoted() -> None:
    older = addressing.message_id(KEYS, 12, 300, "desk.example")
    event = read(bounce().replace("Sorry.", f"Sorry about {older}"))
    assert isinstance(event, StatusChanged)
    assert event.external_id == OURS


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (bounce("4.4.1", "delayed"), "delayed"),
        (bounce(returned="<somebody@else.example>"), "bounce_unknown"),
        (bounce(returned=OURS.replace("<12.", "<13.")), "bounce_unknown"),
    ],
)
def test_a_delay_or_a_bounce_of_something_else_changes_nothing(raw: str, why: str) -> None:
    assert read(raw) == Noise(why)
    assert read(f"Auto-Submitted: auto-replied\n{raw}") == Noise(why)


def receipt(disposition: str, original: str = OURS) -> str:
    return (
        "From: taro@x.example\nTo: support@desk.example\nSubject: Read: Parcel\nMessage-ID: <r@x.example>\n"
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nIt was read.\n\n"
        "--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;taro@x.example\n"
        f"Original-Message-ID: {original}\nDisposition: {disposition}\n\n--b--\n"
    )


def test_a_receipt_tells_that_our_mail_was_read_and_opens_nothing() -> None:
    assert read(receipt("manual-action/MDN-sent-manually; displayed")) == StatusChanged(OURS, "read")
    assert read(receipt("automatic-action/MDN-sent-automatically; deleted")) == Noise("read_receipt")
    assert read(receipt("manual-action/MDN-sent-manually; displayed", "<x@y>")) == Noise("read_receipt")


def test_a_report_of_arrival_tells_that_our_mail_was_delivered() -> None:
    assert read(bounce("2.1.5", "delivered")) == StatusChanged(OURS, "delivered")


def test_our_own_mail_coming_back_by_a_list_is_no_message() -> None:
    assert read(mail().replace("<m1@x.example>", OURS)) == Noise("own_mail")


# ── what cannot be read ───────────────────────────────────────────────────────────────────────────────


def test_a_mail_that_cannot_be_read_is_quarantined_with_the_parser_s_reason() -> None:
    def refuse(raw: bytes) -> ParsedMail:
        raise MailUnreadable("too many parts")

    reader = EmailChannel(refuse, KEYS, load({}))
    with pytest.raises(Unreadable) as caught:
        reader.parse(INBOX, stored(""))
    assert (caught.value.code, caught.value.detail) == ("unreadable_mail", "too many parts")


def test_mail_has_no_webhook() -> None:
    with pytest.raises(NotFound):
        channel().accept(INBOX, WebhookRequest("POST", b"", {}, {}))
