"""Words that somebody may have meant: near ones among those that the desk's texts use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

import sqlalchemy as sa
from rapidfuzz import process
from rapidfuzz.distance import OSA

from app.db import Session
from app.text.tokens import fold
from app.tickets.search.index import words
from app.tickets.search.query import Query, Term

NEAR = 0.68  # of 1: one slip in a word of four letters, two in one of seven
MOST = 40_000  # words that are compared
TRIES = 3

_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}


def instead(db: Session, query: Query, known: Callable[[Term], bool]) -> Iterator[str]:
    """Other wordings of a query, the likeliest first. `known` tells whether a word alone finds something."""
    better: dict[str, list[str]] = {}
    for term in query.terms:
        if not term.without and not term.exact and not known(term) and (near := _near(db, term.text)):
            better[term.text] = near
    if not better:
        return
    for turn in range(TRIES):
        text = query.text
        for word, near in better.items():
            text = text.replace(word, near[min(turn, len(near) - 1)], 1)
        yield text


def _near(db: Session, written: str) -> list[str]:
    word = fold(written)
    if re.fullmatch("[\u3041-\u3096ー]{3,24}", word):
        word = word.translate(_KATAKANA)
        if not any("\u30a1" <= letter <= "\u30ff" for letter in unicodedata.normalize("NFKC", written)):
            return []
    elif not re.fullmatch(r"[^\W\d_]{4,24}", word) or word[0] >= "\u0250":
        return []
    query = sa.select(words.c.word).where(sa.func.length(words.c.word).between(len(word) - 2, len(word) + 2))
    same = query.where(words.c.word >= word[0], words.c.word < chr(ord(word[0]) + 1)).limit(MOST)
    return _closest(word, list(db.scalars(same))) or _closest(word, list(db.scalars(query.limit(MOST))))


def _closest(word: str, among: list[str]) -> list[str]:
    found = process.extract(word, among, scorer=OSA.normalized_similarity, score_cutoff=NEAR, limit=TRIES + 1)
    return [str(near) for near, _, _ in found if near != word]
