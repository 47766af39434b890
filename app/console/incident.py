"""Answering everybody who reported an incident: one text a language, looked at before it leaves as many replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from app import i18n
from app.console import forms, many, show
from app.errors import AppError, NotFound
from app.i18n import gettext as _
from app.tickets import access, bulk, drafts, linking, placeholders, readymade
from app.tickets.bulk import Task
from app.tickets.models import Ticket
from app.tickets.readymade import CannedReply
from app.web import Page, redirect, render

DONE = ("solved", "closed")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form says: the task, and the reports that are ticked."""

    task: Task
    numbers: list[int]


def _incident(page: Page) -> tuple[Ticket, list[int]]:
    """The incident and its reports. Raises NotFound for a ticket that nobody reported."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    reports = linking.reports(page.db, page.who, found)
    if not reports:
        raise NotFound
    return found, reports


def _wanted(page: Page, reports: list[int]) -> Wanted:
    texts = {language: page.text(f"text-{language}") for language in i18n.LOCALES}
    seen = page.text("seen")
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else None
    task = Task("answer", "1", texts, page.text("solve") == "1", many.answers(page), number)
    ticked = set(many.numbers_of(page))
    return Wanted(task, [one for one in reports if one in ticked])


def choose(page: Page, error: AppError | None = None) -> Response:
    """The form: what stood in the composer or a canned reply to begin with, then who gets what."""
    found, reports = _incident(page)
    values = _first(page, found)
    if page.form:
        wanted = _wanted(page, reports)
    else:
        rows = bulk.chosen(page.db, page.who, reports)
        texts = {language: values[f"text-{language}"] for language in i18n.LOCALES}
        wanted = Wanted(Task("answer", "1", texts), [t.id for t, _name in rows if t.status not in DONE])
    return forms.draw(
        page,
        "console/incident.html",
        "bulk",
        ticket=found,
        about=found.subject or _("No subject"),
        values=values,
        solve=wanted.task.solve,
        languages=list(show.LANGUAGES.items()),
        places=[(name, _(place.meaning)) for name, place in placeholders.TABLE.items()],
        canned=readymade.every(page.db, CannedReply, page.who),
        errors=forms.errors(error),
        **_looked(page, reports, wanted),
    )


def _first(page: Page, found: Ticket) -> dict[str, Any]:
    """The texts of the form: what was typed, else the chosen canned reply, else one's draft of a reply."""
    texts: dict[str, str] = {}
    if number := page.number("canned"):
        texts = dict(readymade.find_usable(page.db, CannedReply, page.who, number).texts)
    elif draft := drafts.find(page.db, found.id, page.who.id, "reply"):
        texts = {found.locale if found.locale in i18n.LOCALES else page.settings.locale: draft.text}
    return forms.typed(page, **{f"text-{language}": texts.get(language, "") for language in i18n.LOCALES})


def _looked(page: Page, reports: list[int], wanted: Wanted) -> dict[str, Any]:
    """Who gets what: all reports, of which those that are ticked are written to."""
    empty = not any(text.strip() for text in wanted.task.texts.values())
    task = Task("") if empty else wanted.task
    values = many.look(page, reports, task)
    gets = [fate for fate, _channel, why in values["fates"] if fate.id in wanted.numbers and fate.mail.text and not why]
    return values | {"picks": set(wanted.numbers), "mails": len(gets), "chosen": len(wanted.numbers)}


def preview(page: Page) -> Response:
    """Who would get what, as it is typed; without script the whole form with it."""
    if not page.partial:
        return choose(page)
    _found, reports = _incident(page)
    return render(page, "console/_incident_preview.html", **_looked(page, reports, _wanted(page, reports)))


def send(page: Page) -> Response:
    """Let the replies be written, each in its own ticket, and show how far it is."""
    found, reports = _incident(page)
    wanted = _wanted(page, reports)
    kept = bulk.answer_reports(page.db, page.who, found, wanted.numbers, wanted.task)
    return redirect(page, f"/console/bulk/{kept.id}")
