"""A mail as it stands at the door: one key under which the same mail is always the same, and nobody else's is.

Nothing is parsed here beyond the lines of the header block, nothing raises, and time is linear in the size.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from app.channels.types import Incoming

NULL_SENDER = "<>"  # MAIL FROM:<>, in an envelope's "from"; "" there means that nobody told us
HEADERS_AT_MOST = 3 * 1024 * 1024  # more than the reader takes: what it can read has a Message-ID here
_TOP = re.compile(rb"(?:\xef\xbb\xbf|[ \t]*\r{0,3}\n)*(?:>?From [^\r\n]*\r{0,3}\n)?")
_END = re.compile(rb"\n\r{0,3}\n")
_FOLD = re.compile(rb"\r{0,3}\n[ \t]+")
_BLANKS = re.compile(rb"\s+")
_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_ANGLE = re.compile(r"<([^<>]{1,990})>")
_UNWANTED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

# What its author wrote, and no server on the way adds or changes.
_WRITTEN = frozenset(
    b"from sender reply-to to cc subject date message-id in-reply-to references auto-submitted mime-version "
    b"content-type content-transfer-encoding content-disposition content-language".split()
)
# What servers on the way add (RFC 5321 trace fields and their kin), beside everything in X-.
_TRACE = re.compile(
    rb"(?i)x-.*|received(-spf)?|return-path|delivered-to|envelope-to|delivery-date|original-recipient"
    rb"|authentication-results(-original)?|dkim-signature|domainkey-signature|arc-.*|resent-.*|status|lines"
    rb"|content-length|errors-to|apparently-to|ironport-.*|authentication-results"
)


def incoming(raw: bytes, envelope: Mapping[str, Any]) -> Incoming:
    """What is stored of an arrived mail. The key is a hash over its Message-ID and everything its author wrote,
    so that a mail that comes again changes nothing and another mail with a borrowed Message-ID is kept.
    """
    head, body = _split(raw)
    fields = _fields(head)
    found = next((value for name, value in fields if name == b"message-id" and value), b"")
    digest = hashlib.sha256()
    for name, value in sorted(f for f in fields if _counts(f[0], bool(found))):
        digest.update(b"%d:%s:%d:%s" % (len(name), name, len(value), value))
    digest.update(b"\n")
    digest.update(_unix(body))
    return Incoming(
        dedupe_key=f"mail:{digest.hexdigest()}",
        raw=raw,
        external_id=_external_id(found),
        envelope={key: _storable(value) for key, value in envelope.items()},
    )


def _split(raw: bytes) -> tuple[bytes, bytes]:
    """Header block and body; a mail whose headers do not end in time is all body."""
    top = _TOP.match(raw)
    start = top.end() if top else 0
    end = _END.search(raw, start, start + HEADERS_AT_MOST)
    if end:
        return raw[start : end.start() + 1], raw[end.end() :]
    short = len(raw) - start <= HEADERS_AT_MOST
    return (raw[start:], b"") if short else (b"", raw[start:])


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """(name in small letters, value on one line); a line that is no field has no name."""
    found = []
    for line in _FOLD.sub(b" ", head).split(b"\n"):
        match = _NAME.match(line)
        value = _BLANKS.sub(b" ", line[match.end() :] if match else line).strip()
        if match or value:
            found.append((match[1].lower() if match else b"", value))
    return found


def _counts(name: bytes, has_id: bool) -> bool:
    """Whether a field is part of what makes the mail this one. Without a Message-ID all but traces are."""
    if not name or name in _WRITTEN:
        return True
    return not has_id and not _TRACE.fullmatch(name)


def _unix(body: bytes) -> bytes:
    """The body with one kind of line end and without blank lines after it, which programs add and take."""
    return body.replace(b"\r\n", b"\n").rstrip(b"\r\n \t")


def _external_id(value: bytes) -> str | None:
    text = _UNWANTED.sub("", value.decode("utf-8", "replace"))
    angle = _ANGLE.search(text)
    inside = "".join((angle[1] if angle else text).split()).strip("<>")[:990]
    return f"<{inside}>" if inside else None


def _storable(value: Any) -> Any:
    """An envelope's value as JSON and every database can keep it."""
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        return _UNWANTED.sub("", text)[:1000]
    if isinstance(value, list | tuple):
        return [_storable(v) for v in value]
    return value
