"""How people hear of their notices at once: the bell in their tabs, and browsers in which the desk is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from app.db import Session
from app.jobs import queue
from app.notices.models import Notice, PushBrowser


def ring(db: Session, agents: Sequence[int]) -> None:
    """After the commit, the bells of these people look again, in all their tabs."""
    if agents:
        signal, topics = db.house["signal"], [f"agent-{agent}" for agent in agents]
        db.after_commit(lambda: signal("bell", {}, topics))


def rung(db: Session, numbers: Sequence[int]) -> list[str]:
    """The topics whose bells ring because of these events, which another process wrote."""
    query = sa.select(Notice.agent_id).where(Notice.event_id.in_(numbers), Notice.read_at.is_(None)).distinct()
    return [f"agent-{agent}" for agent in db.scalars(query)]


def push(db: Session, notices: Mapping[int, int]) -> None:
    """A job for each browser of these {agent: notice}."""
    if not notices:
        return
    for session, agent in db.execute(_BROWSERS, {"agents": list(notices)}):
        queue.enqueue(db, "notices.push", lane="slow", notice_id=notices[agent], session=session)


_BROWSERS = sa.select(PushBrowser.session, PushBrowser.agent_id).where(
    PushBrowser.agent_id.in_(sa.bindparam("agents", expanding=True))
)
