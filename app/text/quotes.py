"""What a person newly wrote in a mail, apart from what was quoted and signed.

One pass over the lines. Each line is asked in turn: does a quote begin here, and how much of what follows
belongs to it? Blocks marked with ">" are taken out where they stand, so that answers between and below
them stay; what has no marks (an Outlook header block, an original message) runs to the end. When the mail
has HTML, its quote containers are drawn as marks first and the same pass reads them.

Every step looks at a bounded number of lines and at bounded lengths of them, so time is linear in the
text whatever it holds.
"""

import re
from dataclasses import dataclass, field

from app.text import quote_words as words
from app.text.htmltext import CUT, RESERVED, SIGNED
from app.text.quote_html import marked_text
from app.text.signatures import is_rule, split_signature

REPLY_MARKERS = {
    "en": "##- Please type your reply above this line -##",
    "ja": "##- この行より上にご返信をご記入ください -##",
}
"""The line at the top of every outgoing mail, by language; what stands below it in an answer is ours."""
REPLY_MARKER: str = REPLY_MARKERS["en"]

_MARKER = re.compile(
    r"[\s>|*]*(?:##- .{1,80} -##|[-=_#*\s]{0,12}(?:please )?(?:reply|respond"
    r"|type your reply) above this line\b.{0,40})",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[ \t\xa0]{0,4}[>＞]")
_SOFT_QUOTED = re.compile(r"[ \t]{0,4}(?:[>＞|]|[A-Za-z]{1,4}>)")
_DEPTH = re.compile(r"[ \t\xa0]*((?:[>＞][ \t]?)+)")
_DECORATED = re.compile(r"\s*>{2,}.*<{2,}\s*\Z")
_COMMAND = re.compile(
    r"\s*>{1,3}\s?(?:(?:sudo|npm|npx|yarn|pip3?|git|cd|ls|docker|curl|wget|python3?|node|apt(?:-get)?|brew"
    r"|make|cargo|go|ssh"
    r"|php|composer|ping|tracert|ipconfig|nslookup|import|from|print|def|for|SELECT|select|use|dir|rm|cat|echo)\b"
    r"[^?.!]{0,120}\Z|\w+\s?=\s?\S|[\w.]+\()"
)
_INVISIBLE = dict.fromkeys((8203, 8206, 8207, 8234, 8235, 8236, 8294, 8295, 8297, 65279))
_MAX_LINE = 400
_MAX_SPAN = 5
_MAX_HEADER_LINES = 30
# Beyond these a text is no letter any more: the rest is kept as it is.
_MAX_LINES = 20_000
_MAX_LOOKS = 2_000


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail's text in parts: newly written, quoted history, signature; and whether the rest is a forward."""

    new: str
    quoted: str = ""
    signature: str = ""
    forwarded: bool = False


@dataclass(slots=True)
class _Pass:
    """The lines of one text and what has been decided about them."""

    lines: list[str]
    new: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)
    forwarded: bool = False
    looks: int = 0

    def take_out(self, start: int, end: int) -> int:
        """Lines start..end are a quote; what is around them stays apart by one blank line."""
        self.quoted.extend(self.lines[start:end])
        while self.new and not self.new[-1].strip():
            self.new.pop()
        if self.new:
            self.new.append("")
        return self.following(end)

    def following(self, index: int) -> int:
        """The next line from `index` that is not blank, or the number of lines."""
        while index < len(self.lines) and not self.lines[index].strip():
            index += 1
        return index


def extract_reply(text: str, html: str | None = None) -> str:
    """What was newly written in a mail: without quotes, attribution lines and clear signatures.

    `text` is the plain body; with `html` its quote containers decide where the two agree. A mail that is
    only a quote, a forward or a signature comes back whole rather than empty.
    """
    plain = split_reply(text)
    if not html:
        return plain.new
    drawn, clear = marked_text(html)
    if not clear:
        return plain.new
    structured = _split(drawn)
    ours, theirs = _letters(plain.new), _letters(structured.new)
    if not theirs or ours == theirs or not _agree(ours, theirs):
        return plain.new
    return structured.new


def split_reply(text: str) -> Reply:
    """A plain text split into new, quoted and signature, for folding in the thread; `new` is never empty
    when the text is not."""
    return _split(text.translate(RESERVED))


