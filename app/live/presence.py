"""Who is at which ticket, and what they do there: kept in memory for seconds, never in the database.

A `Seat` is one browser at one ticket. Several seats of one colleague are one person. Everything here is plain
bookkeeping with the time given from outside; sockets and permission are in `attending`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

HEARTBEAT = 4.0  # seconds between the words of a browser that stays
STAYS = 8.0  # seconds that a seat outlives its last word: with the ticks below, gone within 10
ELSEWHERE = 9.0  # seconds that the seats of another process outlive its last word
MOST = 8  # people that are named at one ticket
DOINGS = ("", "reply", "note", "chat")  # reading; writing what; a visitor who types

Person = tuple[int, str, str, str]
"""(agent, name, initials, doing); agent 0 is the visitor."""
Told = tuple[tuple[str, ...], dict[int, list[Person]]]
"""(topics, {ticket: people}): one message to the screens of these topics."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One browser at one ticket. `topics` are the screens that may know, `visitor` is the chat's own topic."""

    ticket: int
    agent: int
    name: str
    face: str
    doing: str
    topics: tuple[str, ...]
    until: float
    visitor: str = ""
    writes: bool = True


class Table:
    """All seats of this process and, by name, of others."""

    def __init__(self) -> None:
        self._own: dict[Hashable, Seat] = {}
        self._others: dict[str, tuple[float, list[Seat]]] = {}
        self._told: dict[int, tuple[tuple[str, ...], list[Person]]] = {}
        self.dirty = False

    def get(self, key: Hashable) -> Seat | None:
        return self._own.get(key)

    def sit(self, key: Hashable, seat: Seat) -> None:
        """Take a seat, or say again that one is there."""
        before = self._own.get(key)
        self._own[key] = seat
        if before is None or replace(before, until=seat.until) != seat:
            self.dirty = True

    def leave(self, key: Hashable) -> None:
        if self._own.pop(key, None):
            self.dirty = True

    def expire(self, now: float) -> None:
        """Take away whoever was silent for too long."""
        for key in [key for key, seat in self._own.items() if seat.until <= now]:
            self.leave(key)
        for name in [name for name, (until, _) in self._others.items() if until <= now]:
            del self._others[name]
            self.dirty = True

    def at(self, ticket: int) -> list[tuple[Hashable, Seat]]:
        """The seats of this process at a ticket."""
        return [(key, seat) for key, seat in self._own.items() if seat.ticket == ticket]

    def elsewhere(self, name: str, seats: Sequence[Seat], now: float) -> None:
        """What another process says of its seats: all of them."""
        known = self._others.get(name)
        self._others[name] = (now + ELSEWHERE, list(seats))
        if known is None or known[1] != list(seats):
            self.dirty = True

    def own(self) -> list[Seat]:
        """The seats of this process, for others: without the time, which is this process's own."""
        return [replace(seat, until=0.0, visitor="") for seat in self._own.values()]

    def seen_by(self, topics: Iterable[str]) -> dict[int, list[Person]]:
        """{ticket: people} that a screen of these topics shows."""
        heard = set(topics)
        return {ticket: people for ticket, (where, people) in self._told.items() if heard.intersection(where)}

    def changes(self) -> list[Told]:
        """What has to be told since the last call, in this order: first what is taken away, then what is there."""
        if not self.dirty:
            return []
        self.dirty = False
        now, before = self._gathered(), self._told
        gone: dict[tuple[str, ...], dict[int, list[Person]]] = {}
        there: dict[tuple[str, ...], dict[int, list[Person]]] = {}
        for ticket, (topics, _people) in before.items():
            lost = tuple(topic for topic in topics if ticket not in now or topic not in now[ticket][0])
            if lost:
                gone.setdefault(lost, {})[ticket] = []
        for ticket, (topics, people) in now.items():
            if before.get(ticket) != (topics, people):
                there.setdefault(topics, {})[ticket] = people
        self._told = now
        return [*gone.items(), *there.items()]

    def _gathered(self) -> dict[int, tuple[tuple[str, ...], list[Person]]]:
        found: dict[int, tuple[tuple[str, ...], dict[int, Person]]] = {}
        for seat in [*(seat for _, seats in self._others.values() for seat in seats), *self._own.values()]:
            topics, people = found.get(seat.ticket, (seat.topics, {}))
            known = people.get(seat.agent)
            if known is None or (seat.doing and not known[3]):
                people[seat.agent] = (seat.agent, seat.name, seat.face, seat.doing)
            found[seat.ticket] = (topics, people)
        return {ticket: (topics, sorted(people.values())[:MOST]) for ticket, (topics, people) in found.items()}


def pack(seats: Sequence[Seat]) -> list[list[Any]]:
    """Seats as JSON for another process."""
    return [[s.ticket, s.agent, s.name, s.face, s.doing, list(s.topics)] for s in seats]


def unpack(rows: Iterable[Sequence[Any]]) -> list[Seat]:
    """The other way round."""
    return [Seat(t, agent, name, face, doing, tuple(topics), 0.0) for t, agent, name, face, doing, topics in rows]
