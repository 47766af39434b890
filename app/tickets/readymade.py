"""What agents keep ready: canned replies and macros, each somebody's own, a team's, or the whole desk's.

Both have a name, a short word, a reading, and a text in each language; who may see and change them is one rule for
both. Every change is kept with what was there before, and what was removed can be brought back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock
from app.accounts.models import Agent, TeamMember
from app.db import Base, Session
from app.errors import Invalid, NotFound
from app.i18n import LOCALES
from app.text import plain, romaji
from app.text.tokens import fold
from app.tickets import placeholders

SCOPES = ("own", "team", "desk")
ADMINS = ("owner", "admin")
NAME, SHORTCUT, TEXT = 80, 30, 20_000  # characters at most
MOST = 500  # of one kind that one agent can choose from


class _Ready:
    """What canned replies and macros have in common. `texts` is {language: text}; a scope of "team" without
    `team_id` is of a team that no longer exists."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    shortcut: Mapped[str] = mapped_column(default="")
    reading: Mapped[str] = mapped_column(default="")
    scope: Mapped[str] = mapped_column(default="own")
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agents.id", ondelete="CASCADE"), index=True)
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("teams.id", ondelete="SET NULL"))
    texts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    removed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class CannedReply(_Ready, Base):
    """A text to be put into what one writes. `files` are kept already: {filename, content_type, size, blob}."""

    __tablename__ = "canned_replies"

    files: Mapped[list[Any]] = mapped_column(default=list)


class Macro(_Ready, Base):
    """Steps taken at once: `actions` are [{"do", "value"}] as in `macros.ACTIONS`, the texts a reply, `note` a note."""

    __tablename__ = "macros"

    note: Mapped[str] = mapped_column(default="")
    actions: Mapped[list[Any]] = mapped_column(default=list)


