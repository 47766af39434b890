"""What stands around a ticket's thread, in one look: its customer, its inbox, and which tables hold more of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from app.channels.inboxes import Inbox
from app.customers.models import Company, Customer
from app.db import Session
from app.tickets.models import Attachment, Note, Participant, Ticket
from app.tickets.thread import Holds
from app.tickets.unsent import Draft, HeldReply, Proposal


@dataclass(frozen=True, slots=True)
class Asker:
    """The customer of a ticket. `company` is a name, "" for none."""

    id: int
    name: str
    reading: str
    locale: str
    note: str
    created_at: datetime
    company: str


@dataclass(frozen=True, slots=True)
class Around:
    """What is called `inbox_` says where answers leave from; the rest, which tables are worth asking."""

    customer: Asker
    inbox_kind: str
    inbox_address: str
    inbox_name: str
    inbox_settings: Mapping[str, Any]
    holds: Holds
    copied: bool
    drafted: bool
    held: bool
    proposed: bool


def look(db: Session, ticket: Ticket) -> Around:
    """Look around a ticket."""
    given = {"ticket": ticket.id, "customer": ticket.requester_id, "inbox": ticket.inbox_id}
    row = db.execute(_AROUND, given).one()
    kind, address, name, settings, notes, files, *rest = row[_WIDE:]
    holds = Holds(notes=bool(notes), files=bool(files))
    more = (bool(known) for known in rest)
    return Around(Asker(*row[:_WIDE]), kind, address, name, settings, holds, *more)


_C, _F, _I = (cast(sa.Table, model.__table__) for model in (Customer, Company, Inbox))
_N, _A, _P = (cast(sa.Table, model.__table__).c for model in (Note, Attachment, Participant))
_U, _H, _R = (cast(sa.Table, model.__table__).c for model in (Draft, HeldReply, Proposal))
_TICKET: sa.BindParameter[int] = sa.bindparam("ticket", type_=_N.ticket_id.type)
_WHO = [_C.c[name] for name in ("id", "name", "reading", "locale", "note", "created_at")] + [
    sa.func.coalesce(_F.c.name, "")
]
_WIDE = len(_WHO)
_AROUND = (
    sa.select(
        *_WHO,
        _I.c.kind,
        _I.c.address,
        _I.c.name,
        _I.c.settings,
        sa.exists().where(_N.ticket_id == _TICKET),
        sa.exists().where(_A.ticket_id == _TICKET),
        sa.exists().where(_P.ticket_id == _TICKET),
        sa.exists().where(_U.ticket_id == _TICKET),
        sa.exists().where(_H.ticket_id == _TICKET),
        sa.exists().where(_R.ticket_id == _TICKET, _R.state.in_(("waiting", "returned"))),
    )
    .select_from(_C.outerjoin(_F, _F.c.id == _C.c.company_id).join(_I, sa.true()))
    .where(
        _C.c.id == sa.bindparam("customer", type_=_C.c.id.type), _I.c.id == sa.bindparam("inbox", type_=_I.c.id.type)
    )
)
