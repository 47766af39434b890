"""One message with all that is known of it: who, where to, why it is on this ticket, its headers and source."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from app.channels import inboxes, ledger
from app.channels.email import headers as mail_headers
from app.channels.email.types import Unreadable
from app.channels.email.words import header_text
from app.channels.ledger import Received
from app.channels.outbox import Delivery
from app.console import forms, history, show, thread
from app.errors import NotFound
from app.events import Event
from app.i18n import gettext as _
from app.text import plain
from app.tickets import access, attachments
from app.tickets.models import Attachment, Message
from app.tickets.thread import Fate
from app.web import Page

MOST = 200_000  # bytes of a source that are shown; the whole is there to keep
HEADERS = 256 * 1024


def show_message(page: Page) -> Response:
    """Everything about a message, for whoever may see its ticket."""
    found = _find(page)
    received = _received(page, found)
    source = ledger.raw(page.db, received).body if received else b""
    return forms.draw(
        page,
        "console/message.html",
        "ticket",
        message=found,
        facts=_facts(page, found),
        why=_why(page, found),
        state=_state(page, found),
        files=thread.files(_files(page, found)),
        headers=_headers(source) if found.channel == "email" else [],
        source=plain.strip_controls(source[:MOST].decode("utf-8", "replace")),
        cut=len(source) > MOST,
        text=found.full_text or found.text,
        forwards=found.sender_kind != "system",
        may_write=page.who.role != "viewer",
    )


def source(page: Page) -> Response:
    """The mail as it came, to keep."""
    found = _find(page)
    received = _received(page, found)
    if received is None:
        raise NotFound
    headers = {
        "Content-Disposition": f'attachment; filename="message-{found.id}.eml"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    return Response(ledger.raw(page.db, received).body, headers=headers, media_type="application/octet-stream")


def _find(page: Page) -> Message:
    found = page.db.get(Message, page.path("message"))
    if found is None or found.deleted_at:
        raise NotFound
    access.ticket(page.db, page.who, found.ticket_id)
    return found


def _received(page: Page, found: Message) -> Received | None:
    """The mail behind a message. What other channels send holds ids that are no matter of the desk's."""
    return page.db.get(Received, found.received_id) if found.received_id and found.channel == "email" else None


def _facts(page: Page, found: Message) -> list[tuple[str, str]]:
    inbox = inboxes.info_of(page.db, found.inbox_id)
    people = {part: _people(found.recipients.get(part, ())) for part in ("to", "cc", "bcc")}
    sender = f"{found.sender_name} <{found.sender_address}>" if found.sender_address else found.sender_name
    facts = [
        (_("From"), sender),
        (_("To"), people["to"] or (f"{inbox.name} <{inbox.address}>" if found.direction == "in" else "")),
        (_("Cc"), people["cc"]),
        (_("Bcc"), people["bcc"]),
        (_("Subject"), found.subject),
        (_("Time"), show.moment(found.created_at)),
        (_("Channel"), show.word(show.CHANNELS, found.channel).name),
        (_("Inbox"), inbox.name),
        ("Message-ID", (found.external_id or "") if found.channel == "email" else ""),
    ]
    return [(name, value) for name, value in facts if value]


def _people(pairs: Any) -> str:
    return ", ".join(f"{name} <{value}>" if name else value for value, name in pairs)


def _why(page: Page, found: Message) -> str:
    """Why it joined this ticket, as it was written down when it came."""
    query = sa.select(Event.data).where(
        Event.ticket_id == found.ticket_id,
        Event.kind.in_(("message.received", "ticket.opened")),
        Event.data["message"].as_integer() == found.id,
    )
    codes = [str(data.get("why", "")) for data in page.db.scalars(query)]
    sentence = next((history.REASONS[code] for code in codes if history.REASONS.get(code)), "")
    return _(sentence) if sentence else ""


def _state(page: Page, found: Message) -> thread.State | None:
    query = sa.select(Delivery).where(Delivery.message_id == found.id).order_by(Delivery.id.desc()).limit(1)
    d = page.db.scalar(query)
    return thread.state(Fate(d.id, d.state, d.code, d.reason, d.retry_at, d.sent_at, d.changed_at)) if d else None


def _files(page: Page, found: Message) -> list[Attachment]:
    query = sa.select(Attachment).where(Attachment.message_id == found.id).order_by(Attachment.id)
    return list(page.db.scalars(query.limit(attachments.MAX_FILES)))


def _headers(source: bytes) -> list[tuple[str, str]]:
    """The fields of a mail, readable, in their order; none when they cannot be read."""
    try:
        found, _end = mail_headers.read_mail_headers(source, HEADERS)
    except Unreadable:
        return []
    return [(name.title(), header_text(value)[:4000]) for name, value in found.items[:300]]
