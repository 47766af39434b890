"""Answers on their way to LINE, against an API that is as strict as the real one."""

from __future__ import annotations

import dataclasses
import socket
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from linebot.v3.messaging.models import PushMessageRequest, ReplyMessageRequest

from app import clock
from app.channels.fetcher import Fetcher, FetchFailed
from app.channels.line import LineChannel
from app.channels.line.sending import retry_key
from app.channels.types import InboxInfo, Outgoing, OutgoingFile, Recipient, SendFailed
from app.settings import Settings
from tests.standins.line_api import PNG, Fault, LineApi, text_event

KEY = "6f1c2b3a-9d8e-4f70-8a6b-5c4d3e2f1a0b"
PUSH, REPLY = "/message/push", "/message/reply"


def outgoing(to: str, text: str = "Your pot is on its way.", **more: Any) -> Outgoing:
    return Outgoing(
        **{
            "delivery_id": 1,
            "ticket_id": 1,
            "message_id": 1,
            "attempt": 1,
            "external_id": None,
            "retry_key": KEY,
            "to": (Recipient(to),),
            "cc": (),
            "sender_name": "Mei",
            "subject": "",
            "text": text,
            "html": None,
            "files": (),
            "in_reply_to": None,
            "references": (),
            "quoted": "",
            "locale": "en",
            "automatic": False,
            **more,
        }
    )


def context(line: LineApi, user: str) -> dict[str, Any]:
    """What the desk knows for answering somebody who has written just now."""
    event = text_event(user, "Hello")
    line.webhook(event)
    return {"reply_token": event["replyToken"], "at": event["timestamp"]}


@pytest.fixture
def taro(line: LineApi) -> str:
    return line.meet("Taro")


def refused(channel: LineChannel, info: InboxInfo, message: Outgoing) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        channel.send(info, message)
    return caught.value


def test_within_the_minute_the_answer_goes_by_reply_token(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str
) -> None:
    sent = channel.send(info, outgoing(taro, context=context(line, taro)))
    assert [call.road for call in line.calls] == ["reply"]
    assert line.texts(taro) == ["Your pot is on its way."]
    assert sent.external_id
    assert sent.state == "sent"


def test_after_fifty_seconds_it_is_pushed(channel: LineChannel, info: InboxInfo, line: LineApi, taro: str) -> None:
    known = context(line, taro)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=51)):
        channel.send(info, outgoing(taro, context=known))
    assert line.asked == ["POST /v2/bot/message/push"]
    assert line.calls[0].retry_key == KEY


@pytest.mark.parametrize(
    "known", [{}, {"reply_token": 7, "at": 1}, {"reply_token": "t"}, {"reply_token": "t", "at": None}]
)
def test_without_a_token_it_is_pushed(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str, known: dict[str, Any]
) -> None:
    channel.send(info, outgoing(taro, context=known))
    assert [call.road for call in line.calls] == ["push"]


def test_a_token_that_was_used_already_is_no_obstacle(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str
) -> None:
    known = context(line, taro)
    channel.send(info, outgoing(taro, "first", context=known))
    channel.send(info, outgoing(taro, "second", context=known, retry_key=str(uuid.uuid4())))
    assert [call.road for call in line.calls] == ["reply", "push"]
    assert line.texts(taro) == ["first", "second"]


def test_only_the_first_try_uses_the_token(channel: LineChannel, info: InboxInfo, line: LineApi, taro: str) -> None:
    channel.send(info, outgoing(taro, context=context(line, taro), attempt=2))
    assert [call.road for call in line.calls] == ["push"]


def test_a_push_whose_answer_was_lost_reaches_the_person_once(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str
) -> None:
    line.faults.append(Fault(PUSH, 500, after=True))
    lost = refused(channel, info, outgoing(taro))
    assert (lost.code, lost.permanent) == ("unavailable", False)
    sent = channel.send(info, outgoing(taro, attempt=2))
    assert sent.external_id, "the 409 tells the id of the first time"
    assert line.texts(taro) == ["Your pot is on its way."]


def test_a_long_text_is_cut_at_five_thousand_utf16_units_and_never_through_a_character(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str
) -> None:
    family = "👨\u200d👩\u200d👧"
    text = "x" + family * 2000
    channel.send(info, outgoing(taro, text, context=context(line, taro)))
    (call,) = line.calls
    assert (call.road, len(call.messages)) == ("reply", 4)
    assert "".join(line.texts(taro)) == text
    assert all(piece.endswith("👧") and piece.startswith(("x", "👨")) for piece in line.texts(taro))


def test_more_than_five_messages_are_several_pushes_each_with_a_key_that_stays(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str
) -> None:
    text = "\n".join("急" * 4999 for _ in range(12))
    message = outgoing(taro, text, context=context(line, taro))
    channel.send(info, message)
    assert [len(call.messages) for call in line.calls] == [5, 5, 2]
    assert [call.road for call in line.calls] == ["push"] * 3
    assert [call.retry_key for call in line.calls] == [KEY, retry_key(KEY, 1), retry_key(KEY, 2)]
    assert len({call.retry_key for call in line.calls}) == 3


