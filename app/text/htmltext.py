"""HTML read as text: a walk over the parsed tree that keeps what a reader would see.

Paragraphs and lists stay apart, table rows are lines, a link shows its address only when its text does
not, hidden things are left out, mail quotes get their ">". Line breaks of the source between two CJK
characters vanish instead of becoming blanks.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.text.htmlframes import MAX_FRAMES, Frame, Leave, Writer
from app.text.htmlguard import is_heavy, prepared, strip_tags
from app.text.marks import CUT, SIGNED, Attributes, Mark, unreserved

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
_SCHEME = re.compile(r"\A(?:mailto:|tel:|https?://)(?:www\.)?|\Awww\.")
_RULE = "-" * 10
_QUOTE_CLASSES = ("gmail_quote", "protonmail_quote", "tutanota_quote", "yahoo_quoted")


def html_to_text(html: str) -> str:
    """The readable text of an HTML document or fragment, at most about 1 MB of it; "" when it has none."""
    html = prepared(html)
    if is_heavy(html):
        return strip_tags(html)
    body = LexborHTMLParser(unreserved(html)).body
    return tree_to_text(body) if body is not None else ""


def tree_to_text(root: LexborNode, mark: Callable[[LexborNode, Attributes], Mark] | None = None) -> str:
    """The readable text below a node.

    With `mark`, elements that it names are drawn: quotes with ">", cuts as a line `CUT`, signatures with
    `SIGNED` before each line.
    """
    writer = Writer()
    leaving: list[tuple[int, Leave]] = []
    node: LexborNode | None = root
    while node is not None:
        if node.is_text_node:
            writer.text(node.text_content or "")
        elif (tag := node.tag or "") not in _SKIPPED and not _is_hidden(attributes := node.attributes):
            if mark is None:
                leave = _enter(writer, node, tag, attributes)
            else:
                leave = _enter_marked(writer, node, tag, attributes, mark(node, attributes))
            if leave is not None:
                leaving.append((node.mem_id, leave))
            child = node.first_child
            if child is not None:
                node = child
                continue
        node = _following(node, root.mem_id, leaving)
    return "\n".join(writer.frames[0].finish())


def _following(node: LexborNode, root: int, leaving: list[tuple[int, Leave]]) -> LexborNode | None:
    """The node after this one's subtree in document order; parents that end on the way are left."""
    current: LexborNode | None = node
    while current is not None:
        here = current.mem_id
        if leaving and leaving[-1][0] == here:
            leaving.pop()[1]()
        if here == root:
            return None
        after = current.next
        if after is not None:
            return after
        current = current.parent
    return None


def _is_hidden(attributes: Attributes) -> bool:
    """Whether an element is hidden by an attribute or its style."""
    if not attributes:
        return False
    style = attributes.get("style")
    return "hidden" in attributes or (bool(style) and _HIDDEN.search(style or "") is not None)


def _enter(writer: Writer, node: LexborNode, tag: str, attributes: Attributes) -> Leave | None:
    """Opens an element; what is returned closes it again."""
    special = _SPECIAL.get(tag)
    if special is not None:
        return special(writer, node)
    style = attributes.get("style") if attributes else None
    pre = style is not None and _PRE_STYLE.search(style) is not None
    if tag not in _BLOCK:
        return _enter_pre(writer, lambda: None) if pre else None
    end = writer.frame.end_paragraph if tag in _PARAGRAPH else writer.frame.end_line
    if attributes and tag == "p" and _is_tight(attributes):
        end = writer.frame.end_line
    end()
    return _enter_pre(writer, end) if pre or tag == "pre" else end


def _enter_pre(writer: Writer, end: Leave) -> Leave:
    writer.pre += 1

    def leave() -> None:
        writer.pre -= 1
        end()

    return leave


def _is_tight(attributes: Attributes) -> bool:
    """Whether a paragraph has no margin below: Word's, and those styled so."""
    word = (attributes.get("class") or "").startswith("Mso")
    return word or _NO_MARGIN.search(attributes.get("style") or "") is not None


