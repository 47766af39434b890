"""Places in a prepared text that are filled in from the ticket: {{customer.name}}, or asked for: {{?Tracking number}}.

What is not known stays as it stands, so that the guard for unfilled places (`guards.placeholder`) stops the reply.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from app.i18n import N_

_PLACE = re.compile(r"\{\{([^{}\n]{0,80})\}\}")
_BROKEN = re.compile(r"\{\{[^{}\n]{0,20}(?=$|\n|\{|\}(?!\}))|(?<!\{)\{\{\{", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a ticket, its customer and whoever writes say, as texts; "" where it is not known."""

    customer: str
    email: str
    company: str
    number: str
    subject: str
    agent: str
    team: str
    inbox: str
    address: str
    desk: str
    today: str


@dataclass(frozen=True, slots=True)
class Place:
    """One placeholder: what it means, and what stands there."""

    meaning: str
    value: Callable[[Facts], str]


TABLE: Mapping[str, Place] = {
    "customer.name": Place(N_("The customer’s name"), lambda f: f.customer),
    "customer.email": Place(N_("The customer’s mail address"), lambda f: f.email),
    "customer.company": Place(N_("The customer’s company"), lambda f: f.company),
    "ticket.number": Place(N_("The number of the ticket"), lambda f: f.number),
    "ticket.subject": Place(N_("The subject of the ticket"), lambda f: f.subject),
    "agent.name": Place(N_("The name of whoever writes"), lambda f: f.agent),
    "team.name": Place(N_("The team of the ticket"), lambda f: f.team),
    "inbox.name": Place(N_("The name of the inbox"), lambda f: f.inbox),
    "inbox.address": Place(N_("The address of the inbox"), lambda f: f.address),
    "desk.name": Place(N_("The name of the desk"), lambda f: f.desk),
    "today": Place(N_("Today’s date"), lambda f: f.today),
}


def fill(text: str, facts: Facts) -> str:
    """The text with everything filled in that is known. What is asked for, and what is not known, stays. Pure."""

    def one(found: re.Match[str]) -> str:
        place = TABLE.get(found[1].strip())
        return (place.value(facts) if place else "") or found[0]

    return _PLACE.sub(one, text)


def fill_all(text: str, facts: Facts) -> str:
    """As `fill`, but what is not known leaves nothing, and a line that held nothing else goes. Pure."""
    lines = []
    for line in text.split("\n"):
        filled = _PLACE.sub("", fill(line, facts)).rstrip() if "{{" in line else line
        if filled or not line.strip():
            lines.append(filled)
    return "\n".join(lines)


def asked(text: str) -> list[str]:
    """What its writer is asked for before a text is inserted, each once, in the order of the text. Pure.

    >>> asked("Parcel {{?Tracking number}} of {{today}}, {{?Tracking number}}")
    ['Tracking number']
    """
    names = (found.strip() for found in _PLACE.findall(text))
    return list(dict.fromkeys(name[1:].strip() for name in names if name.startswith("?") and name[1:].strip()))


def answer(text: str, answers: Sequence[str]) -> str:
    """The text with answers to what it asks for, in the order of `asked`; what has none stays. Pure."""
    said = dict(zip(asked(text), answers, strict=False))

    def one(found: re.Match[str]) -> str:
        return said.get(found[1].strip().removeprefix("?").strip(), "") or found[0] if "?" in found[1] else found[0]

    return _PLACE.sub(one, text)


def unknown(text: str, known: Collection[str] | None = None) -> str:
    """The first placeholder that means nothing, or was never closed; "" when all is well. Pure.

    `known` are those that can stand there, if not all of them can; then nothing can be asked for, either.
    """
    for found in _PLACE.finditer(text):
        name = found[1].strip()
        asks = known is None and name.startswith("?") and name[1:].strip()
        if name not in (TABLE if known is None else known) and not asks:
            return found[0]
    broken = _BROKEN.search(_PLACE.sub("", text))
    return broken[0].strip() if broken else ""
