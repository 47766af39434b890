"""The chat's server side: a visitor's conversation is theirs alone, stored once, and never shows a note."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app import clock, keys
from app.channels.inboxes import Inbox
from app.customers import identities
from app.portal import visitors, widget
from app.tickets.models import Attachment, Ticket
from tests.portal.walk import mails
from tests.story import Desk

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class Visitor:
    """What the widget does, without its screen."""

    def __init__(self, desk: Desk, language: str = "en") -> None:
        self.desk, self.token = desk, secrets.token_urlsafe(32)
        self.inbox = desk.inbox("chat").public_id
        self.browser: TestClient = desk.visitor(language)
        self.headers = {"authorization": f"Visitor {self.token}", "accept": "application/json"}

    def says(self, text: str = "", *, key: str | None = None, files: Any = None, **more: str) -> Any:
        form = {"id": key or str(uuid.uuid4()), "text": text, **more}
        answer = self.browser.post(f"/widget/{self.inbox}/messages", data=form, files=files, headers=self.headers)
        self.desk.work()
        return answer

    def sees(self, after: int = 0) -> Any:
        path = f"/widget/{self.inbox}/messages?after={after}"
        return self.browser.get(path, headers=self.headers).json()

    def posts(self, path: str, **said: Any) -> Any:
        return self.browser.post(f"/widget/{self.inbox}/{path}", json=said, headers=self.headers)


@pytest.mark.both
def test_a_visitor_and_an_agent_talk(desk: Desk) -> None:
    visitor = Visitor(desk)
    assert visitor.says("Only the lid is chipped.", page="https://shop.example/teapot").status_code == 202
    (ticket,) = desk.tickets()
    assert (ticket.channel, ticket.subject, ticket.locale) == ("chat", "Only the lid is chipped.", "en")
    assert desk.messages(ticket.id)[0].meta == {"page": "https://shop.example/teapot"}

    desk.agent_notes("yuki", ticket.id, "Third lid this month")
    desk.agent_replies("mio", ticket.id, "Could you show me the edge?")
    seen = visitor.sees()
    assert [(m["mine"], m["text"]) for m in seen["messages"]] == [
        (True, "Only the lid is chipped."),
        (False, "Could you show me the edge?"),
    ]
    assert seen["messages"][1]["name"] == "Mio Tanabe"
    assert visitor.sees(seen["last"])["messages"] == []
    visitor.says("Here.")
    assert len(desk.tickets()) == 1
    assert [m["text"] for m in visitor.sees(seen["last"])["messages"]] == ["Here."]


@pytest.mark.both
def test_a_message_sent_again_is_one_message(desk: Desk) -> None:
    visitor, key = Visitor(desk), str(uuid.uuid4())
    for _ in range(3):
        assert visitor.says("Hello?", key=key).status_code == 202
    assert [m["key"] for m in visitor.sees()["messages"]] == [key]
    assert len(desk.received()) == 1


def test_the_same_id_from_another_visitor_is_another_message(desk: Desk) -> None:
    first, second, key = Visitor(desk), Visitor(desk), str(uuid.uuid4())
    first.says("Mine", key=key)
    second.says("Mine too", key=key)
    assert [m["text"] for m in second.sees()["messages"]] == ["Mine too"]
    assert len(desk.tickets()) == 2


def test_a_visitor_sees_nothing_of_another(desk: Desk) -> None:
    first, second = Visitor(desk), Visitor(desk)
    first.says("Private", files=[("files", ("lid.png", PNG, "image/png"))])
    assert second.sees()["messages"] == []
    with desk.read() as db:
        file = db.scalars(sa.select(Attachment)).one()
    path = f"/widget/{first.inbox}/files/{file.public_id}"
    assert first.browser.get(path, headers=first.headers).content == PNG
    assert second.browser.get(path, headers=second.headers).status_code == 404
    assert desk.visitor().get(path).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "é" * 43, "a" * 42, "a" * 44, "a" * 42 + "!"])
def test_without_a_token_nothing_is_said_or_seen(desk: Desk, token: str) -> None:
    inbox = desk.inbox("chat").public_id
    headers = {"authorization": b"Visitor " + token.encode(), "accept": "application/json"}
    browser = desk.visitor()
    assert browser.get(f"/widget/{inbox}/messages", headers=headers).status_code == 401
    form = {"id": str(uuid.uuid4()), "text": "Hello"}
    assert browser.post(f"/widget/{inbox}/messages", data=form, headers=headers).status_code == 401
    assert desk.received() == []


def test_an_unknown_chat_does_not_exist(desk: Desk) -> None:
    visitor = Visitor(desk)
    visitor.inbox = keys.public_id()
    assert visitor.says("Hello").status_code == 404
    assert desk.visitor().get(f"/widget/{visitor.inbox}").status_code == 404


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": " \u200b\n"}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"text": "Hello", "id": "7"}, "id"),
        ({"text": "Hello", "id": ""}, "id"),
    ],
)
def test_a_bad_message_is_refused_by_the_name_of_its_field(desk: Desk, form: dict[str, str], field: str) -> None:
    visitor = Visitor(desk)
    sent = {"id": str(uuid.uuid4()), **form}
    answer = visitor.browser.post(f"/widget/{visitor.inbox}/messages", data=sent, headers=visitor.headers)
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]
    assert desk.received() == []


def test_what_the_widget_is_told_is_in_its_language(desk: Desk) -> None:
    visitor = Visitor(desk)
    answer = visitor.browser.post(
        f"/widget/{visitor.inbox}/messages?lang=ja", data={"id": str(uuid.uuid4())}, headers=visitor.headers
    )
    assert answer.json()["fields"] == {"text": "内容を入力してください。"}


def test_a_picture_alone_is_a_message(desk: Desk) -> None:
    visitor = Visitor(desk)
    assert visitor.says(files=[("files", ("lid.png", PNG, "image/png"))]).status_code == 202
    assert desk.tickets()[0].subject == "lid.png"
    (file,) = visitor.sees()["messages"][0]["files"]
    assert (file["name"], file["picture"], file["ready"]) == ("lid.png", True, True)


def test_a_closed_conversation_goes_on_as_a_new_linked_one(desk: Desk) -> None:
    from app.tickets import lifecycle

    visitor = Visitor(desk)
    visitor.says("First")
    with desk.write() as db:
        lifecycle.set_status(db, db.get_one(Ticket, desk.tickets()[0].id), "closed")
    assert visitor.sees()["solved"] is True
    visitor.says("Second")
    assert len(desk.tickets()) == 2
    assert [m["text"] for m in visitor.sees()["messages"]] == ["First", "Second"]
    assert visitor.sees()["solved"] is False


# ── delivered, read, and answered when they have left ─────────────────────────────────────────────────


def test_an_answer_is_sent_then_delivered_then_read_and_never_goes_back(desk: Desk) -> None:
    visitor = Visitor(desk)
    visitor.says("Hello?")
    ticket = desk.tickets()[0].id
    desk.agent_replies("mio", ticket, "Hello!")
    last = visitor.sees()["last"]
    states = [desk.deliveries(ticket)[0].state]
    for state in ("delivered", "read", "delivered"):
        assert visitor.posts("seen", upto=last, state=state).status_code == 204
        states.append(desk.deliveries(ticket)[0].state)
    assert states == ["sent", "delivered", "read", "read"]


@pytest.mark.parametrize(
    "said", [{"upto": "1", "state": "read"}, {"upto": 1, "state": "failed"}, {"upto": True, "state": "read"}]
)
def test_a_bad_word_on_what_was_seen_is_refused(desk: Desk, said: dict[str, Any]) -> None:
    assert Visitor(desk).posts("seen", **said).status_code == 422


def test_nobody_marks_another_visitors_answers_as_read(desk: Desk) -> None:
    visitor = Visitor(desk)
    visitor.says("Hello?")
    ticket = desk.tickets()[0].id
    desk.agent_replies("mio", ticket, "Hello!")
    Visitor(desk).posts("seen", upto=1_000_000, state="read")
    assert desk.deliveries(ticket)[0].state == "sent"


def left_alone(desk: Desk) -> None:
    with clock.pretend(clock.now() + timedelta(minutes=4)):
        desk.work()


@pytest.mark.both
def test_who_left_is_answered_by_mail_once_and_the_mailed_reply_opens_a_linked_ticket(desk: Desk) -> None:
    visitor = Visitor(desk)
    visitor.says("Is the kiln open on Monday?")
    assert visitor.posts("contact", name="Emma", email="Emma@Laurent.example").status_code == 204
    ticket = desk.tickets()[0].id
    desk.agent_replies("mio", ticket, "It is.")
    desk.agent_replies("mio", ticket, "From ten o’clock.")
    left_alone(desk)
    left_alone(desk)
    (mail,) = mails(desk, "emma@laurent.example")
    assert "It is.\n\nFrom ten o’clock." in mail
    assert "You had left our chat" in mail

    mailed = [d for d in desk.deliveries(ticket) if not (d.external_id or "").startswith("chat-")]
    received = desk.customer_writes(
        "ayaka", "Thank you!", sender="Emma <emma@laurent.example>", answering=mailed[0].external_id
    )
    assert (received.state, received.why) == ("opened", "sender_unknown"), "an address that was only claimed"
    assert desk.ticket(received.ticket_id or 0).why["threading"]["ticket"] == ticket
    assert "Thank you!" not in str(visitor.sees()), "it may be somebody else's"
    message = desk.agent_replies("mio", ticket, "See you on Monday.")
    assert message.recipients["to"] == [[keys.digest(visitor.token), "Emma"]], "a chat is answered in the chat"


def test_who_is_still_there_gets_no_mail(desk: Desk) -> None:
    visitor = Visitor(desk)
    visitor.says("Hello?")
    visitor.posts("contact", name="", email="emma@laurent.example")
    desk.agent_replies("mio", desk.tickets()[0].id, "Hello!")
    visitor.posts("seen", upto=visitor.sees()["last"], state="delivered")
    left_alone(desk)
    assert mails(desk) == []


def test_who_gave_no_address_gets_no_mail_and_finds_the_answer_later(desk: Desk) -> None:
    visitor = Visitor(desk)
    visitor.says("Hello?")
    desk.agent_replies("mio", desk.tickets()[0].id, "Hello!")
    left_alone(desk)
    assert mails(desk) == []
    assert visitor.sees()["messages"][-1]["text"] == "Hello!"


# ── who they say they are ─────────────────────────────────────────────────────────────────────────────


def test_an_address_that_nobody_has_becomes_a_claim(desk: Desk) -> None:
    visitor = Visitor(desk)
    visitor.says("Hello")
    assert visitor.sees()["reachable"] is False
    visitor.posts("contact", name="Emma", email="emma@laurent.example")
    assert visitor.sees()["reachable"] is True
    requester = desk.tickets()[0].requester_id
    with desk.read() as db:
        assert identities.find(db, "email", "emma@laurent.example") is None
        (found,) = [i for i in identities.of(db, requester) if i.kind == "email"]
        assert (found.evidence, found.scope) == ("claimed", f"claimed-by-{requester}")
    assert desk.messages(desk.tickets()[0].id)[0].sender_name == "Emma"


def test_nobody_becomes_another_person_by_naming_their_address(desk: Desk) -> None:
    ayaka, visitor = desk.customer("ayaka"), Visitor(desk)
    visitor.says("It is me, Ayaka")
    assert visitor.posts("contact", name="Ayaka", email="ayaka@morishita.example").status_code == 204
    ticket = desk.tickets()[0]
    assert ticket.requester_id != ayaka.id
    assert desk.customer("ayaka").id == ayaka.id, "the address stays with whom it was"
    desk.agent_replies("mio", ticket.id, "Hello!")
    left_alone(desk)
    assert len(mails(desk, "ayaka@morishita.example")) == 1, "the answer still goes where it was asked to go"


@pytest.mark.parametrize("email", ["", "emma", "emma@", "a@b", "x\r\nBcc: a@b.example"])
def test_a_bad_address_is_refused(desk: Desk, email: str) -> None:
    answer = Visitor(desk).posts("contact", name="Emma", email=email)
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == ["email"]


# ── the frame ─────────────────────────────────────────────────────────────────────────────────────────


def origins(desk: Desk, *listed: Any) -> None:
    with desk.write() as db:
        inbox = db.scalars(sa.select(Inbox).where(Inbox.kind == "chat")).one()
        inbox.settings = {**inbox.settings, "origins": list(listed)}


def test_the_frame_is_for_our_own_pages_and_those_of_the_inbox(desk: Desk) -> None:
    path = f"/widget/{desk.inbox('chat').public_id}"
    policy = desk.visitor().get(path).headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self'")
    origins(desk, "https://shop.example", "javascript:alert(1)", "https://a.example; script-src *", "*", 7)
    answer = desk.visitor().get(f"{path}?origin=https://shop.example")
    assert answer.headers["content-security-policy"].endswith("frame-ancestors 'self' https://shop.example")
    assert 'data-parent="https://shop.example"' in answer.text


def test_the_frame_never_talks_to_an_origin_that_is_not_the_inboxs(desk: Desk) -> None:
    path = f"/widget/{desk.inbox('chat').public_id}?origin=https://evil.example"
    assert "evil.example" not in desk.visitor().get(path).text


def test_the_loader_is_small_and_any_page_may_load_it(desk: Desk) -> None:
    answer = desk.visitor().get("/widget.js")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    script = desk.visitor().get(answer.headers["location"])
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert len(script.content) < 15_000


def test_greeting_promise_and_colour_come_from_the_inbox(desk: Desk) -> None:
    with desk.write() as db:
        inbox = db.scalars(sa.select(Inbox).where(Inbox.kind == "chat")).one()
        said = {"en": "Tea?", "ja": "お茶はいかが"}
        inbox.settings = {"greeting": said, "promise": "Until six", "brand": "#8a2b06"}
    path = f"/widget/{desk.inbox('chat').public_id}"
    assert "お茶はいかが" in desk.visitor("ja").get(path).text
    page = desk.visitor("en").get(path).text
    assert "Tea?" in page
    assert "Until six" in page
    assert "--brand: #8a2b06;" in desk.visitor().get(f"{path}/colours.css").text


def test_a_colour_that_is_none_is_left_out(desk: Desk) -> None:
    with desk.write() as db:
        inbox = db.scalars(sa.select(Inbox).where(Inbox.kind == "chat")).one()
        inbox.settings = {"brand": "red; } body { background: url(https://evil.example) }"}
    path = f"/widget/{desk.inbox('chat').public_id}/colours.css"
    assert "evil" not in desk.visitor().get(path).text


# ── sockets ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_visitors_socket_hears_their_own_conversation_alone(desk: Desk) -> None:
    token, inbox = secrets.token_urlsafe(32), desk.inbox("chat").public_id
    database = desk.house.database
    assert visitors.admit(database, {}, {"visitor": token, "inbox": inbox}) == [f"chat-{keys.digest(token)}"]
    for auth in ({}, {"visitor": token}, {"visitor": token, "inbox": "none"}, {"visitor": 7, "inbox": inbox}):
        assert visitors.admit(database, {}, auth) is None


def test_the_browsers_of_a_visitor_are_told_of_answers_and_of_nothing_internal(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, Any]] = []
    visitor = Visitor(desk)
    monkeypatch.setitem(desk.house.database.house, "signal", lambda name, data, topics: told.append((name, topics)))
    visitor.says("Hello?")
    own = f"chat-{keys.digest(visitor.token)}"
    assert told == [("chat", [own])]
    told.clear()
    desk.agent_notes("yuki", desk.tickets()[0].id, "Hm")
    assert told == []


def test_too_many_messages_wait(desk: Desk) -> None:
    visitor = Visitor(desk)
    answers = [visitor.says(f"{n}").status_code for n in range(61)]
    assert answers == [202] * 60 + [429]


def test_origins_are_origins() -> None:
    inbox = Inbox(settings={"origins": ["https://A.example/", "http://localhost:8080", "https://a.example/path", ""]})
    assert widget.allowed(inbox) == ["https://a.example", "http://localhost:8080"]
