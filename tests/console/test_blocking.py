"""Blocked senders: their mail goes among the spam, said and kept; who may block whom; the way back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.demo import cast
from app.events import SYSTEM, Actor
from app.notices.models import Notice
from app.tickets import blocking
from app.tickets.carried import Block
from tests.console.conftest import HX
from tests.story import Desk

HANNAH = cast.BY_KEY["hannah"].email
DOMAIN = HANNAH.partition("@")[2]


def blocks(desk: Desk) -> list[tuple[str, str]]:
    with desk.read() as db:
        return [(one.kind, one.value) for one in db.scalars(sa.select(Block).order_by(Block.id))]


@pytest.mark.both
def test_the_mail_of_a_blocked_sender_goes_among_the_spam(desk: Desk, mio: TestClient, waiting: int) -> None:
    path = f"/console/tickets/{waiting}/block"
    kenji = desk.signed_in("kenji")
    assert HANNAH in kenji.get(path, headers=HX).text
    answer = kenji.post(path, data={"kind": "address", "why": "writes nothing but rage"}, headers=HX)
    assert f"{HANNAH} をブロックしました" in answer.text
    assert desk.ticket(waiting).spam
    first = desk.messages(waiting)[0].external_id
    received = desk.customer_writes("hannah", "Again!", subject="Again", answering=first)
    caught = desk.ticket(received.ticket_id or 0)
    assert (received.state, received.why, caught.spam, caught.shelf) == ("opened", "sender_blocked", True, "out")
    desk.work()
    assert desk.deliveries(caught.id) == []  # no acknowledgement
    with desk.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Notice).where(Notice.ticket_id == caught.id)) == 0
    assert "The sender is blocked" in mio.get(f"/console/tickets/{caught.id}/why", headers=HX).text
    listed = mio.get("/console/settings/blocks").text
    for words in (HANNAH, "writes nothing but rage", cast.STAFF["kenji"].name, "status%3Aspam"):
        assert words in listed
    assert not desk.ticket(desk.customer_writes("tom", "Hello", subject="Hi").ticket_id or 0).spam


def test_a_block_is_taken_back_by_whoever_made_it_and_by_admins(desk: Desk, mio: TestClient, waiting: int) -> None:
    path = f"/console/tickets/{waiting}/block"
    desk.signed_in("kenji").post(path, data={"kind": "address"}, headers=HX)
    with desk.read() as db:
        [number] = db.scalars(sa.select(Block.id))
    assert desk.signed_in("kenji").post(path, data={"undo": number}, headers=HX).status_code == 200
    assert (blocks(desk), desk.ticket(waiting).spam) == ([], False)
    mio.post("/console/settings/blocks", data={"kind": "address", "value": HANNAH.upper()})
    assert blocks(desk) == [("address", HANNAH)]
    with desk.read() as db:
        [number] = db.scalars(sa.select(Block.id))
    assert desk.signed_in("kenji").post(path, data={"undo": number}, headers=HX).status_code == 404  # another's
    mio.post("/console/settings/blocks", data={"unblock": number})
    assert blocks(desk) == []
    assert not desk.ticket(desk.customer_writes("hannah", "Sorry", subject="Sorry").ticket_id or 0).spam


@pytest.mark.both
def test_a_domain_is_blocked_with_what_is_below_it_by_admins_alone(desk: Desk, mio: TestClient, waiting: int) -> None:
    path = f"/console/tickets/{waiting}/block"
    assert desk.signed_in("kenji").post(path, data={"kind": "domain"}, headers=HX).status_code == 403
    assert "全体をブロック" not in desk.signed_in("kenji").get(path, headers=HX).text
    mio.post(path, data={"kind": "domain"}, headers=HX)
    assert blocks(desk) == [("domain", DOMAIN)]
    with desk.read() as db:
        found = {a: blocking.blocked(db, a) for a in (f"x@{DOMAIN}", f"x@mail.{DOMAIN}", f"x@not{DOMAIN}", "")}
    assert list(found.values()) == [True, True, False, False]


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        ("address", "nobody", "not an e-mail address"),
        ("domain", "no domain", "not a domain"),
        ("domain", "@gmail.com", "mail provider for everybody"),
        ("address", cast.SUPPORT, "address of the desk itself"),
        ("address", cast.STAFF["mio"].email, "address of the desk itself"),
        ("domain", cast.SUPPORT.partition("@")[2], "address of the desk itself"),
        ("planet", "mars", "Choose one of these."),
    ],
)
def test_what_cannot_be_blocked(desk: Desk, mio: TestClient, kind: str, value: str, sentence: str) -> None:
    form = {"kind": kind, "value": value, "why": "kept"}
    answer = mio.post("/console/settings/blocks", data=form)
    assert (answer.status_code, sentence in answer.text, "kept" in answer.text) == (422, True, True)
    assert blocks(desk) == []


def test_strangers_and_viewers_block_nobody(desk: Desk, waiting: int) -> None:
    path = f"/console/tickets/{waiting}/block"
    for who, status in (("haruka", 403), ("rosa", 404)):
        browser = desk.signed_in(who)
        assert browser.post(path, data={"kind": "address"}, headers=HX).status_code == status
        assert browser.get("/console/settings/blocks").status_code == 404
    with desk.write() as db:
        blocking.block(db, "address", HANNAH, "", Actor("agent", desk.agent("mio").id))
        assert blocking.block(db, "address", HANNAH, "", SYSTEM).made_by_id  # twice is once
    assert len(blocks(desk)) == 1
