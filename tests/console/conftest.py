"""Words for the console's stories: a ticket that waits, and forms as htmx posts them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.main import House
from tests.story import Desk, served

HX = {"hx-request": "true"}


@pytest.fixture
def waiting(desk: Desk) -> int:
    """The number of a ticket that Hannah opened and nobody has answered."""
    received = desk.customer_writes("hannah", "The lid is loose.\n\nHannah", subject="A loose lid")
    assert received.ticket_id
    return received.ticket_id


@pytest.fixture
def mio(desk: Desk) -> TestClient:
    """An administrator's browser, in English."""
    return desk.signed_in("mio")


@pytest.fixture
def address(house: House, desk: Desk) -> Iterator[str]:
    """Where the desk runs, with its jobs and sockets."""
    with served(house) as address:
        yield address
