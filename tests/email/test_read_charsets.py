"""Text in the charsets of the world, labelled rightly, wrongly or not at all."""

from __future__ import annotations

import base64

import pytest

from app.channels.email.charsets import codec_of, decode
from tests.email.reading import mail, read

JAPANESE = "こんにちは。商品がまだ届きません。①髙㈱～ｱｲｳ"


def test_a_phone_writes_shift_jis_with_everything() -> None:
    letter = read("jp-docomo-phone.eml")

    assert letter.sender is not None
    assert letter.sender.address == "a..neko.chan.@docomo.ne.jp"
    assert letter.subject == "質問①です"
    assert letter.body_text == "髙島屋の㈱カメです〓です～ｱｲｳ"
    assert letter.language == "ja"


def test_iso_2022_jp_with_vendor_characters_and_half_width_katakana() -> None:
    letter = read("jp-jis-vendor-characters.eml")

    assert letter.sender is not None
    assert letter.sender.name == "山田"
    assert letter.subject == "問い合わせ"
    assert letter.body_text == "①株式会社㈱です。ｱｲｳも OK"


def test_shift_jis_that_says_it_is_iso_2022_jp() -> None:
    assert read("jp-sjis-labelled-jis.eml").body_text == "注文した商品がまだ届きません。確認をお願いします。"


def test_euc_that_says_nothing() -> None:
    letter = read("jp-euc-unlabelled.eml")

    assert letter.subject == "商品について"
    assert letter.body_text == "これはラベルのない日本語のメールです。"


def test_a_line_broken_inside_japanese_goes_on() -> None:
    assert read("jp-line-folded-in-jis.eml").body_text == "こんに\nちは\nplain"


@pytest.mark.parametrize(
    "label",
    [
        "Shift_JIS",
        "x-sjis",
        "SJIS",
        "windows-31j",
        "MS_Kanji",
        "cp932",
        "iso-2022-jp",
        "utf-8",
        "us-ascii",
        "",
        "x-unknown",
        "iso-8859-1",
    ],
)
def test_shift_jis_is_recognised_under_any_label(label: str) -> None:
    assert decode(JAPANESE.encode("cp932"), label) == JAPANESE


@pytest.mark.parametrize("label", ["euc-jp", "x-euc-jp", "shift_jis", "", "us-ascii"])
def test_euc_is_recognised_under_any_japanese_label(label: str) -> None:
    assert decode("こんにちは。商品がまだ届きません。".encode("euc_jp"), label) == "こんにちは。商品がまだ届きません。"


@pytest.mark.parametrize("label", ["utf-8", "", "us-ascii", "iso-8859-1", "shift_jis", "gb2312", "no-such"])
def test_utf8_is_recognised_under_any_label(label: str) -> None:
    assert decode(JAPANESE.encode(), label) == JAPANESE


@pytest.mark.parametrize(
    ("label", "data", "text"),
    [
        ("iso-8859-1", b"\x93quoted\x94 \x80 5", "“quoted” € 5"),
        ("latin1", b"caf\xe9", "café"),
        ("gb2312", "你好，镕".encode("gb18030"), "你好，镕"),
        ("ks_c_5601-1987", "똠방각하".encode("cp949"), "똠방각하"),
        ("big5", "歡迎光臨".encode("cp950"), "歡迎光臨"),
        ("iso-8859-8-i", "שלום".encode("iso8859_8"), "שלום"),
        ("windows-874", "สวัสดี".encode("cp874"), "สวัสดี"),
        ("koi8-r", "Привет".encode("koi8-r"), "Привет"),
        ("win-1251", "Привет".encode("cp1251"), "Привет"),
        ("utf-7", b"Gr+APwA3w-e", "Grüße"),
        ("utf-16", "Grüße".encode("utf-16"), "Grüße"),
        ("utf-16", "Hello there".encode("utf-16-be"), "Hello there"),
        ("utf-16", b"only ascii after all", "only ascii after all"),
        ("iso-2022-kr", "한국어".encode("iso2022_kr"), "한국어"),
        ("hz-gb-2312", "你好".encode("hz"), "你好"),
        ("euc-jp", b"\xad\xa1\x8e\xb1", "①ｱ"),
        ("iso-2022-jp", b"\x1b(I1\x1b$B$\"\x1b(J\\\x1b(B!", "ｱあ¥!"),
        ("utf-8", "途中で切れた".encode()[:-1], "途中で切れ\ufffd"),
        ("utf-8", b"nul\x00byte", "nulbyte"),
        ("utf-8", b"\xef\xbb\xbfmark", "mark"),
        ("", "Grüße aus Köln".encode("latin-1"), "Grüße aus Köln"),
        ("", "Привет, как ваши дела сегодня".encode("koi8-r"), "Привет, как ваши дела сегодня"),
    ],
)  # fmt: skip
def test_every_charset_gives_its_text(label: str, data: bytes, text: str) -> None:
    assert decode(data, label, detect=True) == text


@pytest.mark.parametrize("label", ["rot13", "punycode", "idna", "unicode_escape", "zlib", "undefined", "mbcs", "../x"])
def test_what_is_no_charset_is_not_one_in_a_mail(label: str) -> None:
    assert codec_of(label) == ""


def test_a_carrier_picture_does_not_harm_its_neighbours() -> None:
    assert decode(b"\x82\xa0\xf9\x5d\x82\xa2", "shift_jis") == "あ〓い"
    assert decode(b"\x82\xa0\x1b$Gj\x0f\x82\xa2", "shift_jis") == "あ〓い"
    assert decode(b'\x1b$B$"\x7d\x21$$\x1b(B', "iso-2022-jp").replace("\ufffd", "〓") == "あ〓い"


def test_html_may_name_its_charset_itself() -> None:
    html = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=EUC-JP"></head><p>予約確認</p>'
    letter = mail("Content-Type: text/html\n", html.encode("euc_jp"))

    assert letter.body_text == "予約確認"


def test_a_body_in_base64_and_shift_jis() -> None:
    letter = mail(
        "Content-Type: text/plain; charset=Shift_JIS\nContent-Transfer-Encoding: base64\n",
        base64.encodebytes(JAPANESE.encode("cp932")),
    )
    assert letter.body_text == JAPANESE


def test_a_footer_in_another_charset_than_the_text() -> None:
    data = "Atención a todos.\n".encode() + "Esta informação é confidencial, não a divulgue.\n".encode("cp1252")

    assert decode(data, "utf-8", detect=True) == "Atención a todos.\nEsta informação é confidencial, não a divulgue.\n"
    assert decode("Ça coûte 5 €".encode("cp1252"), "iso-8859-1") == "Ça coûte 5 €"


def test_a_header_of_raw_russian_bytes_in_a_mail_that_calls_itself_western() -> None:
    subject = "Где мой заказ, он не пришёл".encode("cp1251")

    assert mail(b"Subject: " + subject + b"\nContent-Type: text/plain; charset=iso-8859-1\n").subject == (
        "Где мой заказ, он не пришёл"
    )
    assert decode("Réunion à préparer, déjà prêt, très tôt là".encode("latin-1")) == (
        "Réunion à préparer, déjà prêt, très tôt là"
    )


@pytest.mark.parametrize("text", ["ÕÄÖÜ", "Café", "¡Sí!", "Größe"])
def test_a_few_western_letters_without_a_label_are_western(text: str) -> None:
    assert decode(text.encode("cp1252"), None, detect=True) == text


def test_a_few_chinese_signs_without_a_label_are_chinese() -> None:
    text = "你好，我想退货，请问怎么办理？"
    assert decode(text.encode("gbk"), None, detect=True) == text
