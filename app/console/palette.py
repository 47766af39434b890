"""The palette: whatever one half remembers, and whatever one wants to do, in one place for the keyboard."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from markupsafe import Markup, escape
from starlette.responses import Response

from app.console import commands, keymap, show
from app.console.commands import Command
from app.errors import NotFound
from app.i18n import gettext as _
from app.text.tokens import fold
from app.tickets import access, readymade, recall, saved
from app.tickets.models import Ticket
from app.tickets.readymade import Macro
from app.tickets.recall import Known, Recalled
from app.web import Page, render


@dataclass(frozen=True, slots=True)
class Option:
    """One line: where it leads, which key it stands for, or what it posts."""

    icon: str
    name: Markup
    more: Markup = Markup("")
    hint: str = ""
    url: str = ""
    press: str = ""
    post: str = ""
    values: dict[str, str] = field(default_factory=dict)
    look: str = ""
    """What is drawn before it is done: a macro's changes."""
    opens: bool = False
    """Whether it is a ticket, which opens beside the list."""


def found(page: Page) -> Response:
    """What answers to `q`; with nothing typed the tickets of late (`recent`), and what can be done here."""
    text = page.query("q").strip()[: recall.LONGEST]
    ticket = _open(page)
    can = commands.allowed(page.who, ticket)
    if text:
        can += commands.of_views(saved.offered(page.db, page.who))
    groups = _of(page, text, ticket, can) if text else _first(page, ticket, can)
    return render(page, "console/_palette.html", groups=[group for group in groups if group[1]], asked=text)


def _open(page: Page) -> Ticket | None:
    """The ticket that is on the screen, if it may be seen."""
    number = page.number("ticket")
    try:
        return access.ticket(page.db, page.who, number) if number else None
    except NotFound:
        return None


def _first(page: Page, ticket: Ticket | None, can: list[Command]) -> list[tuple[str, list[Option]]]:
    numbers = [int(n) for n in page.query("recent").split(",")[:8] if n.isascii() and n.isdigit() and len(n) < 12]
    before = [n for n in numbers if not ticket or n != ticket.id]
    recent = recall.by_number(page.db, page.who, before) if before else []
    return [
        (_("Recent tickets"), [_ticket(t, []) for t in recent[:5]]),
        (_("Commands"), [_command(page, c, ticket, []) for c in can[:12]]),
    ]


def _of(page: Page, text: str, ticket: Ticket | None, can: list[Command]) -> list[tuple[str, list[Option]]]:
    asked = recall.spellings(text)
    search = Option(
        "search",
        escape(_("Search every message for “%(words)s”") % {"words": text}),
        hint="⌘↵",
        url=f"/console/search?{urlencode({'q': text})}",
    )
    doing = [_command(page, c, ticket, asked) for c in commands.find(can, text)]
    people = [_person(p, asked) for p in recall.people(page.db, page.who, text)]
    tickets = [_ticket(t, asked) for t in recall.tickets(page.db, page.who, text)]
    return [
        (_("Commands"), doing),
        (_("Macros"), _macros(page, text, ticket, asked)),
        (_("Customers"), people),
        (_("Tickets"), tickets),
        (_("Everywhere"), [search]),
    ]


def _macros(page: Page, text: str, ticket: Ticket | None, asked: list[str]) -> list[Option]:
    """Macros for the open ticket, by name, short word or reading."""
    if ticket is None or page.who.role == "viewer":
        return []
    found = [one for one in readymade.every(page.db, Macro, page.who) if readymade.called(one, text)]
    url = f"/console/tickets/{ticket.id}/macros"
    return [Option("zap", marked(m.name, asked), hint=m.shortcut, look=f"{url}/{m.id}") for m in found[:5]]


def _ticket(found: Recalled, asked: list[str]) -> Option:
    status = show.word(show.STATUSES, found.status)
    return Option(
        status.icon,
        marked(found.subject or _("No subject"), asked),
        marked(show.customer_name(found.customer), []),
        f"#{found.id}",
        f"/console/tickets/{found.id}",
        opens=True,
    )


def _person(found: Known, asked: list[str]) -> Option:
    more = [part for part in (found.reading, found.company, found.address if found.name else "") if part]
    return Option(
        "user",
        marked(show.customer_name(found.name, found.address), asked),
        marked(" · ".join(more), asked),
        f"#{found.ticket}",
        f"/console/tickets/{found.ticket}",
        opens=True,
    )


def _command(page: Page, command: Command, ticket: Ticket | None, asked: list[str]) -> Option:
    values = {k: str(page.who.id) if v == "me" else v for k, v in command.values.items()}
    key = next((k for k in keymap.KEYS if k.default == command.press), None)
    return Option(
        command.icon,
        marked(commands.name(command), asked),
        hint=keymap.key_of(page.who.shortcuts, key.name) if key else "",
        url=command.url,
        press=command.press,
        post=f"/console/tickets/{ticket.id}/{command.step}" if ticket and command.step else "",
        values=values,
    )


def marked(text: str, asked: list[str]) -> Markup:
    """A text with the first place marked that answers to what was typed, in any of its spellings."""
    small = fold(text)
    if len(small) != len(text):
        small = text.lower() if len(text.lower()) == len(text) else text
    for spelling in asked:
        wanted = fold(spelling)
        at = small.find(wanted)
        if wanted and at >= 0:
            end = at + len(wanted)
            return Markup("{}<mark>{}</mark>{}").format(text[:at], text[at:end], text[end:])
    return escape(text)
