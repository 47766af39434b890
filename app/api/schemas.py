"""The shapes of the API: one dictionary a shape, published as it is and used to check requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.api import cursors, problems
from app.channels.outbox import RANK
from app.customers.identities import EVIDENCE
from app.i18n import LOCALES
from app.tickets.messages import SUBJECT_LENGTH
from app.tickets.models import PRIORITIES, STATUSES
from app.tickets.replies import TEXT_LIMIT

Shape = dict[str, Any]

# ── building blocks ───────────────────────────────────────────────────────────────────────────────────

NO_NUL = r"^[^\u0000]*$"
# Blanks and marks that nobody sees; a text needs one character besides them, and no NUL anywhere.
_UNSEEN = (
    r"\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u180e\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u3000\ufeff\ufff9-\ufffb"
)
SEEN = rf"^[{_UNSEEN}]*[^\u0000{_UNSEEN}][^\u0000]*$"
# What another system calls something of its own: no blanks, no control characters.
FOREIGN_ID = rf"^[^\u0000{_UNSEEN}]+$"
EMAIL = r"^[A-Za-z0-9._%+'&=/~#$*!?^{|}-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,3}$"
BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
CONTENT_TYPE = r"^[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,126}$"
PUBLIC_ID = "^[A-Za-z0-9_-]{22}$"
PERSON = "^(?:none|[1-9][0-9]{0,17})$"
CHANNEL = "^[a-z][a-z0-9_]{0,31}$"

NUMBER: Shape = {"type": "integer", "minimum": 1, "maximum": cursors.LARGEST}
TEXT: Shape = {"type": "string"}
FLAG: Shape = {"type": "boolean"}
COUNT: Shape = {"type": "integer", "minimum": 0}
WHEN: Shape = {"type": "string", "format": "date-time"}


def named(name: str) -> Shape:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(shape: Shape) -> Shape:
    """The shape, or null."""
    if "$ref" in shape:
        return {"anyOf": [shape, {"type": "null"}]}
    return {**shape, "type": [shape["type"], "null"]}


def closed(description: str, optional: tuple[str, ...] = (), /, **properties: Shape) -> Shape:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }


def listed(name: str) -> Shape:
    """One page of a list."""
    cursor = {
        "type": ["string", "null"],
        "pattern": cursors.PATTERN,
        "description": "Send as `cursor`; null at the end.",
    }
    return closed("One page, in the order of the ids.", data={"type": "array", "items": named(name)}, next=cursor)


# ── what is sent ──────────────────────────────────────────────────────────────────────────────────────

_NAME: Shape = {"type": "string", "maxLength": 200, "pattern": NO_NUL}
_LOCALE: Shape = {"type": "string", "enum": list(LOCALES)}
_FOREIGN: Shape = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": FOREIGN_ID}
_TEXT_IN: Shape = {"type": "string", "minLength": 1, "maxLength": TEXT_LIMIT, "pattern": SEEN}
_FILES_IN: Shape = {"type": "array", "minItems": 1, "maxItems": 20, "items": named("NewAttachment")}

REQUESTS: Mapping[str, Shape] = {
    "SenderById": closed(
        "A person by the id that your system knows them by. Ids of two inboxes never mean the same person.",
        ("kind", "name", "locale"),
        kind={"type": "string", "enum": ["rest"]},
        id=_FOREIGN,
        name=_NAME,
        locale=_LOCALE,
    ),
    "SenderByEmail": closed(
        "A person by e-mail address; counts as claimed, not as verified.",
        ("kind", "name", "locale"),
        kind={"type": "string", "enum": ["email"]},
        email={"type": "string", "minLength": 3, "maxLength": 254, "pattern": EMAIL},
        name=_NAME,
        locale=_LOCALE,
    ),
    "NewAttachment": closed(
        "A file, in base64.",
        ("content_type",),
        filename={"type": "string", "minLength": 1, "maxLength": 255, "pattern": SEEN},
        content_type={"type": "string", "maxLength": 191, "pattern": CONTENT_TYPE},
        content={"type": "string", "contentEncoding": "base64", "pattern": BASE64},
    ),
    "NewMessage": {
        **closed(
            "What somebody wrote to you, handed on. Needs text, attachments or both.",
            ("text", "subject", "conversation", "ticket", "external_id", "attachments"),
            sender={"oneOf": [named("SenderById"), named("SenderByEmail")]},
            text=_TEXT_IN,
            subject={"type": "string", "maxLength": SUBJECT_LENGTH, "pattern": NO_NUL},
            conversation={
                **_FOREIGN,
                "description": "Messages of one conversation belong to one ticket until it is closed. "
                "Without it the sender is the conversation.",
            },
            ticket={
                **NUMBER,
                "description": "The ticket that this answers; goes before `conversation`. When the sender does not "
                "belong to it, a new ticket is opened and linked.",
            },
            external_id={**_FOREIGN, "description": "Your id of the message; a second one with it is not taken again."},
            attachments=_FILES_IN,
        ),
        "anyOf": [{"required": ["text"]}, {"required": ["attachments"]}],
    },
    "NewReply": {
        **closed(
            "An answer to the customer, sent on the ticket's channel. Needs text, attachments or both.",
            ("text", "seen", "attachments"),
            text=_TEXT_IN,
            seen={
                **NUMBER,
                "minimum": 0,
                "description": "Id of the newest message you know; 409 when the customer wrote since.",
            },
            attachments=_FILES_IN,
        ),
        "anyOf": [{"required": ["text"]}, {"required": ["attachments"]}],
    },
}

# ── what is answered ──────────────────────────────────────────────────────────────────────────────────

ANSWERS: Mapping[str, Shape] = {
    "Named": closed("Somebody or something by number and name.", id=NUMBER, name=TEXT),
    "Inbox": closed(
        "One account of one channel. `id` is what other calls name it by.",
        id={"type": "string"},
        name=TEXT,
        channel=TEXT,
        address=TEXT,
        active=FLAG,
    ),
    "Ticket": closed(
        "One matter of one customer.",
        id=NUMBER,
        subject=TEXT,
        status={"type": "string", "enum": list(STATUSES)},
        priority={"type": "string", "enum": list(PRIORITIES)},
        channel=TEXT,
        inbox=TEXT,
        requester=named("Named"),
        assignee=maybe(named("Named")),
        team=maybe(named("Named")),
        tags={"type": "array", "items": TEXT},
        fields={
            "type": "object",
            "description": "The desk's own fields by key; those without a value are left out. A day is 2026-11-30.",
            "additionalProperties": {"type": ["string", "number"]},
        },
        locale=TEXT,
        spam=FLAG,
        merged_into=maybe(NUMBER),
        messages_count=COUNT,
        rating=maybe({"type": "integer", "minimum": 1, "maximum": 5}),
        created_at=WHEN,
        updated_at=WHEN,
        waiting_since=maybe(WHEN),
        first_response_at=maybe(WHEN),
        solved_at=maybe(WHEN),
        closed_at=maybe(WHEN),
    ),
    "Attachment": closed(
        "A file of a message. `url` is null until it is ready.",
        id={"type": "string"},
        filename=TEXT,
        content_type=TEXT,
        size=COUNT,
        inline=FLAG,
        state={"type": "string", "enum": ["pending", "ready", "failed", "too_big"]},
        url=maybe(TEXT),
    ),
    "Sender": closed(
        "Who wrote. `id` is a customer's or an agent's number, `external_id` the address on the channel.",
        kind={"type": "string", "enum": ["customer", "agent", "bot", "system"]},
        id=maybe(NUMBER),
        name=TEXT,
        external_id=maybe(TEXT),
    ),
    "Delivery": closed(
        "What became of a message on its way out. `reason`: a sentence in English, then a line in the server's words.",
        state={"type": "string", "enum": sorted(RANK)},
        code=TEXT,
        reason=TEXT,
        sent_at=maybe(WHEN),
    ),
    "Message": closed(
        "What was written between the customer and the desk. Internal notes are not messages.",
        id=NUMBER,
        ticket_id=NUMBER,
        inbox=TEXT,
        channel=TEXT,
        direction={"type": "string", "enum": ["in", "out"]},
        kind=TEXT,
        external_id=maybe(TEXT),
        sender=named("Sender"),
        subject=TEXT,
        text=TEXT,
        attachments={"type": "array", "items": named("Attachment")},
        reply_to=maybe(TEXT),
        deleted=FLAG,
        sent_at=maybe(WHEN),
        edited_at=maybe(WHEN),
        created_at=WHEN,
        delivery=maybe(named("Delivery")),
    ),
    "Identity": closed(
        "One address of a customer, and how well it is known.",
        kind=TEXT,
        value=TEXT,
        evidence={"type": "string", "enum": list(EVIDENCE)},
        reachable=FLAG,
        verified_at=maybe(WHEN),
    ),
    "Customer": closed(
        "The unified record of one person.",
        id=NUMBER,
        name=TEXT,
        reading=TEXT,
        locale=TEXT,
        time_zone=TEXT,
        company=maybe(named("Named")),
        identities={"type": "array", "items": named("Identity")},
        created_at=WHEN,
    ),
    "Taken": closed(
        "What became of a message that was handed on. `received` names it in the ledger of everything that came in.",
        received=NUMBER,
        state={"type": "string", "enum": ["received", "threaded", "opened", "ignored", "quarantined"]},
        why=TEXT,
        ticket_id=maybe(NUMBER),
        message_id=maybe(NUMBER),
    ),
    "Problem": {
        "type": "object",
        "description": "A refusal (RFC 9457), in the language of Accept-Language: English or Japanese.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "enum": [problems.NAMESPACE + kind.name for kind in problems.KINDS]},
            "title": TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": TEXT,
            "errors": {
                "type": "object",
                "description": "One sentence a field, keyed by where it is: `sender.email`.",
                "additionalProperties": TEXT,
            },
        },
    },
    **{f"{name}List": listed(name) for name in ("Ticket", "Message", "Customer", "Inbox")},
}

COMPONENTS: Mapping[str, Shape] = {**REQUESTS, **ANSWERS}
