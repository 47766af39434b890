"""The rail at the left: views and teams with their counts, and the desk's own pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.accounts.models import Agent
from app.channels import ledger
from app.console import counting, show
from app.console.counting import Counts
from app.db import Session
from app.i18n import gettext as _
from app.jobs import queue
from app.tickets import built, saved, views

ADMINS = ("owner", "admin")


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    url: str
    icon: str
    count: str | None
    current: bool
    late: bool = False


@dataclass(frozen=True, slots=True)
class Rail:
    """What `_rail.html` draws. `at` is the key of the current entry: a view, "team-3", or a page."""

    at: str
    page: bool
    q: str
    initials: str
    role: str
    sections: list[tuple[str, list[Item]]]
    again: float | None = None
    """After how many seconds the counts are to be asked for again; None: when something happens."""

    @property
    def count(self) -> str:
        """The count of the current entry, "" when it has none."""
        return next((i.count or "" for _heading, items in self.sections for i in items if i.current), "")


def build(db: Session, agent: Agent, at: str, *, q: str = "", count: bool = False) -> Rail:
    """The rail for somebody, with the current entry marked; `count` also counts what people built."""
    counts = views.counts(db, agent)
    own = counting.counted(db, agent) if count else counting.remembered(db, agent)
    sections = [
        ("", _views(counts.views, own, bool(counts.teams), at)),
        (_("Teams"), _teams(db, counts.teams, at)),
        (_("Saved views"), _saved(db, agent, own, at)),
        (_("Desk"), _desk(db, agent, at)),
    ]
    return Rail(
        at=at,
        page=at in PAGES,
        q=q,
        initials=show.initials(agent.name),
        role=_(show.ROLES[agent.role]),
        sections=[section for section in sections if section[1]],
        again=own.again,
    )


ORDER = ("mine", "unassigned", "team", "longest", "open", "waiting", "snoozed", "solved", "all")
FIXED = {view.key: view for view in (*views.VIEWS, *built.READY)}


def _views(counts: Mapping[str, int], own: Counts, teams: bool, at: str) -> list[Item]:
    return [
        _item(key, _(FIXED[key].name), FIXED[key].icon, counts.get(key, own.of.get(key)), at)
        for key in ORDER
        if teams or key != "team"
    ]


def _item(key: str, name: str, icon: str, count: int | None, at: str) -> Item:
    shown = None if count is None else show.capped(count, views.COUNT_CAP)
    return Item(name, f"/console/views/{key}", icon, shown, at == key)


def _saved(db: Session, agent: Agent, own: Counts, at: str) -> list[Item]:
    """Somebody's saved views; one that cannot be asked any more (None) shows that it needs mending."""
    items = []
    for line in saved.offered(db, agent):
        broken = own.of.get(line.key, 0) is None
        icon = "triangle-alert" if broken else built.ICONS[line.audience]
        items.append(_item(line.key, line.name, icon, own.of.get(line.key), at))
    return [*items, Item(_("Edit views"), "/console/saved", "list-filter", None, at == "saved")]


def _teams(db: Session, counts: Mapping[int, int], at: str) -> list[Item]:
    return [
        Item(
            name,
            f"/console/views/open?team={number}",
            "users",
            show.capped(counts[number], views.COUNT_CAP),
            at == f"team-{number}",
        )
        for number, name in show.teams(db).items()
        if number in counts
    ]


PAGES = ("reports", "settings", "quarantine", "jobs", "profile", "notices", "saved")


def _desk(db: Session, agent: Agent, at: str) -> list[Item]:
    items = [Item(_("Reports"), "/reports", "chart-no-axes-column", None, at == "reports")]
    if agent.role in ADMINS:
        held, dead = db.execute(_TROUBLE).one()
        items.append(_trouble(_("Quarantine"), "quarantine", "shield-alert", held, at))
        items.append(_trouble(_("Failed jobs"), "jobs", "server-crash", dead, at))
        items.append(Item(_("Settings"), "/console/settings", "settings", None, at == "settings"))
    return items


def _trouble(name: str, key: str, icon: str, count: int, at: str) -> Item:
    return Item(name, f"/console/{key}", icon, str(count) if count else None, at == key, late=count > 0)


def _counted(column: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).where(column).scalar_subquery()


_TROUBLE = sa.select(_counted(ledger.Received.state == "quarantined"), _counted(queue.Job.state == "dead"))
