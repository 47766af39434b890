"""Which channels this desk has. The table itself is written in the composition root."""

from __future__ import annotations

from collections.abc import Mapping

from app.channels.types import Channel
from app.db import Database, Session
from app.errors import NotFound


def with_html(db: Session) -> frozenset[str]:
    """The kinds of channel whose messages carry marked text: bold, lists, links."""
    table: Mapping[str, Channel] = db.house["channels"]
    return frozenset(kind for kind, channel in table.items() if channel.capabilities.html)


def channel(db: Session | Database, kind: str) -> Channel:
    """The channel of a kind. Raises NotFound."""
    table: Mapping[str, Channel] = db.house["channels"]
    if kind not in table:
        raise NotFound
    return table[kind]
