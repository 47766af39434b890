"""Japanese and English: the language of the moment, translated strings, and times as people write them.

English is the msgid; Japanese lives in `app/locale/ja/<room>.po`, one file a room, read at start.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import dates
from babel.messages.pofile import read_po

from app import clock

LOCALES = ("en", "ja")
FOLDER = Path(__file__).parent / "locale"

_locale: ContextVar[str] = ContextVar("locale", default="en")
_zone: ContextVar[str] = ContextVar("zone", default="Asia/Tokyo")


@contextmanager
def use(locale: str, zone: str | None = None) -> Iterator[None]:
    """Speak `locale` (and, if given, show times in `zone`) inside the block."""
    token = _locale.set(locale if locale in LOCALES else "en")
    zone_token = _zone.set(zone) if zone else None
    try:
        yield
    finally:
        _locale.reset(token)
        if zone_token:
            _zone.reset(zone_token)


def speak(locale: str, zone: str) -> None:
    """Speak `locale` and show times in `zone` for the rest of this request (its context ends with it)."""
    _locale.set(locale if locale in LOCALES else "en")
    _zone.set(zone)


def locale() -> str:
    """The language of the moment: en or ja."""
    return _locale.get()


def zone() -> ZoneInfo:
    """The time zone of the moment."""
    return _zone_info(_zone.get())


@cache
def _zone_info(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def catalogue(locale: str) -> dict[str, str | tuple[str, ...]]:
    """{msgid: translation} of a language; empty for English."""
    found: dict[str, str | tuple[str, ...]] = {}
    for path in sorted((FOLDER / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id and message.string and not message.fuzzy:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    text = message.string
                    found[key] = text if isinstance(text, str) else tuple(text)
    return found


def gettext(message: str) -> str:
    """`message` in the language of the moment, itself when that has none."""
    found = catalogue(_locale.get()).get(message, message)
    return found if isinstance(found, str) else found[0]


def ngettext(one: str, many: str, count: int) -> str:
    """As `gettext`, for a number of things (Japanese has one form)."""
    found = catalogue(_locale.get()).get(one)
    if found is not None:
        return found if isinstance(found, str) else found[-1]
    return one if count == 1 else many


def N_(message: str) -> str:
    """Marks a string for translation where it stands in a table; it is translated when shown."""
    return message


def local(moment: datetime) -> datetime:
    """The moment in the reader's zone."""
    return moment.astimezone(zone())


def clock_time(moment: datetime) -> str:
    """10:31"""
    return local(moment).strftime("%H:%M")


def short(moment: datetime) -> str:
    """As short as is clear today: 10:31 today, a day and month this year, else the whole date."""
    here, today = local(moment), local(clock.now())
    if here.date() == today.date():
        return here.strftime("%H:%M")
    return day_as("MMMd" if here.year == today.year else MEDIUM, here.date(), locale())


MEDIUM = "medium"


@lru_cache(maxsize=8192)  # a page writes dozens of days, mostly the same ones, and Babel takes its time for each
def day_as(pattern: str, day: date, locale: str) -> str:
    """A day in a CLDR skeleton ("MMMd") or as the whole date (MEDIUM), in a language."""
    if pattern == MEDIUM:
        return dates.format_date(day, MEDIUM, locale=locale)
    return dates.format_skeleton(pattern, day, locale=locale)


def full(moment: datetime) -> str:
    """The whole date and time in words."""
    return dates.format_datetime(local(moment), "long", tzinfo=zone(), locale=locale())


def from_header(accept_language: str, default: str = "en") -> str:
    """The first of our languages that an Accept-Language header names (RFC 9110, 12.5.4)."""
    ranked = []
    for position, part in enumerate(accept_language.split(",")[:20]):
        tag, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=") if parameters else "1"
        try:
            ranked.append((-float(quality), position, tag.split("-")[0].lower()))
        except ValueError:
            continue
    return next((tag for _, _, tag in sorted(ranked) if tag in LOCALES), default)
