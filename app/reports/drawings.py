"""The three charts of the report, ready to draw: geometry, words and addresses put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.i18n import gettext as _
from app.reports import charts, links, words
from app.reports.charts import Frame, Line, Part
from app.reports.figures import Figures, Report
from app.reports.measure import Spread

# Channels differ by pattern as well as by fill; a channel keeps its own whichever others are there.
PATTERNS: Mapping[str, str] = {"email": "c1", "chat": "c2", "line": "c3", "whatsapp": "c4", "form": "c5", "rest": "c6"}
OTHER = "c6"


@dataclass(frozen=True, slots=True)
class Tick:
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """One day of a chart: a link around its marks. `say` is read aloud and shown as a tip."""

    left: float
    middle: float
    label: str
    rest: bool
    url: str
    say: str
    text: str = ""
    text_y: float = 0
    parts: Sequence[Part] = ()
    dots: Sequence[tuple[str, float]] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart. `lines` are (class, path); `key` explains the marks as (class, name, number)."""

    name: str
    title: str
    said: str
    frame: Frame
    ticks: Sequence[Tick]
    columns: Sequence[Column]
    key: Sequence[tuple[str, str, str]]
    lines: Sequence[tuple[str, str]] = ()


def volume(report: Report) -> Chart:
    """Tickets created, by day and channel."""
    kinds = report.channels
    days = [[(PATTERNS.get(k, OTHER), f.by_channel.get(k, 0)) for k in kinds] for _day, f in report.days]
    ground = charts.frame(len(days), 200, charts.counts_axis(max(f.created for _day, f in report.days)))
    stacks = charts.bars(ground, days)
    columns = []
    for n, (day, figures) in enumerate(report.days):
        column = _column(ground, report, n, day, "created" if figures.created else "", _counts(day, figures, kinds))
        top = stacks[n][-1].y if stacks[n] else ground.bottom
        text = words.count(figures.created) if figures.created and ground.step >= 24 else ""
        columns.append(replace(column, parts=stacks[n], text=text, text_y=round(top - 5, 1)))
    return Chart(
        "volume",
        _("Tickets by day and channel"),
        _("Tickets created each day, by channel. The same figures are in the table below."),
        ground,
        _ticks(ground, lambda value: words.count(round(value))),
        columns,
        [(PATTERNS.get(k, OTHER), words.channel(k), words.count(report.total.by_channel[k])) for k in kinds],
    )


def _counts(day: date, figures: Figures, kinds: Sequence[str]) -> str:
    parts = ", ".join(
        f"{words.channel(k)} {words.count(figures.by_channel[k])}" for k in kinds if figures.by_channel.get(k)
    )
    said = _("%(day)s: %(count)s tickets") % {"day": words.day(day), "count": words.count(figures.created)}
    return f"{said} ({parts})" if parts else said


def first_response(report: Report) -> Chart:
    """First response by day of creation: median and 90th percentile."""
    spreads = [figures.first for _day, figures in report.days]
    ground = charts.frame(len(spreads), 240, charts.times_axis(max((s.p90 for s in spreads if s), default=0)))
    medians = charts.line(ground, [s.median if s else None for s in spreads])
    p90s = charts.line(ground, [s.p90 if s else None for s in spreads])
    columns = [
        replace(
            _column(ground, report, n, day, "answered" if figures.first else "", _response(day, figures.first)),
            dots=_dots(n, ("p90-d", p90s), ("med-d", medians)),
        )
        for n, (day, figures) in enumerate(report.days)
    ]
    return Chart(
        "response",
        _("First response by day"),
        _("First response time each day: median and 90th percentile. The same figures are in the table below."),
        ground,
        _ticks(ground, words.length),
        columns,
        [("med", _("Median"), ""), ("p90", _("90th percentile"), "")],
        [("p90", p90s.path), ("med", medians.path)],
    )


def _response(day: date, found: Spread | None) -> str:
    if found is None:
        return _("%(day)s: no first response") % {"day": words.day(day)}
    return _("%(day)s: median %(median)s, 90th percentile %(p90)s, %(count)s tickets") % {
        "day": words.day(day),
        "median": words.length(found.median),
        "p90": words.length(found.p90),
        "count": words.count(found.count),
    }


def csat(report: Report) -> Chart:
    """CSAT by the day that the survey was sent."""
    ground = charts.frame(len(report.days), 180, charts.percent_axis())
    line = charts.line(ground, [figures.csat for _day, figures in report.days])
    columns = []
    for n, (day, figures) in enumerate(report.days):
        column = _column(ground, report, n, day, "rated" if figures.ratings else "", _rated(day, figures))
        text = words.percent(figures.csat) if figures.ratings and ground.step >= 44 else ""
        columns.append(replace(column, dots=_dots(n, ("med-d", line)), text=text, text_y=charts.clear(line, n)))
    return Chart(
        "csat",
        _("CSAT by day"),
        _("Ratings of 4 and 5 in percent of all ratings, by the day the survey was sent. The table below has them."),
        ground,
        _ticks(ground, words.percent),
        columns,
        [("med", _("Ratings of 4 and 5"), "")],
        [("med", line.path)],
    )


def _rated(day: date, figures: Figures) -> str:
    if not figures.ratings:
        return _("%(day)s: no ratings") % {"day": words.day(day)}
    return _("%(day)s: %(percent)s, %(good)s of %(count)s ratings") % {
        "day": words.day(day),
        "percent": words.percent(figures.csat),
        "good": words.count(figures.satisfied),
        "count": words.count(figures.ratings),
    }


def _column(ground: Frame, report: Report, n: int, day: date, what: str, say: str) -> Column:
    return Column(
        left=ground.left(n),
        middle=ground.middle(n),
        label=words.tick(day, ground.every > 1) if n % ground.every == 0 else "",
        rest=charts.weekend(day),
        url=links.tickets(report.filters.on(day), what) if what else "",
        say=say,
    )


def _dots(n: int, *lines: tuple[str, Line]) -> list[tuple[str, float]]:
    return [(kind, point[1]) for kind, line in lines if (point := line.points[n]) is not None]


def _ticks(ground: Frame, say: Callable[[float], str]) -> list[Tick]:
    return [Tick(ground.y(value), say(value)) for value in ground.axis.ticks]
