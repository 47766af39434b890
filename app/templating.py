"""Templates of pages: how their sources become quick functions, and the small parts that all of them share.

Undefined names are errors, everything is escaped, strings are translated. A page writes out a thousand values; most
are plain words, so what Jinja does for each of them in general is done here for words first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape as escape_word
from pathlib import Path
from typing import Any

import jinja2
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup, escape

from app import i18n


def shown(value: object) -> str:
    """A value as it stands in HTML: as MarkupSafe's `escape`, which makes an object of each word it returns."""
    if type(value) is str:
        return escape_word(value)
    if type(value) is Markup:
        return value
    return str(value) if type(value) is int else escape(value)


class _Writer(CodeGenerator):
    """Writes `shown` around each value of a template, where Jinja itself writes `escape`."""

    def _output_child_pre(self, node: Any, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.shown(")


class Environment(jinja2.Environment):
    """Jinja's, with `shown`."""

    code_generator_class = _Writer
    newstyle_gettext: bool  # what the extension for strings asks: `said` fills values in
    shown = staticmethod(shown)


def environment(folder: Path, globals: Mapping[str, Any]) -> Environment:
    """The environment of all pages. `globals` has `static`: the address of a file by its name."""
    made = Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,
        cache_size=-1,
    )
    made.newstyle_gettext = True
    made.filters.update(short=i18n.short, full=i18n.full, clock=i18n.clock_time)
    made.globals.update(globals)
    made.globals.update(kept=_keeper(made))
    made.globals.update(_=said, gettext=said, ngettext=counted, drawn_icon=_icons(globals["static"]), drawn_face=face)
    return made


# ── strings ───────────────────────────────────────────────────────────────────────────────────────────


def said(message: str, /, **values: Any) -> Markup:
    """`_("…")`: a string in the language of the moment, its values escaped and filled in."""
    return _raw(i18n.gettext(message)) % values if values else _plain(i18n.gettext(message))


def counted(one: str, many: str, num: int, /, **values: Any) -> Markup:
    """`ngettext("…", "…", n)`: as `said`, for a number of things, which may stand in it as %(num)s."""
    return _raw(i18n.ngettext(one, many, num)) % {"num": num, **values}


def _raw(text: str) -> Markup:
    return Markup(text)  # noqa: S704  # out of our own catalogues and templates


@lru_cache(maxsize=4096)
def _plain(text: str) -> Markup:
    """A string without values; as in one with values, %% stands for %."""
    return _raw(text) % {}


# ── parts ─────────────────────────────────────────────────────────────────────────────────────────────


def _keeper(made: Environment) -> Callable[[str], Markup]:
    """What draws a template that says the same on every page: once in each language."""

    @lru_cache(maxsize=32)
    def drawn(name: str, locale: str) -> Markup:
        return _raw(made.get_template(name).render())

    return lambda name: drawn(name, i18n.locale())


def _icons(static: Any) -> Any:
    """What draws an icon out of the sprite: as often as words on a page, and always the same few."""

    @lru_cache(maxsize=1024)
    def icon(name: str, cls: str = "") -> Markup:
        more = f" {cls}" if cls else ""
        return Markup('<svg class="ic{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
            more, static("icons.svg"), name
        )

    return icon


@lru_cache(maxsize=1024)
def face(initials: str, us: bool = False, size: str = "", cls: str = "") -> Markup:
    """A person. us: a colleague, drawn as a square; else a customer, a circle."""
    more = (" face--us" if us else "") + (f" face--{size}" if size else "") + (f" {cls}" if cls else "")
    return Markup('<span class="face{}" aria-hidden="true">{}</span>').format(more, initials)
