"""Where an answer goes: one rule for the page that shows it and the reply that is sent, and what an agent chooses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from app.channels import registry
from app.channels.inboxes import Inbox
from app.channels.types import Recipient
from app.customers import identities
from app.customers.models import Customer, Identity
from app.db import Session
from app.errors import Invalid
from app.tickets.models import Participant, Ticket

MOST = 50  # recipients of one reply


@dataclass(frozen=True, slots=True)
class Known:
    """One address of a customer, and what the customer is called."""

    kind: str
    value: str
    display: str
    evidence: str
    reachable: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class Addressed:
    """To whom a reply goes. That somebody is in `bcc` no other recipient learns. `chosen`: an agent said so."""

    to: Sequence[Recipient]
    cc: Sequence[Recipient] = ()
    bcc: Sequence[Recipient] = ()
    chosen: bool = False

    @property
    def everybody(self) -> list[Recipient]:
        return [*self.to, *self.cc, *self.bcc]

    def kept(self) -> dict[str, Any]:
        """As messages and held replies keep it."""
        parts = [(part, people) for part, people in self._parts() if people or part != "bcc"]
        kept: dict[str, Any] = {part: [[r.value, r.name] for r in people] for part, people in parts}
        return kept | ({"chosen": True} if self.chosen else {})

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Addressed:
        """The other way round."""
        to, cc, bcc = ([Recipient(*pair) for pair in kept.get(part, ())] for part in ("to", "cc", "bcc"))
        return cls(to, cc, bcc, bool(kept.get("chosen")))

    def typed(self) -> dict[str, str]:
        """As somebody would type it, for a draft; nothing where nobody has chosen."""
        if not self.chosen:
            return {}
        return {part: self.text(part) for part, _people in self._parts()}

    def text(self, part: str) -> str:
        """The addresses of To, Cc or Bcc as one line."""
        return ", ".join(r.value for r in dict(self._parts())[part])

    def names(self, part: str) -> dict[str, str]:
        """{address: name} of To, Cc or Bcc, where a name is known."""
        return {r.value: r.name for r in dict(self._parts())[part] if r.name}

    def _parts(self) -> tuple[tuple[str, Sequence[Recipient]], ...]:
        return ("to", self.to), ("cc", self.cc), ("bcc", self.bcc)


@dataclass(frozen=True, slots=True)
class Wrote:
    """Who wrote the newest message of the customer's side, and from where."""

    channel: str
    customer_id: int | None
    address: str


# ── by itself ─────────────────────────────────────────────────────────────────────────────────────────


def known(db: Session, customer_id: int) -> list[Known]:
    """All addresses of a customer, oldest first."""
    return [Known(*row) for row in db.execute(_KNOWN, {"customer": customer_id})]


_I, _C = cast(sa.Table, Identity.__table__), cast(sa.Table, Customer.__table__)
_KNOWN = (
    sa.select(_I.c.kind, _I.c.value, _I.c.display, _I.c.evidence, _I.c.reachable, _C.c.name)
    .select_from(_I.join(_C, _C.c.id == _I.c.customer_id))
    .where(_I.c.customer_id == sa.bindparam("customer", type_=_I.c.customer_id.type))
    .order_by(_I.c.id)
)


def goes_to(addresses: Sequence[Known], kind: str, heard: str) -> str:
    """The address of an answer. Pure. Raises Invalid when nobody can be reached.

    `kind` is that of the ticket's channel; `heard` the address that its customer last wrote from on such a channel,
    "" when they did not.
    """
    value = heard or next((a.value for a in reversed(addresses) if a.kind == kind), None)
    if value is None:
        raise Invalid({"to": "This customer has no address on this channel."})
    same = [a.reachable for a in addresses if a.kind == kind and a.value == identities.normal(kind, value)]
    if same and not any(same):
        raise Invalid({"to": "This customer can no longer be reached on this channel."})
    return value


def answer(
    db: Session, ticket: Ticket, addresses: Sequence[Known], wrote: Wrote | None, *, others: bool = True
) -> Addressed:
    """To whom an answer goes when nobody says otherwise: the requester, and those in copy (unless there are no
    `others`, as far as is known). Raises Invalid as `goes_to`."""
    able = registry.channel(db, ticket.channel).capabilities
    theirs = wrote and wrote.customer_id == ticket.requester_id and wrote.address
    speaks = wrote and registry.channel(db, wrote.channel).capabilities.identity_kind == able.identity_kind
    # who went on by mail is not answered there on a chat
    value = goes_to(addresses, able.identity_kind, wrote.address if wrote and theirs and speaks else "")
    to = Recipient(value, addresses[0].name if addresses else "")
    rows = db.execute(_COPIED, {"ticket": ticket.id}) if able.cc and others else ()
    return Addressed([to], [Recipient(address, name) for address, name in rows if address != value])


