"""Drafts: saved by ticket, agent and kind while one types; never lost by a colleague, a merge or another window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from app import clock, events
from app.accounts.models import Agent
from app.db import Session
from app.errors import Conflict, Invalid
from app.events import Actor
from app.tickets import access
from app.tickets.models import Ticket
from app.tickets.unsent import Draft

KINDS = ("reply", "note")
LONGEST = 200_000  # characters, as a message may have
File = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as pages show it."""

    agent_id: int
    kind: str
    text: str
    files: Sequence[File]
    recipients: Mapping[str, str]
    version: int
    updated_at: datetime


_TABLE = cast(sa.Table, Draft.__table__)
_C = _TABLE.c
_KEPT = (_C.agent_id, _C.kind, _C.text, _C.files, _C.recipients, _C.version, _C.updated_at)
_OF: sa.BindParameter[Any] = sa.bindparam("of_ticket", type_=_C.ticket_id.type)
_OF_TICKET = sa.select(*_KEPT).where(_C.ticket_id == _OF).order_by(_C.updated_at)
_DROP = sa.delete(_TABLE).where(
    _C.ticket_id == _OF, _C.agent_id == sa.bindparam("writer"), _C.kind == sa.bindparam("what", type_=sa.Text())
)


def of_ticket(db: Session, ticket_id: int) -> list[Kept]:
    """All drafts of a ticket, the oldest first."""
    return [Kept(*row) for row in db.execute(_OF_TICKET, {"of_ticket": ticket_id})]


def find(db: Session, ticket_id: int, agent_id: int, kind: str) -> Draft | None:
    """One draft, as it is now."""
    found: Draft | None = db.get(Draft, (ticket_id, agent_id, kind), populate_existing=True)
    return found


def save(
    db: Session,
    ticket: Ticket,
    agent: Agent,
    kind: str,
    text: str,
    *,
    version: int,
    files: Sequence[str] | None = None,
    recipients: Mapping[str, str] | None = None,
) -> int:
    """Keep what was typed; the version that it has now, 0 when nothing is left of it.

    `version` is the one that the window knows, 0 for none; `files` the digests of the files that stay, None for all;
    `recipients` To, Cc and Bcc as they are typed so far, None for as they were.
    Raises Conflict when another window has saved something else meanwhile, Invalid.
    """
    if kind not in KINDS:
        raise Invalid({"kind": "Choose between a reply and a note."})
    if len(text) > LONGEST:
        raise Invalid({"text": "This text is too long."})
    found = find(db, ticket.id, agent.id, kind)
    if found is None:
        if version and text.strip():
            raise Conflict("This draft was sent or discarded in another window.", gone=True)
        return _begin(db, ticket, agent, kind, text, [], recipients) if text.strip() else 0
    stay = [file for file in found.files if files is None or file["blob"] in files]
    if found.version != version and found.text != text:
        raise Conflict("This draft was changed in another window.", gone=False)
    if not text.strip() and not stay:
        db.delete(found)
        _tell(db, ticket, agent, "draft.ended", kind)
        return 0
    whom = found.recipients if recipients is None else dict(recipients)
    if found.text != text or len(stay) != len(found.files) or found.recipients != whom:
        found.recipients = whom
        _change(found, text, stay)
    return found.version


def _begin(
    db: Session,
    ticket: Ticket,
    agent: Agent,
    kind: str,
    text: str,
    files: Sequence[File],
    recipients: Mapping[str, str] | None = None,
) -> int:
    made = Draft(ticket_id=ticket.id, agent_id=agent.id, kind=kind, text=text, files=list(files), version=_version(0))
    made.recipients = dict(recipients or {})
    db.add(made)
    db.flush()
    _tell(db, ticket, agent, "draft.begun", kind)
    return made.version


def _change(found: Draft, text: str, files: Sequence[File]) -> None:
    found.text, found.files = text, list(files)
    found.version, found.updated_at = _version(found.version), clock.now()


def _version(before: int) -> int:
    """Higher than any before, and never used again for this ticket: milliseconds since 1970."""
    return max(before + 1, round(clock.now().timestamp() * 1_000))


