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
from app.text.marks import CUT, SIGNED, unreserved
from app.text.quote_heads import (
    MAX_LINE,
    QUOTED,
    SOFT_QUOTED,
    Lines,
    attribution,
    glued_head,
    is_header_block,
    visible,
)
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
_DECORATED = re.compile(r"\s*>{2,}.*<{2,}\s*\Z")
_COMMAND = re.compile(
    r"\s*>{1,3}\s?(?:(?:sudo|npm|npx|yarn|pip3?|git|cd|ls|docker|curl|wget|python3?|apt(?:-get)?|brew|cargo|ssh|php"
    r"|composer|ping|tracert|ipconfig|nslookup|rm|cat|echo)\b[^?!。]{0,120}\Z"
    r"|import \w+\s*\Z|from [\w.]+ import\b|def \w+\(|SELECT .{1,200} FROM |for \w+ in \w+:|\w+\s?=\s?\S|[\w.]+\()"
)
# What wrapping makes of a link in a marked line: "(https://…) >", and "… (https://…" with its rest below.
_LINK_IN_BRACKETS = re.compile(r"\s*\(https?://[^\s()]+\)\s*>?\s*")
_OPEN_LINK = re.compile(r"\(https?://[^\s()]+\Z")
_SIGNS = "-=_*─━－—–~#:："
# Beyond these a text is no letter any more: the rest is kept as it is.
_MAX_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail's text in parts: newly written, quoted history, signature; and whether the rest is a forward."""

    new: str
    quoted: str = ""
    signature: str = ""
    forwarded: bool = False


@dataclass(slots=True)
class _Pass(Lines):
    """The lines of one text and what has been decided about them."""

    new: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)
    forwarded: bool = False

    def take_out(self, start: int, end: int) -> int:
        """Lines start..end are a quote; what is around them stays apart by one blank line."""
        self.quoted.extend(self.lines[start:end])
        while self.new and not self.new[-1].strip():
            self.new.pop()
        if self.new:
            self.new.append("")
        return self.following(end)


def extract_reply(text: str, html: str | None = None, *, derived: bool = False) -> str:
    """What was newly written in a mail: without quotes, attribution lines and clear signatures.

    `text` is the plain body; with `html` its quote containers decide where the two agree. A mail that is
    only a quote, a forward or a signature comes back whole rather than empty. `derived` says that `text`
    was made from `html`, so that the two need not be compared.
    """
    drawn, clear = marked_text(html) if html else ("", False)
    structured = _split(drawn) if clear else Reply("")
    if derived and structured.quoted and structured.new:
        return structured.new
    plain = split_reply(text)
    if not clear:
        return plain.new
    ours, theirs = _letters(plain.new), _letters(structured.new)
    if not theirs or ours == theirs or not _agree(ours, theirs):
        return plain.new
    return structured.new


def split_reply(text: str) -> Reply:
    """A plain text split into new, quoted and signature, for folding in the thread; `new` is never empty
    when the text is not."""
    return _split(unreserved(text))


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
    if QUOTED.match(line):
        return _marked_block(run, index)
    short = visible(line[:MAX_LINE])
    if _is_plain(short):
        end = attribution(run, index)
        if end:
            return _after_head(run, index, end)
        run.new.append(line)
        return index + 1
    return _at_sign(run, index, short)


def _is_plain(line: str) -> bool:
    """Whether a line has none of the signs of what announces a quote by itself; it may begin an attribution."""
    first = line.lstrip()
    return (
        first[:1].isalnum()
        and line[-1] not in _SIGNS
        and ":" not in line[:60]
        and "：" not in line[:60]
        and first[:8].lower() != "original"
        and "above this line" not in line.lower()
    )


def _at_sign(run: _Pass, index: int, short: str) -> int:
    """As `_step`, for a line that may be a rule, a marker, a header or an attribution."""
    line = run.lines[index]
    if _MARKER.match(short):
        return _at_marker(run, index)
    if words.FORWARDED.match(short):
        run.forwarded = True
        return _cut(run, index)
    if words.ORIGINAL.match(short) or words.RULED_HEAD.match(short):
        after = run.following(index + 1)
        quoted = after < len(run.lines) and QUOTED.match(run.lines[after]) is not None
        return run.take_out(index, after) if quoted else _cut(run, index)
    if is_header_block(run, index):
        return _cut(run, index)
    written, head = glued_head(run, index)
    if head:
        run.new.append(written)
        run.lines[index] = head
        return _after_head(run, index, index + 1)
    end = attribution(run, index)
    if end:
        return _after_head(run, index, end)
    run.new.append(line)
    return index + 1


