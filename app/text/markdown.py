"""Markdown as agents write it in replies and articles, rendered to safe HTML."""

from markdown_it import MarkdownIt

from app.text.html import clean_html

# No raw HTML; a single line break is a line break, as in a mail; tables and strikethrough as on GitHub.
_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).enable(["table", "strikethrough"])


def render(markdown: str) -> str:
    """Safe HTML of a Markdown text; always passed through `clean_html`."""
    return clean_html(_PARSER.render(markdown))
