"""Who is at which ticket: the bookkeeping by itself, and over real sockets with the right to know."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest
import socketio

from app import keys, main
from app.demo import cast
from app.live import attending
from app.live.presence import ELSEWHERE, STAYS, Seat, Table, pack, unpack
from app.settings import Settings
from app.tickets.models import Ticket
from tests.live.test_sockets import base, change, cookie, desk, into_team, mail_comes, run, true  # noqa: F401
from tests.story import Desk, served


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stories say more in a second than people do."""
    monkeypatch.setattr(attending, "APART", 0.0)


KENJI = Seat(7, 3, "Kenji", "K", "", ("desk",), STAYS)


# ── the bookkeeping ───────────────────────────────────────────────────────────────────────────────────


def test_somebody_comes_types_and_is_forgotten_when_silent() -> None:
    table = Table()
    table.sit("a", KENJI)
    assert table.changes() == [(("desk",), {7: [(3, "Kenji", "K", "")]})]
    table.sit("a", dataclasses.replace(KENJI, until=STAYS + 4))
    assert table.changes() == []  # still here: nobody is told again
    table.sit("a", dataclasses.replace(KENJI, doing="reply"))
    assert table.changes() == [(("desk",), {7: [(3, "Kenji", "K", "reply")]})]
    table.expire(STAYS)
    assert table.changes() == [(("desk",), {7: []})]


def test_two_tabs_are_one_person_who_types() -> None:
    table = Table()
    table.sit("a", KENJI)
    table.sit("b", dataclasses.replace(KENJI, doing="note"))
    assert table.changes()[0][1][7] == [(3, "Kenji", "K", "note")]
    table.leave("b")
    assert table.changes()[0][1][7] == [(3, "Kenji", "K", "")]


def test_a_ticket_that_moves_is_taken_from_the_screens_that_may_no_longer_know() -> None:
    table = Table()
    table.sit("a", KENJI)
    table.changes()
    table.sit("a", dataclasses.replace(KENJI, topics=("team-2",)))
    gone, there = table.changes()
    assert gone == (("desk",), {7: []})
    assert there[0] == ("team-2",)
    assert table.seen_by(["desk"]) == {}


def test_another_process_is_forgotten_when_it_is_silent() -> None:
    table = Table()
    table.elsewhere("other", unpack(pack([KENJI])), 0.0)
    assert 7 in table.changes()[0][1]
    assert table.own() == []
    table.expire(ELSEWHERE)
    assert table.changes() == [(("desk",), {7: []})]


# ── over sockets ──────────────────────────────────────────────────────────────────────────────────────


class Watcher:
    """A browser that says where it is, and what it sees of others."""

    def __init__(self) -> None:
        self.at: dict[str, list[Any]] = {}
        self.heard: list[dict[str, Any]] = []
        self.typing: list[str] = []
        self.client = socketio.AsyncClient(reconnection=False)
        self.client.on("presence", self._presence)
        self.client.on("typing", lambda said: self.typing.append(said["name"]))

    def _presence(self, said: dict[str, Any]) -> None:
        self.heard.append(said)
        self.at.update(said["at"])

    def doing(self, ticket: int, name: str) -> str | None:
        return next((p[3] for p in self.at.get(str(ticket), []) if p[1] == name), None)

    async def here(self, ticket: int | None, doing: str = "") -> None:
        await self.client.emit("here", {"ticket": ticket, "doing": doing})


@contextlib.asynccontextmanager
async def watcher(base: str, cookies: str = "", auth: dict[str, str] | None = None) -> AsyncIterator[Watcher]:  # noqa: F811
    made = Watcher()
    await made.client.connect(
        base,
        auth=auth,
        socketio_path="/live/socket",
        transports=["websocket"],
        headers={"Cookie": cookies},
        wait_timeout=30,
    )
    yield made
    await made.client.disconnect()


MIO, KENJI_NAME = cast.STAFF["mio"].name, cast.STAFF["kenji"].name


def test_colleagues_see_each_other_come_type_and_go(desk: Desk, base: str) -> None:  # noqa: F811
    number = mail_comes(desk)

    async def story() -> None:
        async with watcher(base, cookie(desk, "kenji")) as kenji:
            async with watcher(base, cookie(desk, "mio")) as mio:
                await mio.here(number)
                await true(lambda: kenji.doing(number, MIO) == "")
                await mio.here(number, "reply")
                await true(lambda: kenji.doing(number, MIO) == "reply")
                async with watcher(base, cookie(desk, "yuki")) as yuki:  # who comes later learns it at once
                    await true(lambda: yuki.doing(number, MIO) == "reply")
            await true(lambda: kenji.doing(number, MIO) is None)  # the tab was closed

    run(story)


