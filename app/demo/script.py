"""The words in which the demo desk's stories are told."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, `minutes` after the step before it."""

    what: str  # customer | agent | note | assign | team | priority | tag | status | rate
    minutes: float
    text: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """A ticket: who wrote, how long ago (hours), about what, and what came of it."""

    person: str
    hours_ago: float
    subject: str
    text: str
    steps: tuple[Step, ...] = field(default=())
    channel: str = "email"
    html: str = ""
    files: tuple[tuple[str, str, bytes], ...] = ()
    """(name, type, content) of what a mail carries."""


def says(minutes: float, text: str) -> Step:
    return Step("customer", minutes, text)


def answers(who: str, minutes: float, text: str) -> Step:
    return Step("agent", minutes, text, who)


def notes(who: str, minutes: float, text: str) -> Step:
    return Step("note", minutes, text, who)


def does(what: str, text: str, who: str = "mio", minutes: float = 1) -> Step:
    return Step(what, minutes, text, who)


def solved(who: str, minutes: float = 2) -> Step:
    return Step("status", minutes, "solved", who)


def rates(score: int, comment: str = "", minutes: float = 180) -> Step:
    return Step("rate", minutes, f"{score}|{comment}")
