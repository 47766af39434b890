"""Reports as CSV (RFC 4180) for spreadsheet programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from app.i18n import gettext as _
from app.reports import words
from app.reports.figures import Figures, Report
from app.reports.measure import Spread

BOM = "\ufeff"  # without it Excel reads UTF-8 as the system's old character set
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | float | None


def text(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV. Text that a spreadsheet would run as a formula gets a leading quote (OWASP, CSV Injection)."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_cell(cell) for cell in row] for row in rows)
    return BOM + out.getvalue()


def _cell(value: Cell) -> Cell:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def days(report: Report) -> list[list[Cell]]:
    """The table by day."""
    channels = report.channels
    head: list[Cell] = [_("Day"), *(words.channel(c) for c in channels), _("Tickets created"), *_head()]
    rows: list[list[Cell]] = [
        [day.isoformat(), *(f.by_channel.get(c, 0) for c in channels), f.created, *_body(f)] for day, f in report.days
    ]
    total = report.total
    last: list[Cell] = [_("All"), *(total.by_channel.get(c, 0) for c in channels), total.created, *_body(total)]
    return [head, *rows, last]


def agents(report: Report) -> list[list[Cell]]:
    """The table by agent."""
    rows: list[list[Cell]] = [
        [name or (_("Nobody") if number is None else _("Somebody who left")), f.created, *_body(f)]
        for number, name, f in report.agents
    ]
    return [[_("Agent"), _("Assigned"), *_head()], *rows]


def _head() -> list[Cell]:
    return [
        _("First responses"),
        _("First response, median (seconds)"),
        _("First response, 90th percentile (seconds)"),
        _("First response, mean (seconds)"),
        _("Solved"),
        _("Resolution, median (seconds)"),
        _("Resolution, 90th percentile (seconds)"),
        _("Resolution, mean (seconds)"),
        _("Surveys delivered"),
        _("Ratings"),
        _("Ratings of 4 and 5"),
        _("CSAT (%)"),
        _("Response rate (%)"),
    ]


def _body(figures: Figures) -> list[Cell]:
    return [
        figures.first.count if figures.first else 0,
        *_spread(figures.first),
        figures.solved,
        *_spread(figures.resolution),
        figures.asked,
        figures.ratings,
        figures.satisfied,
        _rounded(figures.csat),
        _rounded(figures.response_rate),
    ]


def _spread(found: Spread | None) -> list[Cell]:
    return [round(found.median), round(found.p90), round(found.mean)] if found else [None, None, None]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
