"""Delivery reports of many mail servers: whom they are about, why, and whether for good."""

from __future__ import annotations

import pytest

from app.channels.email.types import Bounce
from tests.email.reading import mail, parts, read


@pytest.mark.parametrize(
    ("name", "recipient", "status", "permanent"),
    [
        ("dsn-postfix-unknown-user.eml", "keiko.sato@shop.example", "5.1.1", True),
        ("dsn-relayed-and-failed.eml", "second@hub.example", "5.2.2", True),
        ("dsn-temporary-given-up.eml", "mori@gone.example", "4.4.1", False),
        ("bounce-qmail.eml", "yamada@nowhere.example", "5.7.17", True),
        ("bounce-exim.eml", "nakata@host.example", "5.1.1", True),
        ("bounce-exchange.eml", "kobayashi@corp.example", "5.1.1", True),
        ("bounce-kddi.eml", "neko.to.inu@ezweb.ne.jp", "5.1.1", True),
        ("bounce-au-mailbox-full.eml", "..hana-chan..@ezweb.ne.jp", "4.2.2", False),
        ("bounce-docomo.eml", "tama..neko.@docomo.ne.jp", "5.1.1", True),
        ("bounce-japanese-words.eml", "suzuki@provider.example.jp", "4.2.2", False),
        ("bounce-domino.eml", "ono@notes.example", "5.1.1", True),
    ],
)
def test_a_bounce_names_recipient_and_reason(name: str, recipient: str, status: str, permanent: bool) -> None:
    letter = read(name)

    assert letter.bounce == Bounce(recipient, status, permanent)
    assert letter.auto_generated


@pytest.mark.parametrize("name", ["dsn-postfix-delayed.eml", "dsn-delivered.eml", "bounce-exim-delayed.eml"])
def test_a_report_of_delay_or_delivery_is_automatic_but_no_bounce(name: str) -> None:
    letter = read(name)

    assert letter.bounce is None
    assert letter.auto_generated


@pytest.mark.parametrize("name", ["forwarded-bounce.eml", "postmaster-writes.eml"])
def test_what_people_write_about_bounces_is_neither(name: str) -> None:
    letter = read(name)

    assert letter.bounce is None
    assert not letter.auto_generated


def test_a_read_receipt_is_automatic_but_no_bounce() -> None:
    letter = read("receipt-read.eml")

    assert letter.bounce is None
    assert letter.auto_reason == "report: disposition-notification"


def test_the_returned_mail_is_kept_beside_the_report() -> None:
    letter = read("dsn-postfix-unknown-user.eml")

    assert [(a.filename, a.content_type) for a in letter.attachments] == [
        ("delivery-status.txt", "message/delivery-status"),
        ("Your order.eml", "message/rfc822"),
    ]
    assert b"<77.3.mac@desk.example>" in letter.attachments[1].content


def _report(fields: str) -> Bounce | None:
    return parts(
        "\nA report.",
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{fields}",
        kind="report; report-type=delivery-status",
        headers="From: MAILER-DAEMON@mx.example\nTo: support@desk.example\n",
    ).bounce


def test_the_mail_system_itself_is_never_the_recipient() -> None:
    bounce = _report(
        "Original-Recipient: rfc822; MAILER-DAEMON@mx.example\nFinal-Recipient: rfc822; ueda@x.example\n"
        "Action: failed\nStatus: 5.1.1"
    )
    assert bounce == Bounce("ueda@x.example", "5.1.1", True)


def test_a_status_that_says_nothing_gives_way_to_the_diagnosis() -> None:
    bounce = _report(
        "Final-Recipient: rfc822;<ueda@x.example>\nAction: FAILED\nStatus: 5.0.0\n"
        "Diagnostic-Code: smtp; 554 5.7.1 refused by policy"
    )
    assert bounce == Bounce("ueda@x.example", "5.7.1", True)


def test_a_report_without_a_status_takes_it_from_the_words() -> None:
    bounce = _report(
        "Final-Recipient: utf-8; ueda@x.example\nAction: failed\nDiagnostic-Code: smtp; 550 no such user here"
    )
    assert bounce == Bounce("ueda@x.example", "5.1.1", True)


def test_a_report_without_recipient_falls_back_to_the_returned_mail() -> None:
    letter = parts(
        "\nSorry, it failed.",
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nAction: failed\nStatus: 5.4.4",
        "Content-Type: text/rfc822-headers\n\nFrom: support@desk.example\nTo: Ueda <ueda@x.example>",
        kind="report; report-type=delivery-status",
        headers="From: MAILER-DAEMON@mx.example\n",
    )
    assert letter.bounce == Bounce("ueda@x.example", "5.4.4", True)


def test_delivery_status_fields_in_a_plain_text_are_read_too() -> None:
    letter = mail(
        "From: Mail Delivery <mailer-daemon@mx.example>\nSubject: Delivery failed\n",
        "It failed.\n\nFinal-Recipient: rfc822; ueda@x.example\nAction: failed\nStatus: 5.2.1\n",
    )
    assert letter.bounce == Bounce("ueda@x.example", "5.2.1", True)


def test_addresses_of_networks_and_versions_are_no_status() -> None:
    letter = mail(
        "From: MAILER-DAEMON@mx.example\nSubject: failure notice\n",
        "Server 5.5.2657.72 at 4.2.2.1 could not deliver to <ueda@x.example>: host name lookup timed out, giving up\n",
    )
    assert letter.bounce == Bounce("ueda@x.example", "5.0.0", True)


