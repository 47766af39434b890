"""Finding tickets by what people remember: a number, an address, a name, a word of the subject."""

from __future__ import annotations

import sqlalchemy as sa

from app.accounts.models import Agent
from app.customers.models import Customer, Identity
from app.db import Session
from app.tickets import access
from app.tickets.models import Ticket
from app.tickets.views import COLUMNS, Row

LONGEST = 200


def find(db: Session, agent: Agent, text: str, limit: int = 50) -> list[Row]:
    """Tickets that the agent may see and that answer to `text`, the newest first; none for an empty text."""
    text = text.strip()[:LONGEST]
    if not text:
        return []
    query = (
        sa.select(*COLUMNS)
        .join(Customer, Customer.id == Ticket.requester_id)
        .where(_matches(text), access.visible_to(agent))
        .order_by(Ticket.id.desc())
        .limit(limit)
    )
    return [Row(*row) for row in db.execute(query)]


def _matches(text: str) -> sa.ColumnElement[bool]:
    number = text.lstrip("#＃")
    if number.isascii() and number.isdigit() and len(number) < 12:
        return Ticket.id == int(number)
    if "@" in text:
        owner = sa.select(Identity.customer_id).where(Identity.kind == "email", Identity.value == text.casefold())
        return Ticket.requester_id.in_(owner)
    return sa.or_(
        Ticket.subject.icontains(text, autoescape=True),
        Customer.name.icontains(text, autoescape=True),
        Customer.reading.icontains(text, autoescape=True),
    )