def test_the_last_of_several_quick_words_counts(desk: Desk, base: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    number = mail_comes(desk)
    monkeypatch.setattr(attending, "APART", 0.2)

    async def story() -> None:
        async with watcher(base, cookie(desk, "kenji")) as kenji, watcher(base, cookie(desk, "mio")) as mio:
            await mio.here(number)
            await mio.here(number, "note")
            await mio.here(number, "reply")
            await true(lambda: kenji.doing(number, MIO) == "reply")
            await mio.here(number, "note")
            await mio.here(None)
            await true(lambda: kenji.doing(number, MIO) is None)

    run(story)


def test_nobody_learns_of_presence_on_tickets_that_they_may_not_see(desk: Desk, base: str) -> None:  # noqa: F811
    secret, public = mail_comes(desk), mail_comes(desk, "tom")
    into_team(desk, secret, cast.WHOLESALE)

    async def story() -> None:
        async with watcher(base, cookie(desk, "kenji")) as kenji, watcher(base, cookie(desk, "mio")) as mio:
            await mio.here(secret, "note")
            await kenji.here(secret)  # he may not be there either: mio does not see him
            await true(lambda: mio.doing(secret, MIO) == "note")
            await mio.here(public)
            await true(lambda: kenji.doing(public, MIO) == "")
            assert str(secret) not in kenji.at
            assert not any(KENJI_NAME in str(said) for said in mio.heard)
            await asyncio.to_thread(into_team, desk, public, cast.WHOLESALE)
            await true(lambda: kenji.doing(public, MIO) is None)  # taken from his screen as the ticket goes
            assert mio.doing(public, MIO) == ""
            async with watcher(base, cookie(desk, "kenji")) as again:
                await true(lambda: bool(again.heard))
                assert again.at == {}

    run(story)


def test_who_may_see_less_is_no_longer_there(desk: Desk, base: str) -> None:  # noqa: F811
    number = mail_comes(desk)

    async def story() -> None:
        async with watcher(base, cookie(desk, "kenji")) as kenji, watcher(base, cookie(desk, "mio")) as mio:
            await kenji.here(number)
            await true(lambda: mio.doing(number, KENJI_NAME) == "")
            await asyncio.to_thread(change, desk, "kenji", sees="teams")
            await true(lambda: mio.doing(number, KENJI_NAME) is None)

    run(story)


def test_a_viewer_never_types_and_nonsense_is_nothing(desk: Desk, base: str) -> None:  # noqa: F811
    number = mail_comes(desk)

    async def story() -> None:
        async with watcher(base, cookie(desk, "haruka")) as haruka, watcher(base, cookie(desk, "mio")) as mio:
            await haruka.here(number, "reply")
            await true(lambda: mio.doing(number, cast.STAFF["haruka"].name) == "")
            for wrong in ({"ticket": "x"}, {"ticket": 10**30}, {"ticket": 999_999}, {"ticket": True}, [1], None):
                await haruka.client.emit("here", wrong)
            await true(lambda: mio.doing(number, cast.STAFF["haruka"].name) is None)
            assert haruka.client.connected

    run(story)


def test_visitor_and_agent_see_each_other_type_but_not_what(desk: Desk, base: str) -> None:  # noqa: F811
    inbox, token = desk.inbox("chat"), keys.new_token()
    digest = keys.digest(token)
    number = mail_comes(desk)
    with desk.write() as db:
        ticket = db.get_one(Ticket, number)
        ticket.channel, ticket.conversation, ticket.inbox_id = "chat", f"{inbox.id}:{digest}", inbox.id
    name = cast.BY_KEY["hannah"].name
    auth = {"visitor": token, "inbox": inbox.public_id}

    async def story() -> None:
        async with watcher(base, auth=auth) as hannah, watcher(base, cookie(desk, "mio")) as mio:
            await hannah.client.emit("typing", {"on": True, "text": "a secret"})
            await true(lambda: mio.doing(number, name) == "chat")
            assert "secret" not in str(mio.heard)
            await hannah.client.emit("typing", {"on": False})
            await true(lambda: mio.doing(number, name) is None)
            await mio.here(number, "note")
            await mio.here(number, "reply")
            await true(lambda: hannah.typing == [MIO])  # a note is nobody's outside
            await mio.here(number)
            await true(lambda: hannah.typing == [MIO, ""])
            assert hannah.heard == []
            await hannah.client.emit("here", {"ticket": number})  # a visitor sits nowhere
            await mio.here(number, "note")
            await true(lambda: mio.doing(number, MIO) == "note")
            assert hannah.heard == []

    run(story)


@pytest.mark.both
def test_with_redis_the_screens_of_two_processes_see_each_other(desk_settings: Settings, redis_url: str) -> None:
    made = dataclasses.replace(desk_settings, redis_url=redis_url)
    one, two = main.build(made), main.build(made)
    told = Desk(one)
    told.people()
    number = mail_comes(told)

    async def story(first: str, second: str) -> None:
        async with watcher(first, cookie(told, "kenji")) as kenji:
            async with watcher(second, cookie(told, "mio")) as mio:
                await mio.here(number, "reply")
                await true(lambda: kenji.doing(number, MIO) == "reply")
                await kenji.here(number)
                await true(lambda: mio.doing(number, KENJI_NAME) == "")
            await true(lambda: kenji.doing(number, MIO) is None)

    with served(one) as first, served(two) as second:
        run(lambda: story(first, second))
    one.close()
    two.close()
