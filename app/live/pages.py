"""What a browser that was away asks for, and who may listen to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import events
from app.accounts import sessions, signin
from app.db import Database
from app.live.hub import Admit
from app.notices import reading
from app.tickets import access
from app.web import Page, page

MOST = 300


def admit(database: Database, cookies: Mapping[str, str], auth: Mapping[str, Any]) -> Sequence[str] | None:
    """Topics of a signed-in agent; None when nobody is signed in."""
    with database.read() as db:
        agent = sessions.agent_of(db, cookies.get(sessions.cookie_name(database.settings.secure), ""))
        return access.rooms(db, agent) if agent else None


def first_of(*rules: Admit) -> Admit:
    """Ask one rule after the other: colleagues, visitors … The first that knows the browser says what it hears."""

    def admit(database: Database, cookies: dict[str, str], auth: dict[str, Any]) -> Sequence[str] | None:
        answers = (rule(database, cookies, auth) for rule in rules)
        return next((topics for topics in answers if topics is not None), None)

    return admit


def missed(page: Page) -> Response:
    """Everything after an event number that this agent's screens would have heard of."""
    after, rooms = page.number("after") or 0, set(access.rooms(page.db, page.who))
    found = events.after(page.db, after, MOST + 1)
    heard = [
        {"n": event.id, "ticket": event.ticket_id, "kind": event.kind}
        for event in found[:MOST]
        if rooms.intersection(event.topics)
    ]
    last = found[-1].id if found else after
    unread = reading.unread(page.db, page.who)
    return JSONResponse({"events": heard, "last": last, "reload": len(found) > MOST, "unread": unread})


def routes() -> list[Route]:
    return [page("/live/missed", missed, access=signin.staff)]
