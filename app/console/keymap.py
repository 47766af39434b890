"""The keys of the console: one table of what each does, and what an agent has put in its place.

A key stands in templates and scripts as its default (`data-key="e"`); what somebody presses for it is theirs to choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.accounts.models import Agent
from app.errors import Invalid
from app.i18n import N_
from app.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class Key:
    """One key: the name it is kept under, its default, and what it does. `fixed` ones cannot be changed."""

    name: str
    default: str
    text: str
    fixed: bool = False


KEYS = (
    Key("next", "j", N_("Next ticket")),
    Key("previous", "k", N_("Previous ticket")),
    Key("open", "Enter", N_("Open the ticket"), fixed=True),
    Key("reply", "r", N_("Reply")),
    Key("note", "n", N_("Internal note")),
    Key("solve", "e", N_("Solve or reopen")),
    Key("assignee", "a", N_("Assignee")),
    Key("status", "s", N_("Status")),
    Key("priority", "p", N_("Priority")),
    Key("tags", "l", N_("Tags")),
    Key("team", "t", N_("Team")),
    Key("select", "x", N_("Select the ticket")),
    Key("snooze", "z", N_("Snooze")),
    Key("macros", "w", N_("Macros")),
    Key("merge", "m", N_("Merge with another ticket")),
    Key("search", "/", N_("Search")),
    Key("palette", "⌘K", N_("Find or do anything"), fixed=True),
    Key("send", "⌘↵", N_("Send"), fixed=True),
    Key("back", "Esc", N_("Leave the text, back to the list"), fixed=True),
    Key("help", "?", N_("This list")),
)
FREE = {key.name: key for key in KEYS if not key.fixed}


@dataclass(frozen=True, slots=True)
class Shown:
    """A key as somebody has it."""

    name: str
    key: str
    default: str
    text: str
    fixed: bool


def table(own: Mapping[str, str] | None = None) -> list[Shown]:
    """Every key in words of the moment's language, with what somebody has chosen (`Agent.shortcuts`)."""
    chosen = own or {}
    return [Shown(k.name, chosen.get(k.name, k.default), k.default, _(k.text), k.fixed) for k in KEYS]


def key_of(own: Mapping[str, str], name: str) -> str:
    """What somebody presses for one thing, for hints beside it."""
    return own.get(name) or FREE[name].default


def change(agent: Agent, typed: Mapping[str, str]) -> None:
    """Keys that an agent chooses; what is left out keeps its default. Raises Invalid for each that cannot be."""
    chosen = {name: (typed.get(name) or key.default).strip() for name, key in FREE.items()}
    faults: dict[str, str] = {}
    taken: dict[str, str] = {}
    for name, pressed in chosen.items():
        if len(pressed) != 1 or not pressed.isascii() or not pressed.isprintable():
            faults[f"key-{name}"] = "A key is one letter, digit or sign of the keyboard."
        elif pressed in taken:
            faults[f"key-{name}"] = "Another step has this key already. Give each its own."
        else:
            taken[pressed] = name
    if faults:
        raise Invalid(faults)
    agent.shortcuts = {name: pressed for name, pressed in chosen.items() if pressed != FREE[name].default}


def reset(agent: Agent) -> None:
    """Every key as it comes."""
    agent.shortcuts = {}
