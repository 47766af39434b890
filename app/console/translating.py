"""A search as the conditions of a view: what can be said in both ways, and in a sentence what cannot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from app.accounts.models import Agent, Team
from app.channels.inboxes import Inbox
from app.db import Session
from app.errors import Invalid
from app.i18n import gettext as _
from app.text.tokens import fold
from app.tickets import fields, ownfields
from app.tickets.conditions.tree import Condition, Group, Part
from app.tickets.fields import Definition
from app.tickets.models import Tag
from app.tickets.search import finding, narrowing
from app.tickets.search.query import Filter, Query, parse


@dataclass(frozen=True, slots=True)
class Translated:
    """The tree, and remarks about what it does not say as the search did."""

    asked: Group
    remarks: list[str]


def translated(db: Session, agent: Agent, text: str) -> Translated:
    """What a search looks for, as conditions. Words are asked for in the subject and the newest text alone."""
    query = parse(text, finding.today(), ownfields.operators(db))
    remarks = [_(problem.sentence) % problem.values for problem in query.problems]
    parts: list[Part] = []
    for name, without in dict.fromkeys((f.name, f.without) for f in query.filters):
        values = [f for f in query.filters if (f.name, f.without) == (name, without)]
        said = _TABLE[name](db, values) if name in _TABLE else _own(db, name, values)
        if said is None:
            remarks.append(
                _("“%(text)s” stands for nothing that there is. It was left out.") % {"text": _written(values)}
            )
        else:
            parts.append(Group("none", (said,)) if without else said)
    parts += _words(query, remarks)
    return Translated(Group("all", tuple(parts)), remarks)


def _written(values: Sequence[Filter]) -> str:
    return " ".join(f"{one.name}:{one.value}" for one in values)


def _words(query: Query, remarks: list[str]) -> list[Part]:
    if not query.terms:
        return []
    said = " ".join(term.text for term in query.terms)
    remarks.append(
        _("“%(text)s” is looked for in the subject and the newest text: a view does not read whole conversations.")
        % {"text": said}
    )
    return [Condition("words", "lacks" if term.without else "contains", (term.text,)) for term in query.terms]


def _fixed(field: str, meant: Mapping[str, Sequence[str]]) -> Callable[[Session, Sequence[Filter]], Part | None]:
    """An operator whose values are those of a field, or stand for several."""

    def said(db: Session, values: Sequence[Filter]) -> Part:
        found = [one for value in values for one in meant.get(value.value, (value.value,))]
        return Condition(field, "any", tuple(dict.fromkeys(found)))

    return said


def _status(db: Session, values: Sequence[Filter]) -> Part:
    plain = [value for value in values if value.value != "spam"]
    found: list[Part] = [Condition("spam", "yes")] if len(plain) < len(values) else []
    if plain:
        said = _fixed("status", narrowing.STATUSES)(db, plain)
        found += [said] if said else []
    return found[0] if len(found) == 1 else Group("any", tuple(found))


def _named(field: str, table: type, columns: Sequence[str], none: str) -> Callable[..., Part | None]:
    """An operator whose values are names of rows: all that have one of them in theirs."""

    def said(db: Session, values: Sequence[Filter]) -> Part | None:
        found = [{"none": none}.get(v.value, v.value) for v in values if v.value in ("me", "none")]
        wanted = [fold(v.value) for v in values if v.value not in ("me", "none")]
        rows = db.execute(sa.select(*(getattr(table, name) for name in ("id", *columns)))).all() if wanted else []
        found += [str(n) for n, *names in rows if any(word in fold(name) for word in wanted for name in names)]
        return Condition(field, "any", tuple(dict.fromkeys(found))) if found else None

    return said


def _tag(db: Session, values: Sequence[Filter]) -> Part | None:
    wanted = {fold(value.value).lstrip("#") for value in values}
    rows = db.execute(sa.select(Tag.id, Tag.name).order_by(Tag.id))
    found = [str(number) for number, name in rows if fold(name) in wanted]
    return Condition("tag", "any", tuple(found)) if found else None


def _from(db: Session, values: Sequence[Filter]) -> Part:
    either = [Condition("address" if "@" in one.value else "customer", "contains", (one.value,)) for one in values]
    return either[0] if len(either) == 1 else Group("any", tuple(either))


def _has(db: Session, values: Sequence[Filter]) -> Part:
    either = [Condition(value, "yes") for value in dict.fromkeys(one.value for one in values)]
    return either[0] if len(either) == 1 else Group("any", tuple(either))


def _own(db: Session, name: str, values: Sequence[Filter]) -> Part | None:
    """A field that the desk has made: its operator has the name of the condition."""
    field = fields.by_key(db, name.removeprefix(ownfields.PREFIX))
    either = [said for one in values if field and (said := _of_own(field, name, one.value)) is not None]
    return either[0] if len(either) == 1 else Group("any", tuple(either)) if either else None


def _of_own(field: Definition, name: str, text: str) -> Part | None:
    if text in ownfields.NONE:
        return Condition(name, "any", ("",)) if field.kind == "choice" else Condition(name, "unset")
    if field.kind == "text":
        return Condition(name, "contains", (text,))
    try:
        value = str(fields.read(field, text))
    except Invalid:
        return None
    if field.kind == "choice":
        return Condition(name, "any", (value,))
    if field.kind == "number":
        return Group("all", (Condition(name, "least", (value,)), Condition(name, "most", (value,))))
    after = (date.fromisoformat(value) + timedelta(days=1)).isoformat()
    return Group("all", (Condition(name, "from", (value,)), Condition(name, "before", (after,))))


def _day(op: str) -> Callable[[Session, Sequence[Filter]], Part]:
    """A day of the search; "until" has that day in it."""

    def said(db: Session, values: Sequence[Filter]) -> Part:
        parts = []
        for one in values:
            assert one.day
            day = one.day + timedelta(days=1) if one.name == "until" else one.day
            parts.append(Condition("created", op, (day.isoformat(),)))
        return parts[0] if len(parts) == 1 else Group("all", tuple(parts))

    return said


_TABLE: Mapping[str, Callable[[Session, Sequence[Filter]], Part | None]] = {
    "status": _status,
    "priority": _fixed("priority", {}),
    "channel": _fixed("channel", {}),
    "assignee": _named("assignee", Agent, ("name", "reading", "email"), "nobody"),
    "team": _named("team", Team, ("name",), "nobody"),
    "inbox": _named("inbox", Inbox, ("name", "address"), ""),
    "tag": _tag,
    "from": _from,
    "has": _has,
    "before": _day("before"),
    "until": _day("before"),
    "after": _day("from"),
}
