"""Two versions of a text as one: what stayed, went and came. By lines first, then by words where lines changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

SAME, GONE, CAME = "same", "gone", "came"
MOST = 1_500  # words of a passage that are compared one by one; of longer ones the whole is told as another
_WORDS = re.compile(r"[^\W_a-zA-Z0-9]|[a-zA-Z0-9_'’-]+|\s|.", re.DOTALL)

Part = tuple[str, str]


def between(before: str, after: str) -> list[Part]:
    """[(same | gone | came, text)] in the order of reading. Pure.

    >>> between("It leaves today.", "It leaves on Friday.")
    [('same', 'It leaves '), ('gone', 'today'), ('came', 'on Friday'), ('same', '.')]
    """
    lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    return _joined(part for kind, old, new in _steps(*lines) for part in _passage(kind, "".join(old), "".join(new)))


def _steps(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        yield kind, before[a:b], after[c:d]


def _passage(kind: str, before: str, after: str) -> list[Part]:
    if kind == "equal":
        return [(SAME, before)]
    words = _WORDS.findall(before), _WORDS.findall(after)
    if kind != "replace" or max(map(len, words)) > MOST:
        return [(GONE, before), (CAME, after)]
    found: list[Part] = []
    for step, old, new in _steps(*words):
        found += [(SAME, "".join(old))] if step == "equal" else [(GONE, "".join(old)), (CAME, "".join(new))]
    return found


def _joined(parts: Iterator[Part]) -> list[Part]:
    """Neighbours of one kind as one; what is only a space between two changes belongs to both."""
    found: list[Part] = []
    for kind, text in parts:
        if text and found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + text)
        elif text:
            found.append((kind, text))
    return found
