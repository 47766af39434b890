"""What a mail is known by: tags nobody else can make, one key for the same mail, and whose word counts."""

from __future__ import annotations

import hashlib

import pytest

from app.channels.email import addressing, authentication
from app.channels.email.arriving import incoming
from app.keys import Keys

KEYS = Keys(b"k" * 64)
OTHERS = Keys(b"o" * 64)
ID = addressing.message_id(KEYS, 12, 345, "Desk.Example")


# ── Message-IDs ───────────────────────────────────────────────────────────────────────────────────────


def test_a_message_id_names_ticket_and_message_and_stands_in_brackets() -> None:
    assert ID.startswith("<12.345.a")
    assert ID.endswith("@desk.example>")
    assert len(ID.partition("@")[0].rpartition(".")[2]) == 27  # the key's letter and 128 bits in base32


@pytest.mark.parametrize("changed", [str, str.upper, str.lower, lambda i: i.strip("<>"), lambda i: f"x {i} y"])
def test_our_ids_are_known_again_however_they_come_back(changed: object) -> None:
    [ours] = addressing.our_ids(KEYS, changed(ID))  # type: ignore[operator]
    assert (ours.ticket_id, ours.message_id, ours.external_id) == (12, 345, ID)


def test_an_id_from_before_the_desk_moved_is_still_ours_as_it_was_stored() -> None:
    old = addressing.message_id(KEYS, 12, 345, "old.example")
    assert [o.external_id for o in addressing.our_ids(KEYS, old)] == [old]


@pytest.mark.parametrize(
    "forged",
    [
        ID.replace("<12.", "<13."),
        ID.replace(".345.", ".346."),
        ID.replace(".a", ".b", 1),
        addressing.message_id(OTHERS, 12, 345, "desk.example"),
        "<12.345.@desk.example>",
        ID.replace("<12.", "<1.12."),
        ID.replace("<12.", "<012."),
        "<12.345.a" + "a" * 26 + "@desk.example>",
    ],
)
def test_no_other_id_is_ours(forged: str) -> None:
    assert list(addressing.our_ids(KEYS, forged)) == []


def test_a_message_id_proves_its_ticket_and_a_reply_address_too_but_each_only_in_its_own_place() -> None:
    back = addressing.reply_address(KEYS, "support@desk.example", 99)
    assert back is not None
    assert addressing.proven(KEYS, [ID], [back.upper()]) == (12, 99)
    tag = ID.partition("@")[0].rpartition(".")[2]
    assert addressing.ticket_of(KEYS, f"support+12.{tag}@desk.example") is None
    assert addressing.proven(KEYS, ["<99.1." + back.partition("@")[0].rpartition(".")[2] + "@x>"], []) == ()


def test_a_reply_address_of_another_ticket_or_desk_proves_nothing() -> None:
    back = addressing.reply_address(OTHERS, "support@desk.example", 99)
    assert back is not None
    assert addressing.proven(KEYS, [], [back, "support+99@desk.example", "support@desk.example", ""]) == ()


def test_a_local_part_that_would_be_too_long_gets_no_reply_address() -> None:
    assert addressing.reply_address(KEYS, "x" * 60 + "@desk.example", 1) is None
    assert addressing.reply_address(KEYS, "x" * 20 + "@desk.example", 1) is not None


# ── the same mail ─────────────────────────────────────────────────────────────────────────────────────

MAIL = (
    b"Received: by a\r\nFrom: Taro <t@x.example>\r\nTo: s@desk.example\r\nSubject: A\r\n long one\r\n"
    b"Message-ID: <1@x>\r\n\r\nText\r\nmore\r\n"
)


def key(raw: bytes) -> str:
    return incoming(raw, {}).dedupe_key


@pytest.mark.parametrize(
    "same",
    [
        b"Received: from b by c;\r\n\ttoday\r\n" + MAIL,
        b"Return-Path: <t@x>\r\nDelivered-To: me\r\nX-Virus: none\r\nDKIM-Signature: v=1\r\nARC-Seal: i=1\r\n" + MAIL,
        b"Authentication-Results: mx; dmarc=pass\r\nList-Unsubscribe: <x>\r\n" + MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.replace(b"A\r\n long one", b"A long\r\n\tone"),
        MAIL + b"\r\n\r\n",
        b"From someone Mon Jan  1\r\n" + MAIL,
        MAIL.replace(b"Message-ID", b"Message-Id"),
    ],
)
def test_what_happens_on_the_way_does_not_make_it_another_mail(same: bytes) -> None:
    assert key(same) == key(MAIL)


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"Text", b"Test"),
        MAIL.replace(b"Taro", b"Jiro"),
        MAIL.replace(b"<1@x>", b"<2@x>"),
        MAIL.replace(b"long", b"short"),
        MAIL.replace(b"\r\n\r\n", b"\r\nTo: y@x.example\r\n\r\n"),
        MAIL.replace(b"Received: by a\r\n", b"a line that is no field\r\n"),
    ],
)
def test_what_its_author_wrote_does(other: bytes) -> None:
    assert key(other) != key(MAIL)


