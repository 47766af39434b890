"""What the desk wants to know of its tickets: the fields it made, what their values may be, which of them are missing.

Reading and deciding alone; `filling` writes values, `shaping` changes the fields themselves.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app import i18n
from app.db import Session
from app.errors import Conflict, Invalid
from app.events import Actor
from app.i18n import N_
from app.text import plain
from app.tickets.carried import Field
from app.tickets.models import Ticket

LONGEST = 500  # characters of a text
LARGEST = 10**15  # what a number may be; JSON and both databases keep it exactly
Value = str | int | float | None
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice. `key` is what tickets keep."""

    key: str
    name: Words
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A field as pages and rules know it."""

    id: int
    key: str
    kind: str
    name: Words
    help: Words
    options: tuple[Option, ...]
    required: bool
    archived: bool

    @property
    def title(self) -> str:
        """Its name in the language of the moment, else in the other one."""
        return said(self.name) or self.key


def said(words: Words) -> str:
    """Words in the language of the moment, else in whichever there is."""
    return words.get(i18n.locale()) or next((text for text in words.values() if text), "")


def definition(number: int, key: str, kind: str, spec: str, required: bool, archived: bool) -> Definition:
    """A field out of its row; `spec` as JSON text."""
    return _definition(number, key, kind, spec, bool(required), bool(archived))


@lru_cache(maxsize=1024)  # the same few on every ticket
def _definition(number: int, key: str, kind: str, spec: str, required: bool, archived: bool) -> Definition:
    known = json.loads(spec)
    options = tuple(Option(o["key"], o["name"], o.get("archived", False)) for o in known.get("options", ()))
    return Definition(number, key, kind, known.get("name", {}), known.get("help", {}), options, required, archived)


def of(field: Field) -> Definition:
    """A field as pages and rules know it."""
    spec = json.dumps(field.spec, sort_keys=True)
    return definition(field.id, field.key, field.kind, spec, field.required, field.archived_at is not None)


def every(db: Session, *, archived: bool = False) -> list[Definition]:
    """The fields of the desk in their order; with `archived` also those that are no longer offered."""
    query = sa.select(Field).order_by(Field.archived_at.is_not(None), Field.position, Field.id)
    return [of(field) for field in db.scalars(query if archived else query.where(Field.archived_at.is_(None)))]


def by_key(db: Session, key: str) -> Definition | None:
    """The field with a key, unless it is archived."""
    found = db.scalar(sa.select(Field).where(Field.key == key, Field.archived_at.is_(None)))
    return of(found) if found else None


# ── values ────────────────────────────────────────────────────────────────────────────────────────────


def read(field: Definition, text: str) -> Value:
    """The value that somebody wrote; None for nothing. Raises Invalid under the name of the field's key."""
    text = " ".join(plain.nfc(plain.strip_controls(text)).split())
    try:
        return READ[field.kind](field, text) if text else None
    except ValueError as error:
        raise Invalid({field.key: str(error)}) from error


def _text(field: Definition, text: str) -> Value:
    if len(text) > LONGEST:
        raise ValueError(N_("A text here has at most 500 characters."))
    return text


_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")


def _number(field: Definition, text: str) -> Value:
    plainly = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").replace("−", "-").replace("ー", "-")
    if not _NUMBER.fullmatch(plainly):
        raise ValueError(N_("Write a number, such as 1250 or 12.5."))
    value = float(plainly)
    return int(value) if value.is_integer() else value


def _choice(field: Definition, text: str) -> Value:
    wanted = text.casefold()
    for option in field.options:
        if not option.archived and wanted in (option.key, *(name.casefold() for name in option.name.values())):
            return option.key
    raise ValueError(N_("Choose one of the values that are offered."))


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


def _date(field: Definition, text: str) -> Value:
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text))
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 2200:
        raise ValueError(N_("Write a day, such as 2026-11-30."))
    return day.isoformat()


READ: Mapping[str, Callable[[Definition, str], Value]] = {
    "text": _text,
    "number": _number,
    "choice": _choice,
    "date": _date,
}


def written(value: Value) -> str:
    """A value as forms hold it; `read` takes it back."""
    return "" if value is None else str(value)


def shown(field: Definition, value: Value) -> str:
    """A value for people, in the language of the moment."""
    if value is None:
        return ""
    if field.kind == "choice":
        known = next((option for option in field.options if option.key == value), None)
        return said(known.name) if known else str(value)
    if field.kind == "date":
        return i18n.day_as("yMMMd", date.fromisoformat(str(value)), i18n.locale())
    return f"{value:,}" if isinstance(value, int | float) else str(value)


# ── what solving needs ────────────────────────────────────────────────────────────────────────────────


class Unfilled(Conflict):
    """A ticket cannot be solved yet: `missing` are the fields that have to be filled in."""

    def __init__(self, number: int, missing: Sequence[Definition]) -> None:
        names = (", " if i18n.locale() == "en" else "、").join(field.title for field in missing)
        super().__init__(
            N_("Before #%(number)s can be solved, these fields need a value: %(fields)s."),
            number=number,
            fields=names,
        )
        self.missing = list(missing)


def missing(among: Iterable[Definition], values: Mapping[str, Any]) -> list[Definition]:
    """The fields that solving needs and that have no value."""
    return [f for f in among if f.required and not f.archived and values.get(f.key) in (None, "")]


def ready(db: Session, ticket: Ticket, by: Actor) -> None:
    """Whether somebody of the desk may solve the ticket as it is filled in. Raises Unfilled.

    Customers and the desk's own rules are not held up by what only colleagues can fill in.
    """
    if by.kind == "agent" and (found := lacking(db, ticket)):
        raise Unfilled(ticket.id, found)


def lacking(db: Session, ticket: Ticket) -> list[Definition]:
    """The fields that solving needs and that this ticket has no value for."""
    known = db.info.get("required_fields")  # asked for once, however many tickets a step looks at
    if known is None:
        known = db.info["required_fields"] = [of(field) for field in db.scalars(_REQUIRED)]
    return missing(known, ticket.fields)


_REQUIRED = sa.select(Field).where(Field.required, Field.archived_at.is_(None)).order_by(Field.position, Field.id)
