"""Who wrote a mail: a person, or a program that must not be answered."""

from __future__ import annotations

import pytest

from tests.email.reading import mail


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        'Auto-Submitted: Auto-Generated; type="notice"',
        "Auto-Submitted: AUTO-REPLIED (vacation)",
        "Precedence: bulk",
        "Precedence: JUNK",
        "Precedence: auto_reply",
        "X-Precedence: bulk",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",
        "X-Autoreply: yes",
        "X-Autorespond: thank you",
        "X-POST-MessageClass: 9; Autoresponder",
        "Return-Path: <>",
        "Subject: Out of Office: back on Monday",
        "Subject: Automatic reply: your order",
        "Subject: Abwesenheitsnotiz: Ihre Bestellung",
        "Subject: =?utf-8?B?6Ieq5YuV6L+U5L+h?=",
        "Subject: 【自動返信】お問い合わせありがとうございます",
        "Subject: 不在のお知らせ",
    ],
)
def test_a_program_gives_itself_away(header: str) -> None:
    letter = mail(header + "\n")

    assert letter.auto_generated
    assert letter.auto_reason


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: no",
        "Auto-Submitted: No (a person)",
        "Precedence: first-class",
        "X-Auto-Response-Suppress: None",
        "X-Autoreply: no",
        "X-MS-Exchange-Inbox-Rules-Loop: anna@customer.example",
        "Return-Path: <anna@customer.example>",
        "Subject: Re: Automatic reply: your order",
        "Subject: 返信: 【自動返信】お問い合わせありがとうございます",
        "Subject: Out of office supplies",
        "Subject: 自動車の保険について",
        "Subject: Automobile insurance",
    ],
)
def test_a_person_is_not_taken_for_a_program(header: str) -> None:
    assert not mail(header + "\n").auto_generated


@pytest.mark.parametrize(
    "header", ["List-Id: <users.lists.example>", "List-Post: <mailto:u@l.example>", "Precedence: list"]
)
def test_people_write_on_mailing_lists(header: str) -> None:
    letter = mail(header + "\n")

    assert letter.mailing_list
    assert not letter.auto_generated


def test_mail_of_a_person_is_on_no_list() -> None:
    assert not mail("Subject: Hello\n").mailing_list
