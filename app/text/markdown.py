"""Markdown as agents write it in replies and articles, rendered to safe HTML."""

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from app.text.html import clean_html
from app.text.plain import find_urls, strip_controls

_MAX_CHARS = 200_000


def render(markdown: str) -> str:
    """Safe HTML of a Markdown text of at most 200,000 characters; always passed through `clean_html`.

    CommonMark with tables and strikethrough, without raw HTML. A line break is a line break, as in a mail,
    and bare web addresses become links.
    """
    return clean_html(_PARSER.render(strip_controls(markdown[:_MAX_CHARS])))


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


_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).enable(["table", "strikethrough"])
_PARSER.core.ruler.push("link_addresses", _link_addresses)
