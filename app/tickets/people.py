"""What the desk knows of a customer, written by hand: name, reading, language, company and a note for colleagues."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app import events, i18n
from app.customers.models import Company, Customer
from app.db import Session
from app.errors import Invalid
from app.events import Actor
from app.text import plain
from app.tickets import access
from app.tickets.models import Ticket

LONGEST = {"name": 200, "reading": 200, "company": 200, "note": 5000}
TICKETS = 50  # whose screens are told
FIELDS = ("name", "reading", "locale", "company", "note")


def as_it_is(db: Session, customer: Customer) -> dict[str, str]:
    """What can be written about a customer, as it is now."""
    company = db.get(Company, customer.company_id) if customer.company_id else None
    own = {name: str(getattr(customer, name)) for name in FIELDS if name != "company"}
    return {**own, "company": company.name if company else ""}


def tidy(given: Mapping[str, str]) -> dict[str, str]:
    """What was typed, as it is kept. Raises Invalid, one message a field. Pure."""
    kept, faults = {}, {}
    for name in FIELDS:
        text = plain.strip_controls(given.get(name, "").replace("\r\n", "\n")).strip()
        kept[name] = text if name == "note" else " ".join(text.split())
        if len(kept[name]) > LONGEST.get(name, 20):
            faults[name] = "This is too long."
    if kept["locale"] not in ("", *i18n.LOCALES):
        faults["locale"] = "Choose one of these."
    if faults:
        raise Invalid(faults)
    return kept


def change(db: Session, customer: Customer, by: Actor, given: Mapping[str, str]) -> bool:
    """Write what is known of a customer; whether anything is different now. Raises Invalid."""
    before, after = as_it_is(db, customer), tidy(given)
    what = events.differing(before, after)
    if not what:
        return False
    for name in ("name", "reading", "locale", "note"):
        setattr(customer, name, after[name])
    if after["company"] != before["company"]:
        customer.company_id = _company(db, after["company"])
    db.flush()
    newest = sa.select(Ticket).where(Ticket.requester_id == customer.id).order_by(Ticket.id.desc()).limit(TICKETS)
    for ticket in db.scalars(newest):
        topics = access.topics(ticket)
        events.record(
            db, "customer.changed", ticket_id=ticket.id, customer_id=customer.id, by=by, topics=topics, **what
        )
    return True


def _company(db: Session, name: str) -> int | None:
    """The number of a company, which is made when it is new; None for none."""
    if not name:
        return None
    found = db.scalar(sa.select(Company.id).where(Company.name == name))
    if found is None:
        made = Company(name=name)
        db.add(made)
        db.flush()
        found = made.id
    return found


def companies(db: Session, limit: int = 200) -> list[str]:
    """Names of companies, for suggestions."""
    return list(db.scalars(sa.select(Company.name).order_by(Company.name).limit(limit)))
