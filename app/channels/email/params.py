"""`type/subtype; name=value` headers, with RFC 2231 and everything that is written instead of it."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from app.channels.email.charsets import decode
from app.channels.email.words import decode_words, one_line, raw_text

_PIECE = re.compile(r"([^*=\s]{1,60})(?:\*(\d{1,4}))?(\*)?\s*$")
_BETWEEN = re.compile(r"[\s;]*")
_KEY = re.compile(r"[\s;]*([^=;\"\s]{1,80})\s*=\s*")
_TYPE = re.compile(r"([a-z0-9!#$&^_.+-]{1,60})/([a-z0-9!#$&^_.+-]{1,100})")
_NEXT_KEY = re.compile(r"\s*(?:;|\Z)")


_READ_AS = {"application/xhtml+xml": "text/html"}
"""Bodies by another name: what shows mail shows both alike."""


def parse_params(raw: bytes, hint: str = "") -> tuple[str, dict[str, str]]:
    """The head (in lower case) and the parameters of a Content-Type or Content-Disposition value."""
    text = raw_text(raw, hint)
    head, semicolon, rest = text.partition(";")
    if "=" in head and not semicolon:  # `attachment filename=x`, its semicolon missing
        head, _, rest = text.partition(" ")
    pairs = _pairs(rest)
    return head.strip().strip("\"'").lower(), _joined(pairs, hint)


def mime_type(head: str) -> str:
    """A usable type/subtype from the head of a Content-Type; "" when it says nothing."""
    found = _TYPE.search(head)
    if found:
        return _READ_AS.get(kind := found[0].rstrip("."), kind)
    return {"text": "text/plain", "plain": "text/plain", "html": "text/html"}.get(head, "")


def _pairs(text: str) -> list[tuple[str, str]]:
    """name and value as written; quotes and their escapes undone."""
    pairs: list[tuple[str, str]] = []
    pos = 0
    while pos < len(text) and len(pairs) < 2000:
        between = _BETWEEN.match(text, pos)
        pos = between.end() if between else pos
        key = _KEY.match(text, pos)
        if key is None:
            semicolon = text.find(";", pos)
            if semicolon < 0:
                break
            pos = semicolon
            continue
        value, pos = _value(text, key.end())
        pairs.append((key[1].lower(), value))
    return pairs


def _value(text: str, pos: int) -> tuple[str, int]:
    if text[pos : pos + 1] == '"' and (closed := _quoted(text, pos + 1)) is not None:
        return closed
    end = text.find(";", pos)
    end = len(text) if end < 0 else end
    return text[pos:end].strip().strip("\"'"), end + 1


def _quoted(text: str, pos: int) -> tuple[str, int] | None:
    """A quoted string up to the quote that ends it. A quote amid text, as in `"a "b" c"`, ends nothing;
    a backslash escapes a quote or a backslash and is otherwise part of a Windows path."""
    out: list[str] = []
    while (at := _first(text, pos)) >= 0:
        out.append(text[pos:at])
        if text[at] == "\\":
            escaped = text[at + 1 : at + 2]
            out.append(escaped if escaped in '"\\' else "\\" + escaped)
            pos = at + 2
        elif _NEXT_KEY.match(text, at + 1) or _KEY.match(text, at + 1):
            return "".join(out), at + 1
        else:
            out.append('"')
            pos = at + 1
    return None


_QUOTE_OR_ESCAPE = re.compile(r'["\\]')


def _first(text: str, pos: int) -> int:
    found = _QUOTE_OR_ESCAPE.search(text, pos)
    return found.start() if found else -1


def _joined(pairs: list[tuple[str, str]], hint: str) -> dict[str, str]:
    """RFC 2231 sections 3 and 4: pieces joined before they are decoded, for they are cut anywhere."""
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    params: dict[str, str] = {}
    for key, value in pairs:
        piece = _PIECE.match(key)
        if piece is None or (piece[2] is None and piece[3] is None):
            params.setdefault(key, one_line(decode_words(value)))
        else:
            number = int(piece[2] or 0)
            pieces.setdefault(piece[1], {}).setdefault(number, (value, bool(piece[3])))
    for name, numbered in pieces.items():
        joined = one_line(_decode_pieces([numbered[n] for n in sorted(numbered)], hint))
        if joined:
            params[name] = joined
    return params


def _decode_pieces(pieces: list[tuple[str, bool]], hint: str) -> str:
    first, encoded = pieces[0]
    charset = ""
    if encoded and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
    if not any(flag for _, flag in pieces):
        return decode_words("".join(value for value, _ in pieces))
    raw = b"".join(
        unquote_to_bytes(value) if flag else value.encode("utf-8", "replace")
        for value, flag in [(first, encoded), *pieces[1:]]
    )
    text = decode(raw, charset or None, hint=hint)
    return decode_words(text)