def test_half_a_long_answer_that_went_out_is_not_sent_twice(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str
) -> None:
    text = "\n".join(str(number) * 4999 for number in range(7))
    line.quota = 1
    assert refused(channel, info, outgoing(taro, text)).code == "quota"
    line.quota = 200
    channel.send(info, outgoing(taro, text, attempt=2))
    assert [piece[0] for piece in line.texts(taro)] == ["0", "1", "2", "3", "4", "5", "6"]


def file(name: str, content_type: str, link: str, size: int = 1000) -> OutgoingFile:
    return OutgoingFile(name, content_type, size, link, lambda: b"")


def test_files_go_as_links_and_small_pictures_with_a_public_address_as_pictures(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str
) -> None:
    files = (
        file("pot.png", "image/png", "https://desk.example/files/a/b"),
        file("invoice.pdf", "application/pdf", "https://desk.example/files/c/d"),
        file("huge.jpg", "image/jpeg", "https://desk.example/files/e/f", size=5_000_000),
    )
    channel.send(info, outgoing(taro, "Here you are.", files=files))
    text, picture, links = line.calls[0].messages
    assert text == {"type": "text", "text": "Here you are."}
    assert picture["originalContentUrl"] == picture["previewImageUrl"] == "https://desk.example/files/a/b"
    assert links["text"] == ("invoice.pdf\nhttps://desk.example/files/c/d\n\nhuge.jpg\nhttps://desk.example/files/e/f")


def test_without_https_a_picture_is_a_link_too(channel: LineChannel, info: InboxInfo, line: LineApi, taro: str) -> None:
    files = (file("pot.png", "image/png", "http://127.0.0.1:8000/files/a/b"),)
    channel.send(info, outgoing(taro, "", files=files))
    assert line.texts(taro) == ["pot.png\nhttp://127.0.0.1:8000/files/a/b"]


def test_what_we_send_is_what_the_vendors_library_would_send(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str
) -> None:
    files = (file("pot.png", "image/png", "https://desk.example/files/a/b"),)
    channel.send(info, outgoing(taro, files=files, context=context(line, taro)))
    channel.send(info, outgoing(taro, files=files))
    reply, push = line.calls
    theirs = ReplyMessageRequest.parse_obj({"replyToken": "t", "messages": reply.messages})
    assert [message.type for message in theirs.messages] == ["text", "image"]
    assert PushMessageRequest.parse_obj({"to": push.to, "messages": push.messages}).to == taro


@pytest.mark.parametrize(
    ("fault", "code", "permanent"),
    [
        (Fault(PUSH, 401, "Authentication failed due to the expired access token"), "configuration", True),
        (Fault(PUSH, 403, "Access to this API is not available for your account"), "configuration", True),
        (Fault(PUSH, 429, "The API rate limit has been exceeded. Try again later."), "rate_limited", False),
        (Fault(PUSH, 429, "You have reached your monthly limit."), "quota", True),
        (Fault(PUSH, 400, "Failed to send messages"), "unknown_user", True),
        (Fault(PUSH, 400, "The request body has 1 error(s)"), "refused", True),
        (Fault(PUSH, 413, "Payload Too Large"), "refused", True),
        (Fault(PUSH, 500, "Internal Server Error"), "unavailable", False),
        (Fault(PUSH, 503), "unavailable", False),
    ],
    ids=lambda value: f"{value.status} {value.message}" if isinstance(value, Fault) else "",
)
def test_every_refusal_says_in_words_what_it_is(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str, fault: Fault, code: str, permanent: bool
) -> None:
    line.faults.append(dataclasses.replace(fault))
    error = refused(channel, info, outgoing(taro))
    assert (error.code, error.permanent) == (code, permanent)
    assert error.reason[0].isupper()
    assert "LINE" in error.reason


def test_somebody_whom_line_does_not_know(channel: LineChannel, info: InboxInfo, line: LineApi) -> None:
    error = refused(channel, info, outgoing("U" + "0" * 32))
    assert (error.code, error.permanent) == ("unknown_user", True)


@pytest.mark.parametrize(
    ("value", "seconds"), [("30", 30), ("0", 0), ("9999999", 6 * 3600), ("soon", None), ("", None), ("-5", None)]
)
def test_when_to_come_back_is_heeded_within_reason(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str, value: str, seconds: int | None
) -> None:
    line.faults.append(Fault(PUSH, 429, "slow down", {"Retry-After": value} if value else {}))
    with time_machine.travel(datetime.now(UTC), tick=False):
        error = refused(channel, info, outgoing(taro))
        assert error.retry_at == (None if seconds is None else clock.now() + timedelta(seconds=seconds))


