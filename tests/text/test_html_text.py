"""HTML mail reads as a person would read it."""

import time

import pytest

from app.text.html import html_to_text

READINGS: list[tuple[str, str, str]] = [
    ("lines and paragraphs", "<p>One<br>two</p><p>Three</p>", "One\ntwo\n\nThree"),
    ("lines of a mail program", "<div>One</div><div><br></div><div>Two</div><div>Three<br></div>", "One\n\nTwo\nThree"),
    (
        "Word's paragraphs",
        '<p class="MsoNormal">One</p><p class="MsoNormal">&nbsp;</p><p class="MsoNormal">Two</p>',
        "One\n\nTwo",
    ),
    ("blanks of the source", "<p>\n  One \t two\n   three </p>", "One two three"),
    ("entities", "<p>&lt;b&gt; &amp; &copy; &#12354;&nbsp;x</p>", "<b> & © あ x"),
    ("Japanese broken in the source", "<p>お世話に\n  なって\r\nおります。</p>", "お世話になっております。"),
    ("Japanese broken around markup", "<p>注文\n<b>番号</b>\n<i>です</i></p>", "注文番号です"),
    ("Japanese and Latin", "<p>iPhone\nと Android\nです</p>", "iPhone と Android です"),
    ("Korean keeps its blanks", "<p>안녕\n하세요</p>", "안녕 하세요"),
    ("full-width blanks stay", "<p>　佐藤　健</p>", "　佐藤　健"),
    (
        "a list",
        "<p>Need:</p><ul><li>tea</li><li>cups<ul><li>blue</li></ul></li></ul>ok",
        "Need:\n\n- tea\n- cups\n  - blue\n\nok",
    ),
    ("a numbered list", "<ol start=3><li>three<li>four</ol>", "3. three\n4. four"),
    ("a table", "<table><tr><th>Name<th>Qty</tr><tr><td><p>Tea</p></td><td>2</td></tr></table>", "Name  Qty\nTea  2"),
    (
        "a table for layout",
        "<table><tr><td><div>Logo</div></td></tr><tr><td></td></tr><tr><td><p>Hello</p><p>Ken</p></td></tr></table>",
        "Logo\nHello\n\nKen",
    ),
    ("a link that says itself", '<a href="https://www.shop.example/">shop.example</a>', "shop.example"),
    (
        "a link that says something else",
        '<a href="https://shop.example/a">order</a> now',
        "order (https://shop.example/a) now",
    ),
    ("a mail link", '<a href="mailto:hana@shop.example?subject=x">hana@shop.example</a>', "hana@shop.example"),
    ("a telephone link", '<a href="tel:+81300000000">+81 (3) 0000-0000</a>', "+81 (3) 0000-0000"),
    ("a link to nowhere", '<a href="#top">up</a> <a>x</a> <a href="javascript:x()">y</a>', "up x y"),
    (
        "a picture that is a link",
        '<a href="https://a.example/b"><img src=x alt="Open order"></a>',
        "Open order (https://a.example/b)",
    ),
    ("emoji drawn as pictures", 'Great <img src="x" alt="🎉"><img src="pixel.gif" alt="">', "Great 🎉"),
    ("preformatted text", "<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc"),
    ("text that keeps its lines by style", '<div style="white-space: pre-wrap">a\n  b</div>', "a\n  b"),
    (
        "hidden things",
        '<div style="display:none">pre</div><p hidden>x</p><span style="font-size:0px">y</span>seen',
        "seen",
    ),
    ("small things are seen", '<span style="font-size:0.9em">seen</span>', "seen"),
    ("scripts, styles and comments", "<style>a{}</style><script>b()</script><!-- c --><title>t</title>d", "d"),
    (
        "a mail quote",
        '<p>New</p><blockquote type="cite"><p>Old</p><blockquote type=cite>Older</blockquote></blockquote>',
        "New\n\n> Old\n>\n>> Older",
    ),
    ("an indented paragraph", "<blockquote>Mine</blockquote>", "Mine"),
    ("headings", "<h1>Title</h1>text<h2>Next</h2>more", "Title\n\ntext\n\nNext\n\nmore"),
    ("a rule", "a<hr>b", "a\n----------\nb"),
    ("unclosed and misnested", "<p>a<b>b<p>c</b>d<td>e", "ab\n\ncde"),
    ("ruby", "<ruby>漢<rt>かん</rt></ruby>字", "漢かん字"),
    ("joined preheader padding", "Sale<span>&zwnj;&nbsp;&zwnj;&nbsp;&#847;</span><p>Hi</p>", "Sale\n\nHi"),
    ("nothing", "", ""),
    ("no text", "<img src=x><br><br>", ""),
]


@pytest.mark.parametrize(("name", "html", "text"), READINGS, ids=[name for name, _, _ in READINGS])
def test_html_reads_as(name: str, html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_a_too_deep_document_still_gives_its_text() -> None:
    text = html_to_text("<div>" * 10_000 + "<!-- no --><style>no</style>Hello<br>日本 &amp; more")
    assert text.split("\n") == ["Hello", "日本 & more"]


@pytest.mark.parametrize(
    "piece", ["<p>word</p>", "<div>", "<li>", "<td>x", "<", "<a href=x>", "&amp;", "日本\n", "<br>"]
)
def test_twice_the_html_costs_about_twice(piece: str) -> None:
    def cost(count: int) -> float:
        began = time.process_time()
        html_to_text(piece * count)
        return time.process_time() - began

    count = 200_000 // len(piece)
    cost(1_000)
    assert cost(count * 2) < 5 * max(cost(count), 0.02)
