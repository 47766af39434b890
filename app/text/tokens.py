"""The one way in which text becomes search terms, for what is stored and for what is asked.

NFKC and case folding make Ａ, A and a equal, é meets e; katakana folds to hiragana so that サポート and さぽーと meet;
Latin words and numbers are whole terms, runs of CJK characters become overlapping pairs. Both databases
index the result of this function, which is why they answer alike.
"""

import re
import unicodedata
from itertools import pairwise

_CJK = (
    "\u3005-\u3007\u3041-\u309f\u30a0-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
)
# Vowel signs of Thai and the Indic scripts are marks to Unicode and part of the word to everybody else.
_SIGNS = "\u0900-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_RUN = re.compile(rf"([{_CJK}]+)|((?:[^\W_{_CJK}]|[{_SIGNS}])+)")
_ACCENTS = re.compile("[\u0300-\u036f]")
_MAX_TOKEN = 64
_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)} | {0x30FD: 0x309D, 0x30FE: 0x309E}


def tokens(text: str) -> list[str]:
    """Search terms of a text, in order and with repetitions.

    >>> tokens("Ｒefund 返金して")
    ['refund', '返金', '金し', 'して']
    """
    folded = fold(text)
    found: list[str] = []
    for match in _RUN.finditer(folded):
        run, word = match.group(1), match.group(2)
        if word is not None:
            found.append(word[:_MAX_TOKEN])
        elif len(run) == 1:
            found.append(run)
        else:
            found.extend(map("".join, pairwise(run)))
    return found


def fold(text: str) -> str:
    """Text as search sees it: NFKC, case folded, accents off, katakana as hiragana, middle dots as blanks."""
    if text.isascii():
        return text.lower()
    normal = unicodedata.normalize("NFKC", text).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", normal))
    return unicodedata.normalize("NFKC", bare).translate(_HIRAGANA).replace("\u30fb", " ")


def stored(text: str) -> list[str]:
    """The terms under which a text is kept: its tokens, and after them each character that ends a run of CJK ones.

    Every character of a run begins a pair but the last, so that whoever asks for a single one finds it as the
    beginning of a term.

    >>> stored("返金した鍋")
    ['返金', '金し', 'した', 'た鍋', '鍋']
    """
    runs = (match.group(1) for match in _RUN.finditer(fold(text)))
    return [*tokens(text), *dict.fromkeys(run[-1] for run in runs if run and len(run) > 1)]
