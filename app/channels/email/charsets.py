"""Bytes to text: what the label says, unless the bytes plainly say otherwise.

Labels follow the WHATWG Encoding Standard (latin-1 is windows-1252, gb2312 is gb18030, every kind of
Shift_JIS is cp932), because that is what the programs that write mail mean by them.
"""

from __future__ import annotations

import codecs
import re
from encodings.aliases import aliases as _python_aliases

from app.channels.email.guessing import decode_mixed, guess_by_statistics, guess_russian
from app.channels.email.japanese import (
    decode_euc,
    decode_jis,
    decode_sjis,
    guess_japanese,
    has_jis_escape,
    is_mostly_half_width,
)

_SQUEEZE = re.compile(r"[^a-z0-9]")
_BAD = re.compile("[\x00\ud800-\udfff]")
_THREE_BYTES = re.compile(rb"[\xe0-\xef][\x80-\xbf][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{3}")
_SAMPLE = 8 * 1024

_ALIASES: dict[str, tuple[str, ...]] = {
    "cp932": (
        "sjis", "xsjis", "shiftjis", "xshiftjis", "csshiftjis", "mskanji", "ms932", "windows31j",
        "cswindows31j", "windows932", "cp932", "shiftjis2004", "shiftjisx0213", "sjiswin", "932",
        "xmscp932", "cp943", "cp943c", "ibm943",
    ),
    "iso2022_jp": (
        "iso2022jp", "csiso2022jp", "iso2022jp1", "iso2022jp2", "iso2022jp3", "iso2022jp2004",
        "iso2022jpext", "iso2022jpms", "jis", "xjis", "cp50220", "cp50221", "cp50222", "iso2022",
        "isoiso2022jp",
    ),
    "euc_jp": ("eucjp", "xeucjp", "xeuc", "ujis", "eucjpms", "eucjpwin", "cp51932", "cseucpkdfmtjapanese"),
    "cp1252": ("iso88591", "latin1", "cp819", "l1", "ibm819", "iso885911987", "ansi", "xansi", "cp1252", "windows1252"),
    "ascii": ("usascii", "ascii", "ansix341968", "us", "iso646us", "ansix341986"),
    "cp1254": ("iso88599", "latin5", "cp1254", "windows1254"),
    "cp874": ("cp874", "iso885911", "tis620", "windows874", "tis6200", "xwindows874", "dos874"),
    "iso8859_8": ("iso88598", "iso88598i", "iso88598e", "csiso88598i", "logical", "visual", "hebrew"),
    "gb18030": (
        "gb2312", "gbk", "xgbk", "eucgb2312cn", "euccn", "xeuccn", "cngb", "gb23121980", "csgb2312", "cp936",
        "chinese", "gb18030", "gb231280", "iso58gb231280", "windows936", "ms936", "gb2312chinese",
    ),
    "cp949": (
        "ksc56011987", "ksc5601", "ksc56011989", "euckr", "cseuckr", "xwindows949", "windows949", "uhc",
        "korean", "ms949", "ksx1001", "isoir149",
    ),
    "cp950": ("big5", "cnbig5", "csbig5", "xxbig5", "big5eten", "windows950", "cp950"),
    "big5hkscs": ("big5hkscs", "hkscs"),
    "mac_roman": ("macintosh", "xmacroman", "mac", "macroman"),
    "utf_8": (
        "utf8", "unicode11utf8", "xunicode20utf8", "utf8mb4", "utfutf8", "utf", "cp65001", "utf8x", "utf08",
    ),
    "utf_7": ("utf7", "unicode11utf7", "csutf7"),
    "utf_16": ("utf16", "ucs2", "unicode", "iso10646ucs2", "csunicode"),
    "utf_16_le": ("utf16le", "unicodefffe"),
    "utf_16_be": ("utf16be", "unicodefeff"),
    "utf_32": ("utf32", "ucs4"),
    "utf_32_le": ("utf32le",),
    "utf_32_be": ("utf32be",),
}  # fmt: skip

# Text codecs that a mail may choose. Not the rest of Python's: punycode, idna, rot13, unicode_escape
# and the like are no charsets, and some of them are quadratic.
_PLAIN_CODECS = frozenset(
    [
        "cp037",
        "cp437",
        "cp500",
        "cp720",
        "cp737",
        "cp775",
        "cp850",
        "cp852",
        "cp855",
        "cp856",
        "cp857",
        "cp858",
        "cp860",
        "cp861",
        "cp862",
        "cp863",
        "cp864",
        "cp865",
        "cp866",
        "cp869",
        "cp1125",
        "cp1140",
        "cp1250",
        "cp1251",
        "cp1253",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "hz",
        "iso2022_kr",
        "iso8859_2",
        "iso8859_3",
        "iso8859_4",
        "iso8859_5",
        "iso8859_6",
        "iso8859_7",
        "iso8859_10",
        "iso8859_13",
        "iso8859_14",
        "iso8859_15",
        "iso8859_16",
        "johab",
        "koi8_r",
        "koi8_t",
        "koi8_u",
        "kz1048",
        "mac_cyrillic",
        "mac_greek",
        "mac_iceland",
        "mac_latin2",
        "mac_turkish",
        "ptcp154",
    ]
)


def _table() -> dict[str, str]:
    table = {_SQUEEZE.sub("", k): v for k, v in _python_aliases.items() if v in _PLAIN_CODECS}
    table.update({_SQUEEZE.sub("", name): name for name in _PLAIN_CODECS})
    table.update({alias: codec for codec, names in _ALIASES.items() for alias in names})
    return table


