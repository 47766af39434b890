"""Rows that many screens ask for at the same moment are drawn once.

A screen says the number of the newest event that it has heard of; rows that were drawn from a state which holds that
event, for eyes that see exactly the same tickets, are what would be drawn for it. Whoever says no number gets rows
of their own.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import sqlalchemy as sa
from starlette.responses import Response

from app import i18n
from app.accounts.models import Agent, Team, TeamMember
from app.console import show
from app.console.lists import Where
from app.db import Session
from app.tickets.models import Ticket
from app.web import Page

VIEWS = ("open", "unassigned", "waiting", "solved")  # the others are somebody's own
KEPT = 5.0  # seconds: what rows say of times grows old
MOST = 64  # kinds of rows that are kept


@dataclass(frozen=True, slots=True)
class Drawn:
    """Rows as they went out; `number` is the newest event that they hold."""

    number: int
    until: float
    body: bytes
    headers: dict[str, str]


class Shelf:
    """What was drawn lately on one desk, and whose turn it is to draw."""

    def __init__(self) -> None:
        self._drawn: OrderedDict[Hashable, Drawn] = OrderedDict()
        self._turns: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, seen: int) -> Drawn | None:
        """What holds event `seen`, if it is still fresh."""
        with self._lock:
            found = self._drawn.get(key)
        return found if found and found.number >= seen and time.monotonic() < found.until else None

    def keep(self, key: Hashable, drawn: Drawn) -> None:
        with self._lock:
            self._drawn[key] = drawn
            self._drawn.move_to_end(key)
            while len(self._drawn) > MOST:
                gone, _ = self._drawn.popitem(last=False)
                self._turns.pop(gone, None)

    def turn(self, key: Hashable) -> threading.Lock:
        """Held by who draws: those who come meanwhile take what it drew, if that is new enough for them."""
        with self._lock:
            return self._turns.setdefault(key, threading.Lock())


def rows(page: Page, where: Where, pages: int, draw: Callable[[], Response]) -> Response:
    """The rows of a list for a live screen: drawn now, or just now for the same eyes."""
    seen = page.request.headers.get("x-seen", "")
    if where.view.key not in VIEWS or not (seen.isascii() and seen.isdigit() and len(seen) < 16):
        return draw()
    who = page.who
    packed = "gzip" in page.request.headers.get("accept-encoding", "")
    spoken = (i18n.locale(), str(i18n.zone()), packed, who.role == "viewer")
    key = (where.view.key, where.team, pages, *spoken, eyes(page.db, who))
    shelf: Shelf = page.database.house.setdefault("rows", Shelf())
    found = shelf.get(key, int(seen))
    if found is None:
        with shelf.turn(key):
            found = shelf.get(key, int(seen)) or _draw(page, shelf, key, draw)
    return Response(found.body, headers=found.headers, media_type="text/html")


def _draw(page: Page, shelf: Shelf, key: Hashable, draw: Callable[[], Response]) -> Drawn:
    number = show.desk(page.db).last_event  # read first: what comes after it may be in the rows, what is before is
    response = draw()
    headers = {name: value for name, value in response.headers.items() if name in ("content-encoding", "vary")}
    drawn = Drawn(number, time.monotonic() + KEPT, bytes(response.body), headers | {"cache-control": "no-store"})
    shelf.keep(key, drawn)
    return drawn


def eyes(db: Session, agent: Agent) -> Hashable:
    """The same for agents who see exactly the same tickets (see access.visible); else somebody's own."""
    if agent.role in ("owner", "admin"):
        return ()
    own = ("agent", agent.id)
    if agent.sees == "teams":
        return own
    shut = tuple(db.scalars(_SHUT, {"of_agent": agent.id}))
    if shut and db.scalar(
        sa.select(Ticket.id).where(Ticket.assignee_id == agent.id, Ticket.team_id.in_(shut)).limit(1)
    ):
        return own  # one of theirs lies where the others do not see
    return shut


_OWN = sa.select(TeamMember.team_id).where(TeamMember.agent_id == sa.bindparam("of_agent"))
_SHUT = sa.select(Team.id).where(Team.private, Team.id.not_in(_OWN)).order_by(Team.id)
