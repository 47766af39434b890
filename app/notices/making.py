"""Making notices: reactions inside the transaction of what happened, so that neither exists alone.

A notice is one statement for everybody that it concerns; who did it is never told of their own step, and who may
not see the ticket is not told at all. After the commit the bells of those people ring (`ringing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import sqlalchemy as sa

from app.accounts.models import Agent, TeamMember
from app.customers.models import Customer
from app.db import Session
from app.events import Event
from app.notices import mentions, ringing
from app.notices.models import Notice, NoticeMute
from app.tickets.carried import Follower
from app.tickets.models import Message, Note, Ticket


def mentioned(db: Session, event: Event) -> None:
    """Reaction to note.written: whoever is named by @ in it, and may see the ticket."""
    note = db.get(Note, event.data["note"])
    if note is None or "@" not in note.text.replace("＠", "@"):
        return
    named = mentions.named(db, note.text)
    seeing = mentions.seeing(db, named, note.ticket_id)
    tell(db, event, "mention", seeing, who=note.author_name, place=f"n{note.id}")


def assigned(db: Session, event: Event) -> None:
    """Reaction to ticket.assigned: the new assignee."""
    after = event.data.get("after")
    if after is not None and (event.actor_kind, event.actor_id) != ("agent", after):
        tell(db, event, "assigned", [after])


def moved(db: Session, event: Event) -> None:
    """Reaction to ticket.moved: the members of the new team, where there is something left to do."""
    team = event.data.get("after")
    if team is not None and not event.data.get("done"):
        members = db.scalars(sa.select(TeamMember.agent_id).where(TeamMember.team_id == team)).all()
        tell(db, event, "team", members)


def replied(db: Session, event: Event) -> None:
    """Reaction to message.received: the assignee, once until they have looked."""
    ticket = db.get(Ticket, event.ticket_id)
    if ticket is not None and ticket.assignee_id is not None:
        customer = db.get(Customer, event.customer_id) if event.customer_id else None
        who = customer.name if customer else ""
        tell(db, event, "replied", [ticket.assignee_id], who=who, place=f"m{event.data.get('message')}", once=True)


def followed(db: Session, event: Event) -> None:
    """Reaction to message.received and note.written: who follows the ticket and is not told of it anyway."""
    following = set(db.scalars(sa.select(Follower.agent_id).where(Follower.ticket_id == event.ticket_id)))
    if not following:
        return
    note = db.get(Note, event.data["note"]) if "note" in event.data else None
    if note is not None:
        told, who, place = set(mentions.named(db, note.text)), note.author_name, f"n{note.id}"
    else:
        ticket, customer = db.get_one(Ticket, event.ticket_id), db.get(Customer, event.customer_id)
        told, who = {ticket.assignee_id or 0}, customer.name if customer else ""
        place = f"m{event.data.get('message')}"
    seeing = mentions.seeing(db, sorted(following - told), cast(int, event.ticket_id))
    tell(db, event, "followed", seeing, who=who, place=place, once=note is None)


def reminded(db: Session, event: Event) -> None:
    """Reaction to ticket.reminded: whoever wanted to be, if they may still see the ticket."""
    seeing = mentions.seeing(db, [event.data["agent"]], cast(int, event.ticket_id))
    tell(db, event, "reminder", seeing, who=event.data["text"] or f"#{event.ticket_id}")


def failed(db: Session, event: Event) -> None:
    """Reaction to delivery.failed: the assignee and whoever wrote the message."""
    ticket, message = db.get(Ticket, event.ticket_id), db.get(Message, event.data["message"])
    concerned = {ticket.assignee_id if ticket else None, message.agent_id if message else None}
    tell(db, event, "failed", [a for a in concerned if a], place=f"m{event.data['message']}")


def woke(db: Session, event: Event) -> None:
    """Reaction to ticket.woke by its time: the assignee. A customer who writes is a notice of its own."""
    ticket = db.get(Ticket, event.ticket_id)
    if event.data.get("why") == "time" and ticket is not None and ticket.assignee_id is not None:
        tell(db, event, "woke", [ticket.assignee_id])


def tell(
    db: Session, event: Event, kind: str, to: Sequence[int], *, who: str = "", place: str = "", once: bool = False
) -> None:
    """A notice of this kind for everybody in `to`; `once`: not where one still waits to be read."""
    if not to:
        return
    by = event.actor_id if event.actor_kind == "agent" else None
    if not who and by is not None:
        actor = db.get(Agent, by)
        who = actor.name if actor else ""
    values = {"to": list(to), "by": by or 0, "ticket": event.ticket_id, "event": event.id, "of_kind": kind}
    values |= {"called": who, "at_line": place, "now": event.at}
    told = [row for row in db.execute(_ADD_ONCE if once else _ADD, values) if row.read_at is None]
    ringing.ring(db, [row.agent_id for row in told])
    ringing.push(db, {row.agent_id: row.id for row in told})


def _adding(*conditions: sa.ColumnElement[bool]) -> sa.Insert:
    now = sa.bindparam("now", type_=Notice.created_at.type)
    muted = sa.exists().where(NoticeMute.agent_id == Agent.id, NoticeMute.kind == sa.bindparam("of_kind", type_=_TEXT))
    values = sa.select(
        Agent.id,
        sa.bindparam("ticket", type_=Notice.ticket_id.type),
        sa.bindparam("event", type_=Notice.event_id.type),
        sa.bindparam("of_kind", type_=_TEXT),
        sa.bindparam("called", type_=_TEXT),
        sa.bindparam("at_line", type_=_TEXT),
        now,
        sa.case((muted, now), else_=None),
    ).where(Agent.id.in_(sa.bindparam("to", expanding=True)), Agent.id != sa.bindparam("by"), Agent.active, *conditions)
    names = ["agent_id", "ticket_id", "event_id", "kind", "who", "place", "created_at", "read_at"]
    return (
        sa.insert(_NOTICES)
        .from_select(names, values, include_defaults=False)
        .returning(_NOTICES.c.id, _NOTICES.c.agent_id, _NOTICES.c.read_at)
    )


_TEXT = sa.Text()
_NOTICES = cast(sa.Table, Notice.__table__)
_other = sa.orm.aliased(Notice)
_ADD = _adding()
_ADD_ONCE = _adding(  # one that still waits to be read says as much as two
    ~sa.exists().where(
        _other.agent_id == Agent.id,
        _other.ticket_id == sa.bindparam("ticket", type_=Notice.ticket_id.type),
        _other.kind == sa.bindparam("of_kind", type_=_TEXT),
        _other.read_at.is_(None),
    )
)
