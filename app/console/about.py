"""Editing what the desk knows of a customer, beside the ticket: the later of two sees what the earlier wrote."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app.console import acting, forms, show
from app.customers import identities
from app.customers.models import Customer
from app.errors import AppError, Conflict
from app.i18n import gettext as _
from app.tickets import access, people
from app.tickets.models import Ticket
from app.web import Page, render


def edit(page: Page, error: AppError | None = None) -> Response:
    """The form, beside the ticket or as a page; after a refusal with what was typed and what stands there by now."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    now = people.as_it_is(page.db, _customer(page, found))
    other = _others(page, now) if isinstance(error, Conflict) else {}
    values: dict[str, Any] = {
        "source": found,
        "values": forms.typed(page, **now),
        "was": now,
        "now": {name: _("It is “%(now)s” now.") % {"now": now[name] or "–"} for name in other},
        "companies": people.companies(page.db),
        "languages": [("", _("Not known")), *show.LANGUAGES.items()],
        "errors": forms.errors(error),
    }
    if page.partial:
        return render(page, "console/_about.html", **values)
    return forms.draw(page, "console/about.html", "ticket", **values)


def save(page: Page) -> Response:
    """Write it. Raises Conflict when a colleague changed the same field since the form was drawn."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    customer = _customer(page, found)
    if _others(page, people.as_it_is(page.db, customer)):
        raise Conflict("Somebody changed this meanwhile. Nothing was overwritten.")
    given = {name: page.text(name) for name in people.FIELDS}
    changed = people.change(page.db, customer, acting.by(page), given)
    return acting.done(page, found, _("Saved.") if changed else _("Nothing was changed."))


def _customer(page: Page, found: Ticket) -> Customer:
    return identities.get(page.db, found.requester_id)


def _others(page: Page, now: dict[str, str]) -> dict[str, str]:
    """What a colleague has changed since, where this form wants something else."""
    return {
        name: value
        for name, value in now.items()
        if f"was-{name}" in page.form
        and page.text(f"was-{name}").replace("\r\n", "\n") != value
        and page.text(name).replace("\r\n", "\n").strip() != value
        and page.text(name) != page.text(f"was-{name}")
    }
