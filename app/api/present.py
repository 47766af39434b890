"""Rows as the API shows them. Messages come from the table of messages alone: a note has no way in here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from app.accounts import agents
from app.accounts.models import Team
from app.channels.inboxes import Inbox
from app.channels.outbox import Delivery
from app.customers.models import Company, Customer, Identity
from app.db import Session
from app.tickets.models import Attachment, Message, Tag, Ticket, TicketTag

Shown = dict[str, Any]


def moment(at: datetime | None) -> str | None:
    """2026-01-31T09:00:00.000000Z"""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z") if at else None


def _named(number: int | None, names: Mapping[int, str]) -> Shown | None:
    return {"id": number, "name": names.get(number, "")} if number is not None else None


def _names(db: Session, row: Any, numbers: Iterable[int | None]) -> dict[int, str]:
    wanted = {number for number in numbers if number is not None}
    return dict(db.execute(sa.select(row.id, row.name).where(row.id.in_(wanted))).all()) if wanted else {}


def _inboxes(db: Session) -> dict[int, str]:
    return dict(db.execute(sa.select(Inbox.id, Inbox.public_id)).all())


def inbox(row: Inbox) -> Shown:
    """An inbox, without its settings and secrets."""
    return {"id": row.public_id, "name": row.name, "channel": row.kind, "address": row.address, "active": row.active}


def tickets(db: Session, rows: Sequence[Ticket]) -> list[Shown]:
    """Tickets with the names of who and what they point to: a handful of queries however many there are."""
    customers = _names(db, Customer, (row.requester_id for row in rows))
    teams = _names(db, Team, (row.team_id for row in rows))
    staff, doors, tags = agents.names(db), _inboxes(db), _tags(db, rows)
    return [
        {
            "id": row.id,
            "subject": row.subject,
            "status": row.status,
            "priority": row.priority,
            "channel": row.channel,
            "inbox": doors[row.inbox_id],
            "requester": _named(row.requester_id, customers),
            "assignee": _named(row.assignee_id, staff),
            "team": _named(row.team_id, teams),
            "tags": tags[row.id],
            "fields": row.fields,
            "locale": row.locale,
            "spam": row.spam,
            "merged_into": row.merged_into_id,
            "messages_count": row.messages_count,
            "rating": row.rating,
            **{name: moment(getattr(row, name)) for name in _TICKET_MOMENTS},
        }
        for row in rows
    ]


_TICKET_MOMENTS = ("created_at", "updated_at", "waiting_since", "first_response_at", "solved_at", "closed_at")


def _tags(db: Session, rows: Sequence[Ticket]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = sa.select(TicketTag.ticket_id, Tag.name).join(Tag, Tag.id == TicketTag.tag_id)
    query = query.where(TicketTag.ticket_id.in_([row.id for row in rows])).order_by(Tag.name)
    for ticket, name in db.execute(query) if rows else ():
        found[ticket].append(name)
    return found


def messages(db: Session, rows: Sequence[Message], base_url: str) -> list[Shown]:
    """Messages with their files and what became of them on the way out."""
    numbers = [row.id for row in rows]
    doors, files, deliveries = _inboxes(db), _files(db, numbers), _deliveries(db, numbers)
    return [
        {
            "id": row.id,
            "ticket_id": row.ticket_id,
            "inbox": doors[row.inbox_id],
            "channel": row.channel,
            "direction": row.direction,
            "kind": row.kind,
            "external_id": row.external_id,
            "sender": _sender(row),
            "subject": row.subject,
            "text": "" if row.deleted_at else row.text,
            "attachments": [] if row.deleted_at else [_file(file, base_url) for file in files[row.id]],
            "reply_to": row.reply_to,
            "deleted": row.deleted_at is not None,
            "sent_at": moment(row.sent_at),
            "edited_at": moment(row.edited_at),
            "created_at": moment(row.created_at),
            "delivery": _delivery(deliveries.get(row.id)),
        }
        for row in rows
    ]


def _sender(row: Message) -> Shown:
    number = row.customer_id if row.sender_kind == "customer" else row.agent_id
    return {"kind": row.sender_kind, "id": number, "name": row.sender_name, "external_id": row.sender_address or None}


def _files(db: Session, numbers: Sequence[int]) -> dict[int, list[Attachment]]:
    found: dict[int, list[Attachment]] = defaultdict(list)
    query = sa.select(Attachment).where(Attachment.message_id.in_(numbers)).order_by(Attachment.id)
    for file in db.scalars(query) if numbers else ():
        found[file.message_id or 0].append(file)
    return found


def _file(file: Attachment, base_url: str) -> Shown:
    return {
        "id": file.public_id,
        "filename": file.filename,
        "content_type": file.content_type,
        "size": file.size,
        "inline": file.inline,
        "state": file.state,
        "url": f"{base_url}/api/v1/attachments/{file.public_id}" if file.state == "ready" else None,
    }


def _deliveries(db: Session, numbers: Sequence[int]) -> dict[int, Delivery]:
    query = sa.select(Delivery).where(Delivery.message_id.in_(numbers)).order_by(Delivery.id)
    return {delivery.message_id: delivery for delivery in db.scalars(query)} if numbers else {}


def _delivery(row: Delivery | None) -> Shown | None:
    if row is None:
        return None
    return {"state": row.state, "code": row.code, "reason": row.reason, "sent_at": moment(row.sent_at)}


def customers(db: Session, rows: Sequence[Customer]) -> list[Shown]:
    """Customers with their addresses; what colleagues noted about them stays inside."""
    companies = _names(db, Company, (row.company_id for row in rows))
    identities: dict[int, list[Identity]] = defaultdict(list)
    query = sa.select(Identity).where(Identity.customer_id.in_([row.id for row in rows])).order_by(Identity.id)
    for identity in db.scalars(query) if rows else ():
        identities[identity.customer_id].append(identity)
    return [
        {
            "id": row.id,
            "name": row.name,
            "reading": row.reading,
            "locale": row.locale,
            "time_zone": row.time_zone,
            "company": _named(row.company_id, companies),
            "identities": [_identity(identity) for identity in identities[row.id]],
            "created_at": moment(row.created_at),
        }
        for row in rows
    ]


def _identity(row: Identity) -> Shown:
    return {
        "kind": row.kind,
        "value": row.value,
        "evidence": row.evidence,
        "reachable": row.reachable,
        "verified_at": moment(row.verified_at),
    }
