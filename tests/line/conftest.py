"""A desk with a LINE account, and LINE itself (its stand-in) on the other side."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.accounts import agents
from app.accounts.models import Agent
from app.channels import inboxes
from app.channels.line import LineChannel
from app.channels.types import InboxInfo
from app.customers import identities
from app.customers.models import Customer, Identity
from app.db import Session
from app.demo import cast
from app.settings import Settings
from app.tickets import replies
from app.tickets.attachments import Upload
from app.tickets.models import Attachment, Message, Ticket
from tests.standins.line_api import LineApi
from tests.story import Desk

PAYLOADS = Path(__file__).parent / "payloads"


def payload(name: str) -> bytes:
    """The body of a webhook as LINE sends it, from `payloads/`."""
    return (PAYLOADS / f"{name}.json").read_bytes()


def events_of(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(payload(name))["events"]
    return found


@pytest.fixture
def line() -> Iterator[LineApi]:
    """LINE's side: the people, their phones and the API."""
    with LineApi().serve() as line:
        yield line


@pytest.fixture
def desk_settings(desk_settings: Settings, line: LineApi) -> Settings:
    return dataclasses.replace(desk_settings, line_api_url=line.url, line_data_url=line.url)


@pytest.fixture
def channel(line: LineApi) -> LineChannel:
    return LineChannel(Settings(line_api_url=line.url, line_data_url=line.url))


@pytest.fixture
def info(line: LineApi) -> InboxInfo:
    """The inbox as the channel sees it."""
    secrets = {"channel_secret": line.secret, "access_token": line.token}
    return InboxInfo(7, "pub", "line", "Shop on LINE", "@shop", "en", {}, secrets)


def somebody(db: Session) -> Agent:
    """One of the desk's agents."""
    found = agents.find(db, next(c.email for c in cast.COLLEAGUES if c.role == "agent"))
    assert found is not None
    return found


@dataclass
class LineDesk:
    """The desk with its LINE inbox, and words for what happens on LINE."""

    desk: Desk
    line: LineApi
    inbox: inboxes.Inbox

    def post(self, body: bytes, headers: dict[str, str]) -> Any:
        return self.desk.visitor().post(f"/hooks/line/{self.inbox.public_id}", content=body, headers=headers)

    def comes(self, *events: dict[str, Any]) -> None:
        """LINE delivers events, and the desk does what is due."""
        answer = self.post(*self.line.webhook(*events))
        assert (answer.status_code, answer.text) == (200, "")
        self.desk.work()

    def answers(self, ticket: int, text: str, *files: Upload) -> Message:
        """An agent answers, and the answer goes out."""
        with self.desk.write() as db:
            message = replies.reply(db, db.get_one(Ticket, ticket), somebody(db), text, uploads=files)
        self.desk.work()
        return message

    def tickets(self) -> list[Ticket]:
        return [t for t in self.desk.tickets() if t.inbox_id == self.inbox.id]

    def only_ticket(self) -> Ticket:
        (ticket,) = self.tickets()
        return ticket

    def customer(self, user: str) -> Customer:
        with self.desk.read() as db:
            identity = identities.find(db, "line", user)
            assert identity is not None
            customer: Customer = db.get_one(Customer, identity.customer_id)
        return customer

    def identity(self, user: str) -> Identity:
        with self.desk.read() as db:
            identity = identities.find(db, "line", user)
        assert identity is not None
        return identity

    def files(self, ticket: int) -> list[Attachment]:
        with self.desk.read() as db:
            return list(db.scalars(sa.select(Attachment).where(Attachment.ticket_id == ticket).order_by(Attachment.id)))


@pytest.fixture
def shop(desk: Desk, line: LineApi) -> LineDesk:
    """The desk of a shop that is on LINE."""
    with desk.write() as db:
        inbox = inboxes.add(
            db,
            "line",
            "Shop on LINE",
            "@shop",
            locale="ja",
            secrets={"channel_secret": line.secret, "access_token": line.token},
        )
    return LineDesk(desk, line, inbox)
