"""Mail comes to the door: what is taken, what is refused, and that nothing is acknowledged before it is kept."""

from __future__ import annotations

import smtplib
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from app import main
from app.channels import inboxes
from app.channels.email import recipients, smtp_session
from app.channels.email.smtp_in import MailListeners
from app.channels.inboxes import Inbox
from app.channels.types import Incoming
from app.errors import Unavailable
from app.settings import load
from app.tickets import replies
from app.tickets.models import Message, Ticket
from tests.email import transport
from tests.email.conftest import SALES, SUPPORT
from tests.email.transport import Door, wire

Arrived = Callable[[], list[Any]]


def mail(text: str = "Where is my parcel?", message_id: str = "<1@customer.example>", extra: str = "") -> bytes:
    head = f"{extra}From: Taro <taro@customer.example>\nTo: {SUPPORT}\nSubject: Parcel\n"
    return f"{head}Message-ID: {message_id}\n\n{text}\n".replace("\n", "\r\n").encode()


def refusal(send: Callable[[], object]) -> str:
    with pytest.raises(smtplib.SMTPResponseException) as caught:
        send()
    return f"{caught.value.smtp_code} {caught.value.smtp_error.decode()}"


# ── taken ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mail_is_kept_with_its_envelope_and_the_answer_names_its_number(door: Door, arrived: Arrived) -> None:
    answer = door.send(mail(), SUPPORT)
    [(received, raw)] = arrived()
    assert answer == f"250 2.0.0 Received {received.id}"
    assert raw.body == mail()
    assert received.external_id == "<1@customer.example>"
    assert received.envelope == {
        "from": "taro@customer.example",
        "to": [SUPPORT],
        "peer": "127.0.0.1",
        "helo": "client.example",
        "tls": False,
    }


def test_the_kept_mail_has_a_job_that_reads_it(door: Door, house: main.House, arrived: Arrived) -> None:
    door.send(mail(), SUPPORT)
    house.worker.run_until_idle()
    [(received, _)] = arrived()
    assert received.state == "opened"


def test_the_same_mail_again_changes_nothing_whatever_servers_added(door: Door, arrived: Arrived) -> None:
    first = door.send(mail(), SUPPORT)
    again = door.send(mail(extra="Received: from a by b; today\nX-Spam-Score: 1\n\tfolded\n"), SUPPORT)
    assert again == first
    assert len(arrived()) == 1


def test_another_mail_with_a_borrowed_message_id_is_kept_too(door: Door, arrived: Arrived) -> None:
    door.send(mail("first"), SUPPORT)
    door.send(mail("something else"), SUPPORT)
    assert [received.external_id for received, _ in arrived()] == ["<1@customer.example>"] * 2


def test_a_mail_to_two_inboxes_is_kept_in_each(door: Door, sales: Inbox, support: Inbox, arrived: Arrived) -> None:
    answer = door.send(mail(), [SUPPORT, SALES])
    found = {received.inbox_id: received for received, _ in arrived()}
    assert set(found) == {support.id, sales.id}
    assert found[sales.id].envelope["to"] == [SALES]
    assert answer == f"250 2.0.0 Received {found[support.id].id}, {found[sales.id].id}"


def test_lines_of_any_length_dots_and_raw_bytes_come_in_as_they_were_sent(door: Door, arrived: Arrived) -> None:
    text = "x" * 300_000 + "\n.\n..two\n." + "é" * 1000
    raw = mail(text).replace("é".encode(), b"\xe9")
    door.send(raw, SUPPORT)
    assert arrived()[0][1].body == raw


def test_an_empty_mail_is_taken_and_ends_in_a_named_state(door: Door, house: main.House, arrived: Arrived) -> None:
    with wire(door.smtp_port) as client:
        client.answer()
        client.say(f"EHLO c\nMAIL FROM:<a@b.example>\nRCPT TO:<{SUPPORT}>\nDATA\n")
        for _ in range(4):
            client.answer()
        client.say(".\n")
        assert client.answer().startswith("250 2.0.0 Received")
    house.worker.run_until_idle()
    [(received, raw)] = arrived()
    assert raw.body == b""
    assert received.state in ("quarantined", "opened")


