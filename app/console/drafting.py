"""Drafts on the screen: saved while one types, told to colleagues, and a page of one's own where none gets lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response

from app import i18n
from app.console import forms, show
from app.console.show import Person
from app.errors import AppError, Conflict, Invalid
from app.i18n import gettext as _
from app.text import plain
from app.tickets import access, drafts
from app.tickets.drafts import File, Kept
from app.web import Page, redirect

LONGEST = 20_000  # characters of recipients in a draft


@dataclass(frozen=True, slots=True)
class Other:
    """A colleague who has begun to write."""

    key: str
    text: str
    at: Any


@dataclass(frozen=True, slots=True)
class Drawn:
    """What composer and thread show of a ticket's drafts: one's own by kind, and who else has one."""

    mine: Mapping[str, dict[str, Any]]
    others: Sequence[Other]

    @property
    def first(self) -> str:
        """The kind that the composer opens with: a note when there is a draft of a note alone."""
        return "note" if "note" in self.mine and "reply" not in self.mine else "reply"


NOTHING = Drawn({}, ())


def drawn(found: Iterable[Kept], agent_id: int, people: Mapping[int, Person]) -> Drawn:
    """Sort a ticket's drafts into one's own and others'."""
    mine, others = {}, []
    for draft in found:
        if draft.agent_id == agent_id:
            mine[draft.kind] = {
                "text": draft.text,
                "version": draft.version,
                "files": files(draft.files),
                "recipients": dict(draft.recipients),
            }
        elif (who := people.get(draft.agent_id)) is not None and who.active:
            words = _("%(who)s is drafting a note") if draft.kind == "note" else _("%(who)s is drafting a reply")
            others.append(Other(f"draft-{who.id}-{draft.kind}", words % {"who": who.name}, draft.updated_at))
    return Drawn(mine, others)


def files(kept: Iterable[File]) -> list[dict[str, str]]:
    """Files of a draft as the composer's list has them."""
    return [{"blob": f["blob"], "name": f["filename"], "size": show.size(f["size"])} for f in kept]


def save(page: Page) -> Response:
    """Keep what was typed. Answers with the version that the server has now."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    stay = [str(value) for value in page.form.getlist("kept")] if page.text("listed") else None
    version = drafts.save(
        page.db,
        found,
        page.who,
        page.text("kind"),
        page.text("body").replace("\r\n", "\n"),
        version=page.number("version") or 0,
        files=stay,
        recipients=_recipients(page) if "to" in page.form else None,
    )
    return JSONResponse({"version": version})


def _recipients(page: Page) -> dict[str, str]:
    """To, Cc and Bcc as typed so far, nothing while nobody has changed them."""
    typed = {part: page.text(part)[:LONGEST] for part in ("to", "cc", "bcc")}
    return typed if page.text("addressed") == "1" else {}


def refused(page: Page, error: AppError) -> Response:
    """Another window was quicker: what it saved, so that its writer can choose."""
    if isinstance(error, Conflict):
        found = drafts.find(page.db, page.path("ticket"), page.who.id, page.text("kind"))
        there = {"text": found.text, "version": found.version} if found else {"text": "", "version": 0}
        return JSONResponse({"sentence": _(error.message), "gone": found is None, **there})
    sentences = error.fields.values() if isinstance(error, Invalid) else [error.message]
    return JSONResponse({"sentence": " ".join(_(sentence) for sentence in sentences)})


def mine(page: Page, error: AppError | None = None) -> Response:
    """Everything that one has begun and not sent."""
    rows = [
        {
            "ticket": own.ticket_id,
            "kind": own.kind,
            "name": _("Internal note") if own.kind == "note" else _("Reply"),
            "subject": own.subject or _("No subject"),
            "seen": own.seen and page.who.role != "viewer",
            "at": i18n.short(own.updated_at),
            "text": own.text if not own.seen else plain.excerpt(own.text, 200),
        }
        for own in drafts.of_agent(page.db, page.who)
    ]
    return forms.draw(page, "console/drafts.html", "drafts", rows=rows)


def throw_away(page: Page) -> Response:
    drafts.throw_away(page.db, page.who, page.number("ticket") or 0, page.text("kind"))
    return redirect(page, "/console/drafts?done=removed")
