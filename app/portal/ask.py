"""Asking for help by the form: stored as Received first, then confirmed; what was typed is never lost."""

from __future__ import annotations

import hashlib
import uuid

import sqlalchemy as sa
from starlette.responses import Response

from app import clock, i18n, keys, limits
from app.accounts import tokens
from app.channels import parcel
from app.channels.ledger import Received
from app.channels.parcel import ParcelFile
from app.channels.types import Incoming
from app.db import Session
from app.errors import AppError, Invalid, NotFound, TooMany
from app.i18n import N_
from app.portal import fields, mailbox
from app.portal.fields import Request
from app.portal.sessions import Guest, keep
from app.tickets import intake
from app.tickets.models import Ticket
from app.web import Page, redirect, render

QUICKEST = 2  # seconds; nobody fills a form in less
STAMP_PURPOSE = "form-stamp"
WROTE = "help-wrote"  # the cookie by which the browser that sent a form is known again when its link is opened
WROTE_PURPOSE = "form-browser"


def form(page: Page) -> Response:
    """The empty form; with `about`, a beginning of the subject."""
    given = Request(subject=fields.one_line(page.query("about"))[: fields.SUBJECT_LENGTH])
    return _draw(page, given, {})


def again(page: Page, error: AppError) -> Response:
    """The form with everything that was typed, and what is wrong with it."""
    faults = error.fields if isinstance(error, Invalid) else {"text": error.message}
    return _draw(page, fields.request(page), faults)


def _draw(page: Page, given: Request, faults: dict[str, str], status: int = 200) -> Response:
    return render(
        page,
        "portal/ask.html",
        status,
        given=given,
        faults={name: i18n.gettext(fault) for name, fault in faults.items()},
        stamp=stamp(page.db),
        closed=mailbox.form(page.db) is None,
        addresses=mailbox.addresses(page.db),
        files=fields.FILES,
        megabytes=min(page.settings.upload_max_bytes, fields.IN_ALL) // 1_048_576,
        caught="website" in faults,
        had_files=bool(faults) and bool(page.files("files")),
    )


def send(page: Page) -> Response:
    """Take a request: checked, stored and committed, then read at once so that its number can be told."""
    inbox = mailbox.form(page.db)
    if inbox is None:
        raise NotFound
    guest: Guest | None = page.who
    given, files = _given(page, guest), fields.files(page)
    faults = _faults(page, given, files)
    if faults:
        raise Invalid(faults)
    try:
        limits.spend(page.db, "form by address", page.address)
        limits.spend(page.db, "form by mail", given.email.casefold())
    except TooMany as error:
        response = _draw(page, given, {"text": error.message}, 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    browser = _browser(page)
    item = incoming(page, given, files, guest, once=once(page), browser=browser)
    page.db.close()  # give the reading connection back before asking for a writing one
    response = _confirm(page, intake.accept_and_take(page.database, inbox.id, item))
    return response if guest else keep(page, response, WROTE, browser, tokens.LIFETIMES["verify"])


def _browser(page: Page) -> str:
    """By what this browser is known again: what it has already, else made from this one sending, so that the same
    form sent twice gives the same."""
    return page.request.cookies.get(WROTE, "") or keys.keys(page.db).mac(WROTE_PURPOSE, once(page))


def _given(page: Page, guest: Guest | None) -> Request:
    typed = fields.request(page)
    if guest is None:
        return typed
    return Request(guest.customer.name or typed.name, guest.identity.value, typed.subject, typed.text)


def _faults(page: Page, given: Request, files: list[ParcelFile]) -> dict[str, str]:
    faults = fields.request_faults(given, mailbox.addresses(page.db))
    wrong_files = fields.files_fault(files, page.settings.upload_max_bytes)
    if wrong_files:
        faults["files"] = wrong_files
    if page.text("website"):
        faults["website"] = N_("Please leave this field empty. It is a trap for programs.")
    elif not faults and _seconds(page) < QUICKEST:
        faults["text"] = N_("That was very quick. If you are a person, please press the button once more.")
    return faults


def incoming(
    page: Page,
    given: Request,
    files: list[ParcelFile],
    guest: Guest | None,
    *,
    once: str,
    ticket: int | None = None,
    browser: str = "",
) -> Incoming:
    """What is stored of a request or reply. The same form sent twice is one; with another text it is another."""
    said = {
        "name": given.name,
        "email": given.email,
        "subject": given.subject,
        "text": given.text,
        "locale": i18n.locale(),
        "evidence": "verified" if guest else "claimed",
        "ticket": ticket,
    }
    raw = parcel.pack(said, files)
    key = f"{once}.{hashlib.sha256(raw).hexdigest()[:16]}"
    return Incoming(
        dedupe_key=key,
        raw=raw,
        external_id=f"<web.{key}@{page.settings.mail_domain}>",  # shaped as in mail, which goes on from here
        envelope={
            "address": page.address,
            "browser": page.request.headers.get("user-agent", "")[:300],
            "asked": keys.digest(browser) if browser else "",
        },
    )


def _confirm(page: Page, received: Received) -> Response:
    with page.database.read() as db:
        ticket = db.get(Ticket, received.ticket_id) if received.ticket_id else None
    if ticket and page.who:
        return redirect(page, f"/help/requests/{ticket.public_id}?sent=1")
    return redirect(page, f"/help/request/sent/{ticket.public_id}" if ticket else "/help/request/sent")


def confirmed(page: Page) -> Response:
    """What happens now. Nothing of the person is shown, only the number, to who holds the address of this page."""
    public_id = page.request.path_params.get("public_id")
    number = page.db.scalar(sa.select(Ticket.id).where(Ticket.public_id == public_id)) if public_id else None
    if public_id and number is None:
        raise NotFound
    return render(page, "portal/confirmed.html", number=number)


# ── the stamp: when the form was opened, and a name for this one sending ──────────────────────────────


def stamp(db: Session) -> str:
    """A hidden field that says when the form was drawn and cannot be made up."""
    text = f"{int(clock.now().timestamp())}.{uuid.uuid4().hex}"
    return f"{text}.{keys.keys(db).mac(STAMP_PURPOSE, text)}"


def _parts(page: Page) -> tuple[int, str] | None:
    at, _, rest = page.text("stamp").partition(".")
    once, _, tag = rest.partition(".")
    good = at.isascii() and at.isdigit() and keys.keys(page.db).is_mac(STAMP_PURPOSE, f"{at}.{once}", tag)
    return (int(at), once) if good else None


def _seconds(page: Page) -> float:
    """How long ago the form was drawn; 0 when it does not say so truly."""
    parts = _parts(page)
    return clock.now().timestamp() - parts[0] if parts else 0.0


def once(page: Page) -> str:
    """The name of this one sending: the same form sent twice has the same."""
    parts = _parts(page)
    return parts[1] if parts else uuid.uuid4().hex
