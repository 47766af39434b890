"""Reading: what is there, in pages, by filter, and only what the token's agent may see."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from app import clock
from app.accounts.models import Team
from app.channels.inboxes import Inbox
from app.customers.models import Customer
from app.demo import cast
from app.events import Actor
from app.tickets import assignment, attachments, lifecycle, replies
from app.tickets.models import Attachment, Message, Ticket
from tests.api.conftest import Calls
from tests.story import Desk

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


def hidden_in_wholesale(desk: Desk, number: int) -> None:
    """The ticket goes to the private team of wholesale."""
    with desk.write() as db:
        db.get_one(Ticket, number).team_id = db.scalar(sa.select(Team.id).where(Team.name == cast.WHOLESALE))


@pytest.mark.both
def test_a_mail_and_its_answer_are_read_as_json(desk: Desk, caller: Calls) -> None:
    came = desk.customer_writes("hannah", "Is my teapot on its way?", subject="Order 4471")
    desk.agent_replies("mio", came.ticket_id, "It left this morning.")
    system = caller("yuki")

    ticket = system.get(f"/tickets/{came.ticket_id}").json()
    assert ticket["subject"] == "Order 4471"
    assert ticket["status"] == "waiting_customer"
    assert ticket["channel"] == "email"
    assert ticket["requester"]["name"] == "Hannah Lindqvist"
    assert ticket["assignee"] == {"id": desk.agent("mio").id, "name": "Mio Tanabe"}
    assert ticket["team"] is None
    assert ticket["created_at"].endswith("Z")
    assert ticket["inbox"] == desk.inbox().public_id

    found = system.get(f"/tickets/{came.ticket_id}/messages").json()["data"]
    people = [m for m in found if m["sender"]["kind"] != "system"]
    assert [(m["direction"], m["sender"]["kind"], m["text"].strip()) for m in people] == [
        ("in", "customer", "Is my teapot on its way?"),
        ("out", "agent", "It left this morning."),
    ]
    asked, answered = people
    assert asked["sender"]["external_id"] == cast.BY_KEY["hannah"].email
    assert asked["delivery"] is None
    assert answered["sender"] == {
        "kind": "agent",
        "id": desk.agent("mio").id,
        "name": "Mio Tanabe",
        "external_id": None,
    }
    assert answered["delivery"]["state"] == "sent"
    assert answered["reply_to"] == asked["external_id"]


def test_notes_are_nowhere(desk: Desk, caller: Calls) -> None:
    came = desk.customer_writes("hannah", "Is my teapot on its way?")
    with desk.write() as db:
        note = replies.note(
            db,
            db.get_one(Ticket, came.ticket_id),
            desk.agent("mio"),
            "She is a trade customer, be quick.",
            uploads=[attachments.Upload("margins.txt", "text/plain", b"secret margins")],
        )
        db.get_one(Customer, desk.customer("hannah").id).note = "Pays late."
        secret = db.scalar(sa.select(Attachment.public_id).where(Attachment.note_id == note.id))
    system = caller("yuki")
    for path in ("/tickets", f"/tickets/{came.ticket_id}", f"/tickets/{came.ticket_id}/messages", "/messages"):
        assert "trade customer" not in system.get(path).text
    assert "Pays late" not in system.get("/customers").text
    assert "margins" not in system.get("/messages").text
    assert system.get(f"/attachments/{secret}").status_code == 404


def test_a_list_is_walked_by_cursor_without_gaps_while_it_grows(desk: Desk, caller: Calls) -> None:
    for n in range(5):
        desk.customer_writes("hannah", f"Question {n}")
    system, seen, cursor = caller("yuki", "tickets:read"), [], None
    while True:
        page = system.get("/tickets", limit=2, **({"cursor": cursor} if cursor else {})).json()
        seen += [ticket["id"] for ticket in page["data"]]
        cursor = page["next"]
        if len(seen) == 4:
            desk.customer_writes("ayaka", "Written meanwhile")
        if cursor is None:
            break
    assert seen == [ticket.id for ticket in desk.tickets()]
    assert len(seen) == 6


@pytest.mark.both
def test_tickets_by_filter(desk: Desk, caller: Calls) -> None:
    first = desk.customer_writes("hannah", "One").ticket_id
    second = desk.customer_writes("ayaka", "Two").ticket_id
    third = desk.customer_writes("ayaka", "Three").ticket_id
    with desk.write() as db:
        mio = desk.agent("mio")
        lifecycle.set_status(db, db.get_one(Ticket, first), "solved", Actor("agent", mio.id))
        assignment.assign(db, db.get_one(Ticket, second), mio.id, Actor("agent", mio.id))
    hidden_in_wholesale(desk, third)
    with desk.read() as db:
        wholesale = db.scalar(sa.select(Team.id).where(Team.name == cast.WHOLESALE))
    system = caller("yuki", "tickets:read")

    def numbers(**query: object) -> list[int]:
        return [ticket["id"] for ticket in system.get("/tickets", **query).json()["data"]]

    assert numbers() == [first, second, third]
    assert numbers(status="solved") == [first]
    assert numbers(assignee=desk.agent("mio").id) == [second]
    assert numbers(assignee="none") == [first, third]
    assert numbers(team=wholesale) == [third]
    assert numbers(team="none") == [first, second]
    assert numbers(channel="email") == [first, second, third]
    assert numbers(channel="line") == []
    assert numbers(requester=desk.customer("ayaka").id) == [second, third]
    assert numbers(requester=desk.customer("ayaka").id, assignee="none") == [third]


def test_what_changed_since_a_moment(desk: Desk, caller: Calls) -> None:
    noon = clock.now() - timedelta(hours=1)
    with clock.pretend(noon - timedelta(hours=2)):
        old = desk.customer_writes("hannah", "Old").ticket_id
    with clock.pretend(noon + timedelta(minutes=5)):
        new = desk.customer_writes("ayaka", "New").ticket_id
    system = caller("yuki", "tickets:read")
    since = [t["id"] for t in system.get("/tickets", updated_after=noon.isoformat()).json()["data"]]
    assert since == [new]
    everything = system.get("/tickets", updated_after="0001-01-01T00:00:00+23:59").json()["data"]
    assert [t["id"] for t in everything] == [old, new]
    assert system.get("/tickets", updated_after="9999-12-31T23:59:59-23:59").json()["data"] == []


def test_messages_across_tickets_by_inbox_and_ticket(desk: Desk, caller: Calls, inbox: str) -> None:
    mail = desk.customer_writes("hannah", "By mail").ticket_id
    system = caller("yuki")
    made = system.post(f"/inboxes/{inbox}/messages", {"sender": {"id": "7"}, "text": "By REST"}).json()
    assert [m["text"] for m in system.get("/messages", inbox=inbox).json()["data"]] == ["By REST"]
    assert {m["ticket_id"] for m in system.get("/messages", ticket=mail).json()["data"]} == {mail}
    assert {m["ticket_id"] for m in system.get("/messages").json()["data"]} == {mail, made["ticket_id"]}
    assert system.get("/messages", inbox="A" * 22).json()["data"] == []


def test_an_unsent_message_says_only_that_it_is_gone(desk: Desk, caller: Calls) -> None:
    came = desk.customer_writes("hannah", "My card number is …", attachments=(("card.png", "image/png", PNG),))
    with desk.write() as db:
        db.get_one(Message, came.message_id).deleted_at = clock.now()
        file = db.scalar(sa.select(Attachment.public_id))
    system = caller("yuki")
    shown = system.get(f"/tickets/{came.ticket_id}/messages").json()["data"][0]
    assert (shown["deleted"], shown["text"], shown["attachments"]) == (True, "", [])
    assert system.get(f"/attachments/{file}").status_code == 404


@pytest.mark.both
def test_an_agent_of_one_team_sees_through_the_api_what_they_see_on_the_screen(desk: Desk, caller: Calls) -> None:
    open_to_all = desk.customer_writes("hannah", "Open").ticket_id
    closed = desk.customer_writes("ayaka", "Wholesale prices", attachments=(("p.png", "image/png", PNG),)).ticket_id
    hidden_in_wholesale(desk, closed)
    with desk.read() as db:
        file = db.scalar(sa.select(Attachment.public_id).where(Attachment.ticket_id == closed))
    ayaka = desk.customer("ayaka").id

    kenji = caller("kenji")  # not of wholesale
    assert [t["id"] for t in kenji.get("/tickets").json()["data"]] == [open_to_all]
    assert {m["ticket_id"] for m in kenji.get("/messages").json()["data"]} == {open_to_all}
    assert kenji.get("/messages", ticket=closed).json()["data"] == []
    assert [c["name"] for c in kenji.get("/customers").json()["data"]] == ["Hannah Lindqvist"]
    for path in (f"/tickets/{closed}", f"/tickets/{closed}/messages", f"/attachments/{file}", f"/customers/{ayaka}"):
        assert kenji.get(path).status_code == 404
    assert kenji.post(f"/tickets/{closed}/replies", {"text": "Hello"}).status_code == 404

    rosa = caller("rosa")  # sees the tickets of her own team alone
    assert rosa.get("/tickets").json()["data"] == []
    assert rosa.get("/customers").json()["data"] == []
    assert rosa.get("/inboxes").json()["data"] == []

    mio = caller("mio")
    assert [t["id"] for t in mio.get("/tickets").json()["data"]] == [open_to_all, closed]
    assert mio.get(f"/attachments/{file}").content == PNG


def test_somebody_in_cc_is_a_customer_that_the_agent_knows(desk: Desk, caller: Calls) -> None:
    desk.customer_writes("hannah", "With my colleague", cc="Tom Weller <tom@weller.example>")
    names = {c["name"] for c in caller("kenji", "customers:read").get("/customers").json()["data"]}
    assert names == {"Hannah Lindqvist", "Tom Weller"}


def test_a_customer_is_found_by_address(desk: Desk, caller: Calls) -> None:
    system = caller("yuki", "customers:read")
    (found,) = system.get("/customers", email="Hannah@FjordCafe.example").json()["data"]
    assert found["name"] == "Hannah Lindqvist"
    assert found["company"]["name"] == "Fjord Café"
    assert found["identities"][0]["value"] == "hannah@fjordcafe.example"
    assert system.get(f"/customers/{found['id']}").json() == found
    assert system.get("/customers", email="nobody@fjordcafe.example").json()["data"] == []


def test_a_file_is_downloaded_in_a_form_that_no_browser_runs(desk: Desk, caller: Calls) -> None:
    page = b"<script>alert(1)</script>"
    came = desk.customer_writes("hannah", "See the page", attachments=(("請求書 1.html", "text/html", page),))
    system = caller("yuki", "messages:read")
    (file,) = system.get(f"/tickets/{came.ticket_id}/messages").json()["data"][0]["attachments"]
    assert (file["filename"], file["content_type"], file["size"]) == ("請求書 1.html", "text/html", len(page))
    assert file["url"] == f"http://testserver/api/v1/attachments/{file['id']}"
    answer = system.get(f"/attachments/{file['id']}")
    assert answer.content == page
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quote('請求書 1.html', safe='')}"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_on_its_way_is_asked_for_later(desk: Desk, caller: Calls) -> None:
    came = desk.customer_writes("hannah", "A picture", attachments=(("p.png", "image/png", PNG),))
    with desk.write() as db:
        file = db.scalars(sa.select(Attachment)).one()
        file.state = "pending"
    system = caller("yuki", "messages:read")
    shown = system.get(f"/tickets/{came.ticket_id}/messages").json()["data"][0]["attachments"][0]
    assert (shown["state"], shown["url"]) == ("pending", None)
    assert system.get(f"/attachments/{file.public_id}").status_code == 409


def test_inboxes_are_listed_without_their_secrets(desk: Desk, caller: Calls, inbox: str) -> None:
    with desk.write() as db:
        db.scalars(sa.select(Inbox).where(Inbox.public_id == inbox)).one().settings = {"hidden": "thing"}
    answer = caller("kenji", "inbound:write").get("/inboxes")
    assert {
        "id": inbox,
        "name": "Order system",
        "channel": "rest",
        "address": "orders",
        "active": True,
    } in answer.json()["data"]
    assert "hidden" not in answer.text
