"""Bytes without a usable label: what they probably are, by their letters or by statistics."""

from __future__ import annotations

import codecs
import re

_SAMPLE = 8 * 1024
# A UTF-8 letter that would be two odd signs in windows-1252, such as "Ã³".
_TWO_BYTES = re.compile(rb"[\xc3-\xc5][\x80-\xbf]")
_FEW = 6
_TWO_FOREIGN = re.compile(rb"[\x80-\xff]{2}")
_STATISTICAL = [
    "cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp874", "gb18030", "big5",
    "cp949", "iso8859_2", "cp866",
]  # fmt: skip


_RUSSIAN = re.compile("[а-яё]")
_RUSSIAN_WORD = re.compile("[А-ЯЁа-яё]{3,}")  # the letters of western languages stand alone, as in "é"
_COMMONEST = re.compile("[оеаинт]")  # 45 % of the letters of Russian text


def guess_russian(data: bytes) -> str | None:
    """Short Russian text, of which a statistical guess makes Hebrew or Greek."""
    for codec in ("cp1251", "koi8_r"):
        text = data[:_SAMPLE].decode(codec, "replace")
        foreign = sum(1 for c in text if c > "\x7f")
        lower = len(_RUSSIAN.findall(text))
        in_words = sum(len(word) for word in _RUSSIAN_WORD.findall(text))
        likely = lower > 3 and lower >= foreign * 0.8 and in_words >= foreign * 0.6
        if likely and len(_COMMONEST.findall(text)) >= lower * 0.35:
            return data.decode(codec, "replace")
    return None


def _is_western(data: bytes) -> bool:
    """Whether so few letters are foreign that windows-1252 is the best guess: all of them letters there, or
    each one alone, as no script of two bytes has them."""
    foreign = [bytes([b]).decode("cp1252", "replace") for b in data[:_SAMPLE] if b > 0x7F]
    return len(foreign) <= _FEW and (all(c.isalpha() for c in foreign) or _TWO_FOREIGN.search(data) is None)


def guess_by_statistics(data: bytes) -> str | None:
    """charset-normalizer over a sample, among the charsets that mail is really written in."""
    if (russian := guess_russian(data)) is not None:
        return russian
    if _is_western(data):
        return None
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE], cp_isolation=_STATISTICAL, steps=3, preemptive_behaviour=False).best()
    if best is None:
        return None
    mixed = decode_mixed(data) if best.encoding == "cp1252" else None
    return mixed if mixed is not None else data.decode(best.encoding, "replace")


def decode_mixed(data: bytes) -> str | None:
    """windows-1252 with pieces of UTF-8 in it, as where a footer of another charset was added to a text; None
    when there are no such pieces."""
    return data.decode("utf_8", "cp1252_pieces") if _TWO_BYTES.search(data) is not None else None


def _one_piece(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.start + 1]
    return bad.decode("cp1252", "ignore") or chr(bad[0]), error.start + 1


codecs.register_error("cp1252_pieces", _one_piece)
