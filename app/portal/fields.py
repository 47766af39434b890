"""What people type into the portal's forms: read, bounded, and judged. Every fault is an English msgid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app import i18n
from app.channels.email.outgoing_headers import BadAddress, checked
from app.channels.parcel import ParcelFile
from app.i18n import N_
from app.text import plain
from app.web import Page

ADDRESS_LENGTH = 254  # octets of an address that mail can carry (RFC 5321, 4.5.3.1.3)
NAME_LENGTH = 100
SUBJECT_LENGTH = 200
TEXT_LENGTH = 50_000
FILES = 10
IN_ALL = 26_214_400  # bytes of all files of one form (25 MiB)


@dataclass(frozen=True, slots=True)
class Request:
    """A request for help, as it was typed."""

    name: str = ""
    email: str = ""
    subject: str = ""
    text: str = ""


def address_fault(address: str) -> str:
    """What is wrong with a mail address; "" when it can be written to."""
    if not address:
        return N_("Please enter your e-mail address.")
    domain = address.rpartition("@")[2]
    try:
        fine = bool(checked(address)) and len(address.encode()) <= ADDRESS_LENGTH
    except BadAddress:
        fine = False
    if not fine or not re.search(r".\...", domain):
        return N_("This is not a complete e-mail address. It looks like name@example.com.")
    return ""


def request(page: Page) -> Request:
    """What the form holds, as it was typed but for control characters."""
    return Request(
        name=one_line(page.text("name")),
        email=page.text("email").strip()[:1000],
        subject=one_line(page.text("subject")),
        text=plain.strip_controls(page.text("text")).strip(),
    )


def one_line(text: str) -> str:
    """Text on one line, without control characters."""
    return " ".join(plain.strip_controls(text).split())


def request_faults(given: Request, ours: Sequence[str]) -> dict[str, str]:
    """What is wrong with a request: {field: sentence}. `ours` are the desk's own addresses."""
    own = given.email.casefold() in ours
    found = {
        "subject": _length(given.subject, SUBJECT_LENGTH, N_("Please say in a few words what it is about.")),
        "text": _length(given.text, TEXT_LENGTH, N_("Please write what we can help you with.")),
        "name": N_("This name is too long.") if len(given.name) > NAME_LENGTH else "",
        "email": N_("This is our own address. Please enter yours.") if own else address_fault(given.email),
    }
    return {field: fault for field, fault in found.items() if fault}


def _length(text: str, most: int, missing: str) -> str:
    if not text:
        return missing
    return N_("This text is too long.") if len(text) > most else ""


def files(page: Page) -> list[ParcelFile]:
    """The files of a form."""
    return [ParcelFile(name, kind, content) for name, kind, content in page.files("files")]


def files_fault(given: Sequence[ParcelFile], largest: int) -> str:
    """What is wrong with files, in the language of the moment; "" when they can be taken. `largest` in bytes."""
    if len(given) > FILES:
        return i18n.gettext("Please send at most %(count)s files at once.") % {"count": FILES}
    limit = min(largest, IN_ALL)
    over = next((f for f in given if len(f.content) > limit), None)
    if over:
        text = i18n.gettext("“%(name)s” is too large. A file may have %(megabytes)s MB.")
        return text % {"name": over.filename[:80], "megabytes": limit // 1_048_576}
    if sum(len(f.content) for f in given) > IN_ALL:
        text = i18n.gettext("Together these files are too large. All of them may have %(megabytes)s MB.")
        return text % {"megabytes": IN_ALL // 1_048_576}
    return ""
