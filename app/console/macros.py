"""Macros: the pages on which they are written, and on a ticket the list, the look before, and the step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from app.console import desk, forms, ready, settings, show
from app.errors import AppError, NotFound
from app.i18n import N_
from app.i18n import gettext as _
from app.text import plain
from app.tickets import access, drafts, macros, readymade, steps
from app.tickets.macros import Planned
from app.tickets.models import Ticket
from app.tickets.readymade import Macro
from app.web import Page, redirect, render

HOME = "/console/settings/macros"
STEPS: Mapping[str, tuple[str, str]] = {
    "status": ("circle-dot", N_("Status")),
    "assignee": ("user", N_("Assignee")),
    "team": ("users", N_("Team")),
    "priority": ("signal", N_("Priority")),
    "tag": ("tag", N_("Add the tag")),
    "untag": ("tag", N_("Take off the tag")),
    "snooze": ("alarm-clock", N_("Snooze")),
}
NONE = "none"  # in a form: nobody, no team; "" leaves things as they are


@dataclass(frozen=True, slots=True)
class Line:
    """One step in words; `why` it is left out, "" when it is done. `same`: things are so already."""

    icon: str
    what: str
    value: str
    why: str
    same: bool


# ── the pages ─────────────────────────────────────────────────────────────────────────────────────────


def listing(page: Page) -> Response:
    """All that the agent may use, sifted by `q`; with `removed` those that can be brought back."""
    asked, removed = page.query("q").strip()[:100], page.query("removed") == "1"
    found = readymade.listed(page.db, Macro, page.who, asked, removed)
    whose = ready.whose(page, found)
    rows = [{"one": one, "whose": whose[one.id], "steps": _summary(page, one)} for one in found]
    flashes = ready.gone(page, Macro, HOME)
    return settings.draw(page, "macros", "macros", rows=rows, asked=asked, removed=removed, flashes=flashes)


def _summary(page: Page, one: Macro) -> list[str]:
    lines = [f"{line.what}: {line.value}" for line in _lines(page, (_as_written(a) for a in one.actions))]
    more = [(_("Reply"), bool(one.texts)), (_("Internal note"), bool(one.note))]
    return [*lines, *(name for name, there in more if there)]


def _as_written(action: Mapping[str, str]) -> Planned:
    return Planned(action["do"], action["value"], action.get("reason", ""))


def _lines(page: Page, planned: Iterable[Planned]) -> list[Line]:
    made = []
    for step in planned:
        icon, name = STEPS[step.do]
        value = value_in_words(page, step.do, step.value)
        value = f"{value} ({step.reason})" if step.reason else value
        made.append(Line(icon, _(name), value, _(step.why) if step.why else "", step.why == steps.SAME))
    return made


def value_in_words(page: Page, do: str, value: str) -> str:
    """What a step sets, in words; somebody who left and a team that is gone are named as such."""
    known = show.desk(page.db)
    if do == "status":
        return show.word(show.STATUSES, value).name
    if do == "priority":
        return show.word(show.PRIORITIES, value).name
    if do == "assignee":
        person = known.people.get(int(value)) if value.isdigit() else None
        return person.name if person else {"me": _("Me"), "": _("Nobody")}.get(value, _("Somebody who left"))
    if do == "team":
        return known.teams.get(int(value), _("a team that no longer exists")) if value.isdigit() else _("No team")
    if do == "snooze":
        return _until(value)
    return value


def _until(value: str) -> str:
    if value == "reply":
        return _("until the customer writes")
    try:
        return show.moment(datetime.fromisoformat(value))
    except ValueError:
        return value


def edit(page: Page, error: AppError | None = None) -> Response:
    """One macro, or an empty form for a new one."""
    number = page.request.path_params.get("macro")
    one = readymade.find(page.db, Macro, page.who, number) if number else None
    return settings.draw(
        page,
        "macro",
        "macros",
        one=one,
        values=ready.values(page, one) | forms.typed(page, note=one.note if one else "", **_as_typed(one)),
        options=_options(page, one),
        past=ready.past(page, Macro.__tablename__, one.id) if one else [],
        errors=forms.errors(error),
        home=HOME,
        **ready.choices(page, one),
    )


def _as_typed(one: Macro | None) -> dict[str, str]:
    """The steps of a macro as the fields of its form."""
    fields = {f"do-{do}": "" for do in macros.ACTIONS} | {"reason": ""}
    for action in one.actions if one else ():
        name, value = f"do-{action['do']}", action["value"]
        if action["do"] in ("tag", "untag") and fields[name]:
            value = f"{fields[name]}, {value}"
        fields[name] = value if value or action["do"] not in ("assignee", "team") else NONE
        fields["reason"] = action.get("reason", "") or fields["reason"]
    return fields


def _options(page: Page, one: Macro | None) -> dict[str, list[tuple[str, str]]]:
    """What each choice of the form offers; what the macro has and nobody else could choose stays on its list."""
    same = ("", _("Leave as it is"))
    known = show.desk(page.db)
    people = [(str(p.id), p.name) for p in known.people.values() if p.active and p.role != "viewer"]
    offered = {
        "status": [same, *((w.key, w.name) for w in show.words(show.STATUSES, but=("new", "closed")))],
        "priority": [same, *((w.key, w.name) for w in show.words(show.PRIORITIES))],
        "assignee": [same, ("me", _("Whoever applies it")), (NONE, _("Nobody")), *people],
        "team": [same, (NONE, _("No team")), *((str(number), name) for number, name in known.teams.items())],
    }
    now = _as_typed(one)
    for do in ("assignee", "team"):
        value = now[f"do-{do}"]
        if value not in dict(offered[do]):
            offered[do].append((value, _("%(name)s (no longer here)") % {"name": value_in_words(page, do, value)}))
    return offered


def save(page: Page) -> Response:
    number = page.request.path_params.get("macro")
    macros.save(page.db, page.who, number, ready.head(page), _actions(page), page.text("note"))
    return redirect(page, f"{HOME}?done={'saved' if number else 'added'}")


def _actions(page: Page) -> list[dict[str, str]]:
    """The steps that were chosen, in the order in which they are taken."""
    found = []
    for do in ("team", "assignee", "priority", "tag", "untag", "status", "snooze"):
        typed = page.text(f"do-{do}").strip()
        values = re.split(r"[,、\n]+", typed) if do in ("tag", "untag") else [typed]
        for value in (one.strip() for one in values):
            if value:
                found.append({"do": do, "value": "" if value == NONE else value, "reason": page.text("reason")})
    return found


def remove(page: Page) -> Response:
    """Take one off the list, or with `back` put it there again."""
    one = readymade.find(page.db, Macro, page.who, page.path("macro"))
    back = page.text("back") == "1"
    readymade.set_removed(page.db, one, page.who, not back)
    return redirect(page, f"{HOME}/{one.id}?done=back" if back else f"{HOME}?gone={one.id}")


# ── on a ticket ───────────────────────────────────────────────────────────────────────────────────────


def offered(page: Page) -> Response:
    """What the menu lists."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    rows = [(one, " ".join(readymade.keys(one))) for one in readymade.every(page.db, Macro, page.who)]
    return render(page, "console/_macros.html", rows=rows, url=_url(found), home=HOME)


