"""Changing a ticket: one small handler for each step, each one domain function, answered with a toast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import HTMLResponse, Response

from app import clock, i18n
from app.accounts import agents
from app.channels import outbox
from app.channels.outbox import Delivery
from app.console import desk, filling, overtaken, show, snoozing
from app.console.overtaken import Overtaken
from app.errors import AppError, Invalid, NotFound
from app.events import Actor
from app.i18n import gettext as _
from app.tickets import access, assignment, bulk, fields, lifecycle, linking, tags
from app.tickets import snooze as sleeping
from app.tickets.models import Ticket
from app.web import Page, fragment, redirect, render


def _ticket(page: Page) -> Ticket:
    return access.writable(page.db, page.who, page.path("ticket"))


def by(page: Page) -> Actor:
    """Who does it."""
    return Actor("agent", page.who.id)


def done(
    page: Page, found: Ticket, text: str, back: Mapping[str, Any] | None = None, offer: Sequence[int] = ()
) -> Response:
    """The ticket as it is now and a toast; without script, back to its page. `offer`: tickets that could follow."""
    if not page.partial:
        return redirect(page, f"/console/tickets/{found.id}")
    page.db.flush()
    toast = {"text": text, "wrong": False, "undo": back}
    if page.request.headers.get("x-ticket", str(found.id)) != str(found.id):  # from its row, or undone from elsewhere
        return render(page, "console/_refused.html", toast=toast)
    return render(page, "console/_acted.html", ticket=desk.drawn(page, found), toast=toast, offer=offer)


def undo(found: Ticket, what: str, was: object = None, /, **fields: object) -> dict[str, Any]:
    """What the toast posts to take a step back; `was` is how things are now, for whoever comes in between."""
    seen = {} if was is None else {"was": was}
    return {"url": f"/console/tickets/{found.id}/{what}", "fields": {**fields, **seen}}


def status(page: Page) -> Response:
    """Set the status, with a reason if one was written; fields that were asked for are filled in on the way."""
    found = _ticket(page)
    before = found.status
    overtaken.unchanged(page, "status", before, page.text("status"))
    filling.take(page, found)
    lifecycle.set_status(page.db, found, page.text("status"), by(page), reason=page.text("reason"))
    name = show.word(show.STATUSES, found.status).name
    text = _("#%(number)s: %(status)s") % {"number": found.id, "status": name}
    if found.status == "solved":
        text = _("Solved #%(number)s") % {"number": found.id}
    back = "open" if before == "new" else before
    offer = linking.open_below(page.db, page.who, found) if found.status == "solved" != before else ()
    taken = undo(found, "status", found.status, status=back) if found.status != before else None
    return done(page, found, text, taken, offer[: bulk.MOST])


def priority(page: Page) -> Response:
    found = _ticket(page)
    before = found.priority
    overtaken.unchanged(page, "priority", before, page.text("priority"))
    lifecycle.set_priority(page.db, found, page.text("priority"), by(page))
    name = show.word(show.PRIORITIES, found.priority).name
    text = _("#%(number)s: priority %(priority)s") % {"number": found.id, "priority": name}
    return done(page, found, text, undo(found, "priority", found.priority, priority=before))


def assignee(page: Page) -> Response:
    found = _ticket(page)
    before = found.assignee_id
    number = page.number("assignee")
    if number is None and page.text("assignee"):
        raise Invalid({"assignee": "This person cannot take tickets."})
    overtaken.unchanged(page, "assignee", str(before or ""), page.text("assignee"))
    assignment.assign(page.db, found, number, by(page))
    back = undo(found, "assignee", number or "", assignee=before or "")
    if number is None:
        return done(page, found, _("#%(number)s belongs to nobody now") % {"number": found.id}, back)
    who = agents.get(page.db, number).name
    return done(page, found, _("#%(number)s is %(who)s’s now") % {"number": found.id, "who": who}, back)


def team(page: Page) -> Response:
    """Move to a team. Whoever can no longer see the ticket there goes back to the list."""
    found = _ticket(page)
    number = page.number("team")
    if number is None and page.text("team"):
        raise Invalid({"team": "This team does not exist."})
    before = found.team_id
    overtaken.unchanged(page, "team", str(before or ""), page.text("team"))
    assignment.move(page.db, found, number, by(page))
    page.db.flush()
    try:
        access.ticket(page.db, page.who, found.id)
    except NotFound:
        return redirect(page, "/console")
    name = next((t.name for t in agents.teams(page.db) if t.id == number), _("no team"))
    text = _("#%(number)s moved to %(team)s") % {"number": found.id, "team": name}
    return done(page, found, text, undo(found, "team", number or "", team=before or ""))


def subject(page: Page) -> Response:
    """Call the matter by other words."""
    found = _ticket(page)
    before = found.subject
    overtaken.unchanged(page, "subject", before, " ".join(page.text("subject").split()))
    lifecycle.set_subject(page.db, found, page.text("subject"), by(page))
    text = _("#%(number)s is called “%(subject)s” now") % {"number": found.id, "subject": found.subject}
    back = undo(found, "subject", found.subject, subject=before)
    return done(page, found, text, back if before and before != found.subject else None)


def fill(page: Page) -> Response:
    """Set the fields that were posted; they can be put back from the toast."""
    found = _ticket(page)
    before = dict(found.fields)
    changed = filling.take(page, found)
    if not changed:
        return Response(status_code=204) if page.partial else redirect(page, f"/console/tickets/{found.id}")
    back = {filling.PREFIX + f.key: fields.written(before.get(f.key)) for f in changed}
    back |= {filling.WAS + f.key: fields.written(found.fields.get(f.key)) for f in changed}
    said = [
        _("%(field)s: %(value)s") % {"field": f.title, "value": fields.shown(f, found.fields.get(f.key)) or _("empty")}
        for f in changed
    ]
    return done(page, found, " · ".join(said), undo(found, "fields", **back))


def tag(page: Page) -> Response:
    """Put the tag `tag` on, or take the tag `remove` off."""
    found = _ticket(page)
    name = page.text("remove")
    if name:
        tags.remove(page.db, found, name, by(page))
        text = _("Tag %(tag)s removed") % {"tag": name}
        return done(page, found, text, undo(found, "tags", tag=name))
    name = tags.clean(page.text("tag"))
    tags.add(page.db, found, name, by(page))
    text = _("Tag %(tag)s added") % {"tag": name}
    return done(page, found, text, undo(found, "tags", remove=name))


def spam(page: Page) -> Response:
    found = _ticket(page)
    wanted = page.text("spam") == "1"
    lifecycle.mark_spam(page.db, found, wanted, by(page))
    text = _("#%(number)s is among the spam now") if wanted else _("#%(number)s is no spam")
    back = undo(found, "spam", spam="0" if wanted else "1")
    return done(page, found, text % {"number": found.id}, back)


def snooze(page: Page) -> Response:
    """Snooze until a preset or typed moment (`until`), until the customer writes (`reply`), or wake (`wake`)."""
    found = _ticket(page)
    back = undo(found, "snooze", **_sleep(found))
    if page.text("wake"):
        lifecycle.wake(page.db, found, by(page))
        return done(page, found, _("#%(number)s is awake again") % {"number": found.id}, back)
    at = None if page.text("reply") else sleeping.moment(page.text("until"), clock.now(), i18n.zone())
    sleeping.snooze(page.db, found, at, by(page))
    text = _("#%(number)s sleeps until %(until)s") % {"number": found.id, "until": snoozing.until(at)}
    return done(page, found, text, back)


def _sleep(ticket: Ticket) -> dict[str, str]:
    """What puts the ticket back to how it sleeps, or wakes, now."""
    if not ticket.snoozed:
        return {"wake": "1"}
    at = ticket.snoozed_until
    return {"until": i18n.local(at).strftime("%Y-%m-%d %H:%M")} if at else {"reply": "1"}


def retry(page: Page) -> Response:
    """Try a failed delivery again, now."""
    delivery = page.db.get(Delivery, page.path("delivery"))
    if delivery is None:
        raise NotFound
    found = access.writable(page.db, page.who, delivery.ticket_id)
    outbox.retry(page.db, delivery.id)
    return done(page, found, _("Trying again"))


def refused(page: Page, error: AppError) -> Response:
    """A step that could not be done: the sentence in a toast, or a dialog where something is to be chosen first."""
    if isinstance(error, Overtaken):
        return overtaken.choose(page, error)
    if page.partial and (isinstance(error, fields.Unfilled) or page.text("asked")):
        return filling.ask(page, error)
    faults = error.fields if isinstance(error, Invalid) else {"": error.message}
    if page.partial and all(name.startswith(filling.PREFIX) for name in faults) and len(faults) == 1:
        return filling.wrong(page, *faults.popitem())
    text = " ".join(_(sentence) % error.values if error.values else _(sentence) for sentence in faults.values())
    if not page.partial:
        return HTMLResponse(
            fragment(page, "error.html", status=error.status, sentence=text, sign_in=False), error.status
        )
    return render(page, "console/_refused.html", toast={"text": text, "wrong": True, "undo": None})
