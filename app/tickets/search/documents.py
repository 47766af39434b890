"""What a message or a note is found by: its own words, the subject, who wrote it, whose ticket it is, its files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from app.customers.models import Customer, Identity
from app.db import Session
from app.text.romaji import key
from app.text.tokens import stored, tokens
from app.tickets.models import Attachment, Message, Note, Ticket
from app.tickets.search.index import MESSAGE, NOTE

BREAK = "\u2016"  # stands between fields, so that no phrase runs across
SOUND = "\u02b3"  # before a name as it sounds
FROM = "\u1da0"  # before what names the author
MOST = 8000  # terms of one document; a longer text becomes several (PostgreSQL counts places to 16,383)
ADDRESSES = ("email", "phone")

Ref = tuple[int, int]


@dataclass(slots=True)
class Source:
    """A message or note as it is to be found."""

    kind: int
    ref: int
    ticket_id: int
    at: datetime
    text: str
    subjects: list[str]
    author: list[str]
    others: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def load(db: Session, refs: Iterable[Ref]) -> list[Source]:
    """What there is of these, in the order of time. Deleted ones and the desk's own automatic mails are left out."""
    wanted = set(refs)
    messages = [ref for kind, ref in wanted if kind == MESSAGE]
    notes = [ref for kind, ref in wanted if kind == NOTE]
    rows = [*(db.execute(_MESSAGES, {"refs": messages}) if messages else ())]
    rows += [*(db.execute(_NOTES, {"refs": notes}) if notes else ())]
    people = _people(db, {number for row in rows for number in (row.requester_id, row.customer_id) if number})
    files = _files(db, messages, notes)
    found = []
    for row in rows:
        own = people.get(row.customer_id, []) if row.customer_id else []
        others = people.get(row.requester_id, []) if row.requester_id != row.customer_id else []
        author = [row.sender_name, row.sender_address, *own]
        subjects = list(dict.fromkeys([row.ticket_subject, _bare(row.subject)]))
        found.append(Source(row.kind, row.id, row.ticket_id, row.created_at, row.text, subjects, author, others))
        found[-1].files = files.get((row.kind, row.id), [])
    return sorted(found, key=lambda source: (source.at, source.kind, source.ref))


_MESSAGES: Any = (
    sa.select(
        sa.literal_column("0").label("kind"),
        Message.id,
        Message.ticket_id,
        Message.created_at,
        Message.text,
        Message.subject,
        Message.sender_name,
        Message.sender_address,
        Message.customer_id,
        Ticket.subject.label("ticket_subject"),
        Ticket.requester_id,
    )
    .join(Ticket, Ticket.id == Message.ticket_id)
    .where(
        Message.id.in_(sa.bindparam("refs", expanding=True)),
        Message.deleted_at.is_(None),
        Message.sender_kind != "system",
    )
)
_NOTES: Any = (
    sa.select(
        sa.literal_column("1").label("kind"),
        Note.id,
        Note.ticket_id,
        Note.created_at,
        Note.text,
        sa.literal_column("''").label("subject"),
        Note.author_name.label("sender_name"),
        sa.literal_column("''").label("sender_address"),
        sa.null().label("customer_id"),
        Ticket.subject.label("ticket_subject"),
        Ticket.requester_id,
    )
    .join(Ticket, Ticket.id == Note.ticket_id)
    .where(Note.id.in_(sa.bindparam("refs", expanding=True)))
)


def _people(db: Session, numbers: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {number: [] for number in numbers}
    if not numbers:
        return found
    for number, name, reading in db.execute(
        sa.select(Customer.id, Customer.name, Customer.reading).where(Customer.id.in_(numbers))
    ):
        found[number] += [name, reading]
    query = sa.select(Identity.customer_id, Identity.kind, Identity.value, Identity.display)
    for number, kind, value, display in db.execute(
        query.where(Identity.customer_id.in_(numbers)).order_by(Identity.id)
    ):
        found[number] += [value, display] if kind in ADDRESSES else [display]
    return {number: list(dict.fromkeys(filter(None, said))) for number, said in found.items()}


def _files(db: Session, messages: Sequence[int], notes: Sequence[int]) -> dict[Ref, list[str]]:
    found: dict[Ref, list[str]] = {}
    for kind, column, those in ((MESSAGE, Attachment.message_id, messages), (NOTE, Attachment.note_id, notes)):
        if those:
            query = sa.select(column, Attachment.filename).where(column.in_(those)).order_by(Attachment.id)
            for ref, name in db.execute(query):
                found.setdefault((kind, ref or 0), []).append(name)
    return found


_ANSWER = re.compile(r"^\s*((re|fw|fwd|aw|sv|返信|転送)\s*[:：]\s*)+", re.IGNORECASE)


def _bare(subject: str) -> str:
    return _ANSWER.sub("", subject)


# ── terms ─────────────────────────────────────────────────────────────────────────────────────────────


def rows(source: Source) -> list[dict[str, Any]]:
    """The documents of a source: {ticket_id, kind, ref, at, terms}; several when the text is very long."""
    head = list(_fields([*source.subjects, *source.files]))
    names = list(dict.fromkeys(filter(None, [*source.author, *source.others])))
    head += _fields(names) + _sounds(names)
    head += [term for name in dict.fromkeys(filter(None, source.author)) for term in author_terms(name)]
    body = stored(source.text)
    shared = {"ticket_id": source.ticket_id, "kind": source.kind, "ref": source.ref, "at": source.at}
    parts = range(0, max(1, len(body)), MOST)
    return [{**shared, "terms": [*head[:MOST], BREAK, *body[at : at + MOST]]} for at in parts]


@lru_cache(maxsize=2048)  # the same names stand on message after message
def _named(text: str) -> tuple[str, ...]:
    return (*stored(text), BREAK)


def _fields(texts: Iterable[str]) -> list[str]:
    return [term for text in texts if text for term in _named(text)]


def _sounds(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(SOUND + sound for name in names for sound in sounds(name)))


def author_terms(name: str) -> list[str]:
    """The terms under which the author of a text is kept, and asked for."""
    return [*(FROM + term for term in _named(name)), *(FROM + SOUND + sound for sound in sounds(name))]


@lru_cache(maxsize=4096)
def sounds(name: str) -> tuple[str, ...]:
    """The parts of a name as they sound, of those that are written in kana or could be."""
    if "@" in name:
        return ()
    parts = re.split(r"[\s\u30fb.,()（）-]+", unicodedata.normalize("NFKC", name))
    return tuple(dict.fromkeys(sound for part in parts if len(part) > 1 and (sound := key(part))))


_SPOKEN = re.compile(r"[^\W\d_]{4,24}")
_KATAKANA = re.compile(r"[\u30a1-\u30ffー]{3,24}")


def spoken(source: Source) -> set[str]:
    """Words that somebody may misspell: Latin ones, and runs of katakana."""
    texts = [source.text[:20_000], *source.subjects, *source.author]
    found: set[str] = set()
    for text in texts:
        plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
        found.update(word for word in tokens(" ".join(_SPOKEN.findall(plain))) if word[0] < "\u0250" and len(word) > 3)
        found.update(_KATAKANA.findall(plain) if plain is not text or not text.isascii() else ())
    return found