def test_a_dot_after_a_bare_line_feed_does_not_end_the_mail(door: Door, arrived: Arrived) -> None:
    smuggled = b"Subject: one\r\n\r\ntext\n.\nMAIL FROM:<evil@x.example>\n.\r\nmore\r\n"
    with wire(door.smtp_port) as client:
        client.answer()
        client.say(f"EHLO c\nMAIL FROM:<a@b.example>\nRCPT TO:<{SUPPORT}>\nDATA\n")
        client.socket.sendall(smuggled + b".\r\n")
        answers = [client.answer()[:3] for _ in range(5)]
    assert answers == ["250", "250", "250", "354", "250"]
    [(_, raw)] = arrived()
    assert raw.body == smuggled


def test_commands_and_mails_sent_in_one_go_are_all_answered(door: Door, arrived: Arrived) -> None:
    one = f"MAIL FROM:<a@b.example>\nRCPT TO:<{SUPPORT}>\nDATA\n"
    with wire(door.smtp_port) as client:
        client.answer()
        client.say(f"EHLO c\n{one}Subject: 1\n\none\n.\n{one}Subject: 2\n\ntwo\n.\nQUIT\n")
        answers = [client.answer() for _ in range(10)]
    assert [a[:3] for a in answers] == ["250", "250", "250", "354", "250", "250", "250", "354", "250", "221"]
    assert [raw.body for _, raw in arrived()] == [b"Subject: 1\r\n\r\none\r\n", b"Subject: 2\r\n\r\ntwo\r\n"]


@pytest.mark.parametrize("sender", ["", "a..b.@docomo.ne.jp", "山田@例え.jp"])
def test_senders_that_real_mail_has_are_taken(door: Door, arrived: Arrived, sender: str) -> None:
    with door.smtp() as client:
        client.command_encoding = "utf-8"
        assert client.docmd("MAIL", f"FROM:<{sender}> SMTPUTF8 BODY=8BITMIME")[0] == 250
        assert client.docmd("RCPT", f"TO:<{SUPPORT}>")[0] == 250
        assert client.data(mail())[0] == 250
    assert arrived()[0][0].envelope["from"] == (sender or "<>")


def test_a_mail_that_names_ten_thousand_people_is_one_mail(door: Door, arrived: Arrived) -> None:
    everybody = ",\n ".join(f"person{n}@x.example" for n in range(10_000))
    door.send(mail(extra=f"Cc: {everybody}\n"), SUPPORT)
    [(received, raw)] = arrived()
    assert received.external_id == "<1@customer.example>"
    assert raw.body.count(b"@x.example") == 10_000


@pytest.mark.parametrize("header", ["To", "Cc"])
def test_ten_thousand_named_people_are_a_circular_that_is_answered_to_its_author(
    door: Door, house: main.House, arrived: Arrived, header: str
) -> None:
    name = "=?UTF-8?B?5qCq5byP5Lya56S+5pyI44Gu6LyqIOS9kOiXpOWkqumDjg==?="
    everybody = ",\n ".join(f"{name} <person.{n}@department-{n % 7}.customer.example>" for n in range(10_000))
    door.send(mail(extra=f"{header}: {SUPPORT},\n {everybody}\n"), SUPPORT)
    house.worker.run_until_idle()
    [(received, _)] = arrived()
    assert (received.state, received.external_id) == ("opened", "<1@customer.example>")
    with house.database.read() as db:
        message = db.get_one(Message, received.message_id)
        answer = replies.recipients(db, db.get_one(Ticket, received.ticket_id))
    assert message.meta["circular"] > 10_000
    assert len(str(message.recipients)) + len(str(message.meta)) < 10_000
    assert ([r.value for r in answer.to], list(answer.cc)) == (["taro@customer.example"], [])


def test_fifty_people_in_copy_are_still_answered(door: Door, house: main.House, arrived: Arrived) -> None:
    door.send(mail(extra="Cc: " + ", ".join(f"p{n}@x.example" for n in range(50)) + "\n"), SUPPORT)
    house.worker.run_until_idle()
    with house.database.read() as db:
        assert len(replies.recipients(db, db.get_one(Ticket, arrived()[0][0].ticket_id)).cc) == 50


