"""Answering through the API: as the token's agent, once a key."""

from __future__ import annotations

import base64

import pytest

from app.events import Actor
from app.tickets import lifecycle
from app.tickets.models import Message, Ticket
from tests.api.conftest import Calls
from tests.story import Desk


def answers(desk: Desk, ticket: int) -> list[Message]:
    return [m for m in desk.messages(ticket) if m.sender_kind == "agent"]


@pytest.mark.both
def test_a_reply_goes_out_as_the_agent_of_the_token(desk: Desk, caller: Calls) -> None:
    number = desk.customer_writes("hannah", "Is my teapot on its way?").ticket_id
    answer = caller("kenji", "messages:write").post(f"/tickets/{number}/replies", {"text": "It left this morning."})
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["sender"] == {"kind": "agent", "id": desk.agent("kenji").id, "name": "岡部 賢司", "external_id": None}
    assert shown["delivery"]["state"] == "queued"
    desk.work()
    (message,) = answers(desk, number)
    assert (message.id, message.text) == (shown["id"], "It left this morning.")
    assert [d.state for d in desk.deliveries(number) if d.message_id == message.id] == ["sent"]
    assert desk.ticket(number).status == "waiting_customer"
    assert desk.ticket(number).assignee_id == desk.agent("kenji").id


@pytest.mark.both
def test_the_same_reply_again_is_sent_once_and_answered_the_same(desk: Desk, caller: Calls) -> None:
    number = desk.customer_writes("hannah", "Is my teapot on its way?").ticket_id
    system = caller("kenji")
    first = system.post(f"/tickets/{number}/replies", {"text": "Yes."}, key="order-4471")
    with desk.write() as db:  # even when the ticket takes no more replies
        lifecycle.set_status(db, db.get_one(Ticket, number), "closed", Actor("agent", desk.agent("mio").id))
    again = system.post(f"/tickets/{number}/replies", b'{ "text" : "Yes." }', key="order-4471")
    quoted = system.post(f"/tickets/{number}/replies", {"text": "Yes."}, key='"order-4471"')
    assert (first.status_code, again.status_code, quoted.status_code) == (201, 201, 201)
    assert first.json() == again.json() == quoted.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(answers(desk, number)) == 1


def test_a_file_goes_out_with_a_reply(desk: Desk, caller: Calls) -> None:
    number = desk.customer_writes("hannah", "Please send the invoice").ticket_id
    content = base64.b64encode(b"%PDF").decode()
    file = {"filename": "../invoice.pdf", "content_type": "application/pdf", "content": content}
    system = caller("mio")
    answer = system.post(f"/tickets/{number}/replies", {"attachments": [file]})
    assert answer.status_code == 201
    (kept,) = answer.json()["attachments"]
    assert (kept["filename"], kept["size"]) == ("invoice.pdf", 4)
    assert system.get(f"/attachments/{kept['id']}").content == b"%PDF"


def test_nothing_is_sent_when_the_customer_wrote_meanwhile(desk: Desk, caller: Calls) -> None:
    came = desk.customer_writes("hannah", "Where is it?", message_id="<one@customer.example>")
    system = caller("mio")
    stale = {"text": "Which order?", "seen": came.message_id - 1}
    refused = system.post(f"/tickets/{came.ticket_id}/replies", stale, key="k")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:madoguchi:problem:conflict"
    assert answers(desk, came.ticket_id) == []
    mended = stale | {"seen": came.message_id}  # a refused request leaves its key free
    assert system.post(f"/tickets/{came.ticket_id}/replies", mended, key="k").status_code == 201


def test_a_closed_ticket_takes_no_reply(desk: Desk, caller: Calls) -> None:
    number = desk.customer_writes("hannah", "Thanks!").ticket_id
    with desk.write() as db:
        lifecycle.set_status(db, db.get_one(Ticket, number), "closed", Actor("agent", desk.agent("mio").id))
    assert caller("mio").post(f"/tickets/{number}/replies", {"text": "Bye"}).status_code == 409


def test_a_viewer_reads_and_does_not_answer(desk: Desk, caller: Calls, inbox: str) -> None:
    number = desk.customer_writes("hannah", "Hello?").ticket_id
    viewer = caller("haruka")
    assert viewer.get(f"/tickets/{number}").status_code == 200
    refused = viewer.post(f"/tickets/{number}/replies", {"text": "Hi"})
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:madoguchi:problem:forbidden"
    assert viewer.post(f"/inboxes/{inbox}/messages", {"sender": {"id": "1"}, "text": "x"}).status_code == 403
    assert answers(desk, number) == []


def test_a_token_that_hands_on_messages_cannot_answer(desk: Desk, caller: Calls) -> None:
    number = desk.customer_writes("hannah", "Hello?").ticket_id
    assert caller("mio", "inbound:write").post(f"/tickets/{number}/replies", {"text": "Hi"}).status_code == 403
    assert answers(desk, number) == []


def test_no_field_beyond_the_schema_gets_through(desk: Desk, caller: Calls) -> None:
    number = desk.customer_writes("hannah", "Hello?").ticket_id
    system = caller("mio")
    for name in ("sender_name", "agent_id", "direction", "inbox_id", "assignee_id", "html", "created_at", "__class__"):
        refused = system.post(f"/tickets/{number}/replies", {"text": "Hi", name: 1})
        assert refused.status_code == 422
        assert list(refused.json()["errors"]) == [name]
    assert answers(desk, number) == []
