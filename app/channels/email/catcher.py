"""Outgoing mail of a desk without a mail server: kept as files that /dev/outbox shows, never sent.

One file a mail (`data/outbox/<hash of its Message-ID>.eml`), so that a second try replaces the first.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from app.channels.email.headers import read_mail_headers
from app.channels.email.words import header_text
from app.errors import NotFound

FOLDER = "outbox"
KEPT = 1000  # mails; the oldest go first
SHOWN = ("From", "To", "Cc", "Subject", "Date")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}\.eml")
_HEAD = 65_536  # bytes of a file that a list reads


@dataclass(frozen=True, slots=True)
class Caught:
    """A kept mail, as a list shows it."""

    name: str
    sender: str
    to: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """A kept mail, opened."""

    name: str
    headers: Sequence[tuple[str, str]]
    text: str
    html: str | None
    files: Sequence[str]
    raw: bytes


def name_of(external_id: str) -> str:
    """The name that a mail is kept under."""
    return f"{hashlib.sha256(external_id.encode()).hexdigest()[:24]}.eml"


def keep(data: Path, name: str, mail: bytes) -> None:
    """Keep a mail under a name that ends in .eml; it is there whole or not at all. Raises ValueError, OSError."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name for a kept mail: {name!r}")
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as file:
        file.write(mail)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(folder / name)
    for path, _ in _newest(data)[KEPT:]:
        path.unlink(missing_ok=True)


def list_mails(data: Path, limit: int = 100) -> list[Caught]:
    """Kept mails, newest first."""
    found = []
    for path, at in _newest(data)[:limit]:
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            head, _ = read_mail_headers(file.read(_HEAD), _HEAD)
            sender, to, subject = (header_text(head.get(name)) for name in ("from", "to", "subject"))
            found.append(Caught(path.name, sender, to, subject, at))
    return found


def read_mail(data: Path, name: str) -> CaughtMail:
    """One kept mail. Raises NotFound."""
    raw = raw_mail(data, name)
    mail = message_from_bytes(raw, policy=default)
    head, _ = read_mail_headers(raw, _HEAD)
    return CaughtMail(
        name=name,
        headers=[(h, header_text(head.get(h.lower()))) for h in dict.fromkeys([*SHOWN, *mail.keys()]) if h in mail],
        text=_content(mail, "plain") or "",
        html=_content(mail, "html"),
        files=[part.get_filename() or "" for part in mail.iter_attachments()],
        raw=raw,
    )


def raw_mail(data: Path, name: str) -> bytes:
    """The bytes of one kept mail. Raises NotFound."""
    if not _NAME.fullmatch(name):
        raise NotFound
    try:
        return (data / FOLDER / name).read_bytes()
    except OSError:
        raise NotFound from None


def _newest(data: Path) -> list[tuple[Path, datetime]]:
    found = []
    with contextlib.suppress(FileNotFoundError), os.scandir(data / FOLDER) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name):
                with contextlib.suppress(FileNotFoundError):
                    found.append((entry.stat().st_mtime_ns, entry.name, entry.path))
    return [
        (Path(path), datetime.fromtimestamp(changed / 1_000_000_000, UTC))
        for changed, _, path in sorted(found, reverse=True)
    ]


def _content(mail: EmailMessage, subtype: str) -> str | None:
    part = mail.get_body((subtype,))
    return str(part.get_content()) if part is not None else None
