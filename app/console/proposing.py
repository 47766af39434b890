"""Proposals on the screen: the card in the thread, the page on which one compares and decides, and what came back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.responses import Response

from app import i18n, storage
from app.accounts.models import Agent
from app.console import forms, show
from app.console.files import FILE_CSP
from app.console.show import Person
from app.db import Session
from app.errors import AppError, NotFound
from app.i18n import gettext as _
from app.text import differences, drawn
from app.tickets import approval, messages, proposals, signatures
from app.tickets.addressing import Addressed
from app.tickets.guards import Finding, Stopped
from app.tickets.models import Message, Ticket
from app.tickets.unsent import Proposal
from app.web import Page, redirect, render


@dataclass(frozen=True, slots=True)
class Card:
    """A proposal as the thread and its own page draw it. `may`: whether the reader decides; `mine`: withdraws it."""

    id: int
    who: str
    initials: str
    text: Markup
    whom: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, str, str]]
    follows: Sequence[str]
    at: Any
    newer: bool
    mine: bool
    may: bool

    @property
    def url(self) -> str:
        return f"/console/proposals/{self.id}"


def cards(db: Session, ticket: Ticket, heard: int, me: Agent, people: Mapping[int, Person]) -> list[Card]:
    """What waits for approval on a ticket; `heard` is the number of the customer's newest message."""
    found = proposals.of_ticket(db, ticket.id)
    return [card(db, ticket, one, heard, me, people) for one in found]


def card(db: Session, ticket: Ticket, one: Proposal, heard: int, me: Agent, people: Mapping[int, Person]) -> Card:
    """One proposal in words."""
    who = people[one.agent_id].name if one.agent_id in people else _("Somebody who left")
    whole = signatures.signed(one.text, one.signature)
    return Card(
        id=one.id,
        who=who,
        initials=show.initials(who),
        text=drawn.text(whole),
        whom=_whom(Addressed.of(one.recipients)),
        files=[
            (f"/console/proposals/{one.id}/files/{f['blob']}", f["filename"], show.size(f["size"])) for f in one.files
        ],
        follows=_follows(one),
        at=one.created_at,
        newer=heard > one.seen and ticket.channel != "chat",
        mine=one.agent_id == me.id,
        may=approval.may_decide(db, ticket, me, one.agent_id),
    )


def _whom(addressed: Addressed) -> list[tuple[str, str]]:
    """[(To, the people)] as far as there are any."""
    parts = ((_("To"), addressed.to), ("Cc", addressed.cc), ("Bcc", addressed.bcc))
    return [
        (name, ", ".join(f"{r.name} <{r.value}>" if r.name else r.value for r in some)) for name, some in parts if some
    ]


def _follows(one: Proposal) -> list[str]:
    """What else happens once it is approved."""
    found = [_("Leaves at %(time)s, not before") % {"time": show.moment(one.leave_at)}] if one.leave_at else []
    return [*found, _("Then the ticket is solved")] if one.then == "solved" else found


# ── what came back ────────────────────────────────────────────────────────────────────────────────────


def returned(db: Session, ticket: Ticket, me: Agent, people: Mapping[int, Person]) -> dict[str, Any] | None:
    """The comment that stands above the composer of whoever it is for."""
    found = proposals.returned(db, ticket.id, me.id)
    if found is None:
        return None
    who = people.get(found.decided_by_id or 0)
    return {"id": found.id, "who": who.name if who else _("Somebody who left"), "comment": found.comment}


def put_aside(page: Page) -> Response:
    """It was read."""
    ticket = proposals.put_aside(page.db, page.who, page.path("proposal"))
    if not page.partial:
        return redirect(page, f"/console/tickets/{ticket.id}")
    return Response(status_code=204, headers={"HX-Trigger": json.dumps({f"ticket-{ticket.id}": {}})})


def withdraw(page: Page) -> Response:
    """Its writer takes it back: the text goes into the composer where that is open."""
    draft, ticket = proposals.withdraw(page.db, page.who, page.path("proposal"))
    if not page.partial:
        return redirect(page, f"/console/tickets/{ticket.id}")
    text = _("Withdrawn. The reply to #%(number)s is your draft again.") % {"number": ticket.id}
    response = render(page, "console/_sent.html", toast={"text": text, "wrong": False, "undo": None})
    told = {"undone": {"ticket": ticket.id, "kind": draft.kind}, f"ticket-{ticket.id}": {}}
    response.headers["HX-Trigger"] = json.dumps(told)
    return response


