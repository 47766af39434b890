"""The desk's fields themselves: made, changed, put in order, archived and taken back. Nothing is deleted.

Each step is an event of the desk, so that the settings page can tell who changed what.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import sqlalchemy as sa

from app import clock, events
from app.db import Session
from app.errors import Conflict, Invalid, NotFound
from app.events import Actor
from app.i18n import N_
from app.text import plain
from app.tickets.carried import KINDS, Field
from app.tickets.models import Ticket

MOST = 40  # fields in use, and options of a choice
LANGUAGES = ("en", "ja")
TOPIC = "admin"
STEPS = ("added", "changed", "archived", "restored", "moved")
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_HELD = frozenset(
    {"status", "assignee", "team", "tag", "from", "has", "priority", "channel", "before", "until", "after"}
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants a field to be. `options`: (key or "", name in English, name in Japanese)."""

    name: Mapping[str, str]
    help: Mapping[str, str]
    options: Sequence[tuple[str, str, str]] = ()
    required: bool = False


def add(db: Session, key: str, kind: str, draft: Draft, by: Actor) -> Field:
    """A new field, the last in order. Raises Invalid, one sentence a field of the form."""
    key = plain.nfc(key).strip().casefold()
    if not key:
        taken = set(db.scalars(sa.select(Field.key))) | _HELD
        key = free(slug(draft.name.get("en", "")) or "field", taken)
    faults: dict[str, str] = {}
    if not _KEY.fullmatch(key):
        faults["key"] = N_("A key begins with a letter and has letters a–z, digits, - and _, at most 40 of them.")
    elif key in _HELD:
        faults["key"] = N_("Search uses this word for something else already.")
    elif db.scalar(sa.select(Field.id).where(Field.key == key)) is not None:
        faults["key"] = N_("There is a field with this key already, perhaps among the archived ones.")
    if kind not in KINDS:
        faults["kind"] = N_("Choose one of these.")
    spec = _spec(kind, draft, {}, faults)
    if faults:
        raise Invalid(faults)
    _room(db)
    last = db.scalar(sa.select(sa.func.max(Field.position))) or 0
    made = Field(key=key, kind=kind, spec=spec, required=draft.required, position=last + 1, archived_at=None)
    db.add(made)
    db.flush()
    _told(db, made, by, "added", {})
    return made


def change(db: Session, field: Field, draft: Draft, by: Actor) -> None:
    """Change all but key and kind. Options that tickets may have are archived, never lost. Raises Invalid."""
    faults: dict[str, str] = {}
    spec = _spec(field.kind, draft, field.spec, faults)
    if faults:
        raise Invalid(faults)
    before = {**field.spec, "required": field.required}
    field.spec, field.required = spec, draft.required
    after = {**spec, "required": draft.required}
    differing = {name: before.get(name) for name in after if before.get(name) != after[name]}
    if differing:
        db.flush()
        _told(db, field, by, "changed", differing)


def archive(db: Session, field: Field, by: Actor) -> None:
    """No longer offer a field. Its values stay on the tickets, and it can be taken back."""
    if field.archived_at is None:
        field.archived_at = clock.now()
        _told(db, field, by, "archived", {})


def restore(db: Session, field: Field, by: Actor) -> None:
    """Offer an archived field again. Raises Conflict where there are too many."""
    if field.archived_at is not None:
        _room(db)
        field.archived_at = None
        _told(db, field, by, "restored", {})


def move(db: Session, field: Field, up: bool, by: Actor) -> None:
    """One place up or down among those in use; at the end nothing happens."""
    row = fields_in_order(db)
    if field not in row:
        return
    at = row.index(field)
    to = at + (-1 if up else 1)
    if 0 <= to < len(row):
        row[at], row[to] = row[to], row[at]
        for place, one in enumerate(row, 1):
            one.position = place
        _told(db, field, by, "moved", {})


