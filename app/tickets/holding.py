"""Replies that wait: for the few seconds in which sending can be undone, or until a time that was chosen.

Nothing of the ticket changes before a reply leaves; then `replies.reply` sends it as it was held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from app import clock, events
from app.accounts.models import Agent
from app.channels import registry
from app.db import Session
from app.errors import AppError, Conflict, Invalid, NotFound
from app.events import SYSTEM, Actor
from app.jobs import queue
from app.jobs.worker import Work
from app.tickets import access, approval, attachments, drafts, fields, lifecycle, messages, replies
from app.tickets.addressing import Addressed
from app.tickets.attachments import Upload
from app.tickets.drafts import File
from app.tickets.models import Message, Ticket
from app.tickets.unsent import Draft, HeldReply, Proposal

FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held reply as the thread shows it."""

    id: int
    agent_id: int
    text: str
    files: Sequence[File]
    then: str
    later: bool
    seen: int
    state: str
    why: str
    leave_at: datetime
    created_at: datetime
    proposal_id: int | None


_C = cast(sa.Table, HeldReply.__table__).c
_WAITING = (_C.id, _C.agent_id, _C.text, _C.files, _C.then, _C.later, _C.seen, _C.state, _C.why, _C.leave_at)
_OF_TICKET: sa.Select[Any] = (
    sa.select(*_WAITING, _C.created_at, _C.proposal_id)
    .where(_C.ticket_id == sa.bindparam("of_ticket", type_=_C.ticket_id.type))
    .order_by(_C.id)
)


def of_ticket(db: Session, ticket_id: int) -> list[Waiting]:
    """The held replies of a ticket, the oldest first."""
    return [Waiting(*row) for row in db.execute(_OF_TICKET, {"of_ticket": ticket_id})]


def seconds(db: Session, ticket: Ticket) -> int:
    """How long a reply is held so that it can be undone; on a channel where people wait for each line, not at all."""
    return 0 if registry.channel(db, ticket.channel).kind == "chat" else db.settings.undo_send_seconds


def hold(
    db: Session,
    ticket: Ticket,
    agent: Agent,
    text: str,
    *,
    leave_at: datetime,
    later: bool = False,
    uploads: Sequence[Upload] = (),
    stored: Sequence[File] = (),
    seen: int | None = None,
    then: str = "",
    fixed: Addressed | None = None,
    signature: str = "",
    proposal: Proposal | None = None,
) -> HeldReply:
    """Keep a reply on the server until `leave_at`: its recipients, text and files are what is on the screen now.

    `proposal`: what was approved, for a reply that needed that.
    Raises what `replies.reply` does, and Invalid for a time that is past or more than a year away.
    """
    text = replies.checked(ticket, text, files=bool(uploads or stored))
    if proposal is None:
        approval.demand(db, ticket, agent)
    heard = messages.heard(db, ticket.id)
    replies.not_stale(heard, seen)
    addressed = fixed or replies.recipients(db, ticket, heard)
    if later and not clock.now() < leave_at < clock.now() + FURTHEST:
        raise Invalid({"later": "This time is past, or more than a year away."})
    held = HeldReply(
        ticket_id=ticket.id,
        agent_id=agent.id,
        text=text,
        signature=signature,
        recipients=addressed.kept(),
        files=[*stored, *attachments.store(db, uploads)],
        then=then,
        later=later,
        seen=heard.id if heard else 0,
        state="waiting",
        leave_at=leave_at,
        proposal_id=proposal.id if proposal else None,
    )
    db.add(held)
    db.flush()
    queue.enqueue(db, "replies.leave", lane="out", run_at=leave_at, dedupe=_key(held.id), held_id=held.id)
    _tell(db, ticket, "reply.held", Actor("agent", agent.id), held)
    return held


def _key(number: int) -> str:
    return f"held:{number}"


def _tell(db: Session, ticket: Ticket, kind: str, by: Actor, held: HeldReply, **more: Any) -> None:
    topics = access.topics(ticket)
    events.record(db, kind, ticket_id=ticket.id, by=by, topics=topics, held=held.id, later=held.later, **more)


def get(db: Session, agent: Agent, number: int) -> tuple[HeldReply, Ticket]:
    """A held reply and its ticket, both locked for a change.

    Raises NotFound when the agent may not see the ticket, Forbidden for viewers, Conflict when it has left.
    """
    where = db.scalar(sa.select(HeldReply.ticket_id).where(HeldReply.id == number))
    if where is None:
        if agent.role == "viewer":
            raise NotFound
        raise Conflict("It is too late: this reply has left.")
    ticket = access.writable(db, agent, where)
    held = _locked(db, number)
    if held is None:
        raise Conflict("It is too late: this reply has left.")
    return held, ticket


