"""The views that the demo desk's people have built."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.accounts import agents
from app.accounts.models import Team
from app.db import Session
from app.demo import cast
from app.tickets import saved
from app.tickets.conditions import tree
from app.tickets.conditions.tree import Condition, Group, Part
from app.tickets.models import Tag
from app.tickets.saved import Wanted

OPEN = Condition("status", "any", ("new", "open"))


@dataclass(frozen=True, slots=True)
class View:
    """A view of the demo desk. `team` is a name; with none it is its maker's own, or the desk's. Tags are names."""

    whose: str
    english: str
    japanese: str
    parts: tuple[Part, ...]
    sort: str = "waiting"
    team: str = ""
    shared: bool = False


def tagged(*names: str) -> Condition:
    return Condition("tag", "any", names)


VIEWS = (
    View(
        "mio",
        "Over a day old",
        "一日以上お待たせ",
        (OPEN, Condition("waiting", "ago", ("24", "hours"))),
        shared=True,
    ),
    View(
        "mio",
        "Damaged on arrival",
        "破損・交換",
        (
            Condition("status", "none", ("solved", "closed")),
            Group("any", (tagged("damaged", "replacement", "交換"), Condition("subject", "contains", ("蓋",)))),
        ),
        "urgent",
        shared=True,
    ),
    View(
        "mio",
        "Rated 3 or less",
        "評価3以下",
        (Condition("rating", "any", ("1", "2", "3")),),
        "solved",
        shared=True,
    ),
    View(
        "kenji",
        "Japanese shop mail",
        "日本語のご注文",
        (OPEN, Condition("team", "any", ("mine",)), Condition("language", "any", ("ja",))),
        team=cast.ORDERS,
    ),
    View("mio", "To approve", "", (Condition("approval", "yes"),)),
    View(
        "mio",
        "Mine, answered this week",
        "",
        (Condition("assignee", "any", ("me",)), Condition("answered", "during", ("this_week",))),
        "changed",
    ),
    View("yuki", "", "自分の下書きがあるもの", (Condition("my_draft", "yes"),), "changed"),
)


def build(db: Session) -> None:
    """Make them, once the desk's tags are there."""
    numbers = dict(db.execute(sa.select(Tag.name, Tag.id)).all())
    teams = dict(db.execute(sa.select(Team.name, Team.id)).all())
    for view in VIEWS:
        agent = agents.find(db, cast.STAFF[view.whose].email)
        assert agent is not None
        asked = tree.written(Group("all", tuple(_numbered(part, numbers) for part in view.parts)))
        audience = "team" if view.team else "desk" if view.shared else "own"
        saved.add(db, agent, Wanted(view.english, view.japanese, asked, view.sort, audience, teams.get(view.team)))


def _numbered(part: Part, numbers: dict[str, int]) -> Part:
    """With tags by their numbers, those that are not there left out."""
    if isinstance(part, Group):
        return Group(part.match, tuple(_numbered(inner, numbers) for inner in part.parts))
    if part.field != "tag":
        return part
    return Condition("tag", part.op, tuple(str(numbers[name]) for name in part.values if name in numbers))
