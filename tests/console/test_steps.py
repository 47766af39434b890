"""Steps on a ticket: each changes one thing, says so, and can be undone; a wrong one changes nothing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.accounts import teams
from app.accounts.models import Team
from app.channels.outbox import Delivery
from app.demo import cast
from app.events import SYSTEM
from app.tickets import tags
from app.tickets.models import Ticket
from tests.console.conftest import HX
from tests.story import Desk


def step(browser: TestClient, ticket: int, name: str, **fields: str) -> object:
    return browser.post(f"/console/tickets/{ticket}/{name}", data=fields, headers=HX)


def test_status_priority_assignee_and_tag(desk: Desk, mio: TestClient, waiting: int) -> None:
    kenji = desk.agent("kenji")
    assert "Solved #" in step(mio, waiting, "status", status="solved").text
    assert desk.ticket(waiting).status == "solved"
    assert step(mio, waiting, "status", status="open").status_code == 200  # what Undo in the toast posts
    assert desk.ticket(waiting).status == "open"
    step(mio, waiting, "priority", priority="urgent")
    step(mio, waiting, "assignee", assignee=str(kenji.id))
    assert "tea pots" in step(mio, waiting, "tags", tag="Tea  Pots").text
    ticket = desk.ticket(waiting)
    assert (ticket.priority, ticket.assignee_id) == ("urgent", kenji.id)
    assert "removed" in step(mio, waiting, "tags", remove="tea pots").text
    step(mio, waiting, "assignee", assignee="")
    assert desk.ticket(waiting).assignee_id is None


def test_a_step_on_another_ticket_than_the_one_on_the_screen_redraws_nothing_of_that_one(
    desk: Desk, mio: TestClient, waiting: int
) -> None:
    shown = {**HX, "X-Ticket": str(waiting)}
    path, fields = f"/console/tickets/{waiting}/priority", {"priority": "high"}
    assert 'hx-target="#topic"' in mio.post(path, data=fields, headers=shown).text
    back = mio.post(path, data={"priority": "normal"}, headers={**HX, "X-Ticket": "999"}).text
    assert "#topic" not in back
    assert "data-toasts" in back
    assert desk.ticket(waiting).priority == "normal"


@pytest.mark.parametrize(
    ("name", "fields", "sentence"),
    [
        ("status", {"status": "new"}, "cannot become new again"),
        ("status", {"status": "lost"}, "This status does not exist."),
        ("priority", {"priority": "9"}, "This priority does not exist."),
        ("assignee", {"assignee": "99999"}, "This person cannot take tickets."),
        ("assignee", {"assignee": "x"}, "This person cannot take tickets."),
        ("team", {"team": "99999"}, "This team does not exist."),
        ("tags", {"tag": ""}, "A tag has 1 to 40 characters."),
    ],
)
def test_a_wrong_value_is_said_in_a_toast(
    desk: Desk, mio: TestClient, waiting: int, name: str, fields: dict[str, str], sentence: str
) -> None:
    step(mio, waiting, "status", status="open")
    before = desk.ticket(waiting)
    answer = step(mio, waiting, name, **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "toast--wrong" in answer.text
    after = desk.ticket(waiting)
    assert (after.status, after.priority, after.assignee_id, after.team_id) == (
        before.status,
        before.priority,
        before.assignee_id,
        before.team_id,
    )


def test_who_moves_a_ticket_out_of_sight_goes_back_to_the_list(desk: Desk, waiting: int) -> None:
    with desk.read() as db:
        private = db.scalar(sa.select(Team.id).where(Team.name == cast.WHOLESALE))
    answer = step(desk.signed_in("kenji"), waiting, "team", team=str(private))
    assert answer.headers["hx-redirect"] == "/console"
    assert desk.ticket(waiting).team_id == private


def test_tags_that_are_suggested_stand_on_tickets_that_the_agent_may_see(desk: Desk, waiting: int) -> None:
    secret = desk.customer_writes("ayaka", "About your prices").ticket_id or 0
    with desk.write() as db:
        private = teams.add(db, "Board", private=True)
        db.get_one(Ticket, secret).team_id = private.id
        tags.add(db, db.get_one(Ticket, secret), "takeover by rival", SYSTEM)
        tags.add(db, db.get_one(Ticket, waiting), "teapots", SYSTEM)
    with desk.read() as db:
        offered = {who: tags.every(db, desk.agent(who)) for who in ("yuki", "kenji", "rosa")}
    assert offered["yuki"] == ["takeover by rival", "teapots"]
    assert offered["kenji"] == ["teapots"]
    assert offered["rosa"] == []  # sees the tickets of her teams alone
    page = desk.signed_in("kenji").get(f"/console/tickets/{waiting}").text
    assert "teapots" in page
    assert "takeover" not in page


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("status", {"status": "solved"}),
        ("priority", {"priority": "high"}),
        ("assignee", {"assignee": ""}),
        ("team", {"team": ""}),
        ("tags", {"tag": "x"}),
        ("spam", {"spam": "1"}),
    ],
)
def test_viewers_and_strangers_change_nothing(desk: Desk, waiting: int, name: str, fields: dict[str, str]) -> None:
    before = desk.ticket(waiting).updated_at
    assert step(desk.signed_in("haruka"), waiting, name, **fields).status_code == 403
    assert step(desk.visitor(), waiting, name, **fields).status_code == 401
    assert step(desk.signed_in("rosa"), waiting, name, **fields).status_code == 404
    assert desk.ticket(waiting).updated_at == before


def test_a_failed_delivery_says_why_and_can_be_tried_again(desk: Desk, mio: TestClient, waiting: int) -> None:
    desk.agent_replies("mio", waiting, "Hello")
    with desk.write() as db:
        delivery = db.scalars(sa.select(Delivery).order_by(Delivery.id.desc())).first()
        delivery.state, delivery.reason = "failed", "550 no such user"
        number = delivery.id
    assert "Not sent: 550 no such user" in mio.get(f"/console/tickets/{waiting}").text
    assert desk.signed_in("rosa").post(f"/console/deliveries/{number}/retry", headers=HX).status_code == 404
    assert mio.post(f"/console/deliveries/{number}/retry", headers=HX).status_code == 200
    desk.work()
    with desk.read() as db:
        assert db.get_one(Delivery, number).state == "sent"
    assert mio.post(f"/console/deliveries/{number}/retry", headers=HX).status_code == 409
