"""Japanese names in Latin letters: which reading a spelling stands for, however somebody spells it.

People write the same name as Sato, Satou, Satoh or Satō, as Shinji or Sinzi. `key` is one spelling for all of them
(Hepburn, long vowels short), made from kana, or from letters by way of the kana that they spell. The table is the
syllabary of Cabinet Notification No. 1 of 1954 with both its tables (Kunrei; Hepburn and Nihon), and the modern
syllables for foreign names.
"""

from __future__ import annotations

import re
from functools import lru_cache

from app.text.tokens import fold

_VOWELS = "aiueo"
_ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "s": "さしすせそ",
    "t": "たちつてと",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも",
    "r": "らりるれろ",
    "g": "がぎぐげご",
    "z": "ざじずぜぞ",
    "d": "だぢづでど",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}
_GLIDES = {"k": "き", "s": "し", "t": "ち", "n": "に", "h": "ひ", "m": "み", "r": "り"} | {
    "g": "ぎ",
    "z": "じ",
    "b": "び",
    "p": "ぴ",
}
_SMALL = {"a": "ゃ", "u": "ゅ", "o": "ょ"}
_MORE = {
    "ya": "や", "yu": "ゆ", "yo": "よ", "wa": "わ", "wo": "を", "shi": "し", "chi": "ち", "tsu": "つ", "fu": "ふ",
    "ji": "じ", "dzu": "づ", "zu": "ず", "sha": "しゃ", "shu": "しゅ", "sho": "しょ", "cha": "ちゃ", "chu": "ちゅ",
    "cho": "ちょ", "ja": "じゃ", "ju": "じゅ", "jo": "じょ", "jya": "じゃ", "jyu": "じゅ", "jyo": "じょ",
    "fa": "ふぁ", "fi": "ふぃ", "fe": "ふぇ", "fo": "ふぉ", "va": "ゔぁ", "vi": "ゔぃ", "vu": "ゔ", "ve": "ゔぇ",
    "vo": "ゔぉ", "she": "しぇ", "che": "ちぇ", "je": "じぇ", "wi": "うぃ", "we": "うぇ", "thi": "てぃ", "dhi": "でぃ",
}  # fmt: skip


def _spellings() -> dict[str, str]:
    found = {row + vowel: kana for row, five in _ROWS.items() for vowel, kana in zip(_VOWELS, five, strict=True)}
    for row, kana in _GLIDES.items():
        found |= {f"{row}y{vowel}": kana + small for vowel, small in _SMALL.items()}
    return found | _MORE


_KANA = _spellings()
_WRITTEN = {kana: letters for letters, kana in _KANA.items()} | {
    "し": "shi", "ち": "chi", "つ": "tsu", "ふ": "fu", "じ": "ji", "ぢ": "ji", "づ": "zu", "ず": "zu", "を": "o",
    "しゃ": "sha", "しゅ": "shu", "しょ": "sho", "ちゃ": "cha", "ちゅ": "chu", "ちょ": "cho", "じゃ": "ja",
    "じゅ": "ju", "じょ": "jo", "ゐ": "i", "ゑ": "e", "ゎ": "wa",
    "ぁ": "a", "ぃ": "i", "ぅ": "u", "ぇ": "e", "ぉ": "o", "ゃ": "ya", "ゅ": "yu", "ょ": "yo",
    "てぃ": "ti", "でぃ": "di", "ん": "n", "っ": "*",
}  # fmt: skip
_ONLY_KANA = re.compile("[\u3041-\u3096ー]+")
_LONG_H = re.compile(r"(?<=o)h(?![aiueoy])")
_M_FOR_N = re.compile(r"m(?=[bpm])")
_LONG = re.compile(r"(a)a+|(i)i+|(u)u+|(e)e+|(o)[ou]+")
LONGEST = 40


@lru_cache(maxsize=4096)
def kana(word: str) -> str | None:
    """The hiragana that Latin letters spell; None when they spell none.

    >>> kana("Hattori"), kana("Junichi"), kana("kettle")
    ('はっとり', 'じゅにち', None)
    """
    rest = _M_FOR_N.sub("n", _LONG_H.sub("", fold(word)))[:LONGEST]
    found = ""
    while rest:
        taken = next((n for n in (3, 2, 1) if rest[:n] in _KANA and len(rest) >= n), 0)
        if taken:
            found += _KANA[rest[:taken]]
        elif rest[0] == "n":
            found, taken = found + "ん", 1
        elif rest[:2] == "tc" or (rest[:1] == rest[1:2] and rest[0] not in _VOWELS):
            found, taken = found + "っ", 1
        else:
            return None
        rest = rest[taken:]
    return found or None


@lru_cache(maxsize=4096)
def key(word: str) -> str:
    """One spelling for all that a name may be written as, from kana or letters; "" when it is neither.

    >>> key("さとう"), key("Satoh"), key("SATOU"), key("サトウ"), key("kettle")
    ('sato', 'sato', 'sato', 'sato', '')
    """
    folded = fold(word)
    reading = (
        folded if _ONLY_KANA.fullmatch(folded) else kana(folded) if folded.isascii() and folded.isalpha() else None
    )
    if not reading:
        return ""
    letters, at = "", 0
    while at < len(reading):
        part = reading[at : at + 2] if reading[at : at + 2] in _WRITTEN else reading[at]
        letters += _WRITTEN.get(part, "")
        at += len(part)
    doubled = re.sub(r"\*(.)", lambda m: ("t" if m[1] == "c" else m[1]) + m[1], letters).replace("*", "")
    return _LONG.sub(lambda m: next(group for group in m.groups() if group), doubled)
