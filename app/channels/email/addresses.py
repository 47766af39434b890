"""Address lists as they are really written (RFC 5322 section 3.4, and everything else).

One pass cuts a list into entries; each entry is then looked at on its own. Nothing is refused: what holds
no address is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.channels.email.types import Address
from app.channels.email.words import decode_words, one_line, raw_text

_BARE = re.compile(r"""[^\s<>()\[\],;:"'\\@][^\s<>(),;:"\\@]{0,128}@[^\s<>(),;:"'\\@]{1,255}""")
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.){1,128}"@[^\s<>(),;:"@]{1,255}')
_ANGLE_END = re.compile(r"[<>,;]")
_AFTER_QUOTE = re.compile(r'\s*(?:[<,;@(\[:]|\Z|=\?|[^\s"])|\s+')
_MAILTO = re.compile(r"(?i)\[?mailto:")
_ATOM = re.compile(r"[A-Za-z0-9._+-]{1,64}")
_COMMENT = re.compile(r"\((?:[^()\\]|\\.){0,300}\)")
_BLANKS = re.compile(r"\s+")
_EDGE = "\"' \t"
_WORDS_IN_A_NAME = 20
MOST = 20_000
"""Entries of one list that are read; the rest is left out."""
_MOST_SIGNS = 5 * MOST  # quotes, brackets and commas: four for a person with a quoted name


@dataclass(slots=True)
class _Entry:
    """One comma's worth: words outside the brackets, what is inside, comments."""

    words: list[str] = field(default_factory=list)
    angle: str | None = None
    comments: list[str] = field(default_factory=list)
    quoted: bool = False

    def phrase(self) -> str:
        return "".join(self.words)

    def is_blank(self) -> bool:
        return self.angle is None and not self.phrase().strip()


def parse_addresses(raw: bytes, hint: str = "") -> tuple[Address, ...]:
    """Every address in a header value, in order. `hint` is the mail's charset, for raw 8-bit names."""
    return _parse(raw_text(raw, hint), nested=False)


def parse_atoms(raw: bytes) -> tuple[Address, ...]:
    """Local users without a domain (`root`, `MAILER-DAEMON`), for when nothing else is there."""
    entries = _entries(raw_text(raw))
    words = [(e.angle or e.phrase()).strip(_EDGE) for e in entries]
    return tuple(
        Address(word, _name(entry.phrase() if entry.angle else "".join(entry.comments)))
        for word, entry in zip(words, entries, strict=True)
        if _ATOM.fullmatch(word)
    )


def _parse(text: str, *, nested: bool) -> tuple[Address, ...]:
    found: list[Address] = []
    waiting: list[str] = []  # "Doe" of `Doe, John <john@x>`
    for entry in _entries(text):
        address = _address(entry)
        if address is None and not nested and "=?" in entry.phrase():
            inner = decode_words(entry.phrase())
            found.extend(_parse(inner, nested=True) if "@" in inner else ())
            if "@" not in inner:
                waiting.append(entry.phrase())
        elif address is None:
            waiting.append(entry.phrase())
        else:
            if waiting and entry.angle is not None and not entry.quoted:
                name = ", ".join([*(w.strip() for w in waiting), entry.phrase().strip()])
                address = Address(address.address, _name(name))
            found.append(address)
            found.extend(_further(entry))
            waiting = []
    return tuple(found)


def _further(entry: _Entry) -> list[Address]:
    """The rest of `a@x b@y c@z`, where blanks are all that separates the addresses."""
    words = entry.phrase().split() if entry.angle is None and not entry.quoted else []
    if len(words) < 2 or not all(_BARE.fullmatch(word) for word in words):
        return []
    return [Address(_tidy(word)) for word in words[1:]]


def _address(entry: _Entry) -> Address | None:
    if entry.angle is not None:
        inside = _spec(entry.angle)
        phrase = entry.phrase()
        if inside:
            return Address(inside, _name(phrase) or _name(" ".join(entry.comments)))
        entry.angle = None
    phrase = _MAILTO.sub("", entry.phrase())
    bare = _QUOTED_LOCAL.search(phrase) or _BARE.search(phrase)
    if bare is None:
        return None
    rest = (phrase[: bare.start()] + " " + phrase[bare.end() :]).strip(" []<>'\"")
    if _BARE.search(rest):
        rest = ""
    return Address(_tidy(bare[0]), _name(rest) or _name(" ".join(entry.comments)))


def _spec(inside: str) -> str:
    """The address in angle brackets: blanks, `mailto:`, a route or second brackets removed."""
    text = _COMMENT.sub("", inside) if "(" in inside else inside
    text = _MAILTO.sub("", decode_words(text)).strip(" <>'\t")
    if "@[" not in text:
        text = text.strip("[]")
    if text.startswith("@") and ":" in text:  # RFC 5322 section 4.4: <@relay:user@host>
        text = text.rpartition(":")[2]
    quoted = _QUOTED_LOCAL.search(text)
    if quoted:
        return quoted[0]
    text = _BLANKS.sub("", text).strip('"')
    return _tidy(text) if 0 < text.find("@") < len(text) - 1 and len(text) <= 320 else ""


def _tidy(address: str) -> str:
    text = one_line(decode_words(address)).strip("'").rstrip(".>")
    return text if "[" in text else text.rstrip("]")


