"""Calls that read: every query passes the gate `access.visible_to` for the agent that the token acts as."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from starlette.responses import Response

from app import storage
from app.accounts.models import Agent
from app.api import checking, cursors, present
from app.api.calls import Call, answer
from app.channels import inboxes
from app.channels.inboxes import Inbox
from app.customers import identities
from app.customers.models import Customer, Identity
from app.db import Session
from app.errors import Conflict, NotFound
from app.i18n import N_
from app.tickets import access, attachments, forwarding
from app.tickets.models import Message, Participant, Ticket

PAGE = 50


def _limit(call: Call) -> int:
    return int(call.values.get("limit", PAGE))


def list_inboxes(call: Call) -> Response:
    """The inboxes whose new tickets the agent would see."""
    with call.database.read() as db:
        rooms = set(access.rooms(db, call.agent))
        found = [present.inbox(row) for row in inboxes.every(db) if room_of(row) in rooms]
    return answer({"data": found, "next": None})


def room_of(inbox: Inbox) -> str:
    """The screen on which new tickets of an inbox appear."""
    return f"team-{inbox.team_id}" if inbox.team_id else "desk"


def list_tickets(call: Call) -> Response:
    """Tickets by filter, in the order of their numbers."""
    with call.database.read() as db:
        query = sa.select(Ticket).where(access.visible_to(call.agent), *_ticket_filters(call))
        rows, after = cursors.page(db, query, Ticket.id, call.values.get("cursor"), _limit(call))
        return answer({"data": present.tickets(db, rows), "next": after})


def _ticket_filters(call: Call) -> list[sa.ColumnElement[bool]]:
    values = call.values
    columns: dict[str, Any] = {"status": Ticket.status, "channel": Ticket.channel, "requester": Ticket.requester_id}
    found = [column == values[name] for name, column in columns.items() if name in values]
    people: dict[str, Any] = {"assignee": Ticket.assignee_id, "team": Ticket.team_id}
    for name, column in people.items():
        if name in values:
            found.append(column.is_(None) if values[name] == "none" else column == int(values[name]))
    if "updated_after" in values:
        found.append(Ticket.updated_at > checking.moment(values["updated_after"]))
    return found


def show_ticket(call: Call) -> Response:
    """One ticket."""
    with call.database.read() as db:
        found = access.ticket(db, call.agent, call.values["ticket_id"])
        return answer(present.tickets(db, [found])[0])


def list_ticket_messages(call: Call) -> Response:
    """The messages of one ticket."""
    with call.database.read() as db:
        ticket = access.ticket(db, call.agent, call.values["ticket_id"])
        return _message_page(db, call, sa.select(Message).where(Message.ticket_id == ticket.id))


def list_messages(call: Call) -> Response:
    """Messages of all tickets that the agent may see."""
    query = sa.select(Message).join(Ticket, Ticket.id == Message.ticket_id).where(access.visible_to(call.agent))
    with call.database.read() as db:
        if "ticket" in call.values:
            query = query.where(Message.ticket_id == call.values["ticket"])
        if "inbox" in call.values:
            inbox = db.scalar(sa.select(Inbox.id).where(Inbox.public_id == call.values["inbox"]))
            query = query.where(Message.inbox_id == (inbox or 0))
        return _message_page(db, call, query)


def _message_page(db: Session, call: Call, query: sa.Select[Any]) -> Response:
    query = query.where(Message.id > call.values.get("after", 0), Message.kind != forwarding.KIND)
    rows, after = cursors.page(db, query, Message.id, call.values.get("cursor"), _limit(call))
    return answer({"data": present.messages(db, rows, call.base_url), "next": after})


def known_to(agent: Agent) -> sa.ColumnElement[bool]:
    """A condition on Customer: the owner and admins know all, others those who are on a ticket that they may see."""
    if agent.role in ("owner", "admin"):
        return sa.true()
    asked = sa.exists().where(Ticket.requester_id == Customer.id, access.visible_to(agent))
    on_ticket = sa.exists().where(
        Participant.customer_id == Customer.id, Ticket.id == Participant.ticket_id, access.visible_to(agent)
    )
    return sa.or_(asked, on_ticket)


def list_customers(call: Call) -> Response:
    """Customers, or the one with an e-mail address."""
    query = sa.select(Customer).where(known_to(call.agent))
    if "email" in call.values:
        value = identities.normal("email", call.values["email"])
        having = sa.select(Identity.customer_id).where(Identity.kind == "email", Identity.value == value)
        query = query.where(Customer.id.in_(having))
    with call.database.read() as db:
        rows, after = cursors.page(db, query, Customer.id, call.values.get("cursor"), _limit(call))
        return answer({"data": present.customers(db, rows), "next": after})


def show_customer(call: Call) -> Response:
    """One customer."""
    with call.database.read() as db:
        query = sa.select(Customer).where(Customer.id == call.values["customer_id"], known_to(call.agent))
        found = db.scalar(query)
        if found is None:
            raise NotFound
        return answer(present.customers(db, [found])[0])


def download(call: Call) -> Response:
    """The bytes of a message's file, in a form that no browser shows or runs. Files of notes do not exist here."""
    with call.database.read() as db:
        file = attachments.by_public_id(db, call.values["attachment_id"])
        access.ticket(db, call.agent, file.ticket_id)
        message = db.get(Message, file.message_id) if file.message_id else None
        if message is None or message.deleted_at:
            raise NotFound
        if file.state == "pending":
            raise Conflict(N_("This file is still being fetched."))
        content = storage.blobs(db).get(file.blob or "")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    return Response(content, 200, headers, "application/octet-stream")
