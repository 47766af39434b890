"""What a report is about: which days, in whose time zone, and which tickets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from app.errors import Invalid

LENGTHS = (7, 14, 30)  # days, today included
STANDARD = 14
LONGEST = 92  # days: a quarter; keeps every query and chart bounded


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the reader's calendar, and the moments it begins and ends at (end excluded)."""

    date: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Filters:
    """The days from `first` to `last`, both included, and what narrows the tickets. `period` is 7, 14, 30 or dates."""

    first: date
    last: date
    period: str = "dates"
    channel: str = ""
    team: int | None = None
    assignee: int | None = None

    def days(self, zone: ZoneInfo) -> list[Day]:
        """Every day in order. A day is as long as the zone's clock makes it: 23 to 25 hours."""
        count = (self.last - self.first).days + 1
        return [_day(self.first + timedelta(days=n), zone) for n in range(count)]

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The moment the period begins, and the one it ends before."""
        return _day(self.first, zone).start, _day(self.last, zone).end

    def query(self, *, dates: bool = False, **more: Any) -> str:
        """These filters as the query of an address; with `dates` the days are named even for "last 7 days"."""
        rolling = self.period != "dates" and not dates
        when: dict[str, Any] = {"period": self.period} if rolling else {"from": self.first, "to": self.last}
        narrow = {"channel": self.channel, "team": self.team, "assignee": self.assignee}
        values = {**when, **narrow, **more}
        return urlencode({key: value for key, value in values.items() if value not in (None, "")})

    def on(self, day: date) -> Filters:
        """The same for one day."""
        return replace(self, first=day, last=day, period="dates")


def _day(day: date, zone: ZoneInfo) -> Day:
    start = datetime.combine(day, time.min, zone)
    return Day(day, start, datetime.combine(day + timedelta(days=1), time.min, zone))


def parse(
    given: Mapping[str, str],
    today: date,
    *,
    channels: Collection[str],
    teams: Collection[int],
    agents: Collection[int],
) -> Filters:
    """Filters from an address. Raises Invalid, one message a field."""
    faults: dict[str, str] = {}
    first, last, period = _dates(given, today, faults)
    channel = given.get("channel", "")
    if channel and channel not in channels:
        faults["channel"] = "Choose one of these."
    found = Filters(
        first=first,
        last=last,
        period=period,
        channel=channel,
        team=_one_of(given, "team", teams, faults),
        assignee=_one_of(given, "assignee", agents, faults),
    )
    if faults:
        raise Invalid(faults)
    return found


def standard(today: date) -> Filters:
    """What a report shows when nothing is asked for."""
    return _last(STANDARD, today)


def _last(length: int, today: date) -> Filters:
    return Filters(today - timedelta(days=length - 1), today, str(length))


def _dates(given: Mapping[str, str], today: date, faults: dict[str, str]) -> tuple[date, date, str]:
    period = given.get("period", "")
    if period in [str(length) for length in LENGTHS]:
        rolling = _last(int(period), today)
        return rolling.first, rolling.last, rolling.period
    if not given.get("from") and not given.get("to") and period in ("", "dates"):
        rolling = standard(today)
        return rolling.first, rolling.last, rolling.period
    first, last = _date(given.get("from", "")), _date(given.get("to", ""))
    if first is None:
        faults["from"] = "This is not a date."
    if last is None:
        faults["to"] = "This is not a date."
    if first is None or last is None:
        return today, today, "dates"
    if last < first:
        faults["to"] = "The last day lies before the first."
    elif (last - first).days >= LONGEST:
        faults["to"] = "A report covers at most 92 days."
    return first, last, "dates"


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None


def _one_of(given: Mapping[str, str], name: str, known: Collection[int], faults: dict[str, str]) -> int | None:
    text = given.get(name, "")
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
    if number is None or number not in known:
        faults[name] = "Choose one of these."
        return None
    return number
