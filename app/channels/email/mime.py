"""A mail cut into its parts (RFC 2046), in one pass.

Not the standard library's parser: that one reads line by line (a second for a large attachment), asks
every open boundary about every line, recurses without a cap and hides the raw bytes of headers. Here the
lines that start with two hyphens are found by a byte search and looked up among the open boundaries, so
that the cost is linear in size whatever the nesting, and the caps hold while reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.channels.email.headers import Headers, read_headers, read_mail_headers
from app.channels.email.params import mime_type, parse_params
from app.channels.email.transfer import decode_transfer, encoding_of
from app.channels.email.types import MailLimits, Unreadable

_GUESS_WITHIN = 64 * 1024
_GUESSES = 20
# A header that begins behind a lone carriage return, all lines before it being headers, too.
_CR_BREAK = re.compile(
    rb"(?i)\A(?:[^\r\n]{1,998}\r?\n)*+[^\r\n]{1,998}\r"
    rb"(?:from|to|cc|subject|date|message-id|references|in-reply-to|content-type|mime-version|received)[ \t]*:"
)
_LONE_CR = re.compile(rb"\r(?![\r\n])")
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_GUESS = re.compile(rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n(?i:content-[a-z-]+[ \t]*:)")


@dataclass(slots=True)
class Part:
    """A multipart with its children, or a leaf with its body as it was sent."""

    headers: Headers
    type: str
    params: dict[str, str]
    body: bytes = b""
    children: list[Part] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    @property
    def encoding(self) -> str:
        return encoding_of(self.headers.get("content-transfer-encoding"))

    def content(self) -> bytes:
        """The body with its transfer encoding undone."""
        return decode_transfer(self.body, self.encoding, text=self.type.startswith("text/"))

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in the order of the mail."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.children))


@dataclass(frozen=True, slots=True)
class _Delimiter:
    """A line that ends a part: how deep its boundary was opened (-1 is the end of the mail)."""

    level: int
    closing: bool
    start: int
    after: int


def split_mail(raw: bytes, limits: MailLimits, problems: list[str]) -> Part:
    """The tree of a mail. Raises `Unreadable` when there is nothing in it or a cap is exceeded."""
    if not raw.strip():
        raise Unreadable("the mail is empty")
    if raw.startswith(_COMPOUND_FILE):
        raise Unreadable("a file of Outlook's own (.msg), not a mail")
    if b"\n" not in raw[: limits.header_bytes] and b"\r" in raw[: limits.header_bytes]:
        raw = raw.replace(b"\r", b"\n")
        problems.append("lines end in CR only")
    elif _CR_BREAK.search(raw, 0, _GUESS_WITHIN):
        raw = _LONE_CR.sub(b"\n", raw)
        problems.append("some lines end in CR only")
    headers, body = read_mail_headers(raw, limits.header_bytes, limits.list_bytes)
    return _Splitter(raw, limits, problems).mail(headers, body)


class _Splitter:
    def __init__(self, data: bytes, limits: MailLimits, problems: list[str]) -> None:
        self.data = data
        self.limits = limits
        self.problems = problems
        self.parts = 0
        self.guesses = _GUESSES
        self.open: list[bytes] = []
        self.levels: dict[bytes, list[int]] = {}
        self.longest = 0

    def mail(self, headers: Headers, body: int) -> Part:
        return self._entity(headers, body, "text/plain")[0]

    # Boundaries

    def _push(self, boundary: bytes) -> int:
        if len(self.open) >= self.limits.nesting:
            raise Unreadable(f"parts nested more than {self.limits.nesting} deep")
        self.open.append(boundary)
        self.levels.setdefault(boundary, []).append(len(self.open) - 1)
        self.longest = max(self.longest, len(boundary))
        return len(self.open) - 1

    def _pop(self) -> None:
        self.levels[self.open.pop()].pop()

    def _match(self, line: bytes) -> tuple[int, bool]:
        """The level of a boundary line (without its hyphens) and whether it closes; -1 for no boundary."""
        text = line.rstrip()
        levels = self.levels.get(text)
        if levels:
            return levels[-1], False
        levels = self.levels.get(text[:-2].rstrip()) if text.endswith(b"--") else None
        return (levels[-1], True) if levels else (-1, False)

    def _is_boundary(self, line: bytes) -> bool:
        return self._match(line[2:])[0] >= 0

    def _delimiter(self, pos: int) -> _Delimiter:
        """The next line at or after the line start `pos` that is an open boundary."""
        data = self.data
        if not self.open:
            return _Delimiter(-1, True, len(data), len(data))
        at = pos if data.startswith(b"--", pos) else self._hyphens_after(pos)
        while at >= 0:
            newline = data.find(b"\n", at)
            end = newline if newline >= 0 else len(data)
            level, closing = self._match(data[at + 2 : min(end, at + self.longest + 80)])
            if level >= 0:
                return _Delimiter(level, closing, at, min(end + 1, len(data)))
            at = self._hyphens_after(end)
        return _Delimiter(-1, True, len(data), len(data))

    def _hyphens_after(self, pos: int) -> int:
        """Where the next line begins that starts with two hyphens, or -1."""
        newline = self.data.find(b"\n--", pos)
        return newline + 1 if newline >= 0 else -1

    # Entities

    def _entity(self, headers: Headers, body: int, default: str) -> tuple[Part, _Delimiter]:
        self.parts += 1
        if self.parts > self.limits.parts:
            raise Unreadable(f"more than {self.limits.parts} parts")
        kind, params = _content_type(headers, default)
        part = Part(headers, kind, params)
        if not kind.startswith("multipart/"):
            return part, self._leaf(part, body)
        boundary = params.get("boundary", "").rstrip().encode("utf-8", "replace")
        end = self._multipart(part, boundary, body) if boundary else self._leaf(part, body)
        if not part.children:
            end = self._without_boundary(part, body, end)
        return part, end

    def _leaf(self, part: Part, body: int) -> _Delimiter:
        end = self._delimiter(body)
        part.body = _without_last_newline(self.data, body, end)
        return end

    def _multipart(self, part: Part, boundary: bytes, pos: int) -> _Delimiter:
        level = self._push(boundary)
        repeated = len(self.levels[boundary]) > 1
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        end = self._delimiter(pos)
        used = end.level == level and not end.closing
        while end.level == level:
            if end.closing and repeated:
                self._pop()
                return self._delimiter(end.after)
            if end.closing:  # whatever opens again below the closing line is read as well
                end = self._delimiter(end.after)
                continue
            start = end.after
            headers, body = read_headers(self.data, start, self.limits.header_bytes, self._is_boundary)
            child, end = self._entity(headers, body, default)
            if headers.items or child.body.strip():
                part.children.append(child)
        if used and not part.children:  # nothing but boundaries: an empty text
            part.children.append(Part(Headers(), "text/plain", {}))
        self._pop()
        return end

    def _without_boundary(self, part: Part, body: int, end: _Delimiter) -> _Delimiter:
        """A multipart whose boundary is missing or never used: encoded as a whole, or divided by
        another line than was announced, or in truth a text."""
        part.body = _without_last_newline(self.data, body, end)
        if part.encoding and self._decoded(part):
            return end
        guess = _GUESS.search(part.body[:_GUESS_WITHIN]) if self.guesses else None
        if guess is not None:
            self.guesses -= 1
            self.problems.append("boundary guessed")
            end = self._multipart(part, guess[1], body)
        if not part.children:
            self.problems.append("multipart without parts")
            part.type, part.params = "text/plain", {k: v for k, v in part.params.items() if k == "charset"}
        return end

    def _decoded(self, part: Part) -> bool:
        """A multipart that was encoded as a whole, which RFC 2045 section 6.4 forbids."""
        inner = decode_transfer(part.body, part.encoding)
        if inner == part.body or not self.guesses:
            return False
        self.guesses -= 1
        splitter = _Splitter(inner, self.limits, self.problems)
        splitter.parts, splitter.guesses = self.parts, self.guesses
        headers = Headers(item for item in part.headers.items if item[0] != "content-transfer-encoding")
        whole, _ = splitter._entity(headers, 0, "text/plain")
        self.parts, self.guesses = splitter.parts, splitter.guesses
        part.children = whole.children
        return bool(part.children)


def _without_last_newline(data: bytes, start: int, end: _Delimiter) -> bytes:
    """A body up to its delimiter; the line end before a boundary belongs to the boundary."""
    stop = end.start
    if end.level >= 0:
        if data[stop - 1 : stop] == b"\n" and stop > start:
            stop -= 1
        if data[stop - 1 : stop] == b"\r" and stop > start:
            stop -= 1
    return data[start : max(stop, start)]


def _content_type(headers: Headers, default: str) -> tuple[str, dict[str, str]]:
    """Type and parameters; of several Content-Type headers, a multipart one with its boundary."""
    usable: list[tuple[str, dict[str, str]]] = []
    for raw in headers.all("content-type"):
        head, params = parse_params(raw)
        kind = mime_type(head)
        if "boundary" in params and head.startswith("multipart"):
            return (kind if kind.startswith("multipart/") else "multipart/mixed"), params
        if kind or params:
            usable.append((kind or default, params))
    return usable[0] if usable else (default, {})
