"""Live screens over real sockets: who hears what, what is missed and caught up, and who is shown out."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio
import sqlalchemy as sa

from app import main
from app.accounts import agents, sessions
from app.accounts.models import Team
from app.channels.email import arriving
from app.db import Session
from app.demo import cast
from app.events import SYSTEM, Actor
from app.settings import Settings
from app.tickets import assignment, intake
from app.tickets.models import Ticket
from tests.story import Desk, served


@pytest.fixture
def desk(house: main.House) -> Desk:
    told = Desk(house)
    told.people()
    return told


@pytest.fixture
def base(house: main.House, desk: Desk) -> Iterator[str]:
    with served(house) as address:
        yield address


def cookie(desk: Desk, who: str) -> str:
    with desk.write() as db:
        agent = agents.find(db, cast.STAFF[who].email)
        assert agent
        return f"desk={sessions.begin(db, agent, '127.0.0.1', 'tests')}"


class Screen:
    """A browser's socket: what it heard, and whether it is still there."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.client = socketio.AsyncClient(reconnection=False)
        self.client.on("changed", self.heard.append)

    async def until(self, kind: str) -> None:
        await true(lambda: any(event["kind"] == kind for event in self.heard))

    async def gone(self) -> None:
        await true(lambda: not self.client.connected)


async def true(what: Callable[[], bool]) -> None:
    """Wait until it is so, at most half a minute: a busy machine takes its time."""
    async with asyncio.timeout(30):
        while not what():  # noqa: ASYNC110  # what is watched is the client's, and has no event
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def screen(base: str, cookies: str) -> AsyncIterator[Screen]:
    made = Screen()
    await made.client.connect(
        base, socketio_path="/live/socket", transports=["websocket"], headers={"Cookie": cookies}, wait_timeout=30
    )
    yield made
    await made.client.disconnect()


def mail_comes(desk: Desk, who: str = "hannah") -> int:
    item = arriving.incoming(desk.mail(who, "The lid is loose."), {"from": cast.BY_KEY[who].email})
    received = intake.accept_and_take(desk.house.database, desk.inbox().id, item)
    assert received.ticket_id
    return received.ticket_id


