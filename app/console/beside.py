"""Beside the conversation: followers, linked tickets, the checklist and one's reminders. One small handler each."""

from __future__ import annotations

import re

from starlette.responses import Response

from app import clock, i18n
from app.accounts import agents
from app.console import acting, carried, forms, show
from app.errors import AppError, Invalid
from app.i18n import gettext as _
from app.tickets import access, checklist, following, linking, recall, reminding, snooze
from app.tickets.models import Ticket
from app.web import Page, redirect, render


def _ticket(page: Page) -> Ticket:
    return access.writable(page.db, page.who, page.path("ticket"))


# ── followers ─────────────────────────────────────────────────────────────────────────────────────────


def followers(page: Page) -> Response:
    """Who could follow the ticket: asked for when the menu opens."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    people = [(a, show.initials(a.name)) for a in following.choosable(page.db, found)]
    return render(page, "console/_choose_follower.html", people=people)


def follow(page: Page) -> Response:
    """`agent` follows the ticket, or `remove` no longer does."""
    found = _ticket(page)
    if number := page.number("remove"):
        following.unfollow(page.db, found, number, acting.by(page))
        text, back = _("%(who)s no longer follows #%(number)s"), acting.undo(found, "followers", agent=number)
    else:
        number = page.number("agent") or 0
        following.follow(page.db, found, number, acting.by(page))
        text, back = _("%(who)s follows #%(number)s"), acting.undo(found, "followers", remove=number)
    who = agents.get(page.db, number).name
    return acting.done(page, found, text % {"who": who, "number": found.id}, back)


# ── links ─────────────────────────────────────────────────────────────────────────────────────────────


def links(page: Page) -> Response:
    """The linked tickets as they are now: asked for when one of them changes."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    return render(page, "console/_links.html", ticket=_small(page, found))


def _small(page: Page, found: Ticket) -> dict[str, object]:
    return {
        "id": found.id,
        "url": f"/console/tickets/{found.id}",
        "can_write": page.who.role != "viewer",
        "went": found.merged_into_id,
        "carried": carried.drawn(page, found),
    }


def candidates(page: Page) -> Response:
    """Tickets that answer to what was typed, to be linked."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    text = page.query("q")[: recall.LONGEST]
    some = [row for row in recall.tickets(page.db, page.who, text) if row.id != found.id]
    rows = [(row, show.word(show.STATUSES, row.status)) for row in some]
    return render(page, "console/_choose_link.html", rows=rows, q=text)


def link(page: Page) -> Response:
    """`to` becomes `kind` of the ticket, or the link with `remove` is taken away."""
    if number := page.number("remove"):
        found = _ticket(page)
        was = linking.unlink(page.db, found, number, acting.by(page))
        back = acting.undo(found, "links", to=number, kind=was) if was in linking.BACK else None
        return acting.done(page, found, _("The link is gone"), back)
    typed = re.fullmatch(r"(?:.*/tickets/|[#＃])?(\d{1,12})", page.text("to").strip())
    if not typed:
        raise Invalid({"to": "Choose the other ticket: find it by its number or by words of its subject."})
    pair = sorted({page.path("ticket"), int(typed[1])})
    held = {number: access.writable(page.db, page.who, number) for number in pair}
    found, other = held[page.path("ticket")], held[int(typed[1])]
    linking.link(page.db, found, other, page.text("kind"), acting.by(page))
    text = _("#%(number)s and #%(other)s are linked") % {"number": found.id, "other": other.id}
    return acting.done(page, found, text, acting.undo(found, "links", remove=other.id))


# ── checklist ─────────────────────────────────────────────────────────────────────────────────────────


def check(page: Page) -> Response:
    """Add to the checklist, tick, untick, move or remove one thing of it."""
    found, by = _ticket(page), acting.by(page)
    number = {name: page.number(name) for name in ("tick", "untick", "up", "down", "remove")}
    if number["tick"] or number["untick"]:
        done = bool(number["tick"])
        one = checklist.tick(page.db, found, number["tick"] or number["untick"] or 0, done, by)
        text = _("Done: %(text)s") if done else _("Not done yet: %(text)s")
        back = acting.undo(found, "checks", **{"untick" if done else "tick": one.id})
        return acting.done(page, found, text % {"text": one.text}, back)
    if number["up"] or number["down"]:
        checklist.move(page.db, found, number["up"] or number["down"] or 0, bool(number["up"]), by)
        return acting.done(page, found, _("Moved"))
    if number["remove"]:
        one = checklist.remove(page.db, found, number["remove"], by)
        back = acting.undo(found, "checks", add=one.text, done="1" if one.done_at else "")
        return acting.done(page, found, _("Removed: %(text)s") % {"text": one.text}, back)
    checklist.add(page.db, found, page.text("add"), by, done=page.text("done") == "1")
    return acting.done(page, found, _("Added."))


# ── reminders ─────────────────────────────────────────────────────────────────────────────────────────


def remind(page: Page) -> Response:
    """Remind oneself at a time in words (`until`), or take a reminder away (`forget`)."""
    found = _ticket(page)
    if number := page.number("forget"):
        gone = reminding.forget(page.db, page.who, number)
        local = i18n.local(gone.at).strftime("%Y-%m-%d %H:%M")
        back = acting.undo(found, "reminders", until=local, about=gone.text) if gone.at > clock.now() else None
        return acting.done(page, found, _("The reminder is gone"), back)
    at = snooze.moment(page.text("until"), clock.now(), i18n.zone())
    made = reminding.remind(page.db, page.who, found, at, page.text("about"))
    text = _("You are reminded of #%(number)s: %(time)s") % {"number": found.id, "time": show.moment(at)}
    return acting.done(page, found, text, acting.undo(found, "reminders", forget=made.id))


def reminders(page: Page, error: AppError | None = None) -> Response:
    """One's own reminders, the soonest first."""
    rows = [
        {"id": r.id, "at": show.moment(r.at), "iso": r.at.isoformat(timespec="seconds"), "text": r.text, "ticket": t}
        for r, t in reminding.mine(page.db, page.who)
    ]
    return forms.draw(page, "console/reminders.html", "reminders", rows=rows)


def forget(page: Page) -> Response:
    """Take a reminder away, from the list of them."""
    reminding.forget(page.db, page.who, page.number("forget") or 0)
    return redirect(page, "/console/reminders?done=removed")
