"""The desk's own fields as conditions: for searches (order:TK-21044, 注文番号:TK-21044) and for saved views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.db import Session
from app.errors import Invalid
from app.i18n import N_
from app.text.tokens import fold
from app.tickets import fields
from app.tickets.conditions import kinds
from app.tickets.fields import Definition
from app.tickets.models import Ticket
from app.tickets.search.query import OPERATORS

PREFIX = "field."
HEADING = N_("Fields")
NONE = ("none", "なし", "空欄")


def operators(db: Session) -> dict[str, str]:
    """What a search may call each field: {its key, or its name in either language: the name of the filter}."""
    taken = {name for key, others in OPERATORS.items() for name in (key, *others)}
    found: dict[str, str] = {}
    for field in fields.every(db):
        names = (field.key, *(name.casefold() for name in field.name.values()))
        found |= {name: PREFIX + field.key for name in names if name not in taken and not set(name) & set(' :"')}
    return found


def condition(db: Session, name: str, text: str) -> sa.ColumnElement[bool]:
    """Which tickets a filter of a search leaves. What cannot be a value of the field is the value of none."""
    field = fields.by_key(db, name.removeprefix(PREFIX))
    if field is None:
        return sa.false()
    if text in NONE:
        return sa.and_(_text(field).is_(None))
    if field.kind == "choice":
        wanted = [o.key for o in field.options if fold(text) in (o.key, *(fold(name) for name in o.name.values()))]
        return sa.and_(_text(field).is_not(None), _text(field).in_(wanted))
    if field.kind == "text":
        return sa.and_(_text(field).is_not(None), kinds.contains(_text(field), text))
    try:
        value = fields.read(field, text)
    except Invalid:
        return sa.false()
    column = _number(field) if field.kind == "number" else _text(field)
    return sa.and_(column.is_not(None), column == value)


def conditions(db: Session) -> Mapping[str, kinds.Field]:
    """The fields as what saved views may ask for, by key. Their names are those of the reader's language."""
    return {PREFIX + field.key: replace(_condition(field), named=True) for field in fields.every(db)}


def _condition(field: Definition) -> kinds.Field:
    key = PREFIX + field.key
    if field.kind == "choice":
        choices, gone = kinds.fixed({"": N_("empty"), **{o.key: fields.said(o.name) for o in field.options}})
        empty = {"": lambda reader: _text(field).is_(None)}
        return kinds.choice(key, field.title, HEADING, _text(field), choices, gone=gone, special=empty)
    if field.kind == "number":
        return kinds.number(key, field.title, HEADING, _number(field), sparse=True)
    if field.kind == "date":
        return kinds.day(key, field.title, HEADING, _text(field))
    return kinds.text(key, field.title, HEADING, sa.func.coalesce(_text(field), ""))


def _text(field: Definition) -> Any:
    return sa.type_coerce(Ticket.fields, sa.JSON())[field.key].as_string()


def _number(field: Definition) -> Any:
    return sa.type_coerce(Ticket.fields, sa.JSON())[field.key].as_float()
