"""The parts of SMTP that need no connection: reading a mail's text, and the arguments of MAIL and RCPT."""

from __future__ import annotations

import re

END = b"\r\n.\r\n"
_PATH = re.compile(r"\s*(?:<(?P<angle>(?:\"(?:[^\"\\]|\\.)*\"|[^<>\"])*)>|(?P<bare>\S+))(?:\s+(?P<rest>.*))?\Z")
_SIZE = re.compile(r"[0-9]{1,20}")
_ROUTE = re.compile(r"@[^:]*:")  # <@relay:user@host>, RFC 5321, 4.1.2


class Text:
    """A mail's text as it comes, up to the lone dot (RFC 5321, 4.5.2).

    Only CR LF . CR LF ends it: a dot after a bare line feed must not, or one sender could smuggle in another's
    mail. One pass, whatever the length of the lines; beyond `limit` bytes nothing is kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = bytearray(b"\r\n")  # the end may come first: an empty text
        self._searched = 0
        self._end = -1
        self.too_big = False

    def take(self, chunk: bytes) -> bool:
        """Take what has come; whether the text is complete."""
        self._taken += chunk
        self._end = self._taken.find(END, self._searched)
        if self._end >= 0:
            return True
        if len(self._taken) > self._limit * 4 // 3 + len(END):  # lines of one dot each travel as two
            self.too_big = True
            del self._taken[: -len(END)]
        self._searched = max(0, len(self._taken) - len(END) + 1)
        return False

    @property
    def rest(self) -> bytes:
        """What the client sent beyond the end (pipelining)."""
        return bytes(self._taken[self._end + len(END) :])

    def content(self) -> bytes | None:
        """The text with its dots unstuffed; None when it is larger than the limit."""
        if self.too_big:
            return None
        content = bytes(self._taken[: self._end + 2].replace(b"\r\n.", b"\r\n"))[2:]
        return content if len(content) <= self._limit else None


def path(arg: str | None, keyword: str) -> tuple[str, str] | None:
    """(address, parameters) of a MAIL or RCPT command; the address may be empty. None when it is neither."""
    if not arg or arg[: len(keyword)].upper() != keyword:
        return None
    found = _PATH.match(arg[len(keyword) :])
    if not found:
        return None
    inside = (found["angle"] if found["angle"] is not None else found["bare"]).strip()
    address = _ROUTE.sub("", inside, count=1) if inside.startswith("@") else inside
    return address, found["rest"] or ""


def announced_size(parameters: str) -> int | None:
    """What SIZE= announces (RFC 1870: up to 20 digits), 0 without; None when it is no number."""
    said = next((word[5:] for word in parameters.upper().split() if word.startswith("SIZE=")), "0")
    return int(said) if _SIZE.fullmatch(said) else None


def together(answers: list[str]) -> str:
    """One answer for several inboxes: stored everywhere, else to be tried again (what is stored stays once)."""
    refusals = [answer for answer in answers if not answer.startswith("250")]
    if refusals:
        return refusals[0]
    return "250 2.0.0 Received " + ", ".join(answer.rpartition(" ")[2] for answer in answers)
