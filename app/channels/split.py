"""Long texts in pieces that a channel takes, measured in the channel's own unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.text import plain

MEASURES: Mapping[str, Callable[[str], int]] = {
    "characters": len,
    "utf16": lambda text: len(text) + sum(character > "\uffff" for character in text),
    "bytes": lambda text: len(text.encode("utf-8", "surrogatepass")),
}
_BREAKS = ("\n\n", "\n", "。", "！", "？", ". ", "! ", "? ", "、", ", ", " ")  # best first; the cut is behind it


def length(text: str, unit: str) -> int:
    """How long a text is in characters, UTF-16 units (`utf16`) or UTF-8 bytes (`bytes`)."""
    return MEASURES[unit](text)


def split(text: str, limit: int, unit: str) -> list[str]:
    """The text in pieces of at most `limit` units, without empty ones.

    Pieces end at a paragraph, line, sentence or word where one ends in their second half; a user-visible
    character (surrogate pair, emoji family, flag, letter with its marks) is never divided, unless it is longer
    than a whole piece.
    """
    pieces = []
    rest = text.strip()
    while rest:
        end = _end(rest, limit, MEASURES[unit])
        piece, rest = rest[:end].rstrip(), rest[end:].lstrip()
        if piece:
            pieces.append(piece)
    return pieces


def _end(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """Where the first piece of a text ends."""
    if len(text) * 4 <= limit or measure(text) <= limit:
        return len(text)
    used, end, starts = 0, 0, set()
    for start, stop in plain.cluster_spans(text):
        starts.add(start)
        used += measure(text[start:stop])
        if used > limit:
            break
        end = stop
    if end == 0:
        return _within(text, limit, measure)
    for mark in _BREAKS:
        cut = text.rfind(mark, end // 2, end)
        if cut >= 0 and cut + len(mark) in starts:
            return cut + len(mark)
    return end


def _within(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """As many code points as fit, at least one: for a single character that alone is longer than a piece."""
    used = 0
    for index, character in enumerate(text):
        used += measure(character)
        if used > limit:
            return max(1, index)
    return len(text)
