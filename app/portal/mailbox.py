"""The portal's inboxes: the form that requests come in by, and the mail address that answers leave from."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.channels import inboxes
from app.channels.inboxes import Inbox
from app.channels.types import InboxInfo
from app.db import Session


def form(db: Session) -> Inbox | None:
    """The inbox that requests from the portal go to: the oldest active one of its kind."""
    return _first(db, "form")


def chat(db: Session) -> Inbox | None:
    """The chat of the demo shop: the oldest active one."""
    return _first(db, "chat")


def mail(db: Session) -> InboxInfo | None:
    """The mail inbox that the portal writes from: the one that the form's inbox names, else the oldest active one."""
    asked = form(db)
    named = str(asked.settings.get("mail_inbox", "")) if asked else ""
    found = inboxes.find(db, "email", named) if named else None
    found = found if found and found.active else _first(db, "email")
    return inboxes.info(db, found) if found else None


def addresses(db: Session) -> Sequence[str]:
    """Every mail address of the desk that people may write to."""
    return db.scalars(sa.select(Inbox.address).where(Inbox.kind == "email", Inbox.active).order_by(Inbox.id)).all()


def _first(db: Session, kind: str) -> Inbox | None:
    return db.scalar(sa.select(Inbox).where(Inbox.kind == kind, Inbox.active).order_by(Inbox.id).limit(1))