def toast(made: Proposal) -> dict[str, object]:
    """What is said after asking, with the way back."""
    text = _("Asked for approval of the reply to #%(number)s") % {"number": made.ticket_id}
    return {"text": text, "wrong": False, "undo": {"url": f"/console/proposals/{made.id}/withdraw", "fields": {}}}


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────


def look(page: Page, error: AppError | None = None) -> Response:
    """What the customer wrote last beside what is proposed, what changed since it was sent back, and the decision."""
    one, ticket = proposals.find(page.db, page.who, page.path("proposal"))
    heard, known = messages.heard(page.db, ticket.id), show.desk(page.db)
    shown = card(page.db, ticket, one, heard.id if heard else 0, page.who, known.people)
    return forms.draw(
        page,
        "console/proposal.html",
        "ticket",
        source=ticket,
        card=shown,
        asked=one,
        outcome="" if one.state == "waiting" else _outcome(one, known.people),
        heard=heard,
        heard_text=drawn.text(heard.text) if heard else "",
        heard_at=i18n.full(page.db.get_one(Message, heard.id).created_at) if heard else "",
        before=_before(page.db, one, known.people),
        values=forms.typed(page, body=one.text, comment=""),
        errors={} if isinstance(error, Stopped) else forms.errors(error),
        findings=[_sentence(f) for f in error.findings] if isinstance(error, Stopped) else [],
        codes=_codes(page, error),
    )


def _sentence(finding: Finding) -> str:
    return _(finding.sentence) % finding.values if finding.values else _(finding.sentence)


def _codes(page: Page, error: AppError | None) -> str:
    """What "approve anyway" answers: all findings that were shown."""
    found = {finding.code for finding in error.findings} if isinstance(error, Stopped) else set()
    return " ".join(sorted(found | set(page.text("codes").split())))


def _outcome(one: Proposal, people: Mapping[int, Person]) -> str:
    who = people.get(one.decided_by_id or 0)
    values = {"who": who.name if who else _("Somebody who left")}
    if one.state == "approved":
        return _("%(who)s approved it.") % values
    return _("It was withdrawn.") if one.state == "withdrawn" else _("%(who)s sent it back.") % values


def _before(db: Session, one: Proposal, people: Mapping[int, Person]) -> dict[str, Any] | None:
    """The version that was sent back, as the difference to this one."""
    found = db.get(Proposal, one.before_id) if one.before_id else None
    if found is None:
        return None
    who = people.get(found.decided_by_id or 0)
    name = who.name if who else _("Somebody who left")
    parts = differences.between(found.text, one.text)
    return {"who": name, "comment": found.comment, "parts": parts, "same": found.text == one.text}


def approve(page: Page) -> Response:
    """Let it leave, changed where the text was changed."""
    text = page.text("body") if "body" in page.form else None
    codes = frozenset(page.text("anyway").split())
    done = proposals.approve(page.db, page.who, page.path("proposal"), text=text, codes=codes)
    return redirect(page, f"/console/tickets/{done.ticket.id}?done=approved")


def send_back(page: Page) -> Response:
    """Back to its writer, with what should be different."""
    _found, ticket = proposals.send_back(page.db, page.who, page.path("proposal"), page.text("comment"))
    return redirect(page, f"/console/tickets/{ticket.id}?done=returned")


def file(page: Page) -> Response:
    """A file of a proposal, to keep."""
    one, _ticket = proposals.find(page.db, page.who, page.path("proposal"))
    found = next((f for f in one.files if f["blob"] == page.path("blob")), None)
    if found is None:
        raise NotFound("This file is missing.")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found['filename'], safe='')}",
        "Content-Security-Policy": FILE_CSP,
        "Cache-Control": "private, no-store",
    }
    content = storage.blobs(page.db).get(found["blob"])
    return Response(content, headers=headers, media_type="application/octet-stream")
