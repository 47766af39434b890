"""Who calls: bearer tokens (RFC 6750), what they may do, and how often. Cookies are never looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
import structlog

from app import clock, limits
from app.accounts import tokens
from app.accounts.models import Agent, ApiToken
from app.api import problems
from app.api.problems import Refusal
from app.db import Database, Session
from app.errors import Unavailable
from app.i18n import N_
from app.web import Access, Page

log = structlog.get_logger("api")
NOTE_EVERY = timedelta(minutes=5)
REALM = 'Bearer realm="madoguchi"'


def token(*scopes: str) -> Access:
    """An access rule: a live bearer token that has one of `scopes`.

    Sets `page.who` to the agent it acts as and `page.context["token"]`. Raises Refusal (401 for no token, an
    unknown or a revoked one, 403 for a missing scope) and TooMany.
    """

    def rule(page: Page) -> None:
        found, agent = _bearer(page.db, page.request.headers.get("authorization", ""), page.address)
        limits.spend(page.db, "api by token", str(found.id))
        if not set(scopes) & set(found.scopes):
            raise _scope_missing(scopes)
        page.who, page.context["token"] = agent, found

    return rule


def everybody(page: Page) -> None:
    """Access rule: no token is needed."""


def _bearer(db: Session, header: str, address: str) -> tuple[ApiToken, Agent]:
    scheme, _, value = header.partition(" ")
    value = value.strip()
    if scheme.lower() != "bearer" or not value:
        raise _refused(db, address, N_("Send Authorization: Bearer with a token of this desk."), REALM)
    found = tokens.api_token(db, value)
    if found is None:
        challenge = f'{REALM}, error="invalid_token"'
        raise _refused(db, address, N_("This token is unknown, or was revoked."), challenge)
    return found, db.get_one(Agent, found.agent_id)


def _refused(db: Session, address: str, detail: str, challenge: str) -> Refusal:
    limits.spend(db, "api failures by address", address)
    return Refusal(problems.UNAUTHORISED, detail, {"WWW-Authenticate": challenge})


def _scope_missing(scopes: Sequence[str]) -> Refusal:
    challenge = f'{REALM}, error="insufficient_scope", scope="{" ".join(scopes)}"'
    return Refusal(
        problems.SCOPE_MISSING, N_("This token lacks the scope for this call."), {"WWW-Authenticate": challenge}
    )


def note_use(database: Database, found: ApiToken) -> None:
    """Write down that a token was used, once in a few minutes. Not worth failing a call for."""
    now = clock.now()
    if found.used_at and now - found.used_at < NOTE_EVERY:
        return
    try:
        with database.transaction() as db:
            db.execute(sa.update(ApiToken).where(ApiToken.id == found.id).values(used_at=now))
    except Unavailable:
        log.warning("token_use_not_noted", token=found.id)
