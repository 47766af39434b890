"""The server that takes our mail is away, and comes back: answers wait, and go out without anybody's hands."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from app import clock, main
from app.settings import Settings
from tests.faults import postoffice
from tests.faults.postoffice import PostOffice
from tests.ports import free_port
from tests.story import Desk

PORT = free_port()


@pytest.fixture
def house(desk_settings: Settings) -> Iterator[main.House]:
    """A desk whose mail goes to a server that is not there yet."""
    made = main.build(dataclasses.replace(desk_settings, smtp_url=f"smtp://127.0.0.1:{PORT}", acknowledge=False))
    yield made
    made.close()


def next_try(desk: Desk, ticket: int) -> datetime:
    """A moment after the time that the ticket's one delivery is tried again."""
    [delivery] = desk.deliveries(ticket)
    assert delivery.retry_at is not None
    return delivery.retry_at + timedelta(seconds=1)


def states(desk: Desk, ticket: int) -> list[str]:
    return [delivery.state for delivery in desk.deliveries(ticket)]


def answered(desk: Desk) -> int:
    received = desk.customer_writes("hannah", "Is my tea on its way?")
    assert received.ticket_id is not None
    desk.agent_replies("mio", received.ticket_id, "It left Uji this morning.")
    return received.ticket_id


def test_an_answer_waits_for_the_mail_server_and_goes_out_when_it_is_back(desk: Desk) -> None:
    ticket = answered(desk)
    [delivery] = desk.deliveries(ticket)
    assert (delivery.state, delivery.attempts, delivery.code) == ("retrying", 1, "unreachable")
    with clock.pretend(next_try(desk, ticket)):
        desk.work()
        [delivery] = desk.deliveries(ticket)
        assert (delivery.state, delivery.attempts) == ("retrying", 2)
    with postoffice.opened(PostOffice(), PORT) as office, clock.pretend(next_try(desk, ticket)):
        desk.work()
    assert states(desk, ticket) == ["sent"]
    [mail] = office.mails
    assert mail.message_id == delivery.external_id
    assert "It left Uji this morning." in mail.text


def test_a_server_that_hangs_up_after_the_text_gets_the_same_mail_again(desk: Desk) -> None:
    with postoffice.opened(PostOffice(lambda mail, before: before < 2), PORT) as office:
        ticket = answered(desk)
        for _ in range(2):
            [delivery] = desk.deliveries(ticket)
            assert (delivery.state, delivery.code) == ("retrying", "ambiguous")
            with clock.pretend(next_try(desk, ticket)):
                desk.work()
    assert states(desk, ticket) == ["sent"]
    assert [mail.message_id for mail in office.mails] == [delivery.external_id] * 3
    assert len({mail.text for mail in office.mails}) == 1


def test_mail_still_comes_in_while_none_goes_out(desk: Desk) -> None:
    answered(desk)
    received = desk.customer_writes("marc", "And mine?", subject="Another")
    assert received.state == "opened"


def test_an_agent_can_ask_for_another_try_at_once(desk: Desk) -> None:
    ticket = answered(desk)
    [delivery] = desk.deliveries(ticket)
    browser = desk.signed_in("mio")
    with postoffice.opened(PostOffice(), PORT) as office:
        assert browser.post(f"/console/deliveries/{delivery.id}/retry").status_code in (200, 303)
        desk.work()
    assert states(desk, ticket) == ["sent"]
    assert len(office.mails) == 1