def fields_in_order(db: Session) -> list[Field]:
    """The fields in use."""
    return list(db.scalars(sa.select(Field).where(Field.archived_at.is_(None)).order_by(Field.position, Field.id)))


def get(db: Session, number: int) -> Field:
    """Raises NotFound."""
    found = db.get(Field, number, with_for_update=not db.sqlite)
    if found is None:
        raise NotFound
    return found


def used(db: Session, field: Field) -> int:
    """On how many of the newest tickets the field has a value; at most 1000."""
    newest = sa.select(Ticket.fields).order_by(Ticket.id.desc()).limit(1000)
    return sum(1 for values in db.scalars(newest) if field.key in values)


def _room(db: Session) -> None:
    used = db.scalar(sa.select(sa.func.count()).select_from(Field).where(Field.archived_at.is_(None))) or 0
    if used >= MOST:
        raise Conflict("A desk has at most 40 fields in use. Archive one first.")


def _told(db: Session, field: Field, by: Actor, what: str, before: Mapping[str, Any]) -> None:
    name = " / ".join(field.spec["name"].values())
    data: dict[str, Any] = {"field": field.id, "what": what, "name": name, "before": dict(before)}
    events.record(db, f"field.{what}", by=by, topics=[TOPIC], **data)


def history(db: Session, number: int, limit: int = 30) -> list[events.Event]:
    """The latest changes of one field, the newest first."""
    return list(events.about(db, [f"field.{what}" for what in STEPS], "field", number, limit=limit))


# ── what was typed ────────────────────────────────────────────────────────────────────────────────────


def _spec(kind: str, draft: Draft, before: Mapping[str, Any], faults: dict[str, str]) -> dict[str, Any]:
    name, help_ = _words(draft.name), _words(draft.help)
    if not any(name.values()) or any(len(text) > 60 for text in name.values()):
        faults["name_en"] = N_("Give a name of at most 60 characters, in one language at least.")
    if any(len(text) > 300 for text in help_.values()):
        faults["help_en"] = N_("A help text has at most 300 characters.")
    spec: dict[str, Any] = {"name": name, "help": help_}
    if kind == "choice":
        spec["options"] = _options(draft.options, before.get("options", ()), faults)
    return spec


def _words(typed: Mapping[str, str]) -> dict[str, str]:
    clean = {language: " ".join(plain.strip_controls(typed.get(language, "")).split()) for language in LANGUAGES}
    return {language: text for language, text in clean.items() if text}


def _options(
    typed: Sequence[tuple[str, str, str]], before: Sequence[Mapping[str, Any]], faults: dict[str, str]
) -> list[dict[str, Any]]:
    """The options in their order. One that is left out is archived: tickets that have it still say its name."""
    known = {option["key"] for option in before}
    found: dict[str, dict[str, Any]] = {}
    for key, english, japanese in typed:
        if name := _words({"en": english, "ja": japanese}):
            kept = (
                key
                if key in known and key not in found
                else free(slug(name.get("en", "")) or "option", known | set(found))
            )
            found[kept] = {"key": kept, "name": name}
    names = [text for option in found.values() for text in option["name"].values()]
    if not found:
        faults["options"] = N_("A choice needs at least one option.")
    elif len(found) > MOST:
        faults["options"] = N_("A choice has at most 40 options.")
    elif any(len(text) > 60 for text in names):
        faults["options"] = N_("The name of an option has at most 60 characters.")
    gone = [{**option, "archived": True} for option in before if option["key"] not in found]
    return [*found.values(), *gone]


def slug(text: str) -> str:
    """A key out of a name: "Order number" is order-number; "" where nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:30].lstrip("0123456789-")


def free(key: str, taken: Container[str]) -> str:
    """The key, or the first of key-2, key-3 … that is not taken."""
    tries = (key if n == 1 else f"{key}-{n}" for n in count(1))
    return next(one for one in tries if one not in taken)
