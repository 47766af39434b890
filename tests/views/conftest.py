"""Words for stories of views: somebody builds one, and looks at what it holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from app.console import counting
from app.tickets import built, saved
from app.tickets.conditions import tree
from app.tickets.conditions.tree import Condition, Group
from app.tickets.saved import Wanted
from app.tickets.saved_view import SavedView
from tests.story import Desk

HX = {"hx-request": "true"}
Makes = Callable[..., int]
URGENT = Condition("priority", "any", ("urgent",))


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, everything is counted at once."""
    monkeypatch.setattr(counting, "BUDGET", 60.0)
    monkeypatch.setattr(counting, "DEAR", 60.0)


@pytest.fixture
def makes(desk: Desk) -> Makes:
    """makes("mio", "Urgent", URGENT, audience="desk"): a saved view's number."""

    def make(who: str, name: str, *parts: tree.Part, audience: str = "own", **more: Any) -> int:
        asked = tree.written(Group("all", parts))
        wanted = Wanted(
            name, more.pop("name_ja", ""), asked, more.pop("sort", "waiting"), audience, more.pop("team", None)
        )
        with desk.write() as db:
            return saved.add(db, desk.agent(who), wanted).id

    return make


def kept(desk: Desk, number: int) -> SavedView:
    with desk.read() as db:
        return db.get_one(SavedView, number)


def holds(desk: Desk, who: str, number: int) -> list[int]:
    """The tickets that somebody sees in a saved view, in its order."""
    with desk.read() as db:
        agent = desk.agent(who)
        return [row.id for row in built.rows(db, agent, built.find(db, agent, f"v{number}"))]


def rail(html: str) -> dict[str, str]:
    """{name: count} of the entries of a rail."""
    found = re.findall(r'<a class="go" href="/console/views/[^>]*>.*?<b>(.*?)</b>(?:<i[^>]*>(.*?)</i>)?</a>', html)
    return dict(found)
