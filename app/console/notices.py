"""The bell: one's notices, marking them read, going to their place, and what one wants to be told of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from app import clock, i18n, keys
from app.accounts import sessions
from app.console import forms
from app.console.show import initials
from app.i18n import gettext as _
from app.i18n import ngettext
from app.notices import mentions, push, reading
from app.notices.models import DIGESTS, KINDS
from app.notices.reading import Told
from app.tickets import access
from app.tickets.models import Ticket
from app.web import Page, redirect

JUST_NOW = timedelta(seconds=30)
FRESH = 5  # notices that a bell tells of at once


def everything(page: Page) -> Response:
    """The list, the newest first."""
    found = reading.of(page.db, page.who, before=page.number("before"), limit=reading.PAGE + 1)
    shown, more = found[: reading.PAGE], found[reading.PAGE :]
    return forms.draw(
        page,
        "console/notices.html",
        "notices",
        notices=[_line(told) for told in shown],
        unread=reading.unread(page.db, page.who),
        more=f"/console/notices?before={shown[-1].id}" if more else "",
    )


def _line(told: Told) -> dict[str, Any]:
    icon = KINDS[told.kind][0]
    at = {"at": i18n.short(told.at), "iso": told.at.isoformat(timespec="seconds")}
    return {"told": told, "icon": icon, "subject": told.subject or _("No subject"), **at}


def bell(page: Page) -> Response:
    """How many are unread, and the newest of them after a number, for this browser to tell of."""
    after = page.number("after")
    newest = reading.of(page.db, page.who, limit=1)
    fresh = reading.of(page.db, page.who, after=after or 0, limit=FRESH)
    if after is None:  # a page that has just opened: what rang it
        fresh = [told for told in fresh if clock.now() - told.at < JUST_NOW]
    return JSONResponse(
        {
            "unread": reading.unread(page.db, page.who),
            "last": newest[0].id if newest else 0,
            "fresh": [
                {"id": t.id, "title": t.sentence, "text": f"#{t.ticket} {t.subject}".strip(), "url": t.url}
                for t in fresh
                if not t.read
            ],
        }
    )


def read(page: Page) -> Response:
    """All are read, or those about one ticket."""
    reading.mark(page.db, page.who, ticket=page.number("ticket"))
    return Response(status_code=204) if page.text("quiet") else redirect(page, "/console/notices")


def go(page: Page) -> Response:
    """It is read; go to its place."""
    told = reading.one(page.db, page.who, page.path("notice"))
    reading.mark(page.db, page.who, number=told.id)
    return redirect(page, told.url)


def choose(page: Page) -> Response:
    """What one wants to be told of, and by mail how often."""
    wanted = [kind for kind in page.form.getlist("kinds") if isinstance(kind, str)]
    reading.choose(page.db, page.who, wanted, page.text("digest"))
    return redirect(page, "/console/profile?done=saved")


def chosen(page: Page) -> dict[str, Any]:
    """What the form on the profile draws."""
    wanted, digest = reading.choices(page.db, page.who)
    return {
        "kinds": [(kind, _(text), kind in wanted) for kind, (_icon, text) in KINDS.items()],
        "digests": [(key, _(text)) for key, text in DIGESTS.items()],
        "digest": digest,
        "pushed": session(page) in push.told(page.db, page.who),
    }


def push_key(page: Page) -> Response:
    """What this browser subscribes with at its push service."""
    return JSONResponse({"key": push.public_key(page.db)})


def push_begin(page: Page) -> Response:
    """This browser is told also while the desk is closed in it."""
    push.begin(page.db, page.who, session(page), page.text("endpoint"), page.text("key"), page.text("secret"))
    return Response(status_code=204)


def push_stop(page: Page) -> Response:
    """This browser is told no more."""
    push.stop(page.db, session(page))
    return redirect(page, "/console/profile?done=saved#notices")


def session(page: Page) -> str:
    """The digest of this browser's cookie: which of the agent's sessions it is."""
    return keys.digest(page.request.cookies.get(sessions.cookie_name(page.settings.secure), ""))


def untold(page: Page, found: Ticket, kind: str) -> dict[str, Any]:
    """A toast for the writer of a note that names somebody who may not see the ticket, and so was not told."""
    names = mentions.untold(page.db, page.text("body"), found.id) if kind == "note" else []
    if not names:
        return {}
    said = ngettext(
        "%(names)s may not see this ticket and was not told.",
        "%(names)s may not see this ticket and were not told.",
        len(names),
    )
    return {"toast": {"text": said % {"names": _(", ").join(names)}, "wrong": True}}


def colleagues(page: Page) -> Response:
    """Everybody who can be mentioned on a ticket, for the picker; who may not see it is said."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    people = mentions.everybody(page.db)
    seeing = set(mentions.seeing(page.db, [agent.id for agent in people], found.id))
    return JSONResponse(
        [
            {"name": a.name, "reading": a.reading, "face": initials(a.name), "sees": a.id in seeing}
            for a in people
            if a.id != page.who.id
        ]
    )
