"""Pages for building views: all of somebody's, one with its conditions, and what it would hold while one builds it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app import clock, i18n
from app.console import conditions, forms, lists, ready, show, translating
from app.console.conditions import Drawing
from app.errors import AppError, Invalid
from app.i18n import N_
from app.i18n import gettext as _
from app.text.tokens import fold
from app.tickets import built, saved
from app.tickets.built import SORTS, Built
from app.tickets.conditions import asking, fields, times, tree
from app.tickets.conditions.asking import Fault
from app.tickets.conditions.tree import Group
from app.tickets.readymade import Edit
from app.tickets.saved import Wanted
from app.tickets.saved_view import SavedView
from app.tickets.views import COUNT_CAP
from app.web import Page, redirect, render

SHOWN = 8  # tickets of a preview
AUDIENCES = {"own": ("user", N_("Only me")), "team": ("users", N_("A team")), "desk": ("layers", N_("Everybody"))}


# ── all ───────────────────────────────────────────────────────────────────────────────────────────────


def every(page: Page, error: AppError | None = None) -> Response:
    """All views that somebody may open, with what they ask for. `q` sifts them; `removed` asks for the deleted ones."""
    asked, deleted = page.query("q").strip()[:100], page.query("removed") == "1"
    drawing = Drawing(page.db, page.who, fields.fields(page.db), ())
    sections: dict[str, list[dict[str, Any]]] = {}
    mine = saved.teams_of(page.db, page.who)
    for kept in saved.every(page.db, page.who, deleted=deleted):
        row = _row(page, drawing, kept, mine)
        if all(word in row["words"] for word in fold(asked).split()):
            sections.setdefault(_heading(page, kept), []).append(row)
    more = {"asked": asked, "removed": deleted, "home": "/console/saved"}
    return forms.draw(page, "console/views.html", "saved", sections=list(sections.items()), flashes=_undo(page), **more)


def _row(page: Page, drawing: Drawing, kept: SavedView, mine: set[int]) -> dict[str, Any]:
    view = built.of(page.db, kept)
    asks = drawing.words(view.asked)
    return {
        "view": view,
        "sort": _(SORTS[view.sort].name) if view.sort in SORTS else "",
        "asks": asks,
        "words": fold(f"{kept.name_en} {kept.name_ja} {asks}"),
        "wrong": _(view.faults[0].sentence) % view.faults[0].values if view.faults else "",
        "mine": saved.can_change(page.who, mine, kept),
    }


def _heading(page: Page, kept: SavedView) -> str:
    if kept.audience == "own":
        return _("Only me")
    if kept.audience == "desk":
        return _("Everybody")
    return show.teams(page.db).get(kept.team_id or 0, _("A team that is gone"))


def _undo(page: Page) -> list[dict[str, Any]]:
    """The way back after a view was deleted, which the address names."""
    number = page.number("deleted")
    try:
        kept = saved.writable(page.db, page.who, number, deleted=True) if number else None
    except AppError:
        kept = None
    if kept is None:
        return []
    text = _("Deleted the view “%(name)s”") % {"name": saved.named(kept.name_en, kept.name_ja)}
    return [{"text": text, "wrong": False, "undo": {"url": f"/console/saved/{kept.id}/restore", "fields": {}}}]


def delete(page: Page) -> Response:
    found = saved.writable(page.db, page.who, page.path("view"))
    saved.delete(page.db, page.who, found)
    return redirect(page, f"/console/saved?deleted={found.id}")


def restore(page: Page) -> Response:
    saved.restore(page.db, page.who, saved.writable(page.db, page.who, page.path("view"), deleted=True))
    return redirect(page, "/console/saved?done=back")


def move(page: Page) -> Response:
    """One place up or down among its neighbours; the button keeps the focus."""
    step = -1 if page.text("to") == "up" else 1
    found = saved.writable(page.db, page.who, page.path("view"))
    saved.move(page.db, page.who, found, step)
    return redirect(page, f"/console/saved#{page.text('to')[:4]}-{found.id}")


# ── one ───────────────────────────────────────────────────────────────────────────────────────────────


def fresh(page: Page, error: AppError | None = None) -> Response:
    """A form for a new view: empty, a copy of another (`from`), or what a search looks for (`q`)."""
    asked, names, remarks = conditions.BEGIN, ("", ""), []
    sort = "waiting"
    if page.form:
        asked = conditions.read(page.form, fields.fields(page.db))
    elif number := page.number("from"):
        kept = saved.find(page.db, page.who, number)
        asked, names, sort = tree.read(kept.conditions), (kept.name_en, kept.name_ja), kept.sort
    elif text := page.query("q").replace("\0", " ").strip()[:300]:
        found = translating.translated(page.db, page.who, text)
        asked, remarks, sort = found.asked, found.remarks, "newest"
        names = (text[: saved.LONGEST], "") if i18n.locale() == "en" else ("", text[: saved.LONGEST])
    return _editor(page, None, asked, error, names=names, sort=sort, remarks=remarks)


def edit(page: Page, error: AppError | None = None) -> Response:
    """A view that is there; for those who may not change it, a form for a copy of their own."""
    kept = saved.find(page.db, page.who, page.path("view"))
    asked = conditions.read(page.form, fields.fields(page.db)) if page.form else tree.read(kept.conditions)
    if not saved.can_change(page.who, saved.teams_of(page.db, page.who), kept):
        copy = [_("Only some may change this view. Saving makes a copy that is your own.")]
        return _editor(page, None, asked, error, names=(kept.name_en, kept.name_ja), sort=kept.sort, remarks=copy)
    return _editor(page, kept, asked, error, names=(kept.name_en, kept.name_ja), sort=kept.sort)


def _editor(
    page: Page,
    kept: SavedView | None,
    asked: Group,
    error: AppError | None,
    *,
    names: tuple[str, str],
    sort: str,
    remarks: list[str] | None = None,
) -> Response:
    known = fields.fields(page.db)
    faults = asking.faults(page.db, known, asked)
    told = [fault for fault in faults if fault.gone or (isinstance(error, Invalid) and page.form)]
    audience, team = (kept.audience, kept.team_id) if kept else ("own", None)
    return forms.draw(
        page,
        "console/view.html",
        "saved",
        one=kept,
        name=saved.named(kept.name_en, kept.name_ja) if kept else "",
        values=forms.typed(page, name_en=names[0], name_ja=names[1], sort=sort, audience=audience, team=team or ""),
        version=kept.version if kept else 0,
        sorts=[(key, _(sort.name)) for key, sort in SORTS.items()],
        audiences=_audiences(page),
        teams=_teams(page),
        remarks=remarks or [],
        past=ready.past(page, SavedView.__tablename__, kept.id, lambda edit: _was(page, edit)) if kept else [],
        errors=forms.errors(error),
        **_drawn(page, asked, told),
        **_preview(page, asked, faults, sort),
    )


def _was(page: Page, edit: Edit) -> list[tuple[str, str]]:
    """What a view asked for before a change."""
    before = edit.before.get("conditions")
    if before is None or before == edit.after.get("conditions"):
        return []
    drawing = Drawing(page.db, page.who, fields.fields(page.db), ())
    return [(_("Conditions"), drawing.words(tree.read(before)))]


def _drawn(page: Page, asked: Group, told: list[Fault]) -> dict[str, Any]:
    drawing = Drawing(page.db, page.who, fields.fields(page.db), told)
    return {
        "root": drawing.group(asked),
        "fields": drawing.fields(),
        "units": [(key, _(name)) for key, name in times.UNITS.items()],
        "periods": [(key, _(name)) for key, name in times.PERIODS.items()],
        "full": len(tree.conditions(asked)) >= tree.MOST,
    }


def _audiences(page: Page) -> list[tuple[str, str, str]]:
    admin, teams = page.who.role in saved.ADMINS, _teams(page)
    able = {"own": True, "team": bool(teams) and page.who.role != "viewer", "desk": admin}
    return [(key, icon, _(name)) for key, (icon, name) in AUDIENCES.items() if able[key]]


def _teams(page: Page) -> list[tuple[int, str]]:
    """The teams that a view can be shared with."""
    mine = saved.teams_of(page.db, page.who)
    admin = page.who.role in saved.ADMINS
    return [(number, name) for number, name in show.teams(page.db).items() if admin or number in mine]


def _wanted(page: Page) -> Wanted:
    """What the form asks for. Raises Invalid, one sentence a condition."""
    known = fields.fields(page.db)
    asked = conditions.read(page.form, known)
    wrong = {f"c-{conditions.place(f.path)}": _(f.sentence) % f.values for f in asking.faults(page.db, known, asked)}
    if wrong:
        raise Invalid(wrong)
    sort = page.text("sort")
    if sort not in SORTS:
        raise Invalid({"sort": "Choose one of these."})
    audience = page.text("audience", "own")
    team = page.number("team") if audience == "team" else None
    return Wanted(page.text("name_en"), page.text("name_ja"), tree.written(asked), sort, audience, team)


def add(page: Page) -> Response:
    made = saved.add(page.db, page.who, _wanted(page))
    return redirect(page, f"/console/views/v{made.id}")


def change(page: Page) -> Response:
    """Save a view; what somebody may not change becomes a copy of their own."""
    found = saved.find(page.db, page.who, page.path("view"))
    if not saved.can_change(page.who, saved.teams_of(page.db, page.who), found):
        return add(page)
    found = saved.writable(page.db, page.who, found.id)
    saved.change(page.db, page.who, found, _wanted(page), page.number("version") or 0)
    return redirect(page, f"/console/views/v{found.id}")


# ── while one builds ──────────────────────────────────────────────────────────────────────────────────


def redraw(page: Page) -> Response:
    """The conditions after a step (`do`), or after another field or way to compare was chosen."""
    known = fields.fields(page.db)
    asked, at = conditions.done(conditions.read(page.form, known), page.text("do")[:40])
    gone = [fault for fault in asking.faults(page.db, known, asked) if fault.gone]
    return render(page, "console/_conditions.html", fresh=at, **_drawn(page, asked, gone))


def preview(page: Page) -> Response:
    """How many tickets the conditions hold for whoever builds them, and the first of them."""
    known = fields.fields(page.db)
    asked = conditions.read(page.form, known)
    found = _preview(page, asked, asking.faults(page.db, known, asked), page.text("sort"))
    return render(page, "console/_view_preview.html", **found)


def _preview(page: Page, asked: Group, faults: list[Fault], sort: str) -> dict[str, Any]:
    if faults:
        return {"wrong": _(faults[0].sentence) % faults[0].values, "rows": [], "count": "", "order": ""}
    sort = sort if sort in SORTS else "waiting"
    view = Built("preview", "", "star", SORTS[sort].down, asked=asked, sort=sort, id=1)
    where, people, now = lists.Where(view), show.staff(page.db), clock.now()
    rows = [lists.line(row, where, people, "", now) for row in built.rows(page.db, page.who, view, limit=SHOWN)]
    count = show.capped(built.count(page.db, page.who, view), COUNT_CAP)
    return {"wrong": "", "rows": rows, "count": count, "order": _(SORTS[sort].name)}
