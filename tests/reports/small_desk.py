"""A desk small enough to compute by hand: six tickets on two days in Tokyo, 16 and 17 November 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import time_machine

from app.events import Actor
from app.tickets import lifecycle
from app.tickets.models import Ticket
from tests.story import Desk
from tests.surveys.asked import mailed, solve

TOKYO = ZoneInfo("Asia/Tokyo")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026, by Tokyo's clock."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TOKYO)


def live_through(desk: Desk, clock: time_machine.Traveller) -> dict[str, int]:
    """Everything that happens, in the order in which it happens; the numbers of the tickets by name.

    first:    created 16th 10:00, answered after 600 s, solved 12:00, rated 5, reopened, solved again 17th 14:00;
              resolved in 100,800 s less 6,600 s of waiting for the customer = 94,200 s
    midnight: created 16th 23:30, answered after 3,600 s, solved 17th 02:00, rated 2;
              9,000 s less 1,800 s of waiting = 7,200 s
    waiting:  created 17th 09:00, answered after 1,200 s, not solved
    silent:   created 17th 10:00, never answered
    quick:    created 17th 11:00, answered after 300 s, solved 11:10, asked but not rated; 600 s less 300 s = 300 s
    spam:     created 17th 12:00, marked as spam
    """
    tickets: dict[str, int] = {}

    def arrives(name: str, who: str, when: datetime) -> None:
        clock.move_to(when)
        number = desk.customer_writes(who, f"About {name}", subject=name).ticket_id
        assert number is not None
        tickets[name] = number

    def then(when: datetime, do: Callable[[], object]) -> None:
        clock.move_to(when)
        do()
        desk.work()

    arrives("first", "hannah", at(16, 10))
    then(at(16, 10, 10), lambda: desk.agent_replies("kenji", tickets["first"], "On its way."))
    then(at(16, 12), lambda: solve(desk, tickets["first"], "kenji"))
    then(at(16, 13), desk.work)
    then(at(16, 14), lambda: _rate(desk, tickets["first"], 5, "=1+1"))
    arrives("midnight", "marc", at(16, 23, 30))
    then(at(17, 0, 30), lambda: desk.agent_replies("mio", tickets["midnight"], "We look into it."))
    then(at(17, 1), lambda: _again(desk, "marc", tickets["midnight"]))
    then(at(17, 2), lambda: solve(desk, tickets["midnight"], "mio"))
    then(at(17, 3), desk.work)
    arrives("waiting", "ayaka", at(17, 9))
    then(at(17, 9, 20), lambda: desk.agent_replies("kenji", tickets["waiting"], "少々お待ちください。"))
    arrives("silent", "priya", at(17, 10))
    arrives("quick", "sota", at(17, 11))
    then(at(17, 11, 5), lambda: desk.agent_replies("kenji", tickets["quick"], "はい、ございます。"))
    then(at(17, 11, 10), lambda: solve(desk, tickets["quick"], "kenji"))
    arrives("spam", "tom", at(17, 12))
    then(at(17, 12, 10), lambda: _spam(desk, tickets["spam"]))
    then(at(17, 13), lambda: _again(desk, "hannah", tickets["first"]))
    then(at(17, 14), lambda: solve(desk, tickets["first"], "kenji"))
    then(at(17, 18), lambda: _rate(desk, tickets["midnight"], 2, "Too slow"))
    return tickets


def _rate(desk: Desk, number: int, score: int, comment: str) -> None:
    data = {"score": str(score), "comment": comment}
    assert desk.visitor().post(mailed(desk, number).path, data=data).status_code == 303


def _again(desk: Desk, who: str, number: int) -> None:
    answering = desk.messages(number)[-1].external_id
    assert desk.customer_writes(who, "One more thing.", answering=answering).ticket_id == number


def _spam(desk: Desk, number: int) -> None:
    with desk.write() as db:
        lifecycle.mark_spam(db, db.get_one(Ticket, number), True, Actor("agent", desk.agent("kenji").id))