class Edit(Base):
    """One change of a canned reply, macro or signature. `before` is empty for the first."""

    __tablename__ = "edits"
    __table_args__ = (sa.Index("ix_edits_kind_number_id", "kind", "number", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # the table: canned_replies, macros; for signatures inboxes, agents
    number: Mapped[int]
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agents.id", ondelete="SET NULL"))
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=clock.now)


R = TypeVar("R", CannedReply, Macro)

# ── whose they are ────────────────────────────────────────────────────────────────────────────────────


def usable(model: type[R], agent: Agent) -> sa.ColumnElement[bool]:
    """What an agent chooses from while working: their own, their teams', the desk's."""
    teams = sa.select(TeamMember.team_id).where(TeamMember.agent_id == agent.id)
    return sa.and_(
        model.removed_at.is_(None),
        sa.or_(
            model.scope == "desk",
            sa.and_(model.scope == "own", model.agent_id == agent.id),
            sa.and_(model.scope == "team", model.team_id.in_(teams)),
        ),
    )


def shown(model: type[R], agent: Agent) -> sa.ColumnElement[bool]:
    """What an agent sees on the settings page: as `usable`, removed ones too; administrators see every team's."""
    teams: Any = sa.select(TeamMember.team_id).where(TeamMember.agent_id == agent.id)
    of_team = sa.true() if agent.role in ADMINS else model.team_id.in_(teams)
    return sa.or_(
        model.scope == "desk",
        sa.and_(model.scope == "own", model.agent_id == agent.id),
        sa.and_(model.scope == "team", of_team),
    )


def my_teams(db: Session, agent: Agent) -> set[int]:
    """The teams that somebody belongs to."""
    return set(db.scalars(sa.select(TeamMember.team_id).where(TeamMember.agent_id == agent.id)))


def may_change(db: Session, agent: Agent, scope: str, team_id: int | None) -> bool:
    """Who may write what: everybody their own, members their team's, administrators what is the desk's."""
    if agent.role == "viewer":
        return False
    if scope == "own" or agent.role in ADMINS:
        return True
    return scope == "team" and team_id in my_teams(db, agent)


def find(db: Session, model: type[R], agent: Agent, number: int) -> R:
    """One that the agent sees on the settings page. Raises NotFound."""
    found = db.scalar(sa.select(model).where(model.id == number, shown(model, agent)))
    if found is None:
        raise NotFound
    return found


def find_usable(db: Session, model: type[R], agent: Agent, number: int) -> R:
    """One that the agent may choose while working. Raises NotFound."""
    found = db.scalar(sa.select(model).where(model.id == number, usable(model, agent)))
    if found is None:
        raise NotFound
    return found


def every(db: Session, model: type[R], agent: Agent) -> Sequence[R]:
    """All that an agent may choose, by name."""
    return db.scalars(sa.select(model).where(usable(model, agent)).order_by(model.name, model.id).limit(MOST)).all()


def listed(db: Session, model: type[R], agent: Agent, asked: str = "", removed: bool = False) -> list[R]:
    """Those of the settings page that answer to what was typed, by name."""
    gone = model.removed_at.is_not(None) if removed else model.removed_at.is_(None)
    found = db.scalars(sa.select(model).where(shown(model, agent), gone).order_by(model.name, model.id)).all()
    return [one for one in found if answers(one, asked)][:MOST]


# ── how they are found ────────────────────────────────────────────────────────────────────────────────


def keys(one: CannedReply | Macro) -> list[str]:
    """What it answers to: short word, name, reading in kana and in Latin letters, folded."""
    reading = fold(one.reading)
    words = [fold(one.shortcut), fold(one.name), reading, romaji.key(reading.replace(" ", ""))]
    return [word for word in dict.fromkeys(words) if word]


def answers(one: CannedReply | Macro, asked: str) -> bool:
    """Whether it answers to what was typed: every word in its keys or texts."""
    words = fold(asked).split()
    if not words:
        return True
    everything = " ".join([*keys(one), *(fold(text) for text in one.texts.values())])
    return all(word in everything or (romaji.key(word) or "\0") in everything for word in words)


def called(one: CannedReply | Macro, asked: str) -> bool:
    """Whether it is called so: its name, short word or reading holds what was typed, in kana or romaji."""
    wanted = [word for word in (fold(asked).strip(), romaji.key(fold(asked).strip())) if word]
    return any(word in key for word in wanted for key in keys(one))


def in_language(texts: Mapping[str, str], locale: str, default: str) -> tuple[str, str]:
    """(language, text): the customer's, else the desk's, else whatever there is. Pure."""
    for language in (locale, default, *LOCALES):
        if texts.get(language):
            return language, texts[language]
    return "", ""


# ── changing ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Head:
    """What a form says about either kind."""

    name: str
    shortcut: str
    reading: str
    scope: str
    team_id: int | None
    texts: Mapping[str, str]


def check(
    db: Session, model: type[CannedReply] | type[Macro], agent: Agent, head: Head, number: int | None
) -> dict[str, str]:
    """What is wrong with a form, {field: sentence}."""
    faults: dict[str, str] = {}
    if not head.name or len(head.name) > NAME:
        faults["name"] = "A name has 1 to 80 characters."
    if len(head.shortcut) > SHORTCUT or any(c.isspace() or c == "/" for c in head.shortcut):
        faults["shortcut"] = "A short word has at most 30 characters, without blanks or “/”."
    if head.scope not in SCOPES:
        faults["scope"] = "Choose one of these."
    elif head.scope == "team" and head.team_id is None:
        faults["team"] = "Choose the team that it is for."
    elif not may_change(db, agent, head.scope, head.team_id):
        faults["scope"] = "Only an administrator can write for this desk, only members for a team."
    elif head.shortcut and _taken(db, model, agent, head, number):
        faults["shortcut"] = "Something else answers to this short word already."
    return faults | faulty_texts(head.texts)


def faulty_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with texts in languages, {"text-ja": sentence}. Pure."""
    faults: dict[str, str] = {}
    for language, text in texts.items():
        if len(text) > TEXT:
            faults[f"text-{language}"] = "A text has at most 20,000 characters."
        elif placeholders.unknown(text):
            faults[f"text-{language}"] = "There is no placeholder “%(what)s”. Those that exist are listed below."
    return faults


def refuse(faults: Mapping[str, str], texts: Mapping[str, str]) -> None:
    """Raises Invalid when there are faults; the first unknown placeholder is named."""
    if faults:
        what = next((wrong for text in texts.values() if (wrong := placeholders.unknown(text))), "")
        raise Invalid(faults, what=what)


def _taken(db: Session, model: type[CannedReply] | type[Macro], agent: Agent, head: Head, number: int | None) -> bool:
    """Whether another one of the same people has this short word."""
    same = sa.select(model.id).where(
        model.shortcut == head.shortcut, model.scope == head.scope, model.removed_at.is_(None)
    )
    if head.scope == "own":
        same = same.where(model.agent_id == agent.id)
    if head.scope == "team":
        same = same.where(model.team_id == head.team_id)
    return db.scalar(same.where(model.id != (number or 0)).limit(1)) is not None


def texts_of(texts: Mapping[str, str]) -> dict[str, str]:
    """Texts as they are kept: tidied, languages without one left out."""
    tidy = {language: plain.strip_controls(text).strip("\n").rstrip() for language, text in texts.items()}
    return {language: text for language, text in tidy.items() if text}


def write(db: Session, one: CannedReply | Macro, agent: Agent, head: Head, **more: Any) -> None:
    """Put what a form says into a row and remember the change."""
    before = state(one) if one.id else {}
    one.name, one.shortcut, one.reading = head.name, head.shortcut, head.reading
    one.scope, one.texts = head.scope, texts_of(head.texts)
    one.agent_id = (one.agent_id or agent.id) if head.scope == "own" else None
    one.team_id = head.team_id if head.scope == "team" else None
    for name, value in more.items():
        setattr(one, name, value)
    remember(db, one, agent, before)


def remember(db: Session, one: CannedReply | Macro, agent: Agent, before: Mapping[str, Any]) -> None:
    """Keep one change, if it is one."""
    one.changed_at = clock.now()
    db.add(one)
    db.flush()
    after = state(one)
    if after != before:
        row = Edit(kind=one.__tablename__, number=one.id, agent_id=agent.id, before=dict(before), after=after)
        db.add(row)
        db.flush()


def state(one: CannedReply | Macro) -> dict[str, Any]:
    """How one stands, for its history."""
    names = ("name", "shortcut", "reading", "scope", "team_id", "texts")
    more = ("files",) if isinstance(one, CannedReply) else ("note", "actions")
    return {name: getattr(one, name) for name in (*names, *more)} | {"removed": one.removed_at is not None}


def set_removed(db: Session, one: CannedReply | Macro, agent: Agent, removed: bool) -> None:
    """Take it off every list, or bring it back. Raises NotFound for whoever may not change it."""
    if not may_change(db, agent, one.scope, one.team_id):
        raise NotFound
    before = state(one)
    one.removed_at = clock.now() if removed else None
    remember(db, one, agent, before)


def history(db: Session, kind: str, number: int, limit: int = 50) -> Sequence[Edit]:
    """The changes of one thing of a table, the newest first."""
    query = sa.select(Edit).where(Edit.kind == kind, Edit.number == number)
    return db.scalars(query.order_by(Edit.id.desc()).limit(limit)).all()
