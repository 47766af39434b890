"""What a view asks for, as a tree: conditions, and groups of them of which all, any or none must hold. Pure.

Kept as JSON: {"match": "all", "parts": [{"field": "status", "op": "any", "values": ["open"]}, {"match": "any", …}]}.
Reading what is kept never fails: what this version does not know stays in the tree and is told as a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

MATCHES = ("all", "any", "none")
DEEPEST = 4  # groups within groups, the outermost counted
MOST = 50  # conditions
VALUES = 100  # of one condition
LONGEST = 200  # characters of a value

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A field of a ticket, how it is compared, and with what."""

    field: str
    op: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions, or groups of them; `match` says how many must hold."""

    match: str = "all"
    parts: tuple[Part, ...] = ()


Part = Condition | Group
EVERYTHING = Group()


def read(kept: Any) -> Group:
    """A tree out of what is kept; what is no tree at all becomes a condition that nothing knows."""
    found = _read(kept)
    return found if isinstance(found, Group) else Group("all", (found,))


def _read(kept: Any) -> Part:
    if isinstance(kept, Mapping) and isinstance(kept.get("parts"), list):
        match = kept.get("match")
        return Group(match if match in MATCHES else "all", tuple(_read(part) for part in kept["parts"]))
    if isinstance(kept, Mapping) and isinstance(kept.get("field"), str):
        values = kept.get("values")
        texts = tuple(str(value) for value in values) if isinstance(values, list) else ()
        return Condition(kept["field"], str(kept.get("op", "")), texts)
    return Condition("")


def written(part: Part) -> dict[str, Any]:
    """As it is kept."""
    if isinstance(part, Group):
        return {"match": part.match, "parts": [written(inner) for inner in part.parts]}
    return {"field": part.field, "op": part.op, "values": list(part.values)}


def walk(part: Part, path: Path = ()) -> Iterator[tuple[Path, Part]]:
    """Everything in a tree with its place in it, the outermost group first."""
    yield path, part
    if isinstance(part, Group):
        for number, inner in enumerate(part.parts):
            yield from walk(inner, (*path, number))


def conditions(tree: Group) -> list[tuple[Path, Condition]]:
    """The conditions of a tree with their places."""
    return [(path, part) for path, part in walk(tree) if isinstance(part, Condition)]


def depth(tree: Group) -> int:
    """How many groups lie within each other."""
    return max((len(path) + 1 for path, part in walk(tree) if isinstance(part, Group)), default=0)


def at(tree: Group, path: Path) -> Part | None:
    """What stands at a place; None when nothing does."""
    found: Part = tree
    for number in path:
        if not isinstance(found, Group) or number >= len(found.parts):
            return None
        found = found.parts[number]
    return found


def added(tree: Group, path: Path, part: Part) -> Group:
    """The tree with one more part at the end of the group at `path`."""

    def grown(found: Part) -> Part:
        return replace(found, parts=(*found.parts, part)) if isinstance(found, Group) else found

    return _changed(tree, path, grown)


def removed(tree: Group, path: Path) -> Group:
    """The tree without what stands at `path`; the outermost group stays."""
    if not path:
        return tree
    *above, number = path

    def shrunk(found: Part) -> Part:
        if not isinstance(found, Group):
            return found
        return replace(found, parts=(*found.parts[:number], *found.parts[number + 1 :]))

    return _changed(tree, tuple(above), shrunk)


def _changed(tree: Group, path: Sequence[int], change: Any) -> Group:
    if not path:
        done: Group = change(tree)
        return done
    number, *rest = path
    if number >= len(tree.parts):
        return tree
    inner = tree.parts[number]
    put = _changed(inner, rest, change) if isinstance(inner, Group) else inner if rest else change(inner)
    return replace(tree, parts=(*tree.parts[:number], put, *tree.parts[number + 1 :]))
