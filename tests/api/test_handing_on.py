"""Messages that another system hands on: who wrote, which ticket, and each exactly once."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.api import idempotency, writing
from app.channels import inboxes, ledger
from app.channels.rest import RestChannel
from app.channels.types import Incoming
from app.customers import identities
from app.demo import cast
from app.events import Actor
from app.jobs.queue import Job
from app.tickets import forwarding, intake, lifecycle
from app.tickets.models import Attachment, Ticket
from tests.api.conftest import Calls
from tests.story import Desk

ASK = {"sender": {"id": "4471", "name": "Aoi Mori", "locale": "ja"}, "subject": "配送", "text": "いつ届きますか。"}


@pytest.mark.both
def test_a_message_is_stored_as_it_came_and_opens_a_ticket(desk: Desk, caller: Calls, inbox: str) -> None:
    answer = caller("mio", "inbound:write").post(f"/inboxes/{inbox}/messages", ASK)
    assert answer.status_code == 201
    taken = answer.json()
    assert taken["state"] == "opened"
    assert answer.headers["location"] == f"/api/v1/tickets/{taken['ticket_id']}"

    ticket = desk.ticket(taken["ticket_id"])
    assert (ticket.subject, ticket.channel, ticket.locale) == ("配送", "rest", "ja")
    (message,) = desk.messages(ticket.id)
    assert (message.id, message.text, message.sender_name) == (taken["message_id"], "いつ届きますか。", "Aoi Mori")
    with desk.read() as db:
        received = db.get_one(ledger.Received, taken["received"])
        assert json.loads(ledger.raw(db, received).body) == ASK
        assert received.envelope["agent"] == desk.agent("mio").id
        identity = identities.find(db, "rest", "4471", inbox)
        assert identity.evidence == "platform"
        assert ledger.unaccounted(db) == 0


@pytest.mark.both
def test_the_same_request_again_changes_nothing(desk: Desk, caller: Calls, inbox: str) -> None:
    system = caller("mio")
    first = system.post(f"/inboxes/{inbox}/messages", ASK, key="k-1")
    again = system.post(f"/inboxes/{inbox}/messages", ASK, key="k-1")
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(desk.messages(first.json()["ticket_id"])) == 1
    assert len(desk.received()) == 1


def test_a_second_request_with_the_same_external_id_finds_the_first(desk: Desk, caller: Calls, inbox: str) -> None:
    system = caller("mio")
    first = system.post(f"/inboxes/{inbox}/messages", ASK | {"external_id": "m-1"}).json()
    second = system.post(f"/inboxes/{inbox}/messages", ASK | {"external_id": "m-1"})
    assert second.status_code == 200
    found = second.json()
    assert (found["state"], found["why"], found["message_id"]) == ("ignored", "duplicate", first["message_id"])
    assert len(desk.messages(first["ticket_id"])) == 1


def test_a_person_stays_in_one_ticket_until_it_is_closed(desk: Desk, caller: Calls, inbox: str) -> None:
    system = caller("mio")
    first = system.post(f"/inboxes/{inbox}/messages", ASK).json()
    second = system.post(f"/inboxes/{inbox}/messages", ASK | {"text": "まだですか。"}).json()
    assert (second["state"], second["ticket_id"]) == ("threaded", first["ticket_id"])
    with desk.write() as db:
        lifecycle.set_status(db, db.get_one(Ticket, first["ticket_id"]), "closed", Actor("agent", desk.agent("mio").id))
    third = system.post(f"/inboxes/{inbox}/messages", ASK).json()
    assert third["state"] == "opened"
    assert third["ticket_id"] != first["ticket_id"]


def test_conversations_are_told_apart_from_each_other_and_from_people(desk: Desk, caller: Calls, inbox: str) -> None:
    system = caller("mio")

    def ticket(**more: object) -> int:
        return system.post(f"/inboxes/{inbox}/messages", ASK | more).json()["ticket_id"]

    alone, named, other = ticket(), ticket(conversation="4471"), ticket(conversation="9")
    assert len({alone, named, other}) == 3
    assert ticket(conversation="4471", sender={"id": "5"}) == named


def test_ids_of_two_inboxes_are_two_people(desk: Desk, caller: Calls, inbox: str) -> None:
    with desk.write() as db:
        second = inboxes.add(db, "rest", "Second shop", "second").public_id
    system = caller("mio")
    one = system.post(f"/inboxes/{inbox}/messages", ASK).json()["ticket_id"]
    two = system.post(f"/inboxes/{second}/messages", ASK).json()["ticket_id"]
    assert desk.ticket(one).requester_id != desk.ticket(two).requester_id


def test_a_person_by_address_is_the_customer_we_know(desk: Desk, caller: Calls, inbox: str) -> None:
    sender = {"kind": "email", "email": "HANNAH@fjordcafe.example"}
    taken = caller("mio").post(f"/inboxes/{inbox}/messages", {"sender": sender, "text": "Hello"}).json()
    assert desk.ticket(taken["ticket_id"]).requester_id == desk.customer("hannah").id
    with desk.read() as db:
        assert identities.find(db, "email", cast.BY_KEY["hannah"].email).evidence == "claimed"


def test_an_answer_to_a_ticket_joins_it_only_from_who_belongs_there(desk: Desk, caller: Calls, inbox: str) -> None:
    system = caller("mio")
    number = system.post(f"/inboxes/{inbox}/messages", ASK | {"conversation": "a"}).json()["ticket_id"]
    joined = system.post(f"/inboxes/{inbox}/messages", ASK | {"ticket": number}).json()
    assert (joined["state"], joined["ticket_id"]) == ("threaded", number)
    stranger = system.post(f"/inboxes/{inbox}/messages", ASK | {"ticket": number, "sender": {"id": "stranger"}}).json()
    assert (stranger["state"], stranger["why"]) == ("opened", "sender_unknown")
    assert stranger["ticket_id"] != number


def test_a_ticket_of_another_inbox_or_of_nobody_is_not_joined(desk: Desk, caller: Calls, inbox: str) -> None:
    mail = desk.customer_writes("hannah", "By mail").ticket_id
    system = caller("mio")
    by_mail = {"sender": {"email": cast.BY_KEY["hannah"].email}, "text": "By REST", "ticket": mail}
    assert system.post(f"/inboxes/{inbox}/messages", by_mail).status_code == 409
    assert system.post(f"/inboxes/{inbox}/messages", by_mail | {"ticket": 2**63 - 1}).status_code == 404
    assert system.post(f"/inboxes/{inbox}/messages", by_mail | {"ticket": 2**63}).status_code == 422
    assert len(desk.received()) == 1


def test_only_rest_inboxes_that_the_agent_sees_take_messages(desk: Desk, caller: Calls, inbox: str) -> None:
    mail = desk.inbox("email").public_id
    assert caller("mio").post(f"/inboxes/{mail}/messages", ASK).status_code == 404
    assert caller("mio").post("/inboxes/orders/messages", ASK).status_code == 404
    assert caller("rosa").post(f"/inboxes/{inbox}/messages", ASK).status_code == 404
    with desk.write() as db:
        db.scalars(sa.select(inboxes.Inbox).where(inboxes.Inbox.public_id == inbox)).one().active = False
    assert caller("mio").post(f"/inboxes/{inbox}/messages", ASK).status_code == 404
    assert desk.received() == []


def test_files_come_with_the_message(desk: Desk, caller: Calls, inbox: str) -> None:
    file = {"filename": "傷.png", "content_type": "image/png", "content": base64.b64encode(b"not a picture").decode()}
    taken = caller("mio").post(f"/inboxes/{inbox}/messages", {"sender": {"id": "1"}, "attachments": [file]}).json()
    with desk.read() as db:
        kept = db.scalars(sa.select(Attachment).where(Attachment.message_id == taken["message_id"])).one()
    assert (kept.filename, kept.size, kept.content_type) == ("傷.png", 13, "application/octet-stream")


@pytest.mark.desk(upload_max_bytes=1000)
def test_a_file_over_the_limit_is_refused_by_name_and_a_body_over_twice_it_at_the_door(
    desk: Desk, caller: Calls, inbox: str
) -> None:
    def message(size: int) -> dict[str, object]:
        large = base64.b64encode(bytes(size)).decode()
        files = [{"filename": "a", "content": "QQ=="}, {"filename": "b", "content": large}]
        return {"sender": {"id": "1"}, "attachments": files}

    system = caller("mio")
    refused = system.post(f"/inboxes/{inbox}/messages", message(1001))
    assert refused.status_code == 422
    assert list(refused.json()["errors"]) == ["attachments[1].content"]
    assert system.post(f"/inboxes/{inbox}/messages", message(2000)).status_code == 413
    assert desk.received() == []


def test_the_desk_s_answer_is_fetched(desk: Desk, caller: Calls, inbox: str) -> None:
    system = caller("mio")
    number = system.post(f"/inboxes/{inbox}/messages", ASK).json()["ticket_id"]
    desk.agent_replies("kenji", number, "明日届きます。")
    asked, answered = system.get(f"/tickets/{number}/messages").json()["data"]
    assert (asked["text"], answered["text"]) == (ASK["text"], "明日届きます。")
    assert answered["delivery"]["state"] == "sent"
    new = system.get("/messages", inbox=inbox, after=asked["id"]).json()["data"]
    assert [m["id"] for m in new] == [answered["id"]]
    later = system.post(f"/inboxes/{inbox}/messages", ASK | {"text": "ありがとう。"}).json()
    assert later["ticket_id"] == number


def test_what_cannot_be_read_now_is_kept_and_read_later(
    desk: Desk, caller: Calls, inbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = caller("mio")
    with monkeypatch.context() as broken:
        broken.setattr(intake, "_apply_all", lambda *_: 1 / 0)
        first = system.post(f"/inboxes/{inbox}/messages", ASK, key="k")
    assert first.status_code == 202
    assert first.json()["state"] == "received"
    with desk.write() as db:
        db.execute(sa.update(Job).values(run_at=sa.select(ledger.Received.received_at).scalar_subquery()))
    desk.work()
    then = system.post(f"/inboxes/{inbox}/messages", ASK, key="k")
    assert then.status_code == 201
    assert then.json()["received"] == first.json()["received"]
    assert len(desk.messages(then.json()["ticket_id"])) == 1
    assert len(desk.received()) == 1


def test_a_request_that_died_half_way_goes_on_where_it_broke_off(
    desk: Desk, caller: Calls, inbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = caller("mio")
    with monkeypatch.context() as dying:
        dying.setattr(idempotency, "keep", lambda *_: 1 / 0)  # the ticket is there, the answer was never kept
        dying.setattr(writing, "_release", lambda *_: None)
        assert system.post(f"/inboxes/{inbox}/messages", ASK, key="k").status_code == 500
    assert system.post(f"/inboxes/{inbox}/messages", ASK, key="k").status_code == 409
    with desk.write() as db:
        db.execute(sa.update(idempotency.ApiRequest).values(lease_until=clock.now() - timedelta(hours=1)))
    then = system.post(f"/inboxes/{inbox}/messages", ASK, key="k")
    assert then.status_code == 201
    assert len(desk.messages(then.json()["ticket_id"])) == 1
    assert len(desk.received()) == 1


def test_what_the_api_would_refuse_is_quarantined_when_it_is_in_the_ledger(desk: Desk, inbox: str) -> None:
    for n, raw in enumerate((b"", b"[]", b"{}", b'{"sender": 1}', b'{"sender": {"id": 7}, "text": 5}', b"\xff")):
        received = intake.accept_and_take(desk.house.database, desk.inbox("rest").id, Incoming(f"bad:{n}", raw))
        assert (received.state, received.why) == ("quarantined", "not_a_message")


def test_the_channel_has_no_webhook(desk: Desk, inbox: str) -> None:
    assert desk.visitor().post(f"/hooks/rest/{inbox}", content=b"{}").status_code == 404
    assert RestChannel().profile(None, "7") is None  # type: ignore[arg-type]


def test_what_was_forwarded_is_no_answer_to_fetch(desk: Desk, caller: Calls) -> None:
    ticket = desk.customer_writes("hannah", "The lid is loose.").ticket_id or 0
    before = [m["id"] for m in caller("mio").get(f"/tickets/{ticket}/messages").json()["data"]]
    with desk.write() as db:
        forwarding.forward(db, db.get_one(Ticket, ticket), desk.agent("mio"), to="potter@kiln.example", text="Help?")
    after = [m["id"] for m in caller("mio").get(f"/tickets/{ticket}/messages").json()["data"]]
    assert after == before
