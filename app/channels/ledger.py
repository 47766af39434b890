"""The ledger of everything that ever arrived: stored once and committed before anybody is told "accepted".

A Received ends in exactly one state: threaded, opened, ignored(why) or quarantined(why). While it is
`received`, a job for it exists.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, events, storage
from app.channels.types import Incoming, Raw
from app.db import Base, Session
from app.errors import NotFound
from app.jobs import queue

STATES = ("received", "threaded", "opened", "ignored", "quarantined")
INLINE_LIMIT = 256 * 1024  # larger bodies go to the blob store and keep the database small
TOPIC = "admin"


class Received(Base):
    """One thing that arrived, as it arrived."""

    __tablename__ = "received"
    __table_args__ = (
        sa.UniqueConstraint("inbox_id", "dedupe_key"),
        sa.Index("ix_received_inbox_id_external_id", "inbox_id", "external_id"),
        sa.Index("ix_received_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int] = mapped_column(sa.ForeignKey("inboxes.id", ondelete="RESTRICT"))
    dedupe_key: Mapped[str]
    external_id: Mapped[str | None]
    envelope: Mapped[dict[str, Any]] = mapped_column(default=dict)
    size: Mapped[int]
    blob: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="received")
    why: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")
    ticket_id: Mapped[int | None] = mapped_column(index=True)
    message_id: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime] = mapped_column(default=clock.now)
    done_at: Mapped[datetime | None]


class ReceivedBody(Base):
    """The raw bytes of a small Received, deflated, in a table of their own so that lists stay quick."""

    __tablename__ = "received_bodies"

    received_id: Mapped[int] = mapped_column(
        sa.ForeignKey("received.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)


# Built once: every message that arrives passes here.
_TABLE, _ONCE = cast(sa.Table, Received.__table__), ["inbox_id", "dedupe_key"]
_KEEP = {
    True: sqlite.insert(_TABLE).on_conflict_do_nothing(index_elements=_ONCE).returning(_TABLE.c.id),
    False: postgresql.insert(_TABLE).on_conflict_do_nothing(index_elements=_ONCE).returning(_TABLE.c.id),
}
_KEEP_BODY = sa.insert(cast(sa.Table, ReceivedBody.__table__))


def accept(db: Session, inbox_id: int, item: Incoming) -> tuple[int, bool]:
    """Store one thing that arrived, and the job that will read it.

    Returns (id of the Received, whether it is new); the same dedupe key again changes nothing.
    Commit before you acknowledge. Raises Unavailable when it cannot be stored.
    """
    number, new = _keep(db, inbox_id, item)
    if new:
        _enqueue(db, number)
    return number, new


def accept_held(db: Session, inbox_id: int, item: Incoming) -> tuple[int, queue.Job | None]:
    """As `accept`, for who reads it at once: the job is theirs, None when the thing is not new."""
    number, new = _keep(db, inbox_id, item)
    return number, queue.hold(db, "intake.take", "in", _key(number), received_id=number) if new else None


def _keep(db: Session, inbox_id: int, item: Incoming) -> tuple[int, bool]:
    large = len(item.raw) > INLINE_LIMIT
    row = {
        "inbox_id": inbox_id,
        "dedupe_key": item.dedupe_key,
        "external_id": item.external_id,
        "envelope": dict(item.envelope),
        "size": len(item.raw),
        "blob": storage.blobs(db).put(item.raw) if large else None,
        "received_at": clock.now(),
        "state": "received",
        "why": "",
        "detail": "",
        "attempts": 0,
    }
    made = db.execute(_KEEP[db.sqlite], row).scalar()
    if made is None:
        known = db.scalar(
            sa.select(Received.id).where(Received.inbox_id == inbox_id, Received.dedupe_key == item.dedupe_key)
        )
        return known or 0, False
    if not large:
        db.execute(_KEEP_BODY, {"received_id": made, "body": zlib.compress(item.raw, 1)})
    return made, True


def accept_all(db: Session, inbox_id: int, items: Iterable[Incoming]) -> list[int]:
    """As `accept`, for several; returns the ids of the new ones."""
    results = [accept(db, inbox_id, item) for item in items]
    return [number for number, new in results if new]


def _enqueue(db: Session, received_id: int) -> None:
    queue.enqueue(db, "intake.take", lane="in", dedupe=_key(received_id), received_id=received_id)


def _key(received_id: int) -> str:
    return f"received:{received_id}"


def raw(db: Session, received: Received) -> Raw:
    """The stored bytes. Raises NotFound or Unavailable when the blob store cannot give them."""
    kept = db.scalar(_BODY, {"number": received.id})
    return _raw(db, received, kept)


_BODY = sa.select(ReceivedBody.body).where(ReceivedBody.received_id == sa.bindparam("number"))


def _raw(db: Session, received: Any, kept: bytes | None) -> Raw:
    if received.blob:
        body = storage.blobs(db).get(received.blob)
    elif kept is None:
        raise NotFound("This file is missing.")
    else:
        body = zlib.decompress(kept)
    return Raw(
        id=received.id,
        body=body,
        external_id=received.external_id,
        envelope=received.envelope,
        received_at=received.received_at,
    )


def unread(db: Session, received_id: int) -> tuple[int, Raw] | None:
    """(its inbox, the stored bytes) of a Received that nobody has read yet, else None. Raises as `raw`."""
    row = db.execute(_UNREAD, {"number": received_id}).one_or_none()
    return (row.inbox_id, _raw(db, row, row.body)) if row else None


_UNREAD = (
    sa.select(_TABLE, ReceivedBody.body)
    .outerjoin(ReceivedBody, ReceivedBody.received_id == _TABLE.c.id)
    .where(_TABLE.c.id == sa.bindparam("number"), _TABLE.c.state == "received")
)
_HOLD = sa.select(_TABLE.c.id).where(_TABLE.c.id == sa.bindparam("number"), _TABLE.c.state == "received")


def hold(db: Session, received_id: int) -> bool:
    """Whether it is still unread; nobody else settles it before this transaction ends."""
    return db.scalar(_HOLD.with_for_update() if not db.sqlite else _HOLD, {"number": received_id}) is not None


def settle(
    db: Session,
    received_id: int,
    state: str,
    why: str = "",
    detail: str = "",
    *,
    ticket_id: int | None = None,
    message_id: int | None = None,
) -> None:
    """Write down how a Received ended."""
    ended = {"state": state, "why": why, "detail": detail[:2000], "ticket_id": ticket_id, "message_id": message_id}
    db.execute(_SETTLE, {"number": received_id, "done_at": clock.now(), **ended})
    if state == "quarantined":
        events.record(db, "received.quarantined", topics=[TOPIC], received=received_id, why=why)


_SETTLE = sa.update(_TABLE).where(_TABLE.c.id == sa.bindparam("number"))


def replay(db: Session, received_id: int) -> Received:
    """Read a quarantined (or ignored) Received once more. Raises NotFound for any other."""
    received = db.get(Received, received_id)
    if received is None or received.state not in ("quarantined", "ignored"):
        raise NotFound
    received.state, received.why, received.detail, received.attempts = "received", "", "", 0
    received.done_at = None
    db.flush()
    _enqueue(db, received.id)
    events.record(db, "received.replayed", topics=[TOPIC], received=received.id)
    return received


def quarantined(db: Session, before: int | None = None, limit: int = 50) -> Sequence[Received]:
    """Quarantined ones, newest first, those older than id `before`."""
    query = sa.select(Received).where(Received.state == "quarantined").order_by(Received.id.desc()).limit(limit)
    return db.scalars(query.where(Received.id < before) if before else query).all()


def counts(db: Session) -> dict[str, int]:
    """How many Received are in each state; every state is named."""
    rows = db.execute(sa.select(Received.state, sa.func.count()).group_by(Received.state))
    found = dict(rows.all())
    return {state: found.get(state, 0) for state in STATES}


def unaccounted(db: Session) -> int:
    """Received that are still unread although no job will read them, or in no known state: always 0."""
    waiting = sa.exists().where(
        queue.Job.dedupe_key == sa.literal("received:") + sa.cast(Received.id, sa.Text),
        queue.Job.state != "dead",
    )
    lost = sa.or_(sa.and_(Received.state == "received", ~waiting), Received.state.not_in(STATES))
    return db.scalar(sa.select(sa.func.count()).select_from(Received).where(lost)) or 0
