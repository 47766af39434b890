"""What the demo desk's people keep ready: canned replies, macros and signatures, in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.accounts import agents
from app.accounts.models import Agent
from app.channels import inboxes
from app.db import Session
from app.demo import cast
from app.tickets import canned, macros, signatures
from app.tickets.attachments import Upload
from app.tickets.readymade import Head


@dataclass(frozen=True, slots=True)
class Text:
    """A canned reply of the demo desk. `team` is a name, "" for everybody; `whose` alone uses an own one."""

    name: str
    shortcut: str
    reading: str
    en: str
    ja: str
    team: str = ""
    own: bool = False
    whose: str = "mio"
    files: tuple[Upload, ...] = field(default=())


CARE = Upload(
    "kyusu-care.txt",
    "text/plain",
    "Rinse with hot water only, never soap. Dry with the lid off.\n\n"
    "急須はお湯だけで洗い、蓋を外して乾かしてください。\n".encode(),
)

TEXTS = (
    Text(
        "Thanks and order number",
        "thanks",
        "おれい",
        "Dear {{customer.name}},\n\nThank you for writing to us. Your request is #{{ticket.number}}; "
        "could you tell us the number of your order?",
        "{{customer.name}} 様\n\nお問い合わせいただきありがとうございます。受付番号は #{{ticket.number}} です。\n"
        "恐れ入りますが、ご注文番号をお知らせいただけますでしょうか。",
    ),
    Text(
        "発送のお知らせ",
        "sent",
        "はっそうのおしらせ",
        "Your parcel left Uji today. Its tracking number is {{?Tracking number}}; it should be with you "
        "{{?Arrival, for example on Friday}}.",
        "本日、宇治の工房より発送いたしました。お問い合わせ伝票番号は {{?お問い合わせ伝票番号}} です。"
        "{{?到着の目安}}ごろのお届けを予定しております。",
        team=cast.ORDERS,
    ),
    Text(
        "Caring for a kyusu",
        "care",
        "きゅうすのおていれ",
        "Rinse the pot with hot water only and let it dry with the lid off. I am attaching our notes on its care.",
        "急須はお湯だけですすぎ、蓋を外して乾かしてください。お手入れのご案内を添付いたします。",
        files=(CARE,),
    ),
    Text(
        "Visit to the kilns",
        "visit",
        "かまのけんがく",
        "Visits are on Wednesdays and Saturdays at 10:00 and 14:00, for up to six people.",
        "窯のご見学は水曜日と土曜日の10時と14時、6名様まで承っております。",
        team=cast.STUDIO,
    ),
    Text("Back next week", "away", "", "", "担当の岡部は来週月曜日に戻ります。", own=True, whose="kenji"),
)


@dataclass(frozen=True, slots=True)
class Steps:
    """A macro of the demo desk, for everybody."""

    name: str
    shortcut: str
    reading: str
    actions: tuple[dict[str, str], ...]
    note: str = ""
    en: str = ""
    ja: str = ""


MACROS = (
    Steps(
        "Refund promised",
        "refund",
        "へんきん",
        (
            {"do": "assignee", "value": "me"},
            {"do": "priority", "value": "high"},
            {"do": "tag", "value": "refund"},
            {"do": "status", "value": "waiting_other", "reason": "The bank takes three days"},
        ),
        "Refund asked of the bank on {{today}}.",
        "Dear {{customer.name}},\n\nWe have asked our bank to refund you. It takes about three working days.",
        "{{customer.name}} 様\n\n返金の手続きをいたしました。3営業日ほどでご入金の予定です。",
    ),
    Steps(
        "来週まで保留",
        "nextweek",
        "らいしゅうまでほりゅう",
        ({"do": "snooze", "value": "next monday 9am"}, {"do": "tag", "value": "waiting"}),
        "月曜日に改めて確認します。",
    ),
)

SIGNATURE = {
    "en": "{{agent.name}}\n{{desk.name}}, Uji · {{inbox.address}}",
    "ja": "――――――――――――――\n{{desk.name}}　お客様窓口\n担当：{{agent.name}}\n{{inbox.address}}",
}


def prepare(db: Session) -> None:
    """Write all of it, each by whoever would."""
    for inbox in inboxes.every(db):
        if signatures.carried(db, inbox.kind):
            signatures.change(db, _colleague(db, "mio"), inbox, SIGNATURE)
    teams = {team.name: team.id for team in agents.teams(db)}
    for text in TEXTS:
        scope = "own" if text.own else "team" if text.team else "desk"
        said = {"en": text.en, "ja": text.ja}
        head = Head(text.name, text.shortcut, text.reading, scope, teams.get(text.team), said)
        canned.save(db, _colleague(db, text.whose), None, head, uploads=text.files)
    for macro in MACROS:
        said = {"en": macro.en, "ja": macro.ja}
        head = Head(macro.name, macro.shortcut, macro.reading, "desk", None, said)
        macros.save(db, _colleague(db, "mio"), None, head, macro.actions, macro.note)


def _colleague(db: Session, key: str) -> Agent:
    found = agents.find(db, cast.STAFF[key].email)
    assert found is not None
    return found
