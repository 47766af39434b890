"""An answer on its way to LINE: which messages it becomes, and by which road it goes.

A reply by token is free but works once and within a minute; a push counts against the monthly quota, and its
retry key makes a second try harmless for 24 hours. So: the token at the first try while it is young, else push.
When the answer to a reply by token was lost, the next try is a push: better twice than never.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from app import clock
from app.channels.line.api import Answer, Api, failure, fault
from app.channels.split import split
from app.channels.types import InboxInfo, Outgoing, OutgoingFile, Sent

TEXT_LIMIT = 5000  # UTF-16 units in one text message
AT_ONCE = 5  # messages in one call
TOKEN_SECONDS = 50  # of the sixty that a reply token lives
PICTURES = ("image/jpeg", "image/png")
PICTURE_LIMIT = 1024 * 1024  # bytes: the same address serves as the preview, which may have this much
URL_LIMIT = 2000

Part = Mapping[str, Any]


def send(api: Api, inbox: InboxInfo, outgoing: Outgoing) -> Sent:
    """Send one answer. Raises SendFailed."""
    parts = parts_of(outgoing)
    if not parts or not outgoing.to:
        raise failure("empty")
    token = young_token(outgoing)
    if token and outgoing.attempt == 1 and len(parts) <= AT_ONCE:
        answer = api.post(inbox, "/v2/bot/message/reply", {"replyToken": token, "messages": parts})
        if answer.status == 200:
            return _sent(answer)
        if answer.status != 400:  # 400: the token was used or has run out after all
            raise fault(answer)
    return _push(api, inbox, outgoing, parts)


def _push(api: Api, inbox: InboxInfo, outgoing: Outgoing, parts: Sequence[Part]) -> Sent:
    """Push in calls of five. Each has a retry key of its own that stays the same at every try."""
    first: Answer | None = None
    for number, start in enumerate(range(0, len(parts), AT_ONCE)):
        body = {"to": outgoing.to[0].value, "messages": parts[start : start + AT_ONCE]}
        answer = api.post(inbox, "/v2/bot/message/push", body, retry_key(outgoing.retry_key, number))
        if answer.status not in (200, 409):  # 409: taken already, by a try whose answer was lost
            raise fault(answer)
        first = first or answer
    return _sent(first)


def _sent(answer: Answer | None) -> Sent:
    ids = answer.sent_ids if answer else []
    return Sent(ids[0] if ids else None)


def retry_key(first: str, number: int) -> str:
    """The retry key of the call with this number: the delivery's own for the first, derived for those after it."""
    return first if number == 0 else str(uuid.uuid5(uuid.UUID(first), str(number)))


def young_token(outgoing: Outgoing) -> str:
    """The reply token of the customer's last message while it surely works, else ""."""
    token, at = outgoing.context.get("reply_token"), outgoing.context.get("at")
    if not isinstance(token, str) or not isinstance(at, int):
        return ""
    age = clock.now().timestamp() - at / 1000
    return token if age < TOKEN_SECONDS else ""


def parts_of(outgoing: Outgoing) -> list[Part]:
    """The messages that an answer becomes: its text, its pictures, and links to all other files."""
    pictures = [f for f in outgoing.files if _is_shown(f)]
    links = "\n\n".join(f"{f.filename}\n{f.link}" for f in outgoing.files if f not in pictures)
    return [
        *_texts(outgoing.text),
        *({"type": "image", "originalContentUrl": f.link, "previewImageUrl": f.link} for f in pictures),
        *_texts(links),
    ]


def _texts(text: str) -> list[Part]:
    return [{"type": "text", "text": piece} for piece in split(text, TEXT_LIMIT, "utf16")]


def _is_shown(file: OutgoingFile) -> bool:
    """Whether LINE can fetch and show it: it takes pictures by a public https address only."""
    return (
        file.content_type in PICTURES
        and file.size <= PICTURE_LIMIT
        and file.link.startswith("https://")
        and len(file.link) <= URL_LIMIT
    )
