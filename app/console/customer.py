"""The customer beside a ticket: addresses with their evidence, ratings, other tickets, what happened lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app import i18n
from app.accounts.models import Agent
from app.console import show
from app.console.show import Word
from app.db import Session
from app.events import Event
from app.i18n import N_
from app.i18n import gettext as _
from app.tickets import access, views
from app.tickets.addressing import Known
from app.tickets.around import Asker
from app.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Address:
    icon: str
    text: str
    proof_icon: str
    proof: str
    proven: bool
    reachable: bool


@dataclass(frozen=True, slots=True)
class Other:
    url: str
    subject: str
    status: Word
    when: str


@dataclass(frozen=True, slots=True)
class Past:
    icon: str
    text: str
    when: str


@dataclass(frozen=True, slots=True)
class Mood:
    """Ratings of this customer: their mean, how many, and the last seven, oldest first."""

    mean: str
    count: int
    last: Sequence[int]


@dataclass(frozen=True, slots=True)
class Panel:
    """What `_panel.html` draws."""

    id: int
    name: str
    reading: str
    initials: str
    since: str
    language: str
    company: str
    note: str
    addresses: Sequence[Address]
    cc: Sequence[str]
    mood: Mood | None
    others: Sequence[Other]
    past: Sequence[Past]


def called(customer: Asker, known: Sequence[Known]) -> str:
    """What to call the customer: by name, else by their first address."""
    return show.customer_name(customer.name, _address(known[0]).text if known else "")


def panel(
    db: Session, agent: Agent, ticket: Ticket, customer: Asker, known: Sequence[Known], cc: Sequence[str]
) -> Panel:
    """The customer of a ticket as an agent sees them; `cc` are the others who get our answers."""
    others, ratings = views.of_customer(db, agent, customer.id)
    name = called(customer, known)
    return Panel(
        id=customer.id,
        name=name,
        reading=customer.reading,
        initials=show.initials(name),
        since=show.month(customer.created_at),
        language=show.LANGUAGES.get(customer.locale, customer.locale),
        company=customer.company,
        note=customer.note,
        addresses=[_address(identity) for identity in known],
        cc=cc,
        mood=_mood(ratings),
        others=_others(others, ticket),
        past=_past(db, agent, customer),
    )


def _address(identity: Known) -> Address:
    icon, proof = show.EVIDENCE.get(identity.evidence, show.EVIDENCE["claimed"])
    hidden = identity.kind not in ("email", "phone")  # a platform's own id says nothing to people
    kind = show.word(show.CHANNELS, "chat" if identity.kind == "visitor" else identity.kind).name
    text = (identity.display or kind) if hidden else identity.value
    return Address(
        icon=show.IDENTITIES.get(identity.kind, "circle-user"),
        text=text,
        proof_icon=icon,
        proof=_(proof) if identity.reachable else _("Cannot be reached"),
        proven=identity.evidence != "claimed" and identity.reachable,
        reachable=identity.reachable,
    )


def _mood(ratings: Sequence[int]) -> Mood | None:
    if not ratings:
        return None
    return Mood(f"{sum(ratings) / len(ratings):.1f}", len(ratings), ratings[6::-1])


def _others(found: Sequence[views.Past], ticket: Ticket) -> list[Other]:
    return [
        Other(
            f"/console/tickets/{row.id}",
            row.subject or _("No subject"),
            show.word(show.STATUSES, row.status),
            i18n.short(row.at),
        )
        for row in found
        if row.id != ticket.id
    ][:5]


PAST: Mapping[str, tuple[str, str]] = {
    "ticket.opened": ("inbox", N_("Opened #%(number)s")),
    "message.received": ("mail", N_("Wrote in #%(number)s")),
    "message.sent": ("reply", N_("We answered #%(number)s")),
    "ticket.solved": ("circle-check", N_("#%(number)s solved")),
    "survey.answered": ("star", N_("Rated #%(number)s")),
    "identity.verified": ("shield-check", N_("Confirmed an address")),
    "customer.created": ("circle-user", N_("First contact")),
}


def _past(db: Session, agent: Agent, customer: Asker) -> list[Past]:
    """The last things that happened with this customer, on tickets that the agent may see."""
    found = db.execute(_happened(agent.id, agent.role, agent.sees), {"customer": customer.id}).all()
    opening = {data.get("message") for kind, _number, _at, data in found if kind == "ticket.opened"}
    told = [
        (kind, number, at)
        for kind, number, at, data in found
        if not data.get("automatic") and not (kind == "message.received" and data.get("message") in opening)
    ]
    return [
        Past(PAST[kind][0], _(PAST[kind][1]) % {"number": number or ""}, i18n.short(at))
        for kind, number, at in told[:8]
    ]


@lru_cache(maxsize=1024)
def _happened(agent_id: int, role: str, sees: str) -> sa.Select[Any]:
    customer: sa.BindParameter[int] = sa.bindparam("customer")
    seen = sa.select(Ticket.id).where(Ticket.requester_id == customer, access.visible(agent_id, role, sees))
    return (
        sa.select(Event.kind, Event.ticket_id, Event.at, Event.data)
        .where(
            Event.customer_id == customer,
            Event.kind.in_(PAST),
            sa.or_(Event.ticket_id.is_(None), Event.ticket_id.in_(seen)),
        )
        .order_by(Event.id.desc())
        .limit(24)
    )
