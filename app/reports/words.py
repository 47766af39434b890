"""How a report says its numbers: lengths of time, percentages, days and channels, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from babel import dates, numbers

from app import i18n
from app.i18n import N_
from app.i18n import gettext as _

NONE = "–"
CHANNELS: Mapping[str, str] = {
    "email": N_("E-mail"),
    "chat": N_("Chat"),
    "line": "LINE",
    "whatsapp": "WhatsApp",
    "form": N_("Web form"),
    "rest": "REST",
}


def channel(kind: str) -> str:
    """The name of a channel; an unknown one is shown by its key."""
    return _(CHANNELS.get(kind, kind))


def length(seconds: float | None) -> str:
    """A length of time as people say it, cut to two units: 45 s, 24 min, 5 h 40, 3 d 4 h."""
    if seconds is None:
        return NONE
    whole = round(seconds)
    if whole < 60:
        return _("%(s)s s") % {"s": whole}
    minutes = round(whole / 60)
    if minutes < 60:
        return _("%(m)s min") % {"m": minutes}
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        values = {"h": hours, "m": f"{minutes:02d}" if i18n.locale() == "en" else minutes}
        return _("%(h)s h %(m)s") % values if minutes else _("%(h)s h") % values
    days, hours = divmod(round(whole / 3600), 24)
    return _("%(d)s d %(h)s h") % {"d": days, "h": hours} if hours else _("%(d)s d") % {"d": days}


def percent(value: float | None) -> str:
    """92.9%; whole numbers without a decimal."""
    if value is None:
        return NONE
    rounded = round(value, 1)
    return f"{int(rounded)}%" if rounded == int(rounded) else f"{rounded}%"


def count(number: int) -> str:
    """A count with its thousands marked."""
    return str(numbers.format_decimal(number, locale=i18n.locale()))


def day(when: date) -> str:
    """Sat, Nov 7"""
    return dates.format_skeleton("MMMEd", when, locale=i18n.locale())


def tick(when: date, many: bool) -> str:
    """A day below a chart: with its weekday, or with its month when there are many."""
    return dates.format_skeleton("Md" if many else "Ed", when, locale=i18n.locale())


def span(first: date, last: date) -> str:
    """Nov 7 – 20"""
    if first == last:
        return day(first)
    return dates.format_interval(first, last, "yMMMd", locale=i18n.locale())
