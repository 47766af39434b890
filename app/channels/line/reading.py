"""What a LINE event says, in the desk's words. Pure; every field may be missing or of a wrong kind.

Only chats with one person become tickets: in groups and rooms the account is a guest.
"""

from __future__ import annotations

import json
import math
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app import i18n
from app.channels.line.webhook import clean_id
from app.channels.types import (
    ChannelEvent,
    Deleted,
    Edited,
    InboxInfo,
    IncomingFile,
    MessageIn,
    Noise,
    Reachability,
    Sender,
    Unreadable,
)
from app.i18n import N_
from app.text import language, plain

TEXT_LIMIT = 100_000
LATEST = 4_102_444_800_000  # 2100 in milliseconds: what lies beyond is no time
SILENT = frozenset(
    {
        *("join", "leave", "memberJoined", "memberLeft", "membership", "accountLink", "beacon", "delivery", "module"),
        *("activated", "deactivated", "botSuspended", "botResumed", "videoPlayComplete"),
    }
)
KEPT = (
    *("quoteToken", "markAsReadToken", "emojis", "mention", "imageSet", "duration", "latitude", "longitude"),
    *("packageId", "stickerId", "stickerResourceType", "keywords"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One event, with what every kind of it needs."""

    inbox: InboxInfo
    event: Mapping[str, Any]
    user: str
    largest: int

    @property
    def sender(self) -> Sender:
        return Sender(kind="line", value=self.user, scope=scope(self.inbox), evidence="platform")

    @property
    def at(self) -> int:
        """When it happened, in milliseconds since 1970; 0 when that is not told."""
        at = self.event.get("timestamp")
        return at if isinstance(at, int) and not isinstance(at, bool) and 0 < at < LATEST else 0

    @property
    def message(self) -> Mapping[str, Any]:
        return _dict(self.event.get("message"))

    def say(self, **parts: Any) -> MessageIn:
        """A message of this person, with what any message of LINE has."""
        token = clean_id(self.event.get("replyToken"))
        return MessageIn(
            sender=self.sender,
            conversation=self.user,
            sent_at=datetime.fromtimestamp(self.at / 1000, UTC) if self.at else None,
            reply_to=clean_id(self.message.get("quotedMessageId")) or None,
            reply_context={"reply_token": token, "at": self.at} if token else None,
            **{
                "external_id": clean_id(self.message.get("id")) or None,
                "meta": _picked(self.message),
                **parts,
            },
        )


def scope(inbox: InboxInfo) -> str:
    """The provider whose accounts know a person by the same id."""
    return str(inbox.settings.get("provider_id") or "")


def read(inbox: InboxInfo, body: bytes, largest: int) -> Sequence[ChannelEvent]:
    """Read one stored event; files over `largest` bytes are not fetched. Raises Unreadable."""
    event = _event(body)
    kind, source = event.get("type"), _dict(event.get("source"))
    if not isinstance(kind, str) or not kind:
        raise Unreadable("wrong_shape", "an event without a type")
    if event.get("mode") == "standby":
        return [Noise("standby")]
    if kind in SILENT:
        return [Noise(kind)]
    if kind not in EVENTS:
        return [Noise(f"unknown_type:{_text(kind, 60)}")]
    if source.get("type") in ("group", "room"):
        return [Noise("group")]
    user = clean_id(source.get("userId"))
    if not user:
        raise Unreadable("no_sender", "an event of a person who is not named")
    with i18n.use(inbox.locale):
        return [EVENTS[kind](Told(inbox, event, user, largest))]


def _event(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable("not_json", str(error)) from None
    event = _dict(content).get("event")
    if not isinstance(event, dict):
        raise Unreadable("wrong_shape", "no event where one should be")
    return event


# ── events ────────────────────────────────────────────────────────────────────────────────────────────


def _message(told: Told) -> ChannelEvent:
    kind = told.message.get("type")
    if not isinstance(kind, str) or not kind:
        raise Unreadable("wrong_shape", "a message without a type")
    return MESSAGES.get(kind, _unsupported)(told)


def _edited(told: Told) -> ChannelEvent:
    number, text = clean_id(told.message.get("id")), _text(told.message.get("text"))
    return Edited(number, text) if number and told.message.get("type") == "text" else Noise("edited_without_text")


def _unsent(told: Told) -> ChannelEvent:
    number = clean_id(_dict(told.event.get("unsend")).get("messageId"))
    if not number:
        raise Unreadable("wrong_shape", "an unsend that names no message")
    return Deleted(number)


def _followed(told: Told) -> ChannelEvent:
    return Reachability(told.sender, True)


def _unfollowed(told: Told) -> ChannelEvent:
    return Reachability(told.sender, False)


def _postback(told: Told) -> ChannelEvent:
    """A button of ours was pressed: the person spoke, so it is a message; a turned page of the menu is none."""
    postback = _dict(told.event.get("postback"))
    params = _dict(postback.get("params"))
    if "newRichMenuAliasId" in params:
        return Noise("rich_menu")
    chosen = [_text(params.get(name), 100) for name in ("date", "time", "datetime")]
    what = " ".join(filter(None, [_text(postback.get("data"), 1000), *chosen]))
    event_id = clean_id(told.event.get("webhookEventId"))
    return told.say(
        kind="postback",
        text=i18n.gettext("[Button: %(what)s]") % {"what": what},
        external_id=f"postback:{event_id}" if event_id else None,
        meta={"postback": _clean(postback)},
    )


EVENTS: Mapping[str, Callable[[Told], ChannelEvent]] = {
    "message": _message,
    "messageEdited": _edited,
    "unsend": _unsent,
    "follow": _followed,
    "unfollow": _unfollowed,
    "postback": _postback,
}


# ── messages ──────────────────────────────────────────────────────────────────────────────────────────


def _said(told: Told) -> MessageIn:
    text = _text(told.message.get("text"))
    return told.say(text=text, language=language.guess(text))


def _sticker(told: Told) -> MessageIn:
    words = told.message.get("keywords")
    keywords = [_text(word, 40) for word in words[:3]] if isinstance(words, list) else []
    what = _text(told.message.get("text"), 100) or ", ".join(filter(None, keywords))
    text = i18n.gettext("[Sticker: %(what)s]") % {"what": what} if what else i18n.gettext("[Sticker]")
    return told.say(kind="sticker", text=text)


def _located(told: Told) -> MessageIn:
    title, address = (_text(told.message.get(name), 500) for name in ("title", "address"))
    place = [_number(told.message.get(name)) for name in ("latitude", "longitude")]
    where = (
        "https://www.openstreetmap.org/?mlat={0}&mlon={1}#map=16/{0}/{1}".format(*place) if None not in place else ""
    )
    text = "\n".join(filter(None, [title, address, where]))
    return told.say(kind="location", text=text, subject=title or i18n.gettext("Location"))


@dataclass(frozen=True, slots=True)
class Media:
    """What a picture, video or voice message is called, and what its file is unless it says otherwise."""

    label: str
    content_type: str
    ending: str


MEDIA = {
    "image": Media(N_("Photo"), "image/jpeg", "jpg"),
    "video": Media(N_("Video"), "video/mp4", "mp4"),
    "audio": Media(N_("Voice message"), "audio/mp4", "m4a"),
}


def _media(told: Told) -> MessageIn:
    kind = told.message["type"]
    media, number = MEDIA[kind], _needed_id(told)
    provider = _dict(told.message.get("contentProvider"))
    fetch = f"content:{number}"
    if provider.get("type") == "external":
        fetch = f"url:{_text(provider.get('originalContentUrl'), 4096)}"
    file = IncomingFile(f"{kind}-{number}.{media.ending}", media.content_type, fetch=fetch)
    return told.say(kind=kind, text="", subject=i18n.gettext(media.label), attachments=(file,))


def _file(told: Told) -> MessageIn:
    number, name = _needed_id(told), _text(told.message.get("fileName"), 300) or i18n.gettext("File")
    size = told.message.get("fileSize")
    too_big = size if isinstance(size, int) and told.largest < size < 2**53 else 0
    file = IncomingFile(
        name,
        mimetypes.guess_type(name)[0] or "application/octet-stream",
        fetch=None if too_big else f"content:{number}",
        too_big=too_big,
    )
    return told.say(kind="file", text="", subject=name, attachments=(file,))


def _unsupported(told: Told) -> MessageIn:
    """A kind that came after this was written: the agent at least sees that something was said."""
    text = i18n.gettext("[A message of a kind that cannot be shown here: %(kind)s]")
    return told.say(kind="unsupported", text=text % {"kind": _text(told.message.get("type"), 60)})


MESSAGES: Mapping[str, Callable[[Told], MessageIn]] = {
    "text": _said,
    "image": _media,
    "video": _media,
    "audio": _media,
    "file": _file,
    "location": _located,
    "sticker": _sticker,
}


# ── fields that may be anything ───────────────────────────────────────────────────────────────────────


def _needed_id(told: Told) -> str:
    number = clean_id(told.message.get("id"))
    if not number:
        raise Unreadable("wrong_shape", "a file without an id to fetch it by")
    return number


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any, limit: int = TEXT_LIMIT) -> str:
    """A string without what no database takes, cut to `limit` characters; "" for anything else."""
    return plain.strip_controls(value[: limit * 2])[:limit] if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 180
    return float(value) if good else None


def _picked(message: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _clean(message[name]) for name in KEPT if message.get(name) is not None}


def _clean(value: Any, depth: int = 5) -> Any:
    """A JSON value that every database takes: no control characters, no endless numbers, no depths."""
    if isinstance(value, str):
        return _text(value, 2000)
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) < 2**53):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list) and depth:
        return [_clean(item, depth - 1) for item in value[:100]]
    if isinstance(value, dict) and depth:
        return {_text(key, 100): _clean(item, depth - 1) for key, item in list(value.items())[:50]}
    return None
