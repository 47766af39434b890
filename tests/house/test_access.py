"""Who may see which ticket: one gate, the same answer in lists, pages and live topics."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.accounts.models import Team
from app.demo import cast
from app.errors import Forbidden, NotFound
from app.events import SYSTEM
from app.tickets import access, assignment, views
from app.tickets.models import Ticket
from tests.story import Desk

pytestmark = pytest.mark.both


@pytest.fixture
def placed(desk: Desk) -> dict[str, int]:
    """A ticket in each team, one in none."""
    found = {}
    for name in (*cast.TEAMS, ""):
        received = desk.customer_writes("hannah", f"About {name or 'nothing'}.")
        found[name] = received.ticket_id or 0
        if name:
            with desk.write() as db:
                team = db.scalar(sa.select(Team.id).where(Team.name == name))
                assignment.move(db, db.get_one(Ticket, received.ticket_id), team, SYSTEM)
    return found


SEES = {
    "yuki": {cast.ORDERS, cast.WHOLESALE, cast.STUDIO, ""},  # owner
    "mio": {cast.ORDERS, cast.WHOLESALE, cast.STUDIO, ""},  # admin
    "kenji": {cast.ORDERS, cast.STUDIO, ""},  # Wholesale is private
    "rosa": {cast.STUDIO},  # sees her teams' tickets only
    "haruka": {cast.ORDERS, cast.STUDIO, ""},  # viewer
}


@pytest.mark.parametrize("who", SEES)
def test_everybody_sees_exactly_what_is_theirs(desk: Desk, placed: dict[str, int], who: str) -> None:
    agent, expected = desk.agent(who), {placed[name] for name in SEES[who]}
    with desk.read() as db:
        assert {row.id for row in views.rows(db, agent, views.BY_KEY["open"])} == expected
        assert views.counts(db, agent).views["open"] == len(expected)
        rooms = set(access.rooms(db, agent))
        for name, number in placed.items():
            ticket = db.get_one(Ticket, number)
            assert bool(rooms & set(access.topics(ticket))) == (name in SEES[who])
            if name in SEES[who]:
                assert access.ticket(db, agent, number).id == number
            else:
                with pytest.raises(NotFound):
                    access.ticket(db, agent, number)


def test_a_viewer_reads_and_changes_nothing(desk: Desk, placed: dict[str, int]) -> None:
    with desk.read() as db, pytest.raises(Forbidden):
        access.writable(db, desk.agent("haruka"), placed[""])


def test_an_assignee_sees_the_ticket_wherever_it_lies(desk: Desk, placed: dict[str, int]) -> None:
    with desk.write() as db:
        db.get_one(Ticket, placed[cast.WHOLESALE]).assignee_id = desk.agent("kenji").id
    with desk.read() as db:
        ticket = access.ticket(db, desk.agent("kenji"), placed[cast.WHOLESALE])
        assert f"agent-{desk.agent('kenji').id}" in access.topics(ticket)


def test_pages_of_a_list_meet_without_a_gap_or_an_overlap(desk: Desk) -> None:
    for number in range(23):
        desk.customer_writes("tom", f"Question {number}")
    agent, seen, after = desk.agent("yuki"), [], ""
    with desk.read() as db:
        while page := views.rows(db, agent, views.BY_KEY["open"], after=after, limit=5):
            seen += [row.id for row in page]
            after = page[-1].place
        assert seen == [row.id for row in views.rows(db, agent, views.BY_KEY["open"], limit=100)]
    assert len(seen) == 23
