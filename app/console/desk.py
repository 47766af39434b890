"""Reading: the list beside the ticket, and the parts of it that live screens ask for again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from app import events
from app.channels import inboxes, registry
from app.channels.types import Recipient
from app.console import customer, lists, rail, show, thread
from app.console.lists import Where
from app.customers.models import Customer
from app.errors import Invalid
from app.i18n import N_
from app.i18n import gettext as _
from app.surveys.asking import REASONS
from app.tickets import access, replies, tags, views
from app.tickets.models import Ticket, TicketLink
from app.web import Page, redirect, render

# ── lists ─────────────────────────────────────────────────────────────────────────────────────────────


def home(page: Page) -> Response:
    """The console's own address: the tickets of whoever signs in."""
    return redirect(page, "/console/views/mine")


def view(page: Page) -> Response:
    """A view: the whole page, its rows alone for live screens, or the following page of them."""
    where = lists.find(page.path("view"), page.number("team"), page.number("ticket"))
    pages = page.number("pages") or 1
    if not page.partial:
        return _page(page, where, None)
    people = show.staff(page.db)
    if after := page.query("after"):
        found = lists.following(page.db, page.who, where, people, after=after, pages=pages)
    else:
        found = lists.listing(page.db, page.who, where, people, pages=pages)
    return render(page, "console/_rows.html", list=found)


def search(page: Page) -> Response:
    """Tickets that answer to a few words; a number alone opens its ticket."""
    text = page.query("q").strip()[:200]
    number = text.lstrip("#＃")
    if number.isascii() and number.isdigit() and len(number) < 12 and not page.partial:
        return redirect(page, f"/console/tickets/{int(number)}")
    found = lists.search(page.db, page.who, text, show.staff(page.db))
    if page.partial:
        return render(page, "console/_rows.html", list=found)
    return render(
        page,
        "console/desk.html",
        rail=rail.build(page.db, page.who, "search", q=text),
        list=found,
        ticket=None,
        page_title=f"{_('Search')}: {text}",
        **_always(page),
    )


def counts(page: Page) -> Response:
    """The rail's entries with their counts, for live screens."""
    return render(page, "console/_counts.html", rail=rail.build(page.db, page.who, page.query("at")[:40]))


def _always(page: Page) -> dict[str, Any]:
    return {"last_event": events.last_number(page.db), "flashes": []}


def _page(page: Page, where: Where, ticket: dict[str, Any] | None, **more: Any) -> Response:
    title = ticket["title"] if ticket else _(where.view.name)
    values = lists.whole(page.db, page.who, where)
    return render(page, "console/desk.html", **values, ticket=ticket, page_title=title, **_always(page), **more)


# ── one ticket ────────────────────────────────────────────────────────────────────────────────────────


def ticket(page: Page) -> Response:
    """A ticket: beside its list as a whole page, or alone for the place beside the list."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    if page.partial and page.request.headers.get("hx-target") == "div#desk":
        return render(page, "console/_desk.html", ticket=drawn(page, found))
    view_key = page.query("view")
    where = lists.find(view_key if view_key in views.BY_KEY else _home_of(page, found), page.number("team"), found.id)
    return _page(page, where, drawn(page, found))


def _home_of(page: Page, found: Ticket) -> str:
    """The view that a ticket is found in, for links that name none."""
    if found.shelf == "desk":
        return "mine" if found.assignee_id == page.who.id else "open"
    return {"waiting": "waiting", "done": "solved"}.get(found.shelf, "open")


def live(page: Page) -> Response:
    """Head, thread and customer of a ticket as they are now; the composer is left alone."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    return render(page, "console/_live.html", ticket=drawn(page, found))


