"""Handing mail to the server that sends it on: what each refusal means, and that nobody gets a mail twice."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from app.channels.email import smtp_out
from app.channels.email.channel import EmailChannel
from app.channels.email.parse import parse_mail
from app.channels.types import Recipient, SendFailed, Sent
from app.keys import Keys
from app.settings import BadSetting, load
from tests.email.test_transport_compose import ENGLISH, INBOX
from tests.email.transport import OtherServer, other_server

MAIL = b"Subject: x\r\n\r\n.dots\r\n..two\r\n"
TARO, HANA = "taro@customer.example", "hana@customer.example"


def send(url: str, *to: str, attempt: int = 1) -> None:
    smtp_out.Lines().send(url, "support@desk.example", list(to) or [TARO], MAIL, attempt=attempt)


def failure(do: Callable[[], object]) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        do()
    return caught.value


def test_a_mail_arrives_with_its_envelope_and_its_dots(other: OtherServer) -> None:
    send(other.url, TARO, HANA)
    assert other.mails == [("support@desk.example", [TARO, HANA], MAIL)]


def test_addresses_that_the_standard_library_would_change_go_as_they_are(other: OtherServer) -> None:
    send(other.url, "O'Neil+x@customer.example")
    assert other.mails[0][1] == ["O'Neil+x@customer.example"]


@pytest.mark.parametrize(
    ("where", "answer", "permanent"),
    [
        ("mail", "550 5.7.1 sender refused", True),
        ("mail", "451 4.3.0 later", False),
        ("mail", "530 5.7.0 sign in first", False),
        ("rcpt", "550 5.1.1 no such user", True),
        ("rcpt", "450 4.2.0 greylisted", False),
        ("rcpt", "530 5.7.0 sign in first", False),
        ("data", "554 5.7.1 spam", True),
        ("data", "452 4.3.1 disk full", False),
    ],
)
def test_a_refusal_is_final_or_to_be_tried_again_as_its_code_says(
    other: OtherServer, where: str, answer: str, permanent: bool
) -> None:
    if where == "rcpt":
        other.at_rcpt = {TARO: answer}
    else:
        setattr(other, f"at_{where}", answer)
    error = failure(lambda: send(other.url))
    assert (error.permanent, error.code) == (permanent, answer[:3])
    assert answer[4:] in error.reason
    assert other.mails == []


def test_when_one_of_two_is_refused_the_other_gets_it_and_the_reason_names_both(other: OtherServer) -> None:
    other.at_rcpt = {HANA: "550 5.1.1 no such user"}
    error = failure(lambda: send(other.url, TARO, HANA))
    assert other.mails[0][1] == [TARO]
    assert error.permanent
    assert TARO in error.reason
    assert f"{HANA}: 550 5.1.1 no such user" in error.reason


def test_while_one_of_two_is_put_off_nobody_gets_it_so_that_nobody_gets_it_twice(other: OtherServer) -> None:
    other.at_rcpt = {HANA: "450 4.2.0 greylisted"}
    assert not failure(lambda: send(other.url, TARO, HANA)).permanent
    assert other.mails == []
    last = failure(lambda: send(other.url, TARO, HANA, attempt=smtp_out.PATIENT_ATTEMPTS))
    assert last.permanent
    assert [m[1] for m in other.mails] == [[TARO]]


# ── the connection ────────────────────────────────────────────────────────────────────────────────────


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = failure(lambda: send(f"smtp://127.0.0.1:{port}"))
    assert (error.code, error.permanent) == ("unreachable", False)


def test_a_server_that_says_nothing_is_given_up_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_out, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failure(lambda: send(f"smtp://127.0.0.1:{silent.getsockname()[1]}"))
    assert (error.code, error.permanent) == ("unreachable", False)


def test_a_server_that_greets_with_5xx_is_a_fault_of_the_configuration() -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude:
        import threading

        def refuse() -> None:
            connection, _ = rude.accept()
            with connection:
                connection.sendall(b"554 5.3.2 not for you\r\n")
                connection.recv(1000)

        thread = threading.Thread(target=refuse)
        thread.start()
        error = failure(lambda: send(f"smtp://127.0.0.1:{rude.getsockname()[1]}"))
        thread.join(10)
    assert (error.code, error.permanent) == ("554", False)
    assert "not for you" in error.reason


def test_a_connection_that_breaks_after_the_text_may_have_sent_it(other: OtherServer) -> None:
    other.hang_up_after_data = True
    error = failure(lambda: send(other.url))
    assert (error.code, error.permanent) == ("ambiguous", False)
    assert "may arrive twice" in error.reason


# ── signing in ────────────────────────────────────────────────────────────────────────────────────────


def authenticator(seen: list[Any]) -> Callable[..., AuthResult]:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append(data)
        good = isinstance(data, LoginPassword) and data.password == "p@ss:wörd/1".encode()
        return AuthResult(success=good, handled=False)

    return check


def test_user_and_password_are_decoded_and_used() -> None:
    seen: list[Any] = []
    with other_server(authenticator=authenticator(seen), auth_require_tls=False) as other:
        send(f"smtp://me%40desk.example:p%40ss%3Aw%C3%B6rd%2F1@127.0.0.1:{other.port}")
        assert len(other.mails) == 1
    assert seen[0].login == b"me@desk.example"


def test_a_wrong_password_is_a_fault_of_the_configuration_and_is_not_told_on() -> None:
    with other_server(authenticator=authenticator([]), auth_require_tls=False) as other:
        error = failure(lambda: send(f"smtp://me:wrong-secret@127.0.0.1:{other.port}"))
    assert not error.permanent
    assert "refuses this desk" in error.reason
    assert "wrong-secret" not in error.reason
    assert "secret" not in repr(smtp_out.server_of("smtp://me:secret@h"))


def test_a_server_without_sign_in_is_a_fault_of_the_configuration(other: OtherServer) -> None:
    error = failure(lambda: send(f"smtp://me:x@127.0.0.1:{other.port}"))
    assert (error.code, error.permanent) == ("sign_in", False)


def test_a_password_never_leaves_the_machine_in_the_clear(other: OtherServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_out.Server, "loopback", property(lambda self: False))
    error = failure(lambda: send(f"smtp://me:x@127.0.0.1:{other.port}"))
    assert (error.code, error.permanent) == ("no_tls", False)
    assert other.mails == []


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    monkeypatch.setattr(smtp_out.Server, "loopback", property(lambda self: False))
    with other_server(tls_context=context) as other:
        error = failure(lambda: send(other.url))
        assert other.mails == []
    assert (error.code, error.permanent) == ("unreachable", False)
    assert "certificate" in error.reason.lower()


def self_signed(folder: Path) -> Path:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "other.example")])
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
    ).sign(key, hashes.SHA256())
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


# ── the address of the server ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example", "mail.example", 25, False),
        ("smtp://me:x@mail.example", "mail.example", 587, False),
        ("smtps://me:x@mail.example", "mail.example", 465, True),
        ("smtp://mail.example:2525", "mail.example", 2525, False),
        ("smtp://[::1]:26", "::1", 26, False),
    ],
)
def test_the_setting_names_the_server(url: str, host: str, port: int, tls: bool) -> None:
    assert load({"MADOGUCHI_SMTP_URL": url}).smtp_url == url
    server = smtp_out.server_of(url)
    assert (server.host, server.port, server.tls) == (host, port, tls)


@pytest.mark.parametrize(
    "url", ["mail.example", "http://u:hidden@mail.example", "smtp://", "smtp://h:0", "smtp://h:99999", "smtp://h/x"]
)
def test_a_setting_that_names_none_stops_the_start_without_telling_the_password(url: str) -> None:
    with pytest.raises(BadSetting, match="MADOGUCHI_SMTP_URL") as caught:
        load({"MADOGUCHI_SMTP_URL": url})
    assert "hidden" not in str(caught.value)


# ── the channel ───────────────────────────────────────────────────────────────────────────────────────


def channel(other: OtherServer) -> EmailChannel:
    return EmailChannel(parse_mail, Keys(b"k" * 64), load({}, smtp_url=other.url, mail_domain="desk.example"))


def test_a_delivery_goes_to_everybody_named_once_and_keeps_its_message_id(other: OtherServer) -> None:
    outgoing = replace(ENGLISH, cc=(Recipient(HANA, "Hana"), Recipient(TARO, "again")))
    assert channel(other).send(INBOX, outgoing) == Sent(ENGLISH.external_id)
    [(sender, to, raw)] = other.mails
    assert (sender, to) == ("support@desk.example", [TARO, HANA])
    assert f"<{parse_mail(raw).message_id}>" == ENGLISH.external_id


@pytest.mark.parametrize(
    ("to", "code"), [((), "no_recipient"), ((Recipient("unknown-3@sender.invalid"),), "bad_address")]
)
def test_what_can_go_to_nobody_fails_for_good(other: OtherServer, to: tuple[Recipient, ...], code: str) -> None:
    error = failure(lambda: channel(other).send(INBOX, replace(ENGLISH, to=to)))
    assert (error.code, error.permanent) == (code, True)
    assert other.mails == []


def test_a_connection_serves_several_mails_and_is_closed_when_it_was_idle(other: OtherServer) -> None:
    lines = smtp_out.Lines(keep_seconds=0.0)
    for _ in range(3):
        lines.send(other.url, "support@desk.example", [TARO], MAIL)
    assert (len(other.mails), other.connections) == (3, 1)
    lines.tidy()
    lines.send(other.url, "support@desk.example", [TARO], MAIL)
    assert (len(other.mails), other.connections) == (4, 2)


def test_a_connection_that_the_server_has_ended_is_replaced_and_nothing_is_doubled(other: OtherServer) -> None:
    lines = smtp_out.Lines()
    lines.send(other.url, "support@desk.example", [TARO], MAIL)
    other.hang_up()
    lines.send(other.url, "support@desk.example", [TARO], MAIL)
    assert (len(other.mails), other.connections) == (2, 2)


def test_a_refused_mail_takes_its_connection_with_it(other: OtherServer) -> None:
    lines = smtp_out.Lines()
    other.at_rcpt[TARO] = "550 5.1.1 no such user"
    failure(lambda: lines.send(other.url, "support@desk.example", [TARO], MAIL))
    other.at_rcpt.clear()
    lines.send(other.url, "support@desk.example", [TARO], MAIL)
    assert (len(other.mails), other.connections) == (1, 2)
