"""Notices: who is told of what, who is not, and what they choose about it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from starlette.testclient import TestClient

from app import clock
from app.accounts import agents
from app.accounts.models import Team
from app.channels import outbox
from app.channels.outbox import Delivery
from app.channels.types import InboxInfo, Outgoing, Sent
from app.db import Session
from app.demo import cast
from app.errors import Invalid, NotFound
from app.events import SYSTEM, Actor
from app.jobs import queue
from app.notices import digest, mentions, reading
from app.notices.models import KINDS
from app.tickets import assignment, snooze
from app.tickets.models import Ticket
from tests.story import Desk

NAMES = {1: "Mio Tanabe", 2: "岡部 賢司", 3: "Mio Sato", 4: "Rosa Silva"}


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("@Mio Tanabe please look", [1]),
        ("please, ＠mio tanabe!", [1]),
        ("@Mio which one?", []),  # two are called so
        ("@rosa and @岡部さん、お願いします", [4, 2]),
        ("@岡部賢司さん", [2]),
        ("mail rosa@rosa.example or x@Rosa Silva", []),
        ("@Rosalind", []),
        ("@Rosa Silva @rosa", [4]),
        ("", []),
    ],
)
def test_who_is_named(text: str, who: list[int]) -> None:
    assert mentions.find(text, NAMES) == who


def told(desk: Desk, who: str) -> list[tuple[str, bool]]:
    with desk.read() as db:
        return [(notice.kind, notice.read) for notice in reading.of(db, desk.agent(who))]


def give(desk: Desk, number: int, to: str, by: str = "mio") -> None:
    with desk.write() as db:
        ticket = db.get_one(Ticket, number)
        assignment.assign(db, ticket, desk.agent(to).id, Actor("agent", desk.agent(by).id))


def into(desk: Desk, number: int, name: str) -> None:
    with desk.write() as db:
        team = db.scalar(sa.select(Team.id).where(Team.name == name))
        assignment.move(db, db.get_one(Ticket, number), team, SYSTEM)


def opened(desk: Desk) -> int:
    return desk.customer_writes("hannah", "The lid is loose.", message_id="<one@fjordcafe.example>").ticket_id or 0


@pytest.mark.both
def test_each_event_tells_those_whom_it_concerns_and_never_who_did_it(desk: Desk) -> None:
    number = opened(desk)
    give(desk, number, "kenji")
    assert told(desk, "kenji") == [("assigned", False)]
    assert told(desk, "mio") == []
    desk.agent_notes("mio", number, "@岡部 賢司 could you look? @Mio Tanabe too")
    desk.customer_writes("hannah", "Hello?", answering="<one@fjordcafe.example>")
    desk.customer_writes("hannah", "Hello??", answering="<one@fjordcafe.example>")
    assert told(desk, "kenji") == [("replied", False), ("mention", False), ("assigned", False)]  # one reply says it
    assert told(desk, "mio") == []
    into(desk, number, cast.ORDERS)
    assert told(desk, "mio") == [("team", False)]
    with desk.read() as db:
        (mention,) = (n for n in reading.of(db, desk.agent("kenji")) if n.kind == "mention")
    assert mention.url == f"/console/tickets/{number}#n{desk.notes(number)[0].id}"
    assert mention.who == "Mio Tanabe"


@pytest.mark.both
def test_a_failed_delivery_and_a_waking_ticket_tell_whose_they_are(desk: Desk) -> None:
    number = opened(desk)
    desk.agent_replies("kenji", number, "It leaves today.")
    with desk.write() as db:
        delivery = db.scalars(sa.select(Delivery).order_by(Delivery.id.desc()).limit(1)).one()
        outbox.move(db, delivery, "failed")
    assert told(desk, "kenji") == [("failed", False)]
    with desk.write() as db:
        ticket = db.get_one(Ticket, number)
        snooze.snooze(db, ticket, clock.now() + timedelta(hours=1), Actor("agent", desk.agent("kenji").id))
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        desk.work()
    assert told(desk, "kenji")[0] == ("woke", False)


@pytest.mark.both
def test_nobody_is_told_of_a_ticket_that_they_may_not_see(desk: Desk) -> None:
    number = opened(desk)
    into(desk, number, cast.WHOLESALE)
    desk.agent_notes("mio", number, "@岡部 賢司 and @rosa: a secret price. @森 由紀")
    assert told(desk, "kenji") == told(desk, "rosa") == []
    assert told(desk, "yuki") == [("mention", False)]
    with desk.read() as db:
        assert mentions.untold(db, "@岡部 賢司 @森 由紀", number) == ["岡部 賢司"]
    public = desk.customer_writes("tom", "Hello").ticket_id or 0
    desk.agent_notes("mio", public, "@岡部 賢司")
    assert told(desk, "kenji") == [("mention", False)]
    into(desk, public, cast.WHOLESALE)  # what one may no longer see is no longer told
    assert told(desk, "kenji") == []
    with desk.read() as db:
        assert reading.unread(db, desk.agent("kenji")) == 0


@pytest.mark.both
def test_what_is_muted_is_listed_but_never_counts(desk: Desk) -> None:
    with desk.write() as db:
        reading.choose(db, agents.get(db, desk.agent("kenji").id), ["mention"], "off")
    number = opened(desk)
    give(desk, number, "kenji")
    desk.agent_notes("mio", number, "@岡部 賢司")
    assert told(desk, "kenji") == [("mention", False), ("assigned", True)]
    with desk.read() as db:
        assert reading.unread(db, desk.agent("kenji")) == 1
    with pytest.raises(Invalid), desk.write() as db:
        reading.choose(db, agents.get(db, desk.agent("kenji").id), ["nonsense"], "off")


def test_reading_is_one_s_own(desk: Desk) -> None:
    number = opened(desk)
    give(desk, number, "kenji")
    with desk.read() as db:
        (notice,) = reading.of(db, desk.agent("kenji"))
        with pytest.raises(NotFound):
            reading.one(db, desk.agent("rosa"), notice.id)
    rosa, kenji = desk.signed_in("rosa"), desk.signed_in("kenji")
    assert rosa.post(f"/console/notices/{notice.id}").status_code == 404
    assert rosa.get(f"/console/tickets/{number}/colleagues").status_code == 404
    rosa.post("/console/notices/read")
    assert told(desk, "kenji") == [("assigned", False)]
    assert kenji.get("/console/notices/bell").json()["unread"] == 1
    assert kenji.get("/live/missed").json()["unread"] == 1
    gone = kenji.post(f"/console/notices/{notice.id}")
    assert gone.headers["location"] == f"/console/tickets/{number}"
    assert kenji.get("/console/notices/bell").json()["unread"] == 0


def hx(client: TestClient, number: int, text: str) -> str:
    answer = client.post(
        f"/console/tickets/{number}/write", data={"kind": "note", "body": text}, headers={"hx-request": "true"}
    )
    assert answer.status_code == 204
    return answer.headers["hx-trigger"]


def test_the_writer_learns_who_was_not_told(desk: Desk) -> None:
    number = opened(desk)
    into(desk, number, cast.WHOLESALE)
    mio = desk.signed_in("mio")
    assert "may not see this ticket and was not told" in hx(mio, number, "@rosa look")
    assert "toast" not in hx(mio, number, "@森 look")
    people = {p["name"]: p["sees"] for p in mio.get(f"/console/tickets/{number}/colleagues").json()}
    assert people["Rosa Silva"] is False
    assert people["森 由紀"] is True
    assert "Mio Tanabe" not in people


def test_pages_of_notices_say_what_there_is(desk: Desk) -> None:
    number = opened(desk)
    kenji = desk.signed_in("kenji")
    assert "お知らせはありません" in kenji.get("/console/notices").text
    give(desk, number, "kenji")
    page = kenji.get("/console/notices").text
    assert "Mio Tanabeさんがこのチケットをあなたに割り当てました" in page
    form = {"kinds": ["mention", "assigned"], "digest": "daily"}
    assert kenji.post("/console/profile/notices", data=form).status_code == 303
    with desk.read() as db:
        assert reading.choices(db, desk.agent("kenji")) == ({"mention", "assigned"}, "daily")
    assert kenji.post("/console/profile/notices", data={"digest": "yearly"}).status_code == 422


# ── the digest ────────────────────────────────────────────────────────────────────────────────────────


def at(hour: int, day: int = 2) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("every", "sent", "now", "yes"),
    [
        ("off", None, at(9), False),
        ("hourly", None, at(9), True),
        ("hourly", at(9), at(9) + timedelta(minutes=59), False),
        ("hourly", at(9), at(10), True),
        ("daily", at(9, 1), at(7), False),
        ("daily", at(9, 1), at(8), True),
        ("daily", at(8), at(23), False),
    ],
)
def test_when_a_digest_is_due(every: str, sent: datetime | None, now: datetime, yes: bool) -> None:
    assert digest.due(every, sent, now, "Asia/Tokyo") is yes


def enqueue(db: Session) -> None:
    queue.enqueue(db, "notices.digest", lane="slow")


@pytest.mark.both
def test_unread_notices_are_mailed_once_in_the_reader_s_language(desk: Desk) -> None:
    sent: list[tuple[str, str, str]] = []
    channel = desk.house.database.house["channels"]["email"]
    send = channel.send

    def kept(_inbox: InboxInfo, mail: Outgoing) -> Sent:
        sent.append((mail.to[0].value, mail.subject, mail.text))
        return Sent(mail.external_id)

    channel.send = kept
    with desk.write() as db:
        for who in ("kenji", "mio"):
            reading.choose(db, agents.get(db, desk.agent(who).id), list(KINDS), "hourly")
    number = opened(desk)
    give(desk, number, "kenji")
    desk.work()
    sent.clear()

    def hour(n: int) -> None:
        with time_machine.travel(clock.now() + timedelta(hours=n, minutes=1), tick=False):
            with desk.write() as db:
                enqueue(db)
            desk.work()

    hour(1)
    hour(2)
    channel.send = send
    ((to, subject, text),) = sent
    assert to == cast.STAFF["kenji"].email
    assert subject == "Madoguchi: 未読のお知らせが 1 件あります"
    assert f"http://testserver/console/tickets/{number}" in text
    assert "Mio Tanabeさん" in text
