"""HTML read as text: a walk over the parsed tree that keeps what a reader would see.

Paragraphs and lists stay apart, table rows are lines, a link shows its address only when its text does
not, hidden things are left out, mail quotes get their ">". Line breaks of the source between two CJK
characters vanish instead of becoming blanks.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.text.htmlguard import is_heavy, prepared, strip_tags

_SKIPPED = frozenset(
    "head script style title template noscript noframes noembed iframe object embed svg math audio video"  # noqa: SIM905
    " canvas select datalist textarea -comment".split()
)
_PARAGRAPH = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre table figure address hr".split())  # noqa: SIM905
_BLOCK = _PARAGRAPH | frozenset(
    "div section article aside header footer main nav center form fieldset li dt dd tr caption figcaption"  # noqa: SIM905
    " details summary body".split()
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|(?<!-)font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$|!)",
    re.IGNORECASE,
)
_NO_MARGIN = re.compile(r"(?:^|;)\s*margin(?:-bottom)?\s*:\s*0", re.IGNORECASE)
_PRE_STYLE = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE)
_CJK = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003ffff"
_CJK_BREAK = re.compile(rf"(?<=[{_CJK}])[ \t]*[\r\n]\s*(?=[{_CJK}])")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_INVISIBLE = re.compile("[\u00ad\u034f\u200b\u2060\ufeff]|[\u200c\u200d](?=[\\s\u200c\u034f\u00a0]|$)")
_CJK_START = re.compile(rf"[{_CJK}]")
_LEADING_BREAK = re.compile(r"[ \t]*[\r\n]")
_TRAILING_BREAK = re.compile(r"[\r\n]\s*\Z")
_SCHEME = re.compile(r"\A(?:mailto:|tel:|https?://)(?:www\.)?|\Awww\.")
_RULE = "-" * 10
_Leave = Callable[[], None]
_MAX_FRAMES = 24
_QUOTE_CLASSES = ("gmail_quote", "protonmail_quote", "tutanota_quote", "yahoo_quoted")


@dataclass(slots=True)
class _Frame:
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
class _Writer:
    """The state of one walk: nested frames, the rows being gathered, list counters, `pre` and link depth."""

    frames: list[_Frame] = field(default_factory=lambda: [_Frame()])
    rows: list[list[list[str]]] = field(default_factory=list)
    counters: list[int | None] = field(default_factory=list)
    pre: int = 0
    links: int = 0
    source_break: bool = False

    @property
    def frame(self) -> _Frame:
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
        self.source_break = _TRAILING_BREAK.search(text) is not None
        frame.write(_INVISIBLE.sub("", _SPACES.sub(" ", _CJK_BREAK.sub("", text))))


def html_to_text(html: str) -> str:
    """The readable text of an HTML document or fragment, at most about 1 MB of it; "" when it has none."""
    html = prepared(html)
    if is_heavy(html):
        return strip_tags(html)
    body = LexborHTMLParser(html).body
    return tree_to_text(body) if body is not None else ""


def tree_to_text(root: LexborNode, skip: Callable[[LexborNode], bool] | None = None) -> str:
    """The readable text below a node; nodes for which `skip` holds are left out with all they contain."""
    writer = _Writer()
    leaving: list[tuple[int, _Leave]] = []
    node: LexborNode | None = root
    while node is not None:
        if node.is_text_node:
            writer.text(node.text_content or "")
        elif _visible(node) and not (skip is not None and skip(node)):
            leave = _enter(writer, node)
            if leave is not None:
                leaving.append((node.mem_id, leave))
            if node.first_child is not None:
                node = node.first_child
                continue
        node = _following(node, root.mem_id, leaving)
    return "\n".join(writer.frames[0].finish())


def _following(node: LexborNode, root: int, leaving: list[tuple[int, _Leave]]) -> LexborNode | None:
    """The node after this one's subtree in document order; parents that end on the way are left."""
    current: LexborNode | None = node
    while current is not None:
        if leaving and leaving[-1][0] == current.mem_id:
            leaving.pop()[1]()
        if current.mem_id == root:
            return None
        if current.next is not None:
            return current.next
        current = current.parent
    return None


def _visible(node: LexborNode) -> bool:
    """Whether an element is of a kind that is read, and not hidden by an attribute or its style."""
    if node.tag in _SKIPPED:
        return False
    attributes = node.attributes
    return "hidden" not in attributes and not _HIDDEN.search(attributes.get("style") or "")


def _enter(writer: _Writer, node: LexborNode) -> _Leave | None:
    """Opens an element; what is returned closes it again."""
    tag = node.tag
    special = _SPECIAL.get(tag or "")
    if special is not None:
        return special(writer, node)
    pre = _PRE_STYLE.search(node.attributes.get("style") or "")
    if tag not in _BLOCK:
        return _enter_pre(writer, lambda: None) if pre else None
    end = writer.frame.end_paragraph if tag in _PARAGRAPH else writer.frame.end_line
    if tag == "p" and _is_tight(node):
        end = writer.frame.end_line
    end()
    return _enter_pre(writer, end) if pre or tag == "pre" else end


