"""What is secret stays off pages, logs and other people's machines."""

from __future__ import annotations

import dataclasses

import pytest
import sqlalchemy as sa

from app.customers.models import Customer
from app.dev import outbox
from app.settings import Settings
from tests.story import Desk


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.10"])
def test_kept_mails_are_not_there_where_other_machines_can_ask(host: str) -> None:
    """Only the address to listen on was set: the links in mails still name this machine."""
    settings = Settings()
    assert outbox.exists(settings), "on this machine alone"
    assert not outbox.exists(dataclasses.replace(settings, host=host))


def test_kept_mails_are_not_told_to_a_page_that_gave_its_name_our_address(desk: Desk) -> None:
    """DNS rebinding: the name is somebody else's, so the request is not from this machine's own pages."""
    settings = dataclasses.replace(desk.house.settings, base_url="http://127.0.0.1:8000")
    desk.house.database.settings = settings
    assert desk.visitor().get("/dev/outbox", headers={"host": "127.0.0.1:8000"}).status_code == 200
    assert desk.visitor().get("/dev/outbox", headers={"host": "evil.example:8000"}).status_code == 404


@pytest.mark.both
def test_what_the_database_refuses_is_not_repeated_in_the_log(desk: Desk) -> None:
    with pytest.raises(sa.exc.IntegrityError) as refused, desk.write() as db:
        db.add_all(Customer(public_id="same", note="the customer's secret") for _ in range(2))
    assert "the customer's secret" not in str(refused.value)


def test_a_file_is_asked_for_again_each_time_it_is_looked_at(desk: Desk) -> None:
    received = desk.customer_writes("hannah", "Here", attachments=(("plan.pdf", "application/pdf", b"%PDF"),))
    with desk.read() as db:
        file = db.scalar(sa.text("SELECT public_id FROM attachments WHERE ticket_id = :n"), {"n": received.ticket_id})
    answer = desk.signed_in("mio").get(f"/console/files/{file}")
    assert answer.content == b"%PDF"
    assert "no-store" in answer.headers["cache-control"] or "no-cache" in answer.headers["cache-control"]
