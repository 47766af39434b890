"""Texts of the desks that are measured: a shop's mail, half Japanese, half English."""

from __future__ import annotations

import random
from dataclasses import dataclass

SUBJECTS = {
    "en": (
        "Where is my order?",
        "Kettle arrived with a dent",
        "Invoice for our cafe",
        "Change of delivery address",
        "Which whisk for usucha?",
        "Return of two cups",
        "Gift wrapping, please",
        "Wholesale prices for autumn",
    ),
    "ja": (
        "注文した商品が届きません",
        "急須の蓋が割れていました",
        "請求書の再発行について",
        "お届け先の変更をお願いします",
        "茶筅の選び方を教えてください",
        "返品の手順について",
        "贈り物の包装について",
        "卸価格のご相談",
    ),
}
SENTENCES = {
    "en": (
        "I ordered a kettle and two cups about a week ago and have not heard anything since.",
        "The parcel looks as if somebody had dropped it, and the glaze is chipped on one side.",
        "Could you tell me how long it usually takes to the north of Norway?",
        "We are a small cafe and would like to order forty tins a month.",
        "Please keep the old address for the invoice.",
        "I have attached a picture so that you can see what I mean.",
        "There is no hurry, but I would like to know before the end of the month.",
        "Thank you for the quick answer, that helped a lot.",
        "I checked with the carrier: the parcel waits at the depot and comes tomorrow.",
        "A new lid leaves the workshop on Thursday; there is nothing to pay.",
    ),
    "ja": (
        "先週、鉄瓶と湯呑みを二つ注文しましたが、その後ご連絡がありません。",
        "箱の角がつぶれていて、中の器に小さな欠けがありました。",
        "発送までにどのくらいかかるか教えていただけますか。",
        "毎月四十缶ほどの注文を考えております。",
        "請求書の宛名は以前のままでお願いいたします。",
        "写真を添付しましたので、ご確認ください。",
        "急ぎではありませんが、月末までに分かると助かります。",
        "早速のご返信、ありがとうございました。とても助かりました。",
        "配送業者に確認いたしました。明日お届けの予定です。",
        "新しい蓋を木曜日に発送いたします。費用はかかりません。",
    ),
}
NAMES = {
    "en": ("Anna Berg", "Liam Costa", "Mara Dunn", "Owen Frey", "Ines Gould", "Paul Hart", "Nia Ito", "Rosa Kern"),
    "ja": ("佐藤 葵", "鈴木 蓮", "高橋 凛", "田中 悠真", "伊藤 紬", "渡辺 湊", "山本 陽葵", "中村 朔"),
}


@dataclass(frozen=True)
class Voice:
    """Says things in one language."""

    locale: str
    dice: random.Random

    def subject(self) -> str:
        return self.dice.choice(SUBJECTS[self.locale])

    def text(self) -> str:
        """Two to seven sentences in one or two paragraphs."""
        said = self.dice.choices(SENTENCES[self.locale], k=self.dice.randint(2, 7))
        half = len(said) // 2 if len(said) > 3 else len(said)
        joint = " " if self.locale == "en" else ""
        return "\n\n".join(joint.join(part) for part in (said[:half], said[half:]) if part)

    def name(self, number: int) -> str:
        return f"{NAMES[self.locale][number % len(NAMES[self.locale])]} {number}"
