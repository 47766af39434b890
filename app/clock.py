"""Time: always aware, always UTC inside; a person's zone only where it is shown."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC, cut to microseconds as both databases keep it."""
    return datetime.now(UTC)
