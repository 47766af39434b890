"""Who may come in: live tokens with the scope, and nobody else."""

from __future__ import annotations

from datetime import timedelta

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from app import clock, limits
from app.accounts import tokens
from app.accounts.models import Agent, ApiToken
from app.api.calls import Operation
from app.api.operations import TABLE
from tests.api.conftest import Caller, Calls, token_for
from tests.story import Desk

MISSING = {
    "{ticket_id}": "999",
    "{customer_id}": "999",
    "{inbox_id}": "A" * 22,
    "{attachment_id}": "A" * 22,
}


def address(path: str) -> str:
    """A path of the table with numbers that nothing has."""
    for name, value in MISSING.items():
        path = path.replace(name, value)
    return path


def body(writes: str) -> dict[str, object]:
    return {"text": "Hello"} if writes == "NewReply" else {"text": "Hello", "sender": {"id": "7"}}


def only_token(desk: Desk) -> ApiToken:
    with desk.read() as db:
        return db.scalars(sa.select(ApiToken)).one()


def called(system: Caller, operation: Operation) -> httpx.Response:
    path = address(operation.path).removeprefix("/api/v1")
    return system.post(path, body(operation.writes)) if operation.writes else system.get(path)


@pytest.mark.parametrize("scope", tokens.SCOPES)
def test_a_token_opens_the_calls_of_its_scope_and_no_other(desk: Desk, caller: Calls, scope: str) -> None:
    system = caller("yuki", scope)
    for operation in TABLE:
        answer = called(system, operation)
        if scope in operation.scopes:
            assert answer.status_code in (200, 404), operation.name
        else:
            assert answer.status_code == 403, operation.name
            assert answer.json()["type"] == "urn:madoguchi:problem:scope-missing"
            assert f'scope="{" ".join(operation.scopes)}"' in answer.headers["www-authenticate"]


NO_TOKEN = (None, "", "Bearer", "Bearer ", "Bearer mado_unknown", "Basic eXVraTp0ZWE=", "mado_unknown", "Bearer \xff")


def test_without_a_live_token_there_is_only_401(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "spend", lambda *_: None)  # how often is another story
    for operation in TABLE:
        for header in NO_TOKEN:
            headers = {} if header is None else {"Authorization": header.encode("latin-1")}
            answer = desk.visitor().request(operation.method, address(operation.path), headers=headers)
            assert answer.status_code == 401, (operation.name, header)
            assert answer.headers["www-authenticate"].startswith('Bearer realm="madoguchi"')
            assert answer.headers["content-type"] == "application/problem+json"


def test_the_scheme_is_read_without_regard_to_case(desk: Desk) -> None:
    header = {"Authorization": f"bEARER {token_for(desk, 'yuki')}"}
    assert desk.visitor().get("/api/v1/tickets", headers=header).status_code == 200


def test_a_cookie_of_a_signed_in_owner_opens_nothing(desk: Desk) -> None:
    browser = desk.signed_in("yuki")
    assert browser.get("/api/v1/tickets").status_code == 401
    assert browser.post("/api/v1/tickets/1/replies", json={"text": "Hi"}).status_code == 401


def test_a_revoked_token_is_refused_at_once(desk: Desk, caller: Calls) -> None:
    system = caller("yuki")
    assert system.get("/tickets").status_code == 200
    with desk.write() as db:
        tokens.revoke(db, only_token(desk).id)
    refused = system.get("/tickets")
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


def test_a_token_ends_with_its_agent(desk: Desk, caller: Calls) -> None:
    system = caller("kenji")
    with desk.write() as db:
        db.get_one(Agent, desk.agent("kenji").id).active = False
    assert system.get("/tickets").status_code == 401


def test_when_a_token_was_used_is_noted_once_in_five_minutes(desk: Desk, caller: Calls) -> None:
    system, noon = caller("yuki"), clock.now()
    assert only_token(desk).used_at is None
    for minutes, noted in ((0, 0), (4, 0), (6, 6)):
        with clock.pretend(noon + timedelta(minutes=minutes)):
            assert system.get("/tickets").status_code == 200
        assert only_token(desk).used_at == noon + timedelta(minutes=noted)


def test_guessing_tokens_is_slowed_down_and_does_not_shut_out_the_rightful(desk: Desk, caller: Calls) -> None:
    statuses = [
        desk.visitor().get("/api/v1/tickets", headers={"Authorization": f"Bearer mado_{n}"}).status_code
        for n in range(32)
    ]
    assert statuses == [401] * 30 + [429] * 2
    assert caller("yuki").get("/tickets").status_code == 200


def test_a_token_that_calls_too_often_is_told_when_to_come_back(desk: Desk, caller: Calls) -> None:
    busy, other = caller("yuki"), caller("yuki")
    with desk.read() as db:
        first = db.scalar(sa.select(sa.func.min(ApiToken.id)))
    for _ in range(1200):
        desk.house.database.house["limits"].spend("api by token", str(first))
    refused = busy.get("/tickets")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["type"] == "urn:madoguchi:problem:too-many-requests"
    assert other.get("/tickets").status_code == 200
