"""Reading notices: one's own alone, and only of tickets that one may (still) see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app import clock
from app.accounts.models import Agent
from app.db import Session
from app.errors import Invalid, NotFound
from app.i18n import gettext as _
from app.notices.models import DIGESTS, KINDS, Notice, NoticeDigest, NoticeMute
from app.notices.ringing import ring
from app.tickets import access
from app.tickets.models import Ticket

PAGE = 50
COUNT_CAP = 100  # "99+" is as much as a bell says


@dataclass(frozen=True, slots=True)
class Told:
    """A notice with its ticket, as lists show it."""

    id: int
    kind: str
    who: str
    place: str
    at: datetime
    read: bool
    ticket: int
    subject: str

    @property
    def url(self) -> str:
        """The place that it is about."""
        return f"/console/tickets/{self.ticket}" + (f"#{self.place}" if self.place else "")

    @property
    def sentence(self) -> str:
        """What happened, in the language of the moment."""
        return SENTENCES[self.kind]() % {"who": self.who or _("Madoguchi")}


SENTENCES = {
    "mention": lambda: _("%(who)s mentions you in a note"),
    "assigned": lambda: _("%(who)s gave you this ticket"),
    "team": lambda: _("%(who)s gave your team this ticket"),
    "replied": lambda: _("%(who)s answered on your ticket"),
    "asked": lambda: _("%(who)s asks for your approval"),
    "approved": lambda: _("%(who)s approved your reply"),
    "returned": lambda: _("%(who)s sent your reply back"),
    "failed": lambda: _("A message could not be delivered"),
    "followed": lambda: _("%(who)s wrote on a ticket that you follow"),
    "reminder": lambda: _("Reminder: %(who)s"),
    "woke": lambda: _("A snoozed ticket is awake again"),
}


def of(db: Session, agent: Agent, *, before: int | None = None, after: int = 0, limit: int = PAGE) -> list[Told]:
    """An agent's notices, the newest first; those `before` or `after` a number."""
    query = (
        sa.select(
            Notice.id,
            Notice.kind,
            Notice.who,
            Notice.place,
            Notice.created_at,
            Notice.read_at.is_not(None),
            Ticket.id,
            Ticket.subject,
        )
        .join(Ticket, Ticket.id == Notice.ticket_id)
        .where(Notice.agent_id == agent.id, Notice.id > after, access.visible_to(agent))
        .order_by(Notice.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Notice.id < before)
    return [Told(*row) for row in db.execute(query)]


def unread(db: Session, agent: Agent) -> int:
    """How many an agent has not read; counted up to COUNT_CAP."""
    some = (
        sa.select(Notice.id)
        .join(Ticket, Ticket.id == Notice.ticket_id)
        .where(Notice.agent_id == agent.id, Notice.read_at.is_(None), access.visible_to(agent))
        .limit(COUNT_CAP)
    )
    return db.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0


def one(db: Session, agent: Agent, number: int) -> Told:
    """Raises NotFound for another's, and for one whose ticket may not be seen."""
    found = of(db, agent, before=number + 1, after=number - 1, limit=1)
    if not found:
        raise NotFound
    return found[0]


def mark(db: Session, agent: Agent, *, number: int | None = None, ticket: int | None = None) -> None:
    """One is read, or all about a ticket, or (with neither) all; the other tabs hear of it."""
    done = sa.update(Notice).where(Notice.agent_id == agent.id, Notice.read_at.is_(None))
    if number is not None:
        done = done.where(Notice.id == number)
    if ticket is not None:
        done = done.where(Notice.ticket_id == ticket)
    if db.execute(done.values(read_at=clock.now()).returning(Notice.id)).first() is not None:
        ring(db, [agent.id])


# ── what somebody chooses ─────────────────────────────────────────────────────────────────────────────


def choices(db: Session, agent: Agent) -> tuple[set[str], str]:
    """(kinds that are not muted, how often unread ones are mailed)."""
    muted = set(db.scalars(sa.select(NoticeMute.kind).where(NoticeMute.agent_id == agent.id)))
    digest = db.get(NoticeDigest, agent.id)
    return set(KINDS) - muted, digest.every if digest else "off"


def choose(db: Session, agent: Agent, wanted: Sequence[str], digest: str) -> None:
    """Set the kinds that are not muted, and how often unread ones are mailed. Raises Invalid."""
    if digest not in DIGESTS or not set(wanted) <= set(KINDS):
        raise Invalid({"digest": "Choose one of these."})
    db.execute(sa.delete(NoticeMute).where(NoticeMute.agent_id == agent.id))
    db.add_all(NoticeMute(agent_id=agent.id, kind=kind) for kind in KINDS if kind not in wanted)
    known = db.get(NoticeDigest, agent.id)
    if known is None:
        db.add(NoticeDigest(agent_id=agent.id, every=digest, sent_at=clock.now()))
    elif known.every != digest:
        known.every, known.sent_at = digest, clock.now()
    db.flush()
