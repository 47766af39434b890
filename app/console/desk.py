"""Reading: the list beside the ticket, and the parts of it that live screens ask for again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from app.channels import registry
from app.console import (
    carried,
    customer,
    drafting,
    held,
    joining,
    lists,
    proposing,
    rail,
    shared,
    show,
    snoozing,
    thread,
)
from app.console.lists import Where
from app.db import Session
from app.errors import Invalid
from app.i18n import gettext as _
from app.tickets import access, addressing, approval, around, drafts, holding, signatures, tags
from app.tickets.addressing import Addressed, Known, Wrote
from app.tickets.around import Around
from app.tickets.models import Ticket
from app.tickets.thread import Letter
from app.web import Page, redirect, render

# ── lists ─────────────────────────────────────────────────────────────────────────────────────────────


def home(page: Page) -> Response:
    """The console's own address: the tickets of whoever signs in."""
    return redirect(page, "/console/views/mine")


def view(page: Page) -> Response:
    """A view: the whole page, its rows alone for live screens, or the following page of them."""
    where = lists.find(page.db, page.who, page.path("view"), page.number("team"), page.number("ticket"))
    pages = page.number("pages") or 1
    if not page.partial:
        return _page(page, where, None)
    if after := page.query("after"):
        found = lists.following(page.db, page.who, where, show.staff(page.db), after=after, pages=pages)
        return render(page, "console/_rows.html", list=found)
    return shared.rows(page, where, pages, lambda: _rows(page, where, pages))


def _rows(page: Page, where: Where, pages: int) -> Response:
    """Which row is the open one every screen knows by itself (panes.js)."""
    bare = replace(where, ticket=None)
    found = lists.listing(page.db, page.who, bare, show.staff(page.db), pages=pages)
    return render(page, "console/_rows.html", list=found)


def counts(page: Page) -> Response:
    """The rail's entries with their counts, for live screens."""
    return render(page, "console/_counts.html", rail=rail.build(page.db, page.who, page.query("at")[:40], count=True))


def _always(page: Page) -> dict[str, Any]:
    return {"last_event": show.desk(page.db).last_event, "flashes": joining.flashes(page)}


def _page(page: Page, where: Where, ticket: dict[str, Any] | None, **more: Any) -> Response:
    title = ticket["title"] if ticket else where.view.title
    values = lists.whole(page.db, page.who, where)
    return render(page, "console/desk.html", **values, ticket=ticket, page_title=title, **_always(page), **more)


# ── one ticket ────────────────────────────────────────────────────────────────────────────────────────


def ticket(page: Page) -> Response:
    """A ticket: beside its list as a whole page, or alone for the place beside the list."""
    show.desk(page.db)  # first, so that the screen asks for whatever happens while the rest is read
    found = access.ticket(page.db, page.who, page.path("ticket"))
    if page.partial and page.request.headers.get("hx-target") == "div#desk":
        return render(page, "console/_desk.html", ticket=drawn(page, found))
    key, home = page.query("view")[:20], _home_of(page, found)
    where = lists.find_or(page.db, page.who, key, home, page.number("team"), found.id)
    return _page(page, where, drawn(page, found))


def _home_of(page: Page, found: Ticket) -> str:
    """The view that a ticket is found in, for links that name none."""
    if found.shelf == "desk":
        return "mine" if found.assignee_id == page.who.id else "open"
    return {"waiting": "waiting", "asleep": "snoozed", "done": "solved"}.get(found.shelf, "open")


def live(page: Page) -> Response:
    """Head, thread and customer of a ticket as they are now; the composer is left alone."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    return render(page, "console/_live.html", ticket=drawn(page, found))


def talk(page: Page) -> Response:
    """The thread with more of its past."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    return render(page, "console/_talk.html", ticket=drawn(page, found))


