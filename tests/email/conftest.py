"""Fixtures of the stories about mail in transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from app import main
from app.channels import inboxes, ledger
from app.channels.inboxes import Inbox
from app.channels.ledger import Received
from app.channels.types import Raw
from tests.email import transport
from tests.email.transport import Door, OtherServer

SUPPORT = "support@desk.example"
SALES = "sales@desk.example"


@pytest.fixture
def support(house: main.House) -> Inbox:
    """The first e-mail inbox of the desk."""
    with house.database.transaction() as db:
        return inboxes.add(db, "email", "Support", SUPPORT)


@pytest.fixture
def sales(house: main.House, support: Inbox) -> Inbox:
    """The second one."""
    with house.database.transaction() as db:
        return inboxes.add(db, "email", "Sales", SALES)


@pytest.fixture
def door(house: main.House, support: Inbox) -> Iterator[Door]:
    """The desk's SMTP and LMTP listeners, open."""
    with transport.open_door(house.database, house.burst, house.settings) as opened:
        yield opened


@pytest.fixture
def arrived(house: main.House) -> Callable[[], list[tuple[Received, Raw]]]:
    """Everything the ledger holds, oldest first."""

    def look() -> list[tuple[Received, Raw]]:
        with house.database.read() as db:
            return [(r, ledger.raw(db, r)) for r in db.scalars(sa.select(Received).order_by(Received.id))]

    return look


@pytest.fixture
def other() -> Iterator[OtherServer]:
    """The server that outgoing mail is handed to."""
    with transport.other_server() as made:
        yield made
