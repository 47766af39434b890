"""Foreign HTML comes out harmless, stays readable, and cleaning it again changes nothing."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from app.text.html import CLEANER_VERSION, clean_html, resolve_cids, show_remote
from tests.text.hostile_html import HOSTILE

ATTRIBUTES = frozenset(
    {
        *("title", "dir", "lang", "align", "valign", "style", "href", "target", "rel", "src", "data-src", "alt"),
        *("width", "height", "color", "face", "size", "start", "type", "value", "border", "cellpadding"),
        *("cellspacing", "bgcolor", "colspan", "rowspan", "span", "datetime"),
    }
)
FORBIDDEN = frozenset(
    {
        *("script", "style", "svg", "math", "iframe", "object", "embed", "applet", "form", "input", "button"),
        *("textarea", "select", "option", "link", "meta", "base", "frame", "frameset", "video", "audio", "source"),
        *("template", "noscript", "title", "area", "map", "portal", "marquee", "details", "hx-partial", "label"),
    }
)
PAYLOADS = [(kind, payload) for kind, payloads in HOSTILE.items() for payload in payloads]


class _Seen(HTMLParser):
    """A second, different parser: what it sees must be harmless too."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.comments = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, attrs))

    def handle_comment(self, data: str) -> None:
        self.comments += 1


def assert_harmless(cleaned: str) -> None:
    """Asserts on every element that two parsers see in cleaned HTML."""
    seen = _Seen()
    seen.feed(cleaned)
    seen.close()
    assert seen.comments == 0
    for tag, attributes in seen.elements:
        _assert_element(tag, attributes)
    tree = LexborHTMLParser(f"<!doctype html><body><div>{cleaned}</div></body>")
    assert tree.root is not None
    for node in tree.root.traverse():
        if node.tag not in ("html", "head", "body"):
            _assert_element(node.tag or "", list(node.attributes.items()))


def _assert_element(tag: str, attributes: list[tuple[str, str | None]]) -> None:
    assert tag not in FORBIDDEN
    names = [name for name, _ in attributes]
    assert len(names) == len(set(names))
    for name, value in attributes:
        assert name in ATTRIBUTES, name
        _assert_value(tag, name, value or "")


def _assert_value(tag: str, name: str, value: str) -> None:
    lowered = value.lower()
    if name == "href":
        assert re.match(r"https?://[^/?#\s]|mailto:|tel:", lowered)
    elif name == "src":
        assert tag == "img"
        assert re.match(r"cid:|data:image/(png|jpe?g|gif|webp);base64,", lowered)
        assert len(value) <= 100_000
    elif name == "data-src":
        assert tag == "img"
        assert re.match(r"https?://[^/?#\s]", lowered)
    elif name == "style":
        assert not re.search(r"url|expression|@|\\|/\*|position|behavior|binding|[<>{}]|margin[^;]*: -", lowered)
        assert "(" not in re.sub(r"(?:rgb|hsl)a?\([\d.%,/\sdeg]*\)", "", lowered)
    elif name in ("colspan", "rowspan", "span"):
        assert int(value) < 100
    elif name in ("color", "bgcolor", "width", "height"):
        assert re.fullmatch(r"[#\w.%]+", value)


@pytest.mark.parametrize(("kind", "payload"), PAYLOADS, ids=[f"{kind} {n}" for n, (kind, _) in enumerate(PAYLOADS)])
def test_a_hostile_payload_comes_out_harmless_and_stays_so(kind: str, payload: str) -> None:
    wrapped = f"<p>before</p>{payload}<p>after</p>"
    for html in (payload, wrapped):
        cleaned = clean_html(html)
        assert_harmless(cleaned)
        assert clean_html(cleaned) == cleaned


def test_the_table_of_attacks_is_broad() -> None:
    assert len(PAYLOADS) >= 100
    assert len(HOSTILE) >= 10


def test_hostile_sizes_cost_seconds_at_worst() -> None:
    for payload in HOSTILE["size and depth"]:
        began = time.process_time()
        clean_html(payload)
        assert time.process_time() - began < 3, payload[:40]


