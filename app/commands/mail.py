"""Mail from files, and stored messages as lines."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import main, migrate
from app.channels import outbox
from app.channels.email import arriving, describe
from app.channels.email.sandbox import MailReader, ReaderLimits
from app.channels.email.types import ParsedMail, Unreadable
from app.channels.inboxes import Inbox
from app.db import Database, Session
from app.errors import NotFound
from app.settings import Settings
from app.tickets import intake
from app.tickets.models import Attachment, Message

BATCH = 200


def ingest(given: argparse.Namespace) -> int:
    """Take mails in, or only read them."""
    if given.dry_run:
        return _dry_run(given)
    house = main.build(given.settings)
    status = 0
    for name, raw, fault in _read(given.files):
        if raw is None:
            print(f"{name}: {fault}", file=sys.stderr)
            status = 1
            continue
        status = max(status, _take(house, name, raw, given))
    house.close()
    return status


def _take(house: main.House, name: str, raw: bytes, given: argparse.Namespace) -> int:
    with house.database.read() as db:
        inbox_id = _inbox(db, given.inbox, raw)
    received = intake.accept_and_take(house.database, inbox_id, arriving.incoming(raw, {"by": "ingest"}))
    if given.json:
        found = {"file": name, "received": received.id, "state": received.state, "why": received.why}
        print(json.dumps({**found, "ticket": received.ticket_id, "message": received.message_id}, ensure_ascii=False))
    else:
        ticket = f"ticket #{received.ticket_id}" if received.ticket_id else "no ticket"
        print(f"{name}\t{ticket}\t{received.state}\t{received.why}")
    return 1 if received.state == "quarantined" else 0


def _inbox(db: Session, address: str | None, raw: bytes) -> int:
    query = sa.select(Inbox).where(Inbox.kind == "email", Inbox.active).order_by(Inbox.id)
    known = {inbox.address: inbox.id for inbox in db.scalars(query)}
    if address is not None:
        if address.strip().lower() not in known:
            raise NotFound("There is no mail inbox with this address; `madoguchi inbox list` shows them.")
        return known[address.strip().lower()]
    if not known:
        raise NotFound("This desk has no mail inbox yet; add one with `madoguchi inbox add email ADDRESS`.")
    head = raw[:65536].partition(b"\n\n")[0].lower().decode("latin-1")
    return next((number for wanted, number in known.items() if wanted in head), next(iter(known.values())))


def _dry_run(given: argparse.Namespace) -> int:
    reader = MailReader(reader_limits(given.settings))
    status = 0
    try:
        for name, raw, fault in _read(given.files):
            mail: ParsedMail | None = None
            if raw is not None:
                try:
                    mail = reader.read(raw)
                except Unreadable as error:
                    fault = str(error)
            status = status if mail else 1
            print(_line(name, mail, fault, given.json), flush=True)
    finally:
        reader.close()
    return status


def _line(name: str, mail: ParsedMail | None, fault: str | None, as_json: bool) -> str:
    if as_json:
        return json.dumps(describe.to_json(name, mail, fault), ensure_ascii=False)
    if mail is None:
        return f"{name}\tunreadable\t{fault}"
    return f"{name}\t{mail.sender.address if mail.sender else ''}\t{mail.subject}"


def reader_limits(settings: Settings) -> ReaderLimits:
    """What one mail may cost, from the settings."""
    return ReaderLimits(cpu_seconds=settings.mail_parse_seconds)


def _read(files: Sequence[str]) -> Iterator[tuple[str, bytes | None, str | None]]:
    """(name, content, fault) of each file; - is standard input."""
    for name in files or ["-"]:
        if name == "-":
            yield "-", sys.stdin.buffer.read(), None
            continue
        try:
            yield name, Path(name).read_bytes(), None
        except OSError as error:
            yield name, None, f"cannot be read: {error.strerror}"


def messages(given: argparse.Namespace) -> int:
    """Print stored messages, oldest first."""
    with migrate.require(Database(given.settings)).read() as db:
        for batch in _batches(db, given.inbox, given.ticket):
            for row in _described(db, batch):
                if given.json:
                    print(json.dumps(row, ensure_ascii=False))
                else:
                    who = row["sender"]["name"] or row["sender"]["kind"]
                    text = " ".join(row["text"].split())[:80]
                    print(f"{row['id']}\t#{row['ticket_id']}\t{row['direction']}\t{who}\t{text}")
    return 0


def _batches(db: Session, inbox: int | None, ticket: int | None) -> Iterator[Sequence[Message]]:
    last = 0
    while True:
        query = sa.select(Message).where(Message.id > last).order_by(Message.id).limit(BATCH)
        if inbox is not None:
            query = query.where(Message.inbox_id == inbox)
        if ticket is not None:
            query = query.where(Message.ticket_id == ticket)
        found = db.scalars(query).all()
        if not found:
            return
        yield found
        last = found[-1].id
        db.expunge_all()


def _described(db: Session, found: Sequence[Message]) -> list[dict[str, Any]]:
    ids = [message.id for message in found]
    files: dict[int, list[dict[str, Any]]] = {}
    for a in db.scalars(sa.select(Attachment).where(Attachment.message_id.in_(ids)).order_by(Attachment.id)):
        row = {"filename": a.filename, "content_type": a.content_type, "size": a.size}
        files.setdefault(a.message_id or 0, []).append({**row, "inline": a.inline, "state": a.state, "sha256": a.blob})
    query = sa.select(outbox.Delivery).where(outbox.Delivery.message_id.in_(ids)).order_by(outbox.Delivery.id)
    deliveries = {d.message_id: d for d in db.scalars(query)}
    return [_message(m, files.get(m.id, []), deliveries.get(m.id)) for m in found]


def _message(m: Message, files: list[dict[str, Any]], delivery: outbox.Delivery | None) -> dict[str, Any]:
    return {
        "id": m.id,
        "ticket_id": m.ticket_id,
        "inbox": m.inbox_id,
        "channel": m.channel,
        "direction": m.direction,
        "external_id": m.external_id,
        "sender": {"kind": m.sender_kind, "name": m.sender_name, "external_id": m.sender_address or None},
        "subject": m.subject,
        "text": m.text,
        "kind": m.kind,
        "attachments": files,
        "reply_to": m.reply_to,
        "deleted": m.deleted_at is not None,
        "created_at": m.created_at.isoformat(),
        "delivery": _delivery(delivery) if delivery else None,
    }


def _delivery(delivery: outbox.Delivery) -> dict[str, Any]:
    return {
        "state": delivery.state,
        "attempts": delivery.attempts,
        "external_id": delivery.external_id,
        "code": delivery.code,
        "reason": delivery.reason,
        "retry_at": delivery.retry_at.isoformat() if delivery.retry_at else None,
        "sent_at": delivery.sent_at.isoformat() if delivery.sent_at else None,
    }
