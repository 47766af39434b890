"""Lines being gathered while an HTML tree is read as text."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

_CJK = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003ffff"
_CJK_BREAK = re.compile(rf"(?<=[{_CJK}])[ \t]*[\r\n]\s*(?=[{_CJK}])")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_INVISIBLE = re.compile("[\u00ad\u034f\u200b\u2060\ufeff]|[\u200c\u200d](?=[\\s\u200c\u034f\u00a0]|$)")
_CJK_START = re.compile(rf"[{_CJK}]")
_LEADING_BREAK = re.compile(r"[ \t]*[\r\n]")
_TRAILING_BREAK = re.compile(r"[\r\n]\s*\Z")
Leave = Callable[[], None]
MAX_FRAMES = 24


@dataclass(slots=True)
class Frame:
    """Lines being gathered: for the document, a table cell, a list item or a quote."""

    lines: list[str] = field(default_factory=list)
    line: str = ""
    blank_due: bool = False

    def write(self, text: str) -> None:
        """Text into the current line; a blank at the start of a line or after another one is dropped."""
        if not self.line or self.line[-1] == " ":
            text = text.lstrip(" ")
        if not text:
            return
        if self.blank_due:
            if self.lines and self.lines[-1]:
                self.lines.append("")
            self.blank_due = False
        self.line += text

    def end_line(self) -> None:
        """The current line is finished, if it has anything."""
        if self.line:
            self.lines.append(self.line.replace("\xa0", " ").rstrip())
            self.line = ""

    def end_paragraph(self) -> None:
        self.end_line()
        self.blank_due = True

    def hard_break(self) -> None:
        """A `<br>`: ends the line even when it is empty."""
        if self.line:
            self.end_line()
        elif self.lines and (self.lines[-1] or len(self.lines) < 2 or self.lines[-2]):
            self.lines.append("")

    def put(self, lines: list[str]) -> None:
        """Whole lines of a cell, an item or a quote that has been read."""
        self.end_line()
        if lines and self.blank_due and self.lines and self.lines[-1]:
            self.lines.append("")
        if lines:
            self.blank_due = False
            self.lines.extend(lines)

    def finish(self) -> list[str]:
        """The lines, without blank ones at either end."""
        self.end_line()
        first, last = 0, len(self.lines)
        while first < last and not self.lines[first]:
            first += 1
        while last > first and not self.lines[last - 1]:
            last -= 1
        return self.lines[first:last]


@dataclass(slots=True)
class Writer:
    """The state of one walk: nested frames, the rows being gathered, list counters, `pre` and link depth."""

    frames: list[Frame] = field(default_factory=lambda: [Frame()])
    rows: list[list[list[str]]] = field(default_factory=list)
    counters: list[int | None] = field(default_factory=list)
    pre: int = 0
    links: int = 0
    source_break: bool = False

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    def text(self, text: str) -> None:
        """A text node, blanks collapsed unless inside `pre`."""
        if self.pre:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self.frame.line += first
            for line in rest:
                self.frame.hard_break()
                self.frame.line += line.expandtabs()
            return
        frame = self.frame
        if self.source_break or _LEADING_BREAK.match(text):
            tail = frame.line.rstrip(" ")
            if tail and _CJK_START.match(tail[-1]) and _CJK_START.match(text.lstrip()):
                text, frame.line = text.lstrip(), tail
        self.source_break = text[-1:].isspace() and _TRAILING_BREAK.search(text) is not None
        if text.isascii():
            frame.write(_SPACES.sub(" ", text))
        else:
            frame.write(_INVISIBLE.sub("", _SPACES.sub(" ", _CJK_BREAK.sub("", text))))
