"""Held replies on the screen: what waits, until when, and the two ways out of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup
from starlette.responses import JSONResponse, Response

from app import clock, i18n
from app.console import drafting, show
from app.console.show import Person
from app.errors import Invalid
from app.i18n import N_
from app.i18n import gettext as _
from app.text import drawn
from app.tickets import access, approval, drafts, holding, snooze
from app.tickets.holding import Waiting
from app.tickets.unsent import HeldReply
from app.web import Page, redirect, render

STAY = 8  # seconds that a toast shows; held replies wait longer, so that its button never comes too late

STOPPED: Mapping[str, str] = {
    "customer_wrote": N_("Not sent: the customer wrote meanwhile."),
    "shut": N_("Not sent: the ticket was closed or merged meanwhile."),
    "writer": N_("Not sent: its writer may no longer answer this ticket."),
    approval.NEEDED: N_("Not sent: a colleague has to approve it first."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A held reply as `_held.html` draws it. `may`: whether the reader is offered to send or undo it."""

    id: int
    who: str
    initials: str
    text: Markup
    files: list[str]
    said: str
    stopped: bool
    may: bool


def lines(found: Iterable[Waiting], heard: int, me: int, people: Mapping[int, Person]) -> list[Line]:
    """Held replies in words; `heard` is the number of the customer's newest message."""
    return [_line(one, holding.stopped(one, heard), me, people) for one in found]


def _line(one: Waiting, why: str, me: int, people: Mapping[int, Person]) -> Line:
    who = people[one.agent_id].name if one.agent_id in people else _("Somebody who left")
    if why:
        said = _(STOPPED.get(why, N_("Not sent: something stood in its way.")))
    elif one.later:
        said = _("Waits until %(time)s") % {"time": show.moment(one.leave_at)}
    else:
        said = _("Leaves in a moment")
    text = drawn.text(one.text)
    names = [file["filename"] for file in one.files]
    may = one.agent_id == me or one.later or bool(why) or one.proposal_id is not None
    return Line(one.id, who, show.initials(who), text, names, said, bool(why), may)


def leaves_at(page: Page, wait: int, later: str) -> datetime:
    """When a reply leaves: at the time that was chosen, else after the moment for undoing. Raises Invalid."""
    if not later:
        return clock.now() + timedelta(seconds=wait)
    try:
        return snooze.moment(later, clock.now(), i18n.zone())
    except Invalid as error:
        raise Invalid({"later": error.fields["until"]}, **error.values) from None


def toast(held: HeldReply) -> dict[str, object]:
    """What is said after pressing Send, with the way back."""
    values = {"number": held.ticket_id, "time": show.moment(held.leave_at)}
    if held.later:
        text = _("The reply to #%(number)s waits until %(time)s") % values
    elif held.then == "solved":
        text = _("Sending the reply, then solving #%(number)s") % values
    else:
        text = _("Sending the reply to #%(number)s") % values
    left = round((held.leave_at - clock.now()).total_seconds())
    stay = STAY if held.later else min(STAY, max(1, left - 2))
    return {"text": text, "wrong": False, "undo": {"url": f"/console/held/{held.id}/undo", "fields": {}}, "stay": stay}


def undo(page: Page) -> Response:
    """It does not leave: the text is a draft again, and goes back into the composer where that is open."""
    draft, ticket = holding.undo(page.db, page.who, page.path("held"))
    if not page.partial:
        return redirect(page, f"/console/tickets/{ticket.id}")
    said = _("Not sent. The reply to #%(number)s is your draft again.")
    if draft is None:
        said = _("Not sent. The reply to #%(number)s waits for approval again.")
    toast = {"text": said % {"number": ticket.id}, "wrong": False, "undo": None}
    response = render(page, "console/_sent.html", toast=toast)
    told: dict[str, object] = {f"ticket-{ticket.id}": {}}
    told |= {"undone": {"ticket": ticket.id, "kind": draft.kind}} if draft else {}
    response.headers["HX-Trigger"] = json.dumps(told)
    return response


def send(page: Page) -> Response:
    """It leaves now."""
    _message, ticket = holding.send_now(page.db, page.who, page.path("held"))
    if not page.partial:
        return redirect(page, f"/console/tickets/{ticket.id}")
    return Response(status_code=204, headers={"HX-Trigger": json.dumps({f"ticket-{ticket.id}": {}})})


def draft(page: Page) -> Response:
    """One's drafts of a ticket, for a composer that is open while one of them came back."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    drawn = drafting.drawn(drafts.of_ticket(page.db, found.id), page.who.id, {})
    return JSONResponse(dict(drawn.mine), headers={"Cache-Control": "no-store"})
