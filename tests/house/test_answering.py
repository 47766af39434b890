"""Answers and notes: what goes out, to whom, and what never does."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import limits
from app.accounts import agents
from app.channels.outbox import Delivery
from app.db import Session
from app.demo import cast
from app.errors import Conflict, Invalid
from app.tickets import messages, replies, thread
from app.tickets.models import Ticket
from tests.story import Desk

pytestmark = pytest.mark.both


def mio(db: Session) -> agents.Agent:
    found = agents.find(db, cast.STAFF["mio"].email)
    assert found
    return found


def test_an_answer_goes_to_the_customer_and_says_what_it_answers(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.", message_id="<one@fjordcafe.example>")
    message = desk.agent_replies("mio", first.ticket_id or 0, "I am sorry!")
    delivery = desk.deliveries(first.ticket_id or 0)[-1]
    assert (delivery.state, delivery.external_id) == ("sent", message.external_id)
    assert delivery.content["to"] == [["hannah@fjordcafe.example", "Hannah Lindqvist"]]
    assert delivery.content["in_reply_to"] == "<one@fjordcafe.example>"
    ticket = desk.ticket(first.ticket_id or 0)
    assert (ticket.status, ticket.assignee_id) == ("waiting_customer", desk.agent("mio").id)
    assert ticket.first_response_at == message.created_at


def test_a_note_never_has_a_delivery_and_no_customer_can_read_it(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.")
    before = len(desk.deliveries(first.ticket_id or 0))
    desk.agent_notes("mio", first.ticket_id or 0, "She is a difficult one: SECRET-NOTE")
    desk.work()
    desk.agent_replies("mio", first.ticket_id or 0, "I am sorry!")
    assert len(desk.deliveries(first.ticket_id or 0)) == before + 1
    with desk.read() as db:
        sent = str([d.content for d in db.scalars(sa.select(Delivery))])
        shown = str([e.message.text for e in thread.public(db, db.get_one(Ticket, first.ticket_id))])
        inside = [e.note.text for e in thread.load(db, db.get_one(Ticket, first.ticket_id)).entries if e.note]
    assert "SECRET-NOTE" not in sent + shown
    assert inside == ["She is a difficult one: SECRET-NOTE"]
    assert not hasattr(Delivery, "note_id")


def test_an_answer_stops_when_the_customer_wrote_since_the_screen_was_drawn(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.", message_id="<one@fjordcafe.example>")
    with desk.read() as db:
        seen = messages.last_number(db, first.ticket_id or 0)
    desk.customer_writes("hannah", "Never mind, it fits.", answering="<one@fjordcafe.example>")
    with pytest.raises(Conflict), desk.write() as db:
        replies.reply(db, db.get_one(Ticket, first.ticket_id), mio(db), "Send it back, please.", seen=seen)
    assert all(m.sender_kind != "agent" for m in desk.messages(first.ticket_id or 0))


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 200_001, "\x00\u202e"])
def test_an_answer_without_a_text_or_with_far_too_much_is_refused(desk: Desk, text: str) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.")
    with pytest.raises(Invalid) as caught, desk.write() as db:
        replies.reply(db, db.get_one(Ticket, first.ticket_id), mio(db), text)
    assert "text" in caught.value.fields


def test_nothing_is_sent_from_a_ticket_that_was_merged_or_closed(desk: Desk) -> None:
    one, two = desk.customer_writes("hannah", "One."), desk.customer_writes("hannah", "Two.")
    with desk.write() as db:
        db.get_one(Ticket, one.ticket_id).merged_into_id = two.ticket_id
    with pytest.raises(Conflict), desk.write() as db:
        replies.reply(db, db.get_one(Ticket, one.ticket_id), mio(db), "Hello")


def test_a_rolled_back_answer_leaves_no_message_delivery_or_job(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.")
    desk.work()
    before = (len(desk.messages(first.ticket_id or 0)), len(desk.deliveries(first.ticket_id or 0)))
    with pytest.raises(RuntimeError), desk.write() as db:
        replies.reply(db, db.get_one(Ticket, first.ticket_id), mio(db), "Hello")
        raise RuntimeError
    assert (len(desk.messages(first.ticket_id or 0)), len(desk.deliveries(first.ticket_id or 0))) == before
    assert desk.work() == 0


def test_a_new_ticket_is_acknowledged_once_a_day_in_the_customers_language(desk: Desk) -> None:
    one = desk.customer_writes("ayaka", "急須の蓋がゆるいです。よろしくお願いいたします。", subject="蓋")
    two = desk.customer_writes("ayaka", "もう一件お願いします。", subject="もう一件")
    (first,) = [m for m in desk.messages(one.ticket_id or 0) if m.kind == "acknowledgement"]
    assert "お問い合わせ" in first.text
    assert [m for m in desk.messages(two.ticket_id or 0) if m.kind == "acknowledgement"] == []
    assert desk.ticket(two.ticket_id or 0).why["acknowledgement"]["code"] == "answered_lately"


@pytest.mark.desk(trusted_authserv_id="mx.demo.example")
def test_what_a_sender_chose_is_repeated_to_who_is_known_to_have_sent_it(desk: Desk) -> None:
    passed = "mx.demo.example; dmarc=pass header.from=fjordcafe.example"
    known = desk.customer_writes("hannah", "The lid.", headers={"Authentication-Results": passed}, subject="Lid")
    unknown = desk.customer_writes("ayaka", "急須の蓋がゆるいです。", subject="蓋")
    first, second = (desk.messages(one.ticket_id or 0)[-1] for one in (known, unknown))
    assert (first.subject, first.recipients["to"][0][1]) == ("Re: Lid", cast.BY_KEY["hannah"].name)
    expected = f"お問い合わせを受け付けました（受付番号 #{unknown.ticket_id}）"
    assert (second.subject, second.recipients["to"][0][1]) == (expected, "")


def test_the_answer_to_an_acknowledgement_without_the_subject_finds_its_ticket(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.", subject="Lid")
    desk.work()
    (sent,) = desk.deliveries(first.ticket_id or 0)
    assert sent.content["subject"] == f"We received your request #{first.ticket_id}"
    again = desk.customer_writes("hannah", "And chipped.", subject="Re: whatever", answering=sent.external_id)
    assert (again.state, again.ticket_id) == ("threaded", first.ticket_id)


def test_acknowledgements_to_unproven_addresses_end_when_there_are_too_many_and_say_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.RULES, "acknowledgements to unproven", "1/hour")
    desk.house.database.house["limits"] = limits.Limits()
    taken = [desk.customer_writes(who, "Hello") for who in ("hannah", "ayaka")]
    codes = [desk.ticket(one.ticket_id or 0).why["acknowledgement"]["code"] for one in taken]
    assert codes == ["send", "too_many_now"]
    assert [m.direction for m in desk.messages(taken[1].ticket_id or 0)] == ["in"]
    page = desk.signed_in("mio").get(f"/console/tickets/{taken[1].ticket_id}/why")
    assert "too many went to unproven addresses" in page.text


def test_a_message_is_taken_in_while_nothing_can_be_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.limits.Limits.spend", lambda *_: 1 / 0)
    received = desk.customer_writes("hannah", "Hello")
    assert [m.kind for m in desk.messages(received.ticket_id or 0)] == ["text", "acknowledgement"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List-Id": "<tea.lists.example>"},
        {"X-Auto-Response-Suppress": "All"},
    ],
)
def test_automatic_mail_is_taken_in_and_never_answered(desk: Desk, headers: dict[str, str]) -> None:
    received = desk.customer_writes("hannah", "I am out of the office.", headers=headers)
    assert received.state == "opened"
    assert [m.direction for m in desk.messages(received.ticket_id or 0)] == ["in"]
    assert desk.ticket(received.ticket_id or 0).why["acknowledgement"]["code"] != "send"


def test_a_mail_of_our_own_address_is_never_answered(desk: Desk) -> None:
    received = desk.customer_writes("hannah", "A loop?", sender=cast.SUPPORT)
    assert [m.direction for m in desk.messages(received.ticket_id or 0)] == ["in"]


def test_what_cannot_be_read_is_quarantined_with_the_reason_and_can_be_replayed(desk: Desk) -> None:
    received = desk.mail_arrives(b"")
    assert received.state == "quarantined"
    assert received.why
    from app.channels import ledger

    with desk.write() as db:
        ledger.replay(db, received.id)
    assert desk.work() == 1
    assert desk.received()[-1].state == "quarantined"
