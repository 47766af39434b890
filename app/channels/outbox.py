"""The outbox: every message out is a Delivery, tracked to sent, failed, or a time for the next try.

`post` writes the Delivery in the transaction of its message; the job `outbox.deliver` claims and sends it with
no transaction open. What is sent was fixed when it was posted: recipients and text are what was on the screen.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, events, storage
from app.channels import inboxes, registry
from app.channels.types import Outgoing, OutgoingFile, Recipient, SendFailed, Sent
from app.db import Base, Database, Session
from app.errors import Conflict, NotFound, Unavailable
from app.jobs import queue
from app.jobs.worker import Work

log = structlog.get_logger("outbox")

# A status never goes backwards: a later report of a lower rank is ignored.
RANK = {"queued": 0, "sending": 1, "retrying": 1, "sent": 2, "delivered": 3, "read": 4, "failed": 5}
MAX_ATTEMPTS = 10


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


def post(
    db: Session,
    *,
    message_id: int,
    ticket_id: int,
    inbox_id: int,
    to: Sequence[Recipient],
    text: str,
    cc: Sequence[Recipient] = (),
    subject: str = "",
    html: str | None = None,
    files: Sequence[Mapping[str, Any]] = (),
    sender_name: str = "",
    in_reply_to: str | None = None,
    references: Sequence[str] = (),
    quoted: str = "",
    locale: str = "en",
    automatic: bool = False,
    context: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Delivery:
    """Queue a message for sending, in this transaction. `files` are {filename, content_type, size, blob, link}."""
    inbox = inboxes.info_of(db, inbox_id)
    content = {
        "to": [[r.value, r.name] for r in to],
        "cc": [[r.value, r.name] for r in cc],
        "sender_name": sender_name,
        "subject": subject,
        "text": text,
        "html": html,
        "files": [dict(f) for f in files],
        "in_reply_to": in_reply_to,
        "references": list(references),
        "quoted": quoted,
        "locale": locale,
        "automatic": automatic,
        "context": dict(context or {}),
        "headers": dict(headers or {}),
    }
    delivery = Delivery(
        message_id=message_id,
        ticket_id=ticket_id,
        inbox_id=inbox_id,
        external_id=registry.channel(db, inbox.kind).external_id(inbox, ticket_id, message_id),
        retry_key=str(uuid.uuid4()),
        content=content,
    )
    db.add(delivery)
    db.flush()
    _enqueue(db, delivery)
    return delivery


def _enqueue(db: Session, delivery: Delivery, run_at: datetime | None = None) -> None:
    queue.enqueue(
        db,
        "outbox.deliver",
        lane="out",
        run_at=run_at,
        dedupe=f"delivery:{delivery.id}:{delivery.attempts}",
        delivery_id=delivery.id,
    )


def deliver(work: Work, delivery_id: int) -> None:
    """Job: send one delivery and write down how it went. Safe to be called again after a crash."""
    claimed = _claim(work.database, delivery_id)
    if claimed is None:
        return
    inbox, outgoing = claimed
    channel = registry.channel(work.database, inbox.kind)
    try:
        sent = channel.send(inbox, outgoing)
    except SendFailed as error:
        _write_failure(work, delivery_id, error)
    except Unavailable:
        raise  # a file cannot be read now: the job waits until the storage is back
    except Exception as error:
        log.exception("send_raised", delivery=delivery_id, ticket=outgoing.ticket_id)
        reason = f"{type(error).__name__}: {error}"
        _write_failure(work, delivery_id, SendFailed("error", reason, permanent=False))
    else:
        with work.finishing() as db:
            _write_sent(db, delivery_id, sent)


def _claim(database: Database, delivery_id: int) -> tuple[Any, Outgoing] | None:
    """Count the attempt and load everything the channel needs; None when there is nothing left to send."""
    with database.transaction() as db:
        delivery = db.get(Delivery, delivery_id, with_for_update=not db.sqlite)
        if delivery is None or RANK[delivery.state] >= RANK["sent"]:
            return None
        delivery.state, delivery.attempts, delivery.changed_at = "sending", delivery.attempts + 1, clock.now()
        return inboxes.info_of(db, delivery.inbox_id), _outgoing(db, delivery)


def _outgoing(db: Session, delivery: Delivery) -> Outgoing:
    content, store = delivery.content, storage.blobs(db)
    files = tuple(
        OutgoingFile(
            filename=f["filename"],
            content_type=f["content_type"],
            size=f["size"],
            link=f.get("link", ""),
            read=lambda digest=f["blob"]: store.get(digest),  # type: ignore[misc]
            inline=bool(f.get("inline")),
            content_id=f.get("content_id"),
        )
        for f in content["files"]
    )
    return Outgoing(
        delivery_id=delivery.id,
        ticket_id=delivery.ticket_id,
        message_id=delivery.message_id,
        attempt=delivery.attempts,
        external_id=delivery.external_id,
        retry_key=delivery.retry_key,
        to=tuple(Recipient(*r) for r in content["to"]),
        cc=tuple(Recipient(*r) for r in content["cc"]),
        sender_name=content["sender_name"],
        subject=content["subject"],
        text=content["text"],
        html=content["html"],
        files=files,
        in_reply_to=content["in_reply_to"],
        references=tuple(content["references"]),
        quoted=content["quoted"],
        locale=content["locale"],
        automatic=content["automatic"],
        context=content["context"],
        headers=content["headers"],
    )


def _write_sent(db: Session, delivery_id: int, sent: Sent) -> None:
    delivery = db.get(Delivery, delivery_id)
    if delivery is None:
        return
    delivery.external_id = sent.external_id or delivery.external_id
    delivery.sent_at = delivery.sent_at or clock.now()
    _move(db, delivery, sent.state)


def _write_failure(work: Work, delivery_id: int, error: SendFailed) -> None:
    with work.finishing() as db:
        delivery = db.get(Delivery, delivery_id)
        if delivery is None:
            return
        delivery.code, delivery.reason = error.code, error.reason[:2000]
        if error.permanent or delivery.attempts >= MAX_ATTEMPTS:
            _move(db, delivery, "failed")
            return
        delivery.retry_at = error.retry_at or clock.now() + queue.backoff(delivery.attempts + 2)
        delivery.state = "retrying"
        _enqueue(db, delivery, delivery.retry_at)
        _tell(db, delivery)


def _move(db: Session, delivery: Delivery, state: str) -> None:
    if RANK[state] <= RANK[delivery.state]:
        return
    delivery.state, delivery.changed_at = state, clock.now()
    if state != "failed":
        delivery.code = delivery.reason = ""
        delivery.retry_at = None
    _tell(db, delivery)


def _tell(db: Session, delivery: Delivery) -> None:
    db.flush()
    events.record(
        db,
        f"delivery.{delivery.state}",
        ticket_id=delivery.ticket_id,
        topics=db.house["topics_of"](db, delivery.ticket_id),  # who may see the ticket now, not when it was posted
        delivery=delivery.id,
        message=delivery.message_id,
        code=delivery.code,
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
    _move(db, delivery, state)
    return delivery


def retry(db: Session, delivery_id: int) -> Delivery:
    """Somebody asks to try a failed or waiting delivery now. Raises NotFound, or Conflict when it went out."""
    delivery = db.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound
    if delivery.state not in ("failed", "retrying"):
        raise Conflict("This message has been sent already.")
    delivery.state, delivery.code, delivery.reason, delivery.retry_at = "queued", "", "", None
    delivery.attempts = max(0, delivery.attempts)
    db.flush()
    db.execute(sa.delete(queue.Job).where(queue.Job.dedupe_key == f"delivery:{delivery.id}:{delivery.attempts}"))
    _enqueue(db, delivery)
    _tell(db, delivery)
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
    waiting = Delivery.state.in_(("queued", "sending", "retrying"))
    return db.scalar(sa.select(sa.func.count()).select_from(Delivery).where(waiting, ~job)) or 0