def _cut(run: _Pass, index: int) -> int:
    """All from here on is quoted, and the rule drawn above it."""
    while run.new and (not run.new[-1].strip() or is_rule(run.new[-1])):
        run.new.pop()
    if run.new and words.RULED_NAME.match(run.new[-1][:MAX_LINE]):
        run.new.pop()
    return run.take_out(index, len(run.lines))


def _at_marker(run: _Pass, index: int) -> int:
    """Our own line: what is above it is the answer, unless nothing is."""
    if any(line.strip() for line in run.new):
        _drop_head_above(run)
        return _cut(run, index)
    return run.take_out(index, index + 1)


def _drop_head_above(run: _Pass) -> None:
    """Removes a last written line that introduces what follows, in whatever language."""
    while run.new and not run.new[-1].strip():
        run.new.pop()
    last = run.new[-1] if run.new else ""
    if words.COLON_END.search(last[-40:]) and (
        words.ADDRESS.search(last[:MAX_LINE]) or words.TIME.search(last[:MAX_LINE])
    ):
        run.quoted.append(run.new.pop())


def _marked_block(run: _Pass, index: int) -> int:
    """A block of lines marked with ">", wrapped remains of them included."""
    end = index + 1
    while end < len(run.lines):
        if QUOTED.match(run.lines[end]):
            end += 1
        elif not run.lines[end].strip():
            after = run.following(end)
            if after >= len(run.lines) or not QUOTED.match(run.lines[after]):
                break
            end = after
        elif _is_overflow(run.lines, end):
            end += 1
        else:
            break
    if _is_no_quote(run, index, end):
        run.new.extend(run.lines[index:end])
        return end
    if _MARKER.match(run.lines[index][:MAX_LINE]):
        _drop_head_above(run)
    return run.take_out(index, end)


def _is_overflow(lines: list[str], index: int) -> bool:
    """Whether a line without mark is the end of a marked line that a program wrapped."""
    line, before = lines[index], lines[index - 1]
    if index + 1 >= len(lines) or not QUOTED.match(lines[index + 1]) or not QUOTED.match(before):
        return False
    rest_of_link = _OPEN_LINK.search(before[-MAX_LINE:]) is not None and " " not in line.strip()
    if rest_of_link or _LINK_IN_BRACKETS.fullmatch(line[:MAX_LINE]):
        return True
    return len(line) <= 40 and len(before) >= 60 and before[-1] not in ".?!:。？！" and line[0].islower()


def _is_no_quote(run: _Pass, start: int, end: int) -> bool:
    """Whether lines that begin with ">" are something else: a prompt, an ornament, a broken link."""
    block = run.lines[start:end]
    if len(block) > 12:
        return False
    if all(_DECORATED.match(line[:MAX_LINE]) or _COMMAND.match(line[:MAX_LINE]) for line in block if line.strip()):
        return True
    before = run.lines[start - 1] if start else ""
    return "<http" in before and ">" not in before.partition("<http")[2]


def _after_head(run: _Pass, start: int, end: int) -> int:
    """Takes the attribution out; with marked lines behind it the pass goes on, else all the rest is quoted."""
    after = run.following(end)
    if after < len(run.lines) and QUOTED.match(run.lines[after]):
        run.take_out(start, after)
        return _quote_behind(run, after)
    if after < len(run.lines) and SOFT_QUOTED.match(run.lines[after]):
        while after < len(run.lines) and (SOFT_QUOTED.match(run.lines[after]) or not run.lines[after].strip()):
            after += 1
        return run.take_out(start, after)
    return _cut(run, start)


def _quote_behind(run: _Pass, start: int) -> int:
    """A marked block that an attribution announced: a quote, whatever it looks like."""
    end = start
    while end < len(run.lines):
        after = run.following(end)
        if after < len(run.lines) and QUOTED.match(run.lines[after]):
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
