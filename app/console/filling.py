"""A ticket's fields as forms: in the panel one at a time, or in the dialog that asks for those that solving needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from app.console import forms, overtaken
from app.errors import AppError, Invalid
from app.events import Actor
from app.i18n import gettext as _
from app.tickets import access, carrying, fields, filling
from app.tickets.fields import Definition, Unfilled
from app.tickets.models import Ticket
from app.web import Page, fragment, render

PREFIX, WAS = "field.", "was."


@dataclass(frozen=True, slots=True)
class Shown:
    """A field with the value of one ticket, as forms draw it."""

    key: str
    kind: str
    title: str
    help: str
    required: bool
    value: str
    text: str
    options: Sequence[tuple[str, str]]
    was: str = ""
    wrong: str = ""


def drawn(among: Sequence[Definition], ticket: Ticket) -> list[Shown]:
    """The fields of a ticket with their values."""
    return [_shown(field, fields.written(ticket.fields.get(field.key))) for field in among]


def _shown(field: Definition, was: str, value: str | None = None, wrong: str = "") -> Shown:
    value = was if value is None else value
    options = [(o.key, fields.said(o.name)) for o in field.options if not o.archived or o.key == value]
    if field.kind == "choice" and value and value not in [key for key, _name in options]:
        options.append((value, value))  # an option that is gone, still on this ticket
    text = fields.shown(field, _kept(field, value))
    return Shown(
        field.key, field.kind, field.title, fields.said(field.help), field.required, value, text, options, was, wrong
    )


def _kept(field: Definition, written: str) -> fields.Value:
    try:
        return fields.read(field, written)
    except Invalid:
        return written or None


def take(page: Page, ticket: Ticket) -> list[Definition]:
    """Set the fields that a form carries; those that changed. Raises Overtaken, Invalid, Conflict."""
    changed = []
    faults: dict[str, str] = {}
    for name in page.form:
        if not name.startswith(PREFIX):
            continue
        try:
            field = filling.find(page.db, name.removeprefix(PREFIX))
            value = fields.read(field, page.text(name))
            overtaken.unchanged(
                page,
                name,
                fields.written(ticket.fields.get(field.key)),
                fields.written(value),
                was=WAS + field.key,
            )
            before = ticket.fields
            filling.fill(page.db, ticket, field, value, Actor("agent", page.who.id))
            changed += [field] if ticket.fields != before else []
        except Invalid as error:
            faults[name] = next(iter(error.fields.values()))
    if faults:
        raise Invalid(faults)
    return changed


def wrong(page: Page, name: str, sentence: str) -> Response:
    """What is wrong with one value, beside it; what was typed stays."""
    return render(page, "console/_fill_wrong.html", key=name.removeprefix(PREFIX), sentence=_(sentence))


def ask(page: Page, error: AppError) -> Response:
    """The dialog with the fields that solving needs, and whatever was typed into them."""
    return HTMLResponse(asking(page, error), error.status)


def asking(page: Page, error: AppError) -> Markup:
    """As `ask`, as a part of another answer."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    said = forms.errors(error)
    wanted = error.missing if isinstance(error, Unfilled) else []
    keys = [name.removeprefix(PREFIX) for name in page.form if name.startswith(PREFIX)]
    known = [f for f in carrying.look(page.db, page.who, found).fields if f.key in keys or f in wanted]
    shown = [_typed(page, found, field, said.get(PREFIX + field.key, "")) for field in known]
    values: dict[str, Any] = {
        "ticket": {"id": found.id, "url": f"/console/tickets/{found.id}"},
        "fields": shown,
        "sentence": said.get("", ""),
        "then": page.text("status") or ("" if "kind" in page.form else "solved"),
    }
    return fragment(page, "console/_unfilled.html", **values)


def _typed(page: Page, ticket: Ticket, field: Definition, wrong: str) -> Shown:
    was = fields.written(ticket.fields.get(field.key))
    return _shown(field, was, page.text(PREFIX + field.key) if PREFIX + field.key in page.form else None, wrong)
