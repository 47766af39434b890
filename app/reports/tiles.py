"""The headline figures of the report, with what belongs beside each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.i18n import gettext as _
from app.reports import links, words
from app.reports.figures import Report
from app.reports.links import Number


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline figure with the lines beneath it, each a (text, number)."""

    name: str
    big: Number
    lines: Sequence[tuple[str, Number]]


def tiles(report: Report) -> list[Tile]:
    """CSAT with its response rate, first response, resolution, tickets, reopen rate."""
    return [_satisfaction(report), _first(report), _resolution(report), _tickets(report), _reopened(report)]


def _satisfaction(report: Report) -> Tile:
    total, filters = report.total, report.filters
    good = links.counted(total.satisfied, filters, "satisfied", _("rated 4 or 5"))
    ratings = links.counted(total.ratings, filters, "rated", _("rated"))
    asked = links.counted(total.asked, filters, "asked", _("surveys delivered"))
    rate = Number(words.percent(total.response_rate))
    return Tile(
        _("CSAT"),
        replace(links.ratio(total.csat, filters, "satisfied", _("rated 4 or 5")), key="csat"),
        [
            (_("4 and 5:"), good),
            (_("ratings:"), ratings),
            (_("surveys delivered:"), asked),
            (_("response rate:"), rate),
        ],
    )


def _first(report: Report) -> Tile:
    total, filters, about = report.total, report.filters, _("by first response")
    slow = links.slowest(total.first, filters, "answered", f"{about}, {_('slowest tenth')}")
    mean = Number(words.length(total.first.mean if total.first else None))
    open_ = links.counted(total.unanswered, filters, "unanswered", _("without a response"))
    return Tile(
        _("First response"),
        replace(links.median(total.first, filters, "answered", about), key="first"),
        [(_("90th percentile"), slow), (_("mean"), mean), (_("not answered yet:"), open_)],
    )


def _resolution(report: Report) -> Tile:
    total, filters, about = report.total, report.filters, _("by resolution time")
    slow = links.slowest(total.resolution, filters, "solved", f"{about}, {_('slowest tenth')}")
    mean = Number(words.length(total.resolution.mean if total.resolution else None))
    return Tile(
        _("Resolution time"),
        replace(links.median(total.resolution, filters, "solved", about), key="resolution"),
        [(_("90th percentile"), slow), (_("mean"), mean)],
    )


def _tickets(report: Report) -> Tile:
    total, filters = report.total, report.filters
    solved = links.counted(total.solved, filters, "solved", _("solved"))
    return Tile(
        _("Tickets created"),
        replace(links.counted(total.created, filters, "created", _("created")), key="created"),
        [(_("solved:"), solved)],
    )


def _reopened(report: Report) -> Tile:
    filters = report.filters
    again = links.counted(report.reopened, filters, "reopened", _("reopened"))
    solved = links.counted(report.first_solved, filters, "first-solved", _("solved for the first time"))
    return Tile(
        _("Reopen rate"),
        replace(links.ratio(report.reopen_rate, filters, "reopened", _("reopened")), key="reopened"),
        [(_("reopened:"), again), (_("of first solved:"), solved)],
    )
