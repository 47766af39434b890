"""Keyset paging: a cursor is the place after a row, in a form that promises nothing about its inside."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.db import Session

LARGEST = 2**63 - 1
PATTERN = "^[A-Za-z0-9_-]{11}$"  # eight bytes in URL-safe base64: every such string is a place


def encode(number: int) -> str:
    """The place after row `number`."""
    return base64.urlsafe_b64encode(number.to_bytes(8, "big")).decode().rstrip("=")


def decode(cursor: str) -> int:
    """The row number; places beyond the last row there can be are after everything."""
    return min(int.from_bytes(base64.urlsafe_b64decode(cursor + "="), "big"), LARGEST)


def page(
    db: Session, query: sa.Select[Any], key: Any, cursor: str | None, limit: int
) -> tuple[Sequence[Any], str | None]:
    """One page of `query` in the order of `key`, and the cursor of the next page when there is one."""
    if cursor:
        query = query.where(key > decode(cursor))
    rows = db.scalars(query.order_by(key).limit(limit + 1)).all()
    more = len(rows) > limit
    return rows[:limit], encode(getattr(rows[limit - 1], key.key)) if more else None
