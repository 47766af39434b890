"""Kinds of fields: how a choice, a text, a time, a number or a yes is compared. Building the SQL needs no database.

Each kind makes a `Field`. A comparison is never unknown: where a ticket has no value, it holds or it does not, so
that "is none of" is exactly the rest of "is any of".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Agent
from app.db import Session
from app.i18n import N_, gettext
from app.tickets import recall
from app.tickets.conditions import times

Sql = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom, and when, a view is looked at: what "me", "my teams" and "the last three days" mean."""

    agent_id: int
    now: datetime
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Operator:
    """A way to compare. `takes` is what stands beside it: choices, text, number, span, day, period or nothing."""

    name: str
    takes: str = ""


OPERATORS: Mapping[str, Operator] = {
    "any": Operator(N_("is any of"), "choices"),
    "none": Operator(N_("is none of"), "choices"),
    "all": Operator(N_("has all of"), "choices"),
    "yes": Operator(N_("yes")),
    "no": Operator(N_("no")),
    "contains": Operator(N_("contains"), "text"),
    "lacks": Operator(N_("does not contain"), "text"),
    "is": Operator(N_("is exactly"), "text"),
    "not": Operator(N_("is not"), "text"),
    "set": Operator(N_("is set")),
    "unset": Operator(N_("is not set")),
    "last": Operator(N_("within the last"), "span"),
    "ago": Operator(N_("longer ago than"), "span"),
    "next": Operator(N_("within the next"), "span"),
    "during": Operator(N_("is in"), "period"),
    "from": Operator(N_("on or after"), "day"),
    "before": Operator(N_("before"), "day"),
    "least": Operator(N_("is at least"), "number"),
    "most": Operator(N_("is at most"), "number"),
}
TIMED = ("last", "ago", "next", "during")  # what holds changes as time goes by, with nothing happening


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: its value as it is kept, its name in the language of the moment, other words for it."""

    value: str
    name: str
    words: str = ""


Build = Callable[[Reader, str, tuple[str, ...]], Sql]
Choices = Callable[[Session, Agent], Sequence[Choice]]
Gone = Callable[[Session, Sequence[str]], Sequence[str]]


def _nothing(db: Session, agent: Agent) -> Sequence[Choice]:
    return ()


def _all_there(db: Session, values: Sequence[str]) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of tickets that a view can ask for.

    `choices` are what one may choose from; `gone` tells which values stand for nothing any more. `own` are values
    that mean something else for each reader, `personal` says that the whole field does. `name` is a msgid, but for
    fields that a desk has `named` itself.
    """

    key: str
    name: str
    heading: str
    operators: tuple[str, ...]
    build: Build
    choices: Choices = _nothing
    gone: Gone = _all_there
    own: tuple[str, ...] = ()
    personal: bool = False
    named: bool = False

    @property
    def title(self) -> str:
        """The name in the language of the moment."""
        return self.name if self.named else gettext(self.name)


# ── choices ───────────────────────────────────────────────────────────────────────────────────────────

Special = Callable[[Reader], Sql]


def numbers(values: Sequence[str]) -> list[int]:
    """Those values that are numbers of rows."""
    return [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 16]


def choice(
    key: str,
    name: str,
    heading: str,
    column: Any,
    choices: Choices,
    *,
    gone: Gone = _all_there,
    special: Mapping[str, Special] | None = None,
    of: Callable[[Sequence[str]], list[Any]] = list,
    own: tuple[str, ...] = (),
) -> Field:
    """A field with one value out of several. `special` are values with a condition of their own (me, nobody); `of`
    makes values of the column out of texts."""

    def build(reader: Reader, op: str, values: tuple[str, ...]) -> Sql:
        apart = special or {}
        plain = of([value for value in values if value not in apart])
        found = [apart[value](reader) for value in values if value in apart]
        if plain:
            found.append(sa.and_(column.is_not(None), column.in_(plain)))
        any_of = sa.or_(sa.false(), *found)
        return sa.not_(any_of) if op == "none" else any_of

    return Field(key, name, heading, ("any", "none"), build, choices, gone, own)


def fixed(table: Mapping[str, str]) -> tuple[Choices, Gone]:
    """Choices that never change, {value: msgid}."""

    def choices(db: Session, agent: Agent) -> list[Choice]:
        return [Choice(value, gettext(name)) for value, name in table.items()]

    return choices, lambda db, values: [value for value in values if value not in table]


# ── texts, yes and no, numbers ────────────────────────────────────────────────────────────────────────


def contains(column: Any, text: str) -> Sql:
    """Whether a text has another in it, however it is written: in capitals, in either kana, in full width."""
    return sa.or_(*(column.icontains(way, autoescape=True) for way in recall.spellings(text) or [text]))


