"""Address lists as people and programs really write them."""

from __future__ import annotations

import time

import pytest

from app.channels.email import addresses
from app.channels.email.addresses import parse_addresses
from app.channels.email.types import Address
from tests.email.reading import mail, read


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("anna@x.example", [("anna@x.example", "")]),
        ("Anna Smith <anna@x.example>", [("anna@x.example", "Anna Smith")]),
        ('"Smith, Anna" <anna@x.example>, bo@y.example', [("anna@x.example", "Smith, Anna"), ("bo@y.example", "")]),
        ("Smith, Anna <anna@x.example>", [("anna@x.example", "Smith, Anna")]),
        ("anna@x.example (Anna (at home) Smith)", [("anna@x.example", "Anna (at home) Smith")]),
        ("[Shop] Anna: sales <anna@x.example>", [("anna@x.example", "[Shop] Anna: sales")]),
        ("Anna @ Shop <anna@x.example>", [("anna@x.example", "Anna @ Shop")]),
        ("anna@x.example <anna@x.example>", [("anna@x.example", "anna@x.example")]),
        ("'anna@x.example' <anna@x.example>", [("anna@x.example", "anna@x.example")]),
        ('"=?utf-8?B?5bGx55Sw?=" <y@x.example>', [("y@x.example", "山田")]),
        ("=?utf-8?Q?Anna_<anna@x.example>?=", [("anna@x.example", "Anna")]),
        ("=?utf-8?Q?Smith,_Anna?= <anna@x.example>", [("anna@x.example", "Smith, Anna")]),
        ("a..b.@docomo.ne.jp", [("a..b.@docomo.ne.jp", "")]),
        ('"a b"@x.example', [('"a b"@x.example', "")]),
        ('Anna <"a, b"@x.example>', [('"a, b"@x.example', "Anna")]),
        ("anna@例え.example", [("anna@例え.example", "")]),
        ("anna@xn--r8jz45g.example", [("anna@xn--r8jz45g.example", "")]),
        ("anna@[192.0.2.1]", [("anna@[192.0.2.1]", "")]),
        ("Anna <anna@x.example", [("anna@x.example", "Anna")]),
        ("Anna <<anna@x.example>>", [("anna@x.example", "Anna")]),
        ("Anna < anna @x.example >", [("anna@x.example", "Anna")]),
        ("<mailto:anna@x.example>", [("anna@x.example", "")]),
        ("Anna [mailto:anna@x.example]", [("anna@x.example", "Anna")]),
        ("anna@x.example; bo@y.example;", [("anna@x.example", ""), ("bo@y.example", "")]),
        ("anna@x.example bo@y.example", [("anna@x.example", ""), ("bo@y.example", "")]),
        ("Friends: anna@x.example, Bo <bo@y.example>;", [("anna@x.example", ""), ("bo@y.example", "Bo")]),
        ("undisclosed-recipients:;", []),
        ("<@relay.example,@hub.example:anna@x.example>", [("anna@x.example", "")]),
        ('"Anna <anna@x.example>, "Bo" <bo@y.example>', [("anna@x.example", "Anna"), ("bo@y.example", "Bo")]),
        ('"Anna \\"the\\" Smith" <anna@x.example>', [("anna@x.example", 'Anna "the" Smith')]),
        ("Anna(A \\) friend) <anna(her account)@x.example(her host)>", [("anna@x.example", "Anna")]),
        ("Anna <anna(that's her;)@x.example>, <b@(host.)y.example>", [("anna@x.example", "Anna"), ("b@y.example", "")]),
        ("(Empty)(list)Undisclosed recipients  :(nobody(that I know))  ;", []),
        (
            "A Group(Some): Anna <a@(host)x.example>,\n bo@y.example; (the end)",
            [("a@x.example", "Anna"), ("bo@y.example", "")],
        ),
        ("<>", []),
        (",,;", []),
        ("", []),
    ],
)
def test_a_list_is_read_as_it_was_meant(written: str, expected: list[tuple[str, str]]) -> None:
    assert [(a.address, a.name) for a in parse_addresses(written.encode())] == expected


