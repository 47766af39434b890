"""Two tickets become one, one becomes two; both can be undone for thirty days.

A merged ticket stays, empty, and points to where it went: its mail and its links lead there. What moves is written
down by number, so that undoing puts exactly that back, and what came in since stays where it came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa

from app import clock
from app.accounts.models import Agent
from app.channels.outbox import Delivery
from app.customers.models import Identity
from app.db import Session
from app.errors import Conflict, Invalid, NotFound
from app.events import Actor
from app.text import plain
from app.tickets import access, following, lifecycle, undoing
from app.tickets.carried import Check, Follower
from app.tickets.models import Attachment, Message, Note, Participant, Ticket, TicketLink, TicketTag
from app.tickets.undoing import Undo
from app.tickets.unsent import Draft, HeldReply, Proposal

MOVES: dict[str, Any] = {
    "messages": Message,
    "notes": Note,
    "attachments": Attachment,
    "deliveries": Delivery,
    "checks": Check,
    "proposals": Proposal,
}
Moved = dict[str, list[int]]


def both(db: Session, agent: Agent, one: int, other: int) -> tuple[Ticket, Ticket]:
    """Two tickets that the agent may change, locked in the order of their numbers. Raises NotFound, Forbidden."""
    found = {number: access.writable(db, agent, number) for number in sorted({one, other})}
    return found[one], found[other]


def refusal(source: Ticket, target: Ticket) -> Conflict | None:
    """Why one ticket cannot go into the other; None when it can."""
    if source.id == target.id:
        return Conflict("A ticket cannot be merged into itself.")
    for ticket in (source, target):
        if ticket.merged_into_id:
            return Conflict(
                "#%(number)s was merged into #%(into)s already.", number=ticket.id, into=ticket.merged_into_id
            )
        if ticket.status == "closed":
            return Conflict("#%(number)s is closed. Closed tickets are not merged.", number=ticket.id)
        if ticket.spam:
            return Conflict("#%(number)s is among the spam.", number=ticket.id)
    if source.channel == "chat" and source.conversation != target.conversation:
        return Conflict("A chat can only be merged into a ticket of the same chat: its visitor would lose sight of it.")
    return None


def merge(db: Session, agent: Agent, source: Ticket, target: Ticket) -> Undo:
    """Everything of `source` goes into `target`, and `source` points there. Raises Conflict."""
    if refused := refusal(source, target):
        raise refused
    held = sa.select(HeldReply.id).where(HeldReply.ticket_id == source.id, HeldReply.state == "waiting")
    if db.scalar(held.limit(1)) is not None:
        raise Conflict("A reply of #%(number)s is still on hold. Let it leave, or stop it, first.", number=source.id)
    proposed = sa.select(Proposal.id).where(Proposal.ticket_id == source.id, Proposal.state == "waiting")
    if db.scalar(proposed.limit(1)) is not None:
        raise Conflict("A reply of #%(number)s waits for approval. That is decided first.", number=source.id)
    was = {"status": target.status, "waiting_since": _iso(target), "snippet": target.snippet}
    kept = undoing.keep(db, "merge", agent, ticket_id=source.id, what={"into": target.id})
    moved = _move(db, source.id, target.id, _all(db, source.id))
    kept.before = {
        "moved": moved,
        "participants": _share_people(db, source, target),
        "tags": _share_tags(db, source.id, target.id),
        "followers": _share_followers(db, source.id, target.id),
        "fields": _share_fields(source, target),
        "drafts": _take_drafts(db, source.id, target.id),
        "target": was,
    }
    source.merged_into_id = target.id
    _recount(db, source, target)
    by = Actor("agent", agent.id)
    lifecycle.changed(db, source, "ticket.merged", by, into=target.id, undo=kept.id)
    _wait_together(db, source, target, by)
    lifecycle.changed(
        db, target, "ticket.absorbed", by, source=source.id, messages=len(moved["messages"]), undo=kept.id
    )
    return kept


def unmerge(db: Session, agent: Agent, number: int) -> Ticket:
    """Take a merge back; the ticket that stands again. Raises NotFound, Conflict (undone; merged on)."""
    kept = undoing.find(db, number, "merge")
    source, target = both(db, agent, cast(int, kept.ticket_id), kept.what["into"])
    undoing.once(kept)
    if target.merged_into_id:
        raise Conflict("#%(number)s was itself merged since. Undo that first.", number=target.id)
    before, by = kept.before, Actor("agent", agent.id)
    _move(db, target.id, source.id, before["moved"])
    _unshare(db, target, before)
    _give_drafts(db, source.id, target.id, before["drafts"])
    source.merged_into_id = None
    _recount(db, source, target)
    kept.state = "undone"
    lifecycle.changed(db, source, "ticket.unmerged", by, other=target.id)
    _wait_again(db, target, before["target"], by)
    lifecycle.changed(db, target, "ticket.released", by, other=source.id)
    return source


# ── what goes along ───────────────────────────────────────────────────────────────────────────────────


def _all(db: Session, ticket_id: int) -> Moved:
    return {
        name: list(db.scalars(sa.select(model.id).where(model.ticket_id == ticket_id).order_by(model.id)))
        for name, model in MOVES.items()
    }


def _move(db: Session, from_id: int, to_id: int, what: Moved) -> Moved:
    """Move rows by number, as far as they are still there; a thousand at a time, which every database takes."""
    db.flush()
    for name, model in MOVES.items():
        numbers = what.get(name, [])
        for start in range(0, len(numbers), 1000):
            chunk = numbers[start : start + 1000]
            moving = sa.update(model).where(model.id.in_(chunk), model.ticket_id == from_id).values(ticket_id=to_id)
            db.execute(moving, execution_options={"synchronize_session": "fetch"})
    return what


def _share_people(db: Session, source: Ticket, target: Ticket) -> list[int]:
    """Who belonged to the one belongs to the other; the customers that are new there."""
    people = dict(
        db.execute(
            sa.select(Participant.customer_id, Participant.address).where(Participant.ticket_id == source.id)
        ).all()
    )
    if source.requester_id not in people:
        theirs = sa.select(Identity.value).where(Identity.customer_id == source.requester_id, Identity.kind == "email")
        people[source.requester_id] = db.scalar(theirs.order_by(Identity.id.desc()).limit(1)) or ""
    known = set(db.scalars(sa.select(Participant.customer_id).where(Participant.ticket_id == target.id)))
    new = [customer for customer in sorted(people) if customer not in known and customer != target.requester_id]
    db.add_all(Participant(ticket_id=target.id, customer_id=c, address=people[c]) for c in new)
    return new


def _share_tags(db: Session, source_id: int, target_id: int) -> list[int]:
    have = set(db.scalars(sa.select(TicketTag.tag_id).where(TicketTag.ticket_id == target_id)))
    theirs = db.scalars(sa.select(TicketTag.tag_id).where(TicketTag.ticket_id == source_id).order_by(TicketTag.tag_id))
    new = [tag for tag in theirs if tag not in have]
    db.add_all(TicketTag(ticket_id=target_id, tag_id=tag) for tag in new)
    return new


def _share_followers(db: Session, source_id: int, target_id: int) -> list[int]:
    have, theirs = set(following.of(db, target_id)), following.of(db, source_id)
    new = [agent for agent in theirs if agent not in have]
    db.add_all(Follower(ticket_id=target_id, agent_id=agent, made_at=clock.now()) for agent in new)
    return new


def _share_fields(source: Ticket, target: Ticket) -> dict[str, Any]:
    """What is empty there takes the value from here; which values did."""
    new = {key: value for key, value in source.fields.items() if key not in target.fields}
    target.fields = {**target.fields, **new}
    return new


def _unshare(db: Session, target: Ticket, before: dict[str, Any]) -> None:
    """Take back what came along, as far as nobody has changed it since."""
    shared = before.get("fields", {})
    target.fields = {key: value for key, value in target.fields.items() if key not in shared or shared[key] != value}
    added = (
        (Participant, Participant.customer_id, "participants"),
        (TicketTag, TicketTag.tag_id, "tags"),
        (Follower, Follower.agent_id, "followers"),
    )
    target_id = target.id
    for model, column, name in added:
        if before.get(name):
            db.execute(sa.delete(model).where(model.ticket_id == target_id, column.in_(before[name])))


def _drafts(db: Session, ticket_id: int) -> Sequence[Draft]:
    return db.scalars(sa.select(Draft).where(Draft.ticket_id == ticket_id)).all()


def _take_drafts(db: Session, source_id: int, target_id: int) -> list[dict[str, Any]]:
    """What was begun and not sent goes along; where the writer has a draft there too, it follows below that one."""
    there = {(d.agent_id, d.kind): d for d in _drafts(db, target_id)}
    taken: list[dict[str, Any]] = []
    for draft in _drafts(db, source_id):
        own = there.get((draft.agent_id, draft.kind))
        was = {"agent": draft.agent_id, "kind": draft.kind, "text": draft.text, "files": draft.files}
        if own:
            was |= {"own": own.text, "own_files": own.files}
            own.text = "\n\n".join(text for text in (own.text, draft.text) if text)
            own.files, own.version, own.updated_at = [*own.files, *draft.files], own.version + 1, clock.now()
        else:
            db.add(_draft(target_id, was, draft.version))
        taken.append({**was, "became": own.text if own else draft.text})
        db.delete(draft)
    db.flush()
    return taken


def _draft(ticket_id: int, was: dict[str, Any], version: int) -> Draft:
    texts = {"text": was["text"], "files": was["files"], "version": version, "updated_at": clock.now()}
    return Draft(ticket_id=ticket_id, agent_id=was["agent"], kind=was["kind"], **texts)


def _give_drafts(db: Session, source_id: int, target_id: int, taken: list[dict[str, Any]]) -> None:
    """Give drafts back. One that was written on meanwhile stays as it is too: twice is better than lost."""
    for was in taken:
        here = db.get(Draft, (target_id, was["agent"], was["kind"]), populate_existing=True)
        if here is None:
            continue  # sent or thrown away meanwhile
        if db.get(Draft, (source_id, was["agent"], was["kind"])) is None:
            db.add(_draft(source_id, was, here.version + 1))
        if here.text == was["became"] and "own" in was:
            here.text, here.files, here.version = was["own"], was["own_files"], here.version + 1
        elif here.text == was["became"]:
            db.delete(here)
    db.flush()


# ── clocks and counts ─────────────────────────────────────────────────────────────────────────────────


def _iso(ticket: Ticket) -> str | None:
    return ticket.waiting_since.isoformat() if ticket.waiting_since else None


def _recount(db: Session, *tickets: Ticket) -> None:
    """How many messages each holds, and the words of its newest one."""
    for ticket in tickets:
        said = sa.and_(Message.ticket_id == ticket.id, Message.sender_kind != "system")
        ticket.messages_count = db.scalar(sa.select(sa.func.count()).select_from(Message).where(said)) or 0
        newest = sa.select(Message.text).where(said).order_by(Message.id.desc()).limit(1)
        if text := db.scalar(newest):
            ticket.snippet = plain.excerpt(text)


def _wait_together(db: Session, source: Ticket, target: Ticket, by: Actor) -> None:
    """Whoever waited for us in the one waits in the other, since the earlier of the two moments."""
    if source.waiting_since is None or source.status in ("solved", "closed"):
        return
    target.waiting_since = min(source.waiting_since, target.waiting_since or source.waiting_since)
    if target.status not in ("new", "open"):
        lifecycle.set_status(db, target, "open", by, why="merged")


def _wait_again(db: Session, target: Ticket, was: dict[str, Any], by: Actor) -> None:
    """As it was, where nothing has happened to it since."""
    target.waiting_since = waiting_since(db, target.id)
    if target.waiting_since is None and target.status == "open" and was["status"] not in ("new", "open"):
        lifecycle.set_status(db, target, was["status"], by, why="unmerged")


def waiting_since(db: Session, ticket_id: int) -> Any:
    """Since when the customer waits: their oldest message after our last answer by a person; None when answered."""
    of = Message.ticket_id == ticket_id
    answered = sa.select(sa.func.max(Message.id)).where(of, Message.direction == "out", Message.sender_kind == "agent")
    last = db.scalar(answered) or 0
    query = sa.select(sa.func.min(Message.created_at)).where(of, Message.direction == "in", Message.id > last)
    return db.scalar(query)


# ── splitting ─────────────────────────────────────────────────────────────────────────────────────────


def split(db: Session, agent: Agent, ticket: Ticket, message_id: int, later: bool) -> tuple[Ticket, Undo]:
    """A message, with `later` also whatever came after it, becomes a ticket of its own, linked to this one.

    Raises Conflict (merged, closed), Invalid (not here; nothing would stay).
    """
    if ticket.merged_into_id or ticket.status == "closed":
        raise Conflict("A merged or closed ticket cannot be split.")
    first = db.get(Message, message_id)
    if first is None or first.ticket_id != ticket.id or first.sender_kind == "system":
        raise Invalid({"message": "Choose a message of this ticket."})
    what = _part(db, first, later)
    stays = sa.select(Message.id).where(
        Message.ticket_id == ticket.id, Message.sender_kind != "system", Message.id.not_in(what["messages"])
    )
    if db.scalar(stays.limit(1)) is None:
        raise Invalid({"message": "At least one message has to stay."})
    made = _open(db, agent, ticket, first)
    kept = undoing.keep(db, "split", agent, ticket_id=made.id, what={"from": ticket.id, "message": message_id})
    kept.before = {"moved": _move(db, ticket.id, made.id, what), "waiting_since": _iso(ticket), "status": ticket.status}
    _recount(db, made, ticket)
    made.waiting_since = waiting_since(db, made.id)
    if ticket.waiting_since:
        ticket.waiting_since = waiting_since(db, ticket.id)
    by = Actor("agent", agent.id)
    lifecycle.changed(db, made, "ticket.opened", by, why="split", source=ticket.id, undo=kept.id)
    lifecycle.changed(db, ticket, "ticket.split", by, into=made.id, messages=len(what["messages"]), undo=kept.id)
    return made, kept


def _part(db: Session, first: Message, later: bool) -> Moved:
    messages, notes = [first.id], []
    if later:
        after = sa.and_(Message.ticket_id == first.ticket_id, Message.id >= first.id)
        messages = list(db.scalars(sa.select(Message.id).where(after).order_by(Message.id)))
        since = sa.and_(Note.ticket_id == first.ticket_id, Note.created_at >= first.created_at)
        notes = list(db.scalars(sa.select(Note.id).where(since).order_by(Note.id)))
    with_them = sa.or_(Attachment.message_id.in_(messages), Attachment.note_id.in_(notes))
    sent = sa.select(Delivery.id).where(Delivery.message_id.in_(messages))
    return {
        "messages": messages,
        "notes": notes,
        "attachments": list(db.scalars(sa.select(Attachment.id).where(with_them))),
        "deliveries": list(db.scalars(sent)),
    }


def _open(db: Session, agent: Agent, ticket: Ticket, first: Message) -> Ticket:
    """The ticket of its own: the message's customer asks it, everything else is as on the one it came from."""
    now = clock.now()
    made = Ticket(
        subject=first.subject.strip() or ticket.subject,
        requester_id=first.customer_id or ticket.requester_id,
        inbox_id=first.inbox_id,
        channel=first.channel,
        team_id=ticket.team_id,
        assignee_id=ticket.assignee_id,
        conversation=ticket.conversation,
        locale=ticket.locale,
        priority=ticket.priority,
        status="open",
        created_at=now,
        updated_at=now,
        why={"threading": {"code": "split", "ticket": ticket.id}},
    )
    lifecycle.shelve(made)
    db.add(made)
    db.flush()
    people = db.execute(
        sa.select(Participant.customer_id, Participant.address).where(Participant.ticket_id == ticket.id)
    )
    for customer, address in [*people, (ticket.requester_id, "")]:
        if customer != made.requester_id:
            db.merge(Participant(ticket_id=made.id, customer_id=customer, address=address))
    db.add(TicketLink(ticket_id=made.id, other_id=ticket.id, kind="split", why="split"))
    return made


