"""The way in: a stored Received is read by its channel, once, and becomes a message in a ticket.

Everything it leads to commits together with the state that the Received ends in.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
import structlog

from app.channels import inboxes, ledger, registry
from app.channels.ledger import Received
from app.channels.types import ChannelEvent, InboxInfo, Incoming, MessageIn, Unreadable
from app.db import Database, Session
from app.errors import Unavailable
from app.jobs import queue
from app.jobs.worker import Work
from app.tickets import applying

log = structlog.get_logger("intake")
PATIENCE = 5  # attempts before something that cannot be applied is quarantined


def take(work: Work, received_id: int) -> None:
    """Job: read one Received and apply what it says. Doing it again changes nothing."""
    with structlog.contextvars.bound_contextvars(received=received_id):
        with work.database.read() as db:
            unread = ledger.unread(db, received_id)
            if unread is None:
                return
            inbox, raw = inboxes.info_of(db, unread[0]), unread[1]
        try:
            found = registry.channel(work.database, inbox.kind).parse(inbox, raw)
            with work.finishing() as db:
                _apply_all(db, inbox, received_id, found)
        except Unreadable as error:
            _quarantine(work, received_id, error.code, error.detail)
        except Unavailable:
            raise  # the house's fault, not the message's: it waits until that is over
        except Exception as error:
            if work.job.attempts < PATIENCE:
                raise
            log.exception("intake_gave_up")
            _quarantine(work, received_id, "could_not_apply", f"{type(error).__name__}: {error}")


def accept_and_take(database: Database, inbox_id: int, item: Incoming) -> Received:
    """Store one thing and read it at once, for doors whose caller waits for the ticket (form, API, command).

    When reading fails now the job does it later: it is stored either way. Raises Unavailable when it is not.
    """
    with database.transaction() as db:
        received_id, job = ledger.accept_held(db, inbox_id, item)
    if job:
        try:
            take(Work(database, job), received_id)
        except Exception as error:
            log.exception("intake_later", received=received_id)
            with database.transaction() as db:
                queue.fail(db, job, str(error))
    with database.read() as db:
        return db.get_one(Received, received_id)


def _quarantine(work: Work, received_id: int, why: str, detail: str) -> None:
    with work.finishing() as db:
        ledger.settle(db, received_id, "quarantined", why, detail)


def _apply_all(db: Session, inbox: InboxInfo, received_id: int, found: Sequence[ChannelEvent]) -> None:
    if not ledger.hold(db, received_id):
        return
    _in_turn(db, inbox, found)
    outcomes = [applying.apply(db, inbox, received_id, event) for event in found]
    best = min(outcomes, key=lambda o: ("opened", "threaded", "ignored").index(o.state), default=None)
    final = best or applying.Outcome("ignored", "empty")
    ledger.settle(db, received_id, final.state, final.why, ticket_id=final.ticket_id, message_id=final.message_id)


def _in_turn(db: Session, inbox: InboxInfo, found: Sequence[ChannelEvent]) -> None:
    """Apply what comes in one conversation one after the other, also where many workers write at once.

    Otherwise two first messages could open two tickets, and a message that came in two events could stand twice.
    """
    if db.sqlite:
        return
    spoken = {e.conversation for e in found if isinstance(e, MessageIn) and e.conversation is not None}
    for conversation in sorted(spoken):
        lock = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
        db.execute(lock, {"key": f"{inbox.id}:{conversation}"})
