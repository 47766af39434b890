"""Operators as conditions: which tickets and texts status:open, tag:refund, before:2026-11-01 leave in question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from app import i18n
from app.accounts.models import Agent, Team
from app.channels.inboxes import Inbox
from app.db import Session
from app.text.tokens import fold
from app.tickets import ownfields
from app.tickets.models import Attachment, Note, Tag, Ticket, TicketTag
from app.tickets.search.index import docs
from app.tickets.search.query import Filter

Condition = sa.ColumnElement[bool]

STATUSES: Mapping[str, tuple[str, ...]] = {
    "waiting": ("waiting_customer", "waiting_other"),
    "open": ("new", "open"),
    "unsolved": ("new", "open", "waiting_customer", "waiting_other"),
}


def conditions(
    db: Session, agent: Agent | None, filters: Sequence[Filter], *, worded: bool
) -> tuple[Condition, Condition]:
    """(what the tickets must be, what the texts must be). Of several values of one operator one is enough. Times are
    those of the texts in a search for words (`worded`), else those at which tickets were opened."""
    tickets: list[Condition] = []
    known = [f for f in filters if f.name in _TABLE or f.name.startswith(ownfields.PREFIX)]
    kinds = dict.fromkeys((f.name, f.without) for f in known)
    for name, without in kinds:
        these = [_condition(db, agent, f) for f in filters if (f.name, f.without) == (name, without)]
        tickets.append(sa.not_(sa.or_(*these)) if without else sa.or_(*these))
    times = [_time(f, docs.c.at if worded else Ticket.created_at) for f in filters if f.day]
    of_tickets, of_texts = ([], times) if worded else (times, [])
    return sa.and_(sa.true(), *tickets, *of_tickets), sa.and_(sa.true(), *of_texts)


def _condition(db: Session, agent: Agent | None, found: Filter) -> Condition:
    if found.name in _TABLE:
        return _TABLE[found.name](db, agent, found.value)
    return ownfields.condition(db, found.name, found.value)


def _time(wanted: Filter, column: Any) -> Condition:
    assert wanted.day
    day = wanted.day + timedelta(days=1) if wanted.name == "until" else wanted.day
    try:
        begin = datetime.combine(day, time(), i18n.zone())
        found: Condition = column >= begin if wanted.name == "after" else column < begin
    except OverflowError:
        found = sa.true() if wanted.name != "after" else sa.false()
    return sa.not_(found) if wanted.without else found


def _one_of(column: Any, numbers: Sequence[int]) -> Condition:
    """Of these; nobody is none of them, also when it is denied."""
    return sa.and_(column.is_not(None), column.in_(numbers))


def _status(db: Session, agent: Agent | None, value: str) -> Condition:
    if value == "spam":
        return Ticket.spam.is_(True)
    return Ticket.status.in_(STATUSES.get(value, (value,)))


def _assignee(db: Session, agent: Agent | None, value: str) -> Condition:
    if value == "none":
        return Ticket.assignee_id.is_(None)
    if value == "me":
        return _one_of(Ticket.assignee_id, [agent.id] if agent else [])
    rows = db.execute(sa.select(Agent.id, Agent.name, Agent.reading, Agent.email))
    wanted = fold(value)
    named = [n for n, *names in rows if any(wanted in fold(name) for name in names)]
    return _one_of(Ticket.assignee_id, named)


def _team(db: Session, agent: Agent | None, value: str) -> Condition:
    if value == "none":
        return Ticket.team_id.is_(None)
    wanted = fold(value)
    teams = db.execute(sa.select(Team.id, Team.name))
    return _one_of(Ticket.team_id, [number for number, name in teams if wanted in fold(name)])


def _inbox(db: Session, agent: Agent | None, value: str) -> Condition:
    wanted = fold(value)
    rows = db.execute(sa.select(Inbox.id, Inbox.name, Inbox.address))
    return Ticket.inbox_id.in_([n for n, *names in rows if any(wanted in fold(name) for name in names)])


def _tag(db: Session, agent: Agent | None, value: str) -> Condition:
    wanted = fold(value).lstrip("#")
    those = [n for n, name in db.execute(sa.select(Tag.id, Tag.name)) if wanted == fold(name)]
    return Ticket.id.in_(sa.select(TicketTag.ticket_id).where(TicketTag.tag_id.in_(those)))


def _has(db: Session, agent: Agent | None, value: str) -> Condition:
    if value == "note":
        return sa.exists().where(Note.ticket_id == Ticket.id)
    return sa.exists().where(Attachment.ticket_id == Ticket.id, ~Attachment.inline)


_TABLE: Mapping[str, Callable[[Session, Agent | None, str], Condition]] = {
    "status": _status,
    "assignee": _assignee,
    "team": _team,
    "inbox": _inbox,
    "tag": _tag,
    "has": _has,
    "priority": lambda db, agent, value: Ticket.priority == value,
    "channel": lambda db, agent, value: Ticket.channel == value,
}
