"""Presence between processes: each says over Redis who sits at its screens, and forgets who no longer says so."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import structlog

from app import keys
from app.live import presence
from app.live.presence import Table

log = structlog.get_logger("presence")

PAUSE = 2.0  # seconds until Redis is tried again


class Exchange:
    """Tells other processes of the same `desk` of this one's seats, and this one's table of theirs."""

    def __init__(self, url: str, desk: str, table: Table) -> None:
        import redis.asyncio  # only where several processes run

        self._redis: Any = redis.asyncio.Redis.from_url(url, socket_connect_timeout=2)
        self._channel = f"madoguchi-presence-{desk}"
        self._table = table
        self._name = keys.public_id()
        self._said: str = ""
        self._said_at = 0.0

    async def say(self, now: float, every: float) -> None:
        """Say who sits here: at once when that changed, else every so many seconds."""
        seats = json.dumps(presence.pack(self._table.own()), ensure_ascii=False)
        if seats == self._said and now - self._said_at < every:
            return
        self._said, self._said_at = seats, now
        try:
            await self._redis.publish(self._channel, json.dumps({"from": self._name, "seats": json.loads(seats)}))
        except Exception as error:  # Redis is away: the others forget us, which is what they know
            log.warning("presence_unsaid", error=type(error).__name__)

    async def listen(self) -> None:
        """Until cancelled: hear of the others."""
        while True:
            try:
                async with self._redis.pubsub() as heard:
                    await heard.subscribe(self._channel)
                    async for message in heard.listen():
                        self._take(message)
            except asyncio.CancelledError:
                await self._redis.aclose()
                raise
            except Exception as error:
                log.warning("presence_unheard", error=type(error).__name__)
                await asyncio.sleep(PAUSE)

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("type") != "message":
            return
        try:
            said = json.loads(message["data"])
            name, seats = str(said["from"]), presence.unpack(said["seats"])
        except (ValueError, TypeError, KeyError):
            return  # another version's word
        if name != self._name:
            self._table.elsewhere(name, seats, time.monotonic())
