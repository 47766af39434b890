"""Visitors of the widget: whoever holds a token that their browser made. Only its digest is known here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app import events, i18n, keys
from app.channels import inboxes
from app.channels.chat.channel import topic
from app.channels.inboxes import Inbox
from app.customers import identities
from app.customers.models import Customer, Identity
from app.db import Database, Session
from app.errors import NotFound, SignInRequired
from app.events import Event
from app.tickets import access
from app.tickets.models import Message, Ticket
from app.web import Page

SCHEME = "Visitor "  # Authorization: Visitor <token>
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits, base64url
TICKETS = 5  # conversations of one visitor that are shown, the newest


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser in the chat of one inbox."""

    inbox: Inbox
    digest: str

    @property
    def conversation(self) -> str:
        return f"{self.inbox.id}:{self.digest}"


def hosted(page: Page) -> None:
    """Access rule: everybody; `page.who` is the chat inbox that the address names. The language is asked for."""
    page.who = inboxes.by_public_id(page.db, "chat", page.path("inbox"))
    header = page.request.headers.get("accept-language", "")
    wanted = page.query("lang")
    default = page.who.locale or page.settings.locale
    i18n.speak(wanted if wanted in i18n.LOCALES else i18n.from_header(header, default), page.settings.time_zone)


def visitors(page: Page) -> None:
    """Access rule: a visitor of this chat, by their token. They see what they wrote and what was answered."""
    hosted(page)
    digest = digest_of(page.request.headers.get("authorization", "").removeprefix(SCHEME))
    if digest is None:
        raise SignInRequired
    page.who = Visitor(page.who, digest)


def digest_of(token: object) -> str | None:
    """What is known of a token; None when it is none."""
    return keys.digest(token) if isinstance(token, str) and _TOKEN.fullmatch(token) else None


def admit(database: Database, cookies: Mapping[str, str], auth: Mapping[str, Any]) -> Sequence[str] | None:
    """What a visitor's socket may listen to: their own conversation."""
    digest, inbox = digest_of(auth.get("visitor")), auth.get("inbox")
    if digest is None or not isinstance(inbox, str):
        return None
    with database.read() as db:
        try:
            inboxes.by_public_id(db, "chat", inbox)
        except NotFound:
            return None
    return [topic(digest)]


def tickets(db: Session, visitor: Visitor) -> Sequence[Ticket]:
    """The visitor's newest conversations, oldest first."""
    query = sa.select(Ticket).where(Ticket.conversation == visitor.conversation)
    return list(reversed(db.scalars(query.order_by(Ticket.id.desc()).limit(TICKETS)).all()))


def known(db: Session, visitor: Visitor) -> Customer | None:
    """Who the visitor is, once they have written."""
    identity = identities.find(db, "visitor", visitor.digest)
    return db.get(Customer, identity.customer_id) if identity else None


def address(db: Session, customer_id: int) -> str:
    """The mail address that a customer can be answered at; "" when there is none. Proven ones come first."""
    query = sa.select(Identity.value).where(Identity.customer_id == customer_id, Identity.kind == "email")
    proven = sa.case((Identity.evidence == "verified", 0), (Identity.scope == "", 1), else_=2)
    return db.scalar(query.order_by(proven, Identity.id.desc()).limit(1)) or ""


def introduce(db: Session, visitor: Visitor, name: str, mail: str) -> None:
    """The visitor says who they are. Nothing of it is proven.

    The claim is kept under a scope of its own, which is good for answering and for nothing else: whoever really has
    the address stays, or becomes, a person of their own. Nobody becomes another person by naming their address.
    """
    customer = identities.resolve(db, "visitor", visitor.digest, name=name, evidence="platform", locale=i18n.locale())
    if mail and not address(db, customer.id):
        identities.add(db, customer, "email", mail, scope=f"claimed-by-{customer.id}", display=name)
    nameless = sa.update(Message).where(Message.customer_id == customer.id, Message.sender_name == "")
    db.execute(nameless.values(sender_name=customer.name))
    for ticket in tickets(db, visitor):
        topics = access.topics(ticket)
        events.record(db, "customer.changed", ticket_id=ticket.id, customer_id=customer.id, topics=topics)


def tell(db: Session, event: Event) -> None:
    """Reaction: something in a chat changed that its visitor should see; their browsers look again."""
    ticket = db.get(Ticket, event.ticket_id)
    if ticket is None or ticket.channel != "chat" or not ticket.conversation:
        return
    topics = [topic(ticket.conversation.partition(":")[2])]
    signal = db.house["signal"]
    db.after_commit(lambda: signal("chat", {}, topics))
