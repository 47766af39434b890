"""Markdown as agents write it in replies and articles, rendered to safe HTML."""

import re
import unicodedata
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType

from app.text.html import clean_html
from app.text.plain import find_urls, strip_controls, text_to_html

_MAX_CHARS = 200_000
_KEPT_CHARS = 20_000  # longer texts are not kept ready
# What could be a mark at all: a text without any of these reads the same as plain text.
_MARK = re.compile(
    r"[*_`~\[\]|\\<&]|^ {0,3}(?:#{1,6}(?:\s|$)|>|[-+](?:\s|$)|\d{1,9}[.)](?:\s|$)|[-=]+\s*$)|^(?: {4}|\t)|  $", re.M
)


def render(markdown: str) -> str:
    """Safe HTML of a Markdown text of at most 200,000 characters; always passed through `clean_html`.

    CommonMark with tables and strikethrough, without raw HTML. A line break is a line break, as in a mail,
    and bare web addresses become links.
    """
    return clean_html(_PARSER.render(strip_controls(markdown[:_MAX_CHARS])))


def shown(markdown: str) -> str:
    """As `render`, for screens that show the same texts again and again, most of which have no marks."""
    if not _MARK.search(markdown):
        return text_to_html(markdown)
    return _ready(markdown) if len(markdown) <= _KEPT_CHARS else render(markdown)


@lru_cache(maxsize=256)
def _ready(markdown: str) -> str:
    return render(markdown)


_AROUND = re.compile(r"(\*\*|__|~~|`)(?=\S)(.{1,2000}?)(?<=\S)\1")
_LINK = re.compile(r"!?\[([^\[\]\n]{1,500})\]\([^()\s]{1,2000}\)")
_BEFORE = re.compile(r"^ {0,3}(?:#{1,6}|>) +", re.M)


def bare(markdown: str) -> str:
    """The words of a text without its commonest marks, for the one line of it that a list shows.

    >>> bare("**Yes**, see [our page](https://example.com)")
    'Yes, see our page'
    """
    if not _MARK.search(markdown):
        return markdown
    return _BEFORE.sub("", _LINK.sub(r"\1", _AROUND.sub(r"\2", markdown[:2000])))


class _State(StateInline):
    """Emphasis beside Japanese brackets and stops: CommonMark waits there for a blank, which Japanese has not."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        found = super().scanDelims(start, canSplitWord)
        end = start + found.length
        before = self.src[start - 1] if start else " "
        behind = self.src[end] if end < self.posMax else " "
        if not canSplitWord or not (_wide(before) or _wide(behind)):
            return found
        return Scanned(not behind.isspace(), not before.isspace(), found.length)


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        """As the parser's own, with `_State`."""
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def _link_addresses(state: StateCore) -> None:
    """Bare addresses in text, outside links and code, become links."""
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _with_links(block.children)


def _with_links(children: list[Token]) -> list[Token]:
    linked: list[Token] = []
    depth = 0
    for token in children:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and depth == 0:
            linked.extend(_split(token))
        else:
            linked.append(token)
    return linked


def _split(token: Token) -> list[Token]:
    """A text token cut at the addresses in it."""
    parts: list[Token] = []
    done = 0
    for start, end, target in find_urls(token.content):
        parts.append(_text(token, token.content[done:start]))
        parts.append(Token("link_open", "a", 1, attrs={"href": target}, level=token.level))
        parts.append(_text(token, token.content[start:end]))
        parts.append(Token("link_close", "a", -1, level=token.level))
        done = end
    parts.append(_text(token, token.content[done:]))
    return parts


def _text(like: Token, content: str) -> Token:
    return Token("text", "", 0, content=content, level=like.level)


_PARSER = MarkdownIt("commonmark")
_PARSER.inline = _Inline()
_PARSER.configure("commonmark", {"html": False, "linkify": False, "breaks": True})  # the rules of the new part, too
_PARSER.enable(["table", "strikethrough"])
_PARSER.core.ruler.push("link_addresses", _link_addresses)
