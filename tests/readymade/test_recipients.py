"""To, Cc and Bcc: as they are by themselves, as an agent chooses them, kept, guarded, and told to nobody else."""

from __future__ import annotations

import html
import json
import re
from email import message_from_bytes

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.channels import parcel
from app.channels.email import catcher
from app.channels.types import Incoming
from app.demo import cast
from app.tickets import intake
from app.tickets.models import Participant
from app.tickets.unsent import Draft
from tests.readymade.conftest import HX
from tests.story import Desk

HANNAH, TOM = cast.BY_KEY["hannah"].email, cast.BY_KEY["tom"].email


def write(browser: TestClient, ticket: int, text: str = "It leaves today.", **fields: str) -> object:
    data = {"kind": "reply", "body": text, "seen": "999", "addressed": "1", "cc": "", "bcc": ""} | fields
    return browser.post(f"/console/tickets/{ticket}/write", data=data, headers=HX)


def offered(browser: TestClient, ticket: int) -> dict[str, str]:
    page = browser.get(f"/console/tickets/{ticket}").text
    return {part: html.unescape(re.search(rf'name="{part}" value="([^"]*)"', page)[1]) for part in ("to", "cc", "bcc")}  # type: ignore[index]


def sent(desk: Desk, ticket: int) -> dict[str, list[str]]:
    content = desk.deliveries(ticket)[-1].content
    return {part: [value for value, _name in content[part]] for part in ("to", "cc", "bcc")}


def button(page: str) -> str:
    return html.unescape(re.search(r'name="anyway" value="([^"]*)"', page)[1])  # type: ignore[index]


@pytest.mark.both
def test_who_is_added_gets_the_next_answer_too_and_who_is_taken_off_does_not(
    desk: Desk, mio: TestClient, waiting: int
) -> None:
    assert offered(mio, waiting) == {"to": HANNAH, "cc": "", "bcc": ""}
    assert write(mio, waiting, to=HANNAH, cc=f"Tom <{TOM}>").status_code == 204  # type: ignore[attr-defined]
    assert sent(desk, waiting) == {"to": [HANNAH], "cc": [TOM], "bcc": []}
    assert offered(mio, waiting)["cc"] == TOM
    write(mio, waiting, to=HANNAH)
    assert sent(desk, waiting)["cc"] == []
    assert offered(mio, waiting)["cc"] == ""
    with desk.read() as db:  # they still belong to it: what they write joins this ticket
        assert db.scalar(sa.select(Participant.copied).where(Participant.ticket_id == waiting)) is False
    desk.agent_replies("mio", waiting, "Nothing was chosen.")
    assert sent(desk, waiting)["cc"] == []


def test_nobody_learns_who_is_in_bcc(desk: Desk, mio: TestClient, waiting: int) -> None:
    write(mio, waiting, to=HANNAH, bcc=TOM)
    assert sent(desk, waiting) == {"to": [HANNAH], "cc": [], "bcc": [TOM]}
    desk.work()
    data = desk.house.settings.data
    mails = [catcher.raw_mail(data, caught.name) for caught in catcher.list_mails(data)]
    (mail,) = (mail for mail in mails if b"It leaves today." in mail)
    assert TOM.encode() not in mail
    assert message_from_bytes(mail)["Bcc"] is None
    assert offered(mio, waiting)["cc"] == ""
    with desk.read() as db:
        assert db.scalar(sa.select(Participant.copied).where(Participant.ticket_id == waiting)) is None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"to": ""}, "Say to whom this goes."),
        ({"to": "hannah"}, "“hannah” is not a mail address."),
        ({"to": HANNAH, "cc": "a@b"}, "“a@b” is not a mail address."),
        ({"to": cast.SUPPORT}, "one of this desk’s own addresses"),
        ({"to": ",".join(f"p{n}@x.example" for n in range(51))}, "at most 50 people"),
        ({"to": "a@x.example\x0bBcc: b@x.example"}, "is not a mail address"),
    ],
)
def test_what_is_no_recipient_is_said_and_nothing_leaves(
    desk: Desk, mio: TestClient, waiting: int, fields: dict[str, str], sentence: str
) -> None:
    before = len(desk.deliveries(waiting))
    answer = write(mio, waiting, **fields)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert sentence in answer.text  # type: ignore[attr-defined]
    assert len(desk.deliveries(waiting)) == before


