"""Blocked senders: mail of an address, or of a whole domain, opens no conversation but goes among the spam.

Nothing is thrown away: what arrives is kept as a ticket that says why it is there, and can be taken back.
"""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa

from app import clock, events
from app.accounts.models import Agent
from app.channels.inboxes import Inbox
from app.customers.models import Identity
from app.db import Session
from app.errors import Conflict, Invalid, NotFound
from app.events import Actor
from app.i18n import N_
from app.text import plain
from app.tickets.carried import Block
from app.tickets.models import Message, Ticket

CODE = "sender_blocked"
TOPIC = "admin"
MOST = 1000
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
# Providers whose addresses belong to everybody: one rude sender must not shut out all of them.
# fmt: off
PUBLIC = frozenset(
    {
        "gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.jp", "ymail.ne.jp", "outlook.com", "outlook.jp",
        "hotmail.com", "hotmail.co.jp", "live.com", "live.jp", "msn.com", "icloud.com", "me.com", "mac.com",
        "aol.com", "gmx.net", "gmx.de", "web.de", "mail.com", "proton.me", "protonmail.com", "docomo.ne.jp",
        "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "ybb.ne.jp", "nifty.com", "biglobe.ne.jp",
        "ocn.ne.jp", "so-net.ne.jp", "qq.com", "163.com", "126.com", "naver.com", "yandex.com",
    }
)
# fmt: on


def block(db: Session, kind: str, value: str, why: str, by: Actor) -> Block:
    """Block an address or a domain; one that is blocked already stays so. Raises Invalid, Conflict."""
    value = plain.nfc(value).strip().casefold().removeprefix("@" if kind == "domain" else "")
    why = " ".join(plain.strip_controls(why).split())
    if faults := _faults(db, kind, value, why):
        raise Invalid(faults)
    known = db.scalar(sa.select(Block).where(Block.kind == kind, Block.value == value))
    if known is not None:
        return known
    if (db.scalar(sa.select(sa.func.count()).select_from(Block)) or 0) >= MOST:
        raise Conflict("At most 1000 senders can be blocked. Take one off first.")
    made = Block(kind=kind, value=value, why=why, made_by_id=by.id, made_at=clock.now())
    db.add(made)
    db.flush()
    events.record(db, "sender.blocked", by=by, topics=[TOPIC], block=made.id, name=value, sort=kind, why=why)
    return made


def _faults(db: Session, kind: str, value: str, why: str) -> dict[str, str]:
    if kind not in ("address", "domain"):
        return {"kind": N_("Choose one of these.")}
    if len(why) > 200:
        return {"why": N_("A reason has at most 200 characters.")}
    if not (_ADDRESS if kind == "address" else _DOMAIN).fullmatch(value):
        return {"value": N_("This is not an e-mail address.") if kind == "address" else N_("This is not a domain.")}
    if kind == "domain" and value in PUBLIC:
        return {"value": N_("This domain belongs to a mail provider for everybody. Block single addresses of it.")}
    own = db.scalars(sa.union_all(sa.select(Inbox.address).where(Inbox.kind == "email"), sa.select(Agent.email))).all()
    domain = value if kind == "domain" else None
    if any(address.lower() == value or (domain and address.lower().endswith(f"@{domain}")) for address in own):
        return {"value": N_("This is an address of the desk itself.")}
    return {}


def unblock(db: Session, number: int, by: Actor) -> Block:
    """Take a block off; what it was. What came meanwhile stays among the spam. Raises NotFound."""
    found = db.get(Block, number)
    if found is None:
        raise NotFound
    db.delete(found)
    events.record(
        db, "sender.unblocked", by=by, topics=[TOPIC], block=number, name=found.value, sort=found.kind, why=found.why
    )
    return found


def blocked(db: Session, address: str) -> bool:
    """Whether mail of this address goes among the spam."""
    address = address.casefold()
    parts = address.rpartition("@")[2].split(".")
    domains = [".".join(parts[n:]) for n in range(min(len(parts), 8))]
    return db.scalar(_BLOCKED, {"address": address, "domains": domains}) is not None


_BLOCKED = (
    sa.select(Block.id)
    .where(
        sa.or_(
            sa.and_(Block.kind == "address", Block.value == sa.bindparam("address")),
            sa.and_(Block.kind == "domain", Block.value.in_(sa.bindparam("domains", expanding=True))),
        )
    )
    .limit(1)
)


def every(db: Session) -> list[tuple[Block, int, datetime | None]]:
    """(block, how many tickets it caught, when the last came), the newest block first."""
    found = db.scalars(sa.select(Block).order_by(Block.id.desc()).limit(MOST)).all()
    return [(one, *_caught(db, one)) for one in found[:100]] + [(one, 0, None) for one in found[100:]]


def _caught(db: Session, one: Block) -> tuple[int, datetime | None]:
    mail = Identity.value == one.value if one.kind == "address" else Identity.value.endswith(f"@{one.value}")
    who = sa.select(Identity.customer_id).where(Identity.kind == "email", mail)
    query = sa.select(sa.func.count(), sa.func.max(Ticket.created_at)).where(
        Ticket.requester_id.in_(who), Ticket.spam.is_(True), Ticket.created_at >= one.made_at
    )
    count, last = db.execute(query).one()
    return count, last


def sender(db: Session, ticket: Ticket) -> str:
    """The mail address that the customer of a ticket wrote from last, "" when they did not write by mail."""
    query = sa.select(Message.sender_address).where(
        Message.ticket_id == ticket.id, Message.direction == "in", Message.channel.in_(("email", "form"))
    )
    return db.scalar(query.order_by(Message.id.desc()).limit(1)) or ""
