"""The whole way: a customer writes, the desk answers, the customer answers that, and what can go wrong between."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import make_msgid
from typing import Any

import pytest
import sqlalchemy as sa

from app import i18n, main
from app.accounts import agents
from app.channels.email import catcher
from app.channels.outbox import Delivery
from app.console import thread
from app.tickets import replies
from app.tickets.models import Message, Participant, Ticket
from tests.email.conftest import SUPPORT
from tests.email.transport import Door

Arrived = Callable[[], list[Any]]
TARO = "Taro Yamada <taro@customer.example>"


class Desk:
    """What the story needs of a desk: letters in over SMTP, answers out into the kept outbox."""

    def __init__(self, house: main.House, door: Door) -> None:
        self.house, self.door = house, door

    def letter(self, text: str, sender: str = TARO, to: str = SUPPORT, **headers: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, to, headers.pop("subject", "Parcel")
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        if "Message-ID" not in mail:
            mail["Message-ID"] = make_msgid(domain="customer.example")
        mail.set_content(text)
        raw = mail.as_bytes(policy=default.clone(linesep="\r\n"))
        assert self.door.send(raw, SUPPORT, sender.partition("<")[2].rstrip(">")).startswith("250")
        self.house.worker.run_until_idle()

    def bounce(self, message_id: str) -> None:
        raw = (
            f"From: MAILER-DAEMON@mx.example\r\nTo: {SUPPORT}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
            "Final-Recipient: rfc822; taro@customer.example\r\nAction: failed\r\nStatus: 5.2.2\r\n\r\n"
            f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
        )
        self.door.send(raw.encode(), SUPPORT, "")
        self.house.worker.run_until_idle()

    def answer(self, text: str, ticket: int = 1) -> Message:
        with self.house.database.transaction() as db:
            agent = agents.find(db, "hana@desk.example") or agents.add(db, "hana@desk.example", "Hana Sato")
            message = replies.reply(db, db.get_one(Ticket, ticket), agent, text)
        self.house.worker.run_until_idle()
        return message

    def texts(self, ticket: int) -> list[str]:
        with self.house.database.read() as db:
            query = sa.select(Message.text).where(Message.ticket_id == ticket, Message.kind != "acknowledgement")
            return list(db.scalars(query.order_by(Message.id)))

    def all(self, kind: Any) -> list[Any]:
        with self.house.database.read() as db:
            return list(db.scalars(sa.select(kind)))

    def sent(self) -> list[EmailMessage]:
        """Mails that went out, newest first."""
        data = self.house.settings.data
        opened = [message_from_bytes(catcher.raw_mail(data, m.name), policy=default) for m in catcher.list_mails(data)]
        return sorted(opened, key=lambda m: m["Message-ID"], reverse=True)


@pytest.fixture
def desk(house: main.House, door: Door) -> Desk:
    return Desk(house, door)


def test_a_conversation_stays_one_ticket(desk: Desk) -> None:
    desk.letter("Where is my parcel?", Message_ID="<1@customer.example>")
    written = desk.answer("It leaves **today**.")
    answer = next(m for m in desk.sent() if m["Message-ID"] == written.external_id)
    assert answer["In-Reply-To"] == "<1@customer.example>"
    assert answer["To"] == TARO
    quoted = "".join(f"> {line}\n" for line in answer.get_body(("plain",)).get_content().splitlines())
    desk.letter(f"Thank you!\n\nOn Friday Hana wrote:\n\n{quoted}", In_Reply_To=answer["Message-ID"])
    assert desk.texts(1) == ["Where is my parcel?", "It leaves **today**.", "Thank you!"]
    assert len(desk.all(Ticket)) == 1


def test_a_lowered_message_id_still_leads_to_the_ticket(desk: Desk) -> None:
    desk.letter("Where is my parcel?")
    written = desk.answer("Soon.")
    desk.letter("Thanks", In_Reply_To=str(written.external_id).upper())
    assert desk.texts(1)[-1] == "Thanks"


def test_a_stranger_with_the_right_message_id_gets_a_linked_ticket_of_their_own(desk: Desk) -> None:
    desk.letter("Where is my parcel?")
    written = desk.answer("Soon.")
    desk.letter("Tell me more", sender="Eve <eve@evil.example>", In_Reply_To=str(written.external_id))
    first, second = desk.all(Ticket)
    assert desk.texts(first.id) == ["Where is my parcel?", "Soon."]
    assert second.why["threading"] == {"code": "sender_unknown", "ticket": first.id}


def test_a_guessed_message_id_joins_nothing(desk: Desk) -> None:
    desk.letter("Where is my parcel?")
    desk.letter("Joining", In_Reply_To="<1.2.a" + "a" * 26 + "@desk.example>")
    assert len(desk.all(Ticket)) == 2


def test_somebody_in_cc_gets_the_answer_and_may_answer_too(desk: Desk) -> None:
    desk.letter("Where is my parcel?", Cc="Jiro <jiro@customer.example>")
    written = desk.answer("Soon.")
    answer = next(m for m in desk.sent() if m["Message-ID"] == written.external_id)
    assert answer["Cc"] == "Jiro <jiro@customer.example>"
    desk.letter("Me too", sender="Jiro <jiro@customer.example>", In_Reply_To=str(written.external_id))
    assert desk.texts(1)[-1] == "Me too"
    assert len(desk.all(Participant)) == 1


def test_the_acknowledgement_is_marked_and_robots_get_none(desk: Desk) -> None:
    desk.letter("Where is my parcel?")
    [acknowledgement] = desk.sent()
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    desk.letter("I am away", sender="Bot <bot@x.example>", Auto_Submitted="auto-replied")
    desk.letter("Weekly news", sender="News <news@y.example>", Precedence="bulk")
    desk.letter("To all", sender="List <list@z.example>", List_Id="<all.z.example>")
    assert len(desk.sent()) == 1
    codes = [t.why["acknowledgement"]["code"] for t in desk.all(Ticket)]
    assert codes == ["send", "auto_submitted", "bulk", "list"]


def test_two_robots_do_not_talk_to_each_other(desk: Desk) -> None:
    desk.letter("Where is my parcel?")
    [acknowledgement] = desk.sent()
    for _ in range(3):
        desk.letter("I am on holiday", In_Reply_To=acknowledgement["Message-ID"], Auto_Submitted="auto-replied")
    assert len(desk.sent()) == 1
    assert len(desk.all(Ticket)) == 1


def test_our_own_mail_coming_back_is_kept_and_ignored(desk: Desk, arrived: Arrived) -> None:
    desk.letter("Where is my parcel?")
    [acknowledgement] = desk.sent()
    desk.letter("looped", sender=f"Desk <{SUPPORT}>", Message_ID=acknowledgement["Message-ID"])
    received, _ = arrived()[-1]
    assert (received.state, received.why) == ("ignored", "own_mail")
    assert len(desk.all(Ticket)) == 1


def test_a_second_mail_with_a_borrowed_message_id_is_kept_and_says_so(desk: Desk) -> None:
    desk.letter("Please send it to Uji.", Message_ID="<1@customer.example>")
    desk.letter("Please send it to Kobe.", Message_ID="<1@customer.example>")
    desk.letter("And something else.", Message_ID="<2@customer.example>")
    one, two, three = [m for m in desk.all(Message) if m.direction == "in"]
    assert (two.text, two.meta.get("same_id_as")) == ("Please send it to Kobe.", one.id)
    assert [m for m in (one, three) if "same_id_as" in m.meta] == []
    assert "the same Message-ID" in thread._mind(two)
    with i18n.use("ja"):
        assert "偽装されている可能性" in thread._mind(two)


def test_where_answers_are_wished_is_shown_and_they_go_to_the_sender(desk: Desk) -> None:
    desk.letter("Where is my parcel?", Reply_To="Taro at home <taro@elsewhere.example>")
    [asked] = [m for m in desk.all(Message) if m.direction == "in"]
    assert "taro@elsewhere.example" in thread._mind(asked)
    desk.answer("Soon.")
    assert all("taro@customer.example" in mail["To"] for mail in desk.sent())


def test_a_bounce_shows_on_the_delivery_that_came_back_and_opens_no_ticket(desk: Desk, arrived: Arrived) -> None:
    desk.letter("Where is my parcel?")
    written = desk.answer("Soon.")
    desk.bounce(str(written.external_id).upper())
    [failed] = [d for d in desk.all(Delivery) if d.state == "failed"]
    assert failed.message_id == written.id
    assert (failed.code, failed.reason) == ("5.2.2", "The mailbox is full.\ntaro@customer.example 5.2.2")
    assert len(desk.all(Ticket)) == 1
    assert arrived()[-1][0].why == "delivery_failed"


def test_mails_of_nobody_are_tickets_of_two_strangers(desk: Desk) -> None:
    for text in ("one", "two"):
        raw = f"Subject: {text}\r\n\r\n{text}\r\n".encode()
        desk.door.send(raw, SUPPORT, "")
    desk.house.worker.run_until_idle()
    one, two = desk.all(Ticket)
    assert one.requester_id != two.requester_id
    assert desk.sent() == []
