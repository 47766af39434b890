"""A `ParsedMail` as bytes between two processes: JSON, then the attachments' contents one after the other.

No pickle: the process that reads foreign mail must not be able to run anything in ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.channels.email.types import Address, Bounce, MailAttachment, ParsedMail

_PLAIN = (
    "subject",
    "message_id",
    "in_reply_to",
    "body_text",
    "body_html",
    "reply_text",
    "auto_generated",
    "auto_reason",
    "mailing_list",
    "language",
)
_TUPLES = ("references", "authentication_results", "delivered_to", "problems")


def mail_to_wire(mail: ParsedMail) -> tuple[bytes, list[bytes]]:
    """The JSON, and the contents that follow it."""
    fields: dict[str, Any] = {name: getattr(mail, name) for name in _PLAIN + _TUPLES}
    fields["sender"] = _address(mail.sender)
    fields["reply_to"] = _address(mail.reply_to)
    fields["to"] = [_address(a) for a in mail.to]
    fields["cc"] = [_address(a) for a in mail.cc]
    fields["date"] = mail.date.isoformat() if mail.date else None
    fields["bounce"] = [mail.bounce.recipient, mail.bounce.status, mail.bounce.permanent] if mail.bounce else None
    fields["attachments"] = [[a.filename, a.content_type, a.inline, a.content_id, a.size] for a in mail.attachments]
    return json.dumps({"mail": fields}).encode(), [a.content for a in mail.attachments]


def mail_from_wire(fields: dict[str, Any], contents: Sequence[bytes]) -> ParsedMail:
    """The mail again. `contents` are the attachments' in order."""
    plain: dict[str, Any] = {name: fields[name] for name in _PLAIN}
    tuples: dict[str, Any] = {name: tuple(fields[name]) for name in _TUPLES}
    return ParsedMail(
        sender=_to_address(fields["sender"]),
        reply_to=_to_address(fields["reply_to"]),
        to=tuple(Address(*a) for a in fields["to"]),
        cc=tuple(Address(*a) for a in fields["cc"]),
        date=datetime.fromisoformat(fields["date"]) if fields["date"] else None,
        bounce=Bounce(*fields["bounce"]) if fields["bounce"] else None,
        attachments=tuple(
            MailAttachment(name, kind, content, inline, cid)
            for (name, kind, inline, cid, _), content in zip(fields["attachments"], contents, strict=True)
        ),
        **plain,
        **tuples,
    )


def content_sizes(fields: dict[str, Any]) -> list[int]:
    """How many bytes of each attachment follow the JSON."""
    return [int(entry[4]) for entry in fields["attachments"]]


def _address(address: Address | None) -> list[str] | None:
    return [address.address, address.name] if address else None


def _to_address(pair: list[str] | None) -> Address | None:
    return Address(*pair) if pair else None
