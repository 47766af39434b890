"""The REST channel: other systems hand on what people wrote to them, as JSON, and fetch the desk's answers.

What is stored is the body of the call as it came (the shape NewMessage of the API). The call was authenticated by
a bearer token, so the integration vouches for who its senders are: an id of its own counts as platform evidence,
an e-mail address only as claimed. Ids live in the realm of their inbox: "42" in one is nobody in another.

Answers are not pushed. They are ready when they are written, and the integration fetches them
(`GET /api/v1/tickets/{id}/messages`); that is why `send` has nothing to do.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.channels.own_door import OwnDoor
from app.channels.types import (
    Capabilities,
    ChannelEvent,
    InboxInfo,
    IncomingFile,
    MessageIn,
    Outgoing,
    Raw,
    Sender,
    Sent,
    Unreadable,
)
from app.text import language, plain


class RestChannel(OwnDoor):
    """Inboxes of the kind `rest`."""

    kind = "rest"
    capabilities = Capabilities(identity_kind="rest", subject=True)

    def parse(self, inbox: InboxInfo, raw: Raw) -> Sequence[ChannelEvent]:
        """One message. Raises Unreadable for what the API would have refused."""
        try:
            return [_message(inbox, json.loads(raw.body))]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable("not_a_message", f"{type(error).__name__}: {error}") from error

    def external_id(self, inbox: InboxInfo, ticket_id: int, message_id: int) -> str | None:
        """A message of ours is known by its number."""
        return None

    def send(self, inbox: InboxInfo, outgoing: Outgoing) -> Sent:
        """It is sent by being there to fetch."""
        return Sent()


def _message(inbox: InboxInfo, said: Mapping[str, Any]) -> MessageIn:
    sender, text = _sender(inbox, said["sender"]), plain.strip_controls(said.get("text", ""))
    ticket = said.get("ticket")
    return MessageIn(
        sender=sender,
        text=text,
        external_id=said.get("external_id"),
        subject=plain.strip_controls(said.get("subject", "")),
        attachments=tuple(_file(file) for file in said.get("attachments", ())),
        conversation=None if ticket else _conversation(said, sender),
        proven=(int(ticket),) if ticket else (),
        language=language.guess(text),
    )


def _sender(inbox: InboxInfo, said: Mapping[str, Any]) -> Sender:
    name, locale = plain.strip_controls(said.get("name", "")), said.get("locale", "")
    if "email" in said:
        return Sender("email", said["email"], name, evidence="claimed", locale=locale)
    return Sender("rest", said["id"], name, scope=inbox.public_id, evidence="platform", locale=locale)


def _conversation(said: Mapping[str, Any], sender: Sender) -> str:
    """The conversation that is named, or the sender's own; the two can never be confused."""
    named = said.get("conversation")
    if named:
        return f"named:{named}"
    return f"email:{sender.value.casefold()}" if sender.kind == "email" else f"rest:{sender.value}"


def _file(said: Mapping[str, Any]) -> IncomingFile:
    try:
        content = base64.b64decode(said["content"], validate=True)
    except binascii.Error as error:
        raise ValueError("a file is not base64") from error
    return IncomingFile(said["filename"], said.get("content_type", ""), content)
