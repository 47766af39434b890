"""Merging and splitting from the console: the ticket to merge into is found, the messages to split off are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from app import i18n
from app.console import forms, show
from app.console.show import Word
from app.customers.models import Customer
from app.errors import AppError
from app.i18n import N_
from app.i18n import gettext as _
from app.text import plain
from app.tickets import access, finding, merging, undoing
from app.tickets.models import Message, Note, Ticket
from app.tickets.undoing import Undo
from app.web import Page, redirect, render

MOST = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that could be merged into; `why` says why it cannot."""

    id: int
    subject: str
    customer: str
    status: Word
    at: str
    stranger: bool
    why: str


# ── merging ───────────────────────────────────────────────────────────────────────────────────────────


def choose(page: Page, error: AppError | None = None) -> Response:
    """Tickets to merge into: of the same customer first, others by number or words."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    text = page.query("q").strip()[: finding.LONGEST]
    candidates = _search(page, found, text) if text else _same_customer(page, found)
    values: dict[str, Any] = {"source": found, "q": text, "candidates": candidates}
    if page.partial and page.request.headers.get("hx-target") == "div#candidates":
        return render(page, "console/_candidates.html", **values)
    counts = {
        name: page.db.scalar(sa.select(sa.func.count()).select_from(model).where(model.ticket_id == found.id))
        for name, model in (("messages", Message), ("notes", Note))
    }
    wrong = " ".join(forms.errors(error).values())
    return forms.draw(page, "console/merge.html", "ticket", **values, counts=counts, wrong=wrong)


def _same_customer(page: Page, source: Ticket) -> list[Candidate]:
    query = sa.select(Ticket).where(
        Ticket.requester_id == source.requester_id,
        Ticket.id != source.id,
        Ticket.merged_into_id.is_(None),
        Ticket.spam.is_(False),
        Ticket.status != "closed",
        access.visible_to(page.who),
    )
    return _candidates(page, source, page.db.scalars(query.order_by(Ticket.id.desc()).limit(MOST)).all())


def _search(page: Page, source: Ticket, text: str) -> list[Candidate]:
    """What answers to the words, the same customer's before others'."""
    numbers = [row.id for row in finding.find(page.db, page.who, text, limit=MOST + 1)]
    found = page.db.scalars(sa.select(Ticket).where(Ticket.id.in_(numbers))).all()
    order = {number: place for place, number in enumerate(numbers)}
    ranked = sorted(found, key=lambda t: (t.requester_id != source.requester_id, order[t.id]))
    return _candidates(page, source, ranked[:MOST])


def _candidates(page: Page, source: Ticket, found: Sequence[Ticket]) -> list[Candidate]:
    wanted = {ticket.requester_id for ticket in found}
    names = dict(page.db.execute(sa.select(Customer.id, Customer.name).where(Customer.id.in_(wanted))).all())
    return [
        Candidate(
            ticket.id,
            ticket.subject or _("No subject"),
            show.customer_name(names[ticket.requester_id]),
            show.word(show.STATUSES, ticket.status),
            i18n.short(ticket.updated_at),
            ticket.requester_id != source.requester_id,
            _refused(source, ticket),
        )
        for ticket in found
    ]


def _refused(source: Ticket, target: Ticket) -> str:
    refused = merging.refusal(source, target)
    return _(refused.message) % refused.values if refused else ""


def merge(page: Page) -> Response:
    """Merge into the chosen ticket, and show that one with the way back."""
    source, target = merging.both(page.db, page.who, page.path("ticket"), page.number("into") or 0)
    kept = merging.merge(page.db, page.who, source, target)
    return redirect(page, f"/console/tickets/{target.id}?undo={kept.id}")


# ── splitting ─────────────────────────────────────────────────────────────────────────────────────────


def part(page: Page, error: AppError | None = None) -> Response:
    """The messages of a ticket, of which one begins a ticket of its own."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    query = sa.select(Message).where(Message.ticket_id == found.id, Message.sender_kind != "system")
    rows = list(reversed(page.db.scalars(query.order_by(Message.id.desc()).limit(200)).all()))
    messages = [(m.id, m.sender_name or m.sender_address, show.moment(m.created_at), _words(m)) for m in rows]
    chosen = page.number("message") or (rows[-1].id if rows else 0)
    wrong = " ".join(forms.errors(error).values())
    values: dict[str, Any] = {
        "source": found,
        "messages": messages,
        "chosen": chosen,
        "wrong": wrong,
        "later": bool(page.text("later")),
    }
    return forms.draw(page, "console/split.html", "ticket", **values)


def _words(message: Message) -> str:
    return plain.excerpt(message.text, 160) or message.kind


def split(page: Page) -> Response:
    """Split off the chosen message, and show the new ticket with the way back."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    made, kept = merging.split(page.db, page.who, found, page.number("message") or 0, bool(page.text("later")))
    return redirect(page, f"/console/tickets/{made.id}?undo={kept.id}")


# ── the way back ──────────────────────────────────────────────────────────────────────────────────────


def undo(page: Page) -> Response:
    """Take a merge or a split back, and show the ticket that stands again."""
    found = merging.undo(page.db, page.who, page.path("undo"))
    return redirect(page, f"/console/tickets/{found.id}?undone={page.path('undo')}")


DONE = {
    "forwarded": N_("Forwarded. What becomes of it stands in the ticket."),
    "approved": N_("Approved."),
    "returned": N_("Sent back."),
}


def flashes(page: Page) -> list[dict[str, Any]]:
    """What is said after a merge, a split, its undoing, a forward or a decision, which the address names."""
    if said := DONE.get(page.query("done")):
        return [{"text": _(said), "wrong": False, "undo": None}]
    number = page.number("undo") or page.number("undone")
    kept = page.db.get(Undo, number) if number else None
    if kept is None or kept.kind not in ("merge", "split"):
        return []
    if page.query("undone"):
        return [{"text": _("Undone: everything is where it was."), "wrong": False, "undo": None}] if _back(kept) else []
    if kept.state != "done":
        return []
    texts = {"merge": _("Merged #%(number)s into this ticket"), "split": _("Split off as #%(number)s")}
    way = {"url": f"/console/undo/{kept.id}", "fields": {}}
    return [{"text": texts[kept.kind] % {"number": kept.ticket_id}, "wrong": False, "undo": way}]


def _back(kept: Undo) -> bool:
    return kept.state == "undone"


def went(page: Page, found: Ticket) -> dict[str, Any] | None:
    """Where a merged ticket went, and the step that can be undone; None for one that stands."""
    if not found.merged_into_id:
        return None
    kept = undoing.of_ticket(page.db, found.id, "merge")
    into = found.merged_into_id
    return {"into": into, "undo": f"/console/undo/{kept.id}" if kept and kept.what.get("into") == into else ""}
