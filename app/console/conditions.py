"""Conditions on a form: read from what was posted, added to and taken from, and drawn with what can be chosen.

Each part names its place by the numbers that lead to it: "0_2" is the third part of the group that comes first. The
form says of each place what stands there (`part`), the field (`f-0_2`), what the field was when this was drawn
(`was-0_2`), how it is compared (`o-0_2`), with what (`v-0_2`), and for groups how many must hold (`m-0_2`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from app.accounts.models import Agent
from app.console import show
from app.db import Session
from app.i18n import N_
from app.i18n import gettext as _
from app.tickets.conditions import times, tree
from app.tickets.conditions.asking import Fault
from app.tickets.conditions.kinds import OPERATORS, Choice, Field
from app.tickets.conditions.tree import Condition, Group, Part, Path

MOST = 2 * tree.MOST + 10  # parts of a form that are read
FRESH = Condition("status", "any")
BEGIN = Group("all", (Condition("status", "any", ("new", "open")),))
DEFAULTS = {"span": ("1", "days"), "period": ("today",)}


def place(path: Path) -> str:
    """How a form names a place."""
    return "_".join(str(number) for number in path)


def path_of(text: str) -> Path | None:
    """The place of a name; None when it is none."""
    if not text:
        return ()
    numbers = text.split("_")
    if len(numbers) > tree.DEEPEST + 1 or not all(n.isascii() and n.isdigit() and len(n) < 4 for n in numbers):
        return None
    return tuple(int(number) for number in numbers)


# ── read ──────────────────────────────────────────────────────────────────────────────────────────────


def read(form: FormData, known: Mapping[str, Field]) -> Group:
    """The tree that was posted, whatever is missing in it."""
    kinds: dict[Path, str] = {}
    for text in form.getlist("part")[:MOST]:
        name, _sep, kind = str(text).partition(":")
        path = path_of(name)
        if path:
            kinds[path] = kind
    return _group(form, known, kinds, ())


def _group(form: FormData, known: Mapping[str, Field], kinds: Mapping[Path, str], at: Path) -> Group:
    inner = sorted(path for path in kinds if path[:-1] == at)
    parts: list[Part] = [
        _group(form, known, kinds, path) if kinds[path] == "g" else _condition(form, known, place(path))
        for path in inner
    ]
    match = str(form.get(f"m-{place(at)}", "all"))
    return Group(match if match in tree.MATCHES else "all", tuple(parts))


def _condition(form: FormData, known: Mapping[str, Field], at: str) -> Condition:
    key, op = str(form.get(f"f-{at}", ""))[:100], str(form.get(f"o-{at}", ""))[:40]
    values = tuple(str(value)[: tree.LONGEST + 1] for value in form.getlist(f"v-{at}")[: tree.VALUES + 1])
    before, _sep, compared = str(form.get(f"was-{at}", "")).partition(" ")
    if before and before != key:  # another field: what stood beside the old one means nothing here
        op, values = op if key in known and op in known[key].operators else "", ()
    elif op in OPERATORS and compared in OPERATORS and OPERATORS[op].takes != OPERATORS[compared].takes:
        values = ()
    return settled(known, Condition(key, op, values))


def settled(known: Mapping[str, Field], asked: Condition) -> Condition:
    """A condition with the way to compare, and what stands beside it, that it begins with."""
    field = known.get(asked.field)
    if field is None:
        return asked
    op = asked.op or field.operators[0]
    takes = OPERATORS[op].takes if op in OPERATORS else ""
    return Condition(asked.field, op, (asked.values or DEFAULTS.get(takes, ())) if takes else ())


def done(asked: Group, step: str) -> tuple[Group, str]:
    """(the tree after a step such as "add:0", where to go on). Steps that lead nowhere change nothing."""
    name, _sep, at = step.partition(":")
    path = path_of(at)
    there = tree.at(asked, path) if path is not None else None
    if there is None or path is None:
        return asked, ""
    if name == "remove":
        return tree.removed(asked, path), place(path[:-1])
    if name not in ("add", "group") or not isinstance(there, Group):
        return asked, ""
    fresh = (*path, len(there.parts))
    if name == "add":
        return tree.added(asked, path, FRESH), place(fresh)
    return tree.added(asked, path, Group("any", (FRESH,))), place((*fresh, 0))


# ── draw ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Chosen:
    """Something to tick."""

    value: str
    name: str
    words: str
    on: bool


class Drawing:
    """Draws the parts of one form; what can be chosen is looked up once for each field."""

    def __init__(self, db: Session, agent: Agent, known: Mapping[str, Field], faults: Sequence[Fault]) -> None:
        self._db, self._agent, self._known = db, agent, known
        self._wrong = {fault.path: _(fault.sentence) % fault.values for fault in faults}
        self._choices: dict[str, list[Choice]] = {}

    def group(self, asked: Group, path: Path = ()) -> dict[str, Any]:
        """A group with everything in it."""
        inner = ((part, (*path, number)) for number, part in enumerate(asked.parts))
        return {
            "kind": "g",
            "place": place(path),
            "match": asked.match,
            "parts": [self.group(part, at) if isinstance(part, Group) else self._one(part, at) for part, at in inner],
            "deepest": len(path) + 1 >= tree.DEEPEST,
            "wrong": self._wrong.get(path, ""),
        }

    def _one(self, asked: Condition, path: Path) -> dict[str, Any]:
        field = self._known.get(asked.field)
        takes = OPERATORS[asked.op].takes if field and asked.op in field.operators else ""
        chosen = self._chosen(field, asked) if field and takes == "choices" else []
        return {
            "kind": "c",
            "place": place(path),
            "field": asked.field,
            "op": asked.op,
            "known": field is not None,
            "operators": [(key, _(OPERATORS[key].name)) for key in field.operators] if field else [],
            "takes": takes,
            "values": [*asked.values, "", ""],
            "choices": chosen,
            "said": ", ".join(choice.name for choice in chosen if choice.on),
            "wrong": self._wrong.get(path, ""),
        }

    def _chosen(self, field: Field, asked: Condition) -> list[Chosen]:
        offered = self.choices(field)
        there = {choice.value for choice in offered}
        rest = [Choice(value, self.name(field, value)) for value in asked.values if value not in there]
        return [Chosen(c.value, c.name, c.words, c.value in asked.values) for c in [*rest, *offered]]

    def choices(self, field: Field) -> list[Choice]:
        """What a field can be."""
        if field.key not in self._choices:
            self._choices[field.key] = list(field.choices(self._db, self._agent))
        return self._choices[field.key]

    def name(self, field: Field, value: str) -> str:
        """What a value is called; of one that is no longer offered, what is still known."""
        for choice in self.choices(field):
            if choice.value == value:
                return choice.name
        if field.key == "assignee" and value.isdigit() and int(value) in show.staff(self._db):
            return show.staff(self._db)[int(value)].name
        return value if not value.isdigit() and not field.gone(self._db, [value]) else _("no longer there")

    def fields(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """[(heading, [(key, name)])] of everything that can be asked for."""
        found: dict[str, list[tuple[str, str]]] = {}
        for field in self._known.values():
            found.setdefault(_(field.heading), []).append((field.key, field.title))
        return list(found.items())

    # ── in words ──────────────────────────────────────────────────────────────────────────────────────

    def words(self, asked: Group) -> str:
        """A tree as one line: what it asks for."""
        return self._said(asked) or _("Everything")

    def _said(self, part: Part) -> str:
        if isinstance(part, Condition):
            return self._condition_said(part)
        inner = [f"({said})" if isinstance(one, Group) else said for one in part.parts if (said := self._said(one))]
        if part.match == "all":
            return " · ".join(inner)
        either = f" {_('or')} ".join(inner)
        return either if part.match == "any" else _("none of: %(what)s") % {"what": either}

    def _condition_said(self, asked: Condition) -> str:
        field = self._known.get(asked.field)
        if field is None or asked.op not in SENTENCES:
            return _("a field that is gone")
        return _(SENTENCES[asked.op]) % {"field": field.title, "values": self._values_said(field, asked)}

    def _values_said(self, field: Field, asked: Condition) -> str:
        takes, first = OPERATORS[asked.op].takes, asked.values[0] if asked.values else ""
        if takes == "choices":
            return ", ".join(self.name(field, value) for value in asked.values)
        if takes == "span":
            unit = times.UNITS.get(asked.values[-1], "") if asked.values else ""
            return _("%(number)s %(unit)s") % {"number": first, "unit": _(unit) if unit else ""}
        if takes == "period" and first in times.PERIODS:
            return _(times.PERIODS[first])
        return first


# A condition as one says it, by its operator.
SENTENCES: Mapping[str, str] = {
    "any": N_("%(field)s: %(values)s"),
    "none": N_("%(field)s: not %(values)s"),
    "all": N_("%(field)s: all of %(values)s"),
    "yes": N_("%(field)s"),
    "no": N_("not “%(field)s”"),
    "contains": N_("%(field)s contains “%(values)s”"),
    "lacks": N_("%(field)s without “%(values)s”"),
    "is": N_("%(field)s is “%(values)s”"),
    "not": N_("%(field)s is not “%(values)s”"),
    "set": N_("%(field)s: some"),
    "unset": N_("%(field)s: none"),
    "last": N_("%(field)s: within the last %(values)s"),
    "ago": N_("%(field)s: more than %(values)s ago"),
    "next": N_("%(field)s: within the next %(values)s"),
    "during": N_("%(field)s: %(values)s"),
    "from": N_("%(field)s: on or after %(values)s"),
    "before": N_("%(field)s: before %(values)s"),
    "least": N_("%(field)s: at least %(values)s"),
    "most": N_("%(field)s: at most %(values)s"),
}
