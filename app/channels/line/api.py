"""LINE's Messaging API over HTTP, as far as a desk needs it, and its errors in plain words."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog

from app import clock
from app.channels.reasons import told
from app.channels.types import InboxInfo, SendFailed
from app.i18n import N_

if TYPE_CHECKING:
    import httpx

log = structlog.get_logger("line")

SECONDS = 10.0
MEDIA_SECONDS = 90.0  # well within the lease of a job
LONGEST_WAIT = timedelta(hours=6)
PREPARING = timedelta(seconds=5)

# code: (what the agent reads, whether trying again is of no use)
FAULTS: Mapping[str, tuple[str, bool]] = {
    "configuration": (
        N_("LINE does not accept this inbox’s access token. An administrator can enter a new one."),
        True,
    ),
    "quota": (N_("This LINE account has used up its messages for the month."), True),
    "unknown_user": (N_("LINE does not know this person any more."), True),
    "refused": (N_("LINE refused this message."), True),
    "gone": (N_("LINE no longer has this file."), True),
    "too_big": (N_("This file is too large."), True),
    "empty": (N_("There is nothing in this message that LINE can carry."), True),
    "rate_limited": (N_("LINE asks us to send more slowly."), False),
    "preparing": (N_("LINE is still preparing this file."), False),
    "unavailable": (N_("LINE has a problem of its own."), False),
    "no_answer": (N_("LINE does not answer."), False),
}


def failure(code: str, detail: str = "", retry_at: datetime | None = None) -> SendFailed:
    """The error of a code; `detail` are LINE's own words, added where ours say too little."""
    reason, permanent = FAULTS[code]
    return SendFailed(code, told(reason, detail), permanent=permanent, retry_at=retry_at)


@dataclass(frozen=True, slots=True)
class Answer:
    """What LINE answered: the status, the JSON object (empty when it was none), and when to come back."""

    status: int
    content: Mapping[str, Any]
    retry_at: datetime | None = None

    @property
    def message(self) -> str:
        return str(self.content.get("message") or "")[:300]

    @property
    def details(self) -> str:
        """What LINE says in detail, such as which property of the request was wrong."""
        found = self.content.get("details")
        parts = [d for d in found if isinstance(d, dict)] if isinstance(found, list) else []
        words = [f"{part.get('property') or ''} {part.get('message') or ''}".strip() for part in parts[:3]]
        return "; ".join(filter(None, [self.message, *words]))[:500]

    @property
    def sent_ids(self) -> list[str]:
        """The ids of the messages that were taken, in their order; a 409 tells those of the first time."""
        found = self.content.get("sentMessages")
        ids = [m.get("id") for m in found if isinstance(m, dict)] if isinstance(found, list) else []
        return [i for i in ids if isinstance(i, str)]


class Api:
    """One client for all LINE inboxes of the desk; who asks comes with each call."""

    def __init__(self, api_url: str, data_url: str) -> None:
        self._api = api_url.rstrip("/")
        self._data = data_url.rstrip("/")
        self._lock = threading.Lock()
        self._opened: httpx.Client | None = None

    def post(self, inbox: InboxInfo, path: str, body: Mapping[str, Any], retry_key: str = "") -> Answer:
        """Call LINE. Any status is an Answer; raises SendFailed when there is none."""
        headers = _bearer(inbox) | ({"X-Line-Retry-Key": retry_key} if retry_key else {})
        return self._ask("POST", f"{self._api}{path}", headers, body)

    def profile(self, inbox: InboxInfo, user: str) -> Mapping[str, Any] | None:
        """displayName, pictureUrl, statusMessage, language; None where LINE does not tell. Raises SendFailed."""
        answer = self._ask("GET", f"{self._api}/v2/bot/profile/{quote(user, safe='')}", _bearer(inbox))
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise fault(answer)
        return answer.content

    def content(self, inbox: InboxInfo, message_id: str, limit: int) -> bytes:
        """The file of a message, at most `limit` bytes. Raises SendFailed: preparing, gone, too_big, …"""
        import httpx

        url = f"{self._data}/v2/bot/message/{quote(message_id, safe='')}/content"
        try:
            with self._client().stream("GET", url, headers=_bearer(inbox)) as response:
                if response.status_code == 202:  # videos and voice are made ready first
                    raise failure("preparing", retry_at=clock.now() + PREPARING)
                if response.status_code in (404, 410):
                    raise failure("gone")
                if response.status_code != 200:
                    raise fault(Answer(response.status_code, {}, _retry_at(response.headers)))
                return _collected(response, limit)
        except httpx.HTTPError as error:
            raise _silent(error) from error

    def _ask(self, method: str, url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None = None) -> Answer:
        import httpx

        try:
            response = self._client().request(method, url, headers=headers, json=body)
            content = response.json() if response.content else {}
        except httpx.HTTPError as error:
            raise _silent(error) from error
        except (ValueError, RecursionError):
            content = {}
        return Answer(response.status_code, content if isinstance(content, dict) else {}, _retry_at(response.headers))

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._opened is None:
                import httpx  # heavy: a desk without LINE never loads it

                self._opened = httpx.Client(timeout=httpx.Timeout(SECONDS, connect=5.0))
            return self._opened


def fault(answer: Answer) -> SendFailed:
    """What an answer other than success means for the delivery."""
    log.warning("line_refused", status=answer.status, said=answer.details)
    if answer.status in (401, 403):
        return failure("configuration")
    if answer.status == 429:
        # The same status for both; only the words tell (Messaging API reference, error messages).
        if "monthly limit" in answer.message.lower():
            return failure("quota")
        return failure("rate_limited", retry_at=answer.retry_at)
    if answer.status >= 500 or answer.status == 408:
        return failure("unavailable", retry_at=answer.retry_at)
    # An id that LINE does not know gets one of these two sentences, depending on what is wrong with it.
    if answer.status == 400 and ("'to'" in answer.details or answer.message.startswith("Failed to send messages")):
        return failure("unknown_user")
    return failure("refused", answer.details or str(answer.status))


def _bearer(inbox: InboxInfo) -> dict[str, str]:
    token = inbox.secrets.get("access_token", "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise failure("configuration")
    return {"Authorization": f"Bearer {token}"}


def _silent(error: Exception) -> SendFailed:
    log.warning("line_no_answer", error=f"{type(error).__name__}: {error}")
    return failure("no_answer")


def _collected(response: httpx.Response, limit: int) -> bytes:
    end, content = time.monotonic() + MEDIA_SECONDS, bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > limit:
            raise failure("too_big")
        if time.monotonic() > end:
            raise failure("no_answer")
    return bytes(content)


def _retry_at(headers: Mapping[str, str]) -> datetime | None:
    """The moment that Retry-After names, in seconds or as a date (RFC 9110, 10.2.3), within reason."""
    value, now = headers.get("retry-after", "").strip(), clock.now()
    if not value:
        return None
    if value.isascii() and value.isdigit() and len(value) < 8:
        at = now + timedelta(seconds=int(value))
    else:
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at, now), now + LONGEST_WAIT)