_CODECS = _table()
_JAPANESE = {"cp932": decode_sjis, "iso2022_jp": decode_jis, "euc_jp": decode_euc}
_SEVEN_BIT = frozenset({"utf_7", "hz", "iso2022_kr"})
_WIDE = frozenset({"utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"})
_WEAK = frozenset({"", "ascii", "cp1252"})
"""Labels that programs write without looking at the text."""
_BOMS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32_le"),
    (codecs.BOM_UTF16_LE, "utf_16_le"),
    (codecs.BOM_UTF16_BE, "utf_16_be"),
)


def codec_of(label: str | None) -> str:
    """The Python codec that a charset label means; "" when there is none or it is unknown."""
    key = _SQUEEZE.sub("", (label or "").lower()[:80])
    key = key.removeprefix("charset")
    found = _CODECS.get(key)
    if found is None and (number := re.fullmatch(r"x?(?:win|windows|cp|ibm|dos|codepage|msdos)?0*(\d{3,5})", key)):
        found = _CODECS.get("cp" + number[1]) or {"65001": "utf_8", "28591": "cp1252"}.get(number[1])
    return found or ""


def decode(data: bytes, label: str | None = None, *, hint: str = "", detect: bool = False) -> str:
    """Text of `data`. Never raises; no NUL and no lone surrogate is in the result.

    `hint` is a second label to believe when there is none (the body's, for a raw header); `detect` allows
    the slow statistical guess for text that nothing else explains.
    """
    text = _decode(data, codec_of(label), codec_of(hint), detect)
    return _BAD.sub("", text) if _BAD.search(text) else text


def _decode(data: bytes, codec: str, hint: str, detect: bool) -> str:
    for bom, named in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(named, "replace")
    if codec in _WIDE:
        return _decode_wide(data, codec, hint, detect)
    if data.isascii():
        return _decode_seven_bit(data, codec)
    if codec in _WEAK:
        return _decode_unlabelled(data, codec, hint, detect)
    utf8 = _strict(data, "utf_8")
    if utf8 is not None and (codec == "utf_8" or _is_surely_utf8(data)):
        return utf8
    if codec == "utf_8":
        return _decode_broken_utf8(data, hint, detect)
    if codec in _JAPANESE:
        return _decode_japanese(data, codec)
    return _decode_labelled(data, codec)


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, UnicodeError):
        return None


def _is_surely_utf8(data: bytes) -> bool:
    """Valid UTF-8 that is too regular to be anything else: two long sequences at least."""
    found = _THREE_BYTES.search(data)
    return bool(found and _THREE_BYTES.search(data, found.end()))


def _decode_seven_bit(data: bytes, codec: str) -> str:
    if codec in _SEVEN_BIT:
        return data.decode(codec, "replace")
    if b"\x1b" in data or b"\x0e" in data:
        return decode_jis(data)
    return data.decode("ascii")


def _decode_wide(data: bytes, codec: str, hint: str, detect: bool) -> str:
    """UTF-16 or UTF-32, with the byte order read from where the zero bytes are."""
    if data.count(0) * 8 < len(data) and _strict(data, "utf_8") is not None:
        return _decode(data, "utf_8", hint, detect)
    if codec == "utf_16":
        even, odd = data[0::2].count(0), data[1::2].count(0)
        codec = "utf_16_be" if even >= odd and even else "utf_16_le"
    elif codec == "utf_32":
        codec = "utf_32_be" if data[:1] == b"\0" else "utf_32_le"
    return data.decode(codec, "replace")


def _decode_unlabelled(data: bytes, codec: str, hint: str, detect: bool) -> str:
    """No label, or one that means nothing: UTF-8, the hint, Japanese, statistics, windows-1252."""
    text = _strict(data, "utf_8")
    if text is None and hint and hint not in _WEAK and hint != "utf_8":
        text = _JAPANESE[hint](data) if hint in _JAPANESE else _strict(data, hint)
    if text is None:
        text = guess_japanese(data, strong=codec == "cp1252")
    if text is None and codec != "cp1252" and _mostly_utf8(data):
        text = data.decode("utf_8", "replace")
    if text is None and codec != "cp1252":
        text = guess_by_statistics(data) if detect else guess_russian(data)
    if text is None:
        text = decode_mixed(data)
    return text if text is not None else _decode_labelled(data, "cp1252")


def _mostly_utf8(data: bytes) -> bool:
    text = data[:_SAMPLE].decode("utf_8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for c in text if c > "\x7f") - bad
    return bad * 3 <= good


def _decode_broken_utf8(data: bytes, hint: str, detect: bool) -> str:
    if _mostly_utf8(data) or _strict(data[:-3], "utf_8") is not None:
        return data.decode("utf_8", "replace")
    return _decode_unlabelled(data, "", hint, detect)


def _decode_japanese(data: bytes, codec: str) -> str:
    if codec == "iso2022_jp" and has_jis_escape(data):
        return decode_jis(data)
    text = _strict(data, codec) if codec != "iso2022_jp" else None
    if text is None or is_mostly_half_width(text):
        other = guess_japanese(data, strong=False)
        if other is not None:
            return other
    return _JAPANESE["cp932" if codec == "iso2022_jp" else codec](data)


def _decode_labelled(data: bytes, codec: str) -> str:
    text = _strict(data, codec)
    if text is not None:
        return text
    for wider in {"cp950": ("big5hkscs",), "iso8859_8": ("cp1255",), "iso8859_7": ("cp1253",)}.get(codec, ()):
        if (text := _strict(data, wider)) is not None:
            return text
    if codec == "cp1252":  # five bytes have no character there; WHATWG reads them as latin-1
        return data.decode("cp1252", "replace") if len(data) > _SAMPLE else _cp1252_with_gaps(data)
    return data.decode(codec, "replace")


def _cp1252_with_gaps(data: bytes) -> str:
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in data)
