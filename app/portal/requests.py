"""A customer's own requests: the list, the thread without any note, replying, closing, reopening, files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from markupsafe import Markup
from starlette.responses import Response

from app import clock, events, i18n, limits
from app.channels import registry
from app.channels.ledger import Received
from app.channels.parcel import ParcelFile
from app.db import Session
from app.errors import AppError, Conflict, Invalid, NotFound, TooMany
from app.i18n import N_
from app.portal import ask, fields, files, mailbox, words
from app.portal.sessions import Guest
from app.text import drawn, plain
from app.tickets import intake, lifecycle, thread
from app.tickets.attachments import SHOWN_INLINE
from app.tickets.models import Attachment, Message, Ticket
from app.tickets.thread import PublicEntry
from app.web import Page, redirect, render

PAGE = 25


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the thread: a message, or a change of state (`text`) that the customer should know of."""

    at: datetime
    entry: PublicEntry | None = None
    text: str = ""


def _own(guest: Guest) -> sa.ColumnElement[bool]:
    """The one gate of the portal: a customer sees the tickets that they themselves asked."""
    return sa.and_(Ticket.requester_id == guest.customer.id, Ticket.merged_into_id.is_(None))


def _ticket(page: Page) -> Ticket:
    """The ticket of the address, if it is this customer's; a merged one's is where it went. Raises NotFound."""
    found = page.db.scalar(sa.select(Ticket).where(Ticket.public_id == page.path("public_id")))
    for _hop in range(10):
        if found is None or found.requester_id != page.who.customer.id:
            raise NotFound
        if found.merged_into_id is None:
            return found
        found = page.db.get(Ticket, found.merged_into_id)
    raise NotFound


# ── looking ───────────────────────────────────────────────────────────────────────────────────────────


def mine(page: Page) -> Response:
    """The list, newest first."""
    query = sa.select(Ticket).where(_own(page.who)).order_by(Ticket.id.desc()).limit(PAGE + 1)
    before = page.number("before")
    found = page.db.scalars(query.where(Ticket.id < before) if before else query).all()
    shown = [(ticket, words.state(ticket.status)) for ticket in found[:PAGE]]
    older = found[PAGE - 1].id if len(found) > PAGE else None
    return render(page, "portal/requests.html", tickets=shown, older=older, newer=bool(before))


def awaited(db: Session, guest: Guest) -> Ticket | None:
    """The ticket whose answer waits for the customer, newest first."""
    query = sa.select(Ticket).where(_own(guest), Ticket.status == "waiting_customer")
    return db.scalar(query.order_by(Ticket.updated_at.desc()).limit(1))


def show(page: Page) -> Response:
    """One request with its thread."""
    return _draw(page, _ticket(page), "", {})


def _draw(page: Page, ticket: Ticket, typed: str, faults: dict[str, str], status: int = 200) -> Response:
    guest: Guest = page.who
    others = page.db.scalars(
        sa.select(Ticket).where(_own(guest), Ticket.id != ticket.id).order_by(Ticket.id.desc()).limit(4)
    ).all()
    return render(
        page,
        "portal/request.html",
        status,
        ticket=ticket,
        state=words.state(ticket.status),
        read=partial(read, registry.with_html(page.db)),
        size=size,
        initials=plain.initials,
        pictures=SHOWN_INLINE,
        lines=_lines(page.db, ticket),
        others=[(other, words.state(other.status)) for other in others],
        typed=typed,
        faults=faults,
        stamp=ask.stamp(page.db),
        just_sent=page.query("sent") == "1",
        files=fields.FILES,
        megabytes=min(page.settings.upload_max_bytes, fields.IN_ALL) // 1_048_576,
        can_write=mailbox.form(page.db) is not None,
    )


def _lines(db: Session, ticket: Ticket) -> list[Line]:
    """Messages and the changes of state that concern the customer. There is no way for a note to be among them."""
    found = [Line(entry.message.created_at, entry=entry) for entry in thread.public(db, ticket)]
    found += [Line(event.at, text=text) for event in _changes(db, ticket) if (text := _change(event))]
    return sorted(found, key=lambda line: line.at)


