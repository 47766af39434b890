"""Many tickets at once from the console: what is selected, what would change, how far it is, the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from app import clock, i18n
from app.console import forms, lists, macros, show
from app.errors import AppError
from app.i18n import N_
from app.i18n import gettext as _
from app.tickets import bulk, bulk_kinds, readymade, snooze, tags
from app.tickets.answering import Hindrance
from app.tickets.bulk import Fate, Task
from app.tickets.readymade import Macro
from app.tickets.undoing import Undo
from app.web import Page, redirect, render

SHOWN = 100  # tickets that a preview lists
ACTIONS = {
    "status": N_("Status"),
    "assignee": N_("Assignee"),
    "team": N_("Team"),
    "priority": N_("Priority"),
    "tag": N_("Add a tag"),
    "untag": N_("Remove a tag"),
    "snooze": N_("Snooze"),
    "spam": N_("Spam"),
    "macro": N_("Macro"),
    "answer": N_("Answer to everybody"),
}


# ── what is asked for ─────────────────────────────────────────────────────────────────────────────────


def said(page: Page, name: str) -> str:
    """A field of the form, or of the address where nothing was posted."""
    return page.text(name) or page.query(name)


def numbers_of(page: Page) -> list[int]:
    """The numbers of tickets that a form names: one field with all of them, or a field for each."""
    named = page.form.getlist("ticket") or page.request.query_params.getlist("ticket")
    texts = [*said(page, "tickets").split(","), *(text for text in named if isinstance(text, str))]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 16]


def _chosen(page: Page) -> tuple[list[int], bool]:
    """The numbers that are selected, at most as many as one task takes, and whether more matched."""
    found = numbers_of(page)
    if not found and said(page, "all"):
        where = lists.find(page.db, page.who, said(page, "view"), page.number("of_team"))
        found = bulk.matching(page.db, page.who, where.view, where.team)
    return found[: bulk.MOST], len(found) > bulk.MOST


def _asked(page: Page) -> tuple[str, str]:
    """(what is to be done, how): "do" says both, else the action and whichever field belongs to it."""
    action, colon, value = said(page, "do").partition(":")
    if colon:
        return action, "" if action in ("assignee", "team") and value == macros.NONE else value
    action = said(page, "action")
    return action, said(page, "tag" if action in ("tag", "untag") else action)


def answers(page: Page) -> dict[str, str]:
    """What was typed for the places that a text asks for."""
    fields = page.form or page.request.query_params
    named = [str(name) for name in fields.getlist("asks")]
    return {name: str(text).strip() for name, text in zip(named, fields.getlist("ask"), strict=False)}


def _task(page: Page) -> Task:
    action, value = _asked(page)
    seen = said(page, "seen")
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else None
    return Task(action, value, answers=answers(page), seen=number)


# ── looking ───────────────────────────────────────────────────────────────────────────────────────────


def choose(page: Page, error: AppError | None = None) -> Response:
    """What is selected and what would change: beside the list, as a page of its own, or the preview alone."""
    numbers, more = _chosen(page)
    task = _task(page)
    if not page.partial and not task.action:
        task = replace(task, action="status", value="solved")
    if page.partial and task.action:  # looked at now: what comes later was not seen
        task = replace(task, seen=None) if page.request.method == "GET" else task
    values = look(page, numbers, task, error) | {"more": more}
    if page.partial and page.request.headers.get("hx-target") == "section#chosen":
        return render(page, "console/_chosen.html", **values, whole=_whole(page))
    if page.partial:
        return render(page, "console/_bulk_preview.html", **values)
    asked = {"action": task.action, "tag": said(page, "tag")}
    return forms.draw(page, "console/bulk.html", "bulk", **values, **_choices(page), asked=asked)


def look(page: Page, numbers: list[int], task: Task, error: AppError | None = None) -> dict[str, Any]:
    """A task on tickets in words: their fates, what is wrong with it, how many mails it sends."""
    wrong, what = " ".join(forms.errors(error).values()), None
    if not wrong and task.action:
        try:
            what = bulk.checked(page.db, page.who, task)
        except AppError as refused:
            wrong = " ".join(forms.errors(refused).values()) if task.value else _("Choose what is to be done.")
    if what:
        fates = bulk.preview(page.db, page.who, numbers, what)
    else:
        rows = bulk.chosen(page.db, page.who, numbers)
        fates = [Fate(t.id, t.subject, "", customer=name, channel=t.channel) for t, name in rows]
    return {
        "task": task,
        "languages_of": show.LANGUAGES,
        "do": f"{task.action}:{task.value or macros.NONE if task.action in ('assignee', 'team') else task.value}",
        "what": what,
        "title": said_of(page, task.action, what) if what else "",
        "wrong": wrong,
        "fates": [(one, show.word(show.CHANNELS, one.channel), _said(one)) for one in fates[:SHOWN]],
        "count": len(fates),
        "numbers": ",".join(str(one.id) for one in fates),
        "changes": sum(1 for one in fates if not one.why) if what else 0,
        "mails": sum(1 for one in fates if one.mail.text and not one.why),
        "asks": [(name, task.answers.get(name, "")) for name in dict.fromkeys(_asks(fates))],
    }


def _asks(fates: list[Fate]) -> Iterator[str]:
    for one in fates:
        yield from one.mail.asks


def _said(fate: Fate) -> str:
    return why(Hindrance(fate.why, fate.values)) if fate.why else ""


def why(one: Hindrance) -> str:
    """Why a ticket is left out. What the composer says of a reply that it stops is told without that beginning."""
    text = _(one.sentence) % one.values if one.values else _(one.sentence)
    text = text.removeprefix(_("Not sent yet: "))
    return text[:1].upper() + text[1:]


def said_of(page: Page, action: str, what: bulk_kinds.What) -> str:
    """A task in a few words: "Status: Solved"."""
    if action == "answer":
        return _(ACTIONS[action])
    if action == "macro":
        value = what["name"]
    elif action == "spam":
        value = _("Mark as spam") if what["value"] == "1" else _("This is no spam")
    else:
        value = macros.value_in_words(page, action, what["value"])
    return _("%(what)s: %(value)s") % {"what": _(ACTIONS[action]), "value": value}


def _whole(page: Page) -> dict[str, Any]:
    """The list that the selected tickets stand in, and whether all of it is selected."""
    key = said(page, "view")
    if not key:
        return {}
    where = lists.find(page.db, page.who, key, page.number("of_team"))
    count = bulk.how_many(page.db, page.who, where.view, where.team)
    return {"name": lists.name_of(page.db, where), "count": count, "all": said(page, "all")}


def _choices(page: Page) -> dict[str, Any]:
    desk = show.desk(page.db)
    return {
        "actions": [(key, _(name)) for key, name in ACTIONS.items() if key != "answer"],
        "statuses": show.words(show.STATUSES, but=("new", "closed")),
        "priorities": show.words(show.PRIORITIES),
        "people": [p for p in desk.people.values() if p.active and p.role != "viewer"],
        "teams": list(desk.teams.items()),
        "presets": [(p.key, _(p.name), show.moment(p.at)) for p in snooze.presets(clock.now(), i18n.zone())],
        "macros": readymade.every(page.db, Macro, page.who),
    }


def acts(page: Page) -> Response:
    """What the bar offers; asked for when the first ticket is selected."""
    known = tags.every(page.db, page.who, 200)
    return render(page, "console/_bulk_acts.html", **_choices(page), tags=known, me=show.initials(page.who.name))


# ── doing ─────────────────────────────────────────────────────────────────────────────────────────────


def begin(page: Page) -> Response:
    """Let it be done, and show how far it is."""
    numbers, _more = _chosen(page)
    return begun(page, bulk.begin(page.db, page.who, numbers, _task(page)))


def begun(page: Page, kept: Undo) -> Response:
    """How far it is, beside the list or as a page."""
    parts = {"section#chosen": "console/_chosen_done.html", "div#bulk-done": "console/_bulk_done.html"}
    part = parts.get(page.request.headers.get("hx-target", "")) if page.partial else None
    return render(page, part, **_result(page, kept)) if part else redirect(page, f"/console/bulk/{kept.id}")


def follow(page: Page) -> Response:
    """How far a task is, and what came of it."""
    kept = bulk.mine(page.db, page.who, page.path("undo"))
    if page.partial:
        return render(page, "console/_bulk_done.html", **_result(page, kept))
    return forms.draw(page, "console/bulk_done.html", "bulk", **_result(page, kept))


def _result(page: Page, kept: Undo) -> dict[str, Any]:
    left = kept.before.get("stuck" if kept.state in ("undoing", "undone") else "left", [])
    back = kept.state in ("undoing", "undone")
    return {
        "step": kept,
        "action": said_of(page, kept.what["action"], kept.what),
        "total": len(kept.before["was"] if back else kept.what["tickets"]),
        "changed": len(kept.before.get("was", [])) - (len(left) if back else 0),
        "left": [(number, why(Hindrance(sentence, *values))) for number, sentence, *values in left[:SHOWN]],
        "left_count": len(left),
        "moving": kept.state in ("running", "undoing"),
        "mails": kept.what["action"] == "answer" or any(one.get("sent") for one in kept.before.get("was", [])),
    }


def undo(page: Page) -> Response:
    """Take a task back."""
    return begun(page, bulk.undo(page.db, page.who, page.path("undo")))


def past(page: Page) -> Response:
    """What somebody did to many tickets within the time in which it can be taken back."""
    rows = [
        (one, said_of(page, one.what["action"], one.what), show.moment(one.made_at))
        for one in bulk.past(page.db, page.who)
    ]
    return forms.draw(page, "console/bulk_past.html", "bulk", rows=rows)
