"""The door for webhooks: who is let in, what is stored before anybody is told so, and what is never leaked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.channels import inboxes, ledger
from app.channels.types import (
    Accepted,
    BadSignature,
    Capabilities,
    ChannelEvent,
    InboxInfo,
    Incoming,
    Noise,
    Outgoing,
    Raw,
    Sender,
    Sent,
    WebhookRequest,
)
from app.channels.webhooks import MAX_BODY
from app.db import Database
from app.errors import Unavailable
from tests.story import Desk


class BellChannel:
    """A made-up channel: each line of a body is one event; the header X-Bell must ring true."""

    kind = "bell"
    capabilities = Capabilities(identity_kind="bell")

    def __init__(self) -> None:
        self.requests: list[WebhookRequest] = []

    def accept(self, inbox: InboxInfo, request: WebhookRequest) -> Accepted:
        self.requests.append(request)
        if request.method == "GET":
            return Accepted([], answer=request.query.get("challenge", ""))
        if request.headers.get("x-bell") != inbox.secrets["tone"]:
            raise BadSignature
        return Accepted([Incoming(line.decode(), line) for line in request.body.split(b"\n") if line], answer="ok")

    def parse(self, inbox: InboxInfo, raw: Raw) -> Sequence[ChannelEvent]:
        return [Noise("rang")]

    def external_id(self, inbox: InboxInfo, ticket_id: int, message_id: int) -> str | None:
        return None

    def send(self, inbox: InboxInfo, outgoing: Outgoing) -> Sent:
        return Sent()

    def fetch(self, inbox: InboxInfo, reference: str) -> bytes:
        return b""

    def profile(self, inbox: InboxInfo, value: str) -> Sender | None:
        return None


@pytest.fixture
def bell(desk: Desk) -> BellChannel:
    channel = BellChannel()
    desk.house.database.house["channels"] = {**desk.house.database.house["channels"], "bell": channel}
    return channel


@pytest.fixture
def hook(desk: Desk, bell: BellChannel) -> str:
    with desk.write() as db:
        return f"/hooks/bell/{inboxes.add(db, 'bell', 'Bell', 'tower', secrets={'tone': 'dong'}).public_id}"


GOOD = {"X-Bell": "dong"}


def test_what_is_acknowledged_is_stored_and_read_afterwards(desk: Desk, hook: str) -> None:
    answer = desk.visitor().post(hook, content=b"one\ntwo", headers=GOOD)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert [r.state for r in desk.received()] == ["received", "received"]
    desk.work()
    assert [(r.state, r.why) for r in desk.received()] == [("ignored", "rang")] * 2


def test_the_same_again_is_acknowledged_and_changes_nothing(desk: Desk, hook: str) -> None:
    for _ in range(2):
        assert desk.visitor().post(hook, content=b"one", headers=GOOD).status_code == 200
    assert len(desk.received()) == 1


def test_the_body_reaches_the_channel_to_the_byte_forms_too(desk: Desk, bell: BellChannel, hook: str) -> None:
    body = b"a=1&b=%E6%80%A5\xff"
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""):
        desk.visitor().post(hook, content=body, headers={"Content-Type": kind, "X-Bell": "wrong"})
    assert [request.body for request in bell.requests] == [body] * 4
    assert all(name == name.lower() for name in bell.requests[0].headers)


def test_a_webhook_comes_from_another_site_and_needs_no_session(desk: Desk, hook: str) -> None:
    answer = desk.visitor().post(hook, content=b"one", headers=GOOD | {"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200


def test_a_bad_signature_is_401_and_leaves_nothing(desk: Desk, hook: str) -> None:
    for headers in ({}, {"X-Bell": "ding"}):
        assert desk.visitor().post(hook, content=b"one", headers=headers).status_code == 401
    assert desk.received() == []


def test_a_handshake_is_answered(desk: Desk, hook: str) -> None:
    answer = desk.visitor().get(f"{hook}?challenge=%3Cb%3E42")
    assert (answer.status_code, answer.text) == (200, "<b>42")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/hooks/bell/nobody", "/hooks/whistle/nobody", "/hooks/email/nobody", "/hooks/bell"])
def test_where_no_inbox_is_there_is_nothing(desk: Desk, bell: BellChannel, path: str) -> None:
    assert desk.visitor().post(path, content=b"one", headers=GOOD).status_code == 404
    assert bell.requests == []


def test_an_inbox_answers_only_under_its_own_kind_and_while_it_is_active(desk: Desk, hook: str) -> None:
    with desk.write() as db:
        inbox = inboxes.find(db, "bell", "tower")
        assert inbox
        inbox.active = False
    assert desk.visitor().post(hook, content=b"one", headers=GOOD).status_code == 404
    assert desk.visitor().post(hook.replace("bell", "line"), content=b"one", headers=GOOD).status_code == 404


def test_a_channel_without_webhooks_says_not_found(desk: Desk) -> None:
    inbox = desk.inbox("email")
    assert desk.visitor().post(f"/hooks/email/{inbox.public_id}", content=b"one").status_code == 404


def test_too_large_a_body_is_413(desk: Desk, bell: BellChannel, hook: str) -> None:
    assert desk.visitor().post(hook, content=b"x" * (MAX_BODY + 1), headers=GOOD).status_code == 413
    assert bell.requests == []


def test_while_nothing_can_be_stored_the_sender_is_told_to_come_again(
    desk: Desk, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Database) -> None:
        raise Unavailable("The database does not answer. Please try again.")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "transaction", full)
        assert desk.visitor().post(hook, content=b"one", headers=GOOD).status_code == 503
    assert desk.visitor().post(hook, content=b"one", headers=GOOD).status_code == 200
    with desk.read() as db:
        assert ledger.counts(db)["received"] == 1
