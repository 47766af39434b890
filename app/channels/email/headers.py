"""Header blocks: fields with their raw values, from blocks that are often not quite well formed.

Our own reader instead of the standard library's: one pass over the lines (CPython's is quadratic on some
input), a byte cap, and mending of what real mail has: a byte order mark, blank lines or an mbox line on
top, blanks before the colon, a doubled carriage return, junk between the fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from app.channels.email.types import Unreadable

# RFC 5322 sections 2.2 and 4.5: printable ASCII but the colon; old mail has blanks before the colon.
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_KNOWN = re.compile(
    rb"(?i)(received|return-path|delivered-to|from|to|cc|bcc|subject|date|message-id|mime-version|content-[a-z-]+"
    rb"|x-[!-9;-~]+|reply-to|sender|references|in-reply-to|list-[a-z-]+|dkim-signature|authentication-results"
    rb"|precedence|auto-submitted|importance|thread-[a-z]+|user-agent|return-receipt-to|resent-[a-z-]+)[ \t]*:"
)
_ENVELOPE = re.compile(rb">?From (?![ \t]*:)[^\r\n]*\r?(?:\n|\Z)")
_LEADING = re.compile(rb"(?:\xef\xbb\xbf|[ \t]*\r*\n|\xff\xfe(?=[!-~]))+")
_CONTENT = re.compile(rb"(?i)(?:mime-version|content-type|content-transfer-encoding)[ \t]*:")
_JUNK_LINES = 3
_MANY = frozenset((b"to", b"cc", b"bcc", b"resent-to", b"resent-cc", b"apparently-to"))

_TELLING = ("from", "subject", "to", "date", "message-id", "content-type", "content-transfer-encoding", "mime-version")


class Headers:
    """The fields of one block, in order; names in lower case, values raw and unfolded."""

    __slots__ = ("_by_name", "items")

    def __init__(self, items: Iterable[tuple[str, bytes]] = ()) -> None:
        self.items = list(items)
        self._by_name: dict[str, list[bytes]] = {}
        for name, value in self.items:
            self._by_name.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def get(self, name: str) -> bytes:
        """The first value that is not empty, or b""."""
        return next((v for v in self._by_name.get(name, ()) if v), b"")

    def all(self, name: str) -> list[bytes]:
        return self._by_name.get(name, [])

    def word(self, name: str) -> str:
        """A value that is a keyword: in lower case, without parameters and comments."""
        value = self.get(name).decode("latin-1")
        return re.split(r"[;(]", value, maxsplit=1)[0].strip().strip('"').lower()


def read_headers(
    data: bytes, start: int, cap: int, is_end: Callable[[bytes], bool] | None = None, lists: int = 0
) -> tuple[Headers, int]:
    """The block at `start` and where its body begins.

    `is_end` says of a line that starts with two hyphens whether it is a boundary. Raises `Unreadable` when
    the block is longer than `cap` bytes, beside which its lists of recipients may have `lists` bytes.
    """
    fields: list[tuple[bytes, list[bytes]]] = []
    pos = start
    listed = 0
    while pos < len(data):
        newline = data.find(b"\n", pos)
        after = newline + 1 if newline >= 0 else len(data)
        line = data[pos : min(after, start + cap + lists + 2)].rstrip(b"\r\n")
        if is_end is not None and line.startswith(b"--") and is_end(line):
            break
        if not line:
            pos = after
            break
        kind = _kind(line, bool(fields), data, after)
        if kind == "body":
            break
        if kind == "blank":
            pos = after
            break
        _take(kind, line, fields)
        listed += after - pos if fields and fields[-1][0].lower() in _MANY else 0
        if after - start - min(listed, lists) > cap and kind != "junk":
            raise Unreadable(f"headers of more than {cap} bytes")
        pos = after
    return Headers((name.lower().decode("latin-1"), b" ".join(v).strip()) for name, v in fields), pos


def read_mail_headers(data: bytes, cap: int, lists: int = 0) -> tuple[Headers, int]:
    """The mail's own headers and where its body begins, past whatever stands above them. Limits as above."""
    pos = 0
    while True:
        top = _LEADING.match(data, pos) or _ENVELOPE.match(data, pos)
        if top is None or top.end() == pos:
            break
        pos = top.end()
    headers, body = read_headers(data, pos, cap, lists=lists)
    announced = any(name in headers for name in ("from", "subject", "to", "date", "message-id"))
    if not announced or ("content-type" not in headers and _CONTENT.match(data, body)):
        more, end = _second_block(data, body, cap)
        if more is not None:
            return Headers([*headers.items, *more.items]), end
    return headers, body


def _second_block(data: bytes, body: int, cap: int) -> tuple[Headers | None, int]:
    """Headers that a stray blank line has cut off from the first ones."""
    if not _KNOWN.match(data, body):
        return None, body
    more, end = read_headers(data, body, cap)
    known = sum(name in more for name in _TELLING)
    return (more, end) if known >= 2 else (None, body)


def _kind(line: bytes, begun: bool, data: bytes, after: int) -> str:
    """What a line of a block is: field, fold, junk, blank (the separator) or body."""
    if line[:1] in b" \t":
        if line.strip():
            return "fold" if begun else ("junk" if _goes_on(data, after) else "body")
        return "fold" if _next_is_header(data, after) else "blank"
    if _FIELD.match(line):
        return "field"
    return "junk" if _goes_on(data, after) else "body"


def _next_is_header(data: bytes, pos: int) -> bool:
    return bool(_KNOWN.match(data, pos)) or (data[pos : pos + 1] in (b" ", b"\t") and bool(_goes_on(data, pos)))


def _goes_on(data: bytes, pos: int) -> bool:
    """Whether headers come again within a few lines, so that the line before was junk."""
    for _ in range(_JUNK_LINES):
        if _KNOWN.match(data, pos):
            return True
        newline = data.find(b"\n", pos, pos + 2000)
        if newline < 0 or data.startswith(b"--", pos) or not data[pos:newline].strip():
            return False
        pos = newline + 1
    return False


def _take(kind: str, line: bytes, fields: list[tuple[bytes, list[bytes]]]) -> None:
    if kind == "field":
        name, _, value = line.partition(b":")
        fields.append((name.rstrip(), [value.strip()]))
    elif fields and (kind == "fold" or _belongs(fields[-1][1][-1], line)):
        fields[-1][1].append(line.strip())


def _belongs(value: bytes, line: bytes) -> bool:
    """Whether a line without a name is the rest of the value above, its indent lost on the way."""
    return value.endswith((b",", b";")) or line.startswith((b"<", b"=?"))
