"""Two tickets become one and one becomes two; the way back for thirty days puts exactly that back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from starlette.testclient import TestClient

from app import clock
from app.accounts.models import Agent
from app.channels.outbox import Delivery
from app.errors import AppError, Conflict, Invalid, NotFound
from app.events import SYSTEM, Event
from app.jobs import queue
from app.tickets import lifecycle, merging, snooze, tags
from app.tickets.models import Attachment, Participant, Ticket
from app.tickets.undoing import Undo
from app.tickets.unsent import Draft
from tests.console.conftest import HX
from tests.story import Desk


def merged(desk: Desk, source: int, target: int, who: str = "mio") -> int:
    agent = desk.agent(who)
    with desk.write() as db:
        one, other = merging.both(db, agent, source, target)
        return merging.merge(db, agent, one, other).id


def undone(desk: Desk, number: int, who: str = "mio") -> None:
    with desk.write() as db:
        merging.undo(db, desk.agent(who), number)


def holds(desk: Desk, ticket: int) -> dict[str, object]:
    """Everything of a ticket that a merge may touch."""
    with desk.read() as db:

        def of(model: type, column: object) -> list[object]:
            return list(db.scalars(sa.select(column).where(model.ticket_id == ticket).order_by(column)))

        found = db.get_one(Ticket, ticket)
        return {
            "messages": [m.text for m in desk.messages(ticket)],
            "notes": [n.text for n in desk.notes(ticket)],
            "files": of(Attachment, Attachment.filename),
            "deliveries": of(Delivery, Delivery.id),
            "people": of(Participant, Participant.customer_id),
            "drafts": [(d.agent_id, d.kind, d.text) for d in db.scalars(sa.select(Draft).filter_by(ticket_id=ticket))],
            "tags": tags.of(db, [ticket])[ticket],
            "state": (found.status, found.shelf, found.waiting_since, found.messages_count, found.snippet),
        }


@pytest.fixture
def pair(desk: Desk) -> tuple[int, int]:
    """Two tickets of Hannah's, both with all that a ticket can hold."""
    first = desk.customer_writes("hannah", "The lid is loose.", subject="Lid", cc="jonas@lindqvist.example")
    target = first.ticket_id or 0
    desk.agent_replies("mio", target, "A new one leaves today.")
    picture = (("lid.txt", "text/plain", b"a lid"),)
    source = desk.customer_writes("hannah", "Here is a picture.", subject="Picture", attachments=picture).ticket_id or 0
    desk.agent_notes("kenji", source, "Looks like the spring batch.")
    mio, kenji = desk.agent("mio").id, desk.agent("kenji").id
    with desk.write() as db:
        tags.add(db, db.get_one(Ticket, source), "picture", SYSTEM)
        tags.add(db, db.get_one(Ticket, source), "lid", SYSTEM)
        tags.add(db, db.get_one(Ticket, target), "lid", SYSTEM)
        for ticket, agent, text in ((source, mio, "Dear Hannah"), (source, kenji, "Hm"), (target, kenji, "Ah")):
            db.add(Draft(ticket_id=ticket, agent_id=agent, kind="reply", text=text, version=1))
    return source, target


@pytest.mark.both
def test_merge_and_back(desk: Desk, pair: tuple[int, int]) -> None:
    source, target = pair
    before = holds(desk, source), holds(desk, target)
    undo = merged(desk, source, target)
    after = holds(desk, target)
    assert after["messages"][0] == "The lid is loose."
    assert "Here is a picture." in after["messages"]
    assert (after["notes"], after["files"]) == (["Looks like the spring batch."], ["lid.txt"])
    assert after["tags"] == ["lid", "picture"]
    kenji = desk.agent("kenji").id
    assert (kenji, "reply", "Ah\n\nHm") in after["drafts"]
    assert after["state"][0:2] == ("open", "desk")  # she waits for an answer to the picture
    assert holds(desk, source)["messages"] == []
    assert desk.ticket(source).merged_into_id == target
    undone(desk, undo)
    assert (holds(desk, source), holds(desk, target)) == before
    with pytest.raises(Conflict):
        undone(desk, undo)


@pytest.mark.both
def test_mail_to_the_merged_ticket_comes_to_where_it_went(desk: Desk, pair: tuple[int, int]) -> None:
    source, target = pair
    sent = desk.agent_replies("mio", source, "Thank you for the picture.")
    undo = merged(desk, source, target)
    got = desk.customer_writes("hannah", "And one more", answering=sent.external_id)
    assert (got.state, got.ticket_id) == ("threaded", target)
    undone(desk, undo)
    assert "And one more" in holds(desk, target)["messages"]  # it was written there
    again = desk.customer_writes("hannah", "Last one", answering=sent.external_id)
    assert again.ticket_id == source