def unsplit(db: Session, agent: Agent, number: int) -> Ticket:
    """Take a split back: everything goes home, also what came in since, and the ticket points there."""
    kept = undoing.find(db, number, "split")
    made, ticket = both(db, agent, cast(int, kept.ticket_id), kept.what["from"])
    undoing.once(kept)
    for one in (made, ticket):
        if one.merged_into_id:
            raise Conflict("#%(number)s was itself merged since. Undo that first.", number=one.id)
    _move(db, made.id, ticket.id, _all(db, made.id))
    _take_drafts(db, made.id, ticket.id)
    made.merged_into_id = ticket.id
    _recount(db, made, ticket)
    kept.state = "undone"
    ticket.waiting_since = waiting_since(db, ticket.id)
    by = Actor("agent", agent.id)
    lifecycle.changed(db, made, "ticket.merged", by, into=ticket.id, why="unsplit")
    if ticket.waiting_since and ticket.status not in ("new", "open"):
        lifecycle.set_status(db, ticket, "open", by, why="merged")
    lifecycle.changed(db, ticket, "ticket.absorbed", by, source=made.id, why="unsplit")
    return ticket


def undo(db: Session, agent: Agent, number: int) -> Ticket:
    """Take back a merge or a split, whichever it was; the ticket to look at. Raises NotFound, Conflict."""
    kind = db.scalar(sa.select(Undo.kind).where(Undo.id == number))
    if kind not in ("merge", "split"):
        raise NotFound
    return unmerge(db, agent, number) if kind == "merge" else unsplit(db, agent, number)
