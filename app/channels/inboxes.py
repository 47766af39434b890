"""Inboxes: the configured accounts of all channels."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, events, keys
from app.channels.email.outgoing_headers import BadAddress, checked
from app.channels.types import InboxInfo
from app.db import Base, Session
from app.errors import Invalid, NotFound
from app.events import SYSTEM, Actor
from app.i18n import N_

ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


class Inbox(Base):
    """One account of one channel: support@…, a LINE official account, the chat of one site."""

    __tablename__ = "inboxes"
    __table_args__ = (sa.UniqueConstraint("kind", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    name: Mapped[str]
    address: Mapped[str]
    locale: Mapped[str] = mapped_column(default="")
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("teams.id", ondelete="SET NULL"))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sealed_secrets: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


def add(
    db: Session,
    kind: str,
    name: str,
    address: str,
    *,
    team_id: int | None = None,
    locale: str = "",
    settings: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    by: Actor = SYSTEM,
) -> Inbox:
    """Add an inbox. Raises Invalid when its address is taken, empty, or one that mail cannot have."""
    address = address.strip().lower() if kind == "email" else address.strip()
    if not address:
        raise Invalid({"address": "An address is needed."})
    if kind == "email" and not _writable(address):
        raise Invalid({"address": "This is not an e-mail address."})
    if find(db, kind, address):
        raise Invalid({"address": "There is an inbox with this address already."})
    inbox = Inbox(
        public_id=keys.public_id(),
        kind=kind,
        name=name,
        address=address,
        locale=locale,
        team_id=team_id,
        settings=dict(settings or {}),
        sealed_secrets=keys.keys(db).seal(json.dumps(dict(secrets))) if secrets else "",
    )
    db.add(inbox)
    db.flush()
    events.record(db, "inbox.added", by=by, topics=["admin"], inbox=inbox.id, name=name)
    return inbox


def _writable(address: str) -> bool:
    try:
        return bool(checked(address))
    except BadAddress:
        return False


def origins(typed: str) -> list[str]:
    """Sites that may show a chat, from a text with blanks, commas or lines between them. Raises Invalid."""
    listed = [site.rstrip("/").lower() for site in re.split(r"[\s,]+", typed) if site]
    if not all(map(ORIGIN.fullmatch, listed)):
        raise Invalid({"origins": N_("Write each site as https://www.example.com, with nothing after it.")})
    return listed[:50]


def find(db: Session, kind: str, address: str) -> Inbox | None:
    """The inbox of a kind with an address."""
    return db.scalar(sa.select(Inbox).where(Inbox.kind == kind, Inbox.address == address))


def by_public_id(db: Session, kind: str, public_id: str) -> Inbox:
    """The active inbox that an address on the web names. Raises NotFound."""
    inbox = db.scalar(sa.select(Inbox).where(Inbox.public_id == public_id, Inbox.kind == kind, Inbox.active))
    if inbox is None:
        raise NotFound
    return inbox


def every(db: Session, kind: str | None = None) -> Sequence[Inbox]:
    """All inboxes, or those of one kind, oldest first."""
    query = sa.select(Inbox).order_by(Inbox.id)
    return db.scalars(query.where(Inbox.kind == kind) if kind else query).all()


def info(db: Session, inbox: Inbox) -> InboxInfo:
    """The inbox as its channel sees it, secrets opened."""
    return InboxInfo(
        id=inbox.id,
        public_id=inbox.public_id,
        kind=inbox.kind,
        name=inbox.name,
        address=inbox.address,
        locale=inbox.locale or db.settings.locale,
        team_id=inbox.team_id,
        settings=inbox.settings,
        secrets=opened_secrets(db, inbox),
    )


_OF = sa.select(Inbox).where(Inbox.id == sa.bindparam("number"))


def info_of(db: Session, inbox_id: int) -> InboxInfo:
    """As `info`, by number; read once in a transaction. Raises NotFound."""
    known: dict[int, InboxInfo] = db.info.setdefault("inboxes", {})
    if inbox_id not in known:
        inbox = db.scalar(_OF, {"number": inbox_id})
        if inbox is None:
            raise NotFound
        known[inbox_id] = info(db, inbox)
    return known[inbox_id]


def opened_secrets(db: Session, inbox: Inbox) -> dict[str, str]:
    """The secrets of an inbox. Raises ValueError when they were sealed with another key."""
    return json.loads(keys.keys(db).unseal(inbox.sealed_secrets)) if inbox.sealed_secrets else {}


def change_secrets(
    db: Session, inbox: Inbox, known: Sequence[str], *, new: Mapping[str, str], forgotten: Sequence[str] = ()
) -> None:
    """Replace or forget secrets; the others stay. `known` are the names that the channel has.

    What is replaced stays valid as NAME_old where the channel knows that name, until it is forgotten, so that
    nothing signed with it is refused while the other side changes over. Raises Invalid, one message a secret.
    """
    faults = {name: "This channel has no secret of this name." for name in (*new, *forgotten) if name not in known}
    faults |= {name: "A secret cannot be empty." for name, value in new.items() if not value.strip()}
    if faults:
        raise Invalid(faults)
    secrets = {} if set(known) <= {*new, *forgotten} else opened_secrets(db, inbox)
    for name, value in new.items():
        before = secrets.get(name)
        if before and before != value.strip() and f"{name}_old" in known and f"{name}_old" not in new:
            secrets[f"{name}_old"] = before
        secrets[name] = value.strip()
    kept = {name: value for name, value in secrets.items() if name not in forgotten}
    inbox.sealed_secrets = keys.keys(db).seal(json.dumps(kept)) if kept else ""
    db.flush()
    events.record(db, "inbox.changed", topics=["admin"], inbox=inbox.id)


def change(
    db: Session,
    inbox: Inbox,
    *,
    name: str,
    locale: str = "",
    team_id: int | None = None,
    active: bool = True,
    settings: Mapping[str, Any] | None = None,
    by: Actor = SYSTEM,
) -> None:
    """Change how an inbox is called, where its tickets go, and its settings (those given are merged in).

    Raises Invalid, one message a field.
    """
    name = " ".join(name.split())
    faults = {}
    if not name or len(name) > 80:
        faults["name"] = "A name has 1 to 80 characters."
    if locale not in ("", "en", "ja"):
        faults["locale"] = "Choose one of these."
    if faults:
        raise Invalid(faults)
    before = _as_it_is(inbox)
    inbox.name, inbox.locale, inbox.team_id, inbox.active = name, locale, team_id, active
    inbox.settings = {**inbox.settings, **(settings or {})}
    db.flush()
    if what := events.differing(before, _as_it_is(inbox)):
        events.record(db, "inbox.changed", by=by, topics=["admin"], inbox=inbox.id, **what)


def _as_it_is(inbox: Inbox) -> dict[str, Any]:
    own = {"name": inbox.name, "locale": inbox.locale, "team": inbox.team_id, "in_use": inbox.active}
    return {**inbox.settings, **own}
