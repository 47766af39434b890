"""The stand-in is as strict as LINE; otherwise what passes against it would prove nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine

from tests.standins.line_api import Fault, LineApi, text_event, user_id

KEY = "6f1c2b3a-9d8e-4f70-8a6b-5c4d3e2f1a0b"
TEXT = {"type": "text", "text": "hello"}


@pytest.fixture
def call(line: LineApi) -> Any:
    def call(road: str, body: Any, key: str = "", token: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {line.token if token is None else token}"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.post(
            f"{line.url}/v2/bot/message/{road}",
            content=content,
            headers=headers | ({"X-Line-Retry-Key": key} if key else {}),
        )

    return call


def token_of(line: LineApi) -> str:
    event = text_event(line.meet("Taro"), "Hi")
    line.webhook(event)
    return str(event["replyToken"])


def test_a_reply_token_works_once_and_within_a_minute(line: LineApi, call: Any) -> None:
    token, old = token_of(line), token_of(line)
    reply = {"replyToken": token, "messages": [TEXT]}
    assert call("reply", reply).status_code == 200
    assert call("reply", reply).json()["message"] == "Invalid reply token"
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=61)):
        assert call("reply", {"replyToken": old, "messages": [TEXT]}).status_code == 400
    assert call("reply", {"replyToken": "made up", "messages": [TEXT]}).status_code == 400
    assert call("reply", {"replyToken": token_of(line), "messages": [TEXT]}, key=KEY).status_code == 400


def test_a_retry_key_is_good_for_one_message_and_a_day(line: LineApi, call: Any) -> None:
    push = {"to": line.meet("Taro"), "messages": [TEXT]}
    first = call("push", push, key=KEY)
    assert first.status_code == 200
    again = call("push", push, key=KEY)
    assert again.status_code == 409
    assert again.headers["x-line-accepted-request-id"]
    assert again.json()["sentMessages"] == first.json()["sentMessages"]
    assert call("push", push, key="not-a-uuid").status_code == 400
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
        assert call("push", push, key=KEY).status_code == 200
    assert len(line.calls) == 2


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [TEXT] * 6,
        "text",
        [{"type": "file"}],
        [{"type": "text", "text": ""}],
        [{"type": "text", "text": "🍎" * 2501}],
        [
            {
                "type": "image",
                "originalContentUrl": "http://plain.example/a.png",
                "previewImageUrl": "https://a.example/",
            }
        ],
    ],
)
def test_messages_have_limits(line: LineApi, call: Any, messages: Any) -> None:
    assert call("push", {"to": line.meet("Taro"), "messages": messages}).status_code == 400
    assert line.calls == []


def test_a_request_has_limits(line: LineApi, call: Any) -> None:
    push = {"to": line.meet("Taro"), "messages": [TEXT]}
    assert call("push", push, token="wrong").status_code == 401
    assert call("push", b"{").status_code == 400
    assert call("push", b" " * 2_100_000).status_code == 413
    assert call("push", {"to": user_id("a stranger"), "messages": [TEXT]}).status_code == 400
    line.quota = 0
    assert call("push", push).status_code == 429


def test_a_push_to_somebody_who_blocked_us_seems_to_succeed(line: LineApi, call: Any) -> None:
    taro = line.meet("Taro")
    line.people[taro].blocked = True
    assert call("push", {"to": taro, "messages": [TEXT]}).status_code == 200
    assert line.texts(taro) == []


def test_trouble_can_be_ordered(line: LineApi, call: Any) -> None:
    push = {"to": line.meet("Taro"), "messages": [TEXT]}
    line.faults.extend([Fault("/push", 503), Fault("/push", 500, after=True)])
    assert [call("push", push).status_code for _ in range(3)] == [503, 500, 200]
    assert len(line.calls) == 2
