"""RTF bodies of Outlook: unpacked ([MS-OXRTFCP]), and read as the HTML they wrap ([MS-OXRTFEX]) or as text."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from app.channels.email.charsets import decode

_PACKED, _PLAIN = 0x75465A4C, 0x414C454D
_MAX = 16 * 1024 * 1024
# The dictionary that both sides start with ([MS-OXRTFCP] section 2.1.2.1).
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def decompress(data: bytes) -> bytes:
    """The RTF in a PR_RTF_COMPRESSED value; b"" when it is none."""
    if len(data) < 16:
        return b""
    _, size, magic = struct.unpack_from("<III", data)
    if magic == _PLAIN:
        return data[16 : 16 + size]
    return _unpack(data[16:], min(size, _MAX)) if magic == _PACKED else b""


def _unpack(data: bytes, size: int) -> bytes:
    """LZFu: flags for eight steps, each a byte or a 12-bit place and a 4-bit length in the last 4 kB."""
    out = bytearray(_DICTIONARY)
    first = len(out)
    pos = 0
    while pos < len(data) and len(out) - first < size:
        flags = data[pos]
        pos += 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += data[pos : pos + 1]
                pos += 1
                continue
            token = int.from_bytes(data[pos : pos + 2], "big")
            pos += 2
            back = (len(out) - (token >> 4)) & 0xFFF
            if pos > len(data) or back == 0 or back > len(out):
                return bytes(out[first:])
            for _ in range((token & 15) + 2):
                out.append(out[-back])
    return bytes(out[first : first + size])


@dataclass(slots=True)
class RtfBody:
    text: str = ""
    html: str = ""


# A control word, a hex byte, an escaped sign, a brace, or text.
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|([^\\{}\r\n]+)|[\r\n]"
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict header footer object themedata datastore latentstyles generator "
    b"listtable listoverridetable rsidtbl xmlnstbl fldinst bkmkstart bkmkend mmathPr pntext".split()
)
_BREAKS = {b"par": "\n", b"line": "\n", b"tab": "\t", b"row": "\n", b"cell": "\t"}
_SIGNS = {
    b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"endash": "–",
    b"emdash": "—",
}  # fmt: skip


def rtf_to_body(data: bytes, codepage: str = "") -> RtfBody:
    """HTML when the RTF was made from it, else text."""
    if not data.startswith(b"{\\rtf"):
        return RtfBody()
    from_html = b"\\fromhtml1" in data[:1000]
    text = _Reader(data, codepage, from_html).read()
    return RtfBody(html=text) if from_html else RtfBody(text=text.strip())


@dataclass(slots=True)
class _Group:
    skipped: bool = False
    hidden: bool = False
    tag: bool = False
    unicode_skip: int = 1


class _Reader:
    """One pass over the tokens with a stack of groups."""

    def __init__(self, data: bytes, codepage: str, from_html: bool) -> None:
        self.data = data
        self.codepage = codepage or "cp1252"
        self.from_html = from_html
        self.out: list[str] = []
        self.raw = bytearray()  # hex bytes of one character may be two tokens
        self.group = _Group()
        self.stack: list[_Group] = []
        self.skip = 0
        self.fresh = False  # just after "{\*"

    def read(self) -> str:
        for token in _TOKEN.finditer(self.data):
            word, number, octet, sign, brace, text = token.groups()
            if octet is not None:
                self._byte(octet)
                continue
            if text is not None:
                self._plain(text)
                continue
            self._flush()
            if brace is not None:
                self._brace(brace)
            elif word is not None:
                self._word(word, int(number) if number else None)
            elif sign is not None:
                self._sign(sign)
        self._flush()
        return "".join(self.out)

    def _shown(self) -> bool:
        return not (self.group.skipped or self.group.hidden)

    def _flush(self) -> None:
        if self.raw:
            self.out.append(decode(bytes(self.raw), self.codepage))
            self.raw.clear()

    def _byte(self, octet: bytes) -> None:
        if self.skip:
            self.skip -= 1
        elif self._shown():
            self.raw.append(int(octet, 16))

    def _plain(self, text: bytes) -> None:
        if self.skip:
            text, self.skip = text[self.skip :], max(0, self.skip - len(text))
        if self._shown():
            self.raw += text

    def _brace(self, brace: bytes) -> None:
        if brace == b"{":
            self.stack.append(self.group)
            g = self.group
            self.group = _Group(g.skipped, g.hidden, g.tag, g.unicode_skip)
        elif self.stack:
            self.group = self.stack.pop()

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self.fresh = True
        elif self._shown():
            self.out.append({b"~": "\u00a0", b"_": "-", b"-": ""}.get(sign, sign.decode("latin-1")))

    def _word(self, word: bytes, number: int | None) -> None:
        fresh, self.fresh = self.fresh, False
        if word == b"htmltag" and fresh:
            self.group.tag, self.group.skipped = True, False
        elif word == b"htmlrtf":
            self.group.hidden = number != 0
        elif fresh or word in _SKIPPED:
            self.group.skipped = True
        elif word == b"ansicpg" and number:
            self.codepage = f"cp{number}"
        elif word == b"uc":
            self.group.unicode_skip = min(number or 0, 10)
        elif word == b"u" and number is not None:
            self._unicode(number & 0xFFFF)
        elif self._shown():
            self._write(word)

    def _write(self, word: bytes) -> None:
        if word in _SIGNS:
            self.out.append(_SIGNS[word])
        elif word in _BREAKS and not (self.from_html and not self.group.tag and word in (b"row", b"cell")):
            self.out.append(_BREAKS[word])

    def _unicode(self, code: int) -> None:
        self.skip = self.group.unicode_skip
        if not self._shown():
            return
        low = 0xDC00 <= code <= 0xDFFF
        if low and self.out and len(self.out[-1]) == 1 and 0xD800 <= ord(self.out[-1]) <= 0xDBFF:
            high = ord(self.out.pop())
            self.out.append(chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)))
        else:
            self.out.append(chr(code))
