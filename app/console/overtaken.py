"""Two people change the same thing: the later one sees what the earlier one did, and chooses.

Every form that changes a ticket carries what was on the screen (`was`). Where that is no longer so, nothing is
changed; a dialog shows both values, and doing it after all is one press.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa
from starlette.responses import HTMLResponse, Response

from app.console import show
from app.console.happened import Names
from app.customers.models import Customer
from app.errors import Conflict
from app.events import Event
from app.i18n import N_
from app.i18n import gettext as _
from app.tickets import fields
from app.tickets.models import Ticket
from app.tickets.thread import Happening
from app.web import Page, fragment


class Overtaken(Conflict):
    """Something was changed since the form was drawn. `what` names it, `now` is how it is, `wanted` what was asked."""

    def __init__(self, what: str, now: str, wanted: str, was: str) -> None:
        super().__init__(N_("Somebody changed this meanwhile. Nothing was overwritten."))
        self.what, self.now, self.wanted, self.was = what, now, wanted, was


def unchanged(page: Page, what: str, now: str, wanted: str, *, was: str = "was") -> None:
    """Raises Overtaken when the form saw another value than there is, and wants a third one."""
    if was in page.form and page.text(was) != now and wanted != now:
        raise Overtaken(what, now, wanted, was)


# what -> (what it is called, the kind of event that changes it)
CALLED: Mapping[str, tuple[str, str]] = {
    "status": (N_("Status"), "ticket.status"),
    "priority": (N_("Priority"), "ticket.priority"),
    "assignee": (N_("Assignee"), "ticket.assigned"),
    "team": (N_("Team"), "ticket.moved"),
    "subject": (N_("Subject"), "ticket.subject"),
}


def choose(page: Page, error: Overtaken) -> Response:
    """The dialog with both values; without script, a page that says them."""
    ticket = page.db.get_one(Ticket, page.path("ticket"))
    field = fields.by_key(page.db, error.what.removeprefix("field."))
    name = field.title if field else _(CALLED[error.what][0])
    kind = "ticket.field" if field else CALLED[error.what][1]
    say = (lambda value: fields.shown(field, fields.read(field, value))) if field else SAY[error.what](page)
    values = {
        "name": name,
        "who": _who(page, ticket, kind, field.key if field else ""),
        "now": say(error.now) or _("empty"),
        "wanted": say(error.wanted) or _("empty"),
    }
    if not page.partial:
        text = _("%(who)s changed %(name)s meanwhile: it is “%(now)s” now. “%(wanted)s” was not saved.") % values
        html = fragment(page, "error.html", status=error.status, sentence=text, sign_in=False)
        return HTMLResponse(html, error.status)
    again = [(key, value) for key, value in page.form.multi_items() if isinstance(value, str) and key != error.was]
    url = page.request.url.path
    html = fragment(page, "console/_overtaken.html", **values, url=url, again=[*again, (error.was, error.now)])
    return HTMLResponse(html, error.status)


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() else 0


SAY: Mapping[str, Callable[[Page], Callable[[str], str]]] = {
    "status": lambda page: lambda value: show.word(show.STATUSES, value).name,
    "priority": lambda page: lambda value: show.word(show.PRIORITIES, value).name,
    "assignee": lambda page: lambda value: _person(page, value),
    "team": lambda page: lambda value: show.teams(page.db).get(_number(value)) or _("No team"),
    "subject": lambda page: lambda value: value,
}


def _person(page: Page, value: str) -> str:
    found = show.staff(page.db).get(_number(value))
    return found.name if found else _("Nobody")


LATEST = 20  # events of a kind in which the last change of one field is looked for


def _who(page: Page, ticket: Ticket, kind: str, field: str) -> str:
    """Who changed it last."""
    query = sa.select(Event).where(Event.ticket_id == ticket.id, Event.kind == kind)
    latest = page.db.scalars(query.order_by(Event.id.desc()).limit(LATEST))
    found = next((event for event in latest if not field or event.data.get("field") == field), None)
    if found is None:
        return _("Somebody")
    customer = page.db.scalar(sa.select(Customer.name).where(Customer.id == ticket.requester_id)) or ""
    names = Names(show.staff(page.db), show.customer_name(customer), show.teams(page.db))
    return names.by(Happening(found.id, found.kind, found.actor_kind, found.actor_id, found.data, found.at))