def test_ten_thousand_recipients_of_the_envelope_are_taken_and_a_thousand_kept(door: Door, arrived: Arrived) -> None:
    recipients = "".join(f"RCPT TO:<support+{n}@desk.example>\n" for n in range(10_000))
    with wire(door.smtp_port) as client:
        client.say("EHLO client.example\nMAIL FROM:<taro@customer.example>\n")
        greeting = [client.answer() for _ in range(3)]
        writing = threading.Thread(target=client.say, args=(recipients + "DATA\n",))
        writing.start()
        answers = {client.answer() for _ in range(10_000)}
        writing.join(60)
        assert client.answer().startswith("354")
        client.say(mail().decode().replace("\r\n", "\n") + ".\n")
        assert client.answer().startswith("250 2.0.0 Received")
    assert greeting[2].startswith("250")
    assert answers == {"250 2.1.5 OK"}
    assert len(arrived()[0][0].envelope["to"]) == 1000


# ── for whom ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "to", [SUPPORT, "Support@DESK.example", "support+12.abc@desk.example", "postmaster@desk.example"]
)
def test_an_inbox_takes_mail_for_its_address_its_plus_forms_and_the_postmaster(
    door: Door, support: Inbox, arrived: Arrived, to: str
) -> None:
    door.send(mail(), to)
    [(received, _)] = arrived()
    assert received.inbox_id == support.id
    assert received.envelope["to"] == [to]


def test_an_address_without_an_inbox_is_refused_and_the_others_still_get_the_mail(door: Door, arrived: Arrived) -> None:
    with door.smtp() as client:
        client.mail("taro@customer.example")
        assert client.rcpt("nobody@desk.example") == (550, b"5.1.1 There is no such address here")
        assert client.rcpt("support@elsewhere.example")[0] == 550
        assert client.rcpt(SUPPORT)[0] == 250
        assert client.data(mail())[0] == 250
    assert arrived()[0][0].envelope["to"] == [SUPPORT]


def test_an_inbox_that_was_switched_off_takes_no_more_mail(
    door: Door, house: main.House, support: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "FRESH", -1.0)
    door.send(mail(), SUPPORT)
    with house.database.transaction() as db:
        db.get_one(Inbox, support.id).active = False
    assert refusal(lambda: door.send(mail(), SUPPORT)).startswith("550 5.1.1")


def test_an_inbox_made_a_moment_ago_takes_mail(
    door: Door, house: main.House, arrived: Arrived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "BRIEF", -1.0)
    door.send(mail(), SUPPORT)
    with house.database.transaction() as db:
        inboxes.add(db, "email", "New", "new@desk.example")
    door.send(mail(), "new@desk.example")
    assert len(arrived()) == 2


def test_more_recipients_than_one_mail_may_have_are_put_off_and_the_mail_still_works(
    door: Door, arrived: Arrived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_session, "MOST_RECIPIENTS", 3)
    with door.smtp() as client:
        client.mail("taro@customer.example")
        codes = [client.rcpt(f"support+{n}@desk.example")[0] for n in range(4)]
        assert client.data(mail())[0] == 250
    assert codes == [250, 250, 250, 452]
    assert len(arrived()[0][0].envelope["to"]) == 3


# ── not now ───────────────────────────────────────────────────────────────────────────────────────────


def test_while_files_cannot_be_stored_the_sender_keeps_the_mail_and_tries_again(
    door: Door, house: main.House, arrived: Arrived
) -> None:
    files = house.settings.data / "files"
    away = files.with_name("files-away")
    large = mail("x" * 500_000)
    files.mkdir(exist_ok=True)
    files.rename(away)
    files.write_text("in the way")
    assert door.send(large, SUPPORT) == smtp_session.LATER
    assert arrived() == []
    files.unlink()
    away.rename(files)
    assert door.send(large, SUPPORT).startswith("250")
    assert len(arrived()) == 1


class BrokenBurst:
    """A store that fails for one inbox."""

    def __init__(self, error: Exception, inbox: int | None = None) -> None:
        self.error, self.inbox = error, inbox

    async def accept(self, inbox: int, item: Incoming) -> int:
        if self.inbox in (None, inbox):
            raise self.error
        return 7