FRAGMENTS = st.sampled_from(
    [
        *("<p>", "</p>", "<div style='color:red'>", "</div>", "<b>", "</b>", "<a href='https://a.example'>", "</a>"),
        *("<table>", "<tr>", "<td>", "</td>", "</table>", "<ul>", "<li>", "</ul>", "<pre>\n", "</pre>", "<br>"),
        *("<img src=https://a.example/x>", "<img src=cid:x alt='\"<'>", "<svg>", "</svg>", "<style>", "</style>"),
        *("<math>", "<mtext>", "<mglyph>", "<title>", "</title>", "<select>", "<option>", "<form>", "<textarea>"),
        *("<!--", "-->", "<![CDATA[", "]]>", "'", '"', "<", ">", "&lt;", "&amp;", "&#0;", "text", "日本語", "\n\n"),
        *("<noscript>", "</noscript>", "<template>", "</template>", "<font color=red>", "</font>", "<hr>", "<h1>"),
        *(
            "<plaintext>",
            "<xmp>",
            "</xmp>",
            "<caption>",
            "<col>",
            "<nobr>",
            "<dd>",
            "<dt>",
            "<a title='</a><img src=x>'>",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FRAGMENTS | st.text(max_size=8), max_size=40))
def test_whatever_is_strung_together_is_harmless_and_a_fixpoint(pieces: list[str]) -> None:
    cleaned = clean_html("".join(pieces))
    assert_harmless(cleaned)
    assert clean_html(cleaned) == cleaned


def test_an_ordinary_letter_keeps_its_looks() -> None:
    letter = (
        "<html><head><style>p{color:red}</style></head><body bgcolor=white>"
        "<p style=\"color: #333; font-family: 'Yu Gothic', sans-serif; mso-height-rule: x\">"
        "お世話に<b>なります</b>。</p>"
        '<table width="600" cellpadding=0 border="1"><tr>'
        '<td colspan=2 style="background-color:rgb(255, 0, 0)">x</td></tr></table>'
        "<ul><li>一</li></ul></body></html>"
    )
    cleaned = clean_html(letter)
    assert "color: #333; font-family: 'Yu Gothic', sans-serif" in cleaned
    assert "mso-" not in cleaned
    assert "お世話に<b>なります</b>。" in cleaned
    assert "background-color: rgb(255, 0, 0)" in cleaned
    assert 'colspan="2"' in cleaned
    assert "<li>一</li>" in cleaned


def test_a_link_opens_elsewhere_and_tells_nothing() -> None:
    cleaned = clean_html("<a href=' https://shop.example/a?b=1&amp;c=2 ' target=_top rel=opener>x</a>")
    link = LexborHTMLParser(cleaned).css_first("a")
    assert link is not None
    assert link.attributes == {
        "href": "https://shop.example/a?b=1&c=2",
        "target": "_blank",
        "rel": "noopener noreferrer nofollow",
    }
    assert "href" not in clean_html("<a href=/inside>x</a>")


def test_remote_pictures_wait_until_they_are_asked_for() -> None:
    cleaned = clean_html("<p>a<img src='https://x.example/p.png?a=1&amp;b=2' alt='\"A\"' width=10 onload=x>b</p>")
    assert "data-src" in cleaned
    assert not re.search(r"\ssrc=", cleaned)
    asked: list[str] = []

    def rewrite(address: str) -> str:
        asked.append(address)
        return '/proxy?u="signed"&k=1'

    shown = show_remote(cleaned, rewrite)
    assert asked == ["https://x.example/p.png?a=1&b=2"]
    picture = LexborHTMLParser(shown).css_first("img")
    assert picture is not None
    assert picture.attributes == {"src": '/proxy?u="signed"&k=1', "alt": '"A"', "width": "10"}


def test_a_picture_the_proxy_refuses_stays_held() -> None:
    cleaned = clean_html("<img src=http://x.example/a>")
    assert show_remote(cleaned, lambda _address: "") == cleaned


def test_text_that_looks_like_a_held_picture_is_left_alone() -> None:
    cleaned = clean_html(
        '<p>&lt;img data-src="https://x.example/"&gt; <b title=\'<img data-src="https://x.example/">\'>t</b></p>'
    )
    assert show_remote(cleaned, lambda _address: "/never") == cleaned
    assert resolve_cids(clean_html('<p>src="cid:a"</p>'), {"a": "/never"}) == '<p>src="cid:a"</p>'


def test_pictures_of_the_mail_are_found_by_content_id() -> None:
    cleaned = clean_html(
        '<img src="cid:logo%40shop.example" alt=Logo><img src="CID:photo@shop.example"><img src=cid:gone alt=Gone>'
    )
    resolved = resolve_cids(
        cleaned, {"logo@shop.example": "/attachments/a?x=1&y=2", "photo@shop.example": "/attachments/b"}
    )
    sources = [node.attributes.get("src") for node in LexborHTMLParser(resolved).css("img")]
    assert sources == ["/attachments/a?x=1&y=2", "/attachments/b", None]
    assert 'alt="Gone"' in resolved


def test_a_small_raster_stays_and_a_drawing_does_not() -> None:
    assert "data:image/png;base64,iVBORw0KGgo=" in clean_html("<img src='data:image/png;base64,iVBORw0KGgo='>")
    assert "svg" not in clean_html("<img src='data:image/svg+xml;base64,PHN2Zz4='>")


def test_too_deep_a_document_comes_back_as_its_text() -> None:
    cleaned = clean_html("<div>" * 5_000 + "<p>Hello</p><p>こんにちは &amp; bye</p><script>steal()</script>")
    assert "<div>" not in cleaned
    assert "Hello" in cleaned
    assert "こんにちは &amp; bye" in cleaned
    assert "steal" not in cleaned


def test_a_long_thread_is_not_too_deep() -> None:
    nested = "<div><blockquote>" * 120 + "first" + "</blockquote></div>" * 120
    assert clean_html(nested).count("<blockquote>") == 120
    rows = "<tr><td><font color=red>x</font><td>y" * 3_000
    assert clean_html(f"<table>{rows}</table>").count("<tr>") == 3_000


def test_more_than_a_megabyte_is_cut() -> None:
    assert len(clean_html("<p>word</p>" * 200_000)) < 1_100_000


def test_empty_stays_empty() -> None:
    assert clean_html("") == ""
    assert CLEANER_VERSION >= 1
