"""Nobody becomes somebody else: forged mail, claimed addresses, names that only look alike."""

from __future__ import annotations

import pytest

from app.channels.email import catcher
from app.customers import identities
from tests.chat.test_chat import Visitor, left_alone
from tests.portal.walk import filled, follow, link_in, mails
from tests.story import Desk

VICTIM = "emma@laurent.example"


@pytest.mark.desk(trusted_authserv_id="mx.demo.example")
def test_who_is_in_copy_of_a_forged_mail_gets_none_of_our_answers(desk: Desk) -> None:
    forged = desk.customer_writes(
        "hannah",
        "What did I order last week, and to which address does it go?",
        cc="Hannah Lindqvist <eve@evil.example>",
        headers={"Authentication-Results": "mx.demo.example; dmarc=fail header.from=fjordcafe.example"},
    )
    answer = desk.agent_replies("mio", forged.ticket_id or 0, "Two pots, to Bryggen 4.")
    assert answer.recipients["cc"] == []
    assert mails(desk, "eve@evil.example") == []


def test_what_the_owner_of_a_claimed_address_mails_is_not_shown_to_who_claimed_it(desk: Desk) -> None:
    eve = Visitor(desk)
    eve.says("Please send me my last invoice.")
    eve.posts("contact", name="Emma", email=VICTIM)
    ticket = desk.tickets()[0].id
    desk.agent_replies("mio", ticket, "Which order is it?")
    left_alone(desk)
    mailed = [d for d in desk.deliveries(ticket) if not (d.external_id or "").startswith("chat-")]
    desk.customer_writes(
        "ayaka", "Order 4711, Rue Verte 8.", sender=f"Emma <{VICTIM}>", answering=mailed[0].external_id
    )
    assert "Rue Verte" not in str(eve.sees())


def test_an_address_that_was_only_claimed_in_a_chat_is_still_its_owners_when_they_come(desk: Desk) -> None:
    eve = Visitor(desk)
    eve.says("Hello")
    eve.posts("contact", name="Eve", email=VICTIM)
    claimed = desk.tickets()[0].requester_id
    received = desk.customer_writes("ayaka", "My first letter.", sender=f"Emma <{VICTIM}>")
    assert desk.ticket(received.ticket_id or 0).requester_id != claimed
    assert desk.messages(received.ticket_id or 0)[0].sender_name == "Emma"


def test_a_proof_of_the_address_does_not_prove_who_only_claimed_it(desk: Desk) -> None:
    eve = Visitor(desk)
    eve.says("Hello")
    eve.posts("contact", name="Emma", email=VICTIM)
    emma = desk.visitor()
    emma.post("/help/sign-in", data={"email": VICTIM})
    desk.work()
    for mail in mails(desk, VICTIM):  # the owner signs in, if there is anything to sign in to
        follow(emma, link_in(mail))
    with desk.read() as db:
        known = identities.of(db, desk.tickets()[0].requester_id)
    assert [i.evidence for i in known if i.kind == "email"] == ["claimed"]


def test_an_address_that_was_only_claimed_opens_no_door(desk: Desk) -> None:
    eve = Visitor(desk)
    eve.says("Hello")
    eve.posts("contact", name="Eve", email="eve@evil.example")
    desk.visitor().post("/help/sign-in", data={"email": "eve@evil.example"})
    desk.work()
    assert mails(desk, "eve@evil.example") == []


@pytest.mark.parametrize(
    ("one", "other"), [("user@fa\u00df.example", "user@fass.example"), ("\u212aim@a.example", "kim@a.example")]
)
def test_addresses_that_only_look_alike_are_two_people(desk: Desk, one: str, other: str) -> None:
    with desk.write() as db:
        first, second = (identities.resolve(db, "email", value).id for value in (one, other))
    assert first != second


def test_a_confirmation_to_an_unproven_address_repeats_nothing_that_a_stranger_chose(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the form is a way to write to anybody in the desk's name."""
    monkeypatch.setattr("app.portal.ask.QUICKEST", 0)
    said = {"name": "Win at pills.example", "subject": "Cheap at pills.example", "text": "Buy at pills.example"}
    assert desk.visitor().post("/help/request", data=filled(desk, email=VICTIM, **said)).status_code == 303
    desk.work()
    data = desk.house.settings.data
    sent = [catcher.read_mail(data, caught.name) for caught in catcher.list_mails(data)]
    assert sent
    assert [value for mail in sent for name, value in mail.headers if "pills.example" in value] == []
