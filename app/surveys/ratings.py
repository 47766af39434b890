"""Ratings: finding a survey by its link, answering it, and what a customer thinks of us."""

from __future__ import annotations

import sqlalchemy as sa

from app import clock, events, keys
from app.db import Session
from app.errors import Conflict, Invalid, NotFound
from app.events import Actor
from app.surveys.models import Survey
from app.surveys.words import COMMENT_LENGTH, SCORES
from app.text import plain
from app.tickets import access
from app.tickets.models import Ticket

EXPIRED = "This link has expired, so the rating can no longer be given or changed."


def find(db: Session, token: str) -> Survey:
    """The survey behind a link. Raises NotFound."""
    survey = db.scalar(sa.select(Survey).where(Survey.digest == keys.digest(token))) if len(token) < 100 else None
    if survey is None:
        raise NotFound
    return survey


def expired(survey: Survey) -> bool:
    """Whether the time to answer is over."""
    return survey.expires_at <= clock.now()


def answer(db: Session, survey: Survey, score: int | None, comment: str = "") -> bool:
    """Record a rating of 1 to 5, or change it; whether anything changed (sending the same again does not).

    Raises Invalid for a score that is none or a comment over 2,000 characters, Conflict when it has expired.
    """
    comment = _tidy(comment)
    faults = {}
    if score not in SCORES:
        faults["score"] = "Choose one of the five answers."
    if len(comment) > COMMENT_LENGTH:
        faults["comment"] = "This text is too long: at most 2,000 characters."
    if faults:
        raise Invalid(faults)
    if not db.sqlite:
        db.refresh(survey, with_for_update=True)
    if expired(survey):
        raise Conflict(EXPIRED)
    if (survey.score, survey.comment) == (score, comment):
        return False
    _write(db, survey, int(score or 0), comment)
    return True


def _write(db: Session, survey: Survey, score: int, comment: str) -> None:
    before, now = survey.score, clock.now()
    if before is None:
        survey.answered_at = now
    else:
        survey.changed_at = now
    survey.score, survey.comment = score, comment
    ticket = db.get_one(Ticket, survey.ticket_id)
    ticket.rating = score
    db.flush()
    events.record(
        db,
        "survey.answered" if before is None else "survey.changed",
        ticket_id=ticket.id,
        customer_id=survey.customer_id,
        by=Actor("customer", survey.customer_id),
        topics=access.topics(ticket),
        survey=survey.id,
        before=before,
        score=score,
        comment=comment,
    )


def _tidy(text: str) -> str:
    return plain.strip_controls(text.replace("\r\n", "\n")).strip()


def satisfaction(db: Session, customer_id: int) -> tuple[float | None, int]:
    """(mean of a customer's ratings, how many); the mean is None when there are none."""
    mine = sa.select(sa.func.avg(Survey.score), sa.func.count(Survey.score)).where(Survey.customer_id == customer_id)
    mean, count = db.execute(mine).one()
    return (float(mean) if count else None), int(count)
