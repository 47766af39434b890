"""Proposals: replies that a colleague approves before they leave, changes, or sends back with a comment.

What is asked for is fixed when it is asked: text, recipients, files, signature, when it leaves and what follows. A
proposal that is approved goes the way of every reply (`holding`, `replies.reply`) in its writer's name, guards and the
moment for undoing included; nothing of the ticket changes before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from app import clock, events
from app.accounts.models import Agent
from app.db import Session
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.events import Actor
from app.tickets import access, approval, attachments, drafts, fields, guards, holding, lifecycle, messages, replies
from app.tickets.addressing import Addressed
from app.tickets.attachments import Upload
from app.tickets.drafts import File
from app.tickets.guards import Stopped
from app.tickets.models import Message, Ticket
from app.tickets.unsent import Draft, HeldReply, Proposal

COMMENT = 4000  # characters


def ask(
    db: Session,
    ticket: Ticket,
    agent: Agent,
    text: str,
    *,
    leave_at: datetime | None = None,
    uploads: Sequence[Upload] = (),
    stored: Sequence[File] = (),
    seen: int | None = None,
    then: str = "",
    fixed: Addressed | None = None,
    signature: str = "",
) -> Proposal:
    """Put a reply before colleagues; `leave_at` for one that is to leave later. Raises what `replies.reply` does."""
    text = replies.checked(ticket, text, files=bool(uploads or stored))
    heard = messages.heard(db, ticket.id)
    replies.not_stale(heard, seen)
    addressed = fixed or replies.recipients(db, ticket, heard)
    if leave_at and not clock.now() < leave_at < clock.now() + holding.FURTHEST:
        raise Invalid({"later": "This time is past, or more than a year away."})
    made = Proposal(
        ticket_id=ticket.id,
        agent_id=agent.id,
        text=text,
        signature=signature,
        recipients=addressed.kept(),
        files=[*stored, *attachments.store(db, uploads)],
        then=then,
        leave_at=leave_at,
        seen=_newest(db, ticket.id),
        before_id=_mended(db, ticket.id, agent.id),
        state="waiting",
    )
    db.add(made)
    db.flush()
    _tell(db, ticket, "proposal.asked", agent, made)
    return made


def _newest(db: Session, ticket_id: int) -> int:
    return db.scalar(sa.select(sa.func.max(Message.id)).where(Message.ticket_id == ticket_id)) or 0


def _mended(db: Session, ticket_id: int, agent_id: int) -> int | None:
    """The proposal that came back to its writer and is asked for again."""
    found = returned(db, ticket_id, agent_id)
    if found is None:
        return None
    found.state = "revised"
    return found.id


def _tell(db: Session, ticket: Ticket, kind: str, agent: Agent, proposal: Proposal, **more: Any) -> None:
    by, topics = Actor("agent", agent.id), access.topics(ticket)
    events.record(
        db, kind, ticket_id=ticket.id, by=by, topics=topics, proposal=proposal.id, author=proposal.agent_id, **more
    )


# ── looking ───────────────────────────────────────────────────────────────────────────────────────────


def of_ticket(db: Session, ticket_id: int) -> list[Proposal]:
    """What waits for approval on a ticket, the oldest first."""
    query = sa.select(Proposal).where(Proposal.ticket_id == ticket_id, Proposal.state == "waiting")
    return list(db.scalars(query.order_by(Proposal.id)))


def returned(db: Session, ticket_id: int, agent_id: int) -> Proposal | None:
    """What came back to an agent and was neither asked for again nor put aside."""
    query = sa.select(Proposal).where(Proposal.ticket_id == ticket_id, Proposal.state == "returned")
    return db.scalar(query.where(Proposal.agent_id == agent_id).order_by(Proposal.id.desc()).limit(1))


def find(db: Session, agent: Agent, number: int) -> tuple[Proposal, Ticket]:
    """A proposal and its ticket, to look at. Raises NotFound."""
    found = db.get(Proposal, number)
    if found is None:
        raise NotFound
    return found, access.ticket(db, agent, found.ticket_id)


# ── deciding ──────────────────────────────────────────────────────────────────────────────────────────


def _waiting(db: Session, agent: Agent, number: int) -> tuple[Proposal, Ticket]:
    """Both locked for a change. Raises NotFound, Forbidden for viewers, Conflict when it was decided."""
    where = db.scalar(sa.select(Proposal.ticket_id).where(Proposal.id == number))
    if where is None:
        raise NotFound
    ticket = access.writable(db, agent, where)
    found = cast(Proposal, db.get(Proposal, number, populate_existing=True, with_for_update=not db.sqlite))
    if found.state != "waiting":
        raise Conflict("This was decided already.")
    return found, ticket


def _to_decide(db: Session, agent: Agent, number: int) -> tuple[Proposal, Ticket]:
    found, ticket = _waiting(db, agent, number)
    if found.agent_id == agent.id:
        raise Forbidden("Nobody approves their own reply.")
    if not approval.may_decide(db, ticket, agent, found.agent_id):
        raise Forbidden("Your own replies need approval here, so you cannot give it.")
    return found, ticket


def _writer(db: Session, ticket: Ticket, proposal: Proposal) -> Agent:
    """Raises Conflict when whoever wrote it may no longer answer this ticket."""
    writer = db.get_one(Agent, proposal.agent_id)
    seen = sa.select(Ticket.id).where(Ticket.id == ticket.id, access.visible_to(writer))
    if not writer.active or writer.role == "viewer" or db.scalar(seen) is None:
        raise Conflict("Its writer may no longer answer this ticket. Send it back, or answer yourself.")
    return writer


@dataclass(frozen=True, slots=True)
class Approved:
    """What became of a proposal: `held` while sending can still be undone, or until its time."""

    proposal: Proposal
    ticket: Ticket
    held: HeldReply | None


def approve(
    db: Session, agent: Agent, number: int, *, text: str | None = None, codes: Collection[str] = ()
) -> Approved:
    """Let it leave in its writer's name, with another `text` where the colleague has changed it.

    `codes` are the findings that were seen. Raises Stopped (a newer message of the customer among them), NotFound,
    Forbidden, Conflict (decided already; its writer may no longer answer) and what `replies.reply` does.
    """
    found, ticket = _to_decide(db, agent, number)
    writer = _writer(db, ticket, found)
    said = replies.checked(ticket, found.text if text is None else text, files=bool(found.files))
    _guard(db, found, ticket, writer, said, codes)
    changed = said != found.text
    _decide(found, agent, "approved")
    db.flush()
    _tell(db, ticket, "proposal.approved", agent, found, changed=changed)
    return Approved(found, ticket, _send(db, found, ticket, writer, said))


def _guard(db: Session, found: Proposal, ticket: Ticket, writer: Agent, text: str, codes: Collection[str]) -> None:
    addressed = Addressed.of(found.recipients)
    given: dict[str, Any] = {"files": bool(found.files), "addressed": addressed if addressed.chosen else None}
    findings = guards.look(db, ticket, writer, text, seen=found.seen, **given)
    if any(finding.code not in codes for finding in findings):
        raise Stopped(findings)


def _decide(found: Proposal, agent: Agent, state: str) -> None:
    found.state, found.decided_by_id, found.decided_at = state, agent.id, clock.now()


def _send(db: Session, found: Proposal, ticket: Ticket, writer: Agent, text: str) -> HeldReply | None:
    now, wait = clock.now(), holding.seconds(db, ticket)
    later = found.leave_at is not None and found.leave_at > now
    given: dict[str, Any] = {"stored": found.files, "fixed": Addressed.of(found.recipients)}
    given["signature"] = found.signature
    if later or wait:
        at = cast(datetime, found.leave_at) if later else now + timedelta(seconds=wait)
        return holding.hold(
            db, ticket, writer, text, leave_at=at, later=later, then=found.then, proposal=found, **given
        )
    replies.reply(db, ticket, writer, text, approved=True, **given)
    if found.then == "solved" and not fields.lacking(db, ticket):
        lifecycle.solve(db, ticket, Actor("agent", writer.id))
    return None


def send_back(db: Session, agent: Agent, number: int, comment: str) -> tuple[Proposal, Ticket]:
    """It is its writer's draft again, with what should be different. Raises Invalid, and as `approve` who may."""
    found, ticket = _to_decide(db, agent, number)
    comment = comment.replace("\r\n", "\n").strip()
    if not comment:
        raise Invalid({"comment": "Say what should be different."})
    if len(comment) > COMMENT:
        raise Invalid({"comment": "A comment has at most 4,000 characters."})
    _decide(found, agent, "returned")
    found.comment = comment
    _back(db, ticket, found)
    _tell(db, ticket, "proposal.returned", agent, found, comment=comment)
    return found, ticket


def withdraw(db: Session, agent: Agent, number: int) -> tuple[Draft, Ticket]:
    """Its writer takes it back: it is their draft again. Raises NotFound, Conflict, Forbidden for anybody else."""
    found, ticket = _waiting(db, agent, number)
    if found.agent_id != agent.id:
        raise Forbidden("Only its writer can withdraw it.")
    _decide(found, agent, "withdrawn")
    draft = _back(db, ticket, found)
    _tell(db, ticket, "proposal.withdrawn", agent, found)
    return draft, ticket


def _back(db: Session, ticket: Ticket, found: Proposal) -> Draft:
    writer, typed = db.get_one(Agent, found.agent_id), Addressed.of(found.recipients).typed()
    return drafts.put_back(db, ticket, writer, found.text, found.files, typed)


def put_aside(db: Session, agent: Agent, number: int) -> Ticket:
    """The comment on what came back was read and is no longer shown to its writer. Raises NotFound."""
    found, ticket = find(db, agent, number)
    if found.agent_id != agent.id or found.state != "returned":
        raise NotFound
    found.state = "revised"
    return ticket
