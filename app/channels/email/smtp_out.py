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
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from app.channels import reasons
from app.channels.reasons import told
from app.channels.types import SendFailed
from app.i18n import N_

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


@dataclass
class Lines:
    """Connections to mail servers. One that has served is kept for a few seconds: in a busy hour the greeting, the
    sign-in and TLS would cost more than the mails. Safe to use from several threads."""

    keep_seconds: float = 5.0
    _kept: list[tuple[float, str, smtplib.SMTP]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(
        self,
        url: str,
        sender: str,
        recipients: Sequence[str],
        mail: bytes,
        *,
        helo: str = "localhost",
        attempt: int = 1,
    ) -> None:
        """Hand over one mail. `sender` and `recipients` are bare addresses; `mail` has CRLF line ends.

        Raises SendFailed; when some recipients were refused and the others got it, it is permanent and names both.
        """
        envelope = Addressed(sender, recipients, mail, attempt)
        step, smtp = "connect", None
        try:
            refused: Refused | None = None
            if smtp := self._take(url):
                step = "envelope"
                refused = _if_still_there(smtp, envelope)
            if smtp is None or refused is None:
                step = "connect"
                smtp = _connected(server_of(url), helo)
                step = "sign-in"
                _sign_in(smtp, server_of(url))
                step = "envelope"
                refused = _envelope(smtp, envelope)
            step = "data"
            _data(smtp, mail)
        except BaseException as error:
            if smtp:
                smtp.close()
            if isinstance(error, smtplib.SMTPResponseException):
                raise _answered(step, error.smtp_code, error.smtp_error) from error
            if isinstance(error, smtplib.SMTPException | OSError):
                raise _broken(step, error) from error
            raise
        self._give(url, smtp)
        if refused:
            raise _partly(recipients, refused)

    def _take(self, url: str) -> smtplib.SMTP | None:
        with self._lock:
            for number, (_, known, smtp) in enumerate(self._kept):
                if known == url:
                    del self._kept[number]
                    return smtp
        return None

    def _give(self, url: str, smtp: smtplib.SMTP) -> None:
        with self._lock:
            self._kept.append((time.monotonic() + self.keep_seconds, url, smtp))

    def tidy(self, *, all_of_them: bool = False) -> None:
        """Say goodbye on connections that nobody used for a while; call it every second or so."""
        now = time.monotonic()
        with self._lock:
            over = [entry for entry in self._kept if all_of_them or entry[0] < now]
            self._kept = [entry for entry in self._kept if entry not in over]
        for _, _, smtp in over:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def close(self) -> None:
        """Say goodbye on all of them."""
        self.tidy(all_of_them=True)


@dataclass(frozen=True, slots=True)
class Addressed:
    """A mail with its envelope."""

    sender: str
    recipients: Sequence[str]
    mail: bytes
    attempt: int


Refused = dict[str, tuple[int, bytes]]


def _if_still_there(smtp: smtplib.SMTP, envelope: Addressed) -> Refused | None:
    """Who was refused; None when the server has ended the connection meanwhile: nothing was said yet, so a new one
    doubles nothing."""
    try:
        return _envelope(smtp, envelope)
    except smtplib.SMTPResponseException as error:
        if error.smtp_code != 421:
            raise
    except (smtplib.SMTPException, OSError):
        pass
    smtp.close()
    return None


def _connected(server: Server, helo: str) -> smtplib.SMTP:
    """A connection after EHLO, under TLS where the server can."""
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
    except BaseException:
        smtp.close()
        raise
    return smtp


def _sign_in(smtp: smtplib.SMTP, server: Server) -> None:
    if not server.user:
        return
    if not server.loopback and not isinstance(smtp.sock, ssl.SSLSocket):
        reason = told(N_("The mail server offers no TLS; the password is not sent in the clear."), server.host)
        raise SendFailed("no_tls", reason, permanent=False)
    if (server.user + server.password).isascii():
        smtp.login(server.user, server.password)
        return
    secret = f"\0{server.user}\0{server.password}".encode()  # RFC 4616; smtplib knows only ASCII
    _expect(smtp.docmd("AUTH", f"PLAIN {base64.b64encode(secret).decode()}"), 235)


def _envelope(smtp: smtplib.SMTP, given: Addressed) -> Refused:
    """MAIL and RCPT; returns who was refused while others were taken. Raises SendFailed when nobody was, or
    while waiting for somebody may still help: then nobody has it yet, and trying again doubles nothing."""
    options = _options(smtp, [given.sender, *given.recipients], given.mail)
    _expect(smtp.docmd("MAIL", f"FROM:<{given.sender}>{options}"), 250)
    refused: Refused = {}
    for recipient in given.recipients:
        code, text = smtp.docmd("RCPT", f"TO:<{recipient}>")
        if code in SIGN_IN_CODES or code == 421:
            raise smtplib.SMTPResponseException(code, text)
        if code not in (250, 251):
            refused[recipient] = (code, text)
    put_off = any(code < 500 for code, _ in refused.values())
    if len(refused) == len(given.recipients) or (put_off and given.attempt < PATIENT_ATTEMPTS):
        first = next(iter(refused.values()))
        sentence = reasons.of_answer(first[0], _plain(first[1]))
        raise SendFailed(str(first[0]), told(sentence, _named(refused)), permanent=not put_off)
    return refused


def _options(smtp: smtplib.SMTP, addresses: Sequence[str], mail: bytes) -> str:
    options = f" SIZE={len(mail)}" if smtp.has_extn("size") else ""
    if all(address.isascii() for address in addresses):
        smtp.command_encoding = "ascii"
        return options
    if not smtp.has_extn("smtputf8"):
        far = ", ".join(a for a in addresses if not a.isascii())
        reason = told(N_("The mail server cannot send to addresses with letters like these."), far)
        raise SendFailed("no_smtputf8", reason, permanent=True)
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
        reason = told(N_("The mail server refuses this desk."), f"{code} {said}")
        return SendFailed(str(code), reason, permanent=False)
    return SendFailed(str(code), told(reasons.of_answer(code, said), f"{code} {said}"), permanent=code >= 500)


def _broken(step: str, error: Exception) -> SendFailed:
    """The connection failed. After the text had gone out, the server may have taken it all the same."""
    what = str(error) or type(error).__name__
    if isinstance(error, smtplib.SMTPNotSupportedError) or step == "sign-in":
        return SendFailed("sign_in", told(N_("Signing in to the mail server failed."), what), permanent=False)
    if step == "data":
        reason = told(N_("The connection broke while the mail was handed over; it may arrive twice."), what)
        return SendFailed("ambiguous", reason, permanent=False)
    return SendFailed("unreachable", told(N_("The mail server cannot be reached."), what), permanent=False)


def _partly(recipients: Sequence[str], refused: Refused) -> SendFailed:
    taken = ", ".join(r for r in recipients if r not in refused)
    code = str(next(iter(refused.values()))[0])
    reason = told(
        N_("The mail went to some of its recipients and was refused for others."), f"{taken}: 250; {_named(refused)}"
    )
    return SendFailed(code, reason, permanent=True)


def _named(refused: Refused) -> str:
    return "; ".join(f"{who}: {code} {_plain(text)}" for who, (code, text) in refused.items())


def _plain(text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(said.split())[:500]