@pytest.mark.parametrize("error", [Unavailable("gone"), RuntimeError("secret path /x"), OSError(28, "no space")])
def test_whatever_goes_wrong_the_sender_hears_451_and_no_more(
    house: main.House, support: Inbox, error: Exception
) -> None:
    with transport.open_door(house.database, BrokenBurst(error), house.settings) as door:
        assert door.send(mail(), SUPPORT) == "451 4.3.0 The mail cannot be stored now, try again later"


def test_when_one_of_two_inboxes_fails_the_whole_mail_is_asked_for_again(
    house: main.House, support: Inbox, sales: Inbox
) -> None:
    with transport.open_door(house.database, BrokenBurst(Unavailable("x"), sales.id), house.settings) as door:
        assert door.send(mail(), [SUPPORT, SALES]).startswith("451 4.3.0")


def test_without_a_database_recipients_are_put_off_not_refused(
    house: main.House, support: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: recipients.Recipients) -> dict[str, int]:
        raise Unavailable("gone")

    with transport.open_door(house.database, house.burst, house.settings) as door:
        monkeypatch.setattr(recipients.Recipients, "_load", gone)
        assert refusal(lambda: door.send(mail(), SUPPORT)).startswith("451 4.3.0")


def test_a_database_that_went_away_later_does_not_make_addresses_unknown(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: recipients.Recipients) -> dict[str, int]:
        raise Unavailable("gone")

    door.send(mail(), SUPPORT)
    monkeypatch.setattr(recipients, "FRESH", -1.0)
    monkeypatch.setattr(recipients.Recipients, "_load", gone)
    with door.smtp() as client:
        client.mail("taro@customer.example")
        assert client.rcpt(SUPPORT)[0] == 250


# ── too much ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.desk(mail_max_bytes=20_000)
def test_a_mail_announced_as_too_large_is_refused_at_once(door: Door) -> None:
    with door.smtp() as client:
        assert client.has_extn("size")
        assert client.esmtp_features["size"] == "20000"
        assert client.docmd("MAIL", "FROM:<a@b.example> SIZE=20001") == (
            552,
            b"5.3.4 The mail is larger than this desk takes",
        )
        assert client.docmd("MAIL", "FROM:<a@b.example> SIZE=20000")[0] == 250


@pytest.mark.parametrize("size", ["abc", "", "-1", "1_000", "9" * 21])
def test_a_size_that_is_no_number_is_refused_and_named(door: Door, size: str) -> None:
    with door.smtp() as client:
        assert client.docmd("MAIL", f"FROM:<a@b.example> SIZE={size}") == (501, b"5.5.4 Syntax: SIZE=number")
        assert client.docmd("MAIL", "FROM:<a@b.example> SIZE=20")[0] == 250


def test_help_names_nothing_that_is_not_offered(door: Door) -> None:
    with door.smtp() as client:
        client.ehlo()
        assert not client.has_extn("auth")
        assert b"AUTH" not in client.docmd("HELP")[1]
        assert client.docmd("AUTH", "PLAIN AGEAYg==")[0] == 500


@pytest.mark.desk(mail_max_bytes=20_000)
def test_a_mail_that_turns_out_too_large_is_refused_and_the_next_one_taken(door: Door, arrived: Arrived) -> None:
    with door.smtp() as client:
        client.docmd("MAIL", "FROM:<a@b.example>")
        client.rcpt(SUPPORT)
        assert client.data(b"x" * 2_000_000)[0] == 552
        client.docmd("MAIL", "FROM:<a@b.example>")
        client.rcpt(SUPPORT)
        assert client.data(mail())[0] == 250
    assert len(arrived()) == 1


@pytest.mark.desk(mail_max_bytes=20_000)
def test_the_limit_is_the_limit_to_the_byte(door: Door, arrived: Arrived) -> None:
    assert door.send(b"x" * 19_998 + b"\r\n", SUPPORT).startswith("250")
    assert door.send(b"x" * 19_999 + b"\r\n", SUPPORT).startswith("552 5.3.4")


