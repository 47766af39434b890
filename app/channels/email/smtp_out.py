"""Handing a mail to the server that sends it on (RFC 5321), from a job's thread.

What a refusal means decides whether trying again can help. A 5xx about the mail or a recipient is final; a 5xx
when connecting or signing in is a fault of the configuration, which somebody will mend, so that is tried again.
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from app.channels.types import SendFailed

TIMEOUT = 30.0  # seconds for each step
PATIENT_ATTEMPTS = 3  # while a recipient is put off (4xx), how often all wait for it
SIGN_IN_CODES = (530, 534, 535, 538)  # RFC 4954: configuration, wherever they are said


@dataclass(frozen=True, slots=True)
class Server:
    """Where outgoing mail goes, from an address such as smtp://user:password@host:587."""

    host: str
    port: int
    tls: bool
    user: str
    password: str = field(repr=False)

    @property
    def loopback(self) -> bool:
        """Whether nothing leaves this machine on the way there."""
        if self.host == "localhost":
            return True
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return False


def server_of(url: str) -> Server:
    """The server that a checked smtp:// or smtps:// address names; user and password are percent-decoded.

    Ports: the one given, else 465 for smtps (RFC 8314), 587 with a user, 25 without.
    """
    parts = urlsplit(url)
    tls = parts.scheme == "smtps"
    return Server(
        host=parts.hostname or "",
        port=parts.port or (465 if tls else 587 if parts.username else 25),
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def send(
    url: str, sender: str, recipients: Sequence[str], mail: bytes, *, helo: str = "localhost", attempt: int = 1
) -> None:
    """Hand over one mail. `sender` and `recipients` are bare addresses; `mail` has CRLF line ends.

    Raises SendFailed; when some recipients were refused and the others got it, it is permanent and names both.
    """
    step = "connect"
    try:
        with _connected(server_of(url), helo) as smtp:
            step = "sign-in"
            _sign_in(smtp, server_of(url))
            step = "envelope"
            refused = _envelope(smtp, sender, recipients, mail, attempt)
            step = "data"
            _data(smtp, mail)
    except smtplib.SMTPResponseException as error:
        raise _answered(step, error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise _broken(step, error) from error
    if refused:
        raise _partly(recipients, refused)


@contextlib.contextmanager
def _connected(server: Server, helo: str) -> Iterator[smtplib.SMTP]:
    """A connection after EHLO, under TLS where the server can. A goodbye that fails after the mail was taken is
    no failure."""
    if server.tls:
        context = ssl.create_default_context()
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, helo, timeout=TIMEOUT, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, helo, timeout=TIMEOUT)
    try:
        smtp.ehlo_or_helo_if_needed()
        if not server.tls and not server.loopback and smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())  # made only here: it reads all certificates anew
            smtp.ehlo()
        yield smtp
        with contextlib.suppress(smtplib.SMTPException, OSError):
            smtp.quit()
    finally:
        smtp.close()


def _sign_in(smtp: smtplib.SMTP, server: Server) -> None:
    if not server.user:
        return
    if not server.loopback and not isinstance(smtp.sock, ssl.SSLSocket):
        reason = f"{server.host} offers no TLS; the password is not sent in the clear."
        raise SendFailed("no_tls", reason, permanent=False)
    if (server.user + server.password).isascii():
        smtp.login(server.user, server.password)
        return
    secret = f"\0{server.user}\0{server.password}".encode()  # RFC 4616; smtplib knows only ASCII
    _expect(smtp.docmd("AUTH", f"PLAIN {base64.b64encode(secret).decode()}"), 235)


def _envelope(
    smtp: smtplib.SMTP, sender: str, recipients: Sequence[str], mail: bytes, attempt: int
) -> dict[str, tuple[int, bytes]]:
    """MAIL and RCPT; returns who was refused while others were taken. Raises SendFailed when nobody was, or
    while waiting for somebody may still help: then nobody has it yet, and trying again doubles nothing."""
    options = _options(smtp, [sender, *recipients], mail)
    _expect(smtp.docmd("MAIL", f"FROM:<{sender}>{options}"), 250)
    refused: dict[str, tuple[int, bytes]] = {}
    for recipient in recipients:
        code, text = smtp.docmd("RCPT", f"TO:<{recipient}>")
        if code in SIGN_IN_CODES or code == 421:
            raise smtplib.SMTPResponseException(code, text)
        if code not in (250, 251):
            refused[recipient] = (code, text)
    put_off = any(code < 500 for code, _ in refused.values())
    if len(refused) == len(recipients) or (put_off and attempt < PATIENT_ATTEMPTS):
        first = next(iter(refused.values()))
        raise SendFailed(str(first[0]), _named(refused), permanent=not put_off)
    return refused


def _options(smtp: smtplib.SMTP, addresses: Sequence[str], mail: bytes) -> str:
    options = f" SIZE={len(mail)}" if smtp.has_extn("size") else ""
    if all(address.isascii() for address in addresses):
        return options
    if not smtp.has_extn("smtputf8"):
        far = ", ".join(a for a in addresses if not a.isascii())
        raise SendFailed("no_smtputf8", f"The mail server cannot send to {far}.", permanent=True)
    smtp.command_encoding = "utf-8"
    return f"{options} SMTPUTF8 BODY=8BITMIME"


def _data(smtp: smtplib.SMTP, mail: bytes) -> None:
    _expect(smtp.data(mail), 250)


def _expect(answer: tuple[int, bytes], code: int) -> None:
    if answer[0] != code:
        raise smtplib.SMTPResponseException(*answer)


def _answered(step: str, code: int, text: bytes | str) -> SendFailed:
    """The server said no."""
    ours = step in ("connect", "sign-in") or code in SIGN_IN_CODES
    said = _plain(text)
    if ours and code >= 500:
        return SendFailed(str(code), f"The mail server refuses this desk: {said}", permanent=False)
    return SendFailed(str(code), said, permanent=code >= 500)


def _broken(step: str, error: Exception) -> SendFailed:
    """The connection failed. After the text had gone out, the server may have taken it all the same."""
    what = str(error) or type(error).__name__
    if isinstance(error, smtplib.SMTPNotSupportedError) or step == "sign-in":
        return SendFailed("sign_in", f"Signing in to the mail server failed: {what}", permanent=False)
    if step == "data":
        reason = f"The connection broke while the mail was handed over; it may arrive twice. ({what})"
        return SendFailed("ambiguous", reason, permanent=False)
    return SendFailed("unreachable", f"The mail server cannot be reached: {what}", permanent=False)


def _partly(recipients: Sequence[str], refused: dict[str, tuple[int, bytes]]) -> SendFailed:
    taken = ", ".join(r for r in recipients if r not in refused)
    code = str(next(iter(refused.values()))[0])
    return SendFailed(code, f"Sent to {taken}, but refused: {_named(refused)}", permanent=True)


def _named(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{who}: {code} {_plain(text)}" for who, (code, text) in refused.items())


def _plain(text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(said.split())[:500]