def _tell(db: Session, ticket: Ticket, agent: Agent, event: str, kind: str) -> None:
    topics = access.topics(ticket)
    events.record(db, event, ticket_id=ticket.id, by=Actor("agent", agent.id), topics=topics, draft=kind)


def put_back(
    db: Session,
    ticket: Ticket,
    agent: Agent,
    text: str,
    files: Sequence[File] = (),
    recipients: Mapping[str, str] | None = None,
) -> Draft:
    """What was about to be sent is a draft again, above whatever was begun since."""
    found = find(db, ticket.id, agent.id, "reply")
    if found is None:
        _begin(db, ticket, agent, "reply", text, files, recipients)
    else:
        found.recipients = dict(recipients or found.recipients)
        _change(found, joined(text, found.text), [*files, *found.files])
    return cast(Draft, find(db, ticket.id, agent.id, "reply") if found is None else found)


def add_files(db: Session, ticket: Ticket, agent: Agent, kind: str, files: Sequence[File]) -> Draft:
    """Files that are kept already join a draft, which begins with them if there is none."""
    found = find(db, ticket.id, agent.id, kind)
    if found is None:
        _begin(db, ticket, agent, kind, "", files)
        return cast(Draft, find(db, ticket.id, agent.id, kind))
    known = {file["blob"] for file in found.files}
    _change(found, found.text, [*found.files, *(file for file in files if file["blob"] not in known)])
    return found


def extend(db: Session, ticket: Ticket, agent: Agent, kind: str, text: str) -> Draft:
    """A text joins a draft, below what stands there; it begins one if there is none."""
    found = find(db, ticket.id, agent.id, kind)
    if found is None:
        _begin(db, ticket, agent, kind, text, [])
        return cast(Draft, find(db, ticket.id, agent.id, kind))
    _change(found, joined(found.text, text), found.files)
    return found


def joined(first: str, second: str) -> str:
    """Two texts as one, each once. Pure."""
    parts = [part for part in (first.strip("\n"), second.strip("\n")) if part.strip()]
    return "\n\n".join(dict.fromkeys(parts))


def discard(db: Session, ticket_id: int, agent_id: int, kind: str) -> None:
    """It was sent: the draft goes. Whoever sent it tells the screens."""
    db.execute(_DROP, {"of_ticket": ticket_id, "writer": agent_id, "what": kind})


def files_of(db: Session, ticket_id: int, agent_id: int, kind: str, digests: Sequence[str]) -> list[File]:
    """The files of a draft that were named: what may be sent of them, and nothing that somebody else keeps."""
    found = find(db, ticket_id, agent_id, kind) if digests else None
    return [file for file in found.files if file["blob"] in digests] if found else []


@dataclass(frozen=True, slots=True)
class Own:
    """A draft on its writer's list. `seen`: whether they may still see the ticket, and so its subject."""

    ticket_id: int
    kind: str
    text: str
    updated_at: datetime
    subject: str
    seen: bool


def of_agent(db: Session, agent: Agent, limit: int = 100) -> list[Own]:
    """Somebody's drafts, the newest first; those of tickets that they may no longer see, too: the text is theirs."""
    visible = access.visible_to(agent)
    rows = db.execute(
        sa.select(Draft.ticket_id, Draft.kind, Draft.text, Draft.updated_at, Ticket.subject, visible)
        .join(Ticket, Ticket.id == Draft.ticket_id)
        .where(Draft.agent_id == agent.id)
        .order_by(Draft.updated_at.desc())
        .limit(limit)
    )
    return [Own(*row[:4], row[4] if row[5] else "", bool(row[5])) for row in rows]


def throw_away(db: Session, agent: Agent, ticket_id: int, kind: str) -> None:
    """The writer no longer wants it; whether they may still see the ticket does not matter."""
    found = find(db, ticket_id, agent.id, kind)
    if found is not None:
        ticket = db.get_one(Ticket, ticket_id)
        db.delete(found)
        _tell(db, ticket, agent, "draft.ended", kind)
