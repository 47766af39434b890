"""From the words of a query to terms of the index, and back to where they stand in a text.

One word is asked for in several forms: as it is written, and, when it may be a name, as it sounds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.text.romaji import key
from app.text.tokens import fold, tokens
from app.tickets.search.documents import FROM, SOUND, sounds
from app.tickets.search.index import Form
from app.tickets.search.query import Term

PREFIX_FROM = 3  # letters that a Latin word must have to find longer ones


def forms(term: Term, *, wide: bool = False) -> list[Form]:
    """The forms of which one must be there; none for a term without letters. `wide`: also as the beginning of
    longer words."""
    cut = tokens(term.text)
    if not cut:
        return []
    last = cut[-1]
    single = len(cut) == 1 and len(last) == 1 and not last.isascii()
    longer = wide and not term.exact and last.isascii() and len(last) >= PREFIX_FROM and not last.isdigit()
    found: list[Form] = [(tuple(cut), single or longer)]
    if not term.exact and (sound := key(term.text.replace("'", "").replace("’", ""))) and len(sound) > 1:
        found.append(((SOUND + sound,), wide))
    return found


def author_forms(value: str) -> list[Form]:
    """As `forms`, for whoever wrote it: part of a name or an address."""
    cut = tokens(value)
    if not cut:
        return []
    found: list[Form] = [(tuple(FROM + token for token in cut), True)]
    if sound := [FROM + SOUND + part for part in sounds(value)]:
        found.append((tuple(sound), True))
    return found


# Particles, endings and the like are hiragana; what a question is about mostly is not.
_PARTS = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf々]+|[\u30a1-\u30ffー]+|[^\W_\u3041-\u309f]+")


def loosened(terms: Sequence[Term]) -> list[Term]:
    """The same without what stands between the words: 届け先の変更方法 as 届, 先, 変更方法."""
    found: list[Term] = []
    for term in terms:
        text = unicodedata.normalize("NFKC", term.text)
        whole = term.exact or term.without or text.isascii()
        parts = [] if whole else _PARTS.findall(text)
        found += [Term(part) for part in parts] or [term]
    return list(dict.fromkeys(found))


# ── in a text ─────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=512)
def pattern(term: Term) -> re.Pattern[str] | None:
    """Finds a term in a folded text, as the index does; None when it has no letters."""
    words = re.findall(r"[^\W_]+", fold(term.text)) or []
    if not words:
        return None
    ends = "" if not term.exact or not words[-1].isascii() else r"(?![^\W_])"
    begins = r"(?<![^\W_])" if words[0][0].isascii() else ""
    return re.compile(begins + r"[\W_]*".join(map(re.escape, words)) + ends)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text, marked when it is what was looked for."""

    text: str
    marked: bool


_CLUSTER = re.compile("(?s).[\u0300-\u036f\u3099\u309a\uff9e\uff9f]*")


def _places(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """Where terms stand in a text, in order, not overlapping."""
    if text.isascii():
        folded, starts = text.lower(), None
    else:
        parts, starts = [], []
        for cluster in _CLUSTER.finditer(text):
            part = fold(cluster[0])
            parts.append(part)
            starts += [cluster.start()] * len(part)
        folded = "".join(parts)
        starts.append(len(text))
    found = []
    for term in terms:
        wanted = None if term.without else pattern(term)
        for match in wanted.finditer(folded) if wanted else ():
            begin, end = match.span()
            found.append((begin, end) if starts is None else (starts[begin], starts[end]))
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(found):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        elif end > begin:
            merged.append((begin, end))
    return merged


def marked(text: str, terms: Sequence[Term]) -> list[Piece]:
    """The whole text, what was looked for marked."""
    return _cut(text, _places(text, terms), 0, len(text))


def excerpt(text: str, terms: Sequence[Term], length: int = 150) -> list[Piece]:
    """The part of a text where most of the terms stand together, about `length` characters; its beginning when
    none does."""
    text = " ".join(text[:100_000].split())
    places = _places(text, terms)
    if not places:
        return [Piece(text[:length] + ("…" if len(text) > length else ""), False)]
    best = max(places, key=lambda p: (sum(p[0] <= q[0] < p[0] + length * 3 // 4 for q in places), -p[0]))
    begin = _start(text, best[0], length)
    end = min(len(text), begin + length)
    pieces = _cut(text, places, begin, end)
    return [*([Piece("…", False)] if begin else []), *pieces, *([Piece("…", False)] if end < len(text) else [])]


def _start(text: str, place: int, length: int) -> int:
    begin = max(0, min(place - length // 4, len(text) - length))
    blank = text.find(" ", begin, place)
    return blank + 1 if begin and blank > 0 else begin


def _cut(text: str, places: Sequence[tuple[int, int]], begin: int, end: int) -> list[Piece]:
    pieces, at = [], begin
    for one, other in places:
        one, other = max(one, begin), min(other, end)
        if one >= other:
            continue
        pieces += [Piece(text[at:one], False), Piece(text[one:other], True)]
        at = other
    pieces.append(Piece(text[at:end], False))
    return [piece for piece in pieces if piece.text]
