"""What is measured on one desk: pages, a reply, mail coming in, memory, weight, and a live screen."""

from __future__ import annotations

import gc
import random
import secrets
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from app.db import Database
from app.tickets.models import Message, Ticket
from app.tickets.search import follow, index
from benchmarks import mails, painted, staff, weight
from benchmarks.browser import HTMX, Browser
from benchmarks.desks import Desk, Progress
from benchmarks.gauge import Cost, Gauge, measure, percentile
from benchmarks.history import late_address, lately
from benchmarks.mails import Mail, Watch
from benchmarks.screen import Screen
from benchmarks.words import Voice
from tests.faults import postoffice
from tests.faults.postoffice import PostOffice
from tests.faults.server import Server

LIST = "/console/views/open"
ROWS_AT_LEAST = 25
SETTLE = 3.0  # seconds of quiet before memory is read


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each thing is done."""

    warm: int
    pages: int
    replies: int
    mails: int
    burst: int
    live: int


FULL = Counts(warm=30, pages=200, replies=100, mails=100, burst=200, live=40)
QUICK = Counts(warm=8, pages=40, replies=20, mails=20, burst=40, live=8)


@dataclass
class Bench:
    """One desk with its server running."""

    desk: Desk
    counts: Counts
    server: Server
    office: PostOffice
    gauge: Gauge
    reader: Browser
    found: dict[str, float] = field(default_factory=dict)
    files: list[weight.File] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def keep(self, name: str, cost: Cost) -> None:
        self.found[name] = cost.cpu
        self.found[f"{name}_wall"] = cost.wall
        self.found[f"{name}_wall_p95"] = cost.wall_95

    # ── pages ─────────────────────────────────────────────────────────────────────────────────────────

    def list_page(self) -> None:
        shown = self.reader.get(LIST).text.count('<li class="row"')
        if shown < ROWS_AT_LEAST:
            raise RuntimeError(f"the list shows {shown} rows, {ROWS_AT_LEAST} or more are wanted")
        self.found["rows"] = shown
        self.keep("list", self._pages(lambda _: LIST))

    def ticket_page(self) -> None:
        tens = self._tickets(10)
        shown = self.reader.get(f"/console/tickets/{tens[0]}?view=open").text
        if shown.count('id="m') < 10:
            raise RuntimeError("the ticket does not show its ten messages")
        self.keep("ticket", self._pages(lambda n: f"/console/tickets/{tens[n % len(tens)]}?view=open"))
        part = {**HTMX, "HX-Target": "div#desk"}
        self.keep("ticket_part", self._pages(lambda n: f"/console/tickets/{tens[n % len(tens)]}?view=open", part))

    def search(self) -> None:
        """The rare word is one customer's address, the common one "kettle"."""
        for name, word in (("search", "customer{}"), ("search_common", "kettle")):
            self.keep(name, self._pages(lambda n, word=word: f"/console/search?q={word.format(n + 1)}"))  # type: ignore[misc]

    def _pages(self, path: object, headers: dict[str, str] | None = None) -> Cost:
        assert callable(path)
        return measure(
            self.gauge,
            lambda n: void(self.reader.get(path(n), headers)),
            warm=self.counts.warm,
            count=self.counts.pages,
        )

    def _tickets(self, messages: int) -> list[int]:
        """Open tickets with so many messages (the desk's own acknowledgement not counted)."""
        with closing(Database(self.desk.settings)) as database, database.read() as db:
            query = sa.select(Ticket.id).where(Ticket.messages_count == messages, Ticket.channel == "email")
            open_ones = query.where(Ticket.shelf.in_(("desk", "waiting")), Ticket.team_id.is_(None))
            return list(db.scalars(open_ones.order_by(Ticket.id.desc()).limit(50)))

    # ── a reply ───────────────────────────────────────────────────────────────────────────────────────

    def replies(self) -> None:
        places = self._to_answer(self.counts.warm + self.counts.replies)
        if len(places) < 8:
            raise RuntimeError(f"the desk in {self.desk.data} is used up; remove it, and it is built anew")
        voice = Voice("ja", self.dice)

        def answer(n: int) -> None:
            ticket, seen = places[n]
            before = len(self.office.mails)
            fields = {"seen": str(seen), "kind": "reply", "body": voice.text()}
            fields["anyway"] = "codes=attachment"  # the voice speaks of pictures that nobody attaches
            status = self.reader.send_form(f"/console/tickets/{ticket}/write", fields).status
            if status not in (200, 204) or not self.office.wait_for(before + 1, 30):
                raise RuntimeError(f"the reply to {ticket} answered {status} or never left")

        warm = min(self.counts.warm, len(places) // 4)
        self.keep("reply", measure(self.gauge, answer, warm=warm, count=min(self.counts.replies, len(places) - warm)))

    def _to_answer(self, count: int) -> list[tuple[int, int]]:
        """(ticket, its newest message) of tickets that wait for an answer."""
        with closing(Database(self.desk.settings)) as database, database.read() as db:
            newest = sa.select(sa.func.max(Message.id)).where(Message.ticket_id == Ticket.id).scalar_subquery()
            query = sa.select(Ticket.id, newest).where(
                Ticket.shelf.in_(("desk", "waiting")),
                Ticket.channel == "email",
                Ticket.team_id.is_(None),
                Ticket.messages_count.between(2, 8),  # those with ten stay as they are, for the next run
            )
            return [(int(t), int(m)) for t, m in db.execute(query.order_by(Ticket.shelf, Ticket.id).limit(count))]

    # ── mail in ───────────────────────────────────────────────────────────────────────────────────────

    def mail_known(self) -> None:
        """From customers who were acknowledged today: a ticket, and no second acknowledgement."""
        self.keep("mail", self._singly(self._from_known, acknowledged=False))

    def mail_new(self) -> None:
        """From strangers: a customer, a ticket, and an acknowledgement that has left."""
        self.keep("mail_ack", self._singly(self._from_stranger, acknowledged=True))

    def _from_known(self, number: int) -> Mail:
        among = lately(self.desk.tickets)
        sender = late_address(self.desk.tickets - number % among)
        return mails.write(Voice("en", self.dice), sender, staff.SUPPORT)

    def _from_stranger(self, number: int) -> Mail:
        sender = f"new{secrets.token_hex(6)}@strangers.example"  # also new to a desk that was measured before
        return mails.write(Voice("ja" if number % 2 else "en", self.dice), sender, staff.SUPPORT)

    def _singly(self, write: object, *, acknowledged: bool) -> Cost:
        assert callable(write)
        with self._watch() as watch:

            def one(number: int) -> None:
                mail, before = write(number), len(self.office.mails)
                mails.deliver(self.server, mail)
                watch.wait([mail])
                if acknowledged and not self.office.wait_for(before + 1, 30):
                    raise RuntimeError("the acknowledgement never left")

            return measure(self.gauge, one, warm=self.counts.warm, count=self.counts.mails)

    def burst(self) -> None:
        post = [self._from_known(number) for number in range(self.counts.burst)]
        with self._watch() as watch:
            before, began = self.gauge.cpu(), time.perf_counter()
            mails.deliver_all(self.server, post, lines=4)
            watch.wait(post)
            took = time.perf_counter() - began
            self.found["burst"] = (self.gauge.cpu() - before) * 1000 / len(post)
            self.found["burst_per_second"] = len(post) / took

    @contextmanager
    def _watch(self) -> Iterator[Watch]:
        watch = Watch(self.desk.settings.database, self.desk.cast.inboxes["support"])
        try:
            yield watch
        finally:
            watch.close()

    # ── screens, weight, memory ───────────────────────────────────────────────────────────────────────

    def live(self) -> None:
        """From "250" at the mail door to the row on a screen that somebody else has open."""
        other = Browser(self.server.port)
        other.sign_in(staff.SCREEN)
        path = f"/console/views/open?team={self.desk.cast.teams['Studio']}"
        self._clear_studio()
        took, run = [], secrets.token_hex(4)
        with Screen(other, path) as screen:
            for number in range(self.counts.live):
                subject = f"Kiln {run} {number}"
                sender = late_address(self.desk.tickets - number % lately(self.desk.tickets))
                screen.expect(subject)
                mails.deliver(self.server, mails.write(Voice("en", self.dice), sender, staff.STUDIO, subject))
                accepted = time.monotonic()
                took.append(max(0.0, screen.seen(subject) - accepted) * 1000)
                time.sleep(self.dice.uniform(0.05, 0.6))
            self.found["memory"] = self._memory()
        other.close()
        self.found["live_p50"], self.found["live_p95"] = statistics.median(took), percentile(took, 0.95)

    def _clear_studio(self) -> None:
        """An earlier run's tickets are done: who waits longest stands first, and new rows must be on the first page."""
        with closing(Database(self.desk.settings)) as database, database.transaction() as db:
            studio = sa.update(Ticket).where(Ticket.team_id == self.desk.cast.teams["Studio"], Ticket.shelf == "desk")
            db.execute(studio.values(status="closed", shelf="done", waiting_since=None))

    def _memory(self) -> float:
        """With everything running: pages were drawn, mail was read and sent, a screen is connected."""
        gc.collect()
        time.sleep(SETTLE)
        return self.gauge.resident()

    def idle(self) -> None:
        """CPU milliseconds that each second of nothing costs."""
        before, began = self.gauge.cpu(), time.perf_counter()
        time.sleep(SETTLE)
        self.found["idle"] = (self.gauge.cpu() - before) * 1000 / (time.perf_counter() - began)

    def page_weight(self) -> None:
        fresh = Browser(self.server.port, self.reader.cookie)
        self.files = weight.load(fresh, LIST)
        fresh.close()
        self.found["weight"] = sum(file.wire for file in self.files) / 1000

    def painted(self) -> None:
        self.found |= painted.look(self.server.port, self.reader.cookie, LIST)


def indexed(desk: Desk) -> None:
    """All texts are in the search index: a new desk would else be charged for them while its pages are measured."""
    with closing(Database(desk.settings)) as database:
        follow.catch_up(index.of(database))
        index.of(database).close()


def void(_: object) -> None:
    """Nothing."""


def run(desk: Desk, counts: Counts, folder: Path, progress: Progress) -> Bench:
    """Start the server of a desk and measure everything on it."""
    indexed(desk)
    with ExitStack() as stack:
        office = stack.enter_context(postoffice.opened(PostOffice()))
        given = {"smtp_url": office.url, "mail_domain": staff.DOMAIN, "log_level": "WARNING"}
        server = Server(desk.data, {**given, **({"database_url": desk.database_url} if desk.database_url else {})})
        stack.callback(server.stop)
        start = server.start()
        reader = Browser(server.port)
        stack.callback(reader.close)
        bench = Bench(desk, counts, server, office, Gauge(server, desk.database_url), reader)
        bench.found["start"] = start * 1000
        reader.sign_in(staff.READER)
        for step in (
            bench.list_page,
            bench.ticket_page,
            bench.search,
            bench.replies,
            bench.mail_known,
            bench.mail_new,
            bench.burst,
            bench.page_weight,
            bench.painted,
            bench.live,
            bench.idle,
        ):
            progress(f"  {desk.kind} {desk.tickets:,}: {step.__name__.replace('_', ' ')}")
            step()
    return bench
