"""Which ticket a mail belongs to: proof joins, doubt opens a linked ticket and says why."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.accounts import agents
from app.demo import cast
from app.events import Actor
from app.tickets import lifecycle
from app.tickets.models import Ticket, TicketLink
from tests.story import Desk

pytestmark = pytest.mark.both


def our_answer(desk: Desk, ticket: int) -> str:
    """The Message-ID of the desk's newest mail in a ticket."""
    found = [m.external_id for m in desk.messages(ticket) if m.direction == "out"][-1]
    assert found
    return found


def links(desk: Desk) -> list[tuple[int, int, str]]:
    with desk.read() as db:
        return [(link.ticket_id, link.other_id, link.why) for link in db.scalars(sa.select(TicketLink))]


def test_a_first_mail_opens_a_ticket(desk: Desk) -> None:
    received = desk.customer_writes("hannah", "The lid is loose.", subject="Loose lid")
    assert (received.state, received.why) == ("opened", "first_contact")
    ticket = desk.ticket(received.ticket_id or 0)
    assert (ticket.subject, ticket.status, ticket.shelf) == ("Loose lid", "new", "desk")
    assert ticket.requester_id == desk.customer("hannah").id


def test_an_answer_to_our_mail_by_the_requester_joins(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.")
    desk.agent_replies("mio", first.ticket_id or 0, "I am sorry!")
    second = desk.customer_writes("hannah", "Thank you.", answering=our_answer(desk, first.ticket_id or 0))
    assert (second.state, second.why, second.ticket_id) == ("threaded", "token", first.ticket_id)
    assert desk.ticket(first.ticket_id or 0).status == "open"


def test_a_second_mail_that_answers_ones_own_first_joins(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.", message_id="<one@fjordcafe.example>")
    second = desk.customer_writes("hannah", "And chipped.", answering="<one@fjordcafe.example>")
    assert (second.ticket_id, second.why) == (first.ticket_id, "reference")


def test_a_stranger_who_knows_our_message_id_gets_a_ticket_of_their_own(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.")
    desk.agent_replies("mio", first.ticket_id or 0, "I am sorry!")
    spoof = desk.customer_writes(
        "tom", "What did she write?", answering=our_answer(desk, first.ticket_id or 0), sender="eve@evil.example"
    )
    assert (spoof.state, spoof.why) == ("opened", "sender_unknown")
    assert links(desk) == [(spoof.ticket_id, first.ticket_id, "sender_unknown")]
    assert "lid is loose" not in desk.messages(spoof.ticket_id or 0)[-1].text


def test_a_stranger_who_knows_a_customers_message_id_does_not_join(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.", message_id="<one@fjordcafe.example>")
    spoof = desk.customer_writes("tom", "Me too", answering="<one@fjordcafe.example>")
    assert spoof.ticket_id != first.ticket_id


def test_a_tampered_token_proves_nothing(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.")
    desk.agent_replies("mio", first.ticket_id or 0, "I am sorry!")
    ours = our_answer(desk, first.ticket_id or 0)
    local, _, domain = ours.strip("<>").partition("@")
    tampered = f"<{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}>"
    second = desk.customer_writes("hannah", "Thank you.", answering=tampered)
    assert second.ticket_id != first.ticket_id


@pytest.mark.desk(trusted_authserv_id="mx.demo.example")
def test_a_sender_that_our_own_server_calls_forged_does_not_join(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.")
    desk.agent_replies("mio", first.ticket_id or 0, "I am sorry!")
    forged = desk.customer_writes(
        "hannah",
        "Send it to my new address.",
        answering=our_answer(desk, first.ticket_id or 0),
        headers={"Authentication-Results": "mx.demo.example; dmarc=fail header.from=fjordcafe.example"},
    )
    assert (forged.state, forged.why) == ("opened", "sender_forged")
    assert desk.ticket(forged.ticket_id or 0).why["acknowledgement"]["code"] == "sender_forged"


def test_a_subject_tag_never_joins_by_itself(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.")
    second = desk.customer_writes("hannah", "Hello", subject=f"Re: [#{first.ticket_id}] The lid is loose")
    assert second.ticket_id != first.ticket_id


def test_somebody_in_cc_may_answer_and_joins(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "With Jonas in copy.", cc="Jonas Berg <jonas@fjordcafe.example>")
    desk.agent_replies("mio", first.ticket_id or 0, "Hello both.")
    answer = desk.customer_writes(
        "hannah", "Jonas here.", answering=our_answer(desk, first.ticket_id or 0), sender="jonas@fjordcafe.example"
    )
    assert answer.ticket_id == first.ticket_id


def test_an_answer_to_a_solved_ticket_opens_it_again(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.")
    desk.agent_replies("mio", first.ticket_id or 0, "Done.")
    with desk.write() as db:
        lifecycle.solve(db, db.get_one(Ticket, first.ticket_id), Actor("agent", desk.agent("mio").id))
    desk.customer_writes("hannah", "Still loose.", answering=our_answer(desk, first.ticket_id or 0))
    ticket = desk.ticket(first.ticket_id or 0)
    assert (ticket.status, ticket.reopened, ticket.solved_at) == ("open", 1, None)
    assert ticket.first_solved_at is not None


def test_an_answer_to_a_closed_ticket_opens_a_linked_one(desk: Desk) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.")
    desk.agent_replies("mio", first.ticket_id or 0, "Done.")
    with desk.write() as db:
        lifecycle.set_status(db, db.get_one(Ticket, first.ticket_id), "closed")
    later = desk.customer_writes("hannah", "A new matter.", answering=our_answer(desk, first.ticket_id or 0))
    assert (later.state, later.why) == ("opened", "previous_closed")
    assert links(desk) == [(later.ticket_id, first.ticket_id, "previous_closed")]


def test_mail_to_a_merged_ticket_goes_where_it_went(desk: Desk) -> None:
    one = desk.customer_writes("hannah", "The lid is loose.")
    two = desk.customer_writes("hannah", "And another thing.")
    desk.agent_replies("mio", one.ticket_id or 0, "Hello.")
    with desk.write() as db:
        merged = db.get_one(Ticket, one.ticket_id)
        merged.merged_into_id = two.ticket_id
        lifecycle.changed(db, merged, "ticket.merged")
    answer = desk.customer_writes("hannah", "Thanks.", answering=our_answer(desk, one.ticket_id or 0))
    assert answer.ticket_id == two.ticket_id


def test_the_same_mail_again_changes_nothing(desk: Desk) -> None:
    raw = desk.mail("hannah", "The lid is loose.", message_id="<one@fjordcafe.example>")
    first = desk.mail_arrives(raw)
    again = desk.mail_arrives(b"Received: from relay2.example; Sat, 21 Nov 2026 10:00:00 +0900\r\n" + raw)
    assert again.id == first.id
    assert len(desk.messages(first.ticket_id or 0)) == 2  # the mail and its acknowledgement


def test_somebody_elses_mail_with_a_borrowed_message_id_is_kept(desk: Desk) -> None:
    desk.customer_writes("hannah", "The lid is loose.", message_id="<one@fjordcafe.example>")
    other = desk.customer_writes("tom", "Something else.", message_id="<one@fjordcafe.example>")
    assert other.state == "opened"
    assert len(desk.tickets()) == 2


def test_mail_from_a_colleagues_address_is_a_customers(desk: Desk) -> None:
    received = desk.customer_writes("hannah", "As you know, I am Mio.", sender=cast.STAFF["mio"].email)
    (message,) = [m for m in desk.messages(received.ticket_id or 0) if m.direction == "in"]
    assert (message.sender_kind, message.agent_id) == ("customer", None)
    with desk.read() as db:
        assert agents.find(db, cast.STAFF["mio"].email) is not None