def _locked(db: Session, number: int) -> HeldReply | None:
    found: HeldReply | None = db.get(HeldReply, number, populate_existing=True, with_for_update=not db.sqlite)
    return found


def undo(db: Session, agent: Agent, number: int) -> tuple[Draft | None, Ticket]:
    """Take a reply back before it leaves: it is the agent's draft again. What was approved, and is taken back by
    somebody else than its writer, waits for approval again instead. Raises as `get`.
    """
    held, ticket = get(db, agent, number)
    proposal = db.get(Proposal, held.proposal_id) if held.proposal_id else None
    again = proposal is not None and agent.id != held.agent_id
    draft = None
    if not again:
        draft = drafts.put_back(db, ticket, agent, held.text, held.files, Addressed.of(held.recipients).typed())
    if proposal is not None:
        proposal.state, proposal.text = "waiting" if again else "withdrawn", held.text
    _withdrawn(db, ticket, agent, held)
    return draft, ticket


def withdraw(db: Session, agent: Agent, number: int) -> None:
    """As `undo`, of a reply that nobody typed: no draft remains. Raises as `get`."""
    held, ticket = get(db, agent, number)
    _withdrawn(db, ticket, agent, held)


def _withdrawn(db: Session, ticket: Ticket, agent: Agent, held: HeldReply) -> None:
    _gone(db, held)
    _tell(db, ticket, "reply.undone", Actor("agent", agent.id), held)


def send_now(db: Session, agent: Agent, number: int) -> tuple[Message, Ticket]:
    """Let a reply leave at once, whatever it waits for or was stopped by. Raises as `get` and `replies.reply`."""
    held, ticket = get(db, agent, number)
    writer = db.get_one(Agent, held.agent_id)
    return _send(db, held, ticket, writer), ticket


def _gone(db: Session, held: HeldReply) -> None:
    db.delete(held)
    queue.cancel(db, _key(held.id))


def _send(db: Session, held: HeldReply, ticket: Ticket, writer: Agent) -> Message:
    fixed = Addressed.of(held.recipients)
    more: dict[str, Any] = {"fixed": fixed, "signature": held.signature, "approved": held.proposal_id is not None}
    message = replies.reply(db, ticket, writer, held.text, stored=held.files, **more)
    if held.then == "solved" and not fields.lacking(db, ticket):
        lifecycle.solve(db, ticket, Actor("agent", writer.id))
    _gone(db, held)
    return message


def leave(work: Work, held_id: int) -> None:
    """Job: the time of a held reply has come. It leaves, or is stopped with the reason."""
    with work.finishing() as db:
        where = db.scalar(sa.select(HeldReply.ticket_id).where(HeldReply.id == held_id))
        ticket = db.get(Ticket, where, with_for_update=not db.sqlite) if where else None
        held = _locked(db, held_id)
        if held is None or ticket is None or held.state != "waiting":
            return
        writer = db.get_one(Agent, held.agent_id)
        why = _hindered(db, held, ticket, writer)
        if not why:
            try:
                _send(db, held, ticket, writer)
            except AppError as error:
                why = error.message if error.status == 409 else "refused"
        if why:
            held.state, held.why = "stopped", why
            _tell(db, ticket, "reply.stopped", SYSTEM, held, why=why)


def _hindered(db: Session, held: HeldReply, ticket: Ticket, writer: Agent) -> str:
    heard = messages.heard(db, ticket.id) if held.later else None
    try:
        access.writable(db, writer, ticket.id)
        allowed = writer.active
    except AppError:
        allowed = False
    return hindrance(
        later=held.later,
        newer=bool(heard and heard.id > held.seen),
        allowed=allowed,
        shut=ticket.status == "closed" or ticket.merged_into_id is not None,
    )


def hindrance(*, later: bool, newer: bool, allowed: bool, shut: bool) -> str:
    """Why a held reply must not leave by itself, "" when it may. Pure."""
    if shut:
        return "shut"
    if not allowed:
        return "writer"
    return "customer_wrote" if later and newer else ""


def stopped(held: Waiting, heard: int) -> str:
    """Why a reply will not leave by itself, as it looks now: a send-later one stops as soon as the customer writes."""
    return held.why or ("customer_wrote" if held.later and heard > held.seen else "")
