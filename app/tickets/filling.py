"""Values of fields on tickets: each change is an event, kept with the words it was made in."""

from __future__ import annotations

from typing import Any

from app.db import Session
from app.errors import Conflict, Invalid
from app.events import Actor
from app.tickets import fields, lifecycle
from app.tickets.fields import Definition, Value
from app.tickets.models import Ticket


def find(db: Session, key: str) -> Definition:
    """The field with a key. Raises Conflict for one that was archived or never was."""
    found = fields.by_key(db, key)
    if found is None:
        raise Conflict("This field is no longer in use.")
    return found


def fill(db: Session, ticket: Ticket, field: Definition, value: Value, by: Actor) -> None:
    """Set a field of a ticket, or (None) empty it. The same value again changes nothing. Raises Conflict, Invalid."""
    before = ticket.fields.get(field.key)
    if value == before:
        return
    if ticket.merged_into_id:
        raise Conflict("This ticket was merged. Change the one that it went into.")
    if value is None and field.required and ticket.status in ("solved", "closed"):
        raise Invalid({field.key: "A solved ticket needs a value here."})
    kept = {key: known for key, known in ticket.fields.items() if key != field.key}
    ticket.fields = kept if value is None else {**kept, field.key: value}
    words = {"before": _words(field, before), "after": _words(field, value)}
    lifecycle.changed(
        db,
        ticket,
        "ticket.field",
        by,
        field=field.key,
        name=dict(field.name),
        before=before,
        after=value,
        **_kept(words),
    )


def _words(field: Definition, value: Value) -> dict[str, str]:
    """The names of a choice's value, so that the history reads on when it is renamed or archived."""
    known = next((o for o in field.options if o.key == value), None) if field.kind == "choice" else None
    return dict(known.name) if known else {}


def _kept(words: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {"words": words} if any(words.values()) else {}
