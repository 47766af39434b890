"""The headline figures of the report, with what belongs beside each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.i18n import gettext as _
from app.reports import links, words
from app.reports.figures import Report
from app.reports.links import Number

_PLACE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline figure with the lines beneath it, each a run of words and numbers."""

    name: str
    big: Number
    lines: Sequence[Sequence[Number | str]]


def line(sentence: str, **numbers: Number) -> list[Number | str]:
    """A translated sentence cut at its places, so that each number in it can be a link."""
    parts = _PLACE.split(sentence)
    return [numbers[part] if n % 2 else part for n, part in enumerate(parts) if n % 2 or part]


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
            line(_("%(good)s of %(all)s ratings"), good=good, all=ratings),
            line(_("%(rate)s of %(asked)s surveys answered"), rate=rate, asked=asked),
        ],
    )


def _first(report: Report) -> Tile:
    total, filters, about = report.total, report.filters, _("by first response")
    waiting = links.counted(total.unanswered, filters, "unanswered", _("without a response"))
    return Tile(
        _("First response"),
        replace(links.median(total.first, filters, "answered", about), key="first"),
        [*_beside(report, "answered", about), line(_("%(count)s not answered yet"), count=waiting)],
    )


def _resolution(report: Report) -> Tile:
    about = _("by resolution time")
    big = links.median(report.total.resolution, report.filters, "solved", about)
    return Tile(_("Resolution time"), replace(big, key="resolution"), _beside(report, "solved", about))


def _beside(report: Report, what: str, about: str) -> list[list[Number | str]]:
    """What stands beside a median: the 90th percentile and the mean."""
    found = report.total.first if what == "answered" else report.total.resolution
    slow = links.slowest(found, report.filters, what, f"{about}, {_('slowest tenth')}")
    mean = Number(words.length(found.mean if found else None))
    return [line(_("90th percentile %(time)s"), time=slow), line(_("mean %(time)s"), time=mean)]


def _tickets(report: Report) -> Tile:
    total, filters = report.total, report.filters
    solved = links.counted(total.solved, filters, "solved", _("solved"))
    return Tile(
        _("Tickets created"),
        replace(links.counted(total.created, filters, "created", _("created")), key="created"),
        [line(_("%(count)s solved"), count=solved)],
    )


def _reopened(report: Report) -> Tile:
    filters = report.filters
    again = links.counted(report.reopened, filters, "reopened", _("reopened"))
    solved = links.counted(report.first_solved, filters, "first-solved", _("solved for the first time"))
    return Tile(
        _("Reopen rate"),
        replace(links.ratio(report.reopen_rate, filters, "reopened", _("reopened")), key="reopened"),
        [line(_("%(count)s of %(all)s solved"), count=again, all=solved)],
    )
