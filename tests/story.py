"""Words to tell a story with: `desk.customer_writes(...)`, `desk.agent_replies(...)`, over the real interfaces."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any

import sqlalchemy as sa
from starlette.testclient import TestClient

from app import clock, main
from app.accounts import agents, sessions
from app.accounts.models import Agent
from app.channels import outbox
from app.channels.email import arriving
from app.channels.inboxes import Inbox
from app.channels.ledger import Received
from app.customers.models import Customer
from app.demo import cast, seed
from app.tickets import intake, replies
from app.tickets.models import Message, Note, Ticket


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until it is so. Raises AssertionError when it never is."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


@dataclass
class Desk:
    """A desk with the cast of the demo. Background threads do not run: `work()` does what is due."""

    house: main.House
    _client: TestClient | None = None

    def people(self) -> None:
        """The cast, and the inboxes of the demo desk, unless they are there already."""
        with self.house.database.transaction() as db:
            if agents.any_yet(db):
                return
            seed.staff(db)
            seed.customers(db)
            seed.doors(db)

    def open(self) -> None:
        """With the cast, and a browser's way in."""
        self.people()
        self.application = main.create_app(self.house, background=False)
        self._client = TestClient(self.application, follow_redirects=False)
        self._client.__enter__()

    def close(self) -> None:
        if self._client:
            self._client.__exit__(None, None, None)

    # ── looking ───────────────────────────────────────────────────────────────────────────────────

    def read(self) -> Any:
        """A session for looking: `with desk.read() as db`."""
        return self.house.database.read()

    def write(self) -> Any:
        """A transaction: `with desk.write() as db`."""
        return self.house.database.transaction()

    def ticket(self, number: int) -> Ticket:
        with self.read() as db:
            return db.get_one(Ticket, number)

    def tickets(self) -> list[Ticket]:
        with self.read() as db:
            return list(db.scalars(sa.select(Ticket).order_by(Ticket.id)))

    def messages(self, ticket: int) -> list[Message]:
        with self.read() as db:
            return list(db.scalars(sa.select(Message).where(Message.ticket_id == ticket).order_by(Message.id)))

    def notes(self, ticket: int) -> list[Note]:
        with self.read() as db:
            return list(db.scalars(sa.select(Note).where(Note.ticket_id == ticket).order_by(Note.id)))

    def deliveries(self, ticket: int) -> list[outbox.Delivery]:
        with self.read() as db:
            query = sa.select(outbox.Delivery).where(outbox.Delivery.ticket_id == ticket)
            return list(db.scalars(query.order_by(outbox.Delivery.id)))

    def received(self) -> list[Received]:
        with self.read() as db:
            return list(db.scalars(sa.select(Received).order_by(Received.id)))

    def agent(self, key: str) -> Agent:
        with self.read() as db:
            found = agents.find(db, cast.STAFF[key].email)
        assert found is not None
        return found

    def customer(self, key: str) -> Customer:
        from app.customers import identities

        with self.read() as db:
            found = identities.find(db, "email", cast.BY_KEY[key].email)
            assert found is not None
            return db.get_one(Customer, found.customer_id)

    def inbox(self, kind: str = "email") -> Inbox:
        with self.read() as db:
            return db.scalars(sa.select(Inbox).where(Inbox.kind == kind).order_by(Inbox.id)).first()

    # ── doing ─────────────────────────────────────────────────────────────────────────────────────

    def work(self) -> int:
        """Do every job that is due; how many there were."""
        return self.house.worker.run_until_idle()

    def customer_writes(self, who: str, text: str, **mail: Any) -> Received:
        """A mail from one of the cast (or `sender`) arrives at support@ and is read; `mail` is as for `self.mail`."""
        return self.mail_arrives(self.mail(who, text, **mail))

    def mail(
        self,
        who: str,
        text: str,
        *,
        subject: str = "A question",
        answering: str | None = None,
        message_id: str | None = None,
        headers: dict[str, str] | None = None,
        html: str | None = None,
        attachments: tuple[tuple[str, str, bytes], ...] = (),
        cc: str = "",
        sender: str | None = None,
    ) -> bytes:
        """The raw mail that one of the cast would send to support@."""
        person = cast.BY_KEY[who]
        mail = EmailMessage()
        mail["From"] = sender or f"{person.name} <{person.email}>"
        mail["To"] = cast.SUPPORT
        if cc:
            mail["Cc"] = cc
        mail["Subject"] = subject
        mail["Date"] = format_datetime(clock.now())
        mail["Message-ID"] = message_id or make_msgid(domain="customer.example")
        if answering:
            mail["In-Reply-To"] = mail["References"] = answering
        for name, value in (headers or {}).items():
            mail[name] = value
        mail.set_content(text)
        if html:
            mail.add_alternative(html, subtype="html")
        for filename, content_type, content in attachments:
            main_type, _, sub_type = content_type.partition("/")
            mail.add_attachment(content, maintype=main_type, subtype=sub_type, filename=filename)
        return mail.as_bytes()

    def mail_arrives(self, raw: bytes, sender: str = "") -> Received:
        """Raw bytes arrive as a mail to support@, and are read."""
        item = arriving.incoming(raw, {"from": sender, "to": [cast.SUPPORT]})
        return intake.accept_and_take(self.house.database, self.inbox().id, item)

    def agent_replies(self, who: str, ticket: int, text: str) -> Message:
        """An agent answers, and the answer goes out."""
        with self.write() as db:
            agent = agents.find(db, cast.STAFF[who].email)
            assert agent is not None
            message = replies.reply(db, db.get_one(Ticket, ticket), agent, text)
        self.work()
        return message

    def agent_notes(self, who: str, ticket: int, text: str) -> Note:
        with self.write() as db:
            agent = agents.find(db, cast.STAFF[who].email)
            assert agent is not None
            return replies.note(db, db.get_one(Ticket, ticket), agent, text)

    # ── browsers ──────────────────────────────────────────────────────────────────────────────────

    def visitor(self, language: str = "en") -> TestClient:
        """A browser that nobody is signed in with. Its requests are marked as same-origin, as a browser's are."""
        made = TestClient(
            self.application,
            follow_redirects=False,
            headers={"sec-fetch-site": "same-origin", "accept-language": language, "accept": "text/html"},
        )
        assert self._client is not None
        made.app_state.update(self._client.app_state)  # the lifespan that is running already
        return made

    def signed_in(self, who: str) -> TestClient:
        """A browser that one of the colleagues is signed in with."""
        with self.write() as db:
            agent = agents.find(db, cast.STAFF[who].email)
            assert agent is not None
            token = sessions.begin(db, agent, "127.0.0.1", "tests")
        client = self.visitor(cast.STAFF[who].locale)
        client.cookies.set(sessions.cookie_name(self.house.settings.secure), token)
        return client


@contextmanager
def served(house: main.House) -> Iterator[str]:
    """The whole desk running in a thread with its jobs, sockets and listeners; yields its address."""
    import socket

    import uvicorn

    made = socket.socket()
    made.bind(("127.0.0.1", house.settings.port if house.settings.port != 8000 else 0))
    port = made.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            main.create_app(house), log_config=None, access_log=False, timeout_graceful_shutdown=2, lifespan="on"
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [made]}, daemon=True)
    thread.start()
    end = time.monotonic() + 60
    while not server.started and time.monotonic() < end and thread.is_alive():
        time.sleep(0.01)
    assert server.started
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(15)