def _changes(db: Session, ticket: Ticket) -> Sequence[events.Event]:
    query = sa.select(events.Event).where(events.Event.ticket_id == ticket.id, events.Event.kind == "ticket.status")
    return db.scalars(query.order_by(events.Event.id.desc()).limit(100)).all()


def _change(event: events.Event) -> str:
    before, after = event.data.get("before"), event.data.get("after")
    if after == "solved":
        by_customer = event.actor_kind == "customer"
        return i18n.gettext("You closed this request") if by_customer else i18n.gettext("Marked as solved")
    if after == "closed":
        return i18n.gettext("Closed for good")
    return i18n.gettext("Opened again") if before == "solved" else ""


def read(marked: frozenset[str], message: Message) -> Markup:
    """The text of a message as safe HTML; the desk's own with its marks on the channels that are `marked`."""
    return drawn.text(message.text, marked=message.direction == "out" and message.channel in marked)


def size(count: int) -> str:
    """A number of bytes as people say it."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1024))} KB"
    return f"{count / 1_048_576:.1f} MB"


# ── doing ─────────────────────────────────────────────────────────────────────────────────────────────


def reply(page: Page) -> Response:
    """Write on a request. On a closed one it opens a new one, linked, and leads there."""
    ticket, inbox = _ticket(page), mailbox.form(page.db)
    if inbox is None:
        raise NotFound
    guest: Guest = page.who
    text, given = fields.request(page).text, fields.files(page)
    faults = _reply_faults(text, given, page.settings.upload_max_bytes)
    if faults:
        raise Invalid(faults)
    try:
        limits.spend(page.db, "form by address", page.address)
    except TooMany as error:
        response = _draw(page, ticket, text, {"text": i18n.gettext(error.message)}, 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    said = fields.Request(guest.customer.name, guest.identity.value, ticket.subject, text)
    item = ask.incoming(page, said, given, guest, once=ask.once(page), ticket=ticket.id)
    page.db.close()  # give the reading connection back before asking for a writing one
    received = intake.accept_and_take(page.database, inbox.id, item)
    return redirect(page, f"/help/requests/{_went_to(page, received, ticket)}?sent=1")


def _reply_faults(text: str, given: Sequence[ParcelFile], largest: int) -> dict[str, str]:
    fault = ""
    if not text and not given:
        fault = N_("Please write something first.")
    elif len(text) > fields.TEXT_LENGTH:
        fault = N_("This text is too long.")
    wrong_files = fields.files_fault(given, largest)
    return {name: wrong for name, wrong in (("text", fault), ("files", wrong_files)) if wrong}


def _went_to(page: Page, received: Received, ticket: Ticket) -> str:
    with page.database.read() as db:
        found = db.get(Ticket, received.ticket_id) if received.ticket_id else None
    return found.public_id if found else ticket.public_id


def reply_again(page: Page, error: AppError) -> Response:
    """The request with everything that was typed, and what is wrong with it."""
    faults = error.fields if isinstance(error, Invalid) else {"text": error.message}
    shown = {name: i18n.gettext(fault) for name, fault in faults.items()}
    return _draw(page, _ticket(page), fields.request(page).text, shown)


def solve(page: Page) -> Response:
    """The customer says that it is done."""
    ticket = _ticket(page)
    if ticket.status != "closed":
        lifecycle.solve(page.db, ticket, page.who.actor)
    return redirect(page, f"/help/requests/{ticket.public_id}")


def reopen(page: Page) -> Response:
    """The customer says that it is not done after all. Raises Conflict when it is closed for good."""
    ticket = _ticket(page)
    if ticket.status == "closed":
        raise Conflict("This request is closed for good. Please write to us again.")
    if ticket.status == "solved":
        ticket.waiting_since = clock.now()
        lifecycle.set_status(page.db, ticket, "open", page.who.actor, why="customer_reopened")
    return redirect(page, f"/help/requests/{ticket.public_id}")


def download(page: Page) -> Response:
    """A file of one of the customer's own requests."""
    found: Attachment = files.of_message(page.db, page.path("public_id"))
    ticket = page.db.scalar(sa.select(Ticket.id).where(Ticket.id == found.ticket_id, _own(page.who)))
    if ticket is None:
        raise NotFound
    return files.hand_out(page.db, found)
