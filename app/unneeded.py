"""Packages that libraries of ours load merely because they are installed: kept out of a process that starts.

structlog loads rich for coloured tracebacks; python-socketio loads its clients, and with them aiohttp and requests,
and the drivers of every message queue that it can speak to. Together they cost 30 MB and half of the start, for
code that never runs here.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

ALWAYS = ("aiohttp", "requests", "rich", "better_exceptions", "kombu", "kafka", "aio_pika", "valkey")
WITHOUT_REDIS = ("redis",)


@contextlib.contextmanager
def left_out(redis_url: str = "") -> Iterator[None]:
    """Inside the block these packages look as if they were not installed, unless they are loaded already.

    With an address of Redis its driver is left alone. What imports one of them after the block finds it.
    """
    known: dict[str, Any] = sys.modules
    names = ALWAYS if redis_url else (*ALWAYS, *WITHOUT_REDIS)
    hidden = [name for name in names if name not in known]
    known.update(dict.fromkeys(hidden))  # None there says "not installed" to whoever imports it
    try:
        yield
    finally:
        for name in hidden:
            del known[name]
