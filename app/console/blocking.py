"""Blocking a sender: from a ticket by whoever works on it, and the list of all who are blocked for administrators."""

from __future__ import annotations

from starlette.responses import Response

from app import i18n
from app.console import acting, forms, settings, show
from app.errors import AppError, Conflict, Forbidden, NotFound
from app.i18n import N_
from app.i18n import gettext as _
from app.tickets import access, blocking, lifecycle
from app.tickets.carried import Block
from app.web import Page, redirect, render

KINDS = {"address": N_("Address"), "domain": N_("Whole domain")}
ADMINS = ("owner", "admin")


def offered(page: Page) -> Response:
    """What of the sender can be blocked: asked for when the menu opens."""
    found = access.ticket(page.db, page.who, page.path("ticket"))
    address = blocking.sender(page.db, found)
    domain = address.rpartition("@")[2] if page.who.role in ADMINS else ""
    known = blocking.blocked(page.db, address) if address else False
    wide = "" if domain in blocking.PUBLIC else domain
    return render(page, "console/_choose_block.html", address=address, domain=wide, known=known)


def block(page: Page) -> Response:
    """Block the sender of a ticket, which goes among the spam; with `undo` both are taken back."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    by = acting.by(page)
    if number := page.number("undo"):
        known = page.db.get(Block, number)
        if known is None or (page.who.role not in ADMINS and known.made_by_id != page.who.id):
            raise NotFound
        blocking.unblock(page.db, number, by)
        lifecycle.mark_spam(page.db, found, False, by)
        return acting.done(page, found, _("%(sender)s is no longer blocked") % {"sender": known.value})
    kind, address = page.text("kind", "address"), blocking.sender(page.db, found)
    if not address:
        raise Conflict("Only senders of mail can be blocked.")
    if kind == "domain" and page.who.role not in ADMINS:
        raise Forbidden("Only an administrator can block a whole domain.")
    value = address if kind == "address" else address.rpartition("@")[2]
    made = blocking.block(page.db, kind, value, page.text("why"), by)
    lifecycle.mark_spam(page.db, found, True, by)
    back = acting.undo(found, "block", undo=made.id)
    return acting.done(page, found, _("%(sender)s is blocked") % {"sender": made.value}, back)


def listing(page: Page, error: AppError | None = None) -> Response:
    """Everybody who is blocked: since when, by whom, why, and what came from them."""
    people = show.staff(page.db)
    rows = [
        {
            "block": one,
            "kind": _(KINDS[one.kind]),
            "who": people[one.made_by_id].name if one.made_by_id in people else _("Madoguchi"),
            "at": i18n.short(one.made_at),
            "count": count,
            "last": i18n.short(last) if last else "",
        }
        for one, count, last in blocking.every(page.db)
    ]
    values = forms.typed(page, kind="address", value="", why="")
    kinds = [(key, _(name)) for key, name in KINDS.items()]
    return settings.draw(page, "blocks", "blocks", rows=rows, values=values, kinds=kinds, errors=forms.errors(error))


def save(page: Page) -> Response:
    """Block somebody, or take a block off (`unblock`)."""
    if number := page.number("unblock"):
        blocking.unblock(page.db, number, acting.by(page))
        return redirect(page, "/console/settings/blocks?done=removed")
    blocking.block(page.db, page.text("kind"), page.text("value"), page.text("why"), acting.by(page))
    return redirect(page, "/console/settings/blocks?done=added")
