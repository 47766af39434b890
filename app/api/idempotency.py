"""The same request twice does its work once: keys, what they were used for, and the answers that were given.

After draft-ietf-httpapi-idempotency-key-header: the key is the client's, kept for 24 hours; the same key with
another request is refused (422), a second request while the first is being worked on too (409), and a request
that was answered gets that answer again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, keys
from app.api import problems
from app.api.problems import Refusal
from app.db import Base, Session
from app.i18n import N_
from app.jobs.worker import Work

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
LEASE = timedelta(minutes=2)  # a request that takes longer died with its process
# A token, bare or as the string of a structured field (RFC 9651): "8e03978e-40d5".
KEY_PATTERN = '^(?:[A-Za-z0-9_.:~/+=-]{1,200}|"[A-Za-z0-9_.:~/+=-]{1,200}")$'
_KEY = re.compile(KEY_PATTERN[:-1] + r"\Z")


class ApiRequest(Base):
    """A writing request by its key. `nonce` names the work for as long as the row lives, `lease` one attempt at it."""

    __tablename__ = "api_requests"

    token_id: Mapped[int] = mapped_column(
        sa.ForeignKey("api_tokens.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    nonce: Mapped[str]
    lease: Mapped[str]
    lease_until: Mapped[datetime]
    status: Mapped[int | None] = mapped_column(sa.SmallInteger)
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the work. `again`: an earlier attempt may have done part of it."""

    token_id: int
    key: str
    nonce: str
    lease: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """The work was done: this was the answer."""

    status: int
    answer: Mapping[str, Any]


def key_of(header: str | None) -> str:
    """The key in a header. Raises Refusal 400."""
    if header is None:
        raise Refusal(problems.KEY_MISSING, N_("Send a new Idempotency-Key with each new request; retries repeat it."))
    if not _KEY.match(header):
        raise Refusal(problems.KEY_MALFORMED, N_("A key has 1 to 200 letters, digits, and any of _ . : ~ / + = -"))
    return header.strip('"')


def fingerprint(method: str, path: str, body: Any) -> str:
    """What a request asks for, whatever the order and blanks of its JSON."""
    text = json.dumps([method, path, body], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def begin(db: Session, token_id: int, key: str, print_: str) -> Claim | Replay:
    """Claim the work, in a transaction of its own, or find its answer. Raises Refusal 409 and 422."""
    fresh = _claim(token_id, key, keys.public_id())
    if _insert(db, fresh, print_):
        return fresh
    row = db.get_one(ApiRequest, (token_id, key), with_for_update=not db.sqlite)
    if row.created_at < clock.now() - KEPT:
        db.delete(row)
        db.flush()
        _insert(db, fresh, print_)
        return fresh
    if row.fingerprint != print_:
        raise Refusal(problems.KEY_REUSED, N_("Use a new key for a request that differs in address or body."))
    if row.status is not None:
        return Replay(row.status, row.answer)
    if row.lease_until > clock.now():
        raise Refusal(problems.KEY_BUSY, N_("Wait a moment, then repeat the request."), {"Retry-After": "1"})
    row.lease, row.lease_until = fresh.lease, clock.now() + LEASE
    db.flush()
    return Claim(token_id, key, row.nonce, fresh.lease, again=True)


def _claim(token_id: int, key: str, nonce: str) -> Claim:
    return Claim(token_id, key, nonce, keys.public_id())


def _insert(db: Session, claim: Claim, print_: str) -> bool:
    row = {
        "token_id": claim.token_id,
        "key": claim.key,
        "fingerprint": print_,
        "nonce": claim.nonce,
        "lease": claim.lease,
        "lease_until": clock.now() + LEASE,
        "answer": {},
        "created_at": clock.now(),
    }
    made = db.insert(ApiRequest).values(row).on_conflict_do_nothing().returning(ApiRequest.key)
    return db.scalar(made) is not None


def _mine(claim: Claim) -> sa.ColumnElement[bool]:
    return sa.and_(
        ApiRequest.token_id == claim.token_id,
        ApiRequest.key == claim.key,
        ApiRequest.lease == claim.lease,
        ApiRequest.status.is_(None),
    )


def keep(db: Session, claim: Claim, status: int, answer: Mapping[str, Any]) -> None:
    """Keep the answer, in the transaction of the work. Raises Refusal 409 when the lease went to somebody else."""
    kept = sa.update(ApiRequest).where(_mine(claim)).values(status=status, answer=dict(answer))
    if db.scalar(kept.returning(ApiRequest.key)) is None:
        raise Refusal(problems.KEY_BUSY, N_("Wait a moment, then repeat the request."), {"Retry-After": "1"})


def forget(db: Session, claim: Claim) -> None:
    """Nothing was done: the key may be used again, also for a mended request."""
    db.execute(sa.delete(ApiRequest).where(_mine(claim)))


def release(db: Session, claim: Claim) -> None:
    """Part of the work may have been done: the same request may be repeated at once, and goes on from there."""
    db.execute(sa.update(ApiRequest).where(_mine(claim)).values(lease_until=clock.now() - timedelta(seconds=1)))


def sweep(work: Work) -> None:
    """Job: remove keys after their 24 hours."""
    with work.finishing() as db:
        db.execute(sa.delete(ApiRequest).where(ApiRequest.created_at < clock.now() - KEPT))