def test_a_mail_without_message_id_is_known_by_everything_but_its_traces() -> None:
    bare = MAIL.replace(b"Message-ID: <1@x>\r\n", b"Organization: A\r\n")
    assert incoming(bare, {}).external_id is None
    assert key(b"Received: x\r\nX-A: b\r\n" + bare) == key(bare)
    assert key(bare.replace(b"Organization: A", b"Organization: B")) != key(bare)


@pytest.mark.parametrize("size", [0, 1, 1000, 600_000])
def test_two_pieces_of_junk_are_never_taken_for_one(size: int) -> None:
    one, two = b"a" * size, b"b" * size
    assert (key(one) == key(two)) is (size == 0)


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\x00" * 100,
        b"\n" * 100_000,
        b"\r" * 100_000,
        b": \r\n" * 50_000,
        b"Message-ID:" * 50_000,
        b"Message-ID: " + b"<" * 100_000,
        bytes(range(256)) * 100,
        b" " * 1_000_000,
        b"A: b\n c\n" * 100_000,
        b"\xef\xbb\xbf" * 30_000,
    ],
)
def test_whatever_is_thrown_at_the_door_gets_a_key(junk: bytes) -> None:
    item = incoming(junk, {"from": "\udcff\x00x", "to": ["a\x00"], "tls": False})
    assert item.dedupe_key.startswith("mail:")
    assert len(item.dedupe_key) == len("mail:") + hashlib.sha256().digest_size * 2
    assert item.envelope["to"] == ["a"]
    str(item.envelope["from"]).encode()
    assert item.external_id is None or ("\x00" not in item.external_id and len(item.external_id) < 1000)


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (b"Message-ID: <a@b>", "<a@b>"),
        (b"message-id:\r\n <a@\r\n b> (comment)", "<a@b>"),
        (b"Message-ID: a@b", "<a@b>"),
        (b"Message-ID: <>", None),
        (b"Message-ID:", None),
    ],
)
def test_the_external_id_stands_in_brackets(header: bytes, kept: str | None) -> None:
    assert incoming(header + b"\r\n\r\nx", {}).external_id == kept


# ── whose word counts ─────────────────────────────────────────────────────────────────────────────────

PASS = "mx.desk.example; spf=pass smtp.mailfrom=x.example; dmarc=pass (p=reject; x) header.from=x.example"
FAIL = "mx.desk.example 1; dkim=none; dmarc=fail header.from=x.example"


@pytest.mark.parametrize(
    ("headers", "trusted", "sender", "expected"),
    [
        ([PASS], "mx.desk.example", "a@x.example", True),
        ([PASS], "MX.Desk.Example", "a@mail.x.example", True),
        ([FAIL], "mx.desk.example", "a@x.example", False),
        ([FAIL], "", "a@x.example", None),
        ([FAIL], "other.example", "a@x.example", None),
        ([], "mx.desk.example", "a@x.example", None),
        ([FAIL, PASS], "mx.desk.example", "a@x.example", False),
        (["evil.example; dmarc=pass", FAIL], "mx.desk.example", "a@x.example", False),
        ([PASS.replace("mx.desk.example", "evil.example"), PASS], "mx.desk.example", "a@x.example", True),
        ([PASS], "mx.desk.example", "ceo@victim.example", False),
        ([PASS], "mx.desk.example", "ceo@evilx.example", False),
        (["mx.desk.example; none"], "mx.desk.example", "a@x.example", None),
        (["mx.desk.example; dmarc=temperror"], "mx.desk.example", "a@x.example", None),
        (["mx.desk.example; spf=fail; dkim=fail"], "mx.desk.example", "a@x.example", None),
        (["mx.desk.example.evil; dmarc=pass"], "mx.desk.example", "a@x.example", None),
        (["mx.desk.example (; dmarc=pass); dmarc=fail"], "mx.desk.example", "a@x.example", False),
        (['mx.desk.example; spf=fail smtp.mailfrom="; dmarc=pass"@e'], "mx.desk.example", "a@x.example", None),
        (["mx.desk.example; spf=fail (\\); dmarc=pass )"], "mx.desk.example", "a@x.example", None),
        (["", ";", "mx.desk.example" + "(" * 9000], "mx.desk.example", "a@x.example", None),
    ],
)
def test_only_our_own_server_s_topmost_word_is_believed(
    headers: list[str], trusted: str, sender: str, expected: bool | None
) -> None:
    assert authentication.verdict(headers, trusted, sender) is expected
