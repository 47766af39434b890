"""What needs an administrator's eye: what could not be read, and what could not be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from starlette.responses import Response

from app import i18n
from app.channels import inboxes, ledger
from app.channels.ledger import Received
from app.console import forms, show
from app.errors import AppError, NotFound
from app.i18n import N_
from app.i18n import gettext as _
from app.jobs import queue
from app.jobs.queue import Job
from app.web import Page, redirect

RAW_SHOWN = 20_000  # characters of a raw message on the page; the whole can be downloaded

REASONS: Mapping[str, str] = {
    "unreadable_mail": N_("The mail could not be read."),
    "not_a_message": N_("It is not in the form of its channel."),
    "not_json": N_("It is not in the form of its channel."),
    "wrong_shape": N_("It is not in the form of its channel."),
    "bad_parcel": N_("It is not in the form of its channel."),
    "torn_parcel": N_("A part of it is missing."),
    "no_sender": N_("It does not say who sent it."),
    "no_address": N_("It does not say who sent it."),
    "no_visitor": N_("It does not say who sent it."),
    "could_not_apply": N_("It could be read, but not be put into a ticket."),
}


@dataclass(frozen=True, slots=True)
class Held:
    """A quarantined thing, ready to draw."""

    id: int
    inbox: str
    icon: str
    sender: str
    reason: str
    detail: str
    size: str
    at: str
    when: str


def quarantine(page: Page, error: AppError | None = None) -> Response:
    """Everything that arrived and could not be read, newest first, with why."""
    found = ledger.quarantined(page.db, page.number("before"))
    names = {inbox.id: inbox for inbox in inboxes.every(page.db)}
    held = []
    for received in found:
        inbox = names[received.inbox_id]
        envelope = received.envelope
        held.append(
            Held(
                received.id,
                inbox.name,
                show.word(show.CHANNELS, inbox.kind).icon,
                str(envelope.get("from") or envelope.get("mail_from") or envelope.get("sender") or _("unknown sender")),
                _(REASONS.get(received.why, received.why)),
                received.detail,
                show.size(received.size),
                i18n.short(received.received_at),
                i18n.full(received.received_at),
            )
        )
    older = found[-1].id if len(found) == 50 else None
    return forms.draw(page, "console/quarantine.html", "quarantine", held=held, older=older, errors=forms.errors(error))


def _held(page: Page) -> Received:
    received = page.db.get(Received, page.path("received"))
    if received is None or received.state != "quarantined":
        raise NotFound
    return received


def held(page: Page) -> Response:
    """One quarantined thing with the beginning of its raw text."""
    received = _held(page)
    raw = ledger.raw(page.db, received).body
    text = raw[: RAW_SHOWN * 4].decode("utf-8", "replace")[:RAW_SHOWN]
    inbox = inboxes.info_of(page.db, received.inbox_id)
    return forms.draw(
        page,
        "console/held.html",
        "quarantine",
        received=received,
        inbox=inbox,
        reason=_(REASONS.get(received.why, received.why)),
        raw=text.replace("\x00", "\ufffd"),
        cut=len(raw) > len(text.encode()),
        size=show.size(received.size),
    )


def raw(page: Page) -> Response:
    """The raw bytes, to keep and to send to whoever mends the reader."""
    received = _held(page)
    headers = {
        "Content-Disposition": f'attachment; filename="received-{received.id}.eml"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    body = ledger.raw(page.db, received).body
    return Response(body, headers=headers, media_type="application/octet-stream")


def replay(page: Page) -> Response:
    """Read it once more."""
    ledger.replay(page.db, page.path("received"))
    return redirect(page, "/console/quarantine?done=replayed")


def replay_all(page: Page) -> Response:
    """Read everything in quarantine once more, as after an upgrade."""
    query = sa.select(Received.id).where(Received.state == "quarantined").order_by(Received.id).limit(1000)
    for number in page.db.scalars(query).all():
        ledger.replay(page.db, number)
    return redirect(page, "/console/quarantine?done=replayed")


def jobs(page: Page) -> Response:
    """Jobs that used up their attempts, and how many wait."""
    return forms.draw(page, "console/jobs.html", "jobs", dead=queue.dead(page.db), counts=queue.counts(page.db))


def revive(page: Page) -> Response:
    """Give a dead job another set of attempts."""
    job = page.db.get(Job, page.path("job"))
    if job is None or job.state != "dead":
        raise NotFound
    queue.revive(page.db, job.id)
    return redirect(page, "/console/jobs?done=revived")
