"""Lists of tickets: rows as they are drawn, grouped, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from app import clock, i18n
from app.accounts.models import Agent
from app.console import rail, show
from app.console.show import Person
from app.db import Session
from app.errors import NotFound
from app.i18n import gettext as _
from app.tickets import built, views
from app.tickets.built import SORTS, Built
from app.tickets.views import View

LONG = timedelta(hours=24)  # from here on the waiting time is set in bold
SNIPPET = 80  # characters; a row shows about half of them
MOST_PAGES = 20  # of one screen; what lies further down is reached by its address


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list, ready to draw."""

    id: int
    url: str
    subject: str
    snippet: str
    customer: str
    channel_icon: str
    channel_name: str
    status_icon: str
    status_name: str
    priority: str
    priority_name: str
    waits: bool
    due: str
    at_iso: str
    at_text: str
    assignee: Person | None
    current: bool
    rank: int
    rating: int | None
    drafted: bool
    asleep: bool


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    rows: list[Line]


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty list says: calm when everything is done."""

    title: str
    text: str
    calm: bool = True
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """What can be done with a list itself, beside its name."""

    icon: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What `_rows.html` draws."""

    name: str
    url: str
    order: str
    groups: list[Group]
    count: str | None = None
    more: str = ""
    pages: int = 1
    empty: Empty | None = None
    tool: Tool | None = None
    words: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Where:
    """Which list: a view, perhaps of one team, and the ticket that is open beside it."""

    view: View
    team: int | None = None
    ticket: int | None = None

    @property
    def key(self) -> str:
        """The entry of the rail."""
        return f"team-{self.team}" if self.team else self.view.key

    def query(self, **more: object) -> str:
        """The part of an address that leads back to this list."""
        values = {"team": self.team, **more}
        return urlencode({k: v for k, v in values.items() if v})


def find(db: Session, agent: Agent, key: str, team: int | None = None, ticket: int | None = None) -> Where:
    """The list of a key. Raises NotFound."""
    return Where(built.find(db, agent, key), team, ticket)


def find_or(
    db: Session, agent: Agent, key: str, otherwise: str, team: int | None = None, ticket: int | None = None
) -> Where:
    """As `find`; another list when the key names none that this agent may open (any more)."""
    try:
        return find(db, agent, key or otherwise, team, ticket)
    except NotFound:
        return find(db, agent, otherwise, team, ticket)


def listing(
    db: Session, agent: Agent, where: Where, people: dict[int, Person], *, pages: int = 1, beside: bool = False
) -> Listing:
    """The first `pages` pages of a list; half a page `beside` a ticket, where the rest follows on request."""
    pages = max(1, min(pages, MOST_PAGES))
    limit = views.PAGE // 2 if beside else pages * views.PAGE
    found = built.rows(db, agent, where.view, team_id=where.team, limit=limit + 1)
    return _listing(db, agent, where, people, found, limit, pages)


def following(db: Session, agent: Agent, where: Where, people: dict[int, Person], *, after: str, pages: int) -> Listing:
    """The page after a place, as page number `pages` of the screen."""
    found = built.rows(db, agent, where.view, team_id=where.team, after=after, limit=views.PAGE + 1)
    return _listing(db, agent, where, people, found, views.PAGE, pages, after=after)


def _listing(
    db: Session,
    agent: Agent,
    where: Where,
    people: dict[int, Person],
    found: Sequence[views.Row],
    limit: int,
    pages: int,
    after: str = "",
) -> Listing:
    rows, rest = found[:limit], found[limit:]
    base = f"/console/views/{where.view.key}"
    lines = _lines(rows, where, people)
    previous_rank = int(after.split(".")[0]) if after else None
    return Listing(
        name=name_of(db, where),
        url=f"{base}?{where.query(ticket=where.ticket)}".rstrip("?"),
        order=_order(where.view),
        groups=_grouped(where, lines, previous_rank),
        more=f"{base}?{where.query(after=rows[-1].place, pages=pages + 1)}" if rest else "",
        pages=pages,
        empty=None if lines or after else _nothing(db, agent, where),
        tool=_tool(where.view),
    )


def _tool(view: View) -> Tool | None:
    if isinstance(view, Built) and view.id:
        return Tool("pencil", _("Conditions of this view"), f"/console/saved/{view.id}")
    return None


def _order(view: View) -> str:
    if isinstance(view, Built):
        return _(SORTS[view.sort].name) if view.sort in SORTS else ""
    if view.key == "snoozed":
        return _("Next to wake first")
    return _("Newest first") if view.newest_first else _("Waiting longest first")


