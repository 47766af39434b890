"""Why a ticket is where it is and with whom: what was written down when it was decided, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from app.channels.inboxes import Inbox
from app.console import show
from app.events import Event
from app.i18n import N_
from app.i18n import gettext as _
from app.surveys.asking import REASONS as SURVEY
from app.tickets import access
from app.tickets.models import Ticket
from app.web import Page, render

THREADING: Mapping[str, str] = {
    "first_contact": N_("The first message of this matter."),
    "split": N_("Split off another ticket by hand."),
    "previous_closed": N_("Answers a ticket that is closed, so it opened a new one."),
    "sender_unknown": N_("Answers another ticket, but the sender does not belong to that one."),
    "sender_blocked": N_("The sender is blocked, so it went among the spam."),
    "sender_forged": N_("Claims to answer another ticket, but the sender’s address seems to be forged."),
}
ASSIGNMENT: Mapping[str, str] = {
    "by_hand": N_("Assigned by hand."),
    "first_reply": N_("Whoever answers a ticket of nobody takes it."),
    "left_team": N_("The assignee may not see tickets of this team."),
}
MOVED: Mapping[str, str] = {
    "by_hand": N_("Moved by hand."),
    "team_dissolved": N_("The team that it belonged to was dissolved."),
}
ACKNOWLEDGEMENT: Mapping[str, str] = {
    "send": N_("Sent: the first message of a person whom nothing speaks against."),
    "sender_blocked": N_("No acknowledgement: the sender is blocked."),
    "switched_off": N_("No acknowledgement: it is switched off."),
    "sender_forged": N_("No acknowledgement: the sender may be forged."),
    "own_address": N_("No acknowledgement: the sender is one of our own addresses."),
    "answered_lately": N_("No acknowledgement: this sender got one within the last 24 hours."),
    "too_many_now": N_("No acknowledgement: too many went to unproven addresses within the last hour."),
    "channel_answers_live": N_("No acknowledgement: on this channel people wait for a person."),
}
STATUS: Mapping[str, str] = {
    "answered": N_("The desk has answered; the customer moves next."),
    "customer_wrote": N_("The customer wrote, so it is our turn."),
    "solved_long_ago": N_("It was solved two weeks before."),
    "merged": N_("A ticket in which the customer waits was merged into this one."),
    "": N_("Set by hand."),
}


@dataclass(frozen=True, slots=True)
class Because:
    """One answer: what is asked about, the sentence, and who did it when, "" where nobody did."""

    about: str
    sentence: str
    by: str = ""
    link: int | None = None


def why(page: Page) -> Response:
    """The sentences of a ticket, for the menu that asks for them when it opens."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    return render(page, "console/_why.html", because=told(page, found))


def told(page: Page, found: Ticket) -> list[Because]:
    """Why the ticket has its state, its assignee and its team, why it is a ticket of its own, and what was sent."""
    last = _last(page, found)
    kept = found.why
    said = [_status(page, found, last.get("ticket.status")), _assignee(page, found, last.get("ticket.assigned"))]
    if found.team_id:
        said.append(_team(page, found, last.get("ticket.moved")))
    threading = kept.get("threading") or {}
    if sentence := THREADING.get(threading.get("code", "")):
        said.append(Because(_("A ticket of its own"), _(sentence), link=_seen(page, threading.get("ticket"))))
    if code := (kept.get("acknowledgement") or {}).get("code", ""):
        sentence = ACKNOWLEDGEMENT.get(code, N_("No acknowledgement: the message was sent by a machine."))
        said.append(Because(_("Acknowledgement"), _(sentence)))
    if sentence := SURVEY.get((kept.get("survey") or {}).get("code", "")):
        said.append(Because(_("Rating"), _(sentence)))
    return said


def _seen(page: Page, number: int | None) -> int | None:
    """The number of another ticket, for those who may see it."""
    query = sa.select(Ticket.id).where(Ticket.id == (number or 0), access.visible_to(page.who))
    return page.db.scalar(query) if number else None


def _last(page: Page, found: Ticket) -> dict[str, Event]:
    """The newest change of each kind."""
    kinds = ("ticket.status", "ticket.assigned", "ticket.moved")
    newest = sa.select(sa.func.max(Event.id)).where(Event.ticket_id == found.id, Event.kind.in_(kinds))
    query = sa.select(Event).where(Event.id.in_(newest.group_by(Event.kind)))
    return {event.kind: event for event in page.db.scalars(query)}


def _by(page: Page, event: Event | None) -> str:
    if event is None:
        return ""
    people = show.staff(page.db)
    who = people[event.actor_id].name if event.actor_kind == "agent" and event.actor_id in people else ""
    return f"{who}, {show.moment(event.at)}" if who else show.moment(event.at)


def _status(page: Page, found: Ticket, event: Event | None) -> Because:
    about = show.word(show.STATUSES, found.status).name
    if event is None:
        return Because(about, _("It has just come in; nobody has answered yet."))
    reason = event.data.get("reason")
    sentence = STATUS.get(str(event.data.get("why", "")), STATUS[""])
    said = _("Set by hand: “%(reason)s”") % {"reason": reason} if reason else _(sentence)
    return Because(about, said, _by(page, event))


def _assignee(page: Page, found: Ticket, event: Event | None) -> Because:
    code = str((found.why.get("assignment") or {}).get("code", ""))
    people = show.staff(page.db)
    about = people[found.assignee_id].name if found.assignee_id in people else _("Nobody")
    if event is None and not found.assignee_id:
        return Because(about, _("Nobody has taken it yet."))
    return Because(about, _(ASSIGNMENT.get(code, ASSIGNMENT["by_hand"])), _by(page, event))


def _team(page: Page, found: Ticket, event: Event | None) -> Because:
    about = show.teams(page.db).get(found.team_id or 0, "")
    if event is not None:
        return Because(about, _(MOVED.get(str(event.data.get("why", "")), MOVED["by_hand"])), _by(page, event))
    inbox: Any = page.db.get(Inbox, found.inbox_id)
    return Because(about, _("New tickets of the inbox “%(inbox)s” go to this team.") % {"inbox": inbox.name})
