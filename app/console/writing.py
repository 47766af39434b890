"""Writing: a reply to the customer, or an internal note. Two domain functions, and never one for the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.responses import HTMLResponse, Response

from app.channels import registry
from app.console import desk, filling, forms, held, notices, proposing
from app.errors import AppError, Invalid
from app.events import Actor
from app.i18n import gettext as _
from app.tickets import (
    access,
    addressing,
    approval,
    drafts,
    fields,
    guards,
    holding,
    lifecycle,
    proposals,
    replies,
    signatures,
)
from app.tickets.addressing import Addressed
from app.tickets.attachments import Upload
from app.tickets.drafts import File
from app.tickets.guards import Finding, Stopped
from app.tickets.models import Ticket
from app.tickets.unsent import HeldReply, Proposal
from app.web import Page, fragment, redirect, render

Waits = HeldReply | Proposal | None
"""What was written and has not left yet."""


def write(page: Page) -> Response:
    """Send what is in the composer. The kind is said, never guessed: anything but reply or note is refused."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    kind, text = page.text("kind"), page.text("body")
    uploads = [Upload(name, declared, content) for name, declared, content in page.files("files")]
    named = [str(digest) for digest in page.form.getlist("kept")]
    stored = drafts.files_of(page.db, found.id, page.who.id, kind, named)
    waits = None
    if kind == "note":
        replies.note(page.db, found, page.who, text, uploads=uploads, stored=stored)
    elif kind == "reply":
        waits = _reply(page, found, text, uploads, stored)
    else:
        raise Invalid({"kind": "Choose between a reply and a note."})
    drafts.discard(page.db, found.id, page.who.id, kind)
    return _answer(page, found, kind, waits)


def _reply(page: Page, found: Ticket, text: str, uploads: list[Upload], stored: list[File]) -> Waits:
    """Send, or hold what is to leave later or can still be undone, or ask for approval; what waits, then.

    The form says whether its button asked (`ask`): what somebody put before a colleague is not sent, even where the
    desk has stopped to demand that meanwhile.
    """
    answer = Answer.read(page)
    if answer.then == "solved":
        fields.ready(page.db, found, Actor("agent", page.who.id))
    fixed, signature = _addressed(page, found), _signature(page, found)
    newer = _guard(page, found, text, bool(uploads or stored), answer, fixed)
    seen = None if found.channel == "chat" or answer.all else max(page.number("seen") or 0, newer)
    then, later = answer.then, answer.later
    wait = holding.seconds(page.db, found)
    sent: dict[str, Any] = {"uploads": uploads, "stored": stored, "seen": seen}
    sent |= {"fixed": fixed, "signature": signature}
    if page.text("ask") == "1" or approval.needs(page.db, found, page.who):
        leaves = held.leaves_at(page, wait, later) if later else None
        return proposals.ask(page.db, found, page.who, text, leave_at=leaves, then=then, **sent)
    if wait or later:
        at = held.leaves_at(page, wait, later)
        return holding.hold(page.db, found, page.who, text, leave_at=at, later=bool(later), then=then, **sent)
    replies.reply(page.db, found, page.who, text, **sent)
    if then == "solved":
        lifecycle.solve(page.db, found, Actor("agent", page.who.id))
    return None


def _addressed(page: Page, found: Ticket) -> Addressed | None:
    """To whom the reply goes, where its writer has changed that and the channel knows copies."""
    if page.text("addressed") != "1" or not registry.channel(page.db, found.channel).capabilities.cc:
        return None
    return addressing.chosen(page.db, found, page.text("to"), page.text("cc"), page.text("bcc"))


