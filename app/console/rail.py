"""The rail at the left: views and teams with their counts, and the desk's own pages."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.accounts.models import Agent
from app.channels import ledger
from app.console import show
from app.db import Session
from app.i18n import gettext as _
from app.jobs import queue
from app.tickets import views

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

    @property
    def count(self) -> str:
        """The count of the current entry, "" when it has none."""
        return next((i.count or "" for _heading, items in self.sections for i in items if i.current), "")


def build(db: Session, agent: Agent, at: str, *, q: str = "") -> Rail:
    """The rail for somebody, with the current entry marked."""
    sections = [("", _views(db, agent, at)), (_("Teams"), _teams(db, agent, at)), (_("Desk"), _desk(db, agent, at))]
    return Rail(
        at=at,
        page=at in PAGES,
        q=q,
        initials=show.initials(agent.name),
        role=_(show.ROLES[agent.role]),
        sections=[section for section in sections if section[1]],
    )


def _views(db: Session, agent: Agent, at: str) -> list[Item]:
    counts = views.counts(db, agent)
    return [
        Item(
            _(view.name),
            f"/console/views/{view.key}",
            view.icon,
            show.capped(counts[view.key], views.COUNT_CAP) if view.key in counts else None,
            at == view.key,
        )
        for view in views.VIEWS
    ]


def _teams(db: Session, agent: Agent, at: str) -> list[Item]:
    counts = views.team_counts(db, agent)
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


PAGES = ("reports", "settings", "quarantine", "jobs", "profile")


def _desk(db: Session, agent: Agent, at: str) -> list[Item]:
    items = [Item(_("Reports"), "/reports", "chart-no-axes-column", None, at == "reports")]
    if agent.role in ADMINS:
        items.append(_trouble(_("Quarantine"), "quarantine", "shield-alert", ledger_quarantined(db), at))
        items.append(_trouble(_("Failed jobs"), "jobs", "server-crash", queue.counts(db)["dead"], at))
        items.append(Item(_("Settings"), "/console/settings", "settings", None, at == "settings"))
    return items


def _trouble(name: str, key: str, icon: str, count: int, at: str) -> Item:
    return Item(name, f"/console/{key}", icon, str(count) if count else None, at == key, late=count > 0)


def ledger_quarantined(db: Session) -> int:
    """How many of what arrived wait for somebody to look at them."""
    return db.scalar(_QUARANTINED) or 0


_QUARANTINED = sa.select(sa.func.count()).where(ledger.Received.state == "quarantined")
