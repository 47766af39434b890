"""The people of the demo desk, shared with the tests: Tsukinowa, a fictional maker of tea ware in Uji."""

from __future__ import annotations

from dataclasses import dataclass

from app.settings import Settings

COMPANY = "Tsukinowa"
DOMAIN = "demo.madoguchi.example"
SUPPORT = f"support@{DOMAIN}"
PASSWORD = "tea-and-paper"  # noqa: S105  # a demo desk on this machine alone


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works at Tsukinowa."""

    key: str
    name: str
    reading: str
    role: str
    locale: str
    teams: tuple[str, ...] = ()
    sees: str = "all"

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who buys from Tsukinowa."""

    key: str
    name: str
    reading: str
    email: str
    locale: str
    company: str = ""


ORDERS, WHOLESALE, STUDIO = "Shop orders", "Wholesale", "Studio visits"
TEAMS = {ORDERS: False, WHOLESALE: True, STUDIO: False}  # name: private

COLLEAGUES = (
    Colleague("yuki", "森 由紀", "もり ゆき", "owner", "ja", (ORDERS,)),
    Colleague("mio", "Mio Tanabe", "たなべ みお", "admin", "en", (ORDERS, WHOLESALE)),
    Colleague("kenji", "岡部 賢司", "おかべ けんじ", "agent", "ja", (ORDERS,)),
    Colleague("rosa", "Rosa Silva", "ローザ シルバ", "agent", "en", (STUDIO,), "teams"),
    Colleague("haruka", "青木 遥", "あおき はるか", "viewer", "ja"),
)

PEOPLE = (
    Person("hannah", "Hannah Lindqvist", "ハンナ リンドクヴィスト", "hannah@fjordcafe.example", "en", "Fjord Café"),
    Person("ayaka", "森下 彩香", "もりした あやか", "ayaka@morishita.example", "ja"),
    Person("kazuko", "大西 和子", "おおにし かずこ", "onishi@yamabuki.example", "ja"),
    Person("priya", "Priya Raman", "プリヤ ラマン", "priya.raman@lotusleaf.example", "en"),
    Person("sota", "新井 颯太", "あらい そうた", "sota.arai@kumo.example", "ja"),
    Person("marc", "Marc Oyelaran", "マーク オイェララン", "marc@cafelumen.example", "en", "Café Lumen"),
    Person("ingrid", "Ingrid Vass", "イングリッド ヴァス", "ingrid@vass.example", "en"),
    Person("tomoko", "速水 朋子", "はやみ ともこ", "hayami@sazanami.example", "ja"),
    Person("daniel", "Daniel Osei", "ダニエル オセイ", "daniel@osei.example", "en"),
    Person("meiling", "Mei-Ling Chou", "チョウ メイリン", "meiling@chou.example", "en"),
    Person("beatrix", "Beatrix Holm", "ベアトリクス ホルム", "beatrix@holmandsons.example", "en", "Holm & Sons"),
    Person("ryo", "中川 亮", "なかがわ りょう", "ryo@nakagawa.example", "ja"),
    Person("shiho", "長谷川 志穂", "はせがわ しほ", "shiho@minamo.example", "ja"),
    Person("tom", "Tom Weller", "トム ウェラー", "tom@weller.example", "en"),
)

CHAT = {
    "greeting": {
        "en": "Hello! Ask us anything about tea ware, an order or a visit to the kilns.",
        "ja": "こんにちは。茶器やご注文、窯の見学など、何でもお尋ねください。",
    },
    "promise": {
        "en": "We answer from 10 to 18, usually within ten minutes.",
        "ja": "十時から十八時まで、通常は十分以内にお返事いたします。",
    },
}

BY_KEY = {person.key: person for person in PEOPLE}
STAFF = {colleague.key: colleague for colleague in COLLEAGUES}


def sign_ins() -> list[str]:
    """A line for each colleague: address, password, role."""
    return [f"{c.email:<36} {PASSWORD:<16} {c.role:<7} {c.name}" for c in COLLEAGUES]


def first_mail(settings: Settings) -> str:
    """One line for a shell that sends a mail to the demo desk, with nothing but Python."""
    return (
        f"python3 -c \"import smtplib; s = smtplib.SMTP('{settings.smtp_in_host}', {settings.smtp_in_port}); "
        f"s.sendmail('you@example.com', ['{SUPPORT}'], 'From: You <you@example.com>\\r\\nTo: {SUPPORT}\\r\\n"
        f"Subject: Hello\\r\\n\\r\\nIs my teapot on its way?\\r\\n')\""
    )