def _signature(page: Page, found: Ticket) -> str:
    """The signature as the composer showed it."""
    wanted = page.text("signed") == "1" and signatures.carried(page.db, found.channel)
    return signatures.tidy(page.text("signature")) if wanted else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a stopped reply is to do when its writer says "send anyway", and which findings they have seen."""

    codes: frozenset[str]
    then: str
    later: str
    all: bool = False

    @classmethod
    def read(cls, page: Page) -> Answer:
        """Out of a form: the button's value carries what the first try was to do."""
        said = dict(parse_qsl(page.text("anyway")))
        codes = frozenset(said.get("codes", "").split())
        then, later = said.get("then", page.text("then")), said.get("later", page.text("later"))
        return cls(codes, then, later, page.text("anyway") == "1")

    def after(self, findings: Sequence[Finding]) -> str:
        """The value of the button beside these findings."""
        codes = self.codes | {finding.code for finding in findings}
        return urlencode({"codes": " ".join(sorted(codes)), "then": self.then, "later": self.later})


def _guard(page: Page, found: Ticket, text: str, files: bool, answer: Answer, addressed: Addressed | None) -> int:
    """Stop what may be wrong, unless its writer has seen that. The newest message that they have seen besides."""
    if answer.all:
        return 0
    seen = page.number("seen") or 0
    findings = guards.look(page.db, found, page.who, text, files=files, seen=seen, addressed=addressed)
    if any(finding.code not in answer.codes for finding in findings):
        raise Stopped(findings)
    return max((int(code.split(".")[1]) for code in answer.codes if code[:6] == "newer."), default=0)


def _answer(page: Page, found: Ticket, kind: str, waits: Waits) -> Response:
    """It is written: the composer is told, and the live part of the ticket fetches itself, as on every screen."""
    if not page.partial:
        return redirect(page, f"/console/tickets/{found.id}")
    sent = {"ticket": found.id, "kind": kind}
    signals = {"sent": sent, f"ticket-{found.id}": {}, **notices.untold(page, found, kind)}
    told = {"HX-Trigger": json.dumps(signals)}
    toast = _waiting(waits) if waits else _solved(page, found)
    if toast is None:
        return Response(status_code=204, headers=told)  # what was written stands in the thread: no more needs saying
    response = render(page, "console/_sent.html", toast=toast)
    response.headers.update(told)
    return response


def _waiting(waits: HeldReply | Proposal) -> dict[str, object]:
    return proposing.toast(waits) if isinstance(waits, Proposal) else held.toast(waits)


def _solved(page: Page, found: Ticket) -> dict[str, object] | None:
    """What is said after a message that also solved the ticket, with the way back."""
    if Answer.read(page).then != "solved" or found.status != "solved":
        return None
    undo = {"url": f"/console/tickets/{found.id}/status", "fields": {"status": "open"}}
    return {"text": _("Sent and solved #%(number)s") % {"number": found.id}, "wrong": False, "undo": undo}


def refused(page: Page, error: AppError) -> Response:
    """Nothing was sent: the reason beside the text, which stays. Without script, a page that says it."""
    said = list(forms.errors(error).values())
    if isinstance(error, Stopped):
        said = [_(f.sentence) % f.values if f.values else _(f.sentence) for f in error.findings]
    if not page.partial:
        html = fragment(page, "error.html", status=error.status, sentence=" ".join(said), sign_in=False)
        return HTMLResponse(html, error.status)
    if error.status == 409:
        return _stopped(page, error, said)
    return render(page, "console/_wrong.html", sentence=" ".join(said))


def _stopped(page: Page, error: AppError, said: Sequence[str]) -> Response:
    findings = error.findings if isinstance(error, Stopped) else ()
    stale = "newest" in error.values
    found = access.ticket(page.db, page.who, page.path("ticket"))
    drawn = desk.drawn(page, found) if stale or any(finding.draws for finding in findings) else None
    anyway = "1" if stale else Answer.read(page).after(findings) if findings else ""
    asked = filling.asking(page, error) if isinstance(error, fields.Unfilled) else ""
    return render(page, "console/_stopped.html", sentences=said, anyway=anyway, ticket=drawn, asked=asked)
