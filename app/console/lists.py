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
from app.tickets import finding, views
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


def find(view_key: str, team: int | None = None, ticket: int | None = None) -> Where:
    """The list of a key. Raises NotFound."""
    if view_key not in views.BY_KEY:
        raise NotFound
    return Where(views.BY_KEY[view_key], team, ticket)


def listing(
    db: Session, agent: Agent, where: Where, people: dict[int, Person], *, pages: int = 1, beside: bool = False
) -> Listing:
    """The first `pages` pages of a list; half a page `beside` a ticket, where the rest follows on request."""
    pages = max(1, min(pages, MOST_PAGES))
    limit = views.PAGE // 2 if beside else pages * views.PAGE
    found = views.rows(db, agent, where.view, team_id=where.team, limit=limit + 1)
    return _listing(db, agent, where, people, found, limit, pages)


def following(db: Session, agent: Agent, where: Where, people: dict[int, Person], *, after: str, pages: int) -> Listing:
    """The page after a place, as page number `pages` of the screen."""
    found = views.rows(db, agent, where.view, team_id=where.team, after=after, limit=views.PAGE + 1)
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
        name=_name(db, where),
        url=f"{base}?{where.query(ticket=where.ticket)}".rstrip("?"),
        order=_("Newest first") if where.view.newest_first else _("Waiting longest first"),
        groups=_grouped(where, lines, previous_rank),
        more=f"{base}?{where.query(after=rows[-1].place, pages=pages + 1)}" if rest else "",
        pages=pages,
        empty=None if lines or after else _nothing(db, agent, where),
    )


def _name(db: Session, where: Where) -> str:
    if where.team is None:
        return _(where.view.name)
    name = show.teams(db).get(where.team)
    if name is None:
        raise NotFound
    return name


def _lines(rows: Sequence[views.Row], where: Where, people: dict[int, Person]) -> list[Line]:
    back, now = where.query(view=where.view.key), clock.now()
    return [line(row, where, people, back, now) for row in rows]


def line(row: views.Row, where: Where, people: dict[int, Person], back: str, now: datetime) -> Line:
    """A row in words; `back` is the part of its address that leads back to this list."""
    waits = row.waiting_since is not None
    at = row.waiting_since or row.solved_at or row.updated_at
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
        at_text=i18n.short(at),
        assignee=people.get(row.assignee_id) if row.assignee_id and where.view.key != "mine" else None,
        current=row.id == where.ticket,
        rank=row.queue_rank,
        rating=row.rating,
    )


def _grouped(where: Where, lines: list[Line], previous: int | None) -> list[Group]:
    """Those who wait for us first; the heading is not said again on a following page."""
    if where.view.key in ("waiting", "solved"):
        order = _("Newest first") if where.view.newest_first else _("Waiting longest first")
        return [Group("" if previous is not None else order, lines)] if lines else []
    names = {0: _("Waiting for us"), 1: _("Answered, still open")}
    groups = []
    for rank in (0, 1):
        rows = [row for row in lines if row.rank == rank]
        if rows:
            groups.append(Group("" if rank == previous else names[rank], rows))
    return groups


def _nothing(db: Session, agent: Agent, where: Where) -> Empty:
    if where.view.key == "mine":
        unassigned = views.counts(db, agent)["unassigned"]
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
    if where.view.key == "waiting":
        return Empty(
            _("Nobody is waited for"), _("Tickets that wait for a customer or for somebody else are found here.")
        )
    return Empty(_("Everyone is answered"), _("There are no open tickets. A new message appears here by itself."))


# ── search ────────────────────────────────────────────────────────────────────────────────────────────


def search(db: Session, agent: Agent, text: str, people: dict[int, Person]) -> Listing:
    """Tickets by number, by a customer's address or name, or by words of the subject; newest first."""
    found = finding.find(db, agent, text, limit=views.PAGE)
    where = Where(View("search", "Search", "search", newest_first=True))
    lines = _lines(found, where, people)
    empty = Empty(
        _("Nothing found"),
        _("Try a ticket number, an address, a name, or a word of the subject."),
        calm=False,
    )
    return Listing(
        name=_("Search"),
        url=f"/console/search?{urlencode({'q': text})}",
        order=_("Newest first"),
        groups=[Group(_("Results"), lines)] if lines else [],
        count=str(len(lines)) if lines else None,
        empty=None if lines else empty,
    )


def whole(db: Session, agent: Agent, where: Where) -> dict[str, Any]:
    """Everything that a page with the list needs."""
    people = show.staff(db)
    return {
        "rail": rail.build(db, agent, where.key),
        "list": listing(db, agent, where, people, beside=where.ticket is not None),
        "people": people,
    }


__all__ = ["Listing", "Where", "find", "following", "listing", "search", "whole"]
