"""Texts as pages draw them: the one door through which what somebody wrote becomes markup that a template trusts."""

from __future__ import annotations

from markupsafe import Markup

from app.text import markdown, plain


def text(written: str, *, marked: bool = False) -> Markup:
    """What somebody wrote, escaped, addresses as links; with its marks (Markdown, cleaned) where it is `marked`."""
    shown = markdown.shown(written) if marked else plain.text_to_html(written)
    return Markup(shown)  # noqa: S704  # escaped or cleaned by either


def leaving(written: str) -> Markup:
    """The very HTML that a marked text leaves with, for a preview of it."""
    return Markup(markdown.render(written))  # noqa: S704  # cleaned there
