"""Words for the stories of what agents keep ready."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.accounts import agents
from app.demo import cast
from app.tickets import canned
from app.tickets.readymade import Head
from tests.story import Desk

HX = {"hx-request": "true"}


@pytest.fixture
def waiting(desk: Desk) -> int:
    """The number of a ticket that Hannah opened and nobody has answered."""
    received = desk.customer_writes("hannah", "The lid is loose.\n\nHannah", subject="A loose lid")
    assert received.ticket_id
    return received.ticket_id


@pytest.fixture
def mio(desk: Desk) -> TestClient:
    """An administrator's browser, in English."""
    return desk.signed_in("mio")


def head(name: str = "Lid", scope: str = "desk", team: int | None = None, **more: Any) -> Head:
    """The head of a canned reply or macro."""
    given = {"shortcut": "", "reading": "", "texts": {"en": "A new lid leaves today."}} | more
    return Head(name=name, scope=scope, team_id=team, **given)


def prepare(desk: Desk, who: str = "mio", files: Any = (), **more: Any) -> int:
    """One of the colleagues writes a canned reply; its number."""
    with desk.write() as db:
        agent = agents.find(db, cast.STAFF[who].email)
        assert agent is not None
        return canned.save(db, agent, None, head(**more), uploads=files).id


def team(desk: Desk, name: str) -> int:
    """The number of a team."""
    with desk.read() as db:
        return next(team.id for team in agents.teams(db) if team.name == name)
