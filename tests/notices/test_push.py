"""Notices to browsers in which the desk is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient

from app import clock
from app.demo import cast
from app.jobs.queue import Job
from app.notices import webpush
from app.notices.models import PushBrowser
from tests.notices.test_notices import give, into, opened
from tests.standins import push_service
from tests.standins.push_service import PushService, Subscribed
from tests.story import Desk


@pytest.fixture
def service(desk: Desk, tmp_path: Path) -> Iterator[PushService]:
    with push_service.opened(tmp_path) as service:
        desk.house.database.house["fetcher"] = service.fetcher()
        yield service


def asks(client: TestClient, browser: Subscribed | None = None, **other: str) -> Subscribed:
    """An agent asks to be told in this browser."""
    browser = browser or Subscribed()
    assert client.post("/console/profile/push", data=browser.form() | other).status_code == 204
    return browser


def browsers(desk: Desk) -> int:
    with desk.read() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(PushBrowser)) or 0


def test_the_message_is_that_of_the_standard() -> None:
    """RFC 8291, appendix A."""
    once = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
    sealed = webpush._sealed(
        b"When I grow up, I want to be a watermelon",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
        ec.derive_private_key(int.from_bytes(webpush.unpacked(once)), ec.SECP256R1()),
        webpush.unpacked("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert webpush.packed(sealed) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru"
        "3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.both
def test_a_mention_reaches_the_browser_that_asked_in_its_language(desk: Desk, service: PushService) -> None:
    number = opened(desk)
    browser = asks(desk.signed_in("kenji"))
    desk.agent_notes("mio", number, "@岡部 賢司 could you look?")
    desk.work()
    ((path, headers, body),) = service.handed
    assert (path, headers["urgency"]) == (browser.path, "high")
    said = browser.read(body)
    assert said["title"] == "Mio Tanabeさんがメモであなたをメンションしました"
    assert said["url"] == f"/console/tickets/{number}#n{desk.notes(number)[0].id}"
    assert said["text"].startswith(f"#{number} ")
    assert b"Mio" not in body


def test_who_did_not_ask_muted_it_or_has_read_it_is_not_pushed(desk: Desk, service: PushService) -> None:
    number, kenji, rosa = opened(desk), desk.signed_in("kenji"), desk.signed_in("rosa")
    asks(kenji)
    asks(rosa)
    kenji.post("/console/profile/notices", data={"kinds": ["mention"], "digest": "off"})
    give(desk, number, "kenji")
    desk.agent_notes("kenji", number, f"@{cast.STAFF['rosa'].name} here")
    rosa.post("/console/notices/read")
    desk.work()
    assert service.handed == []


def test_what_may_no_longer_be_seen_is_not_pushed(desk: Desk, service: PushService) -> None:
    number = opened(desk)
    asks(desk.signed_in("kenji"))
    desk.agent_notes("mio", number, "@岡部 賢司 a secret price")
    into(desk, number, cast.WHOLESALE)
    desk.work()
    assert service.handed == []


def test_signing_out_ends_it(desk: Desk, service: PushService) -> None:
    number, kenji = opened(desk), desk.signed_in("kenji")
    asks(kenji)
    kenji.post("/sign-out")
    assert browsers(desk) == 0
    give(desk, number, "kenji")
    desk.work()
    assert service.handed == []


def test_one_browser_is_one_agents(desk: Desk, service: PushService) -> None:
    shared = asks(desk.signed_in("kenji"))
    rosa = desk.signed_in("rosa")
    asks(rosa, shared)  # a machine that two people use: whoever is signed in now
    give(desk, opened(desk), "kenji")
    desk.work()
    assert service.handed == []
    assert "is told" in rosa.get("/console/profile").text
    rosa.post("/console/profile/push/stop")
    assert browsers(desk) == 0


def test_a_service_that_is_away_is_asked_again_and_a_browser_that_is_gone_is_forgotten(
    desk: Desk, service: PushService
) -> None:
    number = opened(desk)
    browser = asks(desk.signed_in("kenji"))
    service.answers = [503, 201, 410]
    give(desk, number, "kenji")
    desk.work()
    assert len(service.handed) == 1
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        desk.work()
    assert len(service.handed) == 2
    assert browser.read(service.handed[1][2])["title"]
    desk.agent_notes("mio", number, "@岡部 賢司 once more")
    desk.work()
    assert browsers(desk) == 0


def test_what_is_stale_is_not_pushed_and_leaves_nothing_dead(desk: Desk, service: PushService) -> None:
    number = opened(desk)
    asks(desk.signed_in("kenji"))
    service.answers = [503]
    give(desk, number, "kenji")
    desk.work()
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        desk.work()
    assert len(service.handed) == 1
    with desk.read() as db:
        assert db.scalars(sa.select(Job.kind).where(Job.kind == "notices.push")).all() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://push.example/x"},
        {"endpoint": "https://push.example:8443/x"},
        {"endpoint": "https://user@push.example/"},
        {"endpoint": "file:///etc/passwd"},
        {"endpoint": ""},
        {"endpoint": "https://push.example/" + "x" * 1000},
        {"key": "BADKEY"},
        {"key": "ü"},
        {"secret": "AAAA"},
    ],
)
def test_a_wrong_subscription_is_refused(desk: Desk, wrong: dict[str, str]) -> None:
    answer = desk.signed_in("kenji").post("/console/profile/push", data=Subscribed().form() | wrong)
    assert answer.status_code == 422
    assert browsers(desk) == 0


def test_an_address_inside_the_house_is_never_asked(desk: Desk, service: PushService) -> None:
    asks(desk.signed_in("kenji"), endpoint="https://127.0.0.1/admin")
    desk.house.database.house.pop("fetcher")  # the one with the real rules about addresses
    give(desk, opened(desk), "kenji")
    desk.work()
    assert service.handed == []
    assert browsers(desk) == 0


def test_who_is_not_signed_in_gets_no_key(desk: Desk) -> None:
    assert desk.visitor().get("/console/profile/push").status_code in (303, 401)
    assert desk.visitor().post("/console/profile/push", data=Subscribed().form()).status_code in (303, 401, 403)
    assert browsers(desk) == 0
