"""What people set about themselves: name, language, time zone, theme, password, and where they are signed in."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import available_timezones

import sqlalchemy as sa
from starlette.responses import Response

from app import clock, i18n
from app.accounts import agents, passwords, sessions
from app.accounts.models import AgentSession
from app.console import forms, keymap, notices, show, signing
from app.errors import AppError, Invalid
from app.i18n import gettext as _
from app.notices import push
from app.web import Page, redirect


def profile(page: Page, error: AppError | None = None) -> Response:
    who = page.who
    of_password, of_keys = (page.request.url.path.endswith(end) for end in ("/password", "/keys"))
    now = {"name": who.name, "reading": who.reading, "locale": who.locale, "time_zone": who.time_zone}
    return forms.draw(
        page,
        "console/profile.html",
        "profile",
        values=forms.typed(page, **now, theme=who.theme),
        errors={} if of_password or of_keys else forms.errors(error),
        password_errors=forms.errors(error) if of_password else {},
        own_keys=_keys(page),
        key_errors=forms.errors(error) if of_keys else {},
        zones=sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
        languages=list(show.LANGUAGES.items()),
        themes=[(key, _(name)) for key, name in show.THEMES.items()],
        browsers=_browsers(page),
        told=notices.chosen(page),
    )


def _keys(page: Page) -> list[keymap.Shown]:
    """The keys that can be changed, with what was just typed."""
    free = [key for key in keymap.table(page.who.shortcuts) if not key.fixed]
    return [replace(key, key=page.text(f"key-{key.name}", key.key)) for key in free]


def _browsers(page: Page) -> list[dict[str, object]]:
    mine, told = notices.session(page), push.told(page.db, page.who)
    query = sa.select(AgentSession).where(AgentSession.agent_id == page.who.id, AgentSession.expires_at > clock.now())
    return [
        {
            "here": s.digest == mine,
            "told": s.digest in told,
            "browser": _browser(s.browser),
            "address": s.address,
            "seen": i18n.full(s.seen_at),
        }
        for s in page.db.scalars(query.order_by(AgentSession.seen_at.desc()).limit(20))
    ]


def _browser(agent: str) -> str:
    """A short name out of a User-Agent header, for people to recognise."""
    known = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    name = next((name for mark, name in known if mark in agent), agent.split("/")[0][:40] or "?")
    system = next((s for s in ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux") if s in agent), "")
    return f"{name} · {system}" if system else name


def _cookie(page: Page) -> str:
    return page.request.cookies.get(sessions.cookie_name(page.settings.secure), "")


def save(page: Page) -> Response:
    agents.change_profile(
        page.db,
        page.who,
        name=page.text("name"),
        reading=page.text("reading"),
        locale=page.text("locale"),
        time_zone=page.text("time_zone"),
        theme=page.text("theme"),
    )
    return redirect(page, "/console/profile?done=saved")


def save_keys(page: Page) -> Response:
    """The keys as typed, or with `reset` as they come."""
    if page.text("reset"):
        keymap.reset(page.who)
    else:
        keymap.change(page.who, {name: page.text(f"key-{name}") for name in keymap.FREE})
    return redirect(page, "/console/profile?done=saved")


def password(page: Page) -> Response:
    """A new password for whoever knows the old one; this browser stays signed in, all others do not."""
    if not passwords.matches(page.text("current"), page.who.password_hash):
        raise Invalid({"current": "This is not your password."})
    password_hash = passwords.chosen(page.text("password"))
    with page.database.transaction() as db:
        agent = agents.get(db, page.who.id)
        agents.set_password_hash(db, agent, password_hash)
        cookie = sessions.begin(db, agent, page.address, page.request.headers.get("user-agent", ""))
    return signing.signed_in(page, cookie, "/console/profile?done=password")


def leave_everywhere(page: Page) -> Response:
    """Sign every browser out, this one too."""
    sessions.end_all(page.db, page.who.id)
    return redirect(page, "/sign-in")
