"""Where a quote is announced: attribution lines and header blocks, in whatever language.

Each question looks at a bounded number of lines and at a bounded length of them.
"""

import re
from dataclasses import dataclass, field

from app.text import quote_words as words
from app.text.marks import CUT

QUOTED = re.compile(r"[ \t\xa0]{0,4}[>＞]")
SOFT_QUOTED = re.compile(r"[ \t]{0,4}(?:[>＞|]|[A-Za-z]{1,4}>)")
# Direction marks, zero-width blanks and BOMs that programs set around names and dates.
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2069\ufeff"))
MAX_LINE = 400
_MAX_SPAN = 5
_MAX_HEAD = 800
_MAX_HEADER_LINES = 30
# Lines of a text that may be looked at closely; one with more is no letter any more.
_MAX_LOOKS = 2_000


@dataclass(slots=True)
class Lines:
    """The lines of one text, and how many of them have been looked at closely."""

    lines: list[str]
    looks: int = 0
    next_end: int = -1
    """The first line, from the last one asked about, with which an attribution may end."""
    whole: dict[int, bool] = field(default_factory=dict)
    """Of lines that were asked: whether one is an attribution by itself."""

    def following(self, index: int) -> int:
        """The next line from `index` that is not blank, or the number of lines."""
        while index < len(self.lines) and not self.lines[index].strip():
            index += 1
        return index


def is_header_block(text: Lines, start: int) -> bool:
    """Whether an unmarked header block (From, Sent, To, Subject) begins here."""
    kinds: list[str] = []
    address, end = False, min(len(text.lines), start + _MAX_HEADER_LINES)
    strays = 0
    for index in range(start, end):
        line = visible(text.lines[index][:MAX_LINE])
        kind = _header_kind(line)
        if kind is None:
            if not kinds:
                return False
            if not line.strip() and _header_kind(text.lines[min(index + 1, len(text.lines) - 1)][:MAX_LINE]) is None:
                break
            strays += 1 if line.strip() and "@" not in line and ";" not in line else 0
            if strays > 2:
                break
        elif kind in kinds:
            break
        else:
            kinds.append(kind)
        address = address or "@" in line or "mailto:" in line
    return _names_a_mail(kinds, address)


def _header_kind(line: str) -> str | None:
    match = words.HEADER.match(line)
    return words.HEADER_KINDS.get(match.group(1).strip().lower().replace("\xa0", " ")) if match else None


def _names_a_mail(kinds: list[str], address: bool) -> bool:
    """Whether header lines of these kinds speak of a mail, not of a journey from one place to another."""
    found = set(kinds) - {"other", "cc"}
    if len(found) < 2 or not found & {"from", "date"}:
        return False
    if len(found) >= 3:
        return address or "subject" in found
    return address and ("date" in found or found == {"from", "to"} or found == {"from", "subject"})


def attribution(text: Lines, start: int) -> int:
    """The end of an attribution line that begins here and may be wrapped over five lines; 0 if none does."""
    last = min(start + _MAX_SPAN, len(text.lines))
    if not _ends_before(text, start, last):
        return 0
    joined, strict = "", None
    for index in range(start, last):
        line = text.lines[index]
        if not line.strip() and _goes_on_below(text, start, index):
            continue
        wrapped_mark = index > start and QUOTED.match(line) is not None
        if not line.strip() or len(line) > MAX_LINE or (wrapped_mark and not _is_open(joined)):
            return 0
        line = visible(line).strip()
        joined = f"{joined} {line}" if joined else line
        if text.looks > _MAX_LOOKS or len(joined) > _MAX_HEAD or not _may_end(text, index):
            continue
        text.looks += 1
        if strict is None:
            strict = words.OPENER.match(visible(text.lines[start][:MAX_LINE])) is not None
        if not strict and not _could_be(text, start, index, joined):
            return 0
        if _introduces(text, joined, index + 1, strict):
            return 0 if index > start and _starts_later(text, start + 1, index) else index + 1
    return 0


def _could_be(text: Lines, start: int, index: int, joined: str) -> bool:
    """Whether joined lines that do not open like an attribution may be one by their content."""
    if words.COLON_END.search(joined[-20:]) is None or (index > start and _is_whole(text, index)):
        return False
    return words.ADDRESS.search(joined) is not None or words.VERB.search(joined) is not None


