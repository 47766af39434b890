"""Agents: who works here, and in which role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa

from app import events, i18n
from app.accounts import passwords, sessions, tokens
from app.accounts.models import ROLES, Agent, Team
from app.db import Session
from app.errors import Conflict, Invalid, NotFound
from app.events import SYSTEM, Actor

TOPIC = "admin"


PROFILE = ("name", "reading", "locale", "time_zone", "theme")
GIVEN = ("name", "email", "role", "sees", "approval", "active")


def add(
    db: Session,
    email: str,
    name: str,
    *,
    role: str = "agent",
    password: str | None = None,
    password_hash: str | None = None,
    locale: str = "",
    time_zone: str = "",
    reading: str = "",
    sees: str = "all",
    by: Actor = SYSTEM,
) -> Agent:
    """A new agent, with a password, the hash of one, or none yet. Raises Invalid, one message a field."""
    email, name = email.strip().lower(), " ".join(name.split())
    faults = _faults(db, name, email)
    if role not in ROLES:
        faults["role"] = "This role does not exist."
    if sees not in ("all", "teams"):
        faults["sees"] = "Choose one of these."
    if faults:
        raise Invalid(faults)
    if password is not None:
        passwords.check_strength(password)
    agent = Agent(
        email=email,
        name=name,
        reading=reading.strip(),
        role=role,
        sees=sees,
        password_hash=passwords.hashed(password) if password is not None else password_hash,
        locale=locale if locale in i18n.LOCALES else db.settings.locale,
        time_zone=time_zone or db.settings.time_zone,
    )
    db.add(agent)
    db.flush()
    events.record(db, "agent.added", by=by, topics=[TOPIC], agent=agent.id, role=role)
    return agent


def _faults(db: Session, name: str, email: str, of: int | None = None) -> dict[str, str]:
    """What is wrong with somebody's name and address; `of` is who has them already."""
    faults = {}
    if "@" not in email[1:-1] or len(email) > 254 or any(c.isspace() for c in email):
        faults["email"] = "This is not an e-mail address."
    elif (known := find(db, email)) and known.id != of:
        faults["email"] = "Somebody has this address already."
    if not name or len(name) > 100:
        faults["name"] = "A name has 1 to 100 characters."
    return faults


def find(db: Session, email: str) -> Agent | None:
    """The agent with an e-mail address."""
    return db.scalar(sa.select(Agent).where(Agent.email == email.strip().lower()))


def get(db: Session, agent_id: int) -> Agent:
    """Raises NotFound."""
    agent = db.get(Agent, agent_id)
    if agent is None:
        raise NotFound
    return agent


def any_yet(db: Session) -> bool:
    """Whether the desk has anybody; if not, the first start asks for its owner."""
    return db.scalar(sa.select(Agent.id).limit(1)) is not None


def every(db: Session) -> Sequence[Agent]:
    """All agents by name, those who left last."""
    return db.scalars(sa.select(Agent).order_by(Agent.active.desc(), Agent.name)).all()


def names(db: Session) -> dict[int, str]:
    """{id: name} of everybody, for lists; a desk has hundreds of agents at the most."""
    return dict(db.execute(sa.select(Agent.id, Agent.name)).all())


def change(
    db: Session,
    agent: Agent,
    by: Actor,
    *,
    role: str | None = None,
    sees: str | None = None,
    approval: bool | None = None,
    active: bool | None = None,
    name: str | None = None,
    email: str | None = None,
) -> None:
    """Change what somebody is called and may do. Ends their sessions when they are deactivated. Raises Invalid,
    Conflict."""
    name, email = " ".join((name or agent.name).split()), (email or agent.email).strip().lower()
    faults = _faults(db, name, email, of=agent.id)
    if role is not None and role not in ROLES:
        faults["role"] = "This role does not exist."
    if faults:
        raise Invalid(faults)
    before = _as_it_is(agent, GIVEN)
    leaves = agent.role == "owner" and (role not in (None, "owner") or active is False)
    if leaves and agent.active and not _owners(db) - {agent.id}:
        raise Conflict("A desk needs an owner. Name another one first.")
    if role not in (None, agent.role) or active is False:
        tokens.forget(db, agent.id)  # a link made by somebody for the old role must not open the new one
    agent.name, agent.email, agent.role = name, email, role or agent.role
    agent.sees = sees if sees in ("all", "teams") else agent.sees
    agent.approval = agent.approval if approval is None else approval
    if active is not None and active != agent.active:
        agent.active = active
        if not active:
            sessions.end_all(db, agent.id)
    _changed(db, agent, by, before)


def _as_it_is(agent: Agent, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(agent, name) for name in names}


def _changed(db: Session, agent: Agent, by: Actor, before: Mapping[str, Any]) -> None:
    """Write down what is different now; nothing when nothing is."""
    db.flush()
    if what := events.differing(before, _as_it_is(agent, list(before))):
        events.record(db, "agent.changed", by=by, topics=[TOPIC, f"agent-{agent.id}"], agent=agent.id, **what)


def invite(db: Session, agent: Agent, by: Actor) -> str:
    """A token with which somebody chooses a password. Raises NotFound for whoever left."""
    if not agent.active:
        raise NotFound
    events.record(db, "agent.invited", by=by, topics=[TOPIC], agent=agent.id)
    return tokens.mint(db, "invitation", agent=agent.id)


def _owners(db: Session) -> set[int]:
    """The active owners, held until the commit: two who demote each other at once do so one after the other."""
    owners = sa.select(Agent.id).where(Agent.role == "owner", Agent.active).order_by(Agent.id)
    return set(db.scalars(owners if db.sqlite else owners.with_for_update()))


def change_profile(
    db: Session, agent: Agent, *, name: str, reading: str, locale: str, time_zone: str, theme: str
) -> None:
    """What somebody changes about themselves. Raises Invalid."""
    name = " ".join(name.split())
    faults = {}
    if not name or len(name) > 100:
        faults["name"] = "A name has 1 to 100 characters."
    if locale not in i18n.LOCALES:
        faults["locale"] = "Choose one of these."
    if time_zone not in available_timezones():
        faults["time_zone"] = "This time zone does not exist."
    if theme not in ("system", "light", "dark"):
        faults["theme"] = "Choose one of these."
    if faults:
        raise Invalid(faults)
    before = _as_it_is(agent, PROFILE)
    agent.name, agent.reading, agent.locale = name, reading.strip()[:100], locale
    agent.time_zone, agent.theme = time_zone, theme
    _changed(db, agent, Actor("agent", agent.id), before)


def set_password(db: Session, agent: Agent, password: str) -> None:
    """A new password; every session of the agent ends. Raises Invalid."""
    set_password_hash(db, agent, passwords.chosen(password))


def set_password_hash(db: Session, agent: Agent, password_hash: str) -> None:
    """As `set_password`, with what `passwords.chosen` made before the transaction."""
    agent.password_hash = password_hash
    sessions.end_all(db, agent.id)
    tokens.forget(db, agent.id)
    events.record(db, "agent.password_changed", by=Actor("agent", agent.id), agent=agent.id)


def teams(db: Session) -> Sequence[Team]:
    """All teams by name."""
    return db.scalars(sa.select(Team).order_by(Team.name)).all()
