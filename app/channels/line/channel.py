"""LINE as a channel: webhooks in, reply tokens and pushes out.

Settings of an inbox: `provider_id` (the scope of its user ids, so that two accounts of one provider know the same
people). Secrets: `channel_secret`, while it is rotated also `channel_secret_old`, and `access_token`.
Source: LINE Developers, Messaging API reference and its OpenAPI description.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.channels.fetcher import Fetcher, FetchFailed
from app.channels.line import reading, sending, webhook
from app.channels.line.api import Api, failure
from app.channels.types import (
    Accepted,
    Capabilities,
    ChannelEvent,
    InboxInfo,
    Outgoing,
    Raw,
    Sender,
    SendFailed,
    Sent,
    WebhookRequest,
)
from app.settings import Settings

MEDIA_SECONDS = 60.0


class LineChannel:
    """A LINE official account. Stateless but for connections that are kept open."""

    kind = "line"
    capabilities = Capabilities(
        identity_kind="line", profile=True, text_units="utf16", secrets=(*webhook.SECRETS, "access_token")
    )

    def __init__(self, settings: Settings, fetcher: Fetcher | None = None) -> None:
        self._limit = settings.upload_max_bytes
        self._api = Api(settings.line_api_url, settings.line_data_url)
        self._fetcher = fetcher or Fetcher()

    def accept(self, inbox: InboxInfo, request: WebhookRequest) -> Accepted:
        """One Incoming for each event of a signed webhook. Raises BadSignature, and NotFound for a GET."""
        return webhook.accept(inbox, request)

    def parse(self, inbox: InboxInfo, raw: Raw) -> Sequence[ChannelEvent]:
        """What one stored event says. Raises Unreadable."""
        return reading.read(inbox, raw.body, self._limit)

    def external_id(self, inbox: InboxInfo, ticket_id: int, message_id: int) -> str | None:
        """None: LINE names a message when it takes it."""
        return None

    def send(self, inbox: InboxInfo, outgoing: Outgoing) -> Sent:
        """By the reply token while it is young, else by push. Raises SendFailed."""
        return sending.send(self._api, inbox, outgoing)

    def fetch(self, inbox: InboxInfo, reference: str) -> bytes:
        """A file that came with a message. Raises SendFailed."""
        where, _, what = reference.partition(":")
        if where == "content":
            return self._api.content(inbox, what, self._limit)
        if where == "url":
            return self._outside(what)
        raise failure("gone")

    def _outside(self, url: str) -> bytes:
        """A file that the sender's own server holds: an address that we do not trust."""
        try:
            return self._fetcher.get(url, limit=self._limit, seconds=MEDIA_SECONDS)
        except FetchFailed as error:
            raise SendFailed(error.code, error.reason, permanent=error.permanent) from error

    def profile(self, inbox: InboxInfo, value: str) -> Sender | None:
        """A person's name and language; None when they blocked the account or never agreed. Raises SendFailed."""
        found = self._api.profile(inbox, value)
        if found is None:
            return None
        language = str(found.get("language") or "").partition("-")[0]
        return Sender(
            kind=self.capabilities.identity_kind,
            value=value,
            name=str(found.get("displayName") or ""),
            scope=reading.scope(inbox),
            evidence="platform",
            locale=language if language in ("ja", "en") else "",
        )
