"""Templates: what is quick for words is still safe for everything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from markupsafe import Markup

from app import i18n, templating


class Drawn:
    """Something that draws itself."""

    def __html__(self) -> str:
        return "<b>&</b>"


class Word(str):
    """A word of a library, as form fields and rows may hold."""


@pytest.mark.parametrize(
    ("value", "html"),
    [
        ("<i>'\"&", "&lt;i&gt;&#x27;&quot;&amp;"),
        (Word("<i>"), "&lt;i&gt;"),
        (Markup("<i>"), "<i>"),
        (Drawn(), "<b>&</b>"),
        (7, "7"),
        (True, "True"),
        (None, "None"),
        (["<"], "[&#39;&lt;&#39;]"),
    ],
)
def test_values_are_escaped_unless_they_are_html(value: object, html: str) -> None:
    assert templating.shown(value) == html


def test_a_template_escapes_values_and_those_of_its_strings(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{{ word }}|{{ _('Reply to %(name)s', name=word) }}|{{ drawn_icon(word) }}")
    page = templating.environment(tmp_path, {"static": lambda name: f"/{name}"}).get_template("page.html")
    with i18n.use("en"):
        assert page.render(word="<b>") == (
            '&lt;b&gt;|Reply to &lt;b&gt;|<svg class="ic" aria-hidden="true"><use href="/icons.svg#&lt;b&gt;"/></svg>'
        )


def test_what_is_kept_is_kept_for_each_language(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{{ kept('part.html') }}")
    (tmp_path / "part.html").write_text("{{ _('Reply') }}")
    page = templating.environment(tmp_path, {"static": lambda name: name}).get_template("page.html")
    said = []
    for locale in ("en", "ja", "en"):
        with i18n.use(locale):
            said.append(page.render())
    assert said == ["Reply", i18n.catalogue("ja")["Reply"], "Reply"]
