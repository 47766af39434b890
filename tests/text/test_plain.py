"""Excerpts, safe HTML from text, initials, clean names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.html import clean_html
from app.text.plain import excerpt, find_urls, initials, nfc, strip_controls, text_to_html


def test_an_excerpt_is_one_line() -> None:
    assert excerpt("  Hello,\n\n\tworld \u3000 !  ") == "Hello, world !"


def test_a_long_excerpt_ends_between_words() -> None:
    cut = excerpt("The parcel has not come yet and I would like to know where it is", 40)
    assert cut == "The parcel has not come yet and I would…"


def test_a_japanese_excerpt_ends_after_a_character() -> None:
    assert excerpt("お世話になっております。" * 5, 12) == "お世話になっております…"


@given(st.text(max_size=400), st.integers(8, 60))
def test_an_excerpt_is_never_longer_than_asked(text: str, length: int) -> None:
    cut = excerpt(text, length)
    assert len(cut) <= length
    assert "\n" not in cut


def test_a_family_is_not_torn_apart() -> None:
    family = "👨‍👩‍👧‍👦"
    assert excerpt("ab" + family + "cdefgh", 8) == "ab…"
    assert excerpt("ab" + family + "cdefgh", 10) == f"ab{family}…"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
        ('<script>x</script> & "q"', "<p>&lt;script&gt;x&lt;/script&gt; &amp; &quot;q&quot;</p>"),
        ("", ""),
        ("\n\n \n", ""),
    ],
)
def test_text_becomes_paragraphs(text: str, html: str) -> None:
    assert text_to_html(text) == html


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://shop.example/a.", ["https://shop.example/a"]),
        ("(https://shop.example/a_(b))", ["https://shop.example/a_(b)"]),
        ("(see https://shop.example/a)", ["https://shop.example/a"]),
        ("こちらhttps://shop.example/x?y=1&z=2をご覧ください", ["https://shop.example/x?y=1&z=2"]),
        ("「https://shop.example/」。", ["https://shop.example/"]),
        ("www.shop.example/x, ok", ["https://www.shop.example/x"]),
        ("javascript:alert(1) ftp://a.example mailto:a@b.example", []),
        ('"https://a.example/"onclick="x', ["https://a.example/"]),
        ("https://a.example/<script>", ["https://a.example/"]),
    ],
)
def test_addresses_are_found(text: str, found: list[str]) -> None:
    assert [target for _, _, target in find_urls(text)] == found


@given(st.text(max_size=200))
def test_html_of_any_text_is_clean_already(text: str) -> None:
    html = text_to_html(text)
    assert "<script" not in html
    assert clean_html(html).count("<p>") == html.count("<p>")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("山田 太郎", "山"),
        ("山田太郎", "山"),
        ("やまだ", "や"),
        ("김철수", "김"),
        ("Anna Smith", "AS"),
        ("Anna Maria Smith", "AS"),
        ("anna", "A"),
        ("Élodie Öz", "ÉÖ"),
        ("E\u0301lodie Dupont", "ÉD"),
        ("Smith, Anna", "SA"),
        ("ken.sato@mail.example", "KS"),
        ("'Support' (shop)", "SS"),
        ("Ken 佐藤", "K"),
        ("👩🏽‍💻 Rin", "👩🏽‍💻"),
        ("🇯🇵 Tokyo", "🇯🇵"),
        ("\u202eevil name", "EN"),
        ("  ", "?"),
        ("", "?"),
        ("...", "?"),
        ("42", "4"),
    ],
)
def test_initials(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_names_cannot_be_turned_around() -> None:
    assert strip_controls("Bank\u202e moc\u2066.\u0000\u0007\ufeff\u200b") == "Bank moc."
    assert strip_controls("a\tb\r\nc\rd") == "a\tb\nc\nd"
    assert strip_controls("\ud83d lone") == " lone"
    assert strip_controls("👨‍👩‍👧 が ﾊﾟ") == "👨‍👩‍👧 が ﾊﾟ"


def test_composed_and_decomposed_are_one() -> None:
    assert nfc("か\u3099") == "が"
