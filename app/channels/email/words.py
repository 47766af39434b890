"""Header values to text: RFC 2047 encoded words, raw 8-bit, raw ISO-2022-JP."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from app.channels.email.charsets import decode
from app.channels.email.transfer import decode_base64

_WORD = re.compile(r"=\?([^?\s]{1,100})\?\s{0,3}([bBqQ])\s{0,3}\?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
# An escape that was folded in its middle.
_CUT_ESCAPE = re.compile(r"=[ \t\r\n]{0,3}([0-9A-F])[ \t\r\n]{1,3}([0-9A-F])")
_HEX = re.compile("[0-9A-Fa-f]{2}")
_LOOK = 200


@dataclass(slots=True)
class _Run:
    """Encoded words of one charset and encoding that follow each other, to be decoded as one: mailers
    cut them inside a character."""

    charset: str
    encoding: str
    payloads: list[str]

    def text(self) -> str:
        apart = self._decoded(self.payloads)
        if self.encoding == "b" and _is_cut_anywhere(self.payloads):
            together = self._decoded(["".join(self.payloads)])
            return min(together, apart, key=_damage)
        return apart

    def _decoded(self, payloads: list[str]) -> str:
        raw = b"".join(self._pieces(payloads))
        return decode(raw, self.charset.split("*")[0])

    def _pieces(self, payloads: list[str]) -> list[bytes]:
        if not all(p.isascii() for p in payloads):  # raw text inside: it has been decoded already
            return ["".join(payloads).replace("_", " ").encode("utf-8", "replace")]
        if self.encoding == "q":
            return [binascii.a2b_qp(_CUT_ESCAPE.sub(r"=\1\2", p), header=True) for p in payloads]
        return [decode_base64(p.encode()) for p in payloads]


def _is_cut_anywhere(payloads: list[str]) -> bool:
    """Whether words of base64 end in the middle of a group: cut there, or their padding is lost."""
    return any(len(p) % 4 for p in payloads[:-1]) and not any("=" in p for p in payloads[:-1])


def _damage(text: str) -> int:
    return text.count("\ufffd") + len(_CONTROL.findall(text))


def header_text(raw: bytes, hint: str = "") -> str:
    """A header value as one line of text. `hint` is the mail's own charset, for raw bytes."""
    return one_line(decode_words(raw_text(raw, hint)))


def raw_text(raw: bytes, hint: str = "") -> str:
    """A header value as text with its encoded words still in it."""
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    return decode(raw, None, hint=hint)


def one_line(text: str) -> str:
    """Control characters and line ends as single blanks, ends trimmed."""
    return _CONTROL.sub(" ", text).strip()


def decode_words(text: str) -> str:
    """RFC 2047 with the usual sins: no gap between words, blanks in them, no end to the last one."""
    if "=?" not in text:
        return text
    out: list[str] = []
    run: _Run | None = None
    pos = 0
    while (word := _WORD.search(text, pos)) is not None:
        end, after = _word_end(text, word.end(), word[2].lower())
        if end < 0:
            break
        gap = text[pos : word.start()]
        charset, encoding, payload = word[1].lower(), word[2].lower(), text[word.end() : end]
        if run is not None and gap.strip() == "" and (run.charset, run.encoding) == (charset, encoding):
            run.payloads.append(payload)
        else:
            if run is not None:
                out.append(run.text())
            out.append(gap if run is None or gap.strip() else "")
            run = _Run(charset, encoding, [payload])
        pos = after
    out.append(run.text() if run is not None else "")
    out.append(text[pos:])
    return "".join(out)


def _word_end(text: str, start: int, encoding: str) -> tuple[int, int]:
    """Where a word's payload ends and where the text after it begins; -1 when it is no word."""
    end = text.find("?=", start)
    if end < 0:
        tail = text[start:]
        if len(tail) > 500 or (" " in tail and encoding == "b"):
            return -1, -1
        return len(text) - (len(tail) - len(tail.rstrip("?"))), len(text)
    while encoding == "q" and _HEX.match(text, end + 2):  # a raw "?" before an escape is no end
        later = text.find("?=", end + 2, end + _LOOK)
        between = text[end + 2 : later] if later > 0 else " "
        if " " in between or "=?" in between:
            break
        end = later
    return end, end + 2
