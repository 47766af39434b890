"""Some time after solving, a customer is asked for a rating: once, in their language, if nothing is against it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from app.channels.inboxes import Inbox
from app.events import Actor
from app.jobs.queue import Job
from app.surveys import asking
from app.surveys.asking import REASONS, verdict
from app.tickets import assignment, lifecycle
from app.tickets.models import Ticket
from tests.story import Desk
from tests.surveys.asked import DELAY, LINK, NOON, events, mailed, solve, solved, surveys, why

FINE: dict[str, Any] = {
    "wanted": True,
    "channel_asks": True,
    "still_solved": True,
    "spam": False,
    "merged": False,
    "answered": False,
    "asked_lately": False,
    "automatic": False,
    "authentic": None,
    "own_address": False,
    "reachable": True,
}


def test_nothing_against_it_means_ask() -> None:
    assert verdict(**FINE) == "ask"
    assert verdict(**{**FINE, "authentic": True}) == "ask"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("wanted", False, "switched_off"),
        ("channel_asks", False, "channel"),
        ("still_solved", False, "not_solved"),
        ("spam", True, "spam"),
        ("merged", True, "merged"),
        ("answered", True, "answered"),
        ("asked_lately", True, "asked_lately"),
        ("automatic", True, "automatic"),
        ("authentic", False, "sender_forged"),
        ("own_address", True, "own_address"),
        ("reachable", False, "no_address"),
    ],
)
def test_each_single_reason_is_enough_not_to_ask(name: str, value: bool, code: str) -> None:
    assert verdict(**{**FINE, name: value}) == code
    assert code in REASONS


@pytest.mark.both
def test_an_hour_after_solving_the_question_goes_out(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        desk.work()
        assert surveys(desk, number) == []

        clock.shift(DELAY)
        desk.work()

        survey = surveys(desk, number)[0]
        assert survey.asked_at == NOON + DELAY
        assert survey.expires_at == NOON + DELAY + timedelta(days=14)
        assert survey.agent_id == desk.agent("kenji").id
        assert survey.locale == "en"
        message = desk.messages(number)[-1]
        assert (message.kind, message.sender_kind, message.id) == ("survey", "system", survey.message_id)
        assert desk.deliveries(number)[-1].state == "sent"
        assert why(desk, number) == "ask"


def test_the_mail_has_a_link_for_each_answer_as_text_and_as_html(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        clock.shift(DELAY)
        desk.work()
        mail = mailed(desk, number)
        assert sorted(score for _path, score in LINK.findall(mail.text)) == ["1", "2", "3", "4", "5"]
        assert sorted(score for _path, score in LINK.findall(mail.html)) == ["1", "2", "3", "4", "5"]
        assert "Very good" in mail.text
        assert "Very good" in mail.html
        assert f"#{number}" in mail.text
        assert "December 2" in mail.text


def test_a_japanese_customer_is_asked_in_japanese(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = desk.customer_writes("ayaka", "注文した湯呑みはいつ届きますか？", subject="配送について").ticket_id
        assert number is not None
        solve(desk, number)
        clock.shift(DELAY)
        desk.work()
        mail = mailed(desk, number)
        assert "対応はいかがでしたか" in mail.text
        assert "とても満足" in mail.html
        assert surveys(desk, number)[0].locale == "ja"


def test_what_the_desk_keeps_of_the_mail_does_not_hold_the_link(desk: Desk) -> None:
    """An agent who reads the thread cannot rate in the customer's name; the token itself is kept as a digest."""
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        clock.shift(DELAY)
        desk.work()
        token = mailed(desk, number).path.removeprefix("/rate/")
        kept = desk.messages(number)[-1]
        assert token not in kept.text
        assert kept.html is None
        assert token not in surveys(desk, number)[0].digest
        assert all(token not in str(event.data) for event in events(desk, number, "survey.asked"))


