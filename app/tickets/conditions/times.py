"""Stretches of time as conditions name them: the last three days, this week, from a day on. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from app.i18n import N_

UNITS = {"minutes": N_("minutes"), "hours": N_("hours"), "days": N_("days"), "weeks": N_("weeks")}
PERIODS = {
    "today": N_("today"),
    "yesterday": N_("yesterday"),
    "this_week": N_("this week"),
    "last_week": N_("last week"),
    "this_month": N_("this month"),
    "last_month": N_("last month"),
}
LONGEST = 10_000  # of any unit


def span(values: tuple[str, ...]) -> timedelta | None:
    """("3", "days") as a length; None when it is none."""
    if len(values) != 2 or values[1] not in UNITS:
        return None
    number = values[0].strip()
    if not (number.isdigit() and number.isascii() and 0 < int(number[:9]) <= LONGEST and len(number) < 9):
        return None
    return timedelta(**{values[1]: int(number)})


def day(text: str) -> date | None:
    """2026-11-01 as a day; None for anything else, or for one that no ticket can be of."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if 1970 < found.year < 2200 else None


def begins(of: date, zone: tzinfo) -> datetime:
    """The first moment of a day."""
    return datetime.combine(of, time(), zone).astimezone(UTC)


def period(name: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """(first moment, first moment after) of a period around now. Weeks begin on Monday.

    >>> [d.isoformat() for d in period("last_month", datetime(2026, 1, 15, tzinfo=UTC), UTC)]
    ['2025-12-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00']
    """
    today = now.astimezone(zone).date()
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    ends: dict[str, tuple[date, date]] = {
        "today": (today, today + timedelta(days=1)),
        "yesterday": (today - timedelta(days=1), today),
        "this_week": (monday, monday + timedelta(days=7)),
        "last_week": (monday - timedelta(days=7), monday),
        "this_month": (first, after),
        "last_month": (before, first),
    }
    begin, end = ends[name]
    return begins(begin, zone), begins(end, zone)
