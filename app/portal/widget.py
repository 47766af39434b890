"""The widget's server side: the page inside the frame, and the few things that it asks for."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from starlette.responses import JSONResponse, RedirectResponse, Response

from app import i18n, limits
from app.channels import inboxes, ledger, outbox, parcel
from app.channels.chat.channel import TEXT_LIMIT
from app.channels.inboxes import Inbox
from app.channels.outbox import RANK, Delivery
from app.channels.types import Incoming
from app.customers import identities
from app.errors import AppError, Invalid, NotFound
from app.i18n import N_
from app.i18n import gettext as _
from app.portal import brand, fields, files, visitors
from app.portal.visitors import Visitor
from app.text import plain
from app.tickets import thread
from app.tickets.attachments import SHOWN_INLINE
from app.tickets.models import Ticket
from app.tickets.thread import PublicEntry
from app.web import Page, render

SEEN = ("delivered", "read")


# ── the frame ─────────────────────────────────────────────────────────────────────────────────────────


def loader(page: Page) -> Response:
    """The script for somebody's page: a short-lived way to the version of the day."""
    response = RedirectResponse(page.request.state.templates.globals["static"]("widget.js"), 302)
    response.headers.update({"Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"})
    return response


def frame(page: Page) -> Response:
    """The chat itself, for a frame on pages of the inbox's origins and on our own."""
    inbox: Inbox = page.who
    origins = allowed(inbox)
    response = render(
        page,
        "widget/frame.html",
        inbox=inbox,
        parent=_parent(page, origins),
        theme=page.query("theme"),
        greeting=_said(inbox, "greeting") or _("Hello! How can we help?"),
        promise=_said(inbox, "promise") or _("We answer here as soon as we can."),
        limit=TEXT_LIMIT,
        megabytes=min(page.settings.upload_max_bytes, fields.IN_ALL) // 1_048_576,
        branded=bool(brand.colour(inbox.settings)),
    )
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors " + " ".join(["'self'", *origins])
    )
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def allowed(inbox: Inbox) -> list[str]:
    """Origins whose pages may show this chat: the inbox's setting `origins`, as far as they are origins."""
    listed = inbox.settings.get("origins")
    found = [o.rstrip("/").lower() for o in listed if isinstance(o, str)] if isinstance(listed, list) else []
    return [origin for origin in found if inboxes.ORIGIN.fullmatch(origin)]


def _parent(page: Page, origins: list[str]) -> str:
    """The exact origin that the frame talks to; our own when what the address says is not allowed."""
    base = urlsplit(page.settings.base_url)
    own = f"{page.request.url.scheme}://{page.request.headers.get('host', '')}"
    asked = page.query("origin").lower()
    return asked if asked in (*origins, own, f"{base.scheme}://{base.netloc}") else own


def _said(inbox: Inbox, name: str) -> str:
    """A text of the inbox in the language of the moment: a string, or {language: string}."""
    said = inbox.settings.get(name)
    if isinstance(said, dict):
        said = said.get(i18n.locale())
    return plain.strip_controls(said)[:500] if isinstance(said, str) else ""


def colours(page: Page) -> Response:
    """The colour of the inbox's company."""
    return brand.sheet(page.who.settings)


# ── what was said ─────────────────────────────────────────────────────────────────────────────────────


def messages(page: Page) -> Response:
    """Everything said after a message number, and what the chat should know about itself."""
    visitor: Visitor = page.who
    found = visitors.tickets(page.db, visitor)
    after = page.number("after") or 0
    entries = [entry for ticket in found for entry in thread.public(page.db, ticket, after=after)]
    customer = visitors.known(page.db, visitor)
    return JSONResponse(
        {
            "messages": [_shown(entry) for entry in entries],
            "last": max([after, *(entry.message.id for entry in entries)]),
            "reachable": bool(customer and visitors.address(page.db, customer.id)),
            "solved": bool(found) and found[-1].status in ("solved", "closed"),
        }
    )


def _shown(entry: PublicEntry) -> dict[str, Any]:
    message = entry.message
    mine = message.direction == "in"
    own_key = mine and message.channel == "chat" and message.external_id
    return {
        "id": message.id,
        "key": message.external_id.partition(".")[2] if own_key and message.external_id else "",
        "mine": mine,
        "name": "" if mine else message.sender_name,
        "text": "" if message.deleted_at else message.text,
        "deleted": message.deleted_at is not None,
        "at": message.created_at.isoformat(),
        "files": [
            {
                "id": file.public_id,
                "name": file.filename,
                "size": file.size,
                "picture": file.content_type in SHOWN_INLINE,
                "ready": file.state == "ready",
            }
            for file in entry.attachments
        ],
    }


