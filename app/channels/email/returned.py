"""What came back about something that we sent: bounces, delivery reports, read receipts. None opens a ticket."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.channels import reasons
from app.channels.email.addressing import OurId, our_ids
from app.channels.email.types import Bounce, ParsedMail
from app.channels.types import Noise, StatusChanged
from app.keys import Keys

SEARCHED = 4 * 1024 * 1024  # bytes of a report that our Message-ID is looked for in
_RETURNED = re.compile(r"^[ \t>]*message-id[ \t]*:\s*(<[^<>\s]{1,990}>)", re.I | re.M)
_DISPLAYED = re.compile(rb"^disposition[ \t]*:[^;\r\n]{0,80};[ \t]*displayed", re.I | re.M)
_FILES = ("message/", "text/rfc822-headers", "text/plain")


def report(mail: ParsedMail, raw: bytes, keys: Keys) -> StatusChanged | Noise | None:
    """What a report means for the desk; None when the mail is none, and somebody's words."""
    reason = mail.auto_reason.lower()
    if mail.bounce:
        return _bounced(mail.bounce, mail, raw, keys)
    if reason.startswith("delivery report: delayed"):
        return Noise("delayed")
    if reason.startswith("delivery report"):
        return _reached("delivered", mail, raw, keys) or Noise("delivery_report")
    if reason == "report: disposition-notification":  # RFC 8098
        seen = _reached("read", mail, raw, keys) if _DISPLAYED.search(raw[:SEARCHED]) else None
        return seen or Noise("read_receipt")
    return None


def _reached(state: str, mail: ParsedMail, raw: bytes, keys: Keys) -> StatusChanged | None:
    ours = _named(mail, raw, keys)
    return StatusChanged(ours.external_id, state) if ours else None


def _bounced(bounce: Bounce, mail: ParsedMail, raw: bytes, keys: Keys) -> StatusChanged | Noise:
    """A delivery that failed for good, or why the report means nothing for the desk.

    Only a Message-ID with our tag names the delivery: nobody can make somebody else's mail look undelivered.
    """
    if not bounce.permanent:
        return Noise("delayed")
    ours = _named(mail, raw, keys)
    if ours is None:
        return Noise("bounce_unknown")
    return StatusChanged(ours.external_id, "failed", bounce.status, reason(bounce))


def reason(bounce: Bounce) -> str:
    """Why it came back, in words, and who was not reached."""
    return reasons.told(reasons.of_status(bounce.status), " ".join(filter(None, (bounce.recipient, bounce.status))))


def _named(mail: ParsedMail, raw: bytes, keys: Keys) -> OurId | None:
    """The mail of ours that came back: the Message-ID of what was returned, else any of ours in the report."""
    texts = list(_texts(mail, raw))
    returned = (match[1] for text in texts for match in _RETURNED.finditer(text))
    anywhere = (" ".join([mail.in_reply_to or "", *mail.references]), *texts)
    return next((ours for text in (*returned, *anywhere) for ours in our_ids(keys, text)), None)


def _texts(mail: ParsedMail, raw: bytes) -> Iterator[str]:
    """The report as it came, and those parts of it that were encoded on the way."""
    yield raw[:SEARCHED].decode("latin-1")
    yield mail.body_text
    for file in mail.attachments[:10]:
        if file.content_type.startswith(_FILES):
            yield file.content[:SEARCHED].decode("latin-1")