def test_addresses_are_read_as_people_type_them(desk: Desk, mio: TestClient, waiting: int) -> None:
    write(mio, waiting, to=f"{HANNAH.upper()}、 {HANNAH}", cc=f"{TOM.replace('@', '＠')}；{HANNAH}")
    assert sent(desk, waiting) == {"to": [HANNAH.upper()], "cc": [TOM], "bcc": []}


@pytest.mark.both
def test_somebody_new_stops_once_and_a_new_domain_is_named(desk: Desk, mio: TestClient, waiting: int) -> None:
    fresh = f"tea@{HANNAH.partition('@')[2]}"
    answer = write(mio, waiting, to=HANNAH, cc=f"{fresh}, someone@nowhere.example")
    assert answer.status_code == 409  # type: ignore[attr-defined]
    assert f"has never written to {fresh}" in answer.text  # type: ignore[attr-defined]
    assert "knows nobody at nowhere.example" in answer.text  # type: ignore[attr-defined]
    again = {"to": HANNAH, "cc": f"{fresh}, someone@nowhere.example", "anyway": button(answer.text)}  # type: ignore[attr-defined]
    assert write(mio, waiting, **again).status_code == 204  # type: ignore[attr-defined]
    assert write(mio, waiting, to=HANNAH, cc=fresh).status_code == 204  # type: ignore[attr-defined]
    assert write(mio, waiting, to=cast.STAFF["kenji"].email).status_code == 204  # type: ignore[attr-defined]


@pytest.mark.both
@pytest.mark.desk(undo_send_seconds=10)
def test_a_reply_that_is_taken_back_keeps_its_recipients(desk: Desk, mio: TestClient, waiting: int) -> None:
    answer = write(mio, waiting, to=HANNAH, cc=TOM)
    way = re.search(r"/console/held/\d+/undo", answer.text)  # type: ignore[attr-defined]
    assert way
    mio.post(way[0], headers=HX)
    draft = mio.get(f"/console/tickets/{waiting}/draft").json()["reply"]
    assert draft["recipients"] == {"to": HANNAH, "cc": TOM, "bcc": ""}
    with desk.read() as db:
        assert db.scalar(sa.select(Participant.copied)) is None


def test_a_draft_keeps_what_was_typed_even_when_it_is_no_address(desk: Desk, mio: TestClient, waiting: int) -> None:
    form = {"kind": "reply", "body": "Dear", "version": "0", "listed": "1", "to": HANNAH, "cc": "tom(at)x", "bcc": ""}
    version = mio.post(f"/console/tickets/{waiting}/draft", data=form | {"addressed": "1"}).json()["version"]
    page = mio.get(f"/console/tickets/{waiting}").text
    kept = json.loads(html.unescape(re.search(r'data-drafts="([^"]*)"', page)[1]))  # type: ignore[index]
    assert kept["reply"]["recipients"] == {"to": HANNAH, "cc": "tom(at)x", "bcc": ""}
    mio.post(f"/console/tickets/{waiting}/draft", data=form | {"version": str(version), "body": "Dear H"})
    with desk.read() as db:
        assert db.scalar(sa.select(Draft.recipients)) == {}


def test_the_sender_s_wish_is_offered_and_not_followed_by_itself(desk: Desk, mio: TestClient) -> None:
    received = desk.customer_writes("hannah", "Hello", headers={"Reply-To": "office@fjordcafe.example"})
    page = mio.get(f"/console/tickets/{received.ticket_id}").text
    assert 'data-wished="office@fjordcafe.example"' in page
    assert offered(mio, received.ticket_id or 0)["to"] == HANNAH


def test_a_channel_without_copies_takes_none(desk: Desk, mio: TestClient) -> None:
    said = {"name": "H", "email": HANNAH, "subject": "S", "text": "T", "locale": "en", "evidence": "claimed"}
    received = intake.accept_and_take(
        desk.house.database, desk.inbox("form").id, Incoming("f1", parcel.pack(said), external_id="f1")
    )
    assert write(mio, received.ticket_id or 0, to=TOM, cc=TOM).status_code == 204  # type: ignore[attr-defined]
    assert sent(desk, received.ticket_id or 0) == {"to": [HANNAH], "cc": [], "bcc": []}
