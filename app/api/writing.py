"""Calls that write: a message handed on to a REST inbox, and an agent's reply. Each does its work once a key."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from app.accounts.models import Agent
from app.api import idempotency, present
from app.api.calls import Call, answer
from app.api.idempotency import Claim, Replay
from app.api.reading import room_of
from app.channels import inboxes
from app.channels.inboxes import Inbox
from app.channels.ledger import Received
from app.channels.types import Incoming
from app.db import Session
from app.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from app.i18n import N_
from app.i18n import gettext as _
from app.tickets import access, intake, replies
from app.tickets.attachments import Upload

REPLAYED = {"Idempotency-Replayed": "true"}


def _print(call: Call) -> str:
    return idempotency.fingerprint(call.method, call.path, call.body)


def _replayed(found: Replay) -> Response:
    return answer(found.answer, found.status, REPLAYED)


def _contents(call: Call) -> list[bytes]:
    """The files of the body, decoded. Raises Invalid for one over the desk's limit."""
    limit = call.database.settings.upload_max_bytes
    sent: Sequence[Mapping[str, Any]] = call.body.get("attachments", ())
    found = [base64.b64decode(file["content"]) for file in sent]
    said = _("A file may have at most %(megabytes)s MB.") % {"megabytes": limit // 1_048_576}
    faults = {f"attachments[{n}].content": said for n, content in enumerate(found) if len(content) > limit}
    if faults:
        raise Invalid(faults)
    return found


# ── an agent's reply ──────────────────────────────────────────────────────────────────────────────────


def reply(call: Call) -> Response:
    """Answer the customer as the token's agent. The reply and its answer here are kept in one transaction."""
    files = call.body.get("attachments", ())
    uploads = [
        Upload(file["filename"], file.get("content_type", ""), content)
        for file, content in zip(files, _contents(call), strict=True)
    ]
    with call.database.transaction() as db:
        found = idempotency.begin(db, call.token.id, call.key, _print(call))
        if isinstance(found, Replay):
            return _replayed(found)
        access.writable(db, call.agent, call.values["ticket_id"])
    try:
        with call.database.transaction() as db:
            shown = _reply(db, call, uploads)
            idempotency.keep(db, found, 201, shown)
    except BaseException:
        with call.database.transaction() as db:
            idempotency.forget(db, found)
        raise
    return answer(shown, 201)


def _reply(db: Session, call: Call, uploads: Sequence[Upload]) -> dict[str, Any]:
    ticket = access.writable(db, call.agent, call.values["ticket_id"])
    agent = db.get_one(Agent, call.agent.id)
    text = call.body.get("text", "")
    message = replies.reply(db, ticket, agent, text, uploads=uploads, seen=call.body.get("seen"))
    db.flush()
    return present.messages(db, [message], call.base_url)[0]


# ── a message handed on ───────────────────────────────────────────────────────────────────────────────


def hand_on(call: Call) -> Response:
    """Take what somebody wrote: stored and committed first, then read at once.

    The ledger knows it by the nonce of its key, so that a repeated request goes on where the last one broke off.
    """
    _contents(call)  # refused here, not kept as a file that is too big
    with call.database.transaction() as db:
        found = idempotency.begin(db, call.token.id, call.key, _print(call))
        if isinstance(found, Replay):
            return _replayed(found)
        inbox = _inbox(db, call)
        _ticket(db, call, inbox)
    item = Incoming(
        dedupe_key=f"api:{found.nonce}",
        raw=call.raw,
        external_id=call.body.get("external_id"),
        envelope={"token": call.token.id, "agent": call.agent.id},
    )
    try:
        received = intake.accept_and_take(call.database, inbox.id, item)
    except BaseException:
        _release(call, found)
        raise
    return _taken(call, found, received)


def _inbox(db: Session, call: Call) -> Inbox:
    if call.agent.role == "viewer":
        raise Forbidden("Viewers can read, not change.")
    inbox = inboxes.by_public_id(db, "rest", call.values["inbox_id"])
    if room_of(inbox) not in access.rooms(db, call.agent):
        raise NotFound
    return inbox


def _ticket(db: Session, call: Call, inbox: Inbox) -> None:
    """The ticket that the message names must be there to see, and of this inbox."""
    number = call.body.get("ticket")
    if number is None:
        return
    if access.ticket(db, call.agent, number).inbox_id != inbox.id:
        raise Conflict(N_("This ticket belongs to another inbox."))


def _taken(call: Call, claim: Claim, received: Received) -> Response:
    shown = {
        "received": received.id,
        "state": received.state,
        "why": received.why,
        "ticket_id": received.ticket_id,
        "message_id": received.message_id,
    }
    status = _STATUS[received.state]
    if status == 202:  # not the last word: the same request again tells how it went on
        _release(call, claim)
        return answer(shown, status, REPLAYED if claim.again else None)
    with call.database.transaction() as db:
        idempotency.keep(db, claim, status, shown)
    where = {"Location": f"/api/v1/tickets/{received.ticket_id}"} if received.ticket_id else {}
    return answer(shown, status, where)


# 200: known already by its external id. 202: stored, and read later or by a person.
_STATUS = {"opened": 201, "threaded": 201, "ignored": 200, "received": 202, "quarantined": 202}


def _release(call: Call, claim: Claim) -> None:
    try:
        with call.database.transaction() as db:
            idempotency.release(db, claim)
    except AppError:
        return  # its lease runs out by itself
