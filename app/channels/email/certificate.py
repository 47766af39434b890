"""The certificate of the desk's own mail doors, under which STARTTLS is offered (RFC 3207)."""

from __future__ import annotations

import ssl
from pathlib import Path

import structlog

from app.settings import BadSetting, Settings

log = structlog.get_logger("mail")
SETTING = "MADOGUCHI_SMTP_IN_CERTIFICATE"


class Certificate:
    """What the settings name, read again when the files were renewed."""

    def __init__(self, settings: Settings) -> None:
        """Raises BadSetting in a sentence when the files cannot be used."""
        self._files = [Path(name) for name in (settings.smtp_in_certificate, settings.smtp_in_key) if name]
        self._context: ssl.SSLContext | None = None
        self._read_as: tuple[int, ...] = ()
        if settings.smtp_in_key and not settings.smtp_in_certificate:
            raise BadSetting(f"MADOGUCHI_SMTP_IN_KEY={settings.smtp_in_key!r}: it needs {SETTING} beside it.")
        if self._files:
            try:
                self._read_as, self._context = self._changed(), self._opened()
            except (OSError, ValueError) as error:
                raise BadSetting(f"{SETTING}={settings.smtp_in_certificate!r}: {_why(error)}.") from error

    def context(self) -> ssl.SSLContext | None:
        """For the next connection; None when no certificate is set. What cannot be read leaves the last one in use."""
        if self._context is not None:
            try:
                if (now := self._changed()) != self._read_as:
                    self._read_as = now
                    self._context = self._opened()
                    log.info("certificate_renewed")
            except (OSError, ValueError) as error:
                log.warning("certificate_not_renewed", error=_why(error))
        return self._context

    def _changed(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._files)

    def _opened(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        certificate, key = self._files[0], self._files[-1]
        context.load_cert_chain(certificate, key, password="")  # else a locked key asks at the terminal
        return context


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) or not isinstance(error, OSError):
        return "it and its key cannot be used together: each must be a PEM file, the key its own and without a password"
    return f"{error.filename or 'it'} cannot be read: {error.strerror}"