def name_of(db: Session, where: Where) -> str:
    """What a list is called: the view, or the team whose tickets it shows. Raises NotFound."""
    if where.team is None:
        return where.view.title
    name = show.teams(db).get(where.team)
    if name is None:
        raise NotFound
    return name


def _lines(rows: Sequence[views.Row], where: Where, people: dict[int, Person]) -> list[Line]:
    back, now = where.query(view=where.view.key), clock.now()
    return [line(row, where, people, back, now) for row in rows]


def line(row: views.Row, where: Where, people: dict[int, Person], back: str, now: datetime) -> Line:
    """A row in words; `back` is the part of its address that leads back to this list."""
    asleep = row.shelf == "asleep"
    waits = row.waiting_since is not None and not asleep
    at = row.queue_at if asleep else row.waiting_since or row.solved_at or row.updated_at
    channel, status = show.word(show.CHANNELS, row.channel), show.word(show.STATUSES, row.status)
    return Line(
        id=row.id,
        url=f"/console/tickets/{row.id}?{back}",
        subject=row.subject or _("No subject"),
        snippet=row.snippet[:SNIPPET],
        customer=show.customer_name(row.customer),
        channel_icon=channel.icon,
        channel_name=channel.name,
        status_icon=status.icon,
        status_name=status.name,
        priority=row.priority,
        priority_name=show.word(show.PRIORITIES, row.priority).name,
        waits=waits,
        due="long" if waits and now - at > LONG else "idle",
        at_iso=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        at_text=_wakes(row) if asleep else i18n.short(at),
        assignee=people.get(row.assignee_id) if row.assignee_id and where.view.key != "mine" else None,
        current=row.id == where.ticket,
        rank=row.queue_rank,
        rating=row.rating,
        drafted=bool(row.drafted),
        asleep=asleep,
    )


def _wakes(row: views.Row) -> str:
    """When a sleeping ticket wakes, in a word or two."""
    return show.moment(row.queue_at) if row.queue_rank == 0 else _("until a reply")


def _grouped(where: Where, lines: list[Line], previous: int | None) -> list[Group]:
    """Those who wait for us first; the heading is not said again on a following page."""
    if where.view.key in ("waiting", "solved") or isinstance(where.view, Built):
        return [Group("" if previous is not None else _order(where.view), lines)] if lines else []
    names = {0: _("Waiting for us"), 1: _("Answered, still open")}
    if where.view.key == "snoozed":
        names = {0: _("Until a time"), 1: _("Until the customer writes")}
    groups = []
    for rank in (0, 1):
        rows = [row for row in lines if row.rank == rank]
        if rows:
            groups.append(Group("" if rank == previous else names[rank], rows))
    return groups


def _broken(view: Built) -> Empty:
    """What a saved view shows that asks for something that is gone: never other tickets than were meant."""
    fault = view.faults[0]
    said = _(fault.sentence) % fault.values
    return Empty(_("This view cannot be shown"), said, False, f"/console/saved/{view.id}", _("Look at its conditions"))


def _nothing(db: Session, agent: Agent, where: Where) -> Empty:
    if isinstance(where.view, Built):
        if where.view.faults:
            return _broken(where.view)
        return Empty(
            _("Nothing here"), _("No ticket meets the conditions of this view. One that does appears by itself.")
        )
    if where.view.key == "mine":
        unassigned = views.counts(db, agent).views["unassigned"]
        if unassigned:
            text = _("Nothing of yours is waiting. There are tickets that nobody has taken yet.")
            return Empty(
                _("Everyone is answered"), text, True, "/console/views/unassigned", _("See unassigned tickets")
            )
        return Empty(_("Everyone is answered"), _("Nothing of yours is waiting, and nobody else’s either."))
    if where.view.key == "unassigned":
        return Empty(_("Everything is taken"), _("Each open ticket has somebody who looks after it."))
    if where.view.key == "solved":
        return Empty(_("Nothing solved yet"), _("Solved tickets are found here, the newest first."))
    if where.view.key == "snoozed":
        return Empty(_("Nothing is asleep"), _("A ticket that is snoozed lies here until it wakes by itself."))
    if where.view.key == "waiting":
        return Empty(
            _("Nobody is waited for"), _("Tickets that wait for a customer or for somebody else are found here.")
        )
    return Empty(_("Everyone is answered"), _("There are no open tickets. A new message appears here by itself."))


def whole(db: Session, agent: Agent, where: Where) -> dict[str, Any]:
    """Everything that a page with the list needs."""
    people = show.staff(db)
    return {
        "rail": rail.build(db, agent, where.key),
        "list": listing(db, agent, where, people, beside=where.ticket is not None),
        "people": people,
    }


__all__ = ["Listing", "Where", "find", "following", "listing", "whole"]
