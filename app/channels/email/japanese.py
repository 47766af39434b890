"""Japanese charsets as mail really carries them.

Python's `iso2022_jp` and `euc_jp` refuse the NEC row (①㈱) and half-width katakana. Here everything that
is not plain JIS X 0208 takes a path through cp932, whose table has both, as the WHATWG Encoding Standard
does. Pictures of the old mobile carriers have no character of their own there: they become 〓.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"\x1b(\$\([A-Z@]|\$[@AB]|\([A-Z])")
_SOFTBANK = re.compile(rb"\x1b\$[EFGOPQ]([!-~]{1,40})\x0f")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SHIFTED = re.compile(rb"\x0e([^\x0f\r\n]*)\x0f?")
_GETA = "〓"

_HIGH = bytes(min(b | 0x80, 0xFF) if 0x21 <= b <= 0x7E else b for b in range(256))
# Where Python's JIS table and cp932 name another character for the same code (WHATWG takes cp932's).
_TO_CP932 = str.maketrans("〜‖−¢£¬—", "～∥－￠￡￢―")
_ROMAN = str.maketrans("\\~", "¥‾")


def has_jis_escape(data: bytes) -> bool:
    return _ESCAPE.search(data) is not None


def decode_sjis(data: bytes) -> str:
    """cp932, with carrier pictures and undefined codes as one 〓 or U+FFFD each."""
    if b"\x1b" in data:
        data = _SOFTBANK.sub(lambda m: b"\x81\xac" * len(m[1]), data)
    return _PRIVATE.sub(_GETA, data.decode("cp932", "replace"))


def decode_euc(data: bytes) -> str:
    try:
        return data.decode("euc_jp").translate(_TO_CP932)
    except UnicodeDecodeError:
        return _EUC_CHAR.sub(_one_euc, data.decode("latin-1"))


def decode_jis(data: bytes) -> str:
    """ISO-2022-JP with everything that is found in it: NEC row, half-width katakana by ESC ( I or by
    shift-out, JIS X 0212, raw Shift_JIS between the escapes, lines cut in two-byte mode."""
    data = _SOFTBANK.sub(lambda m: b"\x1b$B" + b"\x22\x2e" * len(m[1]) + b"\x1b(B", data)
    pieces = _ESCAPE.split(data)
    out = [_ascii(pieces[0])]
    last = len(pieces) - 2
    for i in range(1, len(pieces), 2):
        mode, run = pieces[i], pieces[i + 1]
        if mode.startswith(b"$"):
            goes_on = i < last and pieces[i + 2] in (b"(B", b"(J")
            out.append(_two_byte_lines(mode, run, goes_on))
        elif mode == b"(I":
            out.append(_katakana(run))
        elif mode == b"(J":
            out.append(_ascii(run).translate(_ROMAN))
        else:
            out.append(_ascii(run))
    return "".join(out)


def _ascii(run: bytes) -> str:
    if b"\x0e" in run:
        return "".join(_katakana(piece) if i % 2 else _ascii(piece) for i, piece in enumerate(_SHIFTED.split(run)))
    return run.decode("ascii") if run.isascii() else decode_sjis(run)


def _katakana(run: bytes) -> str:
    return "".join(chr(0xFF40 + b) if 0x21 <= b <= 0x5F else chr(b) for b in (c & 0x7F for c in run))


def _two_byte_lines(mode: bytes, run: bytes, goes_on: bool) -> str:
    """RFC 1468 falls back to ASCII at a line's end; a relay that folded a line inside the text leaves
    the closing escape further on, and then the next line is still Japanese."""
    if b"\n" not in run:
        return _two_byte(mode, run)
    first, rest = run.split(b"\n", 1)
    if goes_on:
        return "\n".join(_two_byte(mode, line) for line in (first, *rest.split(b"\n")))
    return _two_byte(mode, first) + "\n" + _ascii(rest)


_FOREIGN = {b"$A": "gb2312", b"$(C": "euc_kr"}


def _two_byte(mode: bytes, run: bytes) -> str:
    tail = ""
    if run.endswith(b"\r"):
        run, tail = run[:-1], "\r"
    high = run.translate(_HIGH)
    if mode in _FOREIGN:
        return high.decode(_FOREIGN[mode], "replace") + tail
    if mode == b"$(D":
        pairs = (b"\x8f" + high[i : i + 2] for i in range(0, len(high), 2))
        return b"".join(pairs).decode("euc_jp", "replace") + tail
    if mode in (b"$(O", b"$(P", b"$(Q"):
        return (b"\x1b" + mode + run).decode("iso2022_jp_2004", "replace") + tail
    return decode_euc(high) + tail


_EUC_CHAR = re.compile("\x8f[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]|[\xa1-\xfe]{2}|[\x80-\xff]")


def _one_euc(match: re.Match[str]) -> str:
    raw = match[0].encode("latin-1")
    if len(raw) == 3:
        return raw.decode("euc_jp", "replace")
    if len(raw) == 1:
        return "\ufffd"
    if raw[0] == 0x8E:
        return chr(0xFF40 + raw[1] - 0x80)
    return _PRIVATE.sub(_GETA, _to_sjis(raw[0] & 0x7F, raw[1] & 0x7F).decode("cp932", "replace"))[:1]


def _to_sjis(row: int, cell: int) -> bytes:
    """JIS X 0208 code (0x21–0x7E each) to Shift_JIS (JIS X 0208 appendix 1)."""
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    if row % 2:
        return bytes((lead, cell + (0x1F if cell < 0x60 else 0x20)))
    return bytes((lead, cell + 0x7E))


_KANA = re.compile("[ぁ-んァ-ヶー]")
_WIDE = re.compile("[ぁ-んァ-ヶー一-龥々、-〿！-～①-⑳]")
_HALF = re.compile("[｡-ﾟ]")
_NEITHER = re.compile("[^\x00-\x7f]")
_C1_KANJI = re.compile(rb"(?:[\x81\x88-\x9f][\x40-\x7e\x80-\xfc]|[\x00-\x7f])+")
_SAMPLE = 16 * 1024


def is_mostly_half_width(text: str) -> bool:
    """Whether a text is what other charsets look like when they are read as Shift_JIS."""
    half = len(_HALF.findall(text[:_SAMPLE]))
    return half > 4 and half > len(_WIDE.findall(text[:_SAMPLE]))


def guess_japanese(data: bytes, *, strong: bool) -> str | None:
    """Unlabelled bytes as Shift_JIS or EUC-JP, or None when they are neither.

    `strong` wants more proof, for text whose label says that it is western.
    """
    if has_jis_escape(data):
        return decode_jis(data)
    sample = data[:_SAMPLE]
    scored = sorted(((_score(read(sample), strong), read) for read in (decode_euc, decode_sjis)), key=lambda x: x[0])
    best, read = scored[-1]
    if best > 0:
        return read(data)
    kanji = sum(1 for b in sample if 0x81 <= b <= 0x9F)
    if not strong and kanji >= 2 and _C1_KANJI.fullmatch(sample):
        return decode_sjis(data)
    return None


def _score(text: str, strong: bool) -> float:
    """Positive when the text looks Japanese: kana, hardly anything undefined or half-width."""
    foreign = len(_NEITHER.findall(text))
    kana = len(_KANA.findall(text))
    if kana < (4 if strong else 1):
        return 0.0
    bad = text.count("\ufffd") + text.count(_GETA)
    half = len(_HALF.findall(text))
    good = len(_WIDE.findall(text)) - half / 2 - 3 * bad
    share = good / (foreign - half or 1)
    return share if share >= (0.8 if strong else 0.5) else 0.0