def talk(page: Page) -> Response:
    """The thread with more of its past."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    return render(page, "console/_talk.html", ticket=drawn(page, found))


def drawn(page: Page, found: Ticket) -> dict[str, Any]:
    """Everything that the parts of a ticket draw."""
    db, people = page.db, show.staff(page.db)
    person = db.get_one(Customer, found.requester_id)
    to, cc = _recipients(page, found)
    beside = customer.panel(db, page.who, found, person, [r.name or r.value for r in cc])
    inbox = inboxes.info_of(db, found.inbox_id)
    names = show.teams(db)
    last = thread.load(db, found, people, names, beside.name, pages=page.number("pages") or 1)
    return {
        "id": found.id,
        "url": f"/console/tickets/{found.id}",
        "title": found.subject or _("No subject"),
        "status": show.word(show.STATUSES, found.status),
        "status_short": _(show.SHORT_STATUSES.get(found.status, show.STATUSES[found.status][1])),
        "statuses": show.words(show.STATUSES, but=("new", "closed")),
        "priority": show.word(show.PRIORITIES, found.priority),
        "priorities": show.words(show.PRIORITIES),
        "assignee": people.get(found.assignee_id) if found.assignee_id else None,
        "assignable": [p for p in people.values() if p.active and p.role != "viewer"],
        "team": names.get(found.team_id) if found.team_id else None,
        "team_id": found.team_id,
        "teams": list(names.items()),
        "tags": tags.of(db, [found.id])[found.id],
        "all_tags": tags.every(db, 200),
        "waiting_since": found.waiting_since,
        "why": why(found),
        "linked": _linked(page, found),
        "spam": found.spam,
        "done": found.status in ("solved", "closed"),
        "shut": found.status == "closed" or bool(found.merged_into_id),
        "can_write": page.who.role != "viewer",
        "me": show.initials(page.who.name),
        "talk": last,
        "panel": beside,
        "channel": show.word(show.CHANNELS, found.channel),
        "inbox": inbox,
        "to": to,
        "cc": cc,
        "can_attach": registry.channel(db, found.channel).capabilities.attachments,
    }


def _recipients(page: Page, found: Ticket) -> tuple[list[Recipient], list[Recipient]]:
    try:
        return replies.recipients(page.db, found)
    except Invalid:
        return [], []


THREADING: Mapping[str, str] = {
    "first_contact": N_("The first message of this matter."),
    "previous_closed": N_("Answers a ticket that is closed, so it opened a new one."),
    "sender_unknown": N_("Answers another ticket, but the sender does not belong to that one."),
    "sender_forged": N_("Claims to answer another ticket, but the sender’s address seems to be forged."),
}
ASSIGNMENT: Mapping[str, str] = {
    "by_hand": N_("Assigned by hand."),
    "first_reply": N_("Whoever answers a ticket of nobody takes it."),
    "left_team": N_("The assignee may not see tickets of this team."),
}
ACKNOWLEDGEMENT: Mapping[str, str] = {
    "switched_off": N_("No acknowledgement: it is switched off."),
    "sender_forged": N_("No acknowledgement: the sender may be forged."),
    "own_address": N_("No acknowledgement: the sender is one of our own addresses."),
    "answered_lately": N_("No acknowledgement: this sender got one within the last 24 hours."),
    "too_many_now": N_("No acknowledgement: too many went to unproven addresses within the last hour."),
    "channel_answers_live": N_("No acknowledgement: on this channel people wait for a person."),
}


def why(found: Ticket) -> list[str]:
    """Why the ticket is where it is, and with whom, in sentences."""
    said = []
    kept = found.why
    tables = {"threading": THREADING, "assignment": ASSIGNMENT, "acknowledgement": ACKNOWLEDGEMENT, "survey": REASONS}
    for part, table in tables.items():
        code = (kept.get(part) or {}).get("code", "")
        if code in table:
            said.append(_(table[code]))
        elif part == "acknowledgement" and code not in ("", "send"):
            said.append(_("No acknowledgement: the message was sent by a machine."))
    return said


def _linked(page: Page, found: Ticket) -> list[tuple[int, str]]:
    """(number, subject) of tickets that belong together with this one and that the agent may see."""
    pairs = page.db.execute(_LINKS, {"ticket": found.id})
    numbers = {number for pair in pairs for number in pair if number != found.id}
    if not numbers:
        return []
    query = sa.select(Ticket.id, Ticket.subject).where(Ticket.id.in_(numbers), access.visible_to(page.who))
    return list(page.db.execute(query.order_by(Ticket.id)))


_THIS: sa.BindParameter[int] = sa.bindparam("ticket")
_LINKS = (
    sa.select(TicketLink.ticket_id, TicketLink.other_id)
    .where(sa.or_(TicketLink.ticket_id == _THIS, TicketLink.other_id == _THIS))
    .limit(10)
)
