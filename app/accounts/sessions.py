"""Signed-in browsers: an opaque id in a cookie, everything else on the server."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app import clock, events, keys
from app.accounts.models import Agent, AgentSession
from app.db import Session
from app.events import Actor

SEEN_EVERY = timedelta(minutes=10)


def cookie_name(secure: bool) -> str:
    """`__Host-` binds the cookie to this host and to TLS; without TLS browsers refuse the prefix."""
    return "__Host-desk" if secure else "desk"


def begin(db: Session, agent: Agent, address: str, browser: str) -> str:
    """Sign a browser in; returns what goes into its cookie."""
    token = keys.new_token()
    expires = clock.now() + timedelta(days=db.settings.session_days)
    db.add(
        AgentSession(
            digest=keys.digest(token),
            agent_id=agent.id,
            expires_at=expires,
            address=address[:60],
            browser=browser[:200],
        )
    )
    db.flush()
    return token


def agent_of(db: Session, token: str) -> Agent | None:
    """Who is signed in with this cookie; None when it is unknown, expired, or the agent was deactivated."""
    if not token or len(token) > 100:
        return None
    return db.scalar(_OF_COOKIE, {"token_digest": keys.digest(token), "now": clock.now()})


_OF_COOKIE = (  # asked for by every page of the console
    sa.select(Agent)
    .join(AgentSession, AgentSession.agent_id == Agent.id)
    .where(
        AgentSession.digest == sa.bindparam("token_digest"),
        AgentSession.expires_at > sa.bindparam("now"),
        Agent.active,
    )
)


def touch(db: Session, token: str) -> None:
    """Note that the browser is in use, at most every ten minutes."""
    now = clock.now()
    db.execute(
        sa.update(AgentSession)
        .where(AgentSession.digest == keys.digest(token), AgentSession.seen_at < now - SEEN_EVERY)
        .values(seen_at=now)
    )


def end(db: Session, token: str) -> None:
    """Sign a browser out."""
    ended = sa.delete(AgentSession).where(AgentSession.digest == keys.digest(token)).returning(AgentSession.agent_id)
    agent = db.scalar(ended)
    if agent is not None:
        events.record(db, "agent.signed_out", by=Actor("agent", agent), agent=agent)


def end_all(db: Session, agent_id: int) -> None:
    """Sign every browser of an agent out."""
    db.execute(sa.delete(AgentSession).where(AgentSession.agent_id == agent_id))


def sweep(db: Session) -> None:
    """Remove what has expired."""
    db.execute(sa.delete(AgentSession).where(AgentSession.expires_at < clock.now()))
