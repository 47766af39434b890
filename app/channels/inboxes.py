"""Inboxes: the configured accounts of all channels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, events, keys
from app.channels.types import InboxInfo
from app.db import Base, Session
from app.errors import Invalid, NotFound


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
) -> Inbox:
    """Add an inbox. Raises Invalid when its address is taken or empty."""
    address = address.strip().lower() if kind == "email" else address.strip()
    if not address:
        raise Invalid({"address": "An address is needed."})
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
    return inbox


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
    secrets = json.loads(keys.keys(db).unseal(inbox.sealed_secrets)) if inbox.sealed_secrets else {}
    return InboxInfo(
        id=inbox.id,
        public_id=inbox.public_id,
        kind=inbox.kind,
        name=inbox.name,
        address=inbox.address,
        locale=inbox.locale or db.settings.locale,
        settings=inbox.settings,
        secrets=secrets,
    )


def info_of(db: Session, inbox_id: int) -> InboxInfo:
    """As `info`, by number. Raises NotFound."""
    inbox = db.get(Inbox, inbox_id)
    if inbox is None:
        raise NotFound
    return info(db, inbox)


def change(
    db: Session,
    inbox: Inbox,
    *,
    name: str,
    locale: str = "",
    team_id: int | None = None,
    active: bool = True,
    settings: Mapping[str, Any] | None = None,
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
    inbox.name, inbox.locale, inbox.team_id, inbox.active = name, locale, team_id, active
    inbox.settings = {**inbox.settings, **(settings or {})}
    db.flush()
    events.record(db, "inbox.changed", topics=["admin"], inbox=inbox.id)
