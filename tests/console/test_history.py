"""The history of a ticket: who changed what, when and why, with the way back."""

from __future__ import annotations

from starlette.testclient import TestClient

from app.events import Actor
from app.tickets import assignment, merging
from app.tickets.models import Ticket
from tests.story import Desk


def test_everything_that_happened_is_told_with_its_reason(desk: Desk, mio: TestClient, waiting: int) -> None:
    other = desk.customer_writes("hannah", "A picture", subject="Picture").ticket_id or 0
    desk.agent_replies("mio", waiting, "A new one leaves today.")
    desk.agent_notes("kenji", waiting, "Secret words")
    kenji = desk.agent("kenji").id
    with desk.write() as db:
        assignment.assign(db, db.get_one(Ticket, waiting), kenji, Actor("agent", desk.agent("mio").id))
        merging.merge(db, desk.agent("mio"), db.get_one(Ticket, other), db.get_one(Ticket, waiting))
    page = mio.get(f"/console/tickets/{waiting}/history").text
    said = [
        "The ticket was opened",
        "The first message of this matter.",
        "A message was sent",
        "The desk has answered; the customer moves next.",
        "Whoever answers a ticket of nobody takes it.",
        f"Mio Tanabe gave the ticket to {desk.agent('kenji').name}",
        f"Mio Tanabe merged #{other} into this ticket",
        "An internal note was written",
    ]
    assert [text for text in said if text not in page] == []
    assert "Secret words" not in page
    assert 'action="/console/undo/' in page
    assert 'action="/console/undo/' not in desk.signed_in("haruka").get(f"/console/tickets/{waiting}/history").text
    assert f"/console/tickets/{waiting}/history" in mio.get(f"/console/tickets/{waiting}").text


def test_who_may_not_see_the_ticket_sees_no_history(desk: Desk, waiting: int) -> None:
    assert desk.signed_in("rosa").get(f"/console/tickets/{waiting}/history").status_code == 404
    assert desk.visitor().get(f"/console/tickets/{waiting}/history").status_code in (303, 401)
