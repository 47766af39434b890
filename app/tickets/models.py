"""Tickets and what belongs to them. Internal notes are a table of their own: nothing public can select one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app import clock, keys
from app.db import Base

STATUSES = ("new", "open", "waiting_customer", "waiting_other", "solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")


class Ticket(Base):
    """One matter of one customer. `id` is the number that people see.

    `shelf` says where it lies, for quick lists: desk (our move), waiting (somebody else's), asleep (snoozed), done,
    out (spam, merged). `queue_rank`, `queue_at` order a shelf: who waits for us longest comes first, among those
    asleep whoever wakes next. Snoozed without a time is until the customer writes.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        sa.Index("ix_tickets_queue", "shelf", "queue_rank", "queue_at", "id"),
        sa.Index("ix_tickets_queue_assignee", "shelf", "assignee_id", "queue_rank", "queue_at", "id", "team_id"),
        sa.Index("ix_tickets_queue_team", "shelf", "team_id", "queue_rank", "queue_at", "id"),
        sa.Index("ix_tickets_requester", "requester_id", "id"),
        sa.Index("ix_tickets_created_at", "created_at"),
        sa.Index("ix_tickets_updated_at", "updated_at"),
        sa.Index("ix_tickets_solved_at", "solved_at"),
        sa.Index("ix_tickets_first_solved_at", "first_solved_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=keys.public_id)
    subject: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="new")
    priority: Mapped[str] = mapped_column(default="normal")
    requester_id: Mapped[int] = mapped_column(sa.ForeignKey("customers.id", ondelete="RESTRICT"))
    assignee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agents.id", ondelete="SET NULL"))
    team_id: Mapped[int | None] = mapped_column(sa.ForeignKey("teams.id", ondelete="SET NULL"))
    inbox_id: Mapped[int] = mapped_column(sa.ForeignKey("inboxes.id", ondelete="RESTRICT"))
    channel: Mapped[str]
    conversation: Mapped[str | None] = mapped_column(index=True)
    locale: Mapped[str] = mapped_column(default="")
    snippet: Mapped[str] = mapped_column(default="")
    spam: Mapped[bool] = mapped_column(default=False)
    snoozed: Mapped[bool] = mapped_column(default=False)
    snoozed_until: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tickets.id", ondelete="SET NULL"))
    shelf: Mapped[str] = mapped_column(default="desk")
    queue_rank: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    queue_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)
    waiting_since: Mapped[datetime | None]
    first_response_at: Mapped[datetime | None]
    first_response_by_id: Mapped[int | None]
    first_solved_at: Mapped[datetime | None]
    solved_at: Mapped[datetime | None]
    solved_by_id: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    paused_since: Mapped[datetime | None]
    paused_seconds: Mapped[int] = mapped_column(default=0)
    reopened: Mapped[int] = mapped_column(default=0)
    messages_count: Mapped[int] = mapped_column(default=0)
    rating: Mapped[int | None] = mapped_column(sa.SmallInteger)
    reply_context: Mapped[dict[str, Any]] = mapped_column(default=dict)
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Message(Base):
    """What a customer, agent, bot or the system wrote to the other side. Public, on one channel.

    direction: in | out. kind: text, image, sticker … or, from the system, acknowledgement and survey.
    `text` is what was newly written; `full_text` the whole where it differs.
    """

    __tablename__ = "messages"
    __table_args__ = (
        sa.Index("ix_messages_ticket_id_id", "ticket_id", "id"),
        sa.Index("ix_messages_inbox_id_id", "inbox_id", "id"),
        sa.Index("ix_messages_external_id", "external_id", "inbox_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"))
    inbox_id: Mapped[int] = mapped_column(sa.ForeignKey("inboxes.id", ondelete="RESTRICT"))
    channel: Mapped[str]
    direction: Mapped[str]
    kind: Mapped[str] = mapped_column(default="text")
    sender_kind: Mapped[str]  # customer | agent | bot | system
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customers.id", ondelete="RESTRICT"), index=True)
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agents.id", ondelete="SET NULL"))
    sender_name: Mapped[str] = mapped_column(default="")
    sender_address: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str | None]
    reply_to: Mapped[str | None]
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    full_text: Mapped[str] = mapped_column(default="")
    html: Mapped[str | None]
    html_version: Mapped[int] = mapped_column(default=0)
    recipients: Mapped[dict[str, Any]] = mapped_column(default=dict)
    meta: Mapped[dict[str, Any]] = mapped_column(default=dict)
    received_id: Mapped[int | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Note(Base):
    """An internal note: staff only. It has no channel, no recipients, and no Delivery can name it."""

    __tablename__ = "notes"
    __table_args__ = (sa.Index("ix_notes_ticket_id_id", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"))
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agents.id", ondelete="SET NULL"))
    author_name: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Attachment(Base):
    """A file of a message or of a note. state: pending, ready, failed, too_big."""

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=keys.public_id)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    note_id: Mapped[int | None] = mapped_column(sa.ForeignKey("notes.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int] = mapped_column(default=0)
    blob: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="ready")
    fetch: Mapped[str | None]
    error: Mapped[str] = mapped_column(default="")
    inline: Mapped[bool] = mapped_column(default=False)
    content_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class Participant(Base):
    """Somebody besides the requester who belongs to a ticket (was in Cc, or was added).

    `copied`: whether our answers go to them, too, when nothing else is said.
    """

    __tablename__ = "participants"

    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(
        sa.ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    address: Mapped[str] = mapped_column(default="")
    copied: Mapped[bool] = mapped_column(default=True)


class Tag(Base):
    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class TicketTag(Base):
    __tablename__ = "ticket_tags"

    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(sa.ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True)


class TicketLink(Base):
    """Two tickets that belong together, and why."""

    __tablename__ = "ticket_links"

    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(default="related")
    why: Mapped[str] = mapped_column(default="")
