"""The channel protocol: what every way in and out of the desk has in common.

A channel verifies and splits what arrives (`accept`), reads it purely (`parse`), and sends (`send`).
Everything else (storing, finding the ticket, showing, retrying) is the same for all and lives elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

# ── configured inbox, as a channel sees it ────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class InboxInfo:
    """One account of one channel, with its secrets opened for use."""

    id: int
    public_id: str
    kind: str
    name: str
    address: str
    locale: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    team_id: int | None = None


# ── in ────────────────────────────────────────────────────────────────────────────────────────────────


class BadSignature(Exception):
    """The sender did not prove who it is: answered with 401."""


class Unreadable(Exception):
    """What arrived cannot be read; it is quarantined with this reason (a code, then free text)."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A webhook as it came: raw body, headers with lower-case names, and the query."""

    method: str
    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing to store before anything is acknowledged. `dedupe_key` makes redelivery harmless."""

    dedupe_key: str
    raw: bytes
    external_id: str | None = None
    envelope: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The verified contents of one webhook request, and what to answer."""

    items: Sequence[Incoming]
    answer: str = ""
    answer_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Raw:
    """A stored Received, handed to `parse`."""

    id: int
    body: bytes
    external_id: str | None
    envelope: Mapping[str, Any]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, as the channel knows them. `evidence` as on Identity."""

    kind: str
    value: str
    name: str = ""
    scope: str = ""
    evidence: str = "claimed"
    locale: str = ""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """An attachment: its content, or a reference that the channel's `fetch` resolves in a job."""

    filename: str
    content_type: str
    content: bytes | None = None
    fetch: str | None = None
    inline: bool = False
    content_id: str | None = None
    too_big: int = 0  # size in bytes when it was left out for its size


@dataclass(frozen=True, slots=True)
class MessageIn:
    """Somebody wrote to us.

    A channel either names a conversation that is its sender's alone (`conversation`, proved by the platform),
    or gives evidence that intake weighs: `proven` are ticket ids whose secret token the message carried,
    `refs` external ids of earlier messages that it answers, `authentic` the verdict on the sender (None: unknown).
    """

    sender: Sender
    text: str
    external_id: str | None = None
    subject: str = ""
    full_text: str = ""
    html: str | None = None
    kind: str = "text"
    attachments: tuple[IncomingFile, ...] = ()
    cc: tuple[Sender, ...] = ()
    reply_to: str | None = None
    sent_at: datetime | None = None
    conversation: str | None = None
    proven: tuple[int, ...] = ()
    refs: tuple[str, ...] = ()
    authentic: bool | None = None
    automatic: str = ""
    language: str = ""
    reply_context: Mapping[str, Any] | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edited:
    external_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Deleted:
    external_id: str


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """What became of something we sent: sent, delivered, read or failed (with a code and the reason)."""

    external_id: str
    state: str
    code: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reachability:
    """The person can, or can no longer, be reached on this channel (follow, block). Opens no ticket."""

    sender: Sender
    reachable: bool


@dataclass(frozen=True, slots=True)
class Noise:
    """Understood and without meaning for the desk; `why` is kept on the Received."""

    why: str


ChannelEvent = MessageIn | Edited | Deleted | StatusChanged | Reachability | Noise


# ── out ───────────────────────────────────────────────────────────────────────────────────────────────


class SendFailed(Exception):
    """The message did not go out. `permanent` ends the delivery; else it is tried again (at `retry_at`)."""

    def __init__(self, code: str, reason: str, *, permanent: bool, retry_at: datetime | None = None) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.permanent = permanent
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where it goes: an address on the channel (mail address, LINE user id, visitor id)."""

    value: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    filename: str
    content_type: str
    size: int
    link: str
    read: Callable[[], bytes]
    inline: bool = False
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery, complete: nothing is looked up while it is sent.

    `external_id` and `retry_key` were fixed when it was queued, so that a second try cannot double it where
    the provider can tell. `context` is what the last message in gave for answering it (a reply token).
    """

    delivery_id: int
    ticket_id: int
    message_id: int
    attempt: int
    external_id: str | None
    retry_key: str
    to: tuple[Recipient, ...]
    cc: tuple[Recipient, ...]
    sender_name: str
    subject: str
    text: str
    html: str | None
    files: tuple[OutgoingFile, ...]
    in_reply_to: str | None
    references: tuple[str, ...]
    quoted: str
    locale: str
    automatic: bool
    context: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    bcc: tuple[Recipient, ...] = ()
    """Who gets it without anybody else being told: no header may name them."""


@dataclass(frozen=True, slots=True)
class Sent:
    """It was taken. `external_id` is the provider's name for it; `state` when more is known than "sent"."""

    external_id: str | None = None
    state: str = "sent"


# ── the protocol ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the composer and the outbox need to know about a channel."""

    identity_kind: str
    subject: bool = False
    html: bool = False
    cc: bool = False
    attachments: bool = True
    acknowledges: bool = False
    survey: bool = False
    profile: bool = False  # whether `profile` can tell a person's name, and reachability is known
    text_limit: int = 0  # longest text in the channel's own unit, 0 = no limit
    text_units: str = "characters"  # characters | utf16 | bytes
    secrets: tuple[str, ...] = ()  # names of what an inbox keeps encrypted; "x_old" is valid beside "x" for a while


class Channel(Protocol):
    """A kind of inbox. Stateless: everything it needs comes with the call."""

    kind: str
    capabilities: Capabilities

    def accept(self, inbox: InboxInfo, request: WebhookRequest) -> Accepted:
        """Verify a webhook on its raw bytes and split it. Raises BadSignature; NotFound where it has none."""
        ...

    def parse(self, inbox: InboxInfo, raw: Raw) -> Sequence[ChannelEvent]:
        """Read what was stored. Pure: no network, no database. Raises Unreadable."""
        ...

    def external_id(self, inbox: InboxInfo, ticket_id: int, message_id: int) -> str | None:
        """The external id that an outgoing message will have, when the desk chooses it."""
        ...

    def send(self, inbox: InboxInfo, outgoing: Outgoing) -> Sent:
        """Send over the network. Raises SendFailed."""
        ...

    def fetch(self, inbox: InboxInfo, reference: str) -> bytes:
        """Content behind an IncomingFile.fetch. Raises SendFailed (permanent or not)."""
        ...

    def profile(self, inbox: InboxInfo, value: str) -> Sender | None:
        """Name and language of a person, where the channel can tell; None otherwise. Raises SendFailed."""
        ...
