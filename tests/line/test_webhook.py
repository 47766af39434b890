"""LINE's webhook: who may knock, and what is kept of what comes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.webhook import SignatureValidator, WebhookParser

from app.channels.line import LineChannel
from app.channels.line.webhook import signature
from app.channels.types import BadSignature, InboxInfo, Incoming, WebhookRequest
from app.errors import NotFound
from tests.line.conftest import PAYLOADS, payload
from tests.standins.line_api import LineApi, text_event, user_id


def request(body: bytes, given: str | None, method: str = "POST") -> WebhookRequest:
    headers = {} if given is None else {"x-line-signature": given}
    return WebhookRequest(method, body, headers, {})


def take(channel: LineChannel, info: InboxInfo, body: bytes) -> list[Incoming]:
    given = signature(info.secrets["channel_secret"], body).decode()
    return list(channel.accept(info, request(body, given)).items)


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.json")), ids=lambda path: path.stem)
def test_our_signature_is_the_one_that_the_vendors_own_library_accepts(path: Path) -> None:
    body = path.read_bytes()
    ours = signature("a channel's secret", body).decode()
    assert SignatureValidator("a channel's secret").validate(body.decode(), ours)
    assert not SignatureValidator("another secret").validate(body.decode(), ours)


def test_the_vendors_library_reads_the_stand_ins_webhooks(line: LineApi) -> None:
    body, headers = line.webhook(text_event(user_id("taro"), "急須🍵"))
    parser = WebhookParser(line.secret)
    (event,) = parser.parse(body.decode(), headers["X-Line-Signature"])
    assert event.message.text == "急須🍵"
    with pytest.raises(InvalidSignatureError):
        parser.parse(body.decode() + " ", headers["X-Line-Signature"])


def test_a_signed_event_is_kept_with_its_id_and_where_it_was_sent_to(channel: LineChannel, info: InboxInfo) -> None:
    (item,) = take(channel, info, payload("text"))
    assert item.dedupe_key == "01JDKQ7V9Z8W6T4R2P0N5M3K01"
    assert item.external_id == "580000000000000000"
    kept = json.loads(item.raw)
    assert kept["destination"] == "Ue2f4a6c8d0b1937f5e3d1c9b7a5f3e1d"
    assert kept["event"] == json.loads(payload("text"))["events"][0]


def test_each_event_is_kept_by_itself(channel: LineChannel, info: InboxInfo) -> None:
    assert len({item.dedupe_key for item in take(channel, info, payload("image_set"))}) == 2


def test_the_consoles_verify_button_is_answered_and_leaves_nothing(channel: LineChannel, info: InboxInfo) -> None:
    assert take(channel, info, payload("verify")) == []


@pytest.mark.parametrize("given", [None, "", "nonsense", "é" * 44, "A" * 44])
def test_without_the_right_signature_nothing_is_taken(channel: LineChannel, info: InboxInfo, given: str | None) -> None:
    with pytest.raises(BadSignature):
        channel.accept(info, request(payload("text"), given))


def test_a_signature_fits_one_body_only_to_the_byte(channel: LineChannel, info: InboxInfo) -> None:
    body = payload("text")
    given = signature(info.secrets["channel_secret"], body).decode()
    again = json.dumps(json.loads(body)).encode()
    with pytest.raises(BadSignature):
        channel.accept(info, request(again, given))


def test_while_the_secret_is_rotated_both_are_good_and_afterwards_one(channel: LineChannel, info: InboxInfo) -> None:
    old, body = signature("old secret", payload("text")).decode(), payload("text")
    rotating = dataclasses.replace(info, secrets={**info.secrets, "channel_secret_old": "old secret"})
    assert len(channel.accept(rotating, request(body, old)).items) == 1
    assert len(take(channel, rotating, body)) == 1
    with pytest.raises(BadSignature):
        channel.accept(info, request(body, old))


@pytest.mark.parametrize("secrets", [{}, {"channel_secret": ""}, {"channel_secret_old": ""}])
def test_an_inbox_without_a_secret_believes_nobody(
    channel: LineChannel, info: InboxInfo, secrets: dict[str, str]
) -> None:
    bare = dataclasses.replace(info, secrets=secrets)
    with pytest.raises(BadSignature):
        channel.accept(bare, request(payload("text"), signature("", payload("text")).decode()))


def test_line_has_no_handshake(channel: LineChannel, info: InboxInfo) -> None:
    with pytest.raises(NotFound):
        channel.accept(info, request(b"", None, "GET"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"[]",
        b"7",
        b"null",
        b'"events"',
        b"{}",
        b'{"events": {"a": 1}}',
        b'{"events": null}',
        b"[" * 100_000,
        b'{"events": [' + b"1," * 2000 + b"1]}",
        b"1" * 5000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_signed_garbage_is_kept_whole_for_somebody_to_look_at(
    channel: LineChannel, info: InboxInfo, body: bytes
) -> None:
    (item,) = take(channel, info, body)
    assert item.raw == body
    assert item.dedupe_key == take(channel, info, body)[0].dedupe_key


@pytest.mark.parametrize(
    "event", [1, None, "text", [], {}, {"webhookEventId": "\x00\ud800"}, {"webhookEventId": "x" * 500}]
)
def test_an_event_without_a_usable_id_is_told_apart_by_its_content(
    channel: LineChannel, info: InboxInfo, event: object
) -> None:
    body = json.dumps({"events": [event], "destination": None}).encode()
    (item,) = take(channel, info, body)
    assert item.dedupe_key.startswith("sha256:")
    other = json.dumps({"events": [{"another": 1}]}).encode()
    assert take(channel, info, other)[0].dedupe_key != item.dedupe_key