def test_a_provider_writes_from_an_address_that_takes_no_reply() -> None:
    letter = mail(
        "From: no-reply@mail.provider.example\nTo: support@desk.example\nSubject: メールエラー通知\n",
        "送信先のメールボックスが一杯のため、送信できませんでした。\n\n"
        "     Could not be delivered to: <kimura@mail.provider.example>\n",
    )
    assert letter.bounce == Bounce("kimura@mail.provider.example", "4.2.2", False)


def test_a_daemon_without_a_domain_that_calls_its_report_a_reply() -> None:
    letter = mail(
        "From: mailer-daemon\nTo: support@desk.example\nSubject: There was an error\nAuto-Submitted: auto-replied\n",
        "The following recipients returned permanent errors: kimura@x.example. Reason: [554 5.4.6 Hop count]\n",
    )
    assert letter.bounce == Bounce("kimura@x.example", "5.4.6", True)


def test_a_holiday_notice_from_nobody_is_no_bounce() -> None:
    letter = mail(
        "Return-Path: <>\nAuto-Submitted: auto-replied\nSubject: Holidays\n",
        "I am away, your message could not be read before Monday.\n",
    )
    assert letter.bounce is None
    assert letter.auto_generated


@pytest.mark.parametrize(
    ("headers", "body", "bounce"),
    [
        (
            "From: smtp-service@gate.example\nSubject: Returned Mail - Error During Delivery\n",
            "------ Failed Recipients ------\n\n<ueda@x.example>: mailbox unavailable. [SMTP Error Code 550]\n",
            Bounce("ueda@x.example", "5.1.1", True),
        ),
        (
            "From: admin@gate.example\nSubject: Non-Delivery: your order\n",
            'The email below could not be delivered to this user:\n\n"Ueda" <ueda@x.example>\n\nOld message:\n',
            Bounce("ueda@x.example", "5.0.0", True),
        ),
        (
            "From: MAILER-DAEMON@x.example\nSubject: Processing Error\n",
            "Intended recipient: ueda@x.example\n\nThis mail has been returned because of an error. The postmaster\n"
            "will attempt to contact the intended recipient.\n",
            Bounce("ueda@x.example", "5.0.0", True),
        ),
        (
            "From: Mail System <admin@desk.example>\nReturn-Path: <>\nAuto-Submitted: auto-replied (rejected)\n"
            "Subject: Automatically rejected mail\n",
            "Your message to <ueda@x.example> was automatically rejected:\nQuota exceeded\n",
            Bounce("ueda@x.example", "4.2.2", False),
        ),
        (
            "From: MAILER-DAEMON@x.example\nSubject: =?utf-8?B?6YKu5Lu25Lyg6L6T5aSx6LSl?=\n",
            "邮件无法发送到指定的地址。\n\n<ueda@x.example>:\n",
            Bounce("ueda@x.example", "5.0.0", True),
        ),
        (
            "From: MAILER-DAEMON@x.example\nSubject: Mail delivery failed\n",
            "This is a permanent error. The following address failed:\n\n  ueda@x.example:\n    quota exceeded\n",
            Bounce("ueda@x.example", "5.2.2", True),
        ),
        (
            "From: Postmaster <postmaster@x.example>\nSubject: Undeliverable: hello\nTo: tea-bounces@desk.example\n",
            "Your message\n\n  To:      tea@desk.example\n  Subject: hello\n\ndid not reach the following "
            "recipient(s):\n\nc=JP;a= ;p=X;dda:SMTP=ueda@x.example; on Fri, 3 May 2024\n    Unknown Recipient\n",
            Bounce("ueda@x.example", "5.1.1", True),
        ),
    ],
    ids=[
        "a code in brackets",
        "an address below",
        "returned",
        "rejected",
        "Chinese",
        "said to be final",
        "Exchange 5.5",
    ],
)
def test_more_ways_to_say_that_a_mail_came_back(headers: str, body: str, bounce: Bounce) -> None:
    assert mail(headers + "Content-Type: text/plain; charset=utf-8\n", body).bounce == bounce


def test_a_report_that_a_filter_has_wrapped_in_one_of_its_own() -> None:
    inner = (
        "From: postmaster@x.example\nSubject: Failure\nContent-Type: multipart/report; boundary=in\n\n"
        "--in\n\nIt failed.\n--in\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x.example\n\n"
        "Final-Recipient: rfc822; ueda@x.example\nAction: failed\nStatus: 5.1.1\n\n--in--\n"
    )
    letter = mail(
        "From: postmaster@x.example\nSubject: Delivery Status Notification (Failure)\n"
        "Content-Type: multipart/mixed; report-type=delivery-status; boundary=out\n",
        f"--out\nContent-Type: message/rfc822\n\n{inner}\n--out--\n",
    )
    assert letter.bounce == Bounce("ueda@x.example", "5.1.1", True)


def test_who_is_not_accepted_is_not_who_was_written_to() -> None:
    letter = mail(
        "From: MAILER-DAEMON@x.example\nSubject: Mail Delivery Problem\n",
        "Your mail could not be delivered because they are not accepting mail from tea@lists.example:\n  ueda\n",
    )
    assert letter.bounce == Bounce("", "5.0.0", True)


def test_a_customer_who_tells_of_a_bounce_is_a_customer() -> None:
    letter = mail(
        "Subject: Mail could not be delivered\n",
        "Hello,\nmy mail could not be delivered to you, why?\n\nAnna\n\nanna@customer.example\n",
    )
    assert letter.bounce is None
    assert not letter.auto_generated