def test_when_to_come_back_may_be_a_date(channel: LineChannel, info: InboxInfo, line: LineApi, taro: str) -> None:
    line.faults.append(Fault(PUSH, 503, "", {"Retry-After": "Fri, 21 Nov 2025 09:00:00 GMT"}))
    with time_machine.travel(datetime(2025, 11, 21, 8, 59, tzinfo=UTC), tick=False):
        assert refused(channel, info, outgoing(taro)).retry_at == datetime(2025, 11, 21, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("token", ["", "   ", "wrong", "with\nline", "日本"])
def test_an_inbox_without_a_good_token_says_so(
    channel: LineChannel, info: InboxInfo, line: LineApi, taro: str, token: str
) -> None:
    bare = dataclasses.replace(info, secrets={**info.secrets, "access_token": token})
    error = refused(channel, bare, outgoing(taro))
    assert (error.code, error.permanent) == ("configuration", True)
    assert line.calls == []


def test_nothing_to_say_is_not_sent(channel: LineChannel, info: InboxInfo, line: LineApi, taro: str) -> None:
    assert refused(channel, info, outgoing(taro, " \n ")).code == "empty"
    assert line.asked == []


def test_when_line_does_not_answer_it_is_tried_again(info: InboxInfo) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    channel = LineChannel(Settings(line_api_url=nobody, line_data_url=nobody))
    error = refused(channel, info, outgoing("U1"))
    assert (error.code, error.permanent) == ("no_answer", False)


# ── files and people ──────────────────────────────────────────────────────────────────────────────────


def test_a_picture_is_fetched_by_its_id(channel: LineChannel, info: InboxInfo, line: LineApi) -> None:
    line.files["58001"] = PNG
    assert channel.fetch(info, "content:58001") == PNG


@pytest.mark.parametrize("reference", ["content:1", "content:../../v2/bot/info", "content:", "elsewhere:1", ""])
def test_a_file_that_is_gone_is_gone(channel: LineChannel, info: InboxInfo, reference: str) -> None:
    with pytest.raises(SendFailed) as caught:
        channel.fetch(info, reference)
    assert (caught.value.code, caught.value.permanent) == ("gone", True)


def test_a_video_that_is_not_ready_is_asked_for_again(channel: LineChannel, info: InboxInfo, line: LineApi) -> None:
    line.preparing.add("58002")
    with pytest.raises(SendFailed) as caught:
        channel.fetch(info, "content:58002")
    assert (caught.value.code, caught.value.permanent) == ("preparing", False)
    assert caught.value.retry_at


def test_a_file_over_the_limit_is_not_read_to_its_end(info: InboxInfo, line: LineApi) -> None:
    line.files["58003"] = b"x" * 2001
    channel = LineChannel(Settings(line_api_url=line.url, line_data_url=line.url, upload_max_bytes=2000))
    with pytest.raises(SendFailed) as caught:
        channel.fetch(info, "content:58003")
    assert (caught.value.code, caught.value.permanent) == ("too_big", True)


def test_a_file_that_lies_elsewhere_comes_through_the_guarded_fetcher(info: InboxInfo, line: LineApi) -> None:
    def connect(address: str, port: int, seconds: float) -> socket.socket:
        raise AssertionError("nothing of ours is connected to")

    guarded = Fetcher(resolve=lambda host, port: ["127.0.0.1"], connect=connect)
    channel = LineChannel(Settings(line_api_url=line.url, line_data_url=line.url), guarded)
    with pytest.raises(SendFailed) as caught:
        channel.fetch(info, f"url:{line.url}/v2/bot/profile/U1")
    assert (caught.value.code, caught.value.permanent) == ("refused_address", True)
    assert isinstance(caught.value.__cause__, FetchFailed)
    assert line.asked == []


@pytest.mark.parametrize(("language", "locale"), [("ja", "ja"), ("en", "en"), ("en-US", "en"), ("zh-TW", ""), ("", "")])
def test_a_person_has_a_name_and_perhaps_one_of_our_languages(
    channel: LineChannel, info: InboxInfo, line: LineApi, language: str, locale: str
) -> None:
    hana = line.meet("花", language)
    found = channel.profile(info, hana)
    assert found
    assert (found.name, found.locale, found.value, found.evidence) == ("花", locale, hana, "platform")


def test_who_blocked_the_account_is_not_told_about(channel: LineChannel, info: InboxInfo, line: LineApi) -> None:
    hana = line.meet("花")
    line.people[hana].blocked = True
    assert channel.profile(info, hana) is None
    assert channel.profile(info, "U1/../../info") is None


def test_a_profile_that_cannot_be_asked_for_now(channel: LineChannel, info: InboxInfo, line: LineApi) -> None:
    line.faults.append(Fault("/profile/", 500))
    with pytest.raises(SendFailed) as caught:
        channel.profile(info, line.meet("花"))
    assert not caught.value.permanent