def _url(found: Ticket) -> str:
    return f"/console/tickets/{found.id}/macros"


def look(page: Page) -> Response:
    """What a macro would do, before it is done."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    macro = readymade.find_usable(page.db, Macro, page.who, page.path("macro"))
    planned = macros.plan(page.db, found, page.who, macro)
    return render(
        page,
        "console/_macro.html",
        macro=macro,
        ticket=found,
        url=f"{_url(found)}/{macro.id}",
        lines=_lines(page, planned.steps),
        text=planned.text,
        asks=planned.asks,
        note=planned.note,
    )


def apply(page: Page) -> Response:
    """Do it: the ticket as it is now, a toast with the way back, and the text for the composer."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    macro = readymade.find_usable(page.db, Macro, page.who, page.path("macro"))
    answers = [str(value).strip() for value in page.form.getlist("ask")]
    applied = macros.apply(page.db, found, page.who, macro, answers)
    if not page.partial:
        if applied.text:
            drafts.extend(page.db, found, page.who, "reply", applied.text)
        return redirect(page, f"/console/tickets/{found.id}")
    said = _("Macro applied: %(name)s") % {"name": macro.name}
    return _done(
        page, found, said, applied.left, {"url": f"/console/undo/{applied.undo.id}", "fields": {}}, applied.text
    )


def _done(
    page: Page, found: Ticket, said: str, left: list[Planned], back: Mapping[str, Any] | None, text: str = ""
) -> Response:
    """The ticket again, unless it went where its agent may not follow."""
    page.db.flush()
    try:
        access.ticket(page.db, page.who, found.id)
    except NotFound:
        return redirect(page, "/console")
    if left:
        out = _("; ").join(f"{line.what}: {line.value} ({line.why})" for line in _lines(page, left))
        said = _("%(done)s. Left out: %(steps)s") % {"done": said, "steps": out}
    toast = {"text": plain.strip_controls(said), "wrong": bool(left), "undo": back}
    return render(page, "console/_applied.html", ticket=desk.drawn(page, found), toast=toast, insert=text, offer=[])


def undone(page: Page) -> Response:
    """A macro is taken back."""
    found, stuck = macros.undo(page.db, page.who, page.path("undo"))
    if not page.partial:
        return redirect(page, f"/console/tickets/{found.id}")
    return _done(page, found, _("Undone. A note or text of the macro stays."), stuck, None)
