"""Header fields as we write them: RFC 5322 with encoded words (RFC 2047), folded, and nothing smuggled in.

The standard library's new policies fold a long Message-ID in References into encoded words, which breaks the
thread at the other end; therefore fields are written here and only the body is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.header import Header

from app.text import plain

_WIDTH = 76
_ID = re.compile(r"<[!-;=?-~]{1,900}>")  # printable ASCII, one pair of brackets around it
_NAME = re.compile(r"[!-9;-~]{1,70}")
_LOCAL = r"""(?:"(?:[^"\\\r\n]|\\[^\r\n]){1,64}"|[^\s"<>(),:;\\\[\]@\x00-\x1f\x7f]{1,64})"""
_ADDRESS = re.compile(_LOCAL + r"""@[^\s<>(),;@"\x00-\x1f\x7f]{1,255}""")
_ATOMS = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")


class BadAddress(ValueError):
    """A recipient that no mail can be sent to."""


def field(name: str, value: str) -> str:
    """An unstructured field such as Subject, ending in CRLF. Control characters and line ends become blanks."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a header name: {name!r}")
    return f"{name}: {_text(one_line(value), len(name) + 2)}\r\n"


def ids(name: str, values: Iterable[str]) -> str:
    """In-Reply-To or References: one id on a line, those that are none left out; "" when none is left."""
    good = list(dict.fromkeys(v for v in values if _ID.fullmatch(v)))
    return f"{name}: " + "\r\n ".join(good) + "\r\n" if good else ""


def addresses(name: str, people: Iterable[tuple[str, str]]) -> str:
    """From, To, Cc: (address, display name) pairs, one on a line. Raises BadAddress."""
    return f"{name}: " + ",\r\n ".join(mailbox(address, shown) for address, shown in people) + "\r\n"


def mailbox(address: str, shown: str = "") -> str:
    """`Name <address>`, the name quoted or encoded as it needs. Raises BadAddress."""
    address, shown = checked(address), one_line(shown)[:200]
    if not shown:
        return address
    if not shown.isascii() or "=?" in shown:
        return f"{_text(shown, 10)} <{address}>"
    if not _ATOMS.fullmatch(shown):
        shown = '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{shown} <{address}>"


def checked(address: str) -> str:
    """The address as it goes over the wire, its domain in ASCII form. Raises BadAddress.

    Local parts are not judged beyond what would break the line: `a..b.@docomo.ne.jp` is a real person's.
    """
    address = address.strip()
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            address = f"{local}@{domain.encode('idna').decode()}"
        except UnicodeError:
            raise BadAddress(address) from None
    if not _ADDRESS.fullmatch(address) or domain.lower().rstrip(".").endswith(".invalid"):
        raise BadAddress(address)
    return address


def one_line(text: str) -> str:
    """Text fit for a header: one line, no control characters, blanks single."""
    return " ".join(plain.strip_controls(text).split())


def _text(text: str, used: int) -> str:
    """Folded, as encoded words when it is not plain ASCII, would be read as an encoded word, or cannot be folded."""
    words = text.split(" ")
    if text.isascii() and "=?" not in text and max(map(len, words)) < 900:
        return _folded(words, used)
    header = Header(text, "utf-8", maxlinelen=_WIDTH, header_name="x" * max(used - 2, 0))
    return header.encode(linesep="\r\n", maxlinelen=_WIDTH)


def _folded(words: Iterable[str], used: int) -> str:
    """Words on lines of at most 76 characters where they fit; the first one never goes to a line of its own."""
    lines: list[str] = []
    for word in words:
        if lines and used + len(lines[-1]) + 1 + len(word) <= _WIDTH:
            lines[-1] += f" {word}"
        else:
            used = 1 if lines else used
            lines.append(word)
    return "\r\n ".join(lines)