def file(page: Page) -> Response:
    """A file of the visitor's own conversation."""
    found = files.of_message(page.db, page.path("public_id"))
    own = sa.select(Ticket.id).where(Ticket.id == found.ticket_id, Ticket.conversation == page.who.conversation)
    if page.db.scalar(own) is None:
        raise NotFound
    return files.hand_out(page.db, found)


# ── saying something ──────────────────────────────────────────────────────────────────────────────────


def send(page: Page) -> Response:
    """Store one message under the id that the browser gave it; sent again, it changes nothing."""
    visitor: Visitor = page.who
    key, text = _key(page.text("id")), plain.strip_controls(page.text("text")).strip()
    given = fields.files(page)
    _check(text, given, page.settings.upload_max_bytes)
    limits.spend(page.db, "chat by visitor", visitor.digest)
    customer = visitors.known(page.db, visitor)
    if customer is None:
        limits.spend(page.db, "chat start by address", page.address)
    said = {
        "visitor": visitor.digest,
        "name": customer.name if customer else "",
        "text": text,
        "locale": i18n.locale(),
        "page": _web_address(page.text("page")),
    }
    name = f"{visitor.digest[:32]}.{key}"
    ledger.accept(page.db, visitor.inbox.id, Incoming(name, parcel.pack(said, given), external_id=name))
    return JSONResponse({"id": key}, 202)


def _key(given: str) -> str:
    try:
        return str(uuid.UUID(given))
    except ValueError:
        raise Invalid({"id": N_("This message has no id.")}) from None


def _check(text: str, given: list[parcel.ParcelFile], largest: int) -> None:
    if not text and not given:
        raise Invalid({"text": N_("Please write something first.")})
    if len(text) > TEXT_LIMIT:
        raise Invalid({"text": N_("This text is too long.")})
    wrong_files = fields.files_fault(given, largest)
    if wrong_files:
        raise Invalid({"files": wrong_files})


def _web_address(given: str) -> str:
    """The page that the chat is on: only what a link may be made of."""
    return given[:500] if re.fullmatch(r"https?://[^\s<>\"]+", given[:500]) else ""


def seen(page: Page) -> Response:
    """The browser has, or the person saw, everything up to a message: its deliveries say so."""
    said, visitor = _json(page), page.who
    upto, state = said.get("upto"), said.get("state")
    if not isinstance(upto, int) or isinstance(upto, bool) or not 0 <= upto < 2**63 or state not in SEEN:
        raise Invalid({"upto": N_("This is not understood.")})
    own = [ticket.id for ticket in visitors.tickets(page.db, visitor)]
    query = sa.select(Delivery.external_id).where(
        Delivery.ticket_id.in_(own),
        Delivery.inbox_id == visitor.inbox.id,
        Delivery.message_id <= upto,
        Delivery.state.in_([name for name, rank in RANK.items() if rank < RANK[state]]),
    )
    for external_id in page.db.scalars(query).all():
        outbox.report(page.db, visitor.inbox.id, external_id or "", state)
    return Response(status_code=204)


def contact(page: Page) -> Response:
    """Name and mail address, so that an answer finds somebody who has left."""
    said = _json(page)
    name, mail = (fields.one_line(str(said.get(k) or "")) for k in ("name", "email"))
    faults = {"name": N_("This name is too long.") if len(name) > fields.NAME_LENGTH else ""}
    faults["email"] = fields.address_fault(mail)
    if any(faults.values()):
        raise Invalid({field: fault for field, fault in faults.items() if fault})
    limits.spend(page.db, "chat by visitor", page.who.digest)
    visitors.introduce(page.db, page.who, name, identities.normal("email", mail))
    return Response(status_code=204)


def _json(page: Page) -> dict[str, Any]:
    try:
        found = json.loads(page.body)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair cannot be kept
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid({})
    return found


def wrong(page: Page, error: AppError) -> Response:
    """What is wrong, field by field, in the visitor's language."""
    found = error.fields if isinstance(error, Invalid) else {}
    return JSONResponse({"error": _(error.message), "fields": {name: _(text) for name, text in found.items()}})