def test_the_screens_of_the_ticket_hear_that_it_was_asked(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        clock.shift(DELAY)
        desk.work()
        assert events(desk, number, "survey.asked")[0].topics == ["desk", f"agent-{desk.agent('kenji').id}"]


# ── not asked ─────────────────────────────────────────────────────────────────────────────────────────


def _nothing(desk: Desk, number: int, code: str) -> None:
    """Nothing was asked, nothing waits to be asked, and the reason is kept."""
    assert surveys(desk, number) == []
    assert all(message.kind != "survey" for message in desk.messages(number))
    assert why(desk, number) == code
    with desk.read() as db:
        assert db.scalars(sa.select(Job).where(Job.kind == "surveys.ask")).all() == []


def test_a_ticket_opened_again_meanwhile_is_not_asked_about(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        last = desk.messages(number)[-1]
        desk.customer_writes("hannah", "It has not come.", answering=last.external_id)
        assert desk.ticket(number).status == "open"
        clock.shift(DELAY)
        desk.work()
        _nothing(desk, number, "not_solved")


def test_solved_again_the_hour_counts_from_the_second_time(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        clock.shift(timedelta(minutes=40))
        desk.customer_writes("hannah", "Still no.", answering=desk.messages(number)[-1].external_id)
        solve(desk, number)
        clock.shift(timedelta(minutes=30))
        desk.work()
        assert surveys(desk, number) == []
        clock.shift(timedelta(minutes=30))
        desk.work()
        assert len(surveys(desk, number)) == 1


def test_spam_is_not_asked_about(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        with desk.write() as db:
            lifecycle.mark_spam(db, db.get_one(Ticket, number), True, Actor("agent", desk.agent("kenji").id))
        clock.shift(DELAY)
        desk.work()
        _nothing(desk, number, "spam")


def test_a_merged_ticket_is_not_asked_about(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number, other = solved(desk), desk.customer_writes("hannah", "Another matter").ticket_id
        with desk.write() as db:
            db.get_one(Ticket, number).merged_into_id = other
        clock.shift(DELAY)
        desk.work()
        _nothing(desk, number, "merged")


def test_a_machine_is_not_asked(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = desk.customer_writes(
            "hannah", "I am away until Monday.", headers={"Auto-Submitted": "auto-replied"}
        ).ticket_id
        assert number is not None
        solve(desk, number)
        clock.shift(DELAY)
        desk.work()
        _nothing(desk, number, "automatic")


def test_on_a_channel_that_cannot_carry_it_nothing_is_asked(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        with desk.write() as db:
            db.get_one(Ticket, number).channel = "line"
        clock.shift(DELAY)
        desk.work()
        _nothing(desk, number, "channel")


def test_an_inbox_can_be_without_surveys(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        with desk.write() as db:
            db.get_one(Inbox, desk.inbox().id).settings = {"survey": False}
        number = solved(desk)
        clock.shift(DELAY)
        desk.work()
        _nothing(desk, number, "switched_off")


def test_an_inbox_can_have_a_delay_of_its_own(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        with desk.write() as db:
            db.get_one(Inbox, desk.inbox().id).settings = {"survey_delay_minutes": 5}
        number = solved(desk)
        clock.shift(timedelta(minutes=4))
        desk.work()
        assert surveys(desk, number) == []
        clock.shift(timedelta(minutes=1))
        desk.work()
        assert len(surveys(desk, number)) == 1


@pytest.mark.parametrize("nonsense", [-5, "soon", True, None, 2.5])
def test_a_delay_that_is_none_leaves_the_desks_own(nonsense: object) -> None:
    assert asking.delay({"survey_delay_minutes": nonsense}, 60) == timedelta(minutes=60)


# ── not twice ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both
def test_a_customer_is_asked_about_one_ticket_a_week(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        first, second = solved(desk, subject="The first"), solved(desk, subject="The second")
        other = solved(desk, "marc")
        clock.shift(DELAY)
        desk.work()
        assert len(surveys(desk, first)) == 1
        assert surveys(desk, second) == []
        assert why(desk, second) == "asked_lately"
        assert len(surveys(desk, other)) == 1

        clock.shift(timedelta(days=8))
        third = solved(desk, subject="The third")
        clock.shift(DELAY)
        desk.work()
        assert len(surveys(desk, third)) == 1


def test_a_ticket_solved_again_is_asked_about_anew_when_nobody_answered(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        clock.shift(DELAY)
        desk.work()
        old = mailed(desk, number).path
        clock.shift(timedelta(days=8))
        desk.customer_writes("hannah", "It broke.", answering=desk.messages(number)[-1].external_id)
        solve(desk, number)
        clock.shift(DELAY)
        desk.work()
        assert len(surveys(desk, number)) == 2
        visitor = desk.visitor()
        assert visitor.get(old).status_code == 410  # the newer question replaced it
        assert visitor.get(mailed(desk, number).path).status_code == 200


def test_a_ticket_that_was_rated_is_never_asked_about_again(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        clock.shift(DELAY)
        desk.work()
        assert desk.visitor().post(mailed(desk, number).path, data={"score": "4"}).status_code == 303
        clock.shift(timedelta(days=8))
        desk.customer_writes("hannah", "One more thing.", answering=desk.messages(number)[-1].external_id)
        solve(desk, number)
        clock.shift(DELAY)
        desk.work()
        assert len(surveys(desk, number)) == 1
        assert why(desk, number) == "answered"


def test_the_job_done_twice_asks_once(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        clock.shift(DELAY)
        desk.work()
        with desk.write() as db:
            event = events(desk, number, "ticket.solved")[0]
            asking.schedule(db, event)
        desk.work()
        assert len(surveys(desk, number)) == 1


def test_a_rating_is_about_whoever_solved_the_ticket(desk: Desk) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        number = desk.customer_writes("hannah", "Hello").ticket_id
        assert number is not None
        with desk.write() as db:
            assignment.assign(db, db.get_one(Ticket, number), desk.agent("mio").id, Actor("agent", 1))
        solve(desk, number, "kenji")
        clock.shift(DELAY)
        desk.work()
        assert surveys(desk, number)[0].agent_id == desk.agent("kenji").id
