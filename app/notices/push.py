"""Notices to browsers in which the desk is closed, by the push service of the browser's maker.

What is pushed is read when it leaves: who may no longer see a ticket, or has read the notice, is not told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog

from app import clock, i18n, keys
from app.accounts.models import Agent, AgentSession
from app.channels import fetcher
from app.channels.fetcher import Fetcher, FetchFailed
from app.db import Session
from app.errors import Invalid, NotFound
from app.jobs.worker import Retry, Work
from app.notices import reading, webpush
from app.notices.models import Notice, PushBrowser

log = structlog.get_logger("push")

STALE = timedelta(hours=1)  # a notice that could not be pushed until then waits for whoever opens the desk
KEEP = 4 * 60 * 60  # seconds that the push service keeps it for a phone that is off
FAULTS = 5  # refusals in a row until a browser is forgotten
ENDPOINT_LENGTH = 1000
URGENT = ("mention", "assigned", "failed", "reminder", "asked")


def public_key(db: Session) -> str:
    """What a browser subscribes with (applicationServerKey)."""
    return webpush.packed(webpush.point(webpush.private_key(keys.keys(db))))


def begin(db: Session, agent: Agent, session: str, endpoint: str, key: str, secret: str) -> None:
    """Tell this browser from now on. `session` is the digest of its cookie. Raises Invalid."""
    try:
        webpush.checked(key, secret)
        known = fetcher.target(endpoint).scheme == "https" and len(endpoint) <= ENDPOINT_LENGTH
    except (ValueError, FetchFailed):
        known = False
    if not known:
        raise Invalid({"push": "This browser's push service cannot be used."})
    db.execute(sa.delete(PushBrowser).where(sa.or_(PushBrowser.session == session, PushBrowser.endpoint == endpoint)))
    db.add(PushBrowser(session=session, agent_id=agent.id, endpoint=endpoint, key=key, secret=secret))


def stop(db: Session, session: str) -> None:
    """Tell this browser no more."""
    db.execute(sa.delete(PushBrowser).where(PushBrowser.session == session))


def told(db: Session, agent: Agent) -> set[str]:
    """The sessions of an agent whose browsers are told."""
    return set(db.scalars(sa.select(PushBrowser.session).where(PushBrowser.agent_id == agent.id)))


@dataclass(frozen=True, slots=True)
class Letter:
    """A push message, ready to leave."""

    endpoint: str
    headers: Mapping[str, str]
    content: bytes


def push(work: Work, notice_id: int, session: str) -> None:
    """Job: tell one browser of one notice."""
    with work.database.read() as db:
        letter = _letter(db, notice_id, session)
    if letter is None:
        return
    status = _handed_over(work.database.house.get("fetcher") or Fetcher(), letter)
    with work.finishing() as db:
        _answered(db, session, status)


def _handed_over(ask: Fetcher, letter: Letter) -> int:
    """The status that the push service answers. Raises Retry while another try may help."""
    try:
        status = ask.post(letter.endpoint, letter.content, letter.headers)
    except FetchFailed as error:
        if error.permanent:
            return 410  # an address that can never be asked
        raise Retry(str(error)) from error
    if status == 429 or status >= 500:
        raise Retry(f"The push service answered {status}.")
    return status


def _letter(db: Session, notice_id: int, session: str) -> Letter | None:
    """The notice for one browser; None when there is nothing to tell it any more."""
    found = _found(db, notice_id, session)
    if found is None:
        return None
    browser, agent, notice = found
    text = _text(db, agent, notice.id)
    if text is None:
        return None
    contact = f"mailto:postmaster@{db.settings.mail_domain}"
    passport = webpush.passport(webpush.private_key(keys.keys(db)), browser.endpoint, contact)
    urgency = "high" if notice.kind in URGENT else "normal"
    headers = {**passport, "TTL": str(KEEP), "Urgency": urgency, "Content-Encoding": "aes128gcm"}
    return Letter(browser.endpoint, headers, webpush.encrypted(text, browser.key, browser.secret))


def _found(db: Session, notice_id: int, session: str) -> tuple[PushBrowser, Agent, Notice] | None:
    """The three while they still go together: signed in, not read, not stale."""
    now = clock.now()
    return db.execute(
        sa.select(PushBrowser, Agent, Notice)
        .join(Agent, Agent.id == PushBrowser.agent_id)
        .join(AgentSession, AgentSession.digest == PushBrowser.session)
        .join(Notice, Notice.agent_id == Agent.id)
        .where(
            PushBrowser.session == session,
            Agent.active,
            AgentSession.expires_at > now,
            Notice.id == notice_id,
            Notice.read_at.is_(None),
            Notice.created_at > now - STALE,
        )
    ).one_or_none()


def _text(db: Session, agent: Agent, number: int) -> bytes | None:
    """The notice as the browser shows it, in its agent's language; None when the ticket may not be seen any more."""
    with i18n.use(agent.locale, agent.time_zone):
        try:
            told = reading.one(db, agent, number)
        except NotFound:
            return None
        shown = {"id": told.id, "title": told.sentence, "text": f"#{told.ticket} {told.subject}".strip()[:300]}
        return json.dumps({**shown, "url": told.url, "lang": agent.locale}, ensure_ascii=False).encode()


def _answered(db: Session, session: str, status: int) -> None:
    browser = db.get(PushBrowser, session)
    if browser is None:
        return
    if status < 300:
        browser.faults = 0
        return
    browser.faults += 1
    log.warning("push_refused", status=status, agent=browser.agent_id)
    if status in (404, 410) or browser.faults >= FAULTS:  # it was unsubscribed, or will not be reached
        db.delete(browser)