@pytest.mark.both
def test_somebody_else_s_ticket_brings_its_customer_into_copy(desk: Desk) -> None:
    target = desk.customer_writes("hannah", "The lid is loose.").ticket_id or 0
    source = desk.customer_writes("tom", "I am a friend of Hannah’s.").ticket_id or 0
    undo = merged(desk, source, target)
    assert holds(desk, target)["people"] == [desk.customer("tom").id]
    assert desk.ticket(target).requester_id == desk.customer("hannah").id
    undone(desk, undo)
    assert holds(desk, target)["people"] == []


def test_a_draft_that_was_written_on_is_kept_in_both(desk: Desk, pair: tuple[int, int]) -> None:
    source, target = pair
    undo = merged(desk, source, target)
    mio = desk.agent("mio").id
    with desk.write() as db:
        db.get_one(Draft, (target, mio, "reply")).text = "Dear Hannah, thank you"
    undone(desk, undo)
    assert (mio, "reply", "Dear Hannah") in holds(desk, source)["drafts"]
    assert (mio, "reply", "Dear Hannah, thank you") in holds(desk, target)["drafts"]


def test_what_is_not_merged_is_said(desk: Desk, pair: tuple[int, int]) -> None:
    source, target = pair
    third = desk.customer_writes("hannah", "Hello").ticket_id or 0

    def refused(one: int, other: int) -> str:
        with pytest.raises(AppError) as told:
            merged(desk, one, other)
        return told.value.message % told.value.values

    assert refused(source, source) == "A ticket cannot be merged into itself."
    merged(desk, source, target)
    assert refused(source, third) == f"#{source} was merged into #{target} already."
    assert refused(third, source) == f"#{source} was merged into #{target} already."
    with desk.write() as db:
        lifecycle.set_status(db, db.get_one(Ticket, third), "closed")
    assert refused(target, third) == f"#{third} is closed. Closed tickets are not merged."


def test_a_merge_into_what_was_merged_on_is_undone_from_the_end(desk: Desk, pair: tuple[int, int]) -> None:
    source, target = pair
    third = desk.customer_writes("hannah", "Hello").ticket_id or 0
    first = merged(desk, source, target)
    second = merged(desk, target, third)
    with pytest.raises(Conflict, match="Undo that first"):
        undone(desk, first)
    undone(desk, second)
    undone(desk, first)
    assert "Here is a picture." in holds(desk, source)["messages"]


def test_both_tickets_have_to_be_the_agent_s_own(desk: Desk, pair: tuple[int, int]) -> None:
    source, target = pair
    with pytest.raises(NotFound):
        merged(desk, source, target, "rosa")
    undo = merged(desk, source, target)
    with pytest.raises(NotFound):
        undone(desk, undo, "rosa")
    for who, status in (("haruka", 403), ("rosa", 404)):
        browser = desk.signed_in(who)
        assert browser.get(f"/console/tickets/{target}/merge").status_code == status
        assert browser.post(f"/console/tickets/{target}/split", data={"message": "1"}).status_code == status
        assert browser.post(f"/console/undo/{undo}").status_code == status
    assert desk.ticket(source).merged_into_id == target


def test_the_way_back_is_forgotten_after_thirty_days(desk: Desk, pair: tuple[int, int]) -> None:
    undo = merged(desk, *pair)
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        with pytest.raises(NotFound):
            undone(desk, undo)
        with desk.write() as db:
            queue.enqueue(db, "undos.sweep")
        desk.work()
    with desk.read() as db:
        assert db.get(Undo, undo) is None


def test_a_merged_ticket_sleeps_no_more(desk: Desk, pair: tuple[int, int]) -> None:
    source, target = pair
    until = clock.now() + timedelta(hours=1)
    with desk.write() as db:
        snooze.snooze(db, db.get_one(Ticket, source), until, SYSTEM)
    undo = merged(desk, source, target)
    with time_machine.travel(until + timedelta(seconds=1), tick=False):
        desk.work()
    assert desk.ticket(source).shelf == "out"
    undone(desk, undo)
    assert desk.ticket(source).shelf == "desk"


# ── on the screen ─────────────────────────────────────────────────────────────────────────────────────


def test_the_picker_offers_the_same_customer_first_and_finds_others(
    desk: Desk, mio: TestClient, pair: tuple[int, int]
) -> None:
    source, target = pair
    other = desk.customer_writes("tom", "Hello", subject="A lid for Tom").ticket_id or 0
    page = mio.get(f"/console/tickets/{source}/merge").text
    assert f'value="{target}"' in page
    assert f'value="{other}"' not in page
    page = mio.get(f"/console/tickets/{source}/merge?q=lid").text
    assert page.index(f'value="{target}"') < page.index(f'value="{other}"')
    assert "will be in copy" in page
    assert f'value="{other}"' in mio.get(f"/console/tickets/{source}/merge?q=%23{other}").text
    assert "Nothing found" in mio.get(f"/console/tickets/{source}/merge?q=zzz").text
    assert "cannot be merged into itself" in mio.get(f"/console/tickets/{source}/merge?q={source}").text


