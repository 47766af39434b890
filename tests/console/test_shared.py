"""Rows that are drawn once for several screens: only for the same eyes, never older than what a screen heard."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import events
from app.accounts.models import Team
from app.console import shared
from app.demo import cast
from app.events import SYSTEM
from app.tickets import assignment
from app.tickets.models import Ticket
from tests.story import Desk

pytestmark = pytest.mark.both


def rows(desk: Desk, who: str, view: str = "open", seen: int | None = None) -> str:
    if seen is None:
        with desk.read() as db:
            seen = events.last_number(db)
    answer = desk.signed_in(who).get(
        f"/console/views/{view}?pages=1", headers={"hx-request": "true", "x-seen": str(seen)}
    )
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


def into(desk: Desk, number: int, name: str, assignee: str = "") -> None:
    with desk.write() as db:
        ticket = db.get_one(Ticket, number)
        team = db.scalar(sa.select(Team.id).where(Team.name == name))
        ticket.assignee_id = desk.agent(assignee).id if assignee else None
        assignment.move(db, ticket, team, SYSTEM)
        ticket.assignee_id = desk.agent(assignee).id if assignee else None


def test_rows_are_never_shared_with_somebody_who_sees_less_or_more(desk: Desk) -> None:
    secret = desk.customer_writes("hannah", "A secret price.", subject="A secret").ticket_id or 0
    desk.customer_writes("tom", "Hello", subject="From Tom")
    into(desk, secret, cast.WHOLESALE)
    assert "A secret" in rows(desk, "mio")
    assert "A secret" not in rows(desk, "kenji")
    assert "A secret" in rows(desk, "yuki")
    assert "From Tom" in rows(desk, "kenji")
    assert "From Tom" not in rows(desk, "rosa")
    into(desk, secret, cast.WHOLESALE, assignee="kenji")  # his own, where others of his kind do not see
    with desk.read() as db:
        eyes = {who: shared.eyes(db, desk.agent(who)) for who in cast.STAFF}
    assert eyes["mio"] == eyes["yuki"] != eyes["haruka"] != eyes["kenji"]
    assert "A secret" in rows(desk, "kenji")
    assert "A secret" not in rows(desk, "haruka")


def test_what_a_screen_has_heard_of_is_in_its_rows(desk: Desk) -> None:
    desk.customer_writes("hannah", "One", subject="The first")
    with desk.read() as db:
        before = events.last_number(db)
    assert "The first" in rows(desk, "mio")
    desk.customer_writes("tom", "Two", subject="The second")
    assert "The second" not in rows(desk, "mio", seen=before)  # drawn a moment ago: enough for who heard no more
    assert "The second" in rows(desk, "mio")
    assert "The second" in rows(desk, "mio", seen=before)
