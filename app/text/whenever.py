"""Moments as people write them, in Japanese and English: "明日9時", "来週月曜", "next Monday 9am", "in 3 days".

A pure reading: words are taken out of the text one kind after the other, and what is left must be nothing. Weeks
begin on Monday; "next Friday" is the Friday of next week, as 来週金曜 is. A day without a time begins at nine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MORNING = time(9)
LONGEST = 60  # characters; nobody needs more to name a moment
MOST = 10_000  # of any unit

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}
_KANJI = str.maketrans("一二三四五六七八九", "123456789")
_DAY_TIMES = {
    "noon": time(12),
    "正午": time(12),
    "昼": time(12),
    "morning": time(9),
    "朝": time(9),
    "afternoon": time(13),
    "午後": time(13),
    "evening": time(18),
    "夕方": time(17),
    "tonight": time(20),
    "今夜": time(20),
    "今晩": time(20),
    "夜": time(20),
}


@dataclass
class _Reading:
    """What is known of the moment so far, in the reader's own time. A second word of one kind is one too many."""

    now: datetime
    rest: str
    day: date | None = None
    at: time | None = None
    exact: datetime | None = None

    def take(self, pattern: str) -> re.Match[str] | None:
        found = re.search(pattern, self.rest)
        if found:
            self.rest = f"{self.rest[: found.start()]} {self.rest[found.end() :]}"
        return found


