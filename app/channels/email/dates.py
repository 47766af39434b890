"""Date headers (RFC 5322 section 3.3) and what stands there instead: ISO 8601, asctime, Japanese dates,
two-digit years, month names of other languages, zones in comments."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene gen janv janu januar enero gennaio янв",
            "feb fév fev févr febr febbraio фев",
            "mar mär mrz mrt mars märz marzo maart мар",
            "apr avr abr avril april kwi апр",
            "may mai mag maj mayo maggio mei май мая",
            "jun juin giu juni junio июн",
            "jul juil lug juli julio июл",
            "aug aoû ago août aou авг",
            "sep set sept settembre сен",
            "oct okt ott oktober окт",
            "nov noviembre ноя",
            "dec déc dez dic dezember diciembre дек",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "jst": 540, "kst": 540, "est": -300, "edt": -240,
    "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "cet": 60, "mez": 60,
    "met": 60, "cest": 120, "mesz": 120, "mest": 120, "bst": 60, "eet": 120, "eest": 180, "msk": 180,
    "ist": 330, "hkt": 480, "sgt": 480, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "hst": -600,
}  # fmt: skip

_COMMENT = re.compile(r"\([^()]*\)")
_TIME = re.compile(r"(?<!\d)(\d{1,2})[:.時](\d{1,2})(?:[:.分](\d{1,2}))?(?:[.,]\d{1,9})?[秒分]?\s*([AaPp]\.?[Mm]\.?)?")
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+-])\s?(\d{1,2}):?(\d{2})\b")
_ZONE_NAME = re.compile(r"\b([A-Za-z]{1,4})\b")
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})")
_DAY_MONTH = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.)?[\s-]*([^\W\d_]{3,9})\.?,?[\s-]*(\d{4}|\d{2,3})(?!\d|:)")
_MONTH_DAY = re.compile(r"([^\W\d_]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?(?!\d|:)")
_YEAR = re.compile(r"(?<![\d:+-])(\d{4})(?![\d:])")


def parse_date(text: str) -> datetime | None:
    """The moment that a Date header names, with its offset; None when none can be made out.

    Without a zone it is UTC, as RFC 5322 has it for `-0000`.
    """
    text = text[:200].strip()
    zone_comment = " ".join(_COMMENT.findall(text)).strip("()")
    text = _COMMENT.sub(" ", text)
    day = _day(text)
    if day is None or not 1900 <= day[0] <= 9998:  # leaves room for shifting it to another zone
        return None
    time = _TIME.search(text)
    hour, minute, second = _clock(time)
    rest = text[time.end() :] if time else ""
    try:
        moment = datetime(*day, hour=hour % 24, minute=minute, second=min(second, 59), tzinfo=_zone(rest, zone_comment))
    except ValueError:
        return None
    return moment + timedelta(days=1) if hour == 24 else moment


def _day(text: str) -> tuple[int, int, int] | None:
    iso = _ISO.search(text)
    if iso:
        return int(iso[1]), int(iso[2]), int(iso[3])
    for found in _DAY_MONTH.finditer(text):
        month = _month(found[2])
        if month:
            return _full_year(found[3]), month, int(found[1])
    for found in _MONTH_DAY.finditer(text):
        month, year = _month(found[1]), _YEAR.search(text, found.end())
        if month and year:
            return int(year[1]), month, int(found[2])
    return None


def _month(word: str) -> int:
    word = word.lower()
    return _MONTHS.get(word) or _MONTHS.get(word[:4]) or _MONTHS.get(word[:3]) or 0


def _full_year(digits: str) -> int:
    """RFC 5322 section 4.3: 00 to 49 are 20xx, 50 to 99 are 19xx, three digits count from 1900."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _clock(time: re.Match[str] | None) -> tuple[int, int, int]:
    if time is None:
        return 0, 0, 0
    hour = int(time[1])
    if time[4] and hour <= 12:
        hour = hour % 12 + (12 if time[4][0] in "pP" else 0)
    return hour, int(time[2]), int(time[3] or 0)


def _zone(rest: str, comment: str) -> timezone:
    offset = _OFFSET.search(rest)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3])
        if minutes < 24 * 60:
            return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes)) if minutes else UTC
        return UTC
    for name in _ZONE_NAME.findall(rest + " " + comment):
        if name.lower() in _ZONES:
            return timezone(timedelta(minutes=_ZONES[name.lower()])) if _ZONES[name.lower()] else UTC
    return UTC
