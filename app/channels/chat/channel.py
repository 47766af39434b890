"""The chat widget as a channel. A visitor is known by the digest of a token that only their browser holds.

Sending is a signal to that browser; the widget then asks for what is new, and asks again after any silence, so
that a lost signal loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.channels import parcel
from app.channels.own_door import OwnDoor
from app.channels.types import (
    Capabilities,
    ChannelEvent,
    InboxInfo,
    MessageIn,
    Outgoing,
    Raw,
    Sender,
    Sent,
    Unreadable,
)

Signal = Callable[[str, dict[str, Any], Sequence[str]], None]
"""(name, data, topics): tells the browsers that listen to one of the topics."""

TEXT_LIMIT = 10_000  # characters


def topic(visitor: str) -> str:
    """What the browsers of one visitor listen to."""
    return f"chat-{visitor}"


class ChatChannel(OwnDoor):
    """Conversations from the widget; each belongs to its visitor alone, which the token proves."""

    kind = "chat"
    capabilities = Capabilities(identity_kind="visitor", text_limit=TEXT_LIMIT)

    def __init__(self, signal: Signal) -> None:
        self._signal = signal

    def parse(self, inbox: InboxInfo, raw: Raw) -> Sequence[ChannelEvent]:
        """One message of the widget."""
        given = parcel.unpack(raw.body)
        visitor = given.text("visitor")
        if not visitor:
            raise Unreadable("no_visitor")
        locale, text, page = given.text("locale"), given.text("text"), given.text("page")
        return [
            MessageIn(
                sender=Sender("visitor", visitor, given.text("name"), evidence="platform", locale=locale),
                text=text,
                subject="" if text or not given.files else given.files[0].filename,
                external_id=raw.external_id,
                attachments=tuple(given.files),
                conversation=visitor,
                language=locale,
                meta={"page": page} if page else {},
            )
        ]

    def external_id(self, inbox: InboxInfo, ticket_id: int, message_id: int) -> str | None:
        return f"chat-{message_id}"

    def send(self, inbox: InboxInfo, outgoing: Outgoing) -> Sent:
        """Tell the visitor's browsers that there is something new."""
        topics = [topic(recipient.value) for recipient in outgoing.to]
        self._signal("chat", {"message": outgoing.message_id}, topics)
        return Sent(outgoing.external_id)
