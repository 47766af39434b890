"""From an address to a person: one identity belongs to one customer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app import clock, events, keys
from app.customers.models import Customer, Identity
from app.db import Session
from app.errors import NotFound
from app.events import SYSTEM, Actor

EVIDENCE = ("claimed", "platform", "verified")  # weakest first


def normal(kind: str, value: str) -> str:
    """The one form in which an identity of a kind is kept. Mail addresses lose the case of ASCII letters alone:
    folding more would make one person of "straße@" and "strasse@"."""
    value = value.strip()
    return "".join(c.lower() if c.isascii() else c for c in value) if kind == "email" else value


_NAMED = sa.and_(
    Identity.kind == sa.bindparam("of_kind", type_=sa.Text()),
    Identity.scope == sa.bindparam("in_scope", type_=sa.Text()),
    Identity.value == sa.bindparam("called", type_=sa.Text()),
)
_FIND = sa.select(Identity).where(_NAMED)
_FIND_BOTH = sa.select(Identity, Customer).join(Customer, Customer.id == Identity.customer_id).where(_NAMED)


def find(db: Session, kind: str, value: str, scope: str = "") -> Identity | None:
    """The identity, when we know it."""
    return db.scalar(_FIND, {"of_kind": kind, "in_scope": scope, "called": normal(kind, value)})


def resolve(
    db: Session,
    kind: str,
    value: str,
    *,
    scope: str = "",
    name: str = "",
    evidence: str = "claimed",
    locale: str = "",
) -> Customer:
    """The customer behind an address, created when nobody had it. A name or language fills only a gap."""
    found = db.execute(_FIND_BOTH, {"of_kind": kind, "in_scope": scope, "called": normal(kind, value)}).one_or_none()
    if found is None:
        return _create(db, kind, value, scope, name, evidence, locale)
    identity, customer = found
    if name and not customer.name:
        customer.name = name
    if locale and not customer.locale:
        customer.locale = locale
    if EVIDENCE.index(evidence) > EVIDENCE.index(identity.evidence):
        identity.evidence = evidence
    return customer


def _create(db: Session, kind: str, value: str, scope: str, name: str, evidence: str, locale: str) -> Customer:
    customer = Customer(public_id=keys.public_id(), name=name, locale=locale)
    db.add(customer)
    db.flush()
    row = {
        "customer_id": customer.id,
        "kind": kind,
        "scope": scope,
        "value": normal(kind, value),
        "display": name,
        "evidence": evidence,
        "reachable": True,
        "created_at": clock.now(),
    }
    if db.execute(_ADD[db.sqlite], row).scalar() is None:  # somebody else made it a moment ago
        db.delete(customer)
        db.flush()
        return resolve(db, kind, value, scope=scope, name=name, evidence=evidence, locale=locale)
    events.record(db, "customer.created", customer_id=customer.id)
    return customer


_TABLE, _ONCE = cast(sa.Table, Identity.__table__), ["kind", "scope", "value"]
_ADD = {
    True: sqlite.insert(_TABLE).on_conflict_do_nothing(index_elements=_ONCE).returning(_TABLE.c.id),
    False: postgresql.insert(_TABLE).on_conflict_do_nothing(index_elements=_ONCE).returning(_TABLE.c.id),
}


def add(
    db: Session,
    customer: Customer,
    kind: str,
    value: str,
    *,
    scope: str = "",
    display: str = "",
    evidence: str = "claimed",
) -> Identity:
    """One more address of a customer. Raises IntegrityError when somebody has it."""
    identity = Identity(
        customer_id=customer.id,
        kind=kind,
        scope=scope,
        value=normal(kind, value),
        display=display,
        evidence=evidence,
    )
    db.add(identity)
    db.flush()
    return identity


def verify(db: Session, identity: Identity, by: Actor = SYSTEM) -> None:
    """The person proved that the address is theirs (they used a link sent to it)."""
    if identity.evidence != "verified":
        identity.evidence, identity.verified_at = "verified", clock.now()
        events.record(db, "identity.verified", customer_id=identity.customer_id, by=by, identity=identity.id)


def reach(db: Session, identity: Identity, reachable: bool) -> None:
    """The person can, or can no longer, be reached there (follow, block)."""
    if identity.reachable != reachable:
        identity.reachable = reachable
        kind = "identity.reachable" if reachable else "identity.unreachable"
        events.record(db, kind, customer_id=identity.customer_id, identity=identity.id)


def of(db: Session, customer_id: int) -> Sequence[Identity]:
    """All addresses of a customer, oldest first."""
    return db.scalars(_OF_CUSTOMER, {"customer": customer_id}).all()


_OF_CUSTOMER = sa.select(Identity).where(Identity.customer_id == sa.bindparam("customer")).order_by(Identity.id)


def rename(db: Session, customer: Customer, name: str, by: Actor) -> None:
    """A member of staff writes the customer's name."""
    customer.name = name.strip()
    events.record(db, "customer.changed", customer_id=customer.id, by=by)


def get(db: Session, customer_id: int) -> Customer:
    """The customer. Raises NotFound."""
    customer = db.get(Customer, customer_id)
    if customer is None:
        raise NotFound
    return customer