def text(key: str, name: str, heading: str, *columns: Any, inside: Callable[[Sql], Sql] | None = None) -> Field:
    """A field of words, in one column or several. `inside` leads from another table to the ticket."""
    around = inside or (lambda found: found)

    def build(reader: Reader, op: str, values: tuple[str, ...]) -> Sql:
        wanted = values[0] if values else ""
        if op in ("set", "unset"):
            found = around(sa.or_(*(sa.and_(column.is_not(None), column != "") for column in columns)))
        elif op in ("is", "not"):
            found = around(sa.or_(*(sa.func.lower(column) == wanted.strip().lower() for column in columns)))
        else:
            found = around(sa.or_(*(contains(column, wanted) for column in columns)))
        return sa.not_(found) if op in ("unset", "not", "lacks") else found

    return Field(key, name, heading, ("contains", "lacks", "is", "not", "set", "unset"), build)


def flag(key: str, name: str, heading: str, holds: Callable[[Reader], Sql], *, personal: bool = False) -> Field:
    """A field that is so or not."""

    def build(reader: Reader, op: str, values: tuple[str, ...]) -> Sql:
        return sa.not_(holds(reader)) if op == "no" else holds(reader)

    return Field(key, name, heading, ("yes", "no"), build, personal=personal)


_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


def amount(text: str) -> int | float | None:
    """A number that somebody wrote; None for anything else."""
    if not _AMOUNT.fullmatch(text.strip()):
        return None
    return float(text) if "." in text else int(text)


def number(key: str, name: str, heading: str, column: Any, *, sparse: bool = False) -> Field:
    """A field that counts; a `sparse` one need not have a value."""

    def build(reader: Reader, op: str, values: tuple[str, ...]) -> Sql:
        if op in ("set", "unset"):
            return column.is_not(None) if op == "set" else column.is_(None)  # type: ignore[no-any-return]
        wanted = amount(values[0]) if values else None
        found = column >= (wanted or 0) if op == "least" else column <= (wanted or 0)
        return sa.and_(column.is_not(None), found)

    return Field(key, name, heading, ("least", "most", *(("set", "unset") if sparse else ())), build)


# ── times ─────────────────────────────────────────────────────────────────────────────────────────────


def moment(key: str, name: str, heading: str, column: Any, *, always: bool = False, ahead: bool = False) -> Field:
    """A field that is a moment: `always` there, or lying `ahead`."""

    def build(reader: Reader, op: str, values: tuple[str, ...]) -> Sql:
        if op in ("set", "unset"):
            return column.is_not(None) if op == "set" else column.is_(None)  # type: ignore[no-any-return]
        return sa.and_(column.is_not(None), _stretch(column, reader, op, values))

    relative = ("next",) if ahead else ("last", "ago")
    operators = (*relative, "during", "from", "before", *(() if always else ("set", "unset")))
    return Field(key, name, heading, operators, build)


def _stretch(column: Any, reader: Reader, op: str, values: tuple[str, ...]) -> Sql:
    length = times.span(values) or timedelta()
    if op == "last":
        return sa.and_(column >= reader.now - length, column <= reader.now)
    if op == "next":
        return sa.and_(column >= reader.now, column <= reader.now + length)
    if op == "ago":
        return column < reader.now - length  # type: ignore[no-any-return]
    if op == "during":
        begin, end = times.period(values[0], reader.now, reader.zone)
        return sa.and_(column >= begin, column < end)
    day = times.day(values[0])
    begin = times.begins(day, reader.zone) if day else reader.now
    return column >= begin if op == "from" else column < begin  # type: ignore[no-any-return]


def day(key: str, name: str, heading: str, column: Any) -> Field:
    """A field that is a day, kept as 2026-11-30."""

    def build(reader: Reader, op: str, values: tuple[str, ...]) -> Sql:
        if op in ("set", "unset"):
            return column.is_not(None) if op == "set" else column.is_(None)  # type: ignore[no-any-return]
        first, after = _days(reader, op, values)
        begun = [column >= first.isoformat()] if first else []
        return sa.and_(column.is_not(None), *begun, *([column < after.isoformat()] if after else []))

    return Field(key, name, heading, ("during", "next", "last", "from", "before", "set", "unset"), build)


def _days(reader: Reader, op: str, values: tuple[str, ...]) -> tuple[date | None, date | None]:
    """(first day, first day after) of a stretch, as days of the reader."""

    def of(moment: datetime) -> date:
        return moment.astimezone(reader.zone).date()

    length = times.span(values) or timedelta()
    if op == "during":
        begin, end = times.period(values[0], reader.now, reader.zone)
        return of(begin), of(end)
    if op == "next":
        return of(reader.now), of(reader.now + length) + timedelta(days=1)
    if op == "last":
        return of(reader.now - length), of(reader.now) + timedelta(days=1)
    chosen = times.day(values[0])
    return (chosen, None) if op == "from" else (None, chosen)