def test_one_connection_too_many_is_told_to_come_later(
    house: main.House, support: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.channels.email.smtp_in.CONNECTIONS", 1)
    with transport.open_door(house.database, house.burst, house.settings) as door, door.smtp() as first:
        with wire(door.smtp_port) as second:
            assert second.line() == smtp_session.BUSY
            assert second.line() == ""
        assert first.noop()[0] == 250


# ── LMTP ──────────────────────────────────────────────────────────────────────────────────────────────


def test_lmtp_answers_for_each_accepted_recipient_in_order(house: main.House, support: Inbox, sales: Inbox) -> None:
    with (
        transport.open_door(house.database, BrokenBurst(Unavailable("x"), sales.id), house.settings) as door,
        wire(door.lmtp_port) as client,
    ):
        client.answer()
        client.say("EHLO c\n")
        assert client.answer().startswith("500")
        client.say("LHLO c\n")
        assert client.answer().startswith("250")
        client.say("MAIL FROM:<a@b.example>\n")
        assert client.answer() == "250 2.1.0 OK"
        for to in (SUPPORT, "nobody@desk.example", SALES, "support+x@desk.example"):
            client.say(f"RCPT TO:<{to}>\n")
        assert [client.answer()[:3] for _ in range(4)] == ["250", "550", "250", "250"]
        client.say("DATA\n")
        assert client.answer().startswith("354")
        client.say(mail().replace(b"\r\n", b"\n") + b".\n")
        assert [client.answer() for _ in range(3)] == [
            "250 2.0.0 Received 7",
            smtp_session.LATER,
            "250 2.0.0 Received 7",
        ]
        client.say("NOOP\n")
        assert client.answer() == "250 2.0.0 OK"


@pytest.mark.desk(mail_max_bytes=100)
def test_lmtp_refuses_a_large_mail_once_for_each_recipient(door: Door, sales: Inbox) -> None:
    with wire(door.lmtp_port) as client:
        client.answer()
        client.say(
            f"LHLO c\nMAIL FROM:<>\nRCPT TO:<{SUPPORT}>\nRCPT TO:<{SUPPORT}>\nDATA\n" + "x" * 200 + "\n.\nQUIT\n"
        )
        answers = [client.answer()[:9] for _ in range(8)]
    assert answers[4:] == ["354 End w", "552 5.3.4", "552 5.3.4", "221 2.0.0"]


def test_python_s_own_lmtp_client_is_served(door: Door, arrived: Arrived) -> None:
    with smtplib.LMTP("127.0.0.1", door.lmtp_port, "client.example") as client:
        client.sendmail("taro@customer.example", [SUPPORT], mail())
    assert len(arrived()) == 1


# ── opening and closing ───────────────────────────────────────────────────────────────────────────────


def test_closing_lets_a_mail_on_its_way_in_finish(door: Door, arrived: Arrived) -> None:
    with wire(door.smtp_port) as busy, wire(door.smtp_port) as idle:
        idle.line()
        busy.answer()
        busy.say(f"EHLO c\nMAIL FROM:<a@b.example>\nRCPT TO:<{SUPPORT}>\nDATA\n")
        for _ in range(4):
            busy.answer()
        stopping = door.loop.start(door.listeners.stop())
        assert idle.line() == smtp_session.LEAVING
        assert idle.line() == ""
        busy.say(mail().replace(b"\r\n", b"\n") + b".\n")
        assert busy.answer().startswith("250 2.0.0 Received")
        stopping.result(60)
        assert busy.line() == smtp_session.LEAVING
    assert len(arrived()) == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", door.smtp_port), timeout=5)


def test_a_taken_port_is_named_with_its_setting(house: main.House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = load({}, data=house.settings.data, smtp_in_port=port, lmtp_in_port=0)
        loop = transport.Loop()
        try:
            with pytest.raises(OSError, match=f"Port {port} on 127.0.0.1 is taken.*MADOGUCHI_SMTP_IN_PORT"):
                loop.run(MailListeners(house.database, house.burst, settings).start())
        finally:
            loop.close()


def test_many_clients_at_once_are_all_kept(door: Door, arrived: Arrived) -> None:
    def write(number: int) -> None:
        door.send(mail(f"number {number}", f"<{number}@customer.example>"), SUPPORT)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {received.external_id for received, _ in arrived()} == {f"<{n}@customer.example>" for n in range(20)}