def read(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The moment that `text` names, seen from `now` in `zone`, in UTC; None when it names none.

    It may lie in the past ("yesterday's" date with its year): whether that is welcome is the caller's question.
    """
    words = unicodedata.normalize("NFKC", text).casefold().translate(_KANJI).strip()
    if not words or len(words) > LONGEST:
        return None
    here = _Reading(now.astimezone(zone), words)
    try:
        for step in _STEPS:
            step(here)
        if re.sub(_FILLERS, "", here.rest).strip():
            return None
        return _moment(here, zone)
    except (ValueError, OverflowError):  # the 30th of February, 25 o'clock, a year beyond all calendars
        return None


_FILLERS = r"(?<![a-z])(?:at|on|the|by|o'clock|until|till)(?![a-z])|[のにへ、,]|から|まで|ごろ|頃|に?なったら"


def _moment(here: _Reading, zone: tzinfo) -> datetime | None:
    if here.exact is not None:
        return here.exact.astimezone(UTC) if here.day is None and here.at is None else None
    if here.day is None and here.at is None:
        return None
    day = here.day or here.now.date()
    found = datetime.combine(day, here.at or MORNING, zone)
    if here.day is None and found <= here.now:
        found = datetime.combine(day + timedelta(days=1), here.at or MORNING, zone)
    return found.astimezone(UTC)


# ── so and so long from now ───────────────────────────────────────────────────────────────────────────

_COUNT = r"(?P<n>\d{1,5}|an?|one|two|three|four|five|six|seven)"
_UNITS = r"(?P<unit>minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?)"


def _from_now(here: _Reading) -> None:
    if here.take(r"(?<![a-z])(?:in )?half an hour(?![a-z])|半時間後"):
        here.exact = here.now + timedelta(minutes=30)
        return
    if hours := here.take(r"(?P<n>\d{1,5})時間半後"):
        here.exact = _later(here, int(hours["n"]) * 60 + 30, "m")
        return
    pattern = rf"(?<![a-z\d/.:-])(?:in )?{_COUNT} ?{_UNITS}(?: from now| later)?(?![a-z\d/])"
    found = here.take(r"(?P<n>\d{1,5}) ?(?P<unit>分|時間|日|週間|[かヶケカ個箇]?月)後") or here.take(pattern)
    if not found:
        return
    count, unit = int(_NUMBERS.get(found["n"], found["n"])), found["unit"]
    if count > MOST:
        raise ValueError
    if unit.startswith(("min", "h", "分", "時")) or unit == "m":
        here.exact = _later(here, count, "m" if unit.startswith(("m", "分")) else "h")
    elif unit.endswith("月") or unit.startswith("month"):
        here.day = _months_later(here.now.date(), count)
    else:
        here.day = here.now.date() + timedelta(days=count * (7 if unit.startswith(("w", "週")) else 1))


def _later(here: _Reading, count: int, unit: str) -> datetime:
    """Counted on the clock of the world: an hour is an hour also in the night when clocks change."""
    return here.now.astimezone(UTC) + (timedelta(minutes=count) if unit == "m" else timedelta(hours=count))


def _months_later(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise ValueError


# ── days ──────────────────────────────────────────────────────────────────────────────────────────────

_NEAR = {
    r"(?<![a-z])day after tomorrow(?![a-z])|明後日|あさって": 2,
    r"(?<![a-z])(?:tomorrow|tmrw|tmr)(?![a-z])|明日|あした|あす|翌日": 1,
    r"明朝": 1,
    r"(?<![a-z])today(?![a-z])|今日|きょう|本日": 0,
}


def _near_day(here: _Reading) -> None:
    for pattern, days in _NEAR.items():
        if here.take(pattern):
            _on(here, here.now.date() + timedelta(days=days))
            return


def _weekday(here: _Reading) -> None:
    long = "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
    names = rf"(?P<en>{long})"
    english = here.take(rf"(?<![a-z])(?:(?P<which>next|this|coming) )?{names}(?![a-z])")
    japanese = r"(?P<which>再来週|来週|今週|次)?の?(?P<ja>[月火水木金土日])曜日?"
    found = (
        english or here.take(japanese) or here.take(r"(?P<which>再来週|来週|今週)の?(?P<ja>[月火水木金土日])(?= |$)")
    )
    if not found:
        return
    day = _DAYS.index(found["en"][:3]) if english else "月火水木金土日".index(found["ja"])
    monday = here.now.date() - timedelta(days=here.now.weekday())
    weeks = {"next": 1, "来週": 1, "再来週": 2, "this": 0, "今週": 0}.get(found["which"] or "")
    if weeks is None:  # the first one that lies ahead
        ahead = (day - here.now.weekday()) % 7 or 7
        _on(here, here.now.date() + timedelta(days=ahead))
    else:
        _on(here, monday + timedelta(days=weeks * 7 + day))


def _span(here: _Reading) -> None:
    """A week, month or weekend stands for its first day."""
    today = here.now.date()
    monday = today - timedelta(days=today.weekday())
    spans: tuple[tuple[str, Callable[[], date]], ...] = (
        (r"再来週", lambda: monday + timedelta(days=14)),
        (r"(?<![a-z])next week(?![a-z])|来週|翌週", lambda: monday + timedelta(days=7)),
        (r"(?<![a-z])next month(?![a-z])|来月", lambda: _months_later(today.replace(day=1), 1)),
        (r"(?<![a-z])(?:this )?weekend(?![a-z])|週末", lambda: today + timedelta(days=(5 - today.weekday()) % 7 or 7)),
    )
    for pattern, first in spans:
        if here.take(pattern):
            _on(here, first())
            return


_MONTH_DAY = rf"(?<![a-z])(?P<m>{'|'.join(_MONTHS)})[a-z]* (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:a-z])"
_DAY_MONTH = rf"(?<![\d:])(?P<d>\d{{1,2}})(?:st|nd|rd|th)? (?P<m>{'|'.join(_MONTHS)})[a-z]*"


def _date(here: _Reading) -> None:
    if found := here.take(r"(?<!\d)(\d{4})(?:年|[-/.])(\d{1,2})(?:月|[-/.])(\d{1,2})(?:日|t|(?!\d))"):
        _on(here, date(*(int(part) for part in found.groups())))
    elif found := here.take(r"(?<!\d)(\d{1,2})月(\d{1,2})(?:日|(?!\d))|(?<![\d:])(\d{1,2})/(\d{1,2})(?![\d/])"):
        month, day = (int(part) for part in found.groups() if part)
        _on(here, _next_on(here, day, month) if month > 12 else _next_on(here, month, day))
    elif found := here.take(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(?!\d)"):
        _on(here, _next_on(here, int(found[2]), int(found[1])))
    elif found := here.take(_MONTH_DAY) or here.take(_DAY_MONTH):
        _named(here, found)
    elif found := here.take(r"(?:来月の?)?(?<!\d)(\d{1,2})日"):
        _on(here, _next_day_of_month(here, int(found[1]), found[0].startswith("来月")))


def _named(here: _Reading, found: re.Match[str]) -> None:
    month, day = _MONTHS.index(found["m"]) + 1, int(found["d"])
    year = here.take(r"(?<![\d:])(20\d\d)(?![\d:])")
    _on(here, date(int(year[1]), month, day) if year else _next_on(here, month, day))


def _next_on(here: _Reading, month: int, day: int) -> date:
    """That day of this year, or of the next one in which it lies ahead (the 29th of February may take years)."""
    today = here.now.date()
    for year in range(today.year, today.year + 9):
        try:
            found = date(year, month, day)
        except ValueError:
            if not (month == 2 and day == 29):
                raise
            continue
        if found >= today:
            return found
    raise ValueError


def _next_day_of_month(here: _Reading, day: int, next_month: bool) -> date:
    month = here.now.date().replace(day=1)
    if next_month or day < here.now.day:
        month = _months_later(month, 1)
    return month.replace(day=day)


def _on(here: _Reading, day: date) -> None:
    if here.day is not None:
        raise ValueError
    here.day = day


# ── times of the day ──────────────────────────────────────────────────────────────────────────────────


def _time(here: _Reading) -> None:
    half = r"(?P<half>午前|午後|朝|夜|夕方)?の?"
    found = (
        here.take(rf"{half}(?<!\d)(?P<h>\d{{1,2}})時(?!間)(?:(?P<m>\d{{1,2}})分|(?P<thirty>半))?")
        or here.take(rf"{half}(?<![\d/])(?P<h>\d{{1,2}}):(?P<m>\d\d)(?::00)? ?(?P<ap>[ap]\.?m\.?)?(?![a-z\d:])")
        or here.take(r"(?<![\d/:])(?P<h>\d{1,2}) ?(?P<ap>[ap]\.?m\.?)(?![a-z])")
        or here.take(r"(?<![a-z])at (?P<h>\d{1,2})(?![\d/:.a-z])")
    )
    if found:
        here.at = _clock(found.groupdict())
        return
    for word, at in _DAY_TIMES.items():
        boundary = rf"(?<![a-z]){word}(?![a-z])" if word.isascii() else word
        if here.take(boundary):
            here.at = at
            return


def _clock(parts: dict[str, str | None]) -> time:
    hour, minute = int(parts["h"] or 0), int(parts.get("m") or (30 if parts.get("thirty") else 0))
    half, ap = parts.get("half"), (parts.get("ap") or "")[:1]
    if ap and not 1 <= hour <= 12:
        raise ValueError
    if ap:
        hour = hour % 12 + (12 if ap == "p" else 0)
    elif half in ("午後", "夜", "夕方") and hour < 12:
        hour += 12
    elif half == "午前" and hour > 12:
        raise ValueError
    return time(hour, minute)


_STEPS: tuple[Callable[[_Reading], None], ...] = (_from_now, _date, _near_day, _weekday, _span, _time)