def _break(writer: Writer, node: LexborNode) -> None:
    writer.frame.hard_break()


def _rule(writer: Writer, node: LexborNode) -> None:
    writer.frame.end_line()
    writer.frame.write(_RULE)
    writer.frame.end_line()


def _picture(writer: Writer, node: LexborNode) -> None:
    """Only what stands for text: emoji drawn as pictures, and pictures that are links."""
    alt = (node.attributes.get("alt") or "").strip()
    if alt and (writer.links or (len(alt) <= 8 and not alt.isascii() and not alt.isalnum())):
        writer.frame.write(" ".join(alt[:200].split()))


def _link(writer: Writer, node: LexborNode) -> Leave:
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


def _row(writer: Writer, node: LexborNode) -> Leave:
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


def _cell(writer: Writer, node: LexborNode) -> Leave:
    if not writer.rows or len(writer.frames) > MAX_FRAMES:
        writer.frame.end_line()
        return writer.frame.end_line
    row = writer.rows[-1]
    writer.frames.append(Frame())
    return lambda: row.append(writer.frames.pop().finish())


def _list(writer: Writer, node: LexborNode) -> Leave:
    frame = writer.frame
    start = node.attributes.get("start") or "1"
    writer.counters.append(int(start) if node.tag == "ol" and re.fullmatch(r"\d{1,6}", start) else None)
    end = frame.end_paragraph if len(writer.counters) == 1 else frame.end_line
    end()

    def leave() -> None:
        writer.counters.pop()
        end()

    return leave


def _item(writer: Writer, node: LexborNode) -> Leave:
    frame = writer.frame
    frame.end_line()
    if len(writer.frames) > MAX_FRAMES:
        return frame.end_line
    number = writer.counters[-1] if writer.counters else None
    mark = "- " if number is None else f"{number}. "
    if number is not None:
        writer.counters[-1] = number + 1
    writer.frames.append(Frame())

    def leave() -> None:
        lines = writer.frames.pop().finish()
        frame.put([(mark if index == 0 else " " * len(mark)) + line for index, line in enumerate(lines)])

    return leave


def _enter_marked(writer: Writer, node: LexborNode, tag: str, attributes: Attributes, mark: Mark) -> Leave | None:
    """Opens an element that may be drawn as a quote, a cut or a signature."""
    if mark is Mark.QUOTE:
        return _prefixed(writer, _quote_line)
    if mark is Mark.SIGNATURE:
        return _prefixed(writer, lambda line: SIGNED + line)
    if mark is Mark.CUT:
        writer.frame.put([CUT])
    if tag != "blockquote":
        return _enter(writer, node, tag, attributes)
    writer.frame.end_paragraph()
    return writer.frame.end_paragraph


def _prefixed(writer: Writer, prefix: Callable[[str], str]) -> Leave:
    """Gathers an element's lines and puts them back with something before each."""
    frame = writer.frame
    frame.end_paragraph()
    if len(writer.frames) > MAX_FRAMES:
        return frame.end_paragraph
    writer.frames.append(Frame())

    def leave() -> None:
        frame.put([prefix(line) for line in writer.frames.pop().finish()])
        frame.end_paragraph()

    return leave


def _quote_line(line: str) -> str:
    return (">" if line.startswith(">") or not line else "> ") + line


def _quote(writer: Writer, node: LexborNode) -> Leave:
    """A mail's quote gets its marks; any other block quote is an indented paragraph to most writers."""
    attributes = node.attributes
    classes = attributes.get("class") or ""
    if (attributes.get("type") or "").lower() == "cite" or any(name in classes for name in _QUOTE_CLASSES):
        return _prefixed(writer, _quote_line)
    writer.frame.end_paragraph()
    return writer.frame.end_paragraph


_SPECIAL: dict[str, Callable[[Writer, LexborNode], Leave | None]] = {
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
