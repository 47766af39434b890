"""What LINE's events say, in the desk's words. Nothing that LINE may send is an error."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import clock
from app.channels.line import reading
from app.channels.types import (
    ChannelEvent,
    Deleted,
    Edited,
    InboxInfo,
    MessageIn,
    Noise,
    Raw,
    Reachability,
    Sender,
    Unreadable,
)
from tests.line.conftest import events_of

TARO = "U5d0c6f1b7a8e4493b2c1d0e9f8a7b6c5"
INBOX = InboxInfo(7, "pub", "line", "Shop on LINE", "@shop", "en", {"provider_id": "2001"}, {})
JAPANESE = dataclasses.replace(INBOX, locale="ja")
LARGEST = 25_000_000


def read(event: Any, inbox: InboxInfo = INBOX) -> ChannelEvent:
    (found,) = reading.read(inbox, json.dumps({"destination": "U1", "event": event}).encode(), LARGEST)
    return found


def message(name: str, inbox: InboxInfo = INBOX) -> MessageIn:
    found = read(events_of(name)[0], inbox)
    assert isinstance(found, MessageIn)
    return found


def test_a_text_with_everything_that_is_needed_to_answer_it() -> None:
    said = message("text")
    assert said.text == "注文した急須がまだ届きません。\nいつ届きますか？"
    assert said.kind == "text"
    assert said.sender == Sender("line", TARO, scope="2001", evidence="platform")
    assert said.conversation == TARO
    assert said.external_id == "580000000000000000"
    assert said.language == "ja"
    assert said.sent_at == datetime(2025, 11, 21, 7, 0, 1, tzinfo=UTC)
    assert said.reply_context == {"reply_token": "a1b2c3d4e5f60718293a4b5c6d7e8f01", "at": 1763708401000}
    assert said.meta == {"quoteToken": "q3Zb7Xc9Vb1Nm5Kj8Hg6Fd4Sa2Po0Iu", "markAsReadToken": "mr-7hG2kD9s"}


def test_what_a_message_answers_and_whom_it_names_is_kept() -> None:
    said = message("text_with_emojis")
    assert said.text == "@Shop (love) ありがとう🍵"
    assert said.reply_to == "580000000000000001"
    assert said.meta["emojis"][0]["emojiId"] == "142"
    assert said.meta["mention"]["mentionees"][0]["isSelf"] is True


@pytest.mark.parametrize(
    ("name", "english", "japanese"),
    [
        ("sticker", "[Sticker: happy, thank you, bow]", "[スタンプ: happy, thank you, bow]"),
        ("sticker_with_text", "[Sticker: おはよう]", "[スタンプ: おはよう]"),
        ("sticker_bare", "[Sticker]", "[スタンプ]"),
    ],
)
def test_a_sticker_can_be_read_in_the_language_of_the_inbox(name: str, english: str, japanese: str) -> None:
    said = message(name)
    assert (said.kind, said.text) == ("sticker", english)
    assert message(name, JAPANESE).text == japanese
    sent = events_of(name)[0]["message"]
    assert (said.meta["packageId"], said.meta["stickerId"]) == (sent["packageId"], sent["stickerId"])
    assert said.meta.get("keywords") == sent.get("keywords")


@pytest.mark.parametrize(
    ("name", "ending", "content_type", "label"),
    [
        ("image", "jpg", "image/jpeg", "Photo"),
        ("video", "mp4", "video/mp4", "Video"),
        ("audio", "m4a", "audio/mp4", "Voice message"),
    ],
)
def test_pictures_videos_and_voices_are_fetched_by_their_id(
    name: str, ending: str, content_type: str, label: str
) -> None:
    said = message(name)
    (file,) = said.attachments
    number = events_of(name)[0]["message"]["id"]
    assert file.filename == f"{name}-{number}.{ending}"
    assert (file.content_type, file.fetch, file.content) == (content_type, f"content:{number}", None)
    assert (said.kind, said.text, said.subject) == (name, "", label)


def test_pictures_sent_together_say_so() -> None:
    first, second = (read(event) for event in events_of("image_set"))
    assert isinstance(first, MessageIn)
    assert isinstance(second, MessageIn)
    assert first.meta["imageSet"]["id"] == second.meta["imageSet"]["id"]
    assert [first.meta["imageSet"]["index"], second.meta["imageSet"]["index"]] == [1, 2]


def test_a_picture_that_lies_elsewhere_is_fetched_from_there() -> None:
    assert message("image_external").attachments[0].fetch == "url:https://pictures.example/pot.jpg"


def test_a_file_has_its_own_name_and_one_that_is_too_big_is_not_fetched() -> None:
    (file,) = message("file").attachments
    assert (file.filename, file.content_type) == ("領収書 2026-11.pdf", "application/pdf")
    assert file.fetch
    event = events_of("file")[0]
    event["message"]["fileSize"] = LARGEST + 1
    found = read(event)
    assert isinstance(found, MessageIn)
    assert (found.attachments[0].fetch, found.attachments[0].too_big) == (None, LARGEST + 1)


def test_a_place_is_words_and_a_map() -> None:
    said = message("location")
    assert said.text.splitlines()[:2] == ["茶舗 本店", "京都府宇治市1-2-3"]
    assert "openstreetmap.org/?mlat=34.8892&mlon=135.8077" in said.text
    event = events_of("location")[0]
    event["message"] |= {"latitude": "north", "longitude": float("nan")}
    found = read(event)
    assert isinstance(found, MessageIn)
    assert found.text == "茶舗 本店\n京都府宇治市1-2-3"


def test_a_message_of_a_kind_that_nobody_knew_is_still_seen() -> None:
    said = message("unknown_message")
    assert said.kind == "unsupported"
    assert "poll" in said.text


def test_a_button_that_was_pressed_is_something_that_was_said() -> None:
    said = message("postback")
    assert (said.kind, said.text) == ("postback", "[Button: action=visit 2026-12-01T10:00]")
    assert said.external_id == f"postback:{events_of('postback')[0]['webhookEventId']}"
    assert said.reply_context


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("edited", Edited("580000000000000001", "注文した急須がまだ届きません（注文番号 1042）")),
        ("unsend", Deleted("580000000000000001")),
        ("follow", Reachability(Sender("line", TARO, scope="2001", evidence="platform"), True)),
        ("unfollow", Reachability(Sender("line", TARO, scope="2001", evidence="platform"), False)),
        ("postback_menu", Noise("rich_menu")),
        ("group_text", Noise("group")),
        ("room_unsend", Noise("group")),
        ("standby", Noise("standby")),
        ("join", Noise("join")),
        ("beacon", Noise("beacon")),
        ("unknown_event", Noise("unknown_type:giftReceived")),
    ],
)
def test_everything_else(name: str, expected: ChannelEvent) -> None:
    assert read(events_of(name)[0]) == expected


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not json", "not_json"),
        (b"\xff", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "wrong_shape"),
        (b'{"events": []}', "wrong_shape"),
        (b'{"event": 7}', "wrong_shape"),
        (b'{"event": {}}', "wrong_shape"),
        (b'{"event": {"type": ["message"]}}', "wrong_shape"),
        (b'{"event": {"type": "message", "source": {"type": "user"}}}', "no_sender"),
        (b'{"event": {"type": "message", "source": "user", "message": {}}}', "no_sender"),
        (b'{"event": {"type": "message", "source": {"userId": "U1"}, "message": 1}}', "wrong_shape"),
        (b'{"event": {"type": "message", "source": {"userId": "U1"}, "message": {"type": "image"}}}', "wrong_shape"),
        (b'{"event": {"type": "unsend", "source": {"userId": "U1"}}}', "wrong_shape"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_what_cannot_be_read_says_why(body: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        reading.read(INBOX, body, LARGEST)
    assert caught.value.code == code


def test_text_that_no_database_takes_is_cleaned() -> None:
    event = events_of("text")[0]
    event["message"] |= {"text": "a\x00b\ud83d\u202ec", "quoteToken": "t\x00\ud800"}
    said = read(event)
    assert isinstance(said, MessageIn)
    assert said.text == "abc"
    assert said.meta["quoteToken"] == "t"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("U" + "1" * 32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
NAMES = [
    *("text", "text_with_emojis", "sticker", "image", "image_external", "file", "location", "edited", "unsend"),
    *("follow", "postback", "group_text"),
]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_whatever_a_field_holds_it_is_read_or_quarantined(name: str, data: st.DataObject) -> None:
    """Put anything in place of any field: the outcome is an event that can be stored, or Unreadable."""
    event = events_of(name)[0]
    places = [(event, key) for key in event]
    for part in event.values():
        if isinstance(part, dict):
            places += [(part, key) for key in part]
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(ANYTHING)
    raw = Raw(1, json.dumps({"event": event}).encode(), None, {}, clock.now())
    try:
        (found,) = reading.read(INBOX, raw.body, LARGEST)
    except Unreadable:
        return
    if isinstance(found, MessageIn):
        kept = json.dumps([found.text, found.subject, dict(found.meta), found.reply_to], ensure_ascii=False)
        kept.encode()
        assert "\\u0000" not in kept
        assert "NaN" not in kept
        assert "Infinity" not in kept
