"""Channels that have a door of their own: no webhook, nothing left to fetch, and names that come with the message."""

from __future__ import annotations

from app.channels.types import Accepted, InboxInfo, Sender, SendFailed, WebhookRequest
from app.errors import NotFound


class OwnDoor:
    """What mail, the portal, the widget and the API have in common as channels."""

    def accept(self, inbox: InboxInfo, request: WebhookRequest) -> Accepted:
        """There is no webhook. Raises NotFound."""
        raise NotFound

    def fetch(self, inbox: InboxInfo, reference: str) -> bytes:
        """Files come with their message. Raises SendFailed."""
        raise SendFailed("no_file", "A message carries its files itself.", permanent=True)

    def profile(self, inbox: InboxInfo, value: str) -> Sender | None:
        """Nobody can be asked for more than the message tells."""
        return None
