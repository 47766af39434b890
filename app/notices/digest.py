"""The mail with unread notices: every hour or every morning, for those who chose so, in their language and zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app import clock, i18n, keys
from app.accounts.models import Agent
from app.channels import inboxes, registry
from app.channels.inboxes import Inbox
from app.channels.types import InboxInfo, Outgoing, Recipient, SendFailed
from app.db import Session
from app.i18n import gettext as _
from app.i18n import ngettext
from app.jobs import queue
from app.jobs.worker import Retry, Work
from app.notices import reading
from app.notices.models import Notice, NoticeDigest
from app.notices.reading import Told

MORNING = 8  # o'clock where the agent is
SETTLED = timedelta(minutes=5)  # a notice that is younger may be read any moment
LINES = 30  # of one mail; the rest is a number


def due(every: str, sent_at: datetime | None, now: datetime, zone: str) -> bool:
    """Whether it is time for somebody's mail. Pure."""
    if every == "hourly":
        return sent_at is None or now - sent_at >= timedelta(hours=1)
    if every != "daily":
        return False
    here = now.astimezone(ZoneInfo(zone))
    return here.hour >= MORNING and (sent_at is None or sent_at.astimezone(ZoneInfo(zone)).date() < here.date())


def schedule(work: Work) -> None:
    """Job: whoever's time has come, and who has something unread that was not mailed, gets a job of their own."""
    with work.finishing() as db:
        now = clock.now()
        rows = db.execute(
            sa.select(NoticeDigest, Agent).join(Agent, Agent.id == NoticeDigest.agent_id).where(Agent.active)
        )
        for chosen, agent in rows.all():
            if due(chosen.every, chosen.sent_at, now, agent.time_zone) and _waiting(db, agent, now):
                queue.enqueue(db, "notices.mail", lane="slow", dedupe=f"digest:{agent.id}", agent_id=agent.id)


def _waiting(db: Session, agent: Agent, now: datetime) -> list[Told]:
    fresh = sa.select(Notice.id).where(
        Notice.agent_id == agent.id,
        Notice.read_at.is_(None),
        Notice.mailed_at.is_(None),
        Notice.created_at < now - SETTLED,
    )
    numbers = set(db.scalars(fresh.order_by(Notice.id.desc()).limit(reading.COUNT_CAP)))
    if not numbers:
        return []
    shown = reading.of(db, agent, after=min(numbers) - 1, limit=2 * reading.COUNT_CAP)
    return [told for told in shown if told.id in numbers]


def mail(work: Work, agent_id: int) -> None:
    """Job: mail an agent what they have not read. A mail that cannot go now is tried again."""
    now = clock.now()
    with work.database.read() as db:
        agent = db.get(Agent, agent_id)
        waiting = _waiting(db, agent, now) if agent and agent.active else []
        inbox = _from(db)
        if agent and waiting and inbox:
            with i18n.use(agent.locale, agent.time_zone):
                outgoing = _compose(db, work, agent, waiting)
    if agent is None or not waiting:
        return
    if inbox is None:
        raise Retry("There is no mail inbox to send from.")
    try:
        registry.channel(work.database, "email").send(inbox, outgoing)
    except SendFailed as error:
        if not error.permanent:
            raise Retry(str(error), error.retry_at) from error
    with work.finishing() as db:  # what the server refused for good is not tried every ten minutes
        told = [notice.id for notice in waiting]
        db.execute(sa.update(Notice).where(Notice.id.in_(told)).values(mailed_at=now))
        db.execute(sa.update(NoticeDigest).where(NoticeDigest.agent_id == agent_id).values(sent_at=now))


def _from(db: Session) -> InboxInfo | None:
    query = sa.select(Inbox).where(Inbox.kind == "email", Inbox.active).order_by(Inbox.id).limit(1)
    found = db.scalar(query)
    return inboxes.info(db, found) if found else None


def _compose(db: Session, work: Work, agent: Agent, waiting: list[Told]) -> Outgoing:
    base, count = db.settings.base_url.rstrip("/"), len(waiting)
    lines = [
        f"{i18n.short(told.at)}  {told.sentence}\n#{told.ticket} {told.subject}\n{base}{told.url}" for told in waiting
    ]
    if count > LINES:
        lines = [
            *lines[:LINES],
            _("… and %(count)s more: %(url)s") % {"count": count - LINES, "url": f"{base}/console/notices"},
        ]
    subject = ngettext("One unread notice at %(desk)s", "%(count)s unread notices at %(desk)s", count)
    why = _("You get this mail because you chose so. Change it here: %(url)s") % {"url": f"{base}/console/profile"}
    return Outgoing(
        delivery_id=work.job.id,
        ticket_id=0,
        message_id=0,
        attempt=work.job.attempts,
        external_id=f"<{keys.public_id()}@{db.settings.mail_domain}>",
        retry_key=f"digest-{work.job.id}",
        to=(Recipient(agent.email, agent.name),),
        cc=(),
        sender_name="",
        subject=subject % {"count": count, "desk": db.settings.desk_name},
        text="\n\n".join([*lines, why]),
        html=None,
        files=(),
        in_reply_to=None,
        references=(),
        quoted="",
        locale=agent.locale,
        automatic=True,
    )
