"""Snoozing in the console: the moments of its menu, and what typed words mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from app import clock, i18n
from app.console import forms, show
from app.errors import Invalid
from app.i18n import gettext as _
from app.tickets import snooze
from app.tickets.models import Ticket
from app.web import Page, render


@dataclass(frozen=True, slots=True)
class Menu:
    """What `_snooze.html` draws. `until` says until when it sleeps, "" when it is awake."""

    until: str
    presets: list[tuple[str, str, str]]
    """(what to post, its name, the moment in words)"""


def menu(ticket: Ticket) -> Menu | None:
    """The menu of a ticket, None where there is nothing to snooze."""
    if snooze.can(ticket):
        return None
    return Menu(until(ticket.snoozed_until) if ticket.snoozed else "", offered())


def offered() -> list[tuple[str, str, str]]:
    """(what to post, its name, the moment in words) of the times that menus offer."""
    return [(p.key, _(p.name), show.moment(p.at)) for p in snooze.presets(clock.now(), i18n.zone())]


def until(at: datetime | None) -> str:
    """Until when something sleeps, in a word or two."""
    return show.moment(at) if at else _("the customer writes")


def said(page: Page) -> Response:
    """What the words typed into the menu mean, or that they cannot be read."""
    text, at, wrong = page.query("until").strip(), "", ""
    if text:
        try:
            at = show.moment(snooze.moment(text, clock.now(), i18n.zone()))
        except Invalid as error:
            wrong = forms.errors(error)["until"]
    return render(page, "console/_snooze_said.html", at=at, wrong=wrong)
