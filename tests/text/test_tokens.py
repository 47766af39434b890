"""What is stored and what is asked become the same terms."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from app.text.language import guess
from app.text.markdown import render
from app.text.tokens import fold, tokens


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Refund my order!", ["refund", "my", "order"]),
        ("返金してください", ["返金", "金し", "して", "てく", "くだ", "ださ", "さい"]),
        ("茶", ["茶"]),
        ("iPhone15を返品", ["iphone15", "を返", "返品"]),
        ("ＡＢＣ　①", ["abc", "1"]),
        ("ｻﾎﾟｰﾄ", ["さぽ", "ぽー", "ーと"]),
        ("時々", ["時々"]),
        ("ken@mail.example", ["ken", "mail", "example"]),
        ("ORD-1024_b", ["ord", "1024", "b"]),
        ("Straße café CAFÉ", ["strasse", "cafe", "cafe"]),
        ("환불해", ["환불", "불해"]),
        ("カート・ボックス", ["かー", "ーと", "ぼっ", "っく", "くす"]),
        ("สวัสดี", ["สวัสดี"]),
        ("👍 … 。", []),
        ("", []),
    ],
)
def test_terms(text: str, found: list[str]) -> None:
    assert tokens(text) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [("サポート", "さぽーと"), ("ﾊﾟｿｺﾝ", "パソコン"), ("か\u3099", "が"), ("ＯＫ", "ok"), ("ﬁle", "FILE")],
)
def test_spellings_meet(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert tokens(one) == tokens(other)


def test_a_question_is_found_in_its_text() -> None:
    stored = tokens("配送サポート窓口の営業時間について")
    asked = tokens("サポート窓口")
    assert any(stored[n : n + len(asked)] == asked for n in range(len(stored)))


def test_a_term_has_a_limit() -> None:
    assert max(map(len, tokens("x" * 10_000))) <= 64


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("お世話になっております。注文が届きません。", "ja"),
        ("返金希望", "ja"),
        ("iPhone 15 Pro Max 256GB を返品したい", "ja"),
        ("Order ORD-1024 https://shop.example/very/long/path/to/the/order まだです", "ja"),
        ("Where is my order?", "en"),
        ("Hi, I have not got the parcel yet.", "en"),
        ("> 以前の文です。ご確認ください。\nThanks, that is fine with me.", "en"),
        ("Wo ist meine Bestellung? Ich habe sie nicht bekommen.", ""),
        ("Bonjour, je n'ai pas reçu ma commande. Merci de votre aide.", ""),
        ("¿Dónde está mi pedido? No ha llegado todavía.", ""),
        ("我没有收到我的订单，请帮助我。", ""),
        ("주문한 상품이 아직 오지 않았습니다.", ""),
        ("Где мой заказ?", ""),
        ("12345 !!!", ""),
        ("", ""),
    ],
)
def test_language(text: str, language: str) -> None:
    assert guess(text) == language


@pytest.mark.parametrize(
    ("markdown", "part"),
    [
        ("a **b**\nc", "a <strong>b</strong><br>"),
        ("- 一\n- 二", "<li>一</li>"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
        ("~~x~~", "<s>x</s>"),
        ("`<b>`", "<code>&lt;b&gt;</code>"),
        ("<script>x</script>", "&lt;script&gt;"),
        (
            "[x](https://a.example)",
            '<a href="https://a.example" target="_blank" rel="noopener noreferrer nofollow">x</a>',
        ),
        ("詳しくはhttps://a.example/bをご覧ください", '<a href="https://a.example/b" target="_blank"'),
        ("> quoted", "<blockquote>"),
        ("![x](https://a.example/p.png)", 'data-src="https://a.example/p.png"'),
    ],
)
def test_markdown(markdown: str, part: str) -> None:
    assert part in render(markdown)


@pytest.mark.parametrize(
    "markdown", ["[x](javascript:steal())", "[x](/logout)", "<a href=javascript:steal()>x</a>", "[x](data:text/html,x)"]
)
def test_markdown_makes_no_bad_link(markdown: str) -> None:
    assert LexborHTMLParser(render(markdown)).css("[href]") == []


def test_an_address_in_code_or_in_a_link_stays_as_it_is() -> None:
    assert "href" not in render("`https://a.example`")
    assert render("[https://a.example](https://b.example)").count("<a ") == 1
