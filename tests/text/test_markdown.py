"""Markdown of replies: safe HTML, emphasis that works in Japanese, and plain texts that stay what they are."""

from __future__ import annotations

import pytest

from app.text import markdown
from app.text.plain import text_to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("これは**「重要」**です。", "<p>これは<strong>「重要」</strong>です。</p>"),
        ("**ご注意。**次に", "<p><strong>ご注意。</strong>次に</p>"),
        ("a **b** and *c*", "<p>a <strong>b</strong> and <em>c</em></p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("snake_case_word", "<p>snake_case_word</p>"),
        ("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"),
    ],
)
def test_what_marks_mean(text: str, html: str) -> None:
    assert markdown.render(text).strip() == html
    assert markdown.shown(text).strip() == html


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("**重曹で大丈夫です。** 次の順で", "重曹で大丈夫です。 次の順で"),
        ("See [our page](https://a.example/x), `TK-1`", "See our page, TK-1"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
        ("> quoted", "quoted"),
    ],
)
def test_a_list_shows_the_words_without_marks(text: str, said: str) -> None:
    assert markdown.bare(text) == said


def test_a_link_to_a_script_is_none() -> None:
    assert "javascript" not in markdown.render("[a](javascript:alert(1))").replace("[a](javascript:alert(1))", "")


@pytest.mark.parametrize(
    "text", ["Hello\nthere", "森様\n\nお世話になっております。", "See https://example.com/a now", "5:30"]
)
def test_a_text_without_marks_is_shown_as_plain_text_is(text: str) -> None:
    assert markdown.shown(text) == text_to_html(text)
    assert markdown.render(text).replace("\n", "") == text_to_html(text).replace("\n", "")