def _split(text: str) -> Reply:
    """As `split_reply`, for text that may hold the marks of a drawn tree."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    run = _Pass([line if line == "-- " else line.rstrip() for line in lines])
    index = 0
    while index < min(len(run.lines), _MAX_LINES):
        index = _step(run, index)
    run.new.extend(run.lines[index:])
    written, signature = split_signature(run.new)
    signature += run.signature
    new, quoted, signed = _joined(written), _joined(run.quoted), _joined(signature)
    if new:
        return Reply(new, quoted, signed, run.forwarded)
    whole = _joined(run.lines)
    return Reply(signed, quoted, "", run.forwarded) if quoted and signed else Reply(whole)


def _joined(lines: list[str]) -> str:
    """Lines as one text: markers of the walk removed, blank runs and ends trimmed."""
    text = "\n".join(line.rstrip().lstrip(SIGNED) for line in lines if CUT not in line)
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n").strip()


def _step(run: _Pass, index: int) -> int:
    """Decides about the line at `index`; returns the index to go on with."""
    line = run.lines[index]
    if not line.strip():
        run.new.append(line)
        return index + 1
    if CUT in line:
        return _cut(run, index)
    if line[0] == SIGNED:
        run.signature.append(line[1:])
        return index + 1
    if _QUOTED.match(line):
        return _marked_block(run, index)
    short = line[:_MAX_LINE].translate(_INVISIBLE)
    if _MARKER.match(short):
        return _at_marker(run, index)
    if words.FORWARDED.match(short):
        run.forwarded = True
        return _cut(run, index)
    if words.ORIGINAL.match(short):
        after = run.following(index + 1)
        quoted = after < len(run.lines) and _QUOTED.match(run.lines[after]) is not None
        return run.take_out(index, after) if quoted else _cut(run, index)
    if _is_header_block(run, index):
        return _cut(run, index)
    end = _attribution(run, index)
    if end:
        return _after_attribution(run, index, end)
    run.new.append(line)
    return index + 1


def _cut(run: _Pass, index: int) -> int:
    """All from here on is quoted, and the rule drawn above it."""
    while run.new and (not run.new[-1].strip() or is_rule(run.new[-1])):
        run.new.pop()
    return run.take_out(index, len(run.lines))


def _at_marker(run: _Pass, index: int) -> int:
    """Our own line: what is above it is the answer, unless nothing is."""
    if any(line.strip() for line in run.new):
        _drop_attribution_above(run)
        return _cut(run, index)
    return run.take_out(index, index + 1)


def _drop_attribution_above(run: _Pass) -> None:
    """Removes a last written line that introduces what follows, in whatever language."""
    while run.new and not run.new[-1].strip():
        run.new.pop()
    last = run.new[-1] if run.new else ""
    if words.COLON_END.search(last[-40:]) and (
        words.ADDRESS.search(last[:_MAX_LINE]) or words.TIME.search(last[:_MAX_LINE])
    ):
        run.quoted.append(run.new.pop())


def _marked_block(run: _Pass, index: int) -> int:
    """A block of lines marked with ">", wrapped remains of them included."""
    end = index + 1
    while end < len(run.lines):
        if _QUOTED.match(run.lines[end]):
            end += 1
        elif not run.lines[end].strip():
            after = run.following(end)
            if after >= len(run.lines) or not _QUOTED.match(run.lines[after]):
                break
            end = after
        elif _is_overflow(run.lines, end):
            end += 1
        else:
            break
    if _is_no_quote(run, index, end):
        run.new.extend(run.lines[index:end])
        return end
    if _MARKER.match(run.lines[index][:_MAX_LINE]):
        _drop_attribution_above(run)
    return run.take_out(index, end)


def _is_overflow(lines: list[str], index: int) -> bool:
    """Whether a line without mark is the end of a marked line that a program wrapped."""
    line, before = lines[index], lines[index - 1]
    if index + 1 >= len(lines) or not _QUOTED.match(lines[index + 1]) or not _QUOTED.match(before):
        return False
    return len(line) <= 40 and len(before) >= 60 and before[-1] not in ".?!:。？！" and line[0].islower()


def _is_no_quote(run: _Pass, start: int, end: int) -> bool:
    """Whether lines that begin with ">" are something else: a prompt, an ornament, a broken link."""
    block = run.lines[start:end]
    if len(block) > 12:
        return False
    if all(_DECORATED.match(line[:_MAX_LINE]) or _COMMAND.match(line[:_MAX_LINE]) for line in block if line.strip()):
        return True
    before = run.lines[start - 1] if start else ""
    return "<http" in before and ">" not in before.partition("<http")[2]


def _is_header_block(run: _Pass, start: int) -> bool:
    """Whether an unmarked header block (From, Sent, To, Subject) begins here."""
    kinds: list[str] = []
    address, end = False, min(len(run.lines), start + _MAX_HEADER_LINES)
    strays = 0
    for index in range(start, end):
        line = run.lines[index][:_MAX_LINE].translate(_INVISIBLE)
        kind = _header_kind(line)
        if kind is None:
            if not kinds:
                return False
            if not line.strip() and _header_kind(run.lines[min(index + 1, len(run.lines) - 1)][:_MAX_LINE]) is None:
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


def _attribution(run: _Pass, start: int) -> int:
    """The end of an attribution line that begins here and may be wrapped over five lines; 0 if none does."""
    joined, strict = "", None
    for index in range(start, min(start + _MAX_SPAN, len(run.lines))):
        line = run.lines[index]
        wrapped_mark = index > start and _QUOTED.match(line) is not None
        if not line.strip() or len(line) > _MAX_LINE or (wrapped_mark and not _is_open(joined)):
            return 0
        line = line.translate(_INVISIBLE).strip()
        joined = f"{joined} {line}" if joined else line
        if run.looks > _MAX_LOOKS or not _may_end(run, index):
            continue
        run.looks += 1
        if strict is None:
            strict = _opens(run.lines[start], joined)
            if strict is None:
                return 0
        if _introduces(run, joined, index + 1, strict):
            return 0 if index > start and _starts_later(run, start + 1, index) else index + 1
        if not strict and line[-1:] in ".!?。！？":
            return 0
    return 0


def _is_open(joined: str) -> bool:
    """Whether an address was opened by "<" and its ">" is still to come, on a line of its own."""
    return joined.rfind("<") > joined.rfind(">")


def _may_end(run: _Pass, index: int) -> bool:
    """Whether an attribution can end with this line: by a colon, or because marked lines follow."""
    tail = run.lines[index][-12:].rstrip(' \t*_"”)]\u202c\u200e\u200f')
    if tail.endswith((":", "：")):
        return True
    after = run.following(index + 1) if index + 1 < len(run.lines) else index + 1
    return after < len(run.lines) and (_QUOTED.match(run.lines[after]) is not None or CUT in run.lines[after])


def _opens(first: str, joined: str) -> bool | None:
    """True when a line opens like an attribution, False when it could be one by its content, None if not."""
    if words.OPENER.match(first[:_MAX_LINE].translate(_INVISIBLE)):
        return True
    return False if words.ADDRESS.search(joined) or words.VERB.search(joined) else None


def _starts_later(run: _Pass, start: int, end: int) -> bool:
    """Whether a line after the first is the true beginning: it opens like one and is complete."""
    for later in range(start, end + 1):
        line = run.lines[later].strip()
        if words.OPENER.match(line) and not words.OPENER.match(run.lines[later - 1].strip()):
            joined = " ".join(part.strip() for part in run.lines[later : end + 1])
            return (_introduces(run, joined, end + 1, True) and joined[:1].isupper()) or joined[:1].isdigit()
    return False


def _introduces(run: _Pass, joined: str, after: int, strict: bool) -> bool:
    """Whether joined lines are an attribution, given what stands behind them."""
    if joined.count("<") != joined.count(">") and "<" in joined:
        return False
    colon = words.COLON_END.search(joined[-20:]) is not None
    verb = words.VERB.search(joined) is not None
    address = words.ADDRESS.search(joined) is not None
    date, moment = words.DATE.search(joined) is not None, words.TIME.search(joined) is not None
    following = run.following(after)
    ended = following >= len(run.lines)
    if ended or _SOFT_QUOTED.match(run.lines[following]) or CUT in run.lines[following]:
        if colon and (verb or address or (date and moment)):
            return not ended or address or (date and verb)
        return not ended and strict and (date or address) and (verb or (address and joined[-1] in ">)"))
    if not colon:
        return False
    if verb:
        return (date and address) or (moment and words.FULL_DATE.search(joined) is not None)
    return date and moment and address and (strict or "<" in joined)


def _after_attribution(run: _Pass, start: int, end: int) -> int:
    """Takes the attribution out; with marked lines behind it the pass goes on, else all the rest is quoted."""
    after = run.following(end)
    if after < len(run.lines) and _QUOTED.match(run.lines[after]):
        run.take_out(start, after)
        return _quote_behind(run, after)
    if after < len(run.lines) and _SOFT_QUOTED.match(run.lines[after]):
        while after < len(run.lines) and (_SOFT_QUOTED.match(run.lines[after]) or not run.lines[after].strip()):
            after += 1
        return run.take_out(start, after)
    return _cut(run, start)


def _quote_behind(run: _Pass, start: int) -> int:
    """A marked block that an attribution announced: a quote, whatever it looks like."""
    end = start
    while end < len(run.lines):
        after = run.following(end)
        if after < len(run.lines) and _QUOTED.match(run.lines[after]):
            end = after + 1
        elif end > start and after == end < len(run.lines) and _is_overflow(run.lines, end):
            end += 1
        else:
            break
    return run.take_out(start, end)


def _letters(text: str) -> str:
    """A text for comparing: letters and digits alone."""
    return re.sub(r"[\W_]+", "", text)


def _agree(one: str, other: str) -> bool:
    """Whether one of two texts is, by and large, part of the other."""
    short, long = sorted((one, other), key=len)
    return short in long or (len(short) > 40 and short[:40] in long)