def into_team(desk: Desk, number: int, name: str) -> None:
    with desk.write() as db:
        team = db.scalar(sa.select(Team.id).where(Team.name == name))
        assignment.move(db, db.get_one(Ticket, number), team, SYSTEM)


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """In a thread of its own: where the browser's stories ran before, this one has a loop already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, story()).result()


def test_a_new_ticket_is_heard_by_those_who_may_see_it_and_nobody_else(desk: Desk, base: str) -> None:
    async def story() -> None:
        async with screen(base, cookie(desk, "kenji")) as kenji, screen(base, cookie(desk, "rosa")) as rosa:
            number = await asyncio.to_thread(mail_comes, desk)
            await kenji.until("message.received")
            await asyncio.to_thread(into_team, desk, number, cast.STUDIO)
            await rosa.until("ticket.moved")
            (moved,) = (event["n"] for event in rosa.heard if event["kind"] == "ticket.moved")
            assert min(event["n"] for event in kenji.heard) < moved
            # Nothing of before it was hers; the acknowledgement may well be sent after it.
            assert [event for event in rosa.heard if event["n"] < moved] == []

    run(story)


def test_nobody_outside_a_private_team_hears_of_its_tickets(desk: Desk, base: str) -> None:
    async def story() -> None:
        number = await asyncio.to_thread(mail_comes, desk)
        await asyncio.to_thread(into_team, desk, number, cast.WHOLESALE)
        async with screen(base, cookie(desk, "kenji")) as kenji, screen(base, cookie(desk, "mio")) as mio:
            await asyncio.to_thread(desk.agent_notes, "mio", number, "A secret price.")
            await mio.until("note.written")
            other = await asyncio.to_thread(mail_comes, desk, "tom")
            await kenji.until("message.received")
            assert {event["ticket"] for event in kenji.heard} == {other}

    run(story)


def test_a_stranger_is_refused_and_the_connection_closed(desk: Desk, base: str) -> None:
    async def story() -> None:
        stranger = socketio.AsyncClient(reconnection=False)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await stranger.connect(
                base, socketio_path="/live/socket", transports=["websocket"], headers={"Cookie": "desk=forged"}
            )
        await true(lambda: not desk.house.hub.server.eio.sockets)

    run(story)


def test_a_page_of_another_site_cannot_listen(desk: Desk, base: str) -> None:
    async def story() -> None:
        client = socketio.AsyncClient(reconnection=False)
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(
                base,
                socketio_path="/live/socket",
                transports=["websocket"],
                headers={"Cookie": cookie(desk, "mio"), "Origin": "https://evil.example"},
            )

    run(story)


def test_what_was_missed_is_told_by_number_and_only_what_is_ones_own(desk: Desk, base: str) -> None:
    first = mail_comes(desk)
    into_team(desk, first, cast.WHOLESALE)
    second = mail_comes(desk, "tom")

    def missed(who: str, after: int) -> dict[str, Any]:
        answer = httpx.get(
            f"{base}/live/missed", params={"after": after}, headers={"Cookie": cookie(desk, who)}, timeout=60
        )
        found: dict[str, Any] = answer.json()
        return found

    everything = missed("mio", 0)
    assert {event["ticket"] for event in everything["events"]} >= {first, second}
    with desk.read() as db:
        moved = db.scalar(sa.text(f"SELECT max(id) FROM events WHERE kind = 'ticket.moved' AND ticket_id = {first}"))
    assert {event["ticket"] for event in missed("kenji", moved)["events"]} == {second}
    assert missed("mio", everything["last"])["events"] == [] or everything["reload"]
    assert httpx.get(f"{base}/live/missed", timeout=60).status_code == 401


def change(desk: Desk, who: str, **what: Any) -> None:
    def doing(db: Session) -> None:
        agent = agents.find(db, cast.STAFF[who].email)
        assert agent
        agents.change(db, agent, Actor("system"), **what)

    with desk.write() as db:
        doing(db)


def test_who_is_deactivated_is_shown_out_at_once(desk: Desk, base: str) -> None:
    async def story() -> None:
        async with screen(base, cookie(desk, "kenji")) as kenji, screen(base, cookie(desk, "mio")) as mio:
            await asyncio.to_thread(change, desk, "kenji", active=False)
            await kenji.gone()
            assert mio.client.connected

    run(story)


def test_who_may_see_less_hears_less_at_once(desk: Desk, base: str) -> None:
    async def story() -> None:
        async with screen(base, cookie(desk, "kenji")) as kenji, screen(base, cookie(desk, "mio")) as mio:
            await asyncio.to_thread(change, desk, "kenji", sees="teams")
            agent = f"agent-{desk.agent('kenji').id}"
            his = [b for b in desk.house.hub._browsers.values() if agent in b.topics]
            await true(lambda: "desk" not in his[0].topics)
            await asyncio.to_thread(mail_comes, desk)
            await mio.until("message.received")
            assert not any(event["kind"] == "message.received" for event in kenji.heard)

    run(story)


def test_signing_out_ends_the_browsers_sockets(desk: Desk, base: str) -> None:
    async def story() -> None:
        signed_in = cookie(desk, "kenji")
        async with screen(base, signed_in) as kenji:
            headers = {"Cookie": signed_in, "sec-fetch-site": "same-origin"}
            async with httpx.AsyncClient(timeout=60) as client:
                await client.post(f"{base}/sign-out", headers=headers)
            await kenji.gone()

    run(story)


def test_what_another_process_does_is_heard_without_redis(desk: Desk, base: str, desk_settings: Settings) -> None:
    async def story() -> None:
        async with screen(base, cookie(desk, "mio")) as mio:
            await asyncio.to_thread(elsewhere, desk_settings)
            await mio.until("message.received")

    run(story)


def elsewhere(made: Settings) -> None:
    """What `madoguchi ingest` does: another process's desk on the same database."""
    other = main.build(made)
    mail_comes(Desk(other))
    other.close()


@pytest.mark.both
def test_with_redis_a_worker_process_tells_the_screens_of_another(
    desk_settings: Settings, redis_url: str, kind_of_database: str
) -> None:
    made = dataclasses.replace(desk_settings, redis_url=redis_url)
    front = main.build(made)
    desk = Desk(front)
    desk.people()
    worker = main.build(made)

    async def story(base: str) -> None:
        async with main.running(worker, listen=False), screen(base, cookie(desk, "mio")) as mio:
            await asyncio.to_thread(mail_comes, Desk(worker))
            await mio.until("message.received")
            assert len([e for e in mio.heard if e["kind"] == "message.received"]) == 1

    with served(front) as base:
        run(lambda: story(base))
    front.close()
    worker.close()


def test_two_desks_on_one_redis_hear_nothing_of_each_other(
    desk_settings: Settings, redis_url: str, tmp_path: Path
) -> None:
    made = dataclasses.replace(desk_settings, redis_url=redis_url)
    one, two = main.build(made), main.build(dataclasses.replace(made, data=tmp_path / "another"))
    mine, other = Desk(one), Desk(two)
    for told in (mine, other):
        told.people()
    mail_comes(other, "tom")

    async def story(first: str, second: str) -> None:
        async with screen(first, cookie(mine, "mio")) as here, screen(second, cookie(other, "mio")) as there:
            theirs = await asyncio.to_thread(mail_comes, other)
            await there.until("message.received")
            ours = await asyncio.to_thread(mail_comes, mine)
            await here.until("message.received")
            assert {event["ticket"] for event in here.heard} == {ours} != {theirs}

    with served(one) as first, served(two) as second:
        run(lambda: story(first, second))
    one.close()
    two.close()
