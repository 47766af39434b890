"""A tree of conditions against the table of fields: what is wrong with it, what it means in SQL, what it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.db import Session
from app.i18n import N_
from app.tickets.conditions import kinds, times, tree
from app.tickets.conditions.kinds import OPERATORS, Field, Reader, Sql
from app.tickets.conditions.tree import Condition, Group, Part, Path
from app.tickets.lifecycle import SHELVES
from app.tickets.models import Ticket

LIVING = ("desk", "waiting", "asleep", "done")


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a condition from being asked, as a sentence with what is filled in. `gone`: it once was right."""

    path: Path
    sentence: str
    values: Mapping[str, str] = field(default_factory=dict)
    gone: bool = False


def faults(db: Session, known: Mapping[str, Field], asked: Group) -> list[Fault]:
    """Everything that is wrong with a tree; a view with any of these shows nothing rather than something else."""
    found: list[Fault] = []
    parts = tree.conditions(asked)
    if len(parts) > tree.MOST:
        found.append(Fault((), N_("A view has at most 50 conditions.")))
    if tree.depth(asked) > tree.DEEPEST:
        found.append(Fault((), N_("Groups lie at most four deep.")))
    for path, part in tree.walk(asked):
        if isinstance(part, Group):
            if path and not part.parts:
                found.append(Fault(path, N_("This group is empty. Add a condition, or remove the group.")))
        elif (wrong := _fault(db, known.get(part.field), path, part)) is not None:
            found.append(wrong)
    return found


def _fault(db: Session, of: Field | None, path: Path, asked: Condition) -> Fault | None:
    if of is None:
        return Fault(path, N_("This asks for a field that no longer exists."), gone=True)
    if asked.op not in of.operators:
        return Fault(path, N_("Choose how to compare."))
    takes = OPERATORS[asked.op].takes
    if takes == "choices":
        return _choices(db, of, path, asked)
    if len(asked.values) > tree.VALUES or any(len(value) > tree.LONGEST for value in asked.values):
        return Fault(path, N_("This is too long."))
    return None if _fits(takes, asked.values) else Fault(path, _MISSING[takes])


def _choices(db: Session, of: Field, path: Path, asked: Condition) -> Fault | None:
    if not asked.values:
        return Fault(path, N_("Choose at least one."))
    if len(asked.values) > tree.VALUES:
        return Fault(path, N_("Choose fewer: a condition takes a hundred."))
    gone = list(of.gone(db, asked.values))
    if not gone:
        return None
    return Fault(path, N_("One of these no longer exists. Choose again."), gone=True)


_MISSING = {
    "text": N_("Write what to look for."),
    "number": N_("Write a number."),
    "span": N_("Write a number from 1 to 10,000."),
    "day": N_("Choose a day."),
    "period": N_("Choose at least one."),
}


def _fits(takes: str, values: Sequence[str]) -> bool:
    first = values[0] if values else ""
    if takes == "text":
        return bool(first.strip())
    if takes == "number":
        return kinds.amount(first) is not None
    if takes == "span":
        return times.span(tuple(values)) is not None
    if takes == "day":
        return times.day(first) is not None
    return not takes or first in times.PERIODS


# ── SQL ───────────────────────────────────────────────────────────────────────────────────────────────


def condition(known: Mapping[str, Field], asked: Group, reader: Reader) -> Sql:
    """What the tickets of a tree without faults have in common. Merged tickets are never among them, spam only where
    the tree speaks of it."""
    wanted = shelves(asked)
    limits = [_on(wanted)]
    if "out" in wanted:
        limits.append(Ticket.merged_into_id.is_(None))
    return sa.and_(*limits, _sql(known, asked, reader))


def _on(wanted: list[str]) -> Sql:
    """Where tickets lie; by the index of the queue only where that leaves few of them, for most are done."""
    if set(wanted) & {"done", "out"}:
        return sa.func.coalesce(Ticket.shelf, "").in_(wanted)
    return Ticket.shelf.in_(wanted) if len(wanted) != 1 else Ticket.shelf == wanted[0]


def _sql(known: Mapping[str, Field], part: Part, reader: Reader) -> Sql:
    if isinstance(part, Condition):
        return known[part.field].build(reader, part.op, part.values)
    inner = [_sql(known, one, reader) for one in part.parts]
    if part.match == "all":
        return sa.and_(sa.true(), *inner)
    either = sa.or_(sa.false(), *inner)
    return sa.not_(either) if part.match == "none" else either


def shelves(asked: Group) -> list[str]:
    """Where the tickets of a tree can lie at all, so that a list of open ones never reads the solved ones. Pure.

    >>> shelves(Group("all", (Condition("status", "any", ("new", "open")), Condition("snoozed", "no"))))
    ['desk']
    """
    spoken = any(part.field == "spam" for _, part in tree.conditions(asked))
    found = [*LIVING, *(["out"] if spoken else [])]
    for part in _musts(asked):
        found = [shelf for shelf in found if shelf in _possible(part)]
    return found


def _musts(asked: Group) -> list[Condition]:
    """Conditions that each ticket of a tree must meet: those of groups of which all must hold."""
    if asked.match != "all":
        return []
    found: list[Condition] = []
    for part in asked.parts:
        found += _musts(part) if isinstance(part, Group) else [part]
    return found


def _possible(asked: Condition) -> set[str]:
    every = {*LIVING, "out"}
    if asked.field == "snoozed":
        return {"asleep", "out"} if asked.op == "yes" else every - {"asleep"}
    if asked.field != "status" or asked.op not in ("any", "none"):
        return every
    among = [s for s in SHELVES if (s in asked.values) == (asked.op == "any")]
    found = {SHELVES[status] for status in among}
    return {*found, "out", *(["asleep"] if found - {"done"} else [])}


# ── what it depends on ────────────────────────────────────────────────────────────────────────────────


def personal(known: Mapping[str, Field], asked: Group) -> bool:
    """Whether each reader sees something else, besides what they may see."""
    parts = [(known.get(part.field), part) for _, part in tree.conditions(asked)]
    return any(of is not None and (of.personal or set(of.own) & set(part.values)) for of, part in parts)


def timed(asked: Group) -> bool:
    """Whether what is in it changes as time goes by."""
    return any(part.op in kinds.TIMED for _, part in tree.conditions(asked))
