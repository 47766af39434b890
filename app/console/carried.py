"""What a ticket carries, in words: the sections of the panel that are about the ticket and not its customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.console import filling, show
from app.console.show import Person, Word
from app.i18n import N_
from app.i18n import gettext as _
from app.tickets import carrying
from app.tickets.carrying import Item, Link
from app.tickets.models import Ticket
from app.web import Page

# What another ticket is to this one: the heading above those that are, in the order of the panel.
KINDS: Mapping[str, str] = {
    "incident": N_("Incident"),
    "parent": N_("Part of"),
    "report": N_("Reports of this incident"),
    "child": N_("Parts"),
    "related": N_("Related"),
    "previous": N_("Came before or after"),
}
OFFERED: Mapping[str, str] = {
    "related": N_("is related"),
    "parent": N_("is the whole of which this is a part"),
    "child": N_("is a part of this"),
    "incident": N_("is the incident that this reports"),
    "report": N_("is a report of this incident"),
}


@dataclass(frozen=True, slots=True)
class Linked:
    """A ticket that belongs with this one, and may be seen."""

    id: int
    subject: str
    status: Word


@dataclass(frozen=True, slots=True)
class Group:
    """Linked tickets of one kind; `hidden` of them may not be seen, `waiting` are not solved."""

    kind: str
    title: str
    shown: Sequence[Linked]
    hidden: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Promise:
    id: int
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What `_carried.html` draws."""

    fields: Sequence[filling.Shown]
    checks: Sequence[Item]
    done: int
    links: Sequence[Group]
    followers: Sequence[Person]
    follows: bool
    reminders: Sequence[Promise]
    offered: Sequence[tuple[str, str]]


def drawn(page: Page, ticket: Ticket) -> Shown:
    """What a ticket carries, as this agent may see it."""
    found = carrying.look(page.db, page.who, ticket)
    people = show.staff(page.db)
    return Shown(
        fields=filling.drawn(found.fields, ticket),
        checks=found.checks,
        done=sum(1 for item in found.checks if item.done_at),
        links=_groups(found.links) if found.links else (),
        followers=[people[number] for number in found.followers if number in people],
        follows=page.who.id in found.followers,
        reminders=[Promise(r.id, show.moment(r.at), r.text) for r in sorted(found.reminders, key=lambda r: r.at)],
        offered=[(kind, _(text)) for kind, text in OFFERED.items()],
    )


def _groups(links: Sequence[Link]) -> list[Group]:
    groups = []
    for kind, title in KINDS.items():
        these = [link for link in links if link.kind == kind]
        seen = [
            Linked(link.id, link.subject or _("No subject"), show.word(show.STATUSES, link.status))
            for link in these
            if link.seen
        ]
        waiting = sum(1 for link in seen if link.status.key not in ("solved", "closed"))
        if these:
            groups.append(Group(kind, _(title), seen, len(these) - len(seen), waiting))
    return groups
