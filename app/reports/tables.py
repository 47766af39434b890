"""The same figures in tables: by day and by agent, each number leading to its tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.i18n import gettext as _
from app.reports import charts, links, words
from app.reports.figures import Figures, Report
from app.reports.links import Number
from app.reports.period import Filters


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its heading and its numbers. `off` marks a day of rest."""

    key: str
    name: str
    cells: Sequence[Number]
    off: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`groups` are (heading, number of columns) over `columns`; `starts` are the columns a group begins at."""

    groups: Sequence[tuple[str, int]]
    columns: Sequence[str]
    lines: Sequence[Line]
    total: Line

    @property
    def starts(self) -> set[int]:
        found, place = set(), 0
        for _name, width in self.groups:
            found.add(place)
            place += width
        return found - {0}


def by_day(report: Report) -> Table:
    """One row a day, with a column for each channel."""
    channels = report.channels
    head = [(_("Tickets"), len(channels) + 2), (_("First response"), 2), (_("Resolution time"), 2), (_("CSAT"), 2)]
    columns = [*(words.channel(c) for c in channels), _("All"), _("Solved"), *_time_columns(), *_rating_columns()]
    lines = [
        Line(
            f"day-{day}",
            words.day(day),
            [
                *_volume(figures, report.filters.on(day), channels, words.day(day)),
                *_rest(figures, report.filters.on(day), words.day(day)),
            ],
            off=charts.weekend(day),
        )
        for day, figures in report.days
    ]
    span = words.span(report.filters.first, report.filters.last)
    cells = [
        *_volume(report.total, report.filters, channels, span),
        *_rest(report.total, report.filters, span),
    ]
    return Table(head, columns, lines, Line("all", span, cells))


def by_agent(report: Report) -> Table:
    """One row an agent: tickets assigned, first responses given, tickets solved, ratings of what they solved."""
    head = [(_("Tickets"), 2), (_("First response"), 3), (_("Resolution time"), 2), (_("CSAT"), 2)]
    columns = [_("Assigned"), _("Solved"), _("Given"), *_time_columns(), *_rating_columns()]
    lines = [
        Line(f"agent-{number or 0}", said, _agent(figures, report.filters, said, number or 0))
        for number, name, figures in report.agents
        for said in [name or (_("Nobody") if number is None else _("Somebody who left"))]
    ]
    everybody = _("Everybody")
    return Table(head, columns, lines, Line("all", everybody, _agent(report.total, report.filters, everybody, None)))


def _time_columns() -> list[str]:
    return [_("Median"), _("90th pct."), _("Median"), _("90th pct.")]


def _rating_columns() -> list[str]:
    return [_("4 and 5"), _("of ratings")]


def _volume(figures: Figures, filters: Filters, channels: Sequence[str], about: str) -> list[Number]:
    return [
        *(
            links.counted(
                figures.by_channel.get(channel, 0),
                replace(filters, channel=channel),
                "created",
                f"{words.channel(channel)}, {about}",
            )
            for channel in channels
        ),
        links.counted(figures.created, filters, "created", about),
        links.counted(figures.solved, filters, "solved", f"{_('solved')}, {about}"),
    ]


def _agent(figures: Figures, filters: Filters, about: str, by: int | None) -> list[Number]:
    given = figures.first.count if figures.first else 0
    return [
        links.counted(figures.created, filters, "created", about, by=by),
        links.counted(figures.solved, filters, "solved", f"{_('solved')}, {about}", by=by),
        links.counted(given, filters, "answered", f"{_('by first response')}, {about}", by=by),
        *_rest(figures, filters, about, by),
    ]


def _rest(figures: Figures, filters: Filters, about: str, by: int | None = None) -> list[Number]:
    first, solved, rated = _("by first response"), _("by resolution time"), _("rated")
    slow, good = _("slowest tenth"), _("rated 4 or 5")
    return [
        links.median(figures.first, filters, "answered", f"{first}, {about}", by=by),
        links.slowest(figures.first, filters, "answered", f"{first}, {slow}, {about}", by=by),
        links.median(figures.resolution, filters, "solved", f"{solved}, {about}", by=by),
        links.slowest(figures.resolution, filters, "solved", f"{solved}, {slow}, {about}", by=by),
        links.ratio(figures.csat, filters, "satisfied", f"{good}, {about}", by=by),
        _of_ratings(figures, filters, f"{rated}, {about}", by),
    ]


def _of_ratings(figures: Figures, filters: Filters, about: str, by: int | None) -> Number:
    if not figures.ratings:
        return Number(words.NONE)
    number = links.counted(figures.ratings, filters, "rated", about, by=by)
    return replace(number, text=f"{words.count(figures.satisfied)} / {words.count(figures.ratings)}")
