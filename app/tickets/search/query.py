"""The language of the search field: words, "exact words", -without, and operators such as status:open.

Reading a query never fails: what cannot be understood is told beside the results, and the rest is searched.
Operators and their values are understood in English and Japanese, whatever the reader's language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rapidfuzz import fuzz, process

from app.i18n import N_

LONGEST = 300
MOST = 24  # words and operators of one query

OPERATORS: Mapping[str, tuple[str, ...]] = {
    "status": ("状態", "ステータス"),
    "assignee": ("担当", "担当者", "assigned"),
    "team": ("チーム",),
    "inbox": ("受信箱",),
    "tag": ("タグ", "tags", "label"),
    "from": ("差出人", "送信者"),
    "has": ("含む",),
    "priority": ("優先度",),
    "channel": ("チャネル", "チャンネル"),
    "before": ("より前",),
    "until": ("まで", "以前"),
    "after": ("以降", "since"),
}
JAPANESE: Mapping[str, str] = {name: others[0] for name, others in OPERATORS.items()}
VALUES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "status": {
        "new": ("未対応", "新規"),
        "open": ("対応中",),
        "waiting": ("返答待ち", "待ち", "保留", "pending"),
        "waiting_customer": ("お客様待ち",),
        "waiting_other": ("他者待ち",),
        "solved": ("解決済み", "解決", "resolved"),
        "closed": ("完了", "クローズ"),
        "unsolved": ("未解決",),
        "spam": ("迷惑", "迷惑メール"),
    },
    "assignee": {"me": ("自分", "私"), "none": ("なし", "未割り当て", "nobody", "unassigned")},
    "team": {"none": ("なし",)},
    "has": {"attachment": ("添付", "添付ファイル", "attachments", "file"), "note": ("メモ", "社内メモ", "notes")},
    "priority": {"low": ("低",), "normal": ("通常",), "high": ("高",), "urgent": ("緊急",)},
    "channel": {
        "email": ("メール", "mail"),
        "chat": ("チャット",),
        "line": ("ライン",),
        "form": ("フォーム", "web"),
        "rest": ("api",),
    },
}
CLOSED = ("status", "has", "priority", "channel")  # their values are these and no others
DATES = ("before", "until", "after")


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must be there (or not): as they are when `exact`, else also as the beginning of longer ones."""

    text: str
    exact: bool = False
    without: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """An operator with its value; `day` for those of time."""

    name: str
    value: str
    without: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be understood: a sentence for the reader, with what is filled in, and perhaps a better query."""

    sentence: str
    values: Mapping[str, str]
    better: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    terms: tuple[Term, ...] = ()
    filters: tuple[Filter, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.terms and not self.filters

    @property
    def nothing_but_without(self) -> bool:
        """Only words to leave out: that is no search."""
        return not self.filters and bool(self.terms) and all(term.without for term in self.terms)


NO_OTHERS: Mapping[str, str] = {}
ALIASES = {alias: name for name, others in OPERATORS.items() for alias in (name, *others)}
_PIECE = re.compile(
    r"""(?P<not>[-－−]?)
        (?:(?P<name>[^\s"“”「『:：]{1,20})[:：](?=\S))?
        (?:["“”](?P<quoted>[^"“”]*)(?:["“”]|$) | 「(?P<hooked>[^」]*)(?:」|$) | 『(?P<double>[^』]*)(?:』|$)
        | (?P<bare>[^\s"“”]+) )""",
    re.VERBOSE,
)  # fmt: skip


def parse(text: str, today: date, own: Mapping[str, str] = NO_OTHERS) -> Query:
    """A query out of what somebody typed. `today` is that of the reader's time zone; `own` are operators of this desk
    alone, by what they are called.

    >>> parse('status:open refund -"gift card"', date(2026, 11, 1)).terms
    (Term(text='refund', exact=False, without=False), Term(text='gift card', exact=True, without=True))
    """
    text = " ".join(text.split())[:LONGEST]
    terms: list[Term] = []
    filters: list[Filter] = []
    problems: list[Problem] = []
    for piece in list(_PIECE.finditer(text))[:MOST]:
        quoted = next((piece[g] for g in ("quoted", "hooked", "double") if piece[g] is not None), None)
        value, without = (quoted if quoted is not None else piece["bare"]).strip(), bool(piece["not"])
        written = piece["name"]
        name = ALIASES.get(plain(written)) or own.get(plain(written)) if written else None
        if not value:
            continue
        if name:
            found = _filter(name, value, without, today)
            if isinstance(found, Filter):
                filters.append(found)
            else:
                problems.append(replace(found, better=text.replace(value, found.better, 1) if found.better else ""))
            continue
        if written and quoted is None and (near := _near(plain(written), ALIASES)):
            better = text.replace(f"{written}", near, 1)
            problems.append(Problem(N_("There is no operator “%(name)s:”."), {"name": written}, better))
            continue
        if written:
            terms.append(Term(f"{written}:{value}", quoted is not None, without))
        else:
            terms.append(Term(value, quoted is not None, without))
    if not filters and terms and all(term.without for term in terms):
        problems.append(Problem(N_("A search needs something to find besides what it leaves out."), {}))
    return Query(text, tuple(terms), tuple(filters), tuple(problems))


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _near(word: str, among: Mapping[str, object]) -> str:
    if len(word) < 3 or not word.isalpha():
        return ""
    found = process.extractOne(word, among.keys(), scorer=fuzz.ratio, score_cutoff=75)
    return str(found[0]) if found else ""


def _filter(name: str, value: str, without: bool, today: date) -> Filter | Problem:
    value = plain(value)
    if name in DATES:
        day = read_day(value, today)
        if day is None:
            said = N_("“%(value)s” is no day. Write it as 2026-11-01, today, yesterday or 7d.")
            return Problem(said, {"value": value})
        return Filter(name, value, without, day)
    known = {alias: key for key, others in VALUES.get(name, {}).items() for alias in (key, *others)}
    if value in known:
        return Filter(name, known[value], without)
    if name in CLOSED:
        near = _near(value, known)
        said = N_("“%(name)s:” does not know “%(value)s”. It knows %(known)s.")
        listed = ", ".join(key for key in VALUES[name] if "_" not in key)
        return Problem(said, {"name": name, "value": value, "known": listed}, near)
    return Filter(name, value, without)


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_AGO = re.compile(r"(\d{1,4})(d|w|日前|週間前|日|days?|weeks?)")


def read_day(text: str, today: date) -> date | None:
    """2026-11-01, 2026/11/1, 2026年11月1日, today, yesterday, 7d (days ago), 2w; None for anything else."""
    if text in ("today", "今日", "本日"):
        return today
    if text in ("yesterday", "昨日"):
        return today - timedelta(days=1)
    try:
        if match := _DAY.fullmatch(text):
            return date(*(int(part) for part in match.groups()))
        if match := _AGO.fullmatch(text):
            weeks = match[2].startswith("w") or match[2].startswith("週")
            return today - timedelta(days=int(match[1]) * (7 if weeks else 1))
    except (ValueError, OverflowError):
        return None
    return None
