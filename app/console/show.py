"""How things are called and drawn in the console: one table for each, and small words around people and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa

from app import clock, i18n
from app.accounts.models import Agent, Team
from app.db import Session
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


def staff(db: Session) -> dict[int, Person]:
    """Everybody who ever worked here, by id: small, needed for names all over a page, and asked for once."""
    if (known := db.info.get("staff")) is not None:
        found: dict[int, Person] = known
        return found
    rows = db.execute(_STAFF)
    made = {
        number: Person(number, name, reading, initials(name), active, role)
        for number, name, reading, active, role in rows
    }
    db.info["staff"] = made
    return made


def teams(db: Session) -> dict[int, str]:
    """The names of all teams by id, in their order; asked for once."""
    if (known := db.info.get("teams")) is None:
        known = db.info["teams"] = dict(db.execute(_TEAMS).all())
    found: dict[int, str] = known
    return found


_STAFF = sa.select(Agent.id, Agent.name, Agent.reading, Agent.active, Agent.role).order_by(Agent.name)
_TEAMS = sa.select(Team.id, Team.name).order_by(Team.name)


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
