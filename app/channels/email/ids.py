"""Message-IDs out of Message-ID, In-Reply-To and References (RFC 5322 section 3.6.4)."""

from __future__ import annotations

import re

from app.channels.email.headers import Headers
from app.channels.email.words import decode_words, one_line, raw_text

_ANGLE = re.compile(r"<([^<>]*)>")
_BLANKS = re.compile(r"\s+")
_COMMENT = re.compile(r"\([^()]*\)")
_BETWEEN = re.compile(r"[\s<>,;()\"]+")
_MAX_ID = 998
_MAX_IDS = 1000


def parse_ids(raw: bytes) -> list[str]:
    """The ids in a value, in order, each once, without brackets. Folded ids are made whole; words
    around them, comments and commas are left out."""
    text = one_line(decode_words(raw_text(raw)))
    found = [_whole(inside) for inside in _ANGLE.findall(text)]
    if not any(found):
        words = _BETWEEN.split(_COMMENT.sub(" ", text))
        words = [word for word in words if word]
        found = [word for word in words if "@" in word[1:-1]] or (words if len(words) == 1 else [])
    if text.count("<") > text.count(">"):  # the last one lost its end
        found.append(_whole(text.rpartition("<")[2]))
    ids = dict.fromkeys(i[:_MAX_ID] for i in found if i)
    return list(ids)[:_MAX_IDS]


def _whole(inside: str) -> str:
    return inside.strip() if '"' in inside else _BLANKS.sub("", inside)


def message_id(headers: Headers) -> str | None:
    """The first usable Message-ID; one without brackets is taken as it stands."""
    for raw in headers.all("message-id") + headers.all("message id"):
        ids = parse_ids(raw)
        if ids:
            return ids[0]
        bare = _BLANKS.sub("", one_line(raw_text(raw))).strip("<>")
        if bare:
            return bare[:_MAX_ID]
    return None


def reply_ids(headers: Headers, name: str) -> tuple[str, ...]:
    """All ids of every header of that name, in order, each once."""
    return tuple(dict.fromkeys(i for raw in headers.all(name) for i in parse_ids(raw)))[:_MAX_IDS]
