"""Words for telling how a mail is read."""

from __future__ import annotations

from pathlib import Path

from app.channels.email.parse import parse_mail
from app.channels.email.types import ParsedMail

MAILS = Path(__file__).with_name("mails")


def read(name: str) -> ParsedMail:
    """One of the mails in `mails/`."""
    return parse_mail((MAILS / name).read_bytes())


def mail(headers: str | bytes = "", body: str | bytes = "Hello\n") -> ParsedMail:
    """A small mail, written in place: headers (From is added unless given) and body."""
    head = headers if isinstance(headers, bytes) else headers.encode()
    if b"from:" not in head.lower():
        head = b"From: anna@customer.example\n" + head
    text = body if isinstance(body, bytes) else body.encode()
    return parse_mail(head.strip(b"\n") + b"\n\n" + text)


def parts(*parts: str | bytes, kind: str = "mixed", headers: str = "") -> ParsedMail:
    """A multipart mail of the given parts, each with its own headers."""
    raw = [p if isinstance(p, bytes) else p.encode() for p in parts]
    body = b"".join(b"--cut\n" + p.rstrip(b"\n") + b"\n" for p in raw) + b"--cut--\n"
    return mail(f'{headers}Content-Type: multipart/{kind}; boundary="cut"\n', body)
