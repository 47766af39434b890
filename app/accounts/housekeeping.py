"""What accounts leave behind, cleared away."""

from __future__ import annotations

from app.accounts import sessions, tokens
from app.jobs.worker import Work


def sweep(work: Work) -> None:
    """Job: remove expired sessions and one-time links."""
    with work.finishing() as db:
        sessions.sweep(db)
        tokens.sweep(db)
