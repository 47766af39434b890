"""An outgoing message as the bytes of a mail. Pure but for the clock: the same message gives the same mail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from app import clock, i18n
from app.channels.email import addressing
from app.channels.email.outgoing_body import body, file_part
from app.channels.email.outgoing_headers import addresses, field, ids, one_line
from app.channels.types import InboxInfo, Outgoing, OutgoingFile
from app.keys import Keys
from app.settings import Settings
from app.text import markdown, plain
from app.text.quotes import REPLY_MARKERS

CARRIED = 20 * 1024 * 1024  # bytes of files in one mail (a third more on the wire); more go as links
MARKER_STYLE = "color:#8a8a8a;font-size:12px;margin:0 0 16px"
QUOTE_STYLE = "margin:8px 0 0;padding-left:12px;border-left:2px solid #ccc;color:#555"
_TYPE = re.compile(r"[\w!#$&^.+-]{1,80}/[\w!#$&^.+-]{1,80}", re.A)
_RESERVED = {"from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "in-reply-to"} | {
    "references",
    "mime-version",
    "return-path",
}


def compose(outgoing: Outgoing, inbox: InboxInfo, settings: Settings, keys: Keys, now: datetime | None = None) -> bytes:
    """The whole mail, CRLF line ends. Raises BadAddress when a recipient cannot be written to."""
    with i18n.use(outgoing.locale, settings.time_zone):
        carried, linked = _files(outgoing.files)
        content = _body(outgoing, carried, linked)
        head = _head(outgoing, inbox, settings, keys, now or clock.now())
    return head.encode() + content


def _head(outgoing: Outgoing, inbox: InboxInfo, settings: Settings, keys: Keys, now: datetime) -> str:
    lines = [
        addresses("From", [(inbox.address, _shown(outgoing.sender_name, settings.desk_name, inbox))]),
        addresses("To", [(r.value, r.name) for r in outgoing.to]),
        addresses("Cc", [(r.value, r.name) for r in outgoing.cc]) if outgoing.cc else "",
        _reply_to(outgoing, inbox, keys),
        field("Subject", outgoing.subject),
        field("Date", format_datetime(i18n.local(now))),
        ids("Message-ID", [outgoing.external_id or ""]),
        ids("In-Reply-To", [outgoing.in_reply_to or ""]),
        ids("References", [*outgoing.references, outgoing.in_reply_to or ""]),
        _automatic(outgoing) if outgoing.automatic else "",
        *(field(n, v) for n, v in outgoing.headers.items() if n.lower() not in _RESERVED),
    ]
    return "".join(lines)


def _shown(sender: str, desk: str, inbox: InboxInfo) -> str:
    """Who it is from: a person at the desk, or the desk itself, under the name that the inbox gives it."""
    known, desk = desk, one_line(str(inbox.settings.get("from_name") or "")) or desk
    if not sender or sender == known:
        return desk
    return i18n.gettext("%(name)s via %(desk)s") % {"name": one_line(sender), "desk": one_line(desk)}


def _reply_to(outgoing: Outgoing, inbox: InboxInfo, keys: Keys) -> str:
    """A reply address that leads back to the ticket even from programs that drop References.

    Off unless the inbox's setting `plus_addressing` is on: a server in front of the desk that does not know
    plus addresses would refuse the customer's answer, which is worse than an answer that opens a ticket.
    """
    if inbox.settings.get("plus_addressing") is not True or not outgoing.ticket_id:
        return ""
    back = addressing.reply_address(keys, inbox.address, outgoing.ticket_id)
    return addresses("Reply-To", [(back, "")]) if back else ""


def _automatic(outgoing: Outgoing) -> str:
    """RFC 3834, section 5, and Microsoft's word for the same ([MS-OXCMAIL], X-Auto-Response-Suppress)."""
    kind = "auto-replied" if outgoing.in_reply_to else "auto-generated"
    return field("Auto-Submitted", kind) + field("X-Auto-Response-Suppress", "All")


# ── body ──────────────────────────────────────────────────────────────────────────────────────────────


def _body(outgoing: Outgoing, carried: Sequence[OutgoingFile], linked: Sequence[OutgoingFile]) -> bytes:
    files = [file_part(f.read(), *_type(f.content_type), one_line(f.filename)[:200] or "file") for f in carried]
    return body(_text(outgoing, linked), _html(outgoing, linked), files)


def _marker(outgoing: Outgoing) -> str:
    """The line that answers are cut at; none in a mail of no ticket, such as a sign-in link."""
    return REPLY_MARKERS.get(outgoing.locale, REPLY_MARKERS["en"]) if outgoing.ticket_id else ""


def _text(outgoing: Outgoing, linked: Sequence[OutgoingFile]) -> str:
    parts = [_marker(outgoing), plain.strip_controls(outgoing.text).strip()]
    if linked:
        parts.append("\n".join([i18n.gettext("Files:"), *(f"{_named(f)}\n{f.link}" for f in linked)]))
    if outgoing.quoted.strip():
        quoted = plain.strip_controls(outgoing.quoted).strip().split("\n")
        parts.append("\n".join([_attribution(outgoing), *(f"> {line}".rstrip() for line in quoted)]))
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(outgoing: Outgoing, linked: Sequence[OutgoingFile]) -> str:
    marker = _marker(outgoing)
    parts = [f'<div style="{MARKER_STYLE}">{marker}</div>'] if marker else []
    parts.append(f"<div>{_written(outgoing)}</div>")
    if linked:
        listed = "\n".join([i18n.gettext("Files:"), *(f"{_named(f)}\n{f.link}" for f in linked)])
        parts.append(plain.text_to_html(listed))
    if outgoing.quoted.strip():
        said = plain.text_to_html(_attribution(outgoing))
        parts.append(f'{said}<blockquote type="cite" style="{QUOTE_STYLE}">')
        parts.append(f"{plain.text_to_html(outgoing.quoted)}</blockquote>")
    language = outgoing.locale if outgoing.locale in i18n.LOCALES else "en"
    top = f'<html lang="{language}"><head><meta charset="utf-8"></head><body>'
    return "\n".join(["<!doctype html>", top, *parts, "</body></html>", ""])


def _written(outgoing: Outgoing) -> str:
    """The new text: HTML that the desk made, else Markdown of a person, else plain text of the desk."""
    if outgoing.html:
        return outgoing.html
    return plain.text_to_html(outgoing.text) if outgoing.automatic else markdown.render(outgoing.text)


def _attribution(outgoing: Outgoing) -> str:
    name = one_line(outgoing.to[0].name or outgoing.to[0].value) if outgoing.to else ""
    return i18n.gettext("%(name)s wrote:") % {"name": name}


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────


def _files(files: Sequence[OutgoingFile]) -> tuple[list[OutgoingFile], list[OutgoingFile]]:
    """Those that travel in the mail and those that only a link is sent of, once the mail would be too large."""
    carried: list[OutgoingFile] = []
    linked: list[OutgoingFile] = []
    room = CARRIED
    for file in files:
        fits = file.size <= room or not file.link
        (carried if fits else linked).append(file)
        room -= file.size if fits else 0
    return carried, linked


def _named(file: OutgoingFile) -> str:
    return one_line(file.filename)


def _type(content_type: str) -> tuple[str, str]:
    """Main and subtype. A mail as a file cannot be encoded as message/rfc822 may not be (RFC 2046, 5.2.1)."""
    main, _, sub = content_type.partition("/")
    if not _TYPE.fullmatch(content_type) or main.lower() in ("message", "multipart"):
        return "application", "octet-stream"
    return main, sub
