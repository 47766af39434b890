"""One step on many tickets from the console: what is selected, what would change, how far it is, the way back."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app import clock, i18n
from app.console import forms, lists, show
from app.errors import AppError
from app.i18n import N_
from app.i18n import gettext as _
from app.tickets import bulk, snooze
from app.tickets.undoing import Undo
from app.web import Page, redirect, render

ACTIONS = {
    "status": N_("Status"),
    "assignee": N_("Assignee"),
    "team": N_("Team"),
    "priority": N_("Priority"),
    "tag": N_("Add a tag"),
    "untag": N_("Remove a tag"),
    "snooze": N_("Snooze"),
    "spam": N_("Spam"),
}


def _chosen(page: Page) -> tuple[list[int], bool]:
    """The numbers that are selected, at most as many as one step takes, and whether more matched."""
    if page.query("all") or page.text("all"):
        where = lists.find(page.db, page.who, page.query("view") or page.text("view"), page.number("of_team"))
        found = bulk.matching(page.db, page.who, where.view, where.team)
        return found[: bulk.MOST], len(found) > bulk.MOST
    texts = page.form.getlist("ticket") or page.request.query_params.getlist("ticket")
    numbers = [int(t) for t in texts if isinstance(t, str) and t.isascii() and t.isdigit() and len(t) < 16]
    return numbers[: bulk.MOST], len(numbers) > bulk.MOST


def _asked(page: Page) -> tuple[str, str]:
    """(what is to be done, how), from whichever fields belong to it."""

    def field(name: str) -> str:
        return page.text(name) or page.query(name)

    action = field("action") or "status"
    value = field("tag" if action in ("tag", "untag") else action)
    return action, value or ("solved" if action == "status" else "")  # what the page begins with


def choose(page: Page, error: AppError | None = None) -> Response:
    """What is selected and what would change: the whole page, or the preview alone."""
    numbers, more = _chosen(page)
    action, value = _asked(page)
    fates: list[bulk.Fate] = []
    wrong = " ".join(forms.errors(error).values())
    if not wrong:
        try:
            fates = bulk.preview(page.db, page.who, numbers, action, bulk.value_of(action, value))
        except AppError as refused:
            wrong = " ".join(forms.errors(refused).values()) if value else _("Choose what is to be done.")
    if not fates:
        fates = bulk.preview(page.db, page.who, numbers, "spam", "")
        fates = [bulk.Fate(f.id, f.subject, "") for f in fates]
    values: dict[str, Any] = {
        "fates": fates[:50],
        "count": len(fates),
        "changes": 0 if wrong else sum(1 for f in fates if not f.why),
        "more": more,
        "wrong": wrong,
    }
    if page.partial:
        return render(page, "console/_bulk_preview.html", **values)
    desk = show.desk(page.db)
    choices: dict[str, Any] = {
        "actions": [(key, _(name)) for key, name in ACTIONS.items()],
        "statuses": show.words(show.STATUSES, but=("new", "closed")),
        "priorities": show.words(show.PRIORITIES),
        "people": [p for p in desk.people.values() if p.active and p.role != "viewer"],
        "teams": list(desk.teams.items()),
        "presets": [(p.key, _(p.name), show.moment(p.at)) for p in snooze.presets(clock.now(), i18n.zone())],
    }
    asked: dict[str, Any] = {"numbers": numbers, "all": page.query("all") or page.text("all"), "action": action}
    asked |= {name: page.query(name) or page.text(name) for name in ("view", "of_team", "tag")}
    return forms.draw(page, "console/bulk.html", "bulk", **values, **choices, asked=asked)


def begin(page: Page) -> Response:
    """Let it be done, and show how far it is."""
    numbers, _more = _chosen(page)
    kept = bulk.begin(page.db, page.who, numbers, *_asked(page))
    return redirect(page, f"/console/bulk/{kept.id}")


def follow(page: Page) -> Response:
    """How far a step is, and what came of it."""
    kept = bulk.mine(page.db, page.who, page.path("undo"))
    values = {"step": kept, **_result(kept)}
    if page.partial:
        return render(page, "console/_bulk_done.html", **values)
    return forms.draw(page, "console/bulk_done.html", "bulk", **values)


def _result(kept: Undo) -> dict[str, Any]:
    left = kept.before.get("stuck" if kept.state in ("undoing", "undone") else "left", [])
    back = kept.state in ("undoing", "undone")
    return {
        "action": _(ACTIONS[kept.what["action"]]),
        "total": len(kept.before["was"] if back else kept.what["tickets"]),
        "changed": len(kept.before.get("was", [])) - (len(left) if back else 0),
        "left": [(number, _(why)) for number, why in left[:100]],
        "left_count": len(left),
        "moving": kept.state in ("running", "undoing"),
    }


def undo(page: Page) -> Response:
    """Take a step back."""
    bulk.undo(page.db, page.who, page.path("undo"))
    return redirect(page, f"/console/bulk/{page.path('undo')}")
