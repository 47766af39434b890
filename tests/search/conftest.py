"""Words for stories of searching: what somebody finds, by ticket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.tickets.search import finding, follow, index
from app.tickets.search.finding import Found, Search
from app.tickets.search.query import parse
from tests.story import Desk

Finds = Callable[..., list[int]]


def look(desk: Desk, text: str, who: str | None = "mio", after: str = "", size: int = 25) -> Found:
    """A page of a search, with everything in the index that was written by now."""
    kept = index.of(desk.house.database)
    follow.catch_up(kept)
    with kept.reading() as db:
        search = Search(kept, db, desk.agent(who) if who else None, finding.today())
        return search.page(parse(text, search.today), after, size)


@pytest.fixture
def finds(desk: Desk) -> Finds:
    """finds("words", who="kenji"): the numbers of the tickets, best first."""
    return lambda text, who="mio": [hit.ticket for hit in look(desk, text, who).hits]
