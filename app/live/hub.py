"""Live screens: sockets say *that* something changed; HTTP says what.

Topics are per person and team, so nobody learns even that something happened which they may not see. A browser
that was away asks for everything after its last event number (see `missed`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import socketio
import structlog
from anyio import to_thread

from app.db import Database
from app.errors import AppError
from app.events import Event
from app.live.attending import MOVING, Attendance

log = structlog.get_logger("live")

Admit = Callable[[Database, dict[str, str], dict[str, Any]], Sequence[str] | None]
"""(database, cookies, auth) -> the topics that this browser may listen to, or None to refuse it."""

# What may change who hears what; browsers are then asked again who they are.
CONTROL = ("agent.changed", "agent.password_changed", "agent.signed_out", "team.changed")
RECHECK_SECONDS = 300  # sessions also end by themselves


FEW = 25  # browsers that may all look at once
EACH = 3  # milliseconds that a look of one more browser costs this process


def pace(browsers: int) -> int:
    """Milliseconds over which so many browsers spread their looks at one event: no herd, and none for a few. Pure."""
    return 0 if browsers <= FEW else browsers * EACH


@dataclass
class Browser:
    """A connected browser: by what it proved itself, and what it hears."""

    cookies: dict[str, str]
    auth: dict[str, Any]
    topics: frozenset[str]


class Hub:
    """The socket server of one process; Redis carries signals between processes when it is set.

    `desk` names the desk on that Redis: its channels are one for all databases of a server, and another desk's screens
    must hear nothing."""

    def __init__(self, database: Database, admit: Admit, desk: str = "") -> None:
        self._database = database
        self._admit = admit
        redis = database.settings.redis_url
        self._elsewhere = bool(redis)
        manager = socketio.AsyncRedisManager(redis, channel=f"madoguchi-live-{desk}") if redis else None
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            client_manager=manager,
            transports=["websocket"],
            ping_interval=20,
            ping_timeout=20,
            max_http_buffer_size=20_000,
            logger=False,
            engineio_logger=False,
        )
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.app = socketio.ASGIApp(self.server, socketio_path="/live/socket")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._browsers: dict[str, Browser] = {}
        self.presence = Attendance(database, self, desk)

    def hears(self, sid: str) -> frozenset[str] | None:
        """The topics of a connected browser; None once it is gone."""
        browser = self._browsers.get(sid)
        return browser.topics if browser else None

    def proof(self, sid: str) -> dict[str, Any]:
        """What a connected browser proved itself by, besides its cookies."""
        browser = self._browsers.get(sid)
        return browser.auth if browser else {}

    def start(self) -> None:
        """Call on the event loop, before signals are given."""
        self._loop = asyncio.get_running_loop()
        self._later(self._recheck_forever())
        self._later(self.presence.run())

    async def stop(self) -> None:
        self._loop = None
        for task in list(self._tasks):
            task.cancel()
        await self.server.shutdown()

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        browser = Browser(_cookies(environ.get("HTTP_COOKIE", "")), auth if isinstance(auth, dict) else {}, frozenset())
        topics = await self._topics(browser)
        if topics is None:
            self._later(self._drop(self.server.manager.eio_sid_from_sid(sid, "/")))
            raise socketio.exceptions.ConnectionRefusedError("sign in")
        self._browsers[sid] = browser
        await self._listen(sid, browser, topics)

    async def _disconnect(self, sid: str, *_reason: object) -> None:
        self._browsers.pop(sid, None)
        self.presence.left(sid)

    async def _topics(self, browser: Browser) -> frozenset[str] | None:
        found = await to_thread.run_sync(self._admit, self._database, browser.cookies, browser.auth)
        return None if found is None else frozenset(found)

    async def _listen(self, sid: str, browser: Browser, topics: frozenset[str]) -> None:
        for topic in topics - browser.topics:
            await self.server.enter_room(sid, topic)
        for topic in browser.topics - topics:
            await self.server.leave_room(sid, topic)
        if topics != browser.topics:
            browser.topics = topics
            await self.presence.came(sid, topics)

    async def _drop(self, connection: str) -> None:
        # A client refused in `connect` would keep its socket open and cost a connection.
        await asyncio.sleep(0.5)
        await self.server.eio.disconnect(connection)

    def recheck(self, event: Event) -> None:
        """Listener: roles, teams or sessions changed, so each browser hears only what it still may."""
        loop = self._loop
        if event.kind in CONTROL and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(lambda: self._later(self._recheck()))
        if event.kind in MOVING and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self.presence.happened, event)

    async def _recheck(self) -> None:
        for sid, browser in list(self._browsers.items()):
            topics = await self._topics(browser)
            if topics is None:
                await self.server.disconnect(sid)
            elif sid in self._browsers:
                await self._listen(sid, browser, topics)

    async def _recheck_forever(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            try:
                await self._recheck()
            except AppError as error:
                log.warning("recheck_failed", error=str(error))

    def signal(self, event: Event) -> None:
        """Listener: tell the screens that an event concerns. Called from any thread, never blocks."""
        if event.topics:
            told = {"n": event.id, "ticket": event.ticket_id, "kind": event.kind}
            wait = pace(len(self._browsers))
            self.send("changed", {**told, "wait": wait} if wait else told, event.topics)

    def send(self, name: str, data: dict[str, Any], topics: Sequence[str]) -> None:
        """Send to everybody who listens to one of the topics; once, even if to several."""
        loop = self._loop
        if loop is None or loop.is_closed() or not (topics and (self._browsers or self._elsewhere)):
            return
        loop.call_soon_threadsafe(lambda: self._later(self.server.emit(name, data, room=list(topics))))

    def _later(self, doing: Any) -> None:
        task = asyncio.ensure_future(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _cookies(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";") if "=" in part)
    return {name: value for name, _, value in pairs}
