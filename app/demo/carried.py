"""What the demo desk's tickets carry: fields, and on some tickets what colleagues put there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa

from app import clock
from app.accounts import agents
from app.accounts.models import Agent
from app.db import Session
from app.demo import cast
from app.events import SYSTEM, Actor
from app.tickets import checklist, fields, filling, following, linking, reminding, shaping
from app.tickets.models import Ticket
from app.tickets.shaping import Draft

PROBLEMS = (
    ("", "Broken on arrival", "到着時の破損"),
    ("", "Late delivery", "配送の遅れ"),
    ("", "Wrong item", "商品違い"),
    ("", "Question before buying", "購入前の質問"),
)
FIELDS = (
    ("order", "text", Draft({"en": "Order", "ja": "注文番号"}, {"en": "As in TK-21044", "ja": "例：TK-21044"})),
    ("problem", "choice", Draft({"en": "Problem", "ja": "問題の種類"}, {}, PROBLEMS)),
    ("refund", "number", Draft({"en": "Refund (yen)", "ja": "返金額（円）"}, {})),
    ("needed-by", "date", Draft({"en": "Needed by", "ja": "必要な日"}, {})),
)
# subject -> who fills in what
VALUES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "Lid of the replacement teapot is loose": ("mio", {"order": "TK-20931", "problem": "broken-on-arrival"}),
    "ご注文 TK-21044 が「準備中」のままです": ("yuki", {"order": "TK-21044", "problem": "late-delivery"}),
    "交換品の急須の蓋がゆるい": ("kenji", {"problem": "broken-on-arrival"}),
}
LID, LID_JA = "Lid of the replacement teapot is loose", "交換品の急須の蓋がゆるい"


def lay(db: Session) -> None:
    """Make the fields and put what belongs on the tickets; on a desk whose stories are told."""
    for key, kind, draft in FIELDS:
        shaping.add(db, key, kind, draft, SYSTEM)
    for subject, (who, values) in VALUES.items():
        ticket, agent = _ticket(db, subject), _agent(db, who)
        for key, text in values.items():
            field = filling.find(db, key)
            filling.fill(db, ticket, field, fields.read(field, text), Actor("agent", agent.id))
    _lids(db)


def _lids(db: Session) -> None:
    """Two customers with the same trouble: linked, followed, with what is left to do and when to look again."""
    one, other = _ticket(db, LID), _ticket(db, LID_JA)
    mio, kenji = (_agent(db, who) for who in ("mio", "kenji"))
    by = Actor("agent", mio.id)
    linking.link(db, one, other, "related", by)
    following.follow(db, one, kenji.id, Actor("agent", kenji.id))
    checklist.add(db, one, "Matched pot and lid set aside in Uji", by, done=True)
    checklist.add(db, one, "Pickup at 15:00\nTell Hannah and Jonas when it arrives", by)
    checklist.add(db, other, "宇治店に在庫を確認\n集荷を手配", Actor("agent", kenji.id))
    reminding.remind(db, mio, one, clock.now() + timedelta(days=1), "Has the parcel left?")


def _ticket(db: Session, subject: str) -> Ticket:
    return db.scalars(sa.select(Ticket).where(Ticket.subject == subject)).one()


def _agent(db: Session, key: str) -> Agent:
    found = agents.find(db, cast.STAFF[key].email)
    assert found is not None
    return found
