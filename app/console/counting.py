"""How many tickets the views of a rail hold that people built: counted when asked for, never while a page is drawn.

A count is good until the next event, or where it goes by the clock, for a minute. What is dear to count is counted
seldom: at most a fiftieth of the time, so that a view nobody can answer quickly slows nobody down. A rail says after
how many seconds its screen should ask again (views.js).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from app import clock
from app.accounts.models import Agent
from app.console import shared, show
from app.db import Session
from app.tickets import built, saved
from app.tickets.built import Built
from app.tickets.conditions import asking, fields

BUDGET = 0.05  # seconds of one answer
DEAR = 0.01  # seconds; what takes longer is not counted again for SHARE times as long, whatever happens
SHARE = 50
MINUTE = 60.0
SOON, LATER = 0.05, 2.0  # seconds until a screen asks again: nothing is known yet; something is left to count
MOST = 50_000  # counts that are remembered


@dataclass(frozen=True, slots=True)
class Known:
    """A count: as of which event, when, how long it took; None is for a view that cannot be asked."""

    number: int
    at: float
    cost: float
    count: int | None
    timed: bool

    def fresh(self, number: int, now: float) -> bool:
        """Whether it is the count of the state after event `number`."""
        return self.number >= number and not (self.timed and now - self.at > MINUTE)

    def rest(self, now: float) -> float:
        """For how many seconds it is not counted again, whatever happens."""
        return max(0.0, self.at + SHARE * self.cost - now) if self.cost > DEAR else 0.0


@dataclass(slots=True)
class Counts:
    """What is known for one rail, by the key of the view, and when to ask again (None: when something happens)."""

    of: dict[str, int | None] = field(default_factory=dict)
    again: float | None = None


class Memory:
    """The counts of one process."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, Known] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Known | None:
        with self._lock:
            return self._known.get(key)

    def keep(self, key: Hashable, known: Known) -> None:
        with self._lock:
            self._known[key] = known
            self._known.move_to_end(key)
            while len(self._known) > MOST:
                self._known.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A view of the rail that is to be counted."""

    key: str
    version: int
    id: int = 0


def wanted(db: Session, agent: Agent) -> list[Wanted]:
    """The ready-made and saved views of somebody's rail that say how many they hold."""
    ready = [Wanted(view.key, 0) for view in built.READY if view.counted]
    return [*ready, *(Wanted(line.key, line.version, line.id) for line in saved.offered(db, agent))]


def _now() -> float:
    return clock.now().timestamp()


def _memory(db: Session) -> Memory:
    kept: Memory = db.house.get("view_counts") or db.house.setdefault("view_counts", Memory())
    return kept


def remembered(db: Session, agent: Agent) -> Counts:
    """What is known already: costs nothing, and is what a page is drawn with."""
    memory, number, now = _memory(db), show.desk(db).last_event, _now()
    found, again = Counts(), []
    for view in wanted(db, agent):
        known = memory.get((view.key, view.version, agent.id))
        if known is None:
            again.append(SOON)
            continue
        found.of[view.key] = known.count
        if not known.fresh(number, now):
            again.append(max(SOON, known.rest(now)))
        elif known.timed:
            again.append(MINUTE)
    found.again = min(again, default=None)
    return found


def counted(db: Session, agent: Agent) -> Counts:
    """As `remembered`, with what is no longer so counted again, the oldest first, within the budget."""
    memory, number, now = _memory(db), show.desk(db).last_event, _now()
    todo: list[tuple[float, Wanted]] = []
    for view in wanted(db, agent):
        known = memory.get((view.key, view.version, agent.id))
        if known is None or not (known.fresh(number, now) or known.rest(now)):
            todo.append((known.at if known else 0.0, view))
    if todo:
        _count(db, agent, memory, [view for _, view in sorted(todo, key=lambda one: one[0])], number)
    found = remembered(db, agent)
    found.again = max(found.again, LATER) if found.again else None
    return found


def _count(db: Session, agent: Agent, memory: Memory, todo: Sequence[Wanted], number: int) -> None:
    """Count until the budget is spent."""
    begun, eyes, known_fields = time.perf_counter(), shared.eyes(db, agent), fields.fields(db)
    kept = built.several(db, agent, [view.id for view in todo if view.id])
    for view in todo:
        found = built.READY_BY_KEY.get(view.key) or kept.get(view.id)
        if found is None:
            continue
        mine = (view.key, view.version, agent.id)
        same = mine if asking.personal(known_fields, found.asked) else (view.key, view.version, "eyes", eyes)
        known = memory.get(same)
        if known is None or not known.fresh(number, _now()):
            known = _fresh(db, agent, found, number, first=known is None)
            memory.keep(same, known)
        memory.keep(mine, known)
        if time.perf_counter() - begun > BUDGET:
            return


def _fresh(db: Session, agent: Agent, view: Built, number: int, *, first: bool) -> Known:
    """A view counted now. The first time says nothing of the cost: the statement was new to everybody."""
    begun = time.perf_counter()
    count = None if view.faults else built.count(db, agent, view)
    cost = time.perf_counter() - begun
    return Known(number, _now(), 0.0 if first else cost, count, asking.timed(view.asked))
