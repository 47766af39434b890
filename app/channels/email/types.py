"""What reading a mail gives. Plain data: no library's objects leave the parser."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

NO_FROM = "no usable From"
"""The problem of a mail whose From names no address: its author was taken from elsewhere."""


class Unreadable(ValueError):
    """A mail that cannot be read at all; its text is the reason that quarantine shows."""


@dataclass(frozen=True, slots=True)
class MailLimits:
    """Caps checked while a mail is taken apart; beyond one of them it is `Unreadable`."""

    header_bytes: int = 256 * 1024
    """Bytes of one header block, the mail's own or a part's."""
    list_bytes: int = 2 * 1024 * 1024
    """Bytes of To, Cc and their kin beside that, in the mail's own block: 10,000 named people are some 1.3 MB."""
    nesting: int = 100
    """Multiparts inside each other."""
    parts: int = 1000


@dataclass(frozen=True, slots=True)
class Address:
    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class MailAttachment:
    filename: str
    content_type: str
    content: bytes
    inline: bool = False
    content_id: str | None = None

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report that a mail could not be delivered (RFC 3464, or a plain-text one)."""

    recipient: str
    status: str
    permanent: bool


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """One mail, read. `message_id`, `in_reply_to` and `references` come without angle brackets:
    RFC 5322 section 3.6.4 says the brackets are not part of the id."""

    sender: Address | None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: Address | None = None
    subject: str = ""
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    date: datetime | None = None
    body_text: str = ""
    body_html: str | None = None
    reply_text: str = ""
    attachments: tuple[MailAttachment, ...] = ()
    auto_generated: bool = False
    auto_reason: str = ""
    mailing_list: bool = False
    bounce: Bounce | None = None
    language: str = ""
    """"ja" or "en" or "" — guessed from the text, for the acknowledgement's language."""
    authentication_results: tuple[str, ...] = ()
    """Raw Authentication-Results header values, topmost first; judged elsewhere."""
    delivered_to: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default_factory=tuple)
    """What had to be mended to read it: short English words for logs and for quarantine."""