def test_merging_shows_the_ticket_with_the_way_back(desk: Desk, mio: TestClient, pair: tuple[int, int]) -> None:
    source, target = pair
    answer = mio.post(f"/console/tickets/{source}/merge", data={"into": str(target)})
    page = mio.get(answer.headers["location"]).text
    assert f"Merged #{source} into this ticket" in page
    old = mio.get(f"/console/tickets/{source}").text
    assert f"Go to #{target}" in old
    action = old.split('action="/console/undo/')[1].split('"')[0]
    assert (
        mio.post(f"/console/undo/{action}", headers=HX).headers["hx-redirect"].startswith(f"/console/tickets/{source}")
    )
    assert "Undone: everything is where it was." in mio.get(f"/console/tickets/{source}?undone={action}").text
    answer = mio.post(f"/console/tickets/{source}/merge", data={"into": str(source)})
    assert answer.status_code == 409
    assert "A ticket cannot be merged into itself." in answer.text


# ── splitting ─────────────────────────────────────────────────────────────────────────────────────────


def parted(desk: Desk, ticket: int, text: str, later: bool, who: str = "mio") -> tuple[int, int]:
    agent: Agent = desk.agent(who)
    message = next(m.id for m in desk.messages(ticket) if m.text == text)
    with desk.write() as db:
        made, kept = merging.split(db, agent, db.get_one(Ticket, ticket), message, later)
        return made.id, kept.id


@pytest.fixture
def long(desk: Desk) -> int:
    """A ticket in which Hannah changes the subject halfway."""
    ticket = desk.customer_writes("hannah", "The lid is loose.", subject="Lid").ticket_id or 0
    sent = desk.agent_replies("mio", ticket, "A new one leaves today.")
    desk.customer_writes("hannah", "Do you repair cups?", answering=sent.external_id, subject="Cups")
    desk.agent_notes("kenji", ticket, "We do.")
    desk.customer_writes("hannah", "A cup from my aunt.", answering=sent.external_id, subject="Cups")
    return ticket


@pytest.mark.both
@pytest.mark.parametrize("later", [False, True])
def test_split_and_back(desk: Desk, long: int, later: bool) -> None:
    before = holds(desk, long)
    made, undo = parted(desk, long, "Do you repair cups?", later)
    there = holds(desk, made)
    assert there["messages"] == ["Do you repair cups?", *(["A cup from my aunt."] if later else [])]
    assert there["notes"] == (["We do."] if later else [])
    ticket = desk.ticket(made)
    assert (ticket.subject, ticket.shelf, ticket.requester_id) == ("Cups", "desk", desk.customer("hannah").id)
    assert (desk.ticket(long).waiting_since is None) == later
    undone(desk, undo)
    assert holds(desk, long) == before
    assert desk.ticket(made).merged_into_id == long


@pytest.mark.both
def test_answers_to_the_split_ticket_stay_there(desk: Desk, long: int) -> None:
    made, undo = parted(desk, long, "Do you repair cups?", True)
    sent = desk.agent_replies("mio", made, "We do, with gold.")
    desk.customer_writes("hannah", "Lovely", answering=sent.external_id)
    assert holds(desk, made)["messages"][-1] == "Lovely"
    undone(desk, undo)
    assert "Lovely" in holds(desk, long)["messages"]
    got = desk.customer_writes("hannah", "One more thing", answering=sent.external_id)
    assert got.ticket_id == long


def test_one_message_has_to_stay_and_it_has_to_be_here(desk: Desk, long: int, waiting: int) -> None:
    with pytest.raises(Invalid):
        parted(desk, waiting, "The lid is loose.\n\nHannah", False)
    with pytest.raises(Invalid):
        parted(desk, long, "The lid is loose.", True)
    elsewhere = desk.messages(waiting)[0].id
    with desk.write() as db, pytest.raises(Invalid):
        merging.split(db, desk.agent("mio"), db.get_one(Ticket, long), elsewhere, False)


def test_splitting_on_the_screen(desk: Desk, mio: TestClient, long: int) -> None:
    page = mio.get(f"/console/tickets/{long}/split").text
    assert "Do you repair cups?" in page
    message = next(m.id for m in desk.messages(long) if m.text == "Do you repair cups?")
    answer = mio.post(f"/console/tickets/{long}/split", data={"message": str(message), "later": "1"})
    page = mio.get(answer.headers["location"])
    assert "Split off as #" in page.text
    assert "Split off another ticket by hand." in mio.get(f"{page.url.path}/why").text
    wrong = mio.post(f"/console/tickets/{long}/split", data={"message": "0"})
    assert wrong.status_code == 422
    assert "Choose a message of this ticket." in wrong.text
    with desk.read() as db:
        kinds = set(db.scalars(sa.select(Event.kind).where(Event.ticket_id == long)))
    assert "ticket.split" in kinds
