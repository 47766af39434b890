"""LINE's webhook: its signature, and one Incoming for each event in it.

`X-Line-Signature` is the base64 of HMAC-SHA256(channel secret, raw body). It carries no time: that an event is
stored only once is what makes a replay harmless.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

from app.channels.types import Accepted, BadSignature, InboxInfo, Incoming, WebhookRequest
from app.errors import NotFound

SECRETS = ("channel_secret", "channel_secret_old")
MAX_EVENTS = 1000  # far more than LINE ever sends in one request
_ID = re.compile(r"[!-~]{1,128}")


def accept(inbox: InboxInfo, request: WebhookRequest) -> Accepted:
    """Verify and split. Raises BadSignature; NotFound for anything but a POST."""
    if request.method != "POST":
        raise NotFound
    given = request.headers.get("x-line-signature", "").encode()
    secrets = [inbox.secrets[name] for name in SECRETS if inbox.secrets.get(name)]
    if not any(hmac.compare_digest(given, signature(secret, request.body)) for secret in secrets):
        raise BadSignature
    return Accepted(split(request.body))


def signature(secret: str, body: bytes) -> bytes:
    """What LINE sends as X-Line-Signature for this body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256"))


def split(body: bytes) -> list[Incoming]:
    """The events of a signed body, none for the console's "Verify"; what cannot be split is kept whole."""
    try:
        content = json.loads(body)
        events = content["events"]
    except (ValueError, RecursionError, TypeError, KeyError):
        return [_whole(body)]
    if not isinstance(events, list) or len(events) > MAX_EVENTS:
        return [_whole(body)]
    destination = clean_id(content.get("destination"))
    return [_incoming(event, destination) for event in events]


def _whole(body: bytes) -> Incoming:
    return Incoming(dedupe_key=f"sha256:{hashlib.sha256(body).hexdigest()}", raw=body)


def _incoming(event: Any, destination: str) -> Incoming:
    raw = json.dumps({"destination": destination, "event": event}, separators=(",", ":")).encode()
    known = event if isinstance(event, dict) else {}
    message = known.get("message")
    return Incoming(
        dedupe_key=clean_id(known.get("webhookEventId")) or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        raw=raw,
        external_id=(clean_id(message.get("id")) if isinstance(message, dict) else "") or None,
        envelope={"type": known["type"]} if isinstance(known.get("type"), str) and _ID.fullmatch(known["type"]) else {},
    )


def clean_id(value: Any) -> str:
    """An id of LINE's as it is, "" when it is none: printable ASCII, at most 128 long."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""
