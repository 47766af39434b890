"""Canned replies: prepared texts, put where one writes in the customer's language, with everything filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app import clock, i18n
from app.accounts.models import Agent, Team
from app.channels import inboxes
from app.customers.models import Company, Customer, Identity
from app.db import Session
from app.errors import NotFound
from app.tickets import attachments, drafts, placeholders, readymade
from app.tickets.attachments import Upload
from app.tickets.models import Ticket
from app.tickets.placeholders import Facts
from app.tickets.readymade import CannedReply, Head
from app.tickets.unsent import Draft

MOST_FILES = 10


def save(
    db: Session,
    agent: Agent,
    number: int | None,
    head: Head,
    *,
    uploads: Sequence[Upload] = (),
    kept: Sequence[str] = (),
) -> CannedReply:
    """Make a canned reply, or change one; `kept` are the digests of its files that stay. Raises Invalid, NotFound."""
    one = readymade.find(db, CannedReply, agent, number) if number else CannedReply(files=[])
    if number and not readymade.may_change(db, agent, one.scope, one.team_id):
        raise NotFound
    faults = readymade.check(db, CannedReply, agent, head, number)
    if not any(text.strip() for text in head.texts.values()):
        faults["texts"] = "Write the text in one language at least."
    stay = [file for file in one.files if file["blob"] in kept]
    if len(stay) + len(uploads) > MOST_FILES:
        faults["files"] = "A canned reply has at most 10 files."
    readymade.refuse(faults, head.texts)
    readymade.write(db, one, agent, head, files=[*stay, *attachments.store(db, uploads)])
    return one


@dataclass(frozen=True, slots=True)
class Taken:
    """A canned reply as it is put into a text. `asks` are what its writer fills in first; `draft` has its files."""

    text: str
    language: str
    asks: list[str]
    draft: Draft | None


def take(db: Session, ticket: Ticket, agent: Agent, number: int, kind: str) -> Taken:
    """Fill one in for a ticket; files that belong to it join the draft of this kind. Raises NotFound."""
    one = readymade.find_usable(db, CannedReply, agent, number)
    language, text = readymade.in_language(one.texts, ticket.locale, db.settings.locale)
    filled = placeholders.fill(text, facts(db, ticket, agent, language))
    draft = drafts.add_files(db, ticket, agent, kind, one.files) if one.files and kind in drafts.KINDS else None
    return Taken(filled, language, placeholders.asked(filled), draft)


_EMAIL = (
    sa.select(Identity.value)
    .where(Identity.customer_id == Customer.id, Identity.kind == "email")
    .order_by(Identity.id.desc())
    .limit(1)
    .scalar_subquery()
)
_WHO: Any = sa.select(Customer.name, Company.name, _EMAIL).outerjoin(Company, Company.id == Customer.company_id)


def facts(db: Session, ticket: Ticket, agent: Agent, language: str) -> Facts:
    """What the placeholders stand for, said in a language."""
    customer, company, email = db.execute(_WHO.where(Customer.id == ticket.requester_id)).one()
    inbox = inboxes.info_of(db, ticket.inbox_id)
    return Facts(
        customer=customer,
        email=email or "",
        company=company or "",
        number=str(ticket.id),
        subject=ticket.subject,
        agent=agent.name,
        team=team_name(db, ticket),
        inbox=inbox.name,
        address=inbox.address,
        desk=db.settings.desk_name,
        today=i18n.day_as(i18n.MEDIUM, i18n.local(clock.now()).date(), language or i18n.locale()),
    )


def team_name(db: Session, ticket: Ticket) -> str:
    """The team of a ticket, "" when it has none."""
    return (db.scalar(sa.select(Team.name).where(Team.id == ticket.team_id)) if ticket.team_id else "") or ""
