"""The page of a search: tickets by their best text, what was looked for marked, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode

import sqlalchemy as sa
from markupsafe import Markup, escape
from starlette.responses import Response

from app import clock
from app.accounts.models import Agent
from app.console import lists, rail, show
from app.console.lists import Empty, Group, Line, Listing, Tool, Where
from app.customers.models import Customer
from app.db import Session
from app.i18n import gettext as _
from app.tickets import access
from app.tickets.models import Message, Note, Ticket
from app.tickets.search import finding, index, wording
from app.tickets.search.finding import Found, Search
from app.tickets.search.query import Query, Term
from app.tickets.search.ranking import Hit
from app.tickets.search.wording import Piece
from app.tickets.views import COLUMNS, Row, View
from app.web import Page, redirect, render

WHERE = Where(View("search", "Search", "search", newest_first=True))
PATH = "/console/search"


def search(page: Page) -> Response:
    """Tickets that answer to a query; a number alone opens its ticket."""
    text = page.query("q").replace("\0", " ").strip()[:300]
    number = text.lstrip("#＃")
    if number.isascii() and number.isdigit() and len(number) < 12 and not page.partial:
        return redirect(page, f"/console/tickets/{int(number)}")
    pages = max(1, min(page.number("pages") or 1, lists.MOST_PAGES))
    found = listing(page, text, page.query("after")[:60], pages)
    if page.partial:
        return render(page, "console/_rows.html", list=found)
    return render(
        page,
        "console/desk.html",
        rail=rail.build(page.db, page.who, "search", q=text),
        list=found,
        ticket=None,
        page_title=f"{_('Search')}: {text}",
        last_event=show.desk(page.db).last_event,
        flashes=[],
    )


def listing(page: Page, text: str, after: str, pages: int) -> Listing:
    """The first `pages` pages of a search, or the one after a place."""
    kept = index.of(page.database)
    with kept.reading() as db:
        made = Search(kept, db, page.who, finding.today())
        query = made.parse(text)
        found = made.page(query, after)
        turns = 1 if after else pages
        for _turn in range(turns - 1):
            if not found.more:
                break
            following = made.page(found.query, found.more)
            found = replace(following, hits=[*found.hits, *following.hits], terms=found.terms, instead=found.instead)
        lines = _lines(db, page.who, found)
        building = not after and index.position(db) == 0
    asked = found.instead or text
    heading = _("The search index is still being built: some tickets are missing.") if building else _("Results")
    return Listing(
        name=_("Search"),
        url=f"{PATH}?{urlencode({'q': text})}",
        order=_("Best first"),
        groups=[Group("" if after else heading, lines)] if lines else [],
        count=f"{len(lines)}{'+' if found.more else ''}" if lines else None,
        more=f"{PATH}?{urlencode({'q': asked, 'after': found.more, 'pages': pages + 1})}" if found.more else "",
        pages=pages,
        empty=None if after else _said(query, found, bool(lines)),
        tool=Tool("star", _("Save the search as a view"), f"/console/saved/new?{urlencode({'q': asked})}")
        if asked
        else None,
    )


def _said(query: Query, found: Found, some: bool) -> Empty | None:
    """What stands above the results: what was not understood, what was searched instead, or that there is nothing."""
    if query.problems:
        problem = query.problems[0]
        url = f"{PATH}?{urlencode({'q': problem.better})}" if problem.better else ""
        said = _(problem.sentence) % problem.values
        action = _("Search for “%(text)s”") % {"text": problem.better} if url else ""
        return Empty(_("Part of the search was not understood"), said, False, url, action)
    if found.instead:
        said = _("Shown is what was found for “%(text)s”.") % {"text": found.instead}
        return Empty(_("Nothing found for “%(text)s”") % {"text": query.text}, said, False)
    if some:
        return None
    hint = _("Try fewer or other words, a name, an address, or an operator: status:open, tag:refund, from:name.")
    return Empty(_("Nothing found"), hint, False)


def _lines(db: Session, agent: Agent, found: Found) -> list[Line]:
    columns = sa.select(*COLUMNS).join(Customer, Customer.id == Ticket.requester_id)
    mine = Ticket.id.in_([hit.ticket for hit in found.hits]), access.visible_to(agent)
    rows = {row.id: row for row in (Row(*values) for values in db.execute(columns.where(*mine)))}
    texts, people, now = _texts(db, found.hits), show.staff(db), clock.now()
    lines = []
    for hit in found.hits:
        if hit.ticket in rows:
            line = lists.line(rows[hit.ticket], WHERE, people, "", now)
            lines.append(_marked(line, texts.get((hit.kind, hit.ref, hit.ticket), line.snippet), hit, found.terms))
    return lines


def _marked(line: Line, text: str, hit: Hit, terms: Sequence[Term]) -> Line:
    wanted = [term for term in terms if not term.without]
    excerpt = _drawn(wording.excerpt(text, wanted, 110))
    if hit.kind == index.NOTE:
        excerpt = escape(_("Note")) + ": " + excerpt
    return replace(
        line,
        url=f"/console/tickets/{line.id}",
        subject=_drawn(wording.marked(line.subject, wanted)),
        customer=_drawn(wording.marked(line.customer, wanted)),
        snippet=excerpt,
    )


def _drawn(pieces: Sequence[Piece]) -> Markup:
    mark = Markup("<mark>%s</mark>")
    return Markup("").join(mark % piece.text if piece.marked else escape(piece.text) for piece in pieces)


def _texts(db: Session, hits: Sequence[Hit]) -> dict[tuple[int, int | None, int], str]:
    found: dict[tuple[int, int | None, int], str] = {}
    for kind, table in ((index.MESSAGE, Message), (index.NOTE, Note)):
        those = [hit.ref for hit in hits if hit.kind == kind]
        if those:
            query = sa.select(table.id, table.ticket_id, table.text).where(table.id.in_(those))
            found |= {(kind, ref, ticket): text for ref, ticket, text in db.execute(query)}
    return found
