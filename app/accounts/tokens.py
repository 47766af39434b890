"""Links that work once, and bearer tokens: only digests are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app import clock, keys
from app.accounts.models import Agent, ApiToken, OneTimeToken
from app.db import Session
from app.errors import Invalid, NotFound

# messages:write answers as an agent, and hands on; inbound:write only hands on what somebody wrote.
SCOPES = ("tickets:read", "messages:read", "messages:write", "inbound:write", "customers:read")
LIFETIMES = {
    "setup": timedelta(days=2),
    "reset": timedelta(minutes=30),
    "invitation": timedelta(days=7),
    "portal": timedelta(minutes=30),
    "verify": timedelta(days=2),
}


def mint(db: Session, purpose: str, **data: Any) -> str:
    """A new one-time token; its lifetime follows from its purpose."""
    token = keys.new_token()
    db.add(
        OneTimeToken(digest=keys.digest(token), purpose=purpose, data=data, expires_at=clock.now() + LIFETIMES[purpose])
    )
    db.flush()
    return token


def look(db: Session, purpose: str, token: str) -> dict[str, Any]:
    """What a token stands for, without using it up. Raises NotFound when it is unknown, used or expired."""
    row = db.get(OneTimeToken, keys.digest(token))
    if row is None or row.purpose != purpose or row.used_at or row.expires_at < clock.now():
        raise NotFound("This link has expired or was used already.")
    return row.data


def use(db: Session, purpose: str, token: str) -> dict[str, Any]:
    """As `look`, and it is used up. Two at once: only one succeeds."""
    data = look(db, purpose, token)
    used = db.scalar(
        sa.update(OneTimeToken)
        .where(OneTimeToken.digest == keys.digest(token), OneTimeToken.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(OneTimeToken.digest)
    )
    if used is None:
        raise NotFound("This link has expired or was used already.")
    return data


def forget(db: Session, agent_id: int) -> None:
    """End every link that could set this agent's password."""
    kept = sa.select(OneTimeToken).where(
        OneTimeToken.purpose.in_(("invitation", "reset")), OneTimeToken.used_at.is_(None)
    )
    for token in db.scalars(kept):
        if token.data.get("agent") == agent_id:
            db.delete(token)
    db.flush()


def add_api_token(db: Session, agent: Agent, name: str, scopes: list[str]) -> str:
    """A new bearer token, shown this once. Raises Invalid for an unknown scope or an empty name."""
    if not name.strip():
        raise Invalid({"name": "A name is needed."})
    if not scopes or not set(scopes) <= set(SCOPES):
        raise Invalid({"scopes": "Choose from these scopes: %(scopes)s"}, scopes=", ".join(SCOPES))
    token = f"mado_{keys.new_token()}"
    db.add(ApiToken(name=name.strip(), digest=keys.digest(token), scopes=sorted(set(scopes)), agent_id=agent.id))
    db.flush()
    return token


def api_token(db: Session, token: str) -> ApiToken | None:
    """The live token behind a bearer string, if its agent is active."""
    return db.scalar(
        sa.select(ApiToken)
        .join(Agent, Agent.id == ApiToken.agent_id)
        .where(ApiToken.digest == keys.digest(token), ApiToken.revoked_at.is_(None), Agent.active)
    )


def revoke(db: Session, token_id: int) -> None:
    """End a bearer token. Raises NotFound."""
    row = db.get(ApiToken, token_id)
    if row is None:
        raise NotFound
    row.revoked_at = row.revoked_at or clock.now()


def sweep(db: Session) -> None:
    """Remove one-time tokens that can no longer be used."""
    db.execute(sa.delete(OneTimeToken).where(OneTimeToken.expires_at < clock.now() - timedelta(days=1)))
