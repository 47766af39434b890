"""Files of messages and notes: cleaned names, kept by digest, fetched in a job where only a reference came."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app import events, keys, storage
from app.channels import inboxes, registry
from app.channels.types import IncomingFile, SendFailed
from app.db import Session
from app.errors import Invalid, NotFound
from app.jobs import queue
from app.jobs.worker import Retry, Work
from app.tickets import access
from app.tickets.models import Attachment, Message, Ticket

SHOWN_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp")
MAX_FILES = 100
LINK_PURPOSE = "file-link"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sends with a message or note."""

    filename: str
    content_type: str
    content: bytes


def clean_filename(name: str) -> str:
    """A name that is safe on every disk: no path, no control or direction characters, at most 150 long."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    if len(name) > 150:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: 149 - len(ending)]}.{ending}" if dot and len(ending) < 20 else name[:150]
    return name or "file"


def sniff(content: bytes, declared: str) -> str:
    """The type to serve: a picture only when its first bytes say so, else what was declared, made harmless."""
    for start, kind in (
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
    ):
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    declared = declared.split(";")[0].strip().lower()
    if declared in SHOWN_INLINE or not re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+-]+", declared):
        return "application/octet-stream"
    return declared


_TEXTS = ("application/json", "application/xml", "application/x-yaml", "application/yaml", "application/x-log")
_TEXT_ENDINGS = (".txt", ".csv", ".tsv", ".log", ".md", ".json", ".xml", ".yaml", ".yml", ".ini", ".ics", ".vcf")


def shape(content_type: str, filename: str) -> str:
    """How a file that is no picture can be looked at without being run: "pdf", "text", or "" for not at all. HTML and
    SVG are looked at as the text that they are."""
    if content_type == "application/pdf":
        return "pdf"
    known = content_type.startswith("text/") or content_type in _TEXTS or content_type.endswith(("+json", "+xml"))
    return "text" if known or filename.lower().endswith(_TEXT_ENDINGS) else ""


def keep_uploads(db: Session, ticket: Ticket, uploads: Sequence[Upload], **owner: int) -> list[Attachment]:
    """Keep files for a message (message_id=) or note (note_id=). Raises Invalid for too big or too many."""
    _check_size(db, uploads)
    kept = [_keep(db, ticket, u.filename, u.content_type, u.content, **owner) for u in uploads]
    db.flush()
    return kept


def keep_stored(db: Session, ticket: Ticket, files: Iterable[Mapping[str, Any]], **owner: int) -> list[Attachment]:
    """As `keep_uploads`, for files whose contents are kept already: {filename, content_type, size, blob}."""
    kept = [Attachment(ticket_id=ticket.id, **file, **owner) for file in files]
    db.add_all(kept)
    db.flush()
    return kept


def store(db: Session, uploads: Sequence[Upload]) -> list[dict[str, Any]]:
    """Keep the contents of files that belong to no message yet. Raises Invalid for too big or too many."""
    _check_size(db, uploads)
    return [
        {
            "filename": clean_filename(upload.filename),
            "content_type": sniff(upload.content, upload.content_type),
            "size": len(upload.content),
            "blob": storage.blobs(db).put(upload.content),
        }
        for upload in uploads
    ]


def _check_size(db: Session, uploads: Sequence[Upload]) -> None:
    limit = db.settings.upload_max_bytes
    if len(uploads) > MAX_FILES:
        raise Invalid({"files": "These are too many files."})
    if any(len(upload.content) > limit for upload in uploads):
        raise Invalid({"files": "A file may have at most %(megabytes)s MB."}, megabytes=limit // 1_048_576)


def _keep(db: Session, ticket: Ticket, filename: str, content_type: str, content: bytes, **more: Any) -> Attachment:
    attachment = Attachment(
        ticket_id=ticket.id,
        filename=clean_filename(filename),
        content_type=sniff(content, content_type),
        size=len(content),
        blob=storage.blobs(db).put(content),
        **more,
    )
    db.add(attachment)
    return attachment


def keep_incoming(db: Session, ticket: Ticket, message: Message, files: Iterable[IncomingFile]) -> None:
    """Keep what came with a message. A reference is fetched later; a failed fetch never loses the message."""
    for file in list(files)[: db.settings.mail_max_attachments]:
        more: dict[str, Any] = {
            "message_id": message.id,
            "inline": file.inline,
            "content_id": file.content_id,
        }
        if file.content is not None and len(file.content) <= db.settings.upload_max_bytes:
            _keep(db, ticket, file.filename, file.content_type, file.content, **more)
            continue
        pending = Attachment(
            ticket_id=ticket.id,
            filename=clean_filename(file.filename),
            content_type=file.content_type or "application/octet-stream",
            size=file.too_big or len(file.content or b""),
            state="pending" if file.fetch else "too_big",
            fetch=file.fetch,
            **more,
        )
        db.add(pending)
        db.flush()
        if file.fetch:
            queue.enqueue(db, "attachments.fetch", lane="out", attachment_id=pending.id)
    db.flush()


def fetch(work: Work, attachment_id: int) -> None:
    """Job: get a file from its channel."""
    with work.database.read() as db:
        attachment = db.get(Attachment, attachment_id)
        if attachment is None or attachment.state != "pending" or not attachment.fetch:
            return
        message = db.get_one(Message, attachment.message_id)
        inbox, reference = inboxes.info_of(db, message.inbox_id), attachment.fetch
    try:
        content = registry.channel(work.database, inbox.kind).fetch(inbox, reference)
    except SendFailed as error:
        if not error.permanent and work.job.attempts < 8:
            raise Retry(str(error), error.retry_at) from error
        _fetched(work, attachment_id, None, "too_big" if error.code == "too_big" else "failed", error.reason)
        return
    limit = work.database.settings.upload_max_bytes
    _fetched(work, attachment_id, content, "too_big" if len(content) > limit else "ready", "")


def _fetched(work: Work, attachment_id: int, content: bytes | None, state: str, error: str) -> None:
    with work.finishing() as db:
        attachment = db.get_one(Attachment, attachment_id)
        attachment.state, attachment.error = state, error[:500]
        if content is not None:
            attachment.size = len(content)
            attachment.content_type = sniff(content, attachment.content_type)
            if state == "ready":
                attachment.blob = storage.blobs(db).put(content)
        ticket = db.get_one(Ticket, attachment.ticket_id)
        db.flush()
        topics = access.topics(ticket)
        events.record(db, "attachment.fetched", ticket_id=ticket.id, topics=topics, attachment=attachment.id)


def by_public_id(db: Session, public_id: str) -> Attachment:
    """Raises NotFound. Whether the reader may see its ticket is asked separately."""
    attachment = db.scalar(sa.select(Attachment).where(Attachment.public_id == public_id))
    if attachment is None:
        raise NotFound
    return attachment


def shared_link(db: Session, attachment: Attachment) -> str:
    """An address that whoever holds it may open: what a channel sends that cannot carry files itself."""
    tag = keys.keys(db).mac(LINK_PURPOSE, attachment.public_id)
    return f"{db.settings.base_url}/files/{attachment.public_id}/{tag}"


def by_shared_link(db: Session, public_id: str, tag: str) -> Attachment:
    """The file of a message that a shared link names. Raises NotFound; a note's file has no such link."""
    if not keys.keys(db).is_mac(LINK_PURPOSE, public_id, tag):
        raise NotFound
    attachment = by_public_id(db, public_id)
    if attachment.message_id is None or attachment.state != "ready" or not attachment.blob:
        raise NotFound
    return attachment


def as_outgoing(db: Session, attachment: Attachment) -> dict[str, Any]:
    """What the outbox keeps of a file."""
    return {
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "blob": attachment.blob,
        "link": shared_link(db, attachment),
    }
