"""Answering: a public reply, an internal note, and what the desk says by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app import clock
from app.accounts.models import Agent
from app.channels import inboxes, outbox, registry
from app.channels.outbox import Letter
from app.channels.types import Recipient
from app.db import Session
from app.errors import Conflict, Invalid
from app.events import SYSTEM, Actor
from app.text import markdown, plain
from app.tickets import addressing, approval, attachments, lifecycle, messages, signatures
from app.tickets.addressing import Addressed, Wrote
from app.tickets.attachments import Upload
from app.tickets.drafts import File
from app.tickets.messages import Heard
from app.tickets.models import Message, Note, Ticket

TEXT_LIMIT = 200_000
QUOTE_LIMIT = 20_000


def reply(
    db: Session,
    ticket: Ticket,
    agent: Agent,
    text: str,
    *,
    uploads: Sequence[Upload] = (),
    stored: Sequence[File] = (),
    seen: int | None = None,
    fixed: Addressed | None = None,
    signature: str = "",
    approved: bool = False,
) -> Message:
    """Answer the customer on the ticket's channel, in this transaction.

    `seen` is the id of the newest message that was on the screen: when the customer wrote since, nothing is
    sent. `stored` are files that are kept already, of a draft; `fixed` are recipients that were decided before;
    `signature` is put below the text.

    Every reply of an agent leaves by this door, so the second pair of eyes stands here: whoever needs approval is
    refused, but for what was `approved`, which only `proposals` and `holding` say.

    Raises Invalid (empty, too long, nobody to send to), Conflict (newer message; merged; closed; not approved).
    """
    text = checked(ticket, text, files=bool(uploads or stored))
    if not approved:
        approval.demand(db, ticket, agent)
    heard = messages.heard(db, ticket.id)
    not_stale(heard, seen)
    addressed = fixed or recipients(db, ticket, heard)
    whole = signatures.signed(text, signature)
    message = _outgoing(db, ticket, heard, addressed, sender_kind="agent", agent=agent, text=whole)
    messages.touch(ticket, markdown.bare(text or whole))
    if fixed and fixed.chosen:
        addressing.remember(db, ticket, fixed)
    files = attachments.keep_uploads(db, ticket, uploads, message_id=message.id) if uploads else []
    files += attachments.keep_stored(db, ticket, stored, message_id=message.id) if stored else []
    by = Actor("agent", agent.id)
    if ticket.assignee_id is None:
        _take(db, ticket, agent)
    _post(db, ticket, message, heard, files=[attachments.as_outgoing(db, f) for f in files])
    lifecycle.desk_answered(db, ticket, by, message.created_at)
    lifecycle.changed(db, ticket, "message.sent", by, message=message.id)
    return message


def _take(db: Session, ticket: Ticket, agent: Agent) -> None:
    """Who answers a ticket of nobody takes it."""
    ticket.assignee_id = agent.id
    ticket.why = {**ticket.why, "assignment": {"code": "first_reply", "agent": agent.id}}
    lifecycle.changed(
        db,
        ticket,
        "ticket.assigned",
        Actor("agent", agent.id),
        before=None,
        after=agent.id,
        why="first_reply",
    )


def note(
    db: Session,
    ticket: Ticket,
    agent: Agent,
    text: str,
    *,
    uploads: Sequence[Upload] = (),
    stored: Sequence[File] = (),
) -> Note:
    """Write an internal note. It is no Message: no channel can carry it. Raises Invalid.

    `stored` are files that are kept already, of a draft.
    """
    text = _tidy(text)
    if not text and not uploads and not stored:
        raise Invalid({"text": "Write something first."})
    if len(text) > TEXT_LIMIT:
        raise Invalid({"text": "This text is too long."})
    written = Note(ticket_id=ticket.id, agent_id=agent.id, author_name=agent.name, text=text, created_at=clock.now())
    db.add(written)
    db.flush()
    attachments.keep_uploads(db, ticket, uploads, note_id=written.id)
    attachments.keep_stored(db, ticket, stored, note_id=written.id)
    lifecycle.changed(db, ticket, "note.written", Actor("agent", agent.id), note=written.id)
    return written


def automatic(
    db: Session,
    ticket: Ticket,
    kind: str,
    text: str,
    *,
    answers: Message | None = None,
    html: str | None = None,
    kept: str | None = None,
    subject: str = "",
    named: bool = True,
) -> Message:
    """What the desk says by itself: an acknowledgement, a survey. Marked as automatic on its way out.

    `answers`: the message that has just opened the ticket. `kept`: what the desk keeps instead of the text that
    leaves, when that holds a secret of the customer's. `subject` instead of "Re: " and the ticket's; `named`:
    whether the customer's name stands beside the address.
    """
    heard = messages.as_heard(answers) if answers else messages.heard(db, ticket.id)
    (to,) = _by_itself(db, ticket, heard, others=False).to
    message = _outgoing(
        db,
        ticket,
        heard,
        Addressed([to if named else Recipient(to.value)]),
        sender_kind="system",
        kind=kind,
        text=text if kept is None else kept,
        html=html if kept is None else None,
        subject=subject or answer_subject(ticket.subject),
    )
    _post(db, ticket, message, heard, text=text, html=html)
    lifecycle.changed(db, ticket, "message.sent", SYSTEM, message=message.id, automatic=kind)
    return message


def _tidy(text: str) -> str:
    return plain.strip_controls(text.replace("\r\n", "\n")).strip()


def checked(ticket: Ticket, text: str, *, files: bool = False) -> str:
    """The text of a reply, tidied. Raises Invalid (empty, too long), Conflict (the ticket was merged or closed)."""
    text = _tidy(text)
    if ticket.merged_into_id:
        raise Conflict("This ticket was merged into #%(number)s.", number=ticket.merged_into_id)
    if ticket.status == "closed":
        raise Conflict("This ticket is closed. A new message opens a linked one.")
    if not text and not files:
        raise Invalid({"text": "Write something first."})
    if len(text) > TEXT_LIMIT:
        raise Invalid({"text": "This text is too long."})
    return text


def not_stale(heard: Heard | None, seen: int | None) -> None:
    """Raises Conflict when the customer wrote after what was seen."""
    if seen is not None and heard and heard.id > seen:
        raise Conflict("Not sent yet: a newer message has arrived.", newest=heard.id)


def _outgoing(
    db: Session,
    ticket: Ticket,
    heard: Heard | None,
    addressed: Addressed,
    *,
    agent: Agent | None = None,
    **values: Any,
) -> Message:
    message = messages.write(
        db,
        ticket_id=ticket.id,
        inbox_id=ticket.inbox_id,
        channel=ticket.channel,
        direction="out",
        agent_id=agent.id if agent else None,
        sender_name=agent.name if agent else db.settings.desk_name,
        reply_to=heard.external_id if heard else None,
        recipients=addressed.kept(),
        **{"subject": answer_subject(ticket.subject), **values},
    )
    inbox = inboxes.info_of(db, ticket.inbox_id)
    messages.name(db, message, registry.channel(db, inbox.kind).external_id(inbox, ticket.id, message.id))
    return message


def answer_subject(subject: str) -> str:
    """The subject of an answer: "Re: " once."""
    return subject if subject[:3].lower() == "re:" else f"Re: {subject}"


def _post(
    db: Session,
    ticket: Ticket,
    message: Message,
    heard: Heard | None,
    *,
    text: str | None = None,
    html: str | None = None,
    files: Sequence[dict[str, object]] = (),
) -> None:
    automatic = message.sender_kind == "system"
    context, ticket.reply_context = ticket.reply_context, {}
    addressed = Addressed.of(message.recipients)
    letter = Letter(
        to=addressed.to,
        cc=addressed.cc,
        bcc=addressed.bcc,
        text=message.text if text is None else text,
        html=html,
        subject=message.subject,
        files=files,
        sender_name=message.sender_name if not automatic else "",
        in_reply_to=message.reply_to,
        references=heard.references if heard else (),
        quoted=heard.text[:QUOTE_LIMIT] if heard and not automatic else "",
        locale=ticket.locale,
        automatic=automatic,
        context=context,
    )
    outbox.post(
        db,
        letter,
        message_id=message.id,
        ticket_id=ticket.id,
        inbox_id=ticket.inbox_id,
        external_id=message.external_id,
    )


def recipients(db: Session, ticket: Ticket, heard: Heard | None = None) -> Addressed:
    """To whom an answer goes when nobody says otherwise: the rule is `addressing.answer`.

    `heard` when it is known already. Raises Invalid when the customer has no address that the channel can reach, or
    has left (blocked, unfollowed).
    """
    return _by_itself(db, ticket, heard or messages.heard(db, ticket.id))


def _by_itself(db: Session, ticket: Ticket, heard: Heard | None, *, others: bool = True) -> Addressed:
    wrote = Wrote(heard.channel, heard.customer_id, heard.address) if heard else None
    return addressing.answer(db, ticket, addressing.known(db, ticket.requester_id), wrote, others=others)
