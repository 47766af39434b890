"""The outbox: every message out is a Delivery, tracked to sent, failed, or a time for the next try.

`post` writes the Delivery in the transaction of its message; the job `delivering.deliver` sends it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, events
from app.channels import inboxes, registry
from app.channels.types import Recipient
from app.db import Base, Session
from app.errors import Conflict, NotFound
from app.jobs import queue

log = structlog.get_logger("outbox")

# A status never goes backwards: a later report of a lower rank is ignored.
RANK = {"queued": 0, "retrying": 1, "sent": 2, "delivered": 3, "read": 4, "failed": 5}


class Delivery(Base):
    """One message on its way out, and what became of it."""

    __tablename__ = "deliveries"
    __table_args__ = (
        sa.Index("ix_deliveries_inbox_id_external_id", "inbox_id", "external_id"),
        sa.Index("ix_deliveries_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    inbox_id: Mapped[int] = mapped_column(sa.ForeignKey("inboxes.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(default="queued")
    external_id: Mapped[str | None]
    retry_key: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    code: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    retry_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


# Built once: every message out passes here.
_TABLE = cast(sa.Table, Delivery.__table__)
_C = _TABLE.c
_NUMBER: sa.BindParameter[Any] = sa.bindparam("number")
_POST = sa.insert(_TABLE).returning(_C.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is sent, and to whom: fixed when it is posted. `files` are {filename, content_type, size, blob, link}."""

    to: Sequence[Recipient]
    cc: Sequence[Recipient] = ()
    bcc: Sequence[Recipient] = ()
    sender_name: str = ""
    subject: str = ""
    text: str
    html: str | None = None
    files: Sequence[Mapping[str, Any]] = ()
    in_reply_to: str | None = None
    references: Sequence[str] = ()
    quoted: str = ""
    locale: str = "en"
    automatic: bool = False
    context: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """As it is kept with its Delivery."""
        return {
            "to": [[r.value, r.name] for r in self.to],
            "cc": [[r.value, r.name] for r in self.cc],
            "bcc": [[r.value, r.name] for r in self.bcc],
            "sender_name": self.sender_name,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "files": [dict(f) for f in self.files],
            "in_reply_to": self.in_reply_to,
            "references": list(self.references),
            "quoted": self.quoted,
            "locale": self.locale,
            "automatic": self.automatic,
            "context": dict(self.context),
            "headers": dict(self.headers),
        }


def post(
    db: Session, letter: Letter, *, message_id: int, ticket_id: int, inbox_id: int, external_id: str | None = None
) -> int:
    """Queue a message for sending, in this transaction; the number of its Delivery."""
    inbox = inboxes.info_of(db, inbox_id)
    now = clock.now()
    row = {
        "message_id": message_id,
        "ticket_id": ticket_id,
        "inbox_id": inbox_id,
        "external_id": external_id or registry.channel(db, inbox.kind).external_id(inbox, ticket_id, message_id),
        "retry_key": str(uuid.uuid4()),
        "content": letter.content(),
        "state": "queued",
        "attempts": 0,
        "code": "",
        "reason": "",
        "created_at": now,
        "changed_at": now,
    }
    number: int = db.execute(_POST, row).scalar_one()
    enqueue(db, number, 0)
    return number


def enqueue(db: Session, number: int, attempts: int, run_at: datetime | None = None) -> None:
    """The job of the next attempt, after so many."""
    queue.enqueue(db, "outbox.deliver", lane="out", run_at=run_at, dedupe=_key(number, attempts), delivery_id=number)


def _key(number: int, attempts: int) -> str:
    """The job of one attempt."""
    return f"delivery:{number}:{attempts}"


def move(db: Session, delivery: Delivery, state: str) -> None:
    """Write a later state; an earlier one changes nothing."""
    if RANK[state] <= RANK[delivery.state]:
        return
    delivery.state, delivery.changed_at = state, clock.now()
    if state != "failed":
        delivery.code = delivery.reason = ""
        delivery.retry_at = None
    tell_of(db, delivery)


def tell_of(db: Session, delivery: Delivery) -> None:
    """Tell the screens what state a delivery is in now."""
    db.flush()
    channel = inboxes.info_of(db, delivery.inbox_id).kind
    tell(db, channel, delivery.state, delivery.id, delivery.ticket_id, delivery.message_id, delivery.code)


def tell(db: Session, channel: str, state: str, number: int, ticket_id: int, message_id: int, code: str = "") -> None:
    """As `tell_of`, for one that is not loaded."""
    events.record(
        db,
        f"delivery.{state}",
        ticket_id=ticket_id,
        topics=db.house["topics_of"](db, ticket_id),  # who may see the ticket now, not when it was posted
        delivery=number,
        message=message_id,
        channel=channel,
        code=code,
    )


def report(
    db: Session, inbox_id: int, external_id: str, state: str, code: str = "", reason: str = ""
) -> Delivery | None:
    """A provider's word on a delivery (its external id within the inbox). None when it is not one of ours."""
    delivery = db.scalar(sa.select(Delivery).where(Delivery.inbox_id == inbox_id, Delivery.external_id == external_id))
    if delivery is None or state not in RANK:
        return None
    if state == "failed":
        delivery.code, delivery.reason = code, reason[:2000]
    move(db, delivery, state)
    return delivery


def retry(db: Session, delivery_id: int) -> Delivery:
    """Somebody asks to try a failed or waiting delivery now. Raises NotFound, or Conflict when it went out or
    is just being sent."""
    delivery = db.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound
    if delivery.state not in ("failed", "retrying"):
        raise Conflict("This message has been sent already.")
    job = db.scalar(sa.select(queue.Job).where(queue.Job.dedupe_key == _key(delivery.id, delivery.attempts)))
    if job and job.state == "running":
        raise Conflict("This message is just being sent.")
    delivery.state, delivery.code, delivery.reason, delivery.retry_at = "queued", "", "", None
    db.execute(sa.delete(queue.Job).where(queue.Job.dedupe_key == _key(delivery.id, delivery.attempts)))
    enqueue(db, delivery.id, delivery.attempts)
    tell_of(db, delivery)
    return delivery


def counts(db: Session) -> dict[str, int]:
    """How many deliveries are in each state."""
    return dict(db.execute(sa.select(Delivery.state, sa.func.count()).group_by(Delivery.state)).all())


def unaccounted(db: Session) -> int:
    """Deliveries that wait although no job will send them: always 0."""
    job = sa.exists().where(
        queue.Job.dedupe_key.like(sa.literal("delivery:") + sa.cast(Delivery.id, sa.Text) + ":%"),
        queue.Job.state != "dead",
    )
    waiting = Delivery.state.in_(("queued", "retrying"))
    return db.scalar(sa.select(sa.func.count()).select_from(Delivery).where(waiting, ~job)) or 0
