"""A linear look at raw HTML before any tree builder sees it.

HTML parsers take quadratic time on deep nesting and can multiply unclosed formatting elements into every
later paragraph (the "reconstruct the active formatting elements" step of the HTML standard, 13.2.4.3).
`is_heavy` models just enough of the tree builder to know a bound on depth and on that multiplication;
`strip_tags` is what is left for such documents: their text, without a tree.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

MAX_CHARS = 1_000_000
MAX_DEPTH = 400
MAX_WORK = 400_000
_FEW_TAGS = 500

# One tag from its "<" to its ">"; quotes count only after "=". Possessive, so that it never backtracks.
_TAG = re.compile(r"""</?([a-zA-Z][^\s/>]*+)(?:[^>"'=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+|["'])*+>""")
_COMMENT_END = re.compile("--!?>")
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
_DATA_URL = re.compile(r"data:[a-zA-Z0-9+./-]{1,80}(?:;[a-zA-Z0-9=-]{1,40}){0,4},[^\s\"'<>()]{100000,}+")

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())  # noqa: SIM905
# Opening one of these closes an open one of its kind, so they do not nest by themselves.
_IMPLIED = frozenset("p li dt dd tr td th tbody thead tfoot option optgroup rp rt html head body".split())  # noqa: SIM905
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())  # noqa: SIM905
_SCOPES = frozenset("table td th caption applet marquee object template svg math".split())  # noqa: SIM905
_INLINE = _FORMATTING | frozenset("span abbr sub sup q cite ins del label bdo bdi mark kbd samp var".split())  # noqa: SIM905
_BREAKS = frozenset("p div br li tr h1 h2 h3 h4 h5 h6 blockquote table ul ol hr dt dd".split())  # noqa: SIM905


@dataclass(slots=True)
class _Model:
    """The open elements and the active formatting elements, as far as bounding them needs."""

    stack: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    work: int = 0

    def open(self, name: str) -> None:
        self.work += len(self.active)
        if name in _VOID:
            return
        if name in _SCOPES:
            self.active.append("")
        elif name in _FORMATTING:
            self.active.append(name)
        if name not in _IMPLIED or name in _SCOPES:
            if name in ("td", "th"):
                self.close(name)
            self.stack.append(name)

    def close(self, name: str) -> None:
        self.work += 1
        if name in _FORMATTING:
            self._forget(name)
        for index in range(len(self.stack) - 1, -1, -1):
            seen = self.stack[index]
            if seen == name:
                for gone in self.stack[index:]:
                    if gone in _SCOPES:
                        self._unmark()
                del self.stack[index:]
                return
            if (seen in _SCOPES and name != "table") or (name in _INLINE and seen not in _INLINE):
                return

    def _forget(self, name: str) -> None:
        for index in range(len(self.active) - 1, -1, -1):
            if self.active[index] == name:
                del self.active[index]
                return
            if not self.active[index]:
                return

    def _unmark(self) -> None:
        while self.active and self.active.pop():
            pass


def prepared(html: str) -> str:
    """HTML fit for the parsers: no NULs, no lone surrogates, huge data: addresses out, 1 MB at most."""
    html = html.replace("\x00", "")
    if not html.isascii():
        html = html.encode("utf-8", "replace").decode("utf-8")
    if len(html) > MAX_CHARS:
        html = _DATA_URL.sub("", html)[:MAX_CHARS]
    return html


def is_heavy(html: str) -> bool:
    """Whether a tree of this HTML would be deeper, or multiply further, than any honest mail's."""
    if html.count("<") < _FEW_TAGS:
        return False
    model = _Model()
    for name, closing, _start, _end in scan(html):
        if closing:
            model.close(name)
        else:
            model.open(name)
        if len(model.stack) > MAX_DEPTH or len(model.active) > MAX_DEPTH or model.work > MAX_WORK:
            return True
    return False


def strip_tags(html: str) -> str:
    """The text of HTML without building a tree: a line at each block, entities resolved."""
    parts: list[str] = []
    done = 0
    for name, closing, start, end in scan(html):
        if name in _RAW and closing:
            done = end
            continue
        parts.append(html[done:start])
        if name in _BREAKS:
            parts.append("\n")
        done = end
    rest = html[done:]
    parts.append(rest.partition("<")[0])
    text = unescape("".join(parts)).replace("\xa0", " ")
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def scan(html: str) -> Iterator[tuple[str, bool, int, int]]:
    """Tags of raw HTML in order: (name, is an end tag, start, end); comments and raw text are passed over.

    Comments and declarations come with the name "!". An unfinished tag ends the scan, as for a parser.
    """
    position = 0
    while (start := html.find("<", position)) >= 0:
        lead = html[start + 1 : start + 3]
        if lead[:1].isascii() and (lead[:1].isalpha() or (lead[:1] == "/" and lead[1:].isalpha())):
            match = _TAG.match(html, start)
            if match is None:
                return
            name, closing = match[1].lower(), lead[0] == "/"
            position = match.end()
            yield name, closing, start, position
            raw = None if closing else _RAW.get(name)
            if raw is not None:
                finish = raw.search(html, position)
                if finish is None:
                    return
                position = finish.start()
        elif lead[:1] and lead[:1] in "!?/":
            finish = _COMMENT_END.search(html, start + 2) if html.startswith("<!--", start) else None
            end = finish.end() if finish is not None else html.find(">", start) + 1
            if end <= 0 or (finish is None and html.startswith("<!--", start)):
                return
            yield "!", False, start, end
            position = end
        else:
            position = start + 1