def _name(phrase: str) -> str:
    name = _BLANKS.sub(" ", one_line(decode_words(phrase))).strip()
    for _ in range(2):
        if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
            name = name[1:-1].strip()
    if name.count('"') == 1:
        name = name.strip('"').strip()
    return name if any(c.isalnum() for c in name) or not name.isascii() else ""


def _entries(text: str) -> list[_Entry]:
    """The list cut at its commas and semicolons, outside quotes, comments and brackets."""
    return _Cutter(text).entries()


_SPECIAL = re.compile(r'["(<>,;:\\]')


class _Cutter:
    __slots__ = ("entry", "found", "last_close", "last_group_end", "last_quote", "pos", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.entry = _Entry()
        self.found: list[_Entry] = []
        # Where the last closing sign of each kind stands: past it nothing is searched for, which keeps
        # a list of nothing but opening signs linear.
        self.last_quote = text.rfind('"')
        self.last_close = text.rfind(")")
        self.last_group_end = text.rfind(";")

    def entries(self) -> list[_Entry]:
        for _ in range(_MOST_SIGNS):
            special = _SPECIAL.search(self.text, self.pos)
            if special is None or len(self.found) >= MOST:
                break
            self.entry.words.append(self.text[self.pos : special.start()])
            self.pos = special.end()
            getattr(self, _HANDLERS[special[0]])()
        else:
            return self.found
        self.entry.words.append(self.text[self.pos :] if len(self.found) < MOST else "")
        self.close()
        return self.found

    def close(self) -> None:
        if not self.entry.is_blank():
            self.found.append(self.entry)
        self.entry = _Entry()

    def on_stray(self) -> None:
        pass

    def on_backslash(self) -> None:
        self.entry.words.append(self.text[self.pos : self.pos + 1])
        self.pos += 1

    def on_colon(self) -> None:
        """A group's name ends here, or it is a colon in a name, or `mailto:`."""
        if len(self.entry.words) > _WORDS_IN_A_NAME:
            self.entry.words.append(":")
            return
        phrase = self.entry.phrase()
        if _MAILTO.fullmatch(phrase.strip().rpartition(" ")[2] + ":"):
            self.entry.words.append(":")
        elif self.pos <= self.last_group_end and self.entry.angle is None and "@" not in phrase:
            self.entry = _Entry()
        else:
            self.entry.words.append(":")

    def on_angle(self) -> None:
        end = _ANGLE_END.search(self.text, self.pos)
        if self.text[self.pos : self.pos + 1] == "<":
            return
        if self.text[self.pos : self.pos + 1] == '"':
            quoted = _QUOTED_LOCAL.match(self.text, self.pos)
            end = _ANGLE_END.search(self.text, quoted.end()) if quoted else end
        elif self.text[self.pos : self.pos + 1] == "@" and end is not None and end[0] == ",":
            colon = self.text.find(":", self.pos, self.pos + 400)
            end = _ANGLE_END.search(self.text, colon) if colon > 0 else end
        elif end is not None and end[0] in ",;":
            end = _COMMENTED.match(self.text, self.pos) or end
        stop = end.end() - 1 if end else len(self.text)
        inside = self.text[self.pos : stop]
        self.pos = stop + 1 if end is not None and end[0].endswith(">") else stop
        self._take_angle(inside)

    def _take_angle(self, inside: str) -> None:
        if "@" not in inside:
            self.entry.words.append("<" + inside + ">" if inside.strip() else "")
            self.entry.angle = self.entry.angle or None
        elif self.entry.angle is None:
            self.entry.angle = inside
        else:  # a second address without a comma between
            self.close()
            self.entry.angle = inside

    def on_quote(self) -> None:
        start = self.pos
        if start > self.last_quote:
            return
        out, pos = [], start
        while (at := _QUOTE_END.search(self.text, pos)) is not None and at[0] != '"':
            out.append(self.text[pos : at.start()] + self.text[at.end() : at.end() + 1])
            pos = at.end() + 1
        if at is None:
            return
        content = "".join(out) + self.text[pos : at.start()]
        if "<" in content and "@" in content and not _ENDS_NAME.match(self.text, at.end()):
            return  # the quote was never closed: what follows it is the next entry's
        self.pos = at.end()
        if self.text[self.pos : self.pos + 1] == "@" and "@" not in content:
            content = self.text[start - 1 : self.pos]
        self.entry.words.append(content)
        self.entry.quoted = True

    def on_comment(self) -> None:
        depth, pos = 1, self.pos
        while depth and pos <= self.last_close:
            sign = _COMMENT_SIGN.search(self.text, pos)
            if sign is None:
                break
            depth += {"(": 1, ")": -1}.get(sign[0], 0)
            pos = sign.end()
        if depth and self.last_close >= self.pos:  # more opened than closed: up to the last one
            pos = self.last_close + 1
        elif depth:
            self.entry.words.append("(")
            return
        self.entry.comments.append(self.text[self.pos : pos - 1])
        self.pos = pos


_COMMENTED = re.compile(r"[^<>()]{0,300}\([^<>()]{0,300}\)[^<>(),;]{0,300}>")
_QUOTE_END = re.compile(r'["\\]')
_ENDS_NAME = re.compile(r"\s*(?:[<,;(@]|\Z)")
_COMMENT_SIGN = re.compile(r"\\.|[()]")
_HANDLERS = {
    '"': "on_quote",
    "(": "on_comment",
    "<": "on_angle",
    ">": "on_stray",
    ",": "close",
    ";": "close",
    ":": "on_colon",
    "\\": "on_backslash",
}
