"""Presence over the sockets: browsers say where they are, and screens that may know are told.

A browser says `here {ticket, doing}` when that changes and every few seconds, a visitor's `typing {on}`. The
database is read once when a browser comes to a ticket, to learn who may know; the words that follow cost nothing.
Each process tells its own screens; over Redis it knows of the seats of the others. Without Redis there is one
process (see settings.redis_url).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from anyio import to_thread

from app.accounts.models import Agent
from app.channels.chat.channel import topic as chat_topic
from app.channels.inboxes import Inbox
from app.customers.models import Customer
from app.db import Database
from app.errors import AppError
from app.events import Event
from app.live.exchange import Exchange
from app.live.presence import DOINGS, HEARTBEAT, STAYS, Seat, Table
from app.text import plain
from app.tickets import access
from app.tickets.models import Ticket

log = structlog.get_logger("presence")

TICK = 0.5  # seconds between looks at who is gone; also how often a screen is told at most
APART = 0.2  # seconds between two words of one browser that are taken at once; of more the last waits for the tick
TYPES = 6.0  # seconds that a visitor who typed is shown as typing
AGAIN = 3.0  # seconds between two words to a visitor that somebody types
MOVING = ("ticket.moved", "ticket.assigned")  # who may know changes with these


class Screens(Protocol):
    """What presence needs of the hub."""

    server: Any

    def hears(self, sid: str) -> frozenset[str] | None:
        """The topics of a connected browser; None once it is gone."""

    def proof(self, sid: str) -> dict[str, Any]:
        """What the browser proved itself by."""


class Attendance:
    """Who is where, for the browsers of one process."""

    def __init__(self, database: Database, screens: Screens, desk: str = "") -> None:
        self._database = database
        self._screens = screens
        self._heard_at: dict[str, float] = {}
        self._late: dict[str, tuple[Callable[[str, Any], Awaitable[None]], Any]] = {}
        self._doing: dict[str, tuple[int, str]] = {}
        self._told_visitor: dict[str, float] = {}
        self._moved: set[int] = set()
        self.table = Table()
        redis = database.settings.redis_url
        self._exchange = Exchange(redis, desk, self.table) if redis else None
        screens.server.on("here", self._here)
        screens.server.on("typing", self._typing)

    # ── browsers come, stay and go ────────────────────────────────────────────────────────────────

    async def came(self, sid: str, topics: frozenset[str]) -> None:
        """A browser connected, or hears other topics than before: it learns all that it may know."""
        seat = self.table.get(sid)
        if seat and not topics.intersection(seat.topics):
            self.table.leave(sid)
        if any(topic.startswith("agent-") for topic in topics):
            await self._tell({"all": True, "at": self.table.seen_by(topics)}, sid)

    def left(self, sid: str) -> None:
        self._heard_at.pop(sid, None)
        self._late.pop(sid, None)
        self._doing.pop(sid, None)
        self._told_visitor.pop(sid, None)
        self.table.leave(sid)

    async def _here(self, sid: str, said: Any = None) -> None:
        topics, now = self._screens.hears(sid), time.monotonic()
        agent = _agent(topics or frozenset())
        if topics is None or not agent or not isinstance(said, dict) or not self._listens(sid, now, self._here, said):
            return
        ticket, doing = said.get("ticket"), said.get("doing")
        if not isinstance(ticket, int) or isinstance(ticket, bool) or not 0 < ticket < 2**63:
            self._doing[sid] = (0, "")
            await self._stop(sid)
            return
        doing = doing if doing in DOINGS[:3] else ""
        self._doing[sid] = (ticket, doing)
        seat = self.table.get(sid)
        if seat is None or seat.ticket != ticket:
            await self._stop(sid)
            seat = await to_thread.run_sync(self._seat, agent, ticket)
            topics = self._screens.hears(sid)  # it may have left, gone on, or lost its right meanwhile
            if seat is None or topics is None or not topics.intersection(seat.topics):
                return
            there, doing = self._doing[sid]
            if there != ticket:
                return
            seat = self.table.get(sid) or seat
        before = seat.doing
        seat = replace(seat, doing=doing if seat.writes else "", until=time.monotonic() + STAYS)
        self.table.sit(sid, seat)
        await self._to_visitor(sid, seat, before)

    def _listens(self, sid: str, now: float, heard: Callable[[str, Any], Awaitable[None]], said: Any) -> bool:
        """Whether a word is taken now. Of many in a moment the last is kept for the next tick."""
        if now - self._heard_at.get(sid, 0.0) < APART:
            self._late[sid] = (heard, said)
            return False
        self._heard_at[sid] = now
        self._late.pop(sid, None)
        return True

    async def _stop(self, sid: str) -> None:
        seat = self.table.get(sid)
        self.table.leave(sid)
        if seat and seat.doing == "reply":
            await self._to_visitor(sid, replace(seat, doing=""), "reply")

    def _seat(self, agent: int, ticket: int) -> Seat | None:
        """A seat at the ticket, with the screens that may know; None where there is no such ticket."""
        with self._database.read() as db:
            found = db.execute(_WHERE, {"of_ticket": ticket, "of_agent": agent}).one_or_none()
        if found is None:
            return None
        team, assignee, channel, conversation, name, role = found
        visitor = chat_topic(conversation.partition(":")[2]) if channel == "chat" and conversation else ""
        return Seat(
            ticket,
            agent,
            name,
            plain.initials(name),
            "",
            tuple(access.topics_for(team, assignee)),
            0.0,
            visitor,
            role != "viewer",
        )

    # ── chat: each side sees that the other types, never what ─────────────────────────────────────

    async def _to_visitor(self, sid: str, seat: Seat, before: str) -> None:
        if not seat.visitor or "reply" not in (seat.doing, before):
            return
        now = time.monotonic()
        if seat.doing == before and now - self._told_visitor.get(sid, 0.0) < AGAIN:
            return
        self._told_visitor[sid] = now
        name = seat.name if seat.doing == "reply" else ""
        await self._screens.server.emit("typing", {"name": name}, room=seat.visitor)

    async def _typing(self, sid: str, said: Any = None) -> None:
        topics, now = self._screens.hears(sid), time.monotonic()
        mine = next((topic for topic in topics or () if topic.startswith("chat-")), "")
        if not mine or not isinstance(said, dict):
            return
        if not said.get("on"):
            self._late.pop(sid, None)
            self.table.leave(sid)
            return
        if not self._listens(sid, now, self._typing, said):
            return
        seat = self.table.get(sid)
        if seat is None:
            inbox = str(self._screens.proof(sid).get("inbox", ""))
            seat = await to_thread.run_sync(self._chair, inbox, mine.removeprefix("chat-"))
        if seat is not None and self._screens.hears(sid) is not None:
            self.table.sit(sid, replace(seat, until=time.monotonic() + TYPES))

    def _chair(self, inbox: str, digest: str) -> Seat | None:
        """A visitor's seat at their newest conversation that is still open."""
        with self._database.read() as db:
            number = db.scalar(sa.select(Inbox.id).where(Inbox.public_id == inbox, Inbox.kind == "chat"))
            if number is None:
                return None
            found = db.execute(_CONVERSATION, {"of_conversation": f"{number}:{digest}"}).first()
        if found is None:
            return None
        ticket, team, assignee, name = found
        return Seat(ticket, 0, name, plain.initials(name), "chat", tuple(access.topics_for(team, assignee)), 0.0)

    # ── telling ───────────────────────────────────────────────────────────────────────────────────

    def happened(self, event: Event) -> None:
        """Who may know of a ticket may have changed. Call on the event loop."""
        if event.kind in MOVING and event.ticket_id and self.table.at(event.ticket_id):
            self._moved.add(event.ticket_id)

    async def run(self) -> None:
        """Until cancelled: take away who is gone, and tell the screens what changed."""
        exchange = asyncio.create_task(self._exchange.listen()) if self._exchange else None
        try:
            while True:
                await asyncio.sleep(TICK)
                try:
                    await self.look()
                except AppError as error:
                    log.warning("presence_failed", error=str(error))
        finally:
            if exchange:
                exchange.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await exchange

    async def look(self) -> None:
        """One tick."""
        late, self._late = self._late, {}
        for sid, (heard, said) in late.items():
            await heard(sid, said)
        now = time.monotonic()
        await self._reseat()
        self.table.expire(now)
        if self._exchange:
            await self._exchange.say(now, HEARTBEAT)
        for topics, at in self.table.changes():
            await self._tell({"at": at}, list(topics))

    async def _reseat(self) -> None:
        """Tickets that went to another team or person: who sits there stays only if they may still see it."""
        moved, self._moved = self._moved, set()
        for ticket in moved:
            topics = tuple(await to_thread.run_sync(self._topics, ticket))
            for key, seat in self.table.at(ticket):
                heard = self._screens.hears(str(key))
                if heard is not None and (seat.agent == 0 or heard.intersection(topics)):
                    self.table.sit(key, replace(seat, topics=topics))
                else:
                    self.table.leave(key)

    def _topics(self, ticket: int) -> list[str]:
        with self._database.read() as db:
            return access.topics_of(db, ticket)

    async def _tell(self, what: dict[str, Any], room: Any) -> None:
        # to the browsers of this process: the others learn of the seats themselves
        await self._screens.server.emit("presence", what, room=room, ignore_queue=True)


def _agent(topics: frozenset[str]) -> int:
    """Whose browser it is; 0 for a visitor's."""
    return next((int(t.removeprefix("agent-")) for t in topics if t.startswith("agent-")), 0)


_WHERE = (
    sa.select(Ticket.team_id, Ticket.assignee_id, Ticket.channel, Ticket.conversation, Agent.name, Agent.role)
    .select_from(Ticket)
    .join(Agent, Agent.id == sa.bindparam("of_agent"))
    .where(Ticket.id == sa.bindparam("of_ticket"))
)
_CONVERSATION = (
    sa.select(Ticket.id, Ticket.team_id, Ticket.assignee_id, Customer.name)
    .join(Customer, Customer.id == Ticket.requester_id)
    .where(Ticket.conversation == sa.bindparam("of_conversation"), Ticket.status != "closed")
    .order_by(Ticket.id.desc())
    .limit(1)
)
