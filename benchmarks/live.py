"""`make bench-live`: many consoles open at once while messages come in. How late is the last screen right?

Each console is what static/js/live.js is, without a browser: a socket that hears that something changed, and the
requests that a page would then make, at the page's own pace: its rows, its counts, and the ticket that it shows (one
agent is at each ticket that is written to, the others are at their lists).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import smtplib
import sys
import tempfile
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app import main as house_of
from app import settings
from app.accounts import agents, sessions, teams
from app.channels import inboxes
from tests.faults.server import Server

DOMAIN = "bench.example"
TICKETS = 20  # that the messages go to, all of them on the first page of every list
GOAL = 2.0  # seconds from the last message to the last screen
PATIENCE = 60.0
ROWS, COUNTS, TICKET = 0.3, 0.5, 0.3  # seconds: the throttles of templates/console


@dataclass
class Figures:
    """What is counted while it runs."""

    requests: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    events: set[int] = field(default_factory=set)
    dropped: int = 0
    right: dict[int, float] = field(default_factory=dict)
    consoles: int = 0
    all_right: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Console:
    """One open console."""

    number: int
    port: int
    cookie: str
    view: str
    ticket: int
    told: Figures
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    due: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    paced: set[str] = field(default_factory=set)
    heard: int = 0
    open: bool = True

    async def run(self, ready: asyncio.Semaphore) -> None:
        """Connect, and follow until closed."""
        url = f"ws://127.0.0.1:{self.port}/live/socket/?EIO=4&transport=websocket"
        headers = {"Cookie": self.cookie, "Origin": f"http://127.0.0.1:{self.port}"}
        async with connect(url, additional_headers=headers, open_timeout=PATIENCE, ping_interval=None) as socket:
            await socket.recv()
            await socket.send("40")
            await socket.recv()
            await socket.send(f'42["here",{{"ticket":{self.ticket},"doing":""}}]')
            ready.release()
            beating = asyncio.create_task(self._beat(socket))
            try:
                await self._listen(socket)
            except ConnectionClosed:
                self.told.dropped += self.open
            finally:
                beating.cancel()

    async def _beat(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(4)
            await socket.send(f'42["here",{{"ticket":{self.ticket},"doing":""}}]')

    async def _listen(self, socket: ClientConnection) -> None:
        async for packet in socket:
            text = str(packet)
            if text == "2":
                await socket.send("3")
            elif text.startswith('42["changed"'):
                self._changed(json.loads(text[2:])[1])

    def _changed(self, change: dict[str, Any]) -> None:
        self.told.events.add(change["n"])
        self.heard = max(self.heard, change["n"])
        if change.get("ticket") == self.ticket:
            self._want("ticket", TICKET)
        wait = change.get("wait", 0) / 1000
        self._later("rows", ROWS, wait)
        self._later("counts", COUNTS, wait * 5)

    def _later(self, what: str, throttle: float, wait: float) -> None:
        """As live.js: a moment of its own within the time that the server names."""
        if what not in self.paced:
            self.paced.add(what)
            pause = wait * (0.5 + random.random() / 2)
            asyncio.get_running_loop().call_later(pause, self._paced, what, throttle)

    def _paced(self, what: str, throttle: float) -> None:
        self.paced.discard(what)
        self._want(what, throttle)

    def _want(self, what: str, throttle: float) -> None:
        """As htmx: at once, and what comes within the throttle together after it."""
        if what in self.due:
            self.again.add(what)
        else:
            self.due[what] = asyncio.create_task(self._fetch(what, throttle))

    async def _fetch(self, what: str, throttle: float) -> None:
        try:
            while self.open:
                self.again.discard(what)
                began = time.monotonic()
                await self._ask(what)
                await asyncio.sleep(max(0.0, began + throttle - time.monotonic()))
                if what not in self.again:
                    return
        finally:
            del self.due[what]

    async def _ask(self, what: str) -> None:
        paths = {
            "rows": f"/console/views/{self.view}?pages=1",
            "counts": f"/console/counts?at={self.view}",
            "ticket": f"/console/tickets/{self.ticket}/live?pages=1",
        }
        self.told.requests[what] += 1
        async with self.turn:
            try:
                status, body = await self._get(paths[what])
            except (OSError, asyncio.IncompleteReadError):
                self.writer, status, body = None, 0, b""
        if status != 200:
            self.told.failed += 1
        elif what == "rows" and self.number not in self.told.right and body.count(b"final-") >= TICKETS:
            self.told.right[self.number] = time.monotonic()
            if len(self.told.right) == self.told.consoles:
                self.told.all_right.set()

    async def _get(self, path: str) -> tuple[int, bytes]:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        assert self.reader is not None
        self.writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\nHX-Request: true\r\n"
            f"X-Seen: {self.heard}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n\r\n".encode()
        )
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        body = await self.reader.readexactly(int(fields.get(b"content-length", b"0")))
        if fields.get(b"content-encoding") == b"gzip":
            body = zlib.decompress(body, 31)
        return int(head.split(b" ", 2)[1]), body


def mail(ticket: int, text: str, *, first: bool = False) -> bytes:
    """A mail of the customer of a ticket; later ones answer the first."""
    made = EmailMessage()
    made["From"], made["To"] = f"Customer {ticket} <customer{ticket}@{DOMAIN}>", f"support@{DOMAIN}"
    made["Subject"] = f"Matter {ticket}"
    made["Message-ID"] = f"<{ticket}-{'first' if first else text}@{DOMAIN}>"
    if not first:
        made["In-Reply-To"] = f"<{ticket}-first@{DOMAIN}>"
    made.set_content(text)
    return made.as_bytes()


def send(server: Server, post: list[tuple[int, bytes]], each: float) -> None:
    """Hand mails in, one every `each` seconds."""
    with smtplib.SMTP("127.0.0.1", server.smtp_port) as line:
        begin = time.monotonic()
        for at, (ticket, raw) in enumerate(post):
            time.sleep(max(0.0, begin + at * each - time.monotonic()))
            line.sendmail(f"customer{ticket}@{DOMAIN}", [f"support@{DOMAIN}"], raw)


def prepare(folder: Path, consoles: int) -> list[str]:
    """A desk with so many agents; the cookies of their browsers."""
    house = house_of.build(settings.load({}, data=folder))
    with house.database.transaction() as db:
        inboxes.add(db, "email", "Support", f"support@{DOMAIN}")
        made = [teams.add(db, f"Team {n}") for n in range(4)]
        people = [agents.add(db, f"agent{n}@{DOMAIN}", f"Agent {n}", locale="en") for n in range(consoles)]
        for at, team in enumerate(made):
            teams.set_members(db, team, [agent.id for agent in people[at::4]])
        cookies = [f"desk={sessions.begin(db, agent, '127.0.0.1', 'bench')}" for agent in people]
    house.close()
    return cookies


async def follow(server: Server, cookies: list[str], seconds: float, rate: float) -> tuple[Figures, float, float]:
    """Open the consoles, let the messages come, and wait for the screens; (figures, begin, end of the messages)."""
    told, ready, loop = Figures(consoles=len(cookies)), asyncio.Semaphore(0), asyncio.get_running_loop()
    views = ("open", "unassigned")
    consoles = [
        Console(n, server.port, cookie, views[n % 2], 1 + n if n < TICKETS else 0, told)
        for n, cookie in enumerate(cookies)
    ]
    running = []
    for console in consoles:
        running.append(asyncio.create_task(console.run(ready)))
        await ready.acquire()
    told.requests.clear()
    post = [(1 + n % TICKETS, mail(1 + n % TICKETS, f"more-{n}")) for n in range(int(seconds * rate) - TICKETS)]
    post += [(n, mail(n, f"final-{n}")) for n in range(1, TICKETS + 1)]
    begin = time.monotonic()
    await loop.run_in_executor(None, send, server, post, 1 / rate)
    end = time.monotonic()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await told.all_right.wait()
    for console in consoles:
        console.open = False
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    return told, begin, end


def main() -> int:
    """Measure and print; exit status 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="make bench-live", description=__doc__)
    parser.add_argument("--consoles", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="madoguchi-live-") as folder:
        data = Path(folder) / "desk"
        cookies = prepare(data, given.consoles)
        server = Server(data, {"mail_domain": DOMAIN})
        server.start()
        try:
            send(server, [(n, mail(n, "hello", first=True)) for n in range(1, TICKETS + 1)], 0.05)
            time.sleep(3)
            told, begin, end = asyncio.run(follow(server, cookies, given.seconds, given.rate))
        finally:
            server.stop()
    return report(given, told, begin, end)


def report(given: argparse.Namespace, told: Figures, begin: float, end: float) -> int:
    """The figures in words."""
    late = sorted(max(0.0, at - end) for at in told.right.values())
    wrong, events = given.consoles - len(late), max(1, len(told.events))
    asked = sum(told.requests.values())
    print(f"{given.consoles} consoles, {given.rate:g} messages a second for {end - begin:.1f} s, {events} events")
    if late:
        print(f"screen right after the last message: median {late[len(late) // 2]:.2f} s, last {late[-1]:.2f} s")
    print(f"screens never right: {wrong} · sockets dropped: {told.dropped} · requests failed: {told.failed}")
    parts = ", ".join(f"{what} {count}" for what, count in sorted(told.requests.items()))
    per = asked / events
    print(f"HTTP requests: {asked} ({parts}) · {per:.1f} per event · {per / given.consoles:.3f} of a console")
    met = not wrong and not told.dropped and bool(late) and late[-1] <= GOAL
    print(f"Goal (last screen within {GOAL:g} s, no socket dropped): {'met' if met else 'missed'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
