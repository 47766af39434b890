"""The report page, the tickets behind its figures, and its tables as CSV. Everybody of the staff may look.

The frame around them (the rail) is the console's; the composition root hands it in, because a report knows
nothing of the pages above it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response
from starlette.routing import Route

from app import clock, events, i18n
from app.accounts import signin
from app.accounts.models import Team
from app.channels.inboxes import Inbox
from app.db import Session
from app.errors import AppError, Invalid, NotFound
from app.i18n import gettext as _
from app.reports import cuts, drawings, figures, period, sheet, tables, tiles, words
from app.reports.cuts import Behind
from app.reports.figures import Report
from app.reports.period import Filters
from app.tickets import access, assignment
from app.web import Page, page, redirect, render

Frame = Callable[[Page], Mapping[str, Any]]
"""What the templates of the console need besides the page's own values: its rail."""

PERIODS = tuple(str(length) for length in period.LENGTHS)


# ── filters ───────────────────────────────────────────────────────────────────────────────────────────


def _choices(page: Page) -> dict[str, list[tuple[Any, str]]]:
    """What each filter offers this agent, as (value, name)."""
    db = page.db
    kinds = db.scalars(sa.select(Inbox.kind).distinct().order_by(Inbox.kind)).all()
    return {
        "channel": [(kind, words.channel(kind)) for kind in kinds],
        "team": _teams(db, page),
        "assignee": list(assignment.assignable(db)),
    }


def _teams(db: Session, page: Page) -> list[tuple[Any, str]]:
    heard = set(access.rooms(db, page.who))
    rows = db.execute(sa.select(Team.id, Team.name).order_by(Team.name))
    return [(number, name) for number, name in rows if f"team-{number}" in heard]


def _filters(page: Page, choices: Mapping[str, list[tuple[Any, str]]]) -> Filters:
    return period.parse(
        page.request.query_params,
        i18n.local(clock.now()).date(),
        channels=[value for value, _name in choices["channel"]],
        teams=[value for value, _name in choices["team"]],
        agents=[value for value, _name in choices["assignee"]],
    )


# ── the report ────────────────────────────────────────────────────────────────────────────────────────


def show(frame: Frame, page: Page) -> Response:
    """The whole page."""
    choices = _choices(page)
    filters = _filters(page, choices)
    return _whole(page, frame, choices, filters, _drawn(figures.load(page.db, page.who, filters)), {})


def wrong(frame: Frame, page: Page, error: AppError) -> Response:
    """The page with what is wrong with its filters, and no figures."""
    faults = {name: _(text) for name, text in error.fields.items()} if isinstance(error, Invalid) else {}
    filters = period.standard(i18n.local(clock.now()).date())
    return _whole(page, frame, _choices(page), filters, {"report": None}, faults)


def live(page: Page) -> Response:
    """The figures alone, as they are now: what an open page asks for when something changed."""
    return render(
        page, "reports/_figures.html", **_drawn(figures.load(page.db, page.who, _filters(page, _choices(page))))
    )


def _whole(
    page: Page,
    frame: Frame,
    choices: Mapping[str, list[tuple[Any, str]]],
    filters: Filters,
    drawn: Mapping[str, Any],
    faults: Mapping[str, str],
) -> Response:
    given = page.request.query_params
    return render(
        page,
        "reports/report.html",
        **drawn,
        choices=choices,
        filters=filters,
        periods=[(p, _("Last %(count)s days") % {"count": p}) for p in PERIODS] + [("dates", _("From – to"))],
        given={"from": given.get("from", ""), "to": given.get("to", "")} if faults else {},
        faults=faults,
        **_always(page, frame),
    )


def _drawn(report: Report) -> dict[str, Any]:
    return {
        "report": report,
        "query": report.filters.query(),
        "span": words.span(report.filters.first, report.filters.last),
        "tiles": tiles.tiles(report),
        "charts": [drawings.volume(report), drawings.first_response(report), drawings.csat(report)],
        "by_day": tables.by_day(report),
        "by_agent": tables.by_agent(report),
    }


def _always(page: Page, frame: Frame) -> dict[str, Any]:
    return {"last_event": events.last_number(page.db), "flashes": [], **frame(page)}


# ── behind a figure ───────────────────────────────────────────────────────────────────────────────────


def tickets(frame: Frame, page: Page) -> Response:
    """The tickets that a figure counts, a page at a time."""
    choices = _choices(page)
    behind = _behind(page, _filters(page, choices))
    after = page.number("after")
    found = cuts.rows(page.db, page.who, behind, after=after, limit=cuts.PAGE + 1)
    shown = found[: cuts.PAGE]
    here = behind.filters.query(dates=True, what=page.query("what"), by=behind.by, over=behind.over)
    return render(
        page,
        "reports/tickets.html",
        title=_(behind.cut.title),
        cut=behind.cut,
        narrowed=_narrowed(page, behind, choices),
        count=words.count(cuts.count(page.db, page.who, behind)),
        rows=[(row, words.channel(row.channel), _value(behind, row.value)) for row in shown],
        more=f"/reports/tickets?{here}&after={shown[-1].place}" if len(found) > cuts.PAGE else "",
        first=f"/reports/tickets?{here}" if after else "",
        back=f"/reports?{behind.filters.query()}",
        **_always(page, frame),
    )


def _behind(page: Page, filters: Filters) -> Behind:
    cut = cuts.CUTS.get(page.query("what"))
    if cut is None:
        raise NotFound
    return Behind(cut, filters, page.number("by"), page.number("over"))


def _narrowed(page: Page, behind: Behind, choices: Mapping[str, list[tuple[Any, str]]]) -> list[str]:
    """What narrows the list, in words."""
    filters, people = behind.filters, dict(choices["assignee"])
    said = [words.span(filters.first, filters.last)]
    if filters.channel:
        said.append(words.channel(filters.channel))
    if filters.team is not None:
        said.append(dict(choices["team"])[filters.team])
    if filters.assignee is not None:
        said.append(_("Assignee: %(name)s") % {"name": people[filters.assignee]})
    if behind.by is not None:
        said.append(people.get(behind.by, _("Somebody who left")) if behind.by else _("Nobody"))
    if behind.over is not None:
        said.append(_("%(time)s or longer") % {"time": words.length(behind.over)})
    return said


def _value(behind: Behind, value: int | None) -> str:
    if value is None or not behind.cut.shows:
        return ""
    return words.length(max(0, value)) if behind.cut.shows == "time" else str(value)


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────────

SHEETS = {"days": sheet.days, "agents": sheet.agents}


def download(page: Page) -> Response:
    """A table of the report for a spreadsheet program."""
    name = str(page.path("table"))
    if name not in SHEETS:
        raise NotFound
    filters = _filters(page, _choices(page))
    text = sheet.text(SHEETS[name](figures.load(page.db, page.who, filters)))
    filename = f"report-{name}-{filters.first}-{filters.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv", headers=headers)


def moved(page: Page) -> Response:
    """The address that the console's other pages would have."""
    return redirect(page, "/reports")


def routes(frame: Frame) -> list[Route]:
    return [
        page("/reports", partial(show, frame), access=signin.staff, invalid=partial(wrong, frame), name="reports.show"),
        page("/reports/figures", live, access=signin.staff),
        page("/reports/tickets", partial(tickets, frame), access=signin.staff, name="reports.tickets"),
        page("/reports/{table}.csv", download, access=signin.staff),
        page("/console/reports", moved, access=signin.staff),
    ]
