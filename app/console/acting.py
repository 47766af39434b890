"""Changing a ticket: one small handler for each step, each one domain function, answered with a toast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import HTMLResponse, Response

from app.accounts import agents
from app.channels import outbox
from app.channels.outbox import Delivery
from app.console import desk, show
from app.errors import AppError, Invalid, NotFound
from app.events import Actor
from app.i18n import gettext as _
from app.tickets import access, assignment, lifecycle, tags
from app.tickets.models import Ticket
from app.web import Page, fragment, redirect, render


def _ticket(page: Page) -> Ticket:
    return access.writable(page.db, page.who, page.path("ticket"))


def _by(page: Page) -> Actor:
    return Actor("agent", page.who.id)


def _done(page: Page, found: Ticket, text: str, undo: Mapping[str, Any] | None = None) -> Response:
    """The ticket as it is now and a toast; without script, back to its page."""
    if not page.partial:
        return redirect(page, f"/console/tickets/{found.id}")
    page.db.flush()
    toast = {"text": text, "wrong": False, "undo": undo}
    return render(page, "console/_acted.html", ticket=desk.drawn(page, found), toast=toast)


def _undo(found: Ticket, what: str, **fields: object) -> dict[str, Any]:
    return {"url": f"/console/tickets/{found.id}/{what}", "fields": fields}


def status(page: Page) -> Response:
    """Set the status; solving can be undone from its toast."""
    found = _ticket(page)
    before = found.status
    lifecycle.set_status(page.db, found, page.text("status"), _by(page))
    name = show.word(show.STATUSES, found.status).name
    text = _("#%(number)s: %(status)s") % {"number": found.id, "status": name}
    if found.status == "solved":
        text = _("Solved #%(number)s") % {"number": found.id}
    back = "open" if before == "new" else before
    return _done(page, found, text, _undo(found, "status", status=back) if found.status != before else None)


def priority(page: Page) -> Response:
    found = _ticket(page)
    before = found.priority
    lifecycle.set_priority(page.db, found, page.text("priority"), _by(page))
    name = show.word(show.PRIORITIES, found.priority).name
    text = _("#%(number)s: priority %(priority)s") % {"number": found.id, "priority": name}
    return _done(page, found, text, _undo(found, "priority", priority=before))


def assignee(page: Page) -> Response:
    found = _ticket(page)
    before = found.assignee_id
    number = page.number("assignee")
    if number is None and page.text("assignee"):
        raise Invalid({"assignee": "This person cannot take tickets."})
    assignment.assign(page.db, found, number, _by(page))
    undo = _undo(found, "assignee", assignee=before or "")
    if number is None:
        return _done(page, found, _("#%(number)s belongs to nobody now") % {"number": found.id}, undo)
    who = agents.get(page.db, number).name
    return _done(page, found, _("#%(number)s is %(who)s’s now") % {"number": found.id, "who": who}, undo)


def team(page: Page) -> Response:
    """Move to a team. Whoever can no longer see the ticket there goes back to the list."""
    found = _ticket(page)
    number = page.number("team")
    if number is None and page.text("team"):
        raise Invalid({"team": "This team does not exist."})
    before = found.team_id
    assignment.move(page.db, found, number, _by(page))
    page.db.flush()
    try:
        access.ticket(page.db, page.who, found.id)
    except NotFound:
        return redirect(page, "/console")
    name = next((t.name for t in agents.teams(page.db) if t.id == number), _("no team"))
    text = _("#%(number)s moved to %(team)s") % {"number": found.id, "team": name}
    return _done(page, found, text, _undo(found, "team", team=before or ""))


def tag(page: Page) -> Response:
    """Put the tag `tag` on, or take the tag `remove` off."""
    found = _ticket(page)
    name = page.text("remove")
    if name:
        tags.remove(page.db, found, name, _by(page))
        text = _("Tag %(tag)s removed") % {"tag": name}
        return _done(page, found, text, _undo(found, "tags", tag=name))
    name = tags.clean(page.text("tag"))
    tags.add(page.db, found, name, _by(page))
    text = _("Tag %(tag)s added") % {"tag": name}
    return _done(page, found, text, _undo(found, "tags", remove=name))


def spam(page: Page) -> Response:
    found = _ticket(page)
    wanted = page.text("spam") == "1"
    lifecycle.mark_spam(page.db, found, wanted, _by(page))
    text = _("#%(number)s is among the spam now") if wanted else _("#%(number)s is no spam")
    undo = _undo(found, "spam", spam="0" if wanted else "1")
    return _done(page, found, text % {"number": found.id}, undo)


def retry(page: Page) -> Response:
    """Try a failed delivery again, now."""
    delivery = page.db.get(Delivery, page.path("delivery"))
    if delivery is None:
        raise NotFound
    found = access.writable(page.db, page.who, delivery.ticket_id)
    outbox.retry(page.db, delivery.id)
    return _done(page, found, _("Trying again"))


def refused(page: Page, error: AppError) -> Response:
    """A step that could not be done: the sentence in a toast, the ticket as it is."""
    fields = error.fields.values() if isinstance(error, Invalid) else [error.message]
    text = " ".join(_(sentence) % error.values if error.values else _(sentence) for sentence in fields)
    if not page.partial:
        return HTMLResponse(
            fragment(page, "error.html", status=error.status, sentence=text, sign_in=False), error.status
        )
    return render(page, "console/_refused.html", toast={"text": text, "wrong": True, "undo": None})
