"""Keys of writing requests: what they were used for, by whom, and for how long."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock
from app.api import idempotency
from app.api.idempotency import ApiRequest, Claim, Replay
from app.api.problems import Refusal
from app.jobs import queue
from app.tickets import intake, replies
from tests.api.conftest import Calls
from tests.story import Desk


def path(desk: Desk) -> str:
    return f"/tickets/{desk.customer_writes('hannah', 'Is my teapot on its way?').ticket_id}/replies"


def test_a_key_is_needed_and_has_a_form(desk: Desk, caller: Calls) -> None:
    where, system = path(desk), caller("mio")
    without = system.client.post(f"/api/v1{where}", json={"text": "Yes"}, headers=system.headers())
    assert without.status_code == 400
    assert without.json()["type"] == "urn:madoguchi:problem:idempotency-key-missing"
    for key in ("", " ", '"', '""', "two words", "x" * 201, "半角", 'half"'):
        refused = system.post(where, {"text": "Yes"}, **{"Idempotency-Key": key.encode()})
        assert refused.status_code == 400, key
        assert refused.json()["type"] == "urn:madoguchi:problem:idempotency-key-malformed"
    assert system.post(where, {"text": "Yes"}, key="x" * 200).status_code == 201


@pytest.mark.both
def test_a_key_is_not_used_for_two_different_requests(desk: Desk, caller: Calls) -> None:
    where, system = path(desk), caller("mio")
    assert system.post(where, {"text": "Yes"}, key="k").status_code == 201
    for other, body in ((where, {"text": "No"}), (path(desk), {"text": "Yes"})):
        refused = system.post(other, body, key="k")
        assert refused.status_code == 422
        assert refused.json()["type"] == "urn:madoguchi:problem:idempotency-key-reused"


def test_two_tokens_may_use_the_same_key(desk: Desk, caller: Calls) -> None:
    where = path(desk)
    first, second = (
        caller("mio").post(where, {"text": "Yes"}, key="k"),
        caller("mio").post(where, {"text": "No"}, key="k"),
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_a_key_is_free_again_after_a_day(desk: Desk, caller: Calls) -> None:
    where, system = path(desk), caller("mio")
    system.post(where, {"text": "Yes"}, key="k")
    with clock.pretend(clock.now() + timedelta(hours=23)):
        assert system.post(where, {"text": "No"}, key="k").status_code == 422
    with clock.pretend(clock.now() + timedelta(hours=25)):
        assert system.post(where, {"text": "No"}, key="k").status_code == 201


def test_old_keys_are_swept(desk: Desk, caller: Calls) -> None:
    where, system = path(desk), caller("mio")
    with clock.pretend(clock.now() - timedelta(hours=25)):
        system.post(where, {"text": "Yes"}, key="old")
    system.post(where, {"text": "Yes"}, key="new")
    with desk.write() as db:
        queue.enqueue(db, "api.sweep")
    desk.work()
    with desk.read() as db:
        assert list(db.scalars(sa.select(ApiRequest.key))) == ["new"]


@pytest.mark.both
def test_a_second_request_during_the_first_is_told_to_wait(
    desk: Desk, caller: Calls, inbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, system, body = f"/inboxes/{inbox}/messages", caller("mio"), {"sender": {"id": "7"}, "text": "Hello"}
    genuine, during = intake.accept_and_take, []

    def meanwhile(*arguments: Any) -> Any:
        monkeypatch.setattr(intake, "accept_and_take", genuine)
        during.append(system.post(where, body, key="k"))
        return genuine(*arguments)

    monkeypatch.setattr(intake, "accept_and_take", meanwhile)
    first = system.post(where, body, key="k")
    (second,) = during
    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json()["type"] == "urn:madoguchi:problem:idempotency-key-busy"
    assert second.headers["retry-after"] == "1"
    assert system.post(where, body, key="k").json() == first.json()
    assert len(desk.received()) == 1


@pytest.mark.both
def test_many_at_once_send_one_reply(desk: Desk, caller: Calls) -> None:
    where, system = path(desk), caller("mio")
    together = threading.Barrier(4)

    def send(_: int) -> int:
        together.wait()
        return system.post(where, {"text": "Yes"}, key="k").status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(send, range(4)))
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    assert len([m for m in desk.messages(int(where.split("/")[2])) if m.sender_kind == "agent"]) == 1


@pytest.mark.both
def test_a_claim_whose_lease_ran_out_goes_to_the_next_and_the_first_can_no_longer_finish(
    desk: Desk, caller: Calls
) -> None:
    caller("mio")
    with desk.write() as db:
        first = idempotency.begin(db, 1, "k", "print")
    with desk.write() as db, pytest.raises(Refusal) as busy:
        idempotency.begin(db, 1, "k", "print")
    assert busy.value.status == 409
    with clock.pretend(clock.now() + timedelta(minutes=3)), desk.write() as db:
        second = idempotency.begin(db, 1, "k", "print")
    assert isinstance(first, Claim)
    assert isinstance(second, Claim)
    assert second.nonce == first.nonce
    assert second.again
    with desk.write() as db, pytest.raises(Refusal):
        idempotency.keep(db, first, 201, {"who": "first"})
    with desk.write() as db:
        idempotency.keep(db, second, 201, {"who": "second"})
    with desk.write() as db:
        assert idempotency.begin(db, 1, "k", "print") == Replay(201, {"who": "second"})


def test_what_went_wrong_leaves_the_key_free(desk: Desk, caller: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    where, system = path(desk), caller("mio")
    with monkeypatch.context() as broken:
        broken.setattr(replies, "checked", lambda *_, **__: 1 / 0)
        failed = system.post(where, {"text": "Yes"}, key="k")
    assert failed.status_code == 500
    assert failed.headers["content-type"] == "application/problem+json"
    assert "ZeroDivision" not in failed.text
    assert system.post(where, {"text": "Yes"}, key="k").status_code == 201
