"""The desk's own doors under TLS: offered when a certificate is set, and never less strict than without."""

from __future__ import annotations

import asyncio
import os
import shutil
import smtplib
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import main
from app.channels.email.certificate import Certificate
from app.channels.inboxes import Inbox
from app.settings import BadSetting, load
from tests.email import transport
from tests.email.conftest import SUPPORT
from tests.email.test_transport_in import mail
from tests.email.test_transport_out import self_signed
from tests.email.transport import Door, wire

Arrived = Callable[[], list[Any]]


@pytest.fixture(params=["asyncio", "uvloop"])
def tls_door(
    request: pytest.FixtureRequest, house: main.House, support: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """The doors with a certificate, on either loop."""
    if request.param == "uvloop":
        monkeypatch.setattr(asyncio, "new_event_loop", pytest.importorskip("uvloop").new_event_loop)
    settings = load({}, data=house.settings.data, smtp_in_certificate=str(self_signed(tmp_path)))
    with transport.open_door(house.database, house.burst, settings) as opened:
        yield opened


def trusting(folder: Path) -> ssl.SSLContext:
    """A client that knows the certificate and nobody else's."""
    context = ssl.create_default_context(cafile=folder / "server.pem")
    context.check_hostname = False
    return context


def test_a_mail_comes_in_under_tls_and_its_envelope_says_so(tls_door: Door, arrived: Arrived, tmp_path: Path) -> None:
    with tls_door.smtp() as client:
        assert client.has_extn("starttls")
        client.starttls(context=trusting(tmp_path))
        client.ehlo()
        assert not client.has_extn("starttls")
        large = mail("x" * 3_000_000)
        client.sendmail("taro@customer.example", [SUPPORT], large)
        client.sendmail("taro@customer.example", [SUPPORT], mail("another", "<2@customer.example>"))
    assert [raw.body for _, raw in arrived()] == [large, mail("another", "<2@customer.example>")]
    assert [received.envelope["tls"] for received, _ in arrived()] == [True, True]


def test_without_asking_for_it_mail_comes_in_as_before(tls_door: Door, arrived: Arrived) -> None:
    tls_door.send(mail(), SUPPORT)
    assert arrived()[0][0].envelope["tls"] is False


def test_lmtp_offers_it_too(tls_door: Door, arrived: Arrived, tmp_path: Path) -> None:
    with smtplib.LMTP("127.0.0.1", tls_door.lmtp_port, "client.example") as client:
        client.starttls(context=trusting(tmp_path))
        client.sendmail("taro@customer.example", [SUPPORT], mail())
    assert arrived()[0][0].envelope["tls"] is True


def test_what_was_said_before_tls_counts_for_nothing_after_it(tls_door: Door, tmp_path: Path) -> None:
    """RFC 3207, 4.2; and commands that came with STARTTLS in one packet are nobody's (CVE-2011-0411)."""
    with tls_door.smtp() as client:
        client.mail("somebody@else.example")
        client.sock.sendall(b"STARTTLS\r\nRCPT TO:<support@desk.example>\r\n")
        assert client.getreply()[0] == 220
        client.sock = trusting(tmp_path).wrap_socket(client.sock)
        client.file = None
        assert client.docmd("RCPT", f"TO:<{SUPPORT}>") == (503, b"5.5.1 MAIL comes first")


def test_the_last_free_place_stays_ones_own_when_tls_begins(
    house: main.House, support: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.channels.email.smtp_in.CONNECTIONS", 1)
    settings = load({}, data=house.settings.data, smtp_in_certificate=str(self_signed(tmp_path)))
    with transport.open_door(house.database, house.burst, settings) as door, door.smtp() as client:
        client.starttls(context=trusting(tmp_path))
        assert client.ehlo()[0] == 250


def test_a_client_that_talks_nonsense_instead_of_tls_harms_nobody(tls_door: Door, arrived: Arrived) -> None:
    with wire(tls_door.smtp_port) as client:
        client.answer()
        client.say("EHLO c\n")
        client.answer()
        client.say("STARTTLS\n")
        assert client.answer().startswith("220")
        client.say("MAIL FROM:<a@b.example>\n")
        with pytest.raises((AssertionError, OSError, UnicodeDecodeError)):
            assert "250" in client.line()
    tls_door.send(mail(), SUPPORT)
    assert len(arrived()) == 1


def test_without_a_certificate_nothing_is_offered(door: Door) -> None:
    with door.smtp() as client:
        assert not client.has_extn("starttls")


def test_closing_ends_connections_under_tls(tls_door: Door, tmp_path: Path) -> None:
    with tls_door.smtp() as client:
        client.starttls(context=trusting(tmp_path))
        client.ehlo()
        tls_door.loop.run(tls_door.listeners.stop())
        assert client.getreply()[0] == 421


# ── the files ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_renewed_certificate_is_used_and_a_broken_one_is_not(tmp_path: Path) -> None:
    path = self_signed(tmp_path)
    certificate = Certificate(load({}, smtp_in_certificate=str(path)))
    first = certificate.context()
    assert certificate.context() is first
    path.write_text("half a file")
    os.utime(path, (1, 1))
    assert certificate.context() is first
    self_signed(tmp_path)
    second = certificate.context()
    assert second is not first
    path.unlink()
    assert certificate.context() is second


def test_a_key_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    both = self_signed(tmp_path).read_text()
    cut = both.index("-----BEGIN CERTIFICATE")
    (tmp_path / "key.pem").write_text(both[:cut])
    (tmp_path / "cert.pem").write_text(both[cut:])
    files = {"smtp_in_certificate": str(tmp_path / "cert.pem"), "smtp_in_key": str(tmp_path / "key.pem")}
    assert Certificate(load({}, **files)).context() is not None


@pytest.mark.parametrize(
    ("certificate", "key", "says"),
    [
        ("none.pem", "", "none.pem cannot be read: No such file"),
        ("empty.pem", "", "cannot be used together"),
        ("server.pem", "other/server.pem", "cannot be used together"),
        ("", "server.pem", "needs MADOGUCHI_SMTP_IN_CERTIFICATE"),
    ],
)
def test_files_that_cannot_be_used_stop_the_start_with_a_sentence(
    tmp_path: Path, certificate: str, key: str, says: str
) -> None:
    (tmp_path / "other").mkdir()
    self_signed(tmp_path / "other")
    self_signed(tmp_path)
    (tmp_path / "empty.pem").touch()
    files = {"smtp_in_certificate": certificate, "smtp_in_key": key}
    with pytest.raises(BadSetting, match=says) as caught:
        Certificate(load({}, **{name: str(tmp_path / file) if file else "" for name, file in files.items()}))
    assert "\n" not in str(caught.value)


def test_serve_says_so(tmp_path: Path) -> None:
    from tests.house.test_commands import call

    done = call(
        tmp_path / "data", "serve", "--port", "0", "--smtp-port", "0", MADOGUCHI_SMTP_IN_CERTIFICATE="/none.pem"
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "/none.pem cannot be read: No such file or directory." in done.stderr
    shutil.rmtree(tmp_path / "data", ignore_errors=True)
