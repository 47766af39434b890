"""Why a ticket has its state, its assignee and its team: the stored reason in a sentence."""

from __future__ import annotations

from starlette.testclient import TestClient

from app.accounts.models import Team
from app.channels import inboxes
from app.tickets import assignment
from app.tickets.models import Ticket
from tests.story import Desk


def why(client: TestClient, ticket: int) -> str:
    return client.get(f"/console/tickets/{ticket}/why").text


def test_a_new_ticket_says_what_nobody_has_done_yet(desk: Desk, mio: TestClient, waiting: int) -> None:
    said = why(mio, waiting)
    for sentence in (
        "nobody has answered yet",
        "Nobody has taken it yet.",
        "The first message of this matter.",
        "Sent: the first message",
    ):
        assert sentence in said


def test_what_people_did_names_them_and_their_reason(desk: Desk, mio: TestClient, waiting: int) -> None:
    desk.agent_replies("kenji", waiting, "It is on its way.")
    said = why(mio, waiting)
    assert "The desk has answered; the customer moves next." in said
    assert "Whoever answers a ticket of nobody takes it." in said
    assert desk.agent("kenji").name in said
    mio.post(f"/console/tickets/{waiting}/status", data={"status": "waiting_other", "reason": "Asked <Uji>"})
    assert "Set by hand: “Asked &lt;Uji&gt;”" in why(mio, waiting)
    assert "Asked &lt;Uji&gt;" in mio.get(f"/console/tickets/{waiting}/history").text


def test_the_team_of_an_inbox_and_one_that_somebody_chose(desk: Desk, mio: TestClient) -> None:
    with desk.write() as db:
        first, second = db.query(Team).order_by(Team.id).limit(2)
        inboxes.every(db, "email")[0].team_id = first.id
        other = second.id
    ticket = desk.customer_writes("hannah", "Hello").ticket_id or 0
    assert "New tickets of the inbox “Support” go to this team." in why(mio, ticket)
    with desk.write() as db:
        assignment.move(db, db.get_one(Ticket, ticket), other)
    assert "Moved by hand." in why(mio, ticket)


def test_nobody_asks_about_a_ticket_that_they_may_not_see(desk: Desk, waiting: int) -> None:
    assert desk.visitor().get(f"/console/tickets/{waiting}/why").status_code == 401
    assert desk.signed_in("mio").get("/console/tickets/999999/why").status_code == 404