def test_raw_bytes_in_names_take_the_charset_of_the_mail() -> None:
    raw = "山田 太郎 <yamada@x.example>".encode("cp932")

    assert parse_addresses(raw, "shift_jis") == (Address("yamada@x.example", "山田 太郎"),)


def test_a_name_cannot_carry_a_second_header() -> None:
    (address,) = parse_addresses(b"=?utf-8?Q?Anna=0D=0ABcc:_evil@x.example?= <anna@x.example>")

    assert address.name == "Anna Bcc: evil@x.example"


@pytest.mark.parametrize("sign", ['"', "(", "<", ",", ":", "\\", "<@", '"<@', "a@", "=?", '"(', "mailto:"])
def test_a_header_of_nothing_but_signs_takes_no_time(sign: str) -> None:
    started = time.process_time()
    parse_addresses((sign * 100_000).encode()[:200_000])

    assert time.process_time() - started < 2


def test_a_mail_in_japanese_names_everybody() -> None:
    letter = read("jp-two-languages.eml")

    assert letter.sender == Address("sato@corp.example", "佐藤, 花子 (総務)")
    assert letter.to == (
        Address("support@desk.example", "サポート窓口"),
        Address("keiri@desk.example", "経理"),
    )


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        ("From: nobody\nFrom: anna@x.example\n", "anna@x.example"),
        ("From: Anna\nReply-To: anna@x.example\n", "anna@x.example"),
        ("From: <>\nSender: post@x.example\n", "post@x.example"),
        ("From: root\n", "root"),
    ],
)
def test_without_a_usable_from_somebody_else_is_asked(headers: str, sender: str) -> None:
    letter = mail(headers)

    assert letter.sender is not None
    assert letter.sender.address == sender


def test_a_mail_of_nobody_has_no_sender() -> None:
    letter = mail("From: \nSubject: x\n")

    assert letter.sender is None
    assert "no usable From" in letter.problems


def test_everybody_is_named_once() -> None:
    letter = mail("To: a@x.example, A <A@X.example>\nTo: b@x.example\nCc: c@x.example\nReply-To: d@x.example\n")

    assert [a.address for a in letter.to] == ["a@x.example", "b@x.example"]
    assert [a.address for a in letter.cc] == ["c@x.example"]
    assert letter.reply_to == Address("d@x.example")


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        ("From: Mail Delivery System <>\n", Address("", "Mail Delivery System")),
        ("From: Tea House\nSender: owner@tea.example\n", Address("owner@tea.example", "Tea House")),
        ('From: "Aoi Sato" <>\nReply-To: Sato <sato@x.example>\n', Address("sato@x.example", "Aoi Sato")),
    ],
)
def test_a_name_without_an_address_stays_a_name(headers: str, sender: Address) -> None:
    assert mail(headers).sender == sender


def test_a_domain_in_brackets_keeps_both_of_them() -> None:
    assert mail("From: Relay <relay@[IPv6:2001:db8::1]>\n").sender == Address("relay@[IPv6:2001:db8::1]", "Relay")


HOSTILE = [
    "<@",
    "<1@",
    "<@a,",
    ",",
    "<a@b",
    '"<@"',
    "a@b,",
    "x@y, ",
    "(",
    '"',
    "=?a?b?",
    "=?utf-8?q??=4",
    "a:b@c;",
    "\\",
]


@pytest.mark.parametrize("sign", HOSTILE)
def test_a_long_list_of_anything_is_read_up_to_a_number_of_entries(sign: str) -> None:
    everything = sign * (1_900_000 // len(sign))
    assert len(mail(f"From: a@x.example\nTo: {everything}\n").to) <= addresses.MOST
    assert len(addresses._entries(everything)) <= addresses.MOST + 1


def test_people_beyond_the_cap_are_left_out_and_those_before_it_kept() -> None:
    letter = mail("To: " + ", ".join(f'"P, {n}" <p{n}@x.example>' for n in range(addresses.MOST + 100)) + "\n")
    assert [letter.to[0].address, letter.to[-1].address] == ["p0@x.example", f"p{addresses.MOST - 1}@x.example"]
