"""How things are called and drawn in the console: one table for each, and small words around people and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import cast

import sqlalchemy as sa

from app import clock, i18n
from app.accounts.models import Agent, Team
from app.db import Session
from app.events import Event
from app.i18n import N_
from app.i18n import gettext as _
from app.text import plain

# ── tables: key -> (icon, name) ───────────────────────────────────────────────────────────────────────

CHANNELS: Mapping[str, tuple[str, str]] = {
    "email": ("mail", N_("E-mail")),
    "chat": ("message-circle", N_("Chat")),
    "line": ("line", "LINE"),
    "whatsapp": ("wa", "WhatsApp"),
    "form": ("globe", N_("Web form")),
    "rest": ("code", "REST"),
}
STATUSES: Mapping[str, tuple[str, str]] = {
    "new": ("st-new", N_("New")),
    "open": ("st-open", N_("Open")),
    "waiting_customer": ("st-wait", N_("Waiting for the customer")),
    "waiting_other": ("st-wait", N_("Waiting for somebody else")),
    "solved": ("st-solved", N_("Solved")),
    "closed": ("st-closed", N_("Closed")),
}
SHORT_STATUSES: Mapping[str, str] = {
    "waiting_customer": N_("With the customer"),
    "waiting_other": N_("With others"),
}
PRIORITIES: Mapping[str, tuple[str, str]] = {
    "low": ("signal-low", N_("Low")),
    "normal": ("signal-medium", N_("Normal")),
    "high": ("signal-high", N_("High")),
    "urgent": ("signal", N_("Urgent")),
}
ROLES: Mapping[str, str] = {
    "owner": N_("Owner"),
    "admin": N_("Administrator"),
    "agent": N_("Agent"),
    "viewer": N_("Viewer"),
}
IDENTITIES: Mapping[str, str] = {
    "email": "mail",
    "phone": "phone",
    "line": "line",
    "whatsapp": "wa",
    "visitor": "message-circle",
    "rest": "code",
}
EVIDENCE: Mapping[str, tuple[str, str]] = {
    "verified": ("shield-check", N_("Confirmed")),
    "platform": ("shield-check", N_("By the channel")),
    "claimed": ("circle-dashed", N_("Not confirmed")),
}
LANGUAGES: Mapping[str, str] = {"ja": "日本語", "en": "English"}
THEMES: Mapping[str, str] = {
    "system": N_("As the system"),
    "light": N_("Light"),
    "dark": N_("Dark"),
}


@dataclass(frozen=True, slots=True)
class Word:
    """Something with a key, drawn as an icon and a name in the reader's language."""

    key: str
    icon: str
    name: str


def word(table: Mapping[str, tuple[str, str]], key: str) -> Word:
    """The entry of a table; an unknown key is shown as it is, never an error on a screen."""
    place = (id(table), key, i18n.locale())
    found = _spoken.get(place)
    if found is None:
        icon, name = table.get(key, ("circle-dot", key))
        found = Word(key, icon, _(name))
        if key in table:
            _spoken[place] = found
    return found


_spoken: dict[tuple[int, str, str], Word] = {}  # lists ask for the same few words on every row


def words(table: Mapping[str, tuple[str, str]], *, but: tuple[str, ...] = ()) -> list[Word]:
    """All entries of a table in its order."""
    return [word(table, key) for key in table if key not in but]


# ── people ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the desk, as lists and threads show them."""

    id: int
    name: str
    reading: str
    initials: str
    active: bool
    role: str


@lru_cache(maxsize=4096)  # the same colleagues and customers on every page
def initials(name: str) -> str:
    """One or two characters for somebody's picture."""
    return plain.initials(name)


@dataclass(frozen=True, slots=True)
class Desk:
    """Who and what every page of the console names: small, and read in one look."""

    people: dict[int, Person]
    """Everybody who ever worked here, by id, in the order of their names."""
    teams: dict[int, str]
    """The names of all teams by id, in their order."""
    last_event: int
    """The newest event when the page began to read: whatever comes after it, its screen asks for."""


def desk(db: Session) -> Desk:
    """The desk as this page knows it; asked for once, and best before anything that live screens ask for again."""
    if (known := db.info.get("desk")) is None:
        known = db.info["desk"] = _desk(db)
    found: Desk = known
    return found


def _desk(db: Session) -> Desk:
    found = Desk({}, {}, 0)
    for number, name, reading, active, role in db.execute(_DESK):
        if role == "team":
            found.teams[number] = name
        elif role == "event":
            found = replace(found, last_event=number or 0)
        else:
            found.people[number] = Person(number, name, reading, initials(name), active, role)
    return found


def staff(db: Session) -> dict[int, Person]:
    """Everybody who ever worked here, by id."""
    return desk(db).people


def teams(db: Session) -> dict[int, str]:
    """The names of all teams by id, in their order."""
    return desk(db).teams


_A, _T, _E = (cast(sa.Table, model.__table__).c for model in (Agent, Team, Event))
_NO = sa.literal_column("''", sa.Text())
_DESK = sa.union_all(
    sa.select(_A.id, _A.name, _A.reading, _A.active, _A.role),
    sa.select(_T.id, _T.name, _NO, sa.true(), sa.literal_column("'team'", sa.Text())),
    sa.select(sa.func.max(_E.id), _NO, _NO, sa.true(), sa.literal_column("'event'", sa.Text())),
).order_by(sa.literal_column("2"))


def customer_name(name: str, address: str = "") -> str:
    """What to call a customer: the name, else the address, else that there is none."""
    return name or address or _("No name")


# ── times and sizes ───────────────────────────────────────────────────────────────────────────────────


def day(moment: datetime) -> str:
    """A day as a heading of a thread: Today, Yesterday, or the date."""
    here, today = i18n.local(moment).date(), i18n.local(clock.now()).date()
    if here == today:
        return _("Today")
    if (today - here).days == 1:
        return _("Yesterday")
    skeleton = "MMMEd" if here.year == today.year else "yMMMEd"
    return i18n.day_as(skeleton, here, i18n.locale())


def moment(at: datetime) -> str:
    """A day and a time: 09:00 when it is today, else with the day."""
    here, today = i18n.local(at), i18n.local(clock.now()).date()
    if here.date() == today:
        return here.strftime("%H:%M")
    skeleton = "MMMEd" if here.year == today.year else "yMMMEd"
    return f"{i18n.day_as(skeleton, here.date(), i18n.locale())} {here.strftime('%H:%M')}"


def month(moment: datetime) -> str:
    """April 2023"""
    return i18n.day_as("yMMMM", i18n.local(moment).date(), i18n.locale())


def size(count: int) -> str:
    """A number of bytes as people write it."""
    if count < 1024:
        return f"{count} B"
    if count < 1_048_576:
        return f"{round(count / 1024)} kB"
    return f"{count / 1_048_576:.1f} MB"


def capped(count: int, cap: int) -> str:
    """A count, "999+" from the cap on."""
    return str(count) if count < cap else f"{cap - 1}+"