def _enter_pre(writer: _Writer, end: _Leave) -> _Leave:
    writer.pre += 1

    def leave() -> None:
        writer.pre -= 1
        end()

    return leave


def _is_tight(node: LexborNode) -> bool:
    """Whether a paragraph has no margin below: Word's, and those styled so."""
    attributes = node.attributes
    word = (attributes.get("class") or "").startswith("Mso")
    return word or _NO_MARGIN.search(attributes.get("style") or "") is not None


def _break(writer: _Writer, node: LexborNode) -> None:
    writer.frame.hard_break()


def _rule(writer: _Writer, node: LexborNode) -> None:
    writer.frame.end_line()
    writer.frame.write(_RULE)
    writer.frame.end_line()


def _picture(writer: _Writer, node: LexborNode) -> None:
    """Only what stands for text: emoji drawn as pictures, and pictures that are links."""
    alt = (node.attributes.get("alt") or "").strip()
    if alt and (writer.links or (len(alt) <= 8 and not alt.isascii() and not alt.isalnum())):
        writer.frame.write(_SPACES.sub(" ", alt[:200]))


def _link(writer: _Writer, node: LexborNode) -> _Leave:
    """A link: its text, and its address in brackets where the text does not already say it."""
    frame = writer.frame
    line_count, start = len(frame.lines), len(frame.line)
    href = (node.attributes.get("href") or "").strip()
    writer.links += 1

    def leave() -> None:
        writer.links -= 1
        written = [*frame.lines[line_count:], frame.line]
        written[0] = written[0][start:]
        shown = " ".join(written).strip()
        if shown and _adds_something(shown, href):
            gap = "" if frame.line.endswith(" ") else " "
            frame.line += f"{gap}({href[:2000]})"

    return leave


def _adds_something(shown: str, href: str) -> bool:
    """Whether a link's address tells more than its text."""
    if not href.lower().startswith(("http://", "https://", "mailto:", "tel:")):
        return False
    return _bare(href) not in _bare(shown)


def _bare(address: str) -> str:
    """An address without what differs between a link and how people write it."""
    text = unquote(address).lower().strip()
    if text.startswith("mailto:"):
        text = text.partition("?")[0]
    return re.sub(r"[\s()-]+", "", _SCHEME.sub("", text)).rstrip("/")


def _row(writer: _Writer, node: LexborNode) -> _Leave:
    frame = writer.frame
    frame.end_line()
    writer.rows.append([])

    def leave() -> None:
        cells = [cell for cell in writer.rows.pop() if cell]
        frame.end_line()
        if all(len(cell) == 1 for cell in cells):
            frame.put(["  ".join(cell[0] for cell in cells)] if cells else [])
        else:
            for cell in cells:
                frame.put(cell)

    return leave


def _cell(writer: _Writer, node: LexborNode) -> _Leave:
    if not writer.rows or len(writer.frames) > _MAX_FRAMES:
        writer.frame.end_line()
        return writer.frame.end_line
    row = writer.rows[-1]
    writer.frames.append(_Frame())
    return lambda: row.append(writer.frames.pop().finish())


def _list(writer: _Writer, node: LexborNode) -> _Leave:
    frame = writer.frame
    start = node.attributes.get("start") or "1"
    writer.counters.append(int(start) if node.tag == "ol" and re.fullmatch(r"\d{1,6}", start) else None)
    end = frame.end_paragraph if len(writer.counters) == 1 else frame.end_line
    end()

    def leave() -> None:
        writer.counters.pop()
        end()

    return leave


def _item(writer: _Writer, node: LexborNode) -> _Leave:
    frame = writer.frame
    frame.end_line()
    if len(writer.frames) > _MAX_FRAMES:
        return frame.end_line
    number = writer.counters[-1] if writer.counters else None
    mark = "- " if number is None else f"{number}. "
    if number is not None:
        writer.counters[-1] = number + 1
    writer.frames.append(_Frame())

    def leave() -> None:
        lines = writer.frames.pop().finish()
        frame.put([(mark if index == 0 else " " * len(mark)) + line for index, line in enumerate(lines)])

    return leave


def _quote(writer: _Writer, node: LexborNode) -> _Leave:
    """A mail's quote gets its marks; any other block quote is an indented paragraph to most writers."""
    frame = writer.frame
    attributes = node.attributes
    classes = attributes.get("class") or ""
    cited = (attributes.get("type") or "").lower() == "cite" or any(
        name in classes for name in _QUOTE_CLASSES
    )
    frame.end_paragraph()
    if not cited or len(writer.frames) > _MAX_FRAMES:
        return frame.end_paragraph
    writer.frames.append(_Frame())

    def leave() -> None:
        lines = writer.frames.pop().finish()
        frame.put([(">" if line.startswith(">") or not line else "> ") + line for line in lines])
        frame.end_paragraph()

    return leave


_SPECIAL: dict[str, Callable[[_Writer, LexborNode], _Leave | None]] = {
    "br": _break,
    "hr": _rule,
    "img": _picture,
    "a": _link,
    "tr": _row,
    "td": _cell,
    "th": _cell,
    "ul": _list,
    "ol": _list,
    "li": _item,
    "blockquote": _quote,
}