def visible(line: str) -> str:
    """A line without the signs that programs set around names and dates."""
    return line if line.isascii() else line.translate(INVISIBLE)


def _ends_before(text: Lines, start: int, last: int) -> bool:
    """Whether an attribution that begins at `start` may end before line `last`. Each line is asked once, for
    `start` only grows."""
    if text.next_end < start:
        text.next_end = start
        while text.next_end < len(text.lines) and not _may_end(text, text.next_end):
            text.next_end += 1
    return text.next_end < last


def _goes_on_below(text: Lines, start: int, index: int) -> bool:
    """Whether a blank line is inside an attribution: below a line that opens one, above the address."""
    below = text.lines[index + 1].strip() if index + 1 < len(text.lines) else ""
    return index == start + 1 and below.startswith("<") and words.OPENER.match(text.lines[start][:MAX_LINE]) is not None


def glued_head(text: Lines, start: int) -> tuple[str, str]:
    """What was written and the attribution, when one line above marked lines holds both; else "" and ""."""
    line = text.lines[start]
    if len(line) > MAX_LINE or not words.COLON_END.search(line[-20:]) or words.OPENER.match(line):
        return "", ""
    after = text.following(start + 1)
    if after >= len(text.lines):
        return "", ""
    match = words.GLUED.match(line) if QUOTED.match(text.lines[after]) else None
    head = line[match.end() :] if match is not None else ""
    if match is None or not words.VERB.search(head[-40:]) or not _introduces(text, head, after, True):
        return "", ""
    return match["written"], head


def _is_open(joined: str) -> bool:
    """Whether an address was opened by "<" and its ">" is still to come, on a line of its own."""
    return joined.count("<") > joined.count(">")


def _may_end(text: Lines, index: int) -> bool:
    """Whether an attribution can end with this line: by a colon, or because marked lines follow."""
    tail = text.lines[index][-12:].rstrip(' \t*_"”)]\u202c\u200e\u200f')
    if not tail:
        return False
    if tail[-1] in ":：":
        return True
    after = text.following(index + 1)
    return after < len(text.lines) and (QUOTED.match(text.lines[after]) is not None or CUT in text.lines[after])


def _is_whole(text: Lines, index: int) -> bool:
    """Whether one line opens like an attribution and is a complete one, so that none above it belongs to it."""
    known = text.whole.get(index)
    if known is None:
        line = visible(text.lines[index]).strip()
        known = words.OPENER.match(line) is not None and _introduces(text, line, index + 1, True)
        text.whole[index] = known
    return known


def _starts_later(text: Lines, start: int, end: int) -> bool:
    """Whether a line after the first is the true beginning: it opens like one and is complete."""
    for later in range(start, end + 1):
        line = text.lines[later].strip()
        if words.OPENER.match(line) and not words.OPENER.match(text.lines[later - 1].strip()):
            joined = " ".join(part.strip() for part in text.lines[later : end + 1])
            return (_introduces(text, joined, end + 1, True) and joined[:1].isupper()) or joined[:1].isdigit()
    return glued_head(text, end)[1] != ""


def _introduces(text: Lines, joined: str, after: int, strict: bool) -> bool:
    """Whether joined lines are an attribution, given what stands behind them."""
    colon = words.COLON_END.search(joined[-20:]) is not None
    if not colon and not strict:
        return False
    if joined.count("<") != joined.count(">") and "<" in joined:
        return False
    verb = words.VERB.search(joined) is not None
    address = words.ADDRESS.search(joined) is not None
    date, moment = words.DATE.search(joined) is not None, words.TIME.search(joined) is not None
    following = text.following(after)
    ended = following >= len(text.lines)
    if ended or SOFT_QUOTED.match(text.lines[following]) or CUT in text.lines[following]:
        if colon and (verb or address or (date and moment)):
            return not ended or address or (date and verb)
        return not ended and strict and (date or address) and (verb or (address and joined[-1] in ">)"))
    if not colon:
        return False
    if words.UNDATED.fullmatch(joined):
        return True
    if verb:
        return (date and address) or (moment and words.FULL_DATE.search(joined) is not None)
    return date and address and (moment or (strict and joined[-3:].find(">") >= 0)) and (strict or "<" in joined)