def _facts(found: Ticket, desk: show.Desk) -> dict[str, Any]:
    """Status, priority, assignee and team, each with what could be chosen instead."""
    people = desk.people
    return {
        "status": show.word(show.STATUSES, found.status),
        "status_short": _(show.SHORT_STATUSES.get(found.status, show.STATUSES[found.status][1])),
        "statuses": show.words(show.STATUSES, but=("new", "closed")),
        "priority": show.word(show.PRIORITIES, found.priority),
        "priorities": show.words(show.PRIORITIES),
        "assignee_id": found.assignee_id,
        "assignee": people.get(found.assignee_id) if found.assignee_id else None,
        "assignable": [p for p in people.values() if p.active and p.role != "viewer"],
        "team": desk.teams.get(found.team_id) if found.team_id else None,
        "team_id": found.team_id,
        "teams": list(desk.teams.items()),
    }


def drawn(page: Page, found: Ticket) -> dict[str, Any]:
    """Everything that the parts of a ticket draw."""
    db, desk = page.db, show.desk(page.db)
    beside, people = around.look(db, found), desk.people
    known = addressing.known(db, found.requester_id)
    called = customer.called(beside.customer, known)
    last = thread.load(db, found, people, desk.teams, called, pages=page.number("pages") or 1, holds=beside.holds)
    to, nobody = _addressed(db, found, known, last.heard, beside)
    cc = [r.name or r.value for r in to.cc]
    own, every = tags.choices(db, page.who, found.id, 200)
    unsent = drafts.of_ticket(db, found.id) if beside.drafted else ()
    waiting = holding.of_ticket(db, found.id) if beside.held else ()
    return {
        "id": found.id,
        "url": f"/console/tickets/{found.id}",
        "title": found.subject or _("No subject"),
        "subject": found.subject,
        **_facts(found, desk),
        "tags": own,
        "all_tags": every,
        "waiting_since": found.waiting_since,
        "carried": carried.drawn(page, found),
        "spam": found.spam,
        "snooze": snoozing.menu(found),
        "went": joining.went(page, found),
        "done": found.status in ("solved", "closed"),
        "shut": found.status == "closed" or bool(found.merged_into_id),
        "can_write": page.who.role != "viewer",
        "me": show.initials(page.who.name),
        "talk": last,
        "drafts": drafting.drawn(unsent, page.who.id, people),
        **_eyes(page, found, beside, last.heard.id if last.heard else 0),
        "held": held.lines(waiting, last.heard.id if last.heard else 0, page.who.id, people),
        "later": snoozing.offered(),
        "panel": customer.panel(db, page.who, found, beside.customer, known, cc),
        "channel": show.word(show.CHANNELS, found.channel),
        "from_part": beside.inbox_address.split("@")[0] if beside.inbox_kind == "email" else "",
        "to": to,
        "cc": cc,
        "nobody": nobody,
        "wished": last.heard.meta.get("reply_to", "") if last.heard and to.to else "",
        "signature": (signature := _signature(page, found, beside, desk.teams)),
        "signature_line": signatures.in_a_line(signature),
        "able": registry.channel(db, found.channel).capabilities,
    }


def _eyes(page: Page, found: Ticket, beside: Around, heard: int) -> dict[str, Any]:
    """The second pair of eyes: whether one has to ask, what waits for approval, and what came back."""
    db, people = page.db, show.staff(page.db)
    return {
        "asks": approval.needs(db, found, page.who, beside.inbox_settings),
        "proposals": proposing.cards(db, found, heard, page.who, people) if beside.proposed else [],
        "returned": proposing.returned(db, found, page.who, people) if beside.proposed else None,
    }


def _addressed(
    db: Session, found: Ticket, known: Sequence[Known], heard: Letter | None, beside: Around
) -> tuple[Addressed, str]:
    """To whom an answer goes, and why nobody can be reached, "" when somebody can."""
    wrote = Wrote(heard.channel, heard.customer_id, heard.sender_address) if heard else None
    try:
        return addressing.answer(db, found, known, wrote, others=beside.copied), ""
    except Invalid as error:
        return Addressed([]), _(error.fields["to"])


def _signature(page: Page, found: Ticket, beside: Around, teams: Mapping[int, str]) -> str:
    """What will stand under a reply."""
    said = {"inbox": beside.inbox_name, "address": beside.inbox_address, "team": teams.get(found.team_id or 0, "")}
    return signatures.of(page.db, found, page.who, beside.inbox_settings, **said)
