"""Settings of agents and teams: changed with a history, and no ticket is left behind when somebody or a team goes."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.accounts import agents, teams
from app.accounts.models import Agent, Team
from app.channels import inboxes
from app.demo import cast
from app.events import Event
from app.tickets import assignment
from app.tickets.models import Ticket
from tests.story import Desk

AGENTS, TEAMS = "/console/settings/agents", "/console/settings/teams"


def give(desk: Desk, ticket: int, who: str) -> None:
    with desk.write() as db:
        assignment.assign(db, db.get_one(Ticket, ticket), agents.find(db, cast.STAFF[who].email).id)


def team_of(desk: Desk, name: str) -> Team:
    with desk.read() as db:
        return db.scalars(sa.select(Team).where(Team.name == name)).one()


def test_somebody_is_found_among_many_by_reading_and_address(desk: Desk, mio: TestClient) -> None:
    kenji, rosa = cast.STAFF["kenji"], cast.STAFF["rosa"]
    for words in (kenji.reading, kenji.email, kenji.name[:1]):
        page = mio.get(AGENTS, params={"q": words}).text
        assert kenji.email in page
        assert rosa.email not in page
    assert "Nothing answers to" in mio.get(AGENTS, params={"q": "zzz"}).text


def test_the_roles_are_explained(desk: Desk, mio: TestClient) -> None:
    assert "Reads the tickets that they see and changes nothing." in mio.get(AGENTS).text


def test_an_agent_is_renamed_with_a_line_in_the_history(desk: Desk, mio: TestClient) -> None:
    kenji = desk.agent("kenji")
    form = {"name": "Kenji Mori", "email": "K.Mori@example.com", "role": "agent", "sees": "all", "active": "1"}
    assert mio.post(f"{AGENTS}/{kenji.id}", data=form).is_redirect
    with desk.read() as db:
        found = db.get_one(Agent, kenji.id)
        assert (found.name, found.email) == ("Kenji Mori", "k.mori@example.com")
    page = mio.get(f"{AGENTS}/{kenji.id}").text
    assert f"Name: {kenji.name} → Kenji Mori" in page
    assert cast.STAFF["mio"].name in page
    assert "Kenji Mori" in mio.get("/console/settings/history").text
    taken = mio.post(f"{AGENTS}/{kenji.id}", data={**form, "email": cast.STAFF["mio"].email, "name": "Another"})
    assert taken.status_code == 422
    assert 'value="Another"' in taken.text


def test_nothing_changed_is_no_line(desk: Desk, mio: TestClient) -> None:
    kenji = desk.agent("kenji")
    mio.post(f"{AGENTS}/{kenji.id}", data={"role": kenji.role, "sees": kenji.sees, "active": "1"})
    with desk.read() as db:
        assert db.scalars(sa.select(Event).where(Event.kind == "agent.changed")).all() == []


def test_what_people_change_about_themselves_is_told(desk: Desk, mio: TestClient) -> None:
    form = {"name": "Mio T", "reading": "", "locale": "en", "time_zone": "Asia/Tokyo", "theme": "dark"}
    assert mio.post("/console/profile", data=form).is_redirect
    assert "Name: Mio Tanabe → Mio T" in mio.get("/console/settings/history").text


@pytest.mark.both
def test_who_leaves_is_asked_for_the_open_tickets(desk: Desk, mio: TestClient) -> None:
    first = desk.customer_writes("hannah", "One", subject="One").ticket_id
    second = desk.customer_writes("tom", "Two", subject="Two").ticket_id
    give(desk, first, "kenji")
    give(desk, second, "mio")
    kenji = desk.agent("kenji").id
    left = mio.post(f"{AGENTS}/{kenji}", data={"role": "agent", "sees": "all"})
    assert left.headers["location"].endswith(f"/{kenji}?done=saved#open")
    assert "1 open ticket" in mio.get(f"{AGENTS}/{kenji}").text
    assert mio.post(f"{AGENTS}/{kenji}/open", data={"to": ""}).status_code == 422
    assert mio.post(f"{AGENTS}/{kenji}/open", data={"to": str(kenji)}).status_code == 422
    assert mio.post(f"{AGENTS}/{kenji}/open", data={"to": str(desk.agent("haruka").id)}).status_code == 422
    step = mio.post(f"{AGENTS}/{kenji}/open", data={"to": str(desk.agent("mio").id)}).headers["location"]
    desk.work()
    assert desk.ticket(first).assignee_id == desk.agent("mio").id
    assert mio.post(f"{step}/undo").is_redirect
    assert mio.post(f"{AGENTS}/{kenji}/open", data={"to": "nobody"}).is_redirect


def test_only_administrators_hand_over_and_dissolve(desk: Desk) -> None:
    kenji, team = desk.signed_in("kenji"), team_of(desk, cast.ORDERS)
    assert kenji.post(f"{AGENTS}/{desk.agent('mio').id}/open", data={"to": "nobody"}).status_code == 404
    assert kenji.post(f"{TEAMS}/{team.id}/dissolve", data={"to": "nobody"}).status_code == 404


@pytest.mark.both
def test_a_dissolved_team_leaves_its_tickets_and_inboxes_to_another(desk: Desk, mio: TestClient) -> None:
    old, new = team_of(desk, cast.ORDERS), team_of(desk, cast.STUDIO)
    open_one = desk.customer_writes("hannah", "One", subject="One").ticket_id
    done = desk.customer_writes("tom", "Two", subject="Two").ticket_id
    with desk.write() as db:
        for number in (open_one, done):
            assignment.move(db, db.get_one(Ticket, number), old.id)
        inbox = inboxes.every(db, "email")[0]
        inbox.team_id = old.id
    mio.post(f"/console/tickets/{done}/status", data={"status": "solved"})
    assert mio.post(f"{TEAMS}/{old.id}/dissolve", data={"to": ""}).status_code == 422
    assert mio.post(f"{TEAMS}/{old.id}/dissolve", data={"to": str(old.id)}).status_code == 422
    assert mio.post(f"{TEAMS}/{old.id}/dissolve", data={"to": str(new.id)}).is_redirect
    assert "is being dissolved" in mio.get(TEAMS).text
    assert mio.post(f"{TEAMS}/{old.id}/dissolve", data={"to": str(new.id)}).status_code == 409
    desk.work()
    assert [desk.ticket(n).team_id for n in (open_one, done)] == [new.id, new.id]
    with desk.read() as db:
        assert db.get(Team, old.id) is None
        assert inboxes.every(db, "email")[0].team_id == new.id
    for number in (open_one, done):
        page = mio.get(f"/console/tickets/{number}/history").text
        assert "The team that it belonged to was dissolved." in page
    assert f"The team {cast.ORDERS} was dissolved" in mio.get("/console/settings/history").text


def test_a_team_is_renamed_and_made_private(desk: Desk, mio: TestClient) -> None:
    team = team_of(desk, cast.ORDERS)
    members = [str(desk.agent("rosa").id)]
    assert mio.post(f"{TEAMS}/{team.id}", data={"name": cast.STUDIO, "members": members}).status_code == 422
    assert mio.post(f"{TEAMS}/{team.id}", data={"name": "Shop", "private": "1", "members": members}).is_redirect
    found = team_of(desk, "Shop")
    assert found.private
    with desk.read() as db:
        assert teams.members(db)[found.id] == [desk.agent("rosa").id]
    assert f"Name: {cast.ORDERS} → Shop" in mio.get(f"{TEAMS}/{team.id}").text
