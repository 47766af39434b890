"""From a figure to the tickets behind it: one way to write the address, and a number that carries it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.i18n import gettext as _
from app.reports import words
from app.reports.measure import Spread
from app.reports.period import Filters


@dataclass(frozen=True, slots=True)
class Number:
    """A figure as it is drawn: its text, the address of its tickets ("" for none), and what a reader hears."""

    text: str
    url: str = ""
    say: str = ""
    key: str = ""


def tickets(filters: Filters, what: str, *, by: int | None = None, over: float | None = None) -> str:
    """The address of the list behind a figure. `by` 0 means nobody's; `over` in seconds."""
    least = math.ceil(over) if over is not None else None
    return f"/reports/tickets?{filters.query(dates=True, what=what, by=by, over=least)}"


def counted(number: int, filters: Filters, what: str, about: str, *, by: int | None = None) -> Number:
    """A count with its tickets behind it; nothing is behind a zero."""
    if not number:
        return Number("0")
    text = words.count(number)
    return Number(text, tickets(filters, what, by=by), _say(text, about))


def ratio(part: float | None, filters: Filters, what: str, about: str, *, by: int | None = None) -> Number:
    """A percentage with the tickets that it counts; nothing is behind 0%."""
    if not part:
        return Number(words.percent(part))
    text = words.percent(part)
    return Number(text, tickets(filters, what, by=by), _say(text, about))


def median(found: Spread | None, filters: Filters, what: str, about: str, *, by: int | None = None) -> Number:
    """A median with all the tickets it was taken over."""
    if found is None:
        return Number(words.NONE)
    text = words.length(found.median)
    return Number(text, tickets(filters, what, by=by), _say(text, about))


def slowest(found: Spread | None, filters: Filters, what: str, about: str, *, by: int | None = None) -> Number:
    """A 90th percentile with the tickets that took at least so long."""
    if found is None:
        return Number(words.NONE)
    text = words.length(found.p90)
    return Number(text, tickets(filters, what, by=by, over=found.p90), _say(text, about))


def _say(text: str, about: str) -> str:
    return _("%(figure)s: open the tickets, %(about)s") % {"figure": text, "about": about}
