"""The job that sends: one Delivery is read, handed to its channel with no transaction open, and how it went is written.

What is sent was fixed when it was posted: recipients and text are what was on the screen.
"""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import sqlalchemy as sa
import structlog

from app import clock, storage
from app.channels import inboxes, outbox, registry
from app.channels.inboxes import Inbox
from app.channels.outbox import RANK, Delivery
from app.channels.types import InboxInfo, Outgoing, OutgoingFile, Recipient, SendFailed, Sent
from app.db import Session
from app.errors import Unavailable
from app.jobs import queue
from app.jobs.worker import Work

log = structlog.get_logger("outbox")
MAX_ATTEMPTS = 10

# Built once: every message out passes here.
_TABLE = cast(sa.Table, Delivery.__table__)
_C = _TABLE.c
_NUMBER: sa.BindParameter[Any] = sa.bindparam("number")
_ROW = sa.select(_TABLE, Inbox).join(Inbox, Inbox.id == _C.inbox_id).where(_C.id == _NUMBER)
_AS_SENT = (
    sa.update(_TABLE)
    .where(_C.id == _NUMBER)
    .values(
        external_id=sa.func.coalesce(sa.bindparam("named", type_=sa.Text()), _C.external_id),
        sent_at=sa.func.coalesce(_C.sent_at, sa.bindparam("now", type_=_C.sent_at.type)),
    )
)


def _sent_as(state: str) -> Any:
    """An attempt that went well, unless its provider has reported as much already."""
    lower = [known for known, rank in RANK.items() if rank < RANK[state]]
    now = sa.bindparam("now", type_=_C.changed_at.type)
    clean = {"code": "", "reason": "", "retry_at": None}
    moved = _AS_SENT.where(_C.state.in_(lower)).values(state=state, attempts=_C.attempts + 1, changed_at=now, **clean)
    return moved.returning(_C.ticket_id, _C.message_id)


_SENT = {state: _sent_as(state) for state in ("sent", "delivered", "read")}


def deliver(work: Work, delivery_id: int) -> None:
    """Job: send one delivery and write down how it went. Safe to be called again after a crash."""
    found = _read(work, delivery_id)
    if found is None:
        return
    inbox, outgoing = found
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
            _write_sent(db, inbox.kind, delivery_id, sent)


def _read(work: Work, delivery_id: int) -> tuple[InboxInfo, Outgoing] | None:
    """Everything the channel needs; None when there is nothing left to send. That it is being sent is nowhere
    written: the job, which one worker alone has, says so, and counts the attempts that a crash cut short."""
    with work.database.read() as db:
        row = db.execute(_ROW, {"number": delivery_id}).one_or_none()
        if row is None or RANK[row.state] >= RANK["sent"]:
            return None
        return inboxes.info(db, row.Inbox), _outgoing(db, row, row.attempts + work.job.attempts)


def _outgoing(db: Session, delivery: Any, attempt: int) -> Outgoing:
    content, store = delivery.content, storage.blobs(db)
    files = tuple(
        OutgoingFile(
            filename=f["filename"],
            content_type=f["content_type"],
            size=f["size"],
            link=f.get("link", ""),
            read=partial(store.get, f["blob"]),
            inline=bool(f.get("inline")),
            content_id=f.get("content_id"),
        )
        for f in content["files"]
    )
    return Outgoing(
        delivery_id=delivery.id,
        ticket_id=delivery.ticket_id,
        message_id=delivery.message_id,
        attempt=attempt,
        external_id=delivery.external_id,
        retry_key=delivery.retry_key,
        to=tuple(Recipient(*r) for r in content["to"]),
        cc=tuple(Recipient(*r) for r in content["cc"]),
        bcc=tuple(Recipient(*r) for r in content.get("bcc", ())),
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


def _write_sent(db: Session, channel: str, delivery_id: int, sent: Sent) -> None:
    values = {"number": delivery_id, "named": sent.external_id, "now": clock.now()}
    row = db.execute(_SENT[sent.state], values).one_or_none()
    if row:
        outbox.tell(db, channel, sent.state, delivery_id, row.ticket_id, row.message_id)
    else:  # its provider has told more already, or it is gone
        db.execute(_AS_SENT, values)


def _write_failure(work: Work, delivery_id: int, error: SendFailed) -> None:
    with work.finishing() as db:
        delivery = db.get(Delivery, delivery_id)
        if delivery is None:
            return
        delivery.attempts += 1
        delivery.code, delivery.reason = error.code, error.reason[:2000]
        if error.permanent or delivery.attempts >= MAX_ATTEMPTS:
            outbox.move(db, delivery, "failed")
            return
        delivery.retry_at = error.retry_at or clock.now() + queue.backoff(delivery.attempts + 2)
        delivery.state = "retrying"
        outbox.enqueue(db, delivery.id, delivery.attempts, delivery.retry_at)
        outbox.tell_of(db, delivery)
