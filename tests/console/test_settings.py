"""Settings, quarantine and failed jobs: for the owner and administrators, and for nobody else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.accounts import teams
from app.accounts.models import Team
from app.channels import inboxes
from app.channels.ledger import Received
from app.demo import cast
from app.jobs import queue
from app.jobs.queue import Job
from tests.story import Desk

PAGES = (
    "/console/settings/desk",
    "/console/settings/agents",
    "/console/settings/agents/1",
    "/console/settings/teams",
    "/console/settings/teams/1",
    "/console/settings/inboxes",
    "/console/settings/inboxes/1",
    "/console/settings/tags",
    "/console/settings/history",
    "/console/quarantine",
    "/console/jobs",
)


@pytest.mark.parametrize("path", PAGES)
def test_administrators_alone_have_settings(desk: Desk, path: str) -> None:
    assert desk.signed_in("mio").get(path).status_code == 200
    assert desk.signed_in("yuki").get(path).status_code == 200
    for who in ("kenji", "rosa", "haruka"):
        assert desk.signed_in(who).get(path).status_code == 404
        assert desk.signed_in(who).post(path).status_code in (404, 405)
    assert desk.visitor().get(path).status_code == 401


def test_an_administrator_cannot_make_an_owner(desk: Desk, mio: TestClient) -> None:
    wanted = {"name": "Aya", "email": "aya@example.com", "role": "owner"}
    assert mio.post("/console/settings/agents", data=wanted).status_code == 403
    owner, kenji = desk.agent("yuki").id, desk.agent("kenji").id
    assert mio.post(f"/console/settings/agents/{kenji}", data={"role": "owner", "active": "1"}).status_code == 403
    assert mio.post(f"/console/settings/agents/{owner}", data={"role": "viewer", "active": "1"}).status_code == 403
    assert mio.post(f"/console/settings/agents/{owner}/invite").status_code == 403
    assert (desk.agent("yuki").role, desk.agent("kenji").role) == ("owner", "agent")


def test_the_last_owner_stays_and_nobody_shuts_themselves_out(desk: Desk) -> None:
    yuki, number = desk.signed_in("yuki"), desk.agent("yuki").id
    assert yuki.post(f"/console/settings/agents/{number}", data={"role": "agent", "active": "1"}).status_code == 409
    assert yuki.post(f"/console/settings/agents/{number}", data={"role": "owner"}).status_code == 422
    assert desk.agent("yuki").role == "owner"


def test_who_is_shut_out_is_out_at_once(desk: Desk, mio: TestClient) -> None:
    kenji = desk.signed_in("kenji")
    assert kenji.get("/console/views/mine").status_code == 200
    mio.post(f"/console/settings/agents/{desk.agent('kenji').id}", data={"role": "agent", "sees": "all"})
    assert kenji.get("/console/views/mine").status_code == 401


def test_what_was_typed_is_kept_beside_what_is_wrong(desk: Desk, mio: TestClient) -> None:
    answer = mio.post(
        "/console/settings/agents", data={"name": "", "email": cast.STAFF["kenji"].email, "sees": "teams"}
    )
    assert answer.status_code == 422
    assert f'value="{cast.STAFF["kenji"].email}"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert '<option value="teams" selected>' in answer.text


def test_teams(desk: Desk, mio: TestClient) -> None:
    members = [str(desk.agent("rosa").id), str(desk.agent("mio").id)]
    assert mio.post("/console/settings/teams", data={"name": "Night", "private": "1", "members": members}).is_redirect
    assert mio.post("/console/settings/teams", data={"name": "Night"}).status_code == 422
    with desk.read() as db:
        team = db.scalars(sa.select(Team).where(Team.name == "Night")).one()
        assert team.private
        assert sorted(map(str, teams.members(db)[team.id])) == sorted(members)
    mio.post(f"/console/settings/teams/{team.id}", data={"name": "Night", "members": members[:1]})
    with desk.read() as db:
        assert list(map(str, teams.members(db)[team.id])) == members[:1]


def test_an_inbox_and_when_it_asks_for_a_rating(desk: Desk, mio: TestClient) -> None:
    added = mio.post("/console/settings/inboxes", data={"name": "Shop", "address": "shop@demo.example", "team": ""})
    assert added.is_redirect
    assert mio.post("/console/settings/inboxes", data={"name": "Shop", "address": "no"}).status_code == 422
    with desk.read() as db:
        inbox = inboxes.find(db, "email", "shop@demo.example")
    path = f"/console/settings/inboxes/{inbox.id}"
    form = {"name": "Shop", "locale": "ja", "team": "", "active": "1", "survey": "1", "survey_delay": "15"}
    assert mio.post(path, data=form).is_redirect
    for wrong in ("-1", "soon", "99999999"):
        answer = mio.post(path, data={**form, "survey_delay": wrong})
        assert answer.status_code == 422
        assert f'value="{wrong}"' in answer.text
    with desk.read() as db:
        found = inboxes.find(db, "email", "shop@demo.example")
        assert (found.locale, found.settings["survey_delay_minutes"]) == ("ja", 15)


def test_quarantine_says_why_and_reads_again(desk: Desk, mio: TestClient) -> None:
    received = desk.customer_writes("tom", "Hello <script>alert(1)</script>")
    with desk.write() as db:
        held = db.get_one(Received, received.id)
        held.state, held.why, held.detail = "quarantined", "unreadable_mail", "no header at all"
    assert "no header at all" in mio.get("/console/quarantine").text
    page = mio.get(f"/console/quarantine/{received.id}")
    assert "&lt;script&gt;" in page.text
    assert "<script>alert" not in page.text
    raw = mio.get(f"/console/quarantine/{received.id}/raw")
    assert raw.headers["content-disposition"].startswith("attachment")
    assert b"Hello" in raw.content
    kenji = desk.signed_in("kenji")
    for path in ("", "/raw"):
        assert kenji.get(f"/console/quarantine/{received.id}{path}").status_code == 404
    assert kenji.post(f"/console/quarantine/{received.id}/replay").status_code == 404
    assert mio.post(f"/console/quarantine/{received.id}/replay").is_redirect
    desk.work()
    with desk.read() as db:
        assert db.get_one(Received, received.id).state in ("opened", "threaded")


def test_a_dead_job_gets_another_try(desk: Desk, mio: TestClient) -> None:
    with desk.write() as db:
        queue.enqueue(db, "accounts.sweep")
        job = db.scalars(sa.select(Job).order_by(Job.id.desc())).first()
        job.state, job.last_error, job.attempts = "dead", "Boom: the disk was full", 12
    assert "Boom: the disk was full" in mio.get("/console/jobs").text
    assert desk.signed_in("kenji").post(f"/console/jobs/{job.id}/revive").status_code == 404
    assert mio.post(f"/console/jobs/{job.id}/revive").is_redirect
    desk.work()
    with desk.read() as db:
        assert db.get(Job, job.id) is None
