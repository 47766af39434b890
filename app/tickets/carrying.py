"""All that a ticket carries, in one look: the desk's fields, its checklist, links, followers, and one's reminders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import sqlalchemy as sa

from app.accounts.models import Agent
from app.db import Moment, Session
from app.tickets import access, fields
from app.tickets.carried import Check, Field, Follower, Reminder
from app.tickets.fields import Definition
from app.tickets.models import Ticket, TicketLink

MOST = 100  # links and checks that are shown


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of the checklist."""

    id: int
    text: str
    done_at: datetime | None
    done_by: int


@dataclass(frozen=True, slots=True)
class Link:
    """Another ticket. `kind` is what that one is to this one: parent, child, incident, report, related, previous.

    Of one that may not be seen there is the kind alone.
    """

    kind: str
    id: int = 0
    subject: str = ""
    status: str = ""

    @property
    def seen(self) -> bool:
        return bool(self.id)


@dataclass(frozen=True, slots=True)
class Promise:
    """When one is to be reminded, and of what."""

    id: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Carried:
    fields: Sequence[Definition] = ()
    checks: Sequence[Item] = ()
    links: Sequence[Link] = ()
    followers: Sequence[int] = ()
    reminders: Sequence[Promise] = field(default_factory=list)


def look(db: Session, agent: Agent, ticket: Ticket) -> Carried:
    """What a ticket carries, as this agent may see it."""
    found: dict[str, list[Any]] = {"field": [], "check": [], "link": [], "back": [], "follower": [], "reminder": []}
    given = {"ticket": ticket.id, "agent": agent.id}
    for what, number, _place, one, two, three, count, at in db.execute(
        _carried(agent.id, agent.role, agent.sees), given
    ):
        found[what].append((number, one, two, three, count, at))
    return Carried(
        [
            fields.definition(n, key, kind, spec, bool(required), False)
            for n, key, kind, spec, required, _ in found["field"]
        ],
        [Item(n, text, at, by) for n, text, _, _, by, at in found["check"]],
        [*(_link(row, there=True) for row in found["link"]), *(_link(row, there=False) for row in found["back"])],
        [number for number, *_ in found["follower"]],
        [Promise(n, at, text) for n, text, _, _, _, at in found["reminder"]],
    )


# What the other ticket is to this one: as the row says where this one made the link, else the other way round.
BACK = {"parent": "child", "incident": "report"}


def _link(row: Any, *, there: bool) -> Link:
    number, kind, subject, status, visible, _ = row
    kind = kind if there else BACK.get(kind, kind)
    return Link(kind, number, subject, status) if visible else Link(kind)


_TEXT, _INT = sa.Text(), sa.Integer()
_NONE, _ZERO = sa.literal_column("''", _TEXT), sa.literal_column("0", _INT)
_NEVER = sa.cast(sa.null(), Moment())
_F, _C, _W, _R, _L = (cast(sa.Table, model.__table__).c for model in (Field, Check, Follower, Reminder, TicketLink))
_THIS: sa.BindParameter[int] = sa.bindparam("ticket", type_=_C.ticket_id.type)
_ME: sa.BindParameter[int] = sa.bindparam("agent", type_=_C.ticket_id.type)


def _row(what: str, number: Any, place: Any, *texts: Any, count: Any = _ZERO, at: Any = _NEVER) -> sa.Select[Any]:
    one, two, three = (*texts, _NONE, _NONE, _NONE)[:3]
    return sa.select(
        sa.literal_column(f"'{what}'", _TEXT).label("what"),
        number.label("number"),
        place.label("place"),
        one.label("one"),
        two.label("two"),
        three.label("three"),
        count.label("count"),
        at.label("at"),
    )


def _flag(condition: Any) -> Any:
    return sa.case((condition, 1), else_=0)


@lru_cache(maxsize=1024)
def _carried(agent_id: int, role: str, sees: str) -> sa.Select[Any]:
    visible = access.visible(agent_id, role, sees)
    members = [
        _row("field", _F.id, _F.position, _F.key, _F.kind, sa.cast(_F.spec, _TEXT), count=_flag(_F.required)).where(
            _F.archived_at.is_(None)
        ),
        _row("check", _C.id, _C.position, _C.text, count=sa.func.coalesce(_C.done_by_id, 0), at=_C.done_at).where(
            _C.ticket_id == _THIS
        ),
        _linked("link", _L.other_id, _L.ticket_id, visible),
        _linked("back", _L.ticket_id, _L.other_id, visible),
        _row("follower", _W.agent_id, _ZERO).where(_W.ticket_id == _THIS),
        _row("reminder", _R.id, _ZERO, _R.text, at=_R.at).where(
            _R.ticket_id == _THIS, _R.agent_id == _ME, _R.told_at.is_(None)
        ),
    ]
    rows = sa.union_all(*members).subquery()
    return sa.select(rows).order_by(rows.c.place, rows.c.number)


def _linked(what: str, other: Any, this: Any, visible: Any) -> Any:
    """The newest links of one direction; subject and status only of tickets that may be seen."""
    some = (
        _row(
            what,
            Ticket.id,
            Ticket.id,
            _L.kind,
            sa.case((visible, Ticket.subject), else_=""),
            sa.case((visible, Ticket.status), else_=""),
            count=_flag(visible),
        )
        .join_from(TicketLink, Ticket, Ticket.id == other)
        .where(this == _THIS)
        .order_by(Ticket.id.desc())
        .limit(sa.literal_column(str(MOST)))
        .subquery()
    )
    return sa.select(some)
