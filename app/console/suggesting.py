"""What may be meant next while somebody types a search: operators, their values, colleagues, tags, customers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from markupsafe import Markup
from starlette.responses import Response

from app import i18n
from app.channels.inboxes import Inbox
from app.console import show
from app.console.palette import marked
from app.i18n import N_
from app.i18n import gettext as _
from app.text.tokens import fold
from app.tickets import fields, ownfields, recall, tags
from app.tickets.search import query
from app.web import Page, render

MOST = 8
LONGEST = 300
FIRST = ("status", "assignee", "tag", "from", "has", "before")  # shown before anything is typed
MEANS: Mapping[str, str] = {
    "assignee": N_("Assignee"),
    "team": N_("Team"),
    "inbox": N_("Inbox"),
    "tag": N_("Tag"),
    "from": N_("Customer"),
    "before": N_("Before a day"),
    "until": N_("Up to a day"),
    "after": N_("From a day on"),
}
DAYS = ("today", "yesterday", "7d", "30d")
DAYS_JA = ("今日", "昨日", "7日前", "30日前")
# The last piece of what stands before the caret, perhaps not typed to its end.
_PIECE = re.compile(
    r"""(?P<not>[-－−]?)(?:(?P<name>[^\s"“”「『:：]{1,20})[:：])?(?P<value>["“”][^"“”]*|「[^」]*|[^\s"“”「」]*)$"""
)


@dataclass(frozen=True, slots=True)
class Value:
    """Something that can stand in a search, and what it is."""

    text: str
    means: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One line: what the field says once it is taken, where the caret is then, and whether more is to come."""

    text: str
    at: int
    name: Markup
    means: Markup
    goes_on: bool


def suggested(page: Page) -> Response:
    """What may follow at the caret (`at`) of a search (`q`)."""
    text = page.query("q").replace("\0", " ")[:LONGEST]
    at = page.number("at")
    at = len(text) if at is None else min(at, len(text))
    found = list(_options(page, text, at))[:MOST]
    return render(page, "console/_suggest.html", options=found)


def _options(page: Page, text: str, at: int) -> Iterator[Option]:
    piece = _PIECE.search(text[:at])
    assert piece  # it matches nothing at all as well
    typed = piece["value"].lstrip('"“”「')
    own = ownfields.operators(page.db)
    called = query.plain(piece["name"]) if piece["name"] else ""
    name = query.ALIASES.get(called) or own.get(called)

    def option(written: str, value: Value, *, goes_on: bool = False) -> Option:
        done = f"{text[: piece.start()]}{piece['not']}{written}"
        after = text[at:].lstrip() if not goes_on else text[at:]
        whole = done if goes_on else f"{done} "
        return Option(whole + after, len(whole), marked(written, [typed]), marked(value.means, [typed]), goes_on)

    if name:
        for value in _matching(_values(page, name, typed), typed):
            yield option(f"{piece['name']}:{_quoted(value.text)}", value)
    elif not piece["name"]:
        for key in _operators(typed) if typed or not text.strip() else ():
            yield option(f"{_called(key)}:", Value("", _hint(key)), goes_on=True)
        for word in _own(own, typed):
            yield option(f"{word}:", Value("", _("A field of this desk")), goes_on=True)
        if len(typed) > 1:
            for key in ("tag", "assignee", "from"):
                for value in _matching(_values(page, key, typed), typed)[:3]:
                    if value.text not in ("me", "none"):
                        yield option(f"{_called(key)}:{_quoted(value.text)}", value)


def _quoted(text: str) -> str:
    return f'"{text}"' if re.search(r"\s", text) else text


def _called(name: str) -> str:
    """An operator in the reader's language."""
    return query.JAPANESE[name] if i18n.locale() == "ja" else name


def _hint(name: str) -> str:
    """What an operator is about: some of its values where these are all there are."""
    if name not in query.CLOSED:
        return _(MEANS[name])
    japanese = i18n.locale() == "ja"
    some = [others[0] if japanese else key for key, others in query.VALUES[name].items() if "_" not in key]
    return f"{', '.join(some[:3])} …" if len(some) > 3 else ", ".join(some)


def _operators(typed: str) -> list[str]:
    if not typed:
        return list(FIRST)
    asked = fold(typed)
    return [n for n, others in query.OPERATORS.items() if any(fold(w).startswith(asked) for w in (n, *others))]


def _own(own: Mapping[str, str], typed: str) -> list[str]:
    """Names of the desk's own fields that begin like this, one for each field."""
    begun = {name: word for word, name in own.items() if typed and fold(word).startswith(fold(typed))}
    return list(begun.values())[:3]


def _matching(values: Sequence[Value], typed: str) -> list[Value]:
    """Those that have what was typed in them, the ones that begin with it first."""
    asked = [fold(spelling) for spelling in recall.spellings(typed)]
    if not asked:
        return list(values)[:MOST]
    scored = []
    for place, value in enumerate(values):
        said = fold(f"{value.text} {value.means} {value.words}")
        if any(word in said for word in asked):
            scored.append((not any(said.startswith(word) for word in asked), place, value))
    return [value for *_place, value in sorted(scored, key=lambda one: one[:2])][:MOST]


# ── values ────────────────────────────────────────────────────────────────────────────────────────────


def _fixed(name: str, called: Mapping[str, tuple[str, str]] | None = None) -> list[Value]:
    """Those that the language of searches has of its own, in the reader's language."""
    japanese = i18n.locale() == "ja"
    return [
        Value(
            others[0] if japanese else key,
            _((called or {})[key][1]) if key in (called or {}) else "",
            " ".join((key, *others)),
        )
        for key, others in query.VALUES.get(name, {}).items()
    ]


def _people(page: Page, typed: str) -> list[Value]:
    people = [p for p in show.staff(page.db).values() if p.active and p.role != "viewer"]
    return [*_fixed("assignee"), *(Value(p.name, "", p.reading) for p in people)]


def _inboxes(page: Page, typed: str) -> list[Value]:
    rows = page.db.execute(sa.select(Inbox.name, Inbox.address).order_by(Inbox.name).limit(200))
    return [Value(name, address) for name, address in rows]


def _customers(page: Page, typed: str) -> list[Value]:
    found = recall.people(page.db, page.who, typed) if len(typed) > 1 else []
    return [Value(p.name or p.address, " ".join(filter(None, (p.reading, p.address))), p.company) for p in found]


_VALUES: Mapping[str, Callable[[Page, str], list[Value]]] = {
    "status": lambda page, typed: _fixed("status", show.STATUSES),
    "priority": lambda page, typed: _fixed("priority", show.PRIORITIES),
    "channel": lambda page, typed: _fixed("channel", show.CHANNELS),
    "has": lambda page, typed: _fixed("has"),
    "assignee": _people,
    "team": lambda page, typed: [*_fixed("team"), *(Value(name) for name in show.teams(page.db).values())],
    "inbox": _inboxes,
    "tag": lambda page, typed: [Value(name) for name in tags.every(page.db, page.who, 200)],
    "from": _customers,
}


def _values(page: Page, name: str, typed: str) -> list[Value]:
    if name in query.DATES:
        return [Value(day) for day in (DAYS_JA if i18n.locale() == "ja" else DAYS)]
    if name in _VALUES:
        return _VALUES[name](page, typed)
    field = fields.by_key(page.db, name.removeprefix(ownfields.PREFIX))
    return [
        Value(fields.said(option.name) or option.key, "", option.key) for option in (field.options if field else ())
    ]
