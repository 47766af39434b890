"""Time: always aware, always UTC inside; a person's zone only where it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_pretended: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC, cut to microseconds as both databases keep it."""
    return _pretended.get() or datetime.now(UTC)


@contextmanager
def pretend(moment: datetime) -> Iterator[None]:
    """Inside the block it is `moment`: how the demo desk gets its past through the same doors as any other."""
    token = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(token)