_P = cast(sa.Table, Participant.__table__).c
_COPIED = (
    sa.select(_P.address, _C.c.name)
    .join(_C, _C.c.id == _P.customer_id)
    .where(_P.ticket_id == sa.bindparam("ticket", type_=_P.ticket_id.type), _P.address != "", _P.copied)
    .order_by(_C.c.id)
    .limit(MOST)
)


# ── as an agent chooses ───────────────────────────────────────────────────────────────────────────────

_BETWEEN = re.compile(r"[,;、\n]+")
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]+)>")
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\@]{1,64}@(?:[^\s<>,;:\"()\[\]\\@.]+\.)+[^\s<>,;:\"()\[\]\\@.]{2,}")


def read(text: str) -> list[Recipient]:
    """Addresses as somebody types them, with names or without. Pure. Raises Invalid for what is none.

    >>> [(r.value, r.name) for r in read("Hannah <h@fjord.example>; tom@weller.example")]
    [('h@fjord.example', 'Hannah'), ('tom@weller.example', '')]
    """
    found: dict[str, Recipient] = {}
    for part in _BETWEEN.split(unicodedata.normalize("NFKC", text)):
        named = _NAMED.fullmatch(part.strip())
        address = (named["address"] if named else part).strip()
        if not address:
            continue
        if len(address) > 254 or not _ADDRESS.fullmatch(address):
            raise Invalid({"to": "“%(what)s” is not a mail address."}, what=part.strip()[:80])
        found.setdefault(
            identities.normal("email", address), Recipient(address, named["name"].strip() if named else "")
        )
    return list(found.values())


def chosen(db: Session, ticket: Ticket, to: str, cc: str, bcc: str) -> Addressed:
    """What an agent has put into To, Cc and Bcc; each address once, with the name that the desk knows.

    Raises Invalid (nobody in To, too many, no address, one of the desk's own).
    """
    parts, seen = [], set[str]()
    for text in (to, cc, bcc):
        fresh = [r for r in read(text) if identities.normal("email", r.value) not in seen]
        seen |= {identities.normal("email", r.value) for r in fresh}
        parts.append(fresh)
    if not parts[0]:
        raise Invalid({"to": "Say to whom this goes."})
    if len(seen) > MOST:
        raise Invalid({"to": "A reply goes to at most 50 people."})
    if own := db.scalar(sa.select(Inbox.address).where(Inbox.kind == "email", Inbox.address.in_(seen)).limit(1)):
        raise Invalid({"to": "“%(what)s” is one of this desk’s own addresses."}, what=own)
    names = _names(db, seen)
    named = [[Recipient(r.value, names.get(identities.normal("email", r.value)) or r.name) for r in p] for p in parts]
    return Addressed(named[0], named[1], named[2], chosen=True)


def _names(db: Session, addresses: Iterable[str]) -> dict[str, str]:
    query = sa.select(Identity.value, Customer.name).join(Customer, Customer.id == Identity.customer_id)
    return dict(db.execute(query.where(Identity.kind == "email", Identity.value.in_(list(addresses)))).all())


def remember(db: Session, ticket: Ticket, sent: Addressed) -> None:
    """Who was written to belongs to the ticket from now on and gets the next answer; who was left out does not.

    Nobody learns of those in Bcc: the desk knows their addresses, the ticket does not.
    """
    own = {a.value for a in known(db, ticket.requester_id) if a.kind == "email"}
    open_to = {identities.normal("email", r.value): r for r in (*sent.to, *sent.cc)}
    there = db.scalars(sa.select(Participant).where(Participant.ticket_id == ticket.id)).all()
    for person in there:
        person.copied = identities.normal("email", person.address) in open_to
    belong = own | {identities.normal("email", person.address) for person in there}
    ids = {person.customer_id for person in there} | {ticket.requester_id}
    for value, recipient in open_to.items():
        if value not in belong:
            customer = identities.resolve(db, "email", recipient.value, name=recipient.name)
            if customer.id not in ids:
                ids.add(customer.id)
                db.add(Participant(ticket_id=ticket.id, customer_id=customer.id, address=recipient.value))
    for recipient in sent.bcc:
        identities.resolve(db, "email", recipient.value, name=recipient.name)
    db.flush()
