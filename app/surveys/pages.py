"""The page behind a survey's link: looking changes nothing, sending counts.

It works in whatever a mail program opens: no cookie, no script, one form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from babel import dates
from starlette.responses import Response
from starlette.routing import Route

from app import i18n, limits
from app.accounts import signin
from app.accounts.models import Agent
from app.errors import AppError, Invalid, NotFound
from app.i18n import gettext as _
from app.surveys import ratings
from app.surveys.models import Survey
from app.surveys.words import COMMENT_LENGTH, SCORES
from app.text import plain
from app.tickets.models import Ticket
from app.web import Page, page, redirect, render

GONE = 410  # RFC 9110, 15.5.11: it was here, and will not be again


@dataclass(frozen=True, slots=True)
class Shown:
    """What the form holds: the chosen score and the comment, and what is wrong with them."""

    score: int | None
    comment: str
    faults: dict[str, str]


def invited(page: Page) -> None:
    """Access rule: whoever holds the link, in the language that was chosen, else in the survey's."""
    signin.anybody(page)
    token = str(page.path("token"))
    try:
        survey = ratings.find(page.db, token)
    except NotFound:
        limits.spend(page.db, "survey by address", page.address)
        raise
    wanted = page.query("lang") or page.text("lang")
    i18n.speak(wanted if wanted in i18n.LOCALES else survey.locale, page.settings.time_zone)
    page.who = survey


def show(page: Page) -> Response:
    """The form with the answer of the link chosen, or the one given before. Changes nothing."""
    survey: Survey = page.who
    score = page.number("score")
    linked = score if score in SCORES else None
    return _draw(page, Shown(linked or survey.score, survey.comment, {}), linked=linked)


def send(page: Page) -> Response:
    """Record the rating."""
    limits.spend(page.db, "survey by address", page.address)
    survey: Survey = page.who
    if ratings.expired(survey):
        return _draw(page, Shown(survey.score, survey.comment, {}))
    ratings.answer(page.db, survey, page.number("score"), page.text("comment"))
    return redirect(page, f"/rate/{page.path('token')}?done=1&lang={i18n.locale()}")


def again(page: Page, error: AppError) -> Response:
    """The form once more, with what was typed and what is wrong with it."""
    faults = {name: _(text) for name, text in error.fields.items()} if isinstance(error, Invalid) else {}
    return _draw(page, Shown(page.number("score"), page.text("comment"), faults))


def _draw(page: Page, shown: Shown, *, linked: int | None = None) -> Response:
    survey: Survey = page.who
    over = ratings.expired(survey)
    return render(
        page,
        "surveys/expired.html" if over else "surveys/rate.html",
        GONE if over else 200,
        survey=survey,
        shown=shown,
        linked=linked,
        done=page.query("done") == "1" and survey.score is not None,
        token=page.path("token"),
        scores=[(score, _(name)) for score, name in SCORES.items()],
        given=_(SCORES[survey.score]) if survey.score else "",
        until=_day(survey.expires_at),
        longest=COMMENT_LENGTH,
        **_about(page, survey),
    )


def _about(page: Page, survey: Survey) -> dict[str, Any]:
    """Which matter it is about: what its customer knows of it, nothing else of the desk."""
    ticket = page.db.get_one(Ticket, survey.ticket_id)
    agent = page.db.get(Agent, survey.agent_id) if survey.agent_id else None
    name = agent.name if agent else page.settings.desk_name
    return {
        "number": ticket.id,
        "subject": ticket.subject,
        "helper": agent.name if agent else "",
        "initials": plain.initials(name),
        "solved": _day(ticket.solved_at) if ticket.solved_at else "",
    }


def _day(moment: Any) -> str:
    return dates.format_skeleton("MMMMd", i18n.local(moment), locale=i18n.locale())


def routes() -> list[Route]:
    path = "/rate/{token}"
    return [
        page(path, show, access=invited),
        page(path, send, access=invited, methods=["POST"], invalid=again, max_body=65_536),
    ]
