"""What the pages of canned replies and of macros share: whose they are, the form's head, and what changed when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app import i18n
from app.accounts import agents
from app.accounts.models import Team
from app.console import forms, show
from app.errors import NotFound
from app.i18n import N_
from app.i18n import gettext as _
from app.text import plain
from app.tickets import placeholders, readymade
from app.tickets.readymade import CannedReply, Edit, Head, Macro, R
from app.web import Page

Was = Callable[[Edit], list[tuple[str, str]]]
SCOPES: Mapping[str, tuple[str, str]] = {
    "own": ("user", N_("Only me")),
    "team": ("users", N_("A team")),
    "desk": ("store", N_("Everybody")),
}
CHANGES: Mapping[str, str] = {
    "name": N_("Name"),
    "shortcut": N_("Short word"),
    "reading": N_("Reading"),
    "scope": N_("Who can use it"),
    "team_id": N_("Team"),
    "texts": N_("Text"),
    "files": N_("Files"),
    "note": N_("Internal note"),
    "actions": N_("Steps"),
    "name_en": N_("Name in English"),
    "name_ja": N_("Name in Japanese"),
    "conditions": N_("Conditions"),
    "sort": N_("Order"),
    "audience": N_("Who sees it"),
}


def head(page: Page) -> Head:
    """What was typed, as the domain takes it."""
    return Head(
        name=" ".join(plain.strip_controls(page.text("name")).split()),
        shortcut=page.text("shortcut").strip().lstrip("/"),
        reading=" ".join(page.text("reading").split())[: readymade.NAME],
        scope=page.text("scope", "own"),
        team_id=page.number("team") if page.text("scope") == "team" else None,
        texts={language: page.text(f"text-{language}") for language in i18n.LOCALES},
    )


def values(page: Page, one: CannedReply | Macro | None) -> dict[str, Any]:
    """The fields of the form: what was just typed, else how it is."""
    texts = {f"text-{language}": one.texts.get(language, "") if one else "" for language in i18n.LOCALES}
    named = {name: getattr(one, name) if one else "" for name in ("name", "shortcut", "reading")}
    team = one.team_id if one and one.team_id else ""
    return forms.typed(page, **named, scope=one.scope if one else "own", team=team, **texts)


def choices(page: Page, one: CannedReply | Macro | None) -> dict[str, Any]:
    """Whose it may be, for this agent, and what can stand in a text."""
    mine = readymade.my_teams(page.db, page.who)
    admin = page.who.role in readymade.ADMINS
    teams = [(team.id, team.name) for team in agents.teams(page.db) if admin or team.id in mine]
    scopes = [
        (key, icon, _(name))
        for key, (icon, name) in SCOPES.items()
        if key == "own" or (key == "team" and teams) or (key == "desk" and admin)
    ]
    return {
        "scopes": scopes,
        "teams": [("", _("Choose…")), *teams],
        "places": [(name, _(place.meaning)) for name, place in placeholders.TABLE.items()],
        "languages": list(show.LANGUAGES.items()),
        "may": one is None or readymade.may_change(page.db, page.who, one.scope, one.team_id),
    }


def whose(page: Page, found: Sequence[CannedReply | Macro]) -> dict[int, tuple[str, str]]:
    """{number: (icon, who can use it)} of several."""
    wanted = {one.team_id for one in found if one.team_id}
    names = dict(page.db.execute(sa.select(Team.id, Team.name).where(Team.id.in_(wanted))).all()) if wanted else {}
    said = {}
    for one in found:
        icon, name = SCOPES[one.scope]
        team = names.get(one.team_id or 0, _("a team that no longer exists"))
        said[one.id] = icon, team if one.scope == "team" else _(name)
    return said


def past(page: Page, kind: str, number: int, was: Was | None = None) -> list[dict[str, Any]]:
    """The changes of one thing of a table in words, the newest first: who, when, what, and how a text was before.

    `was` tells [(what, how it was)] of things that are no texts.
    """
    names = agents.names(page.db)
    return [
        {
            "who": names.get(edit.agent_id or 0, _("Somebody who left")),
            "at": show.moment(edit.at),
            "iso": edit.at.isoformat(timespec="seconds"),
            "what": _changed(edit),
            "was": (was or _was)(edit),
        }
        for edit in readymade.history(page.db, kind, number)
    ]


def _changed(edit: Edit) -> str:
    if not edit.before:
        return _("Added.")
    if edit.before.get("removed") != edit.after.get("removed"):
        return _("Removed.") if edit.after.get("removed") else _("Brought back.")
    parts = [_(name) for key, name in CHANGES.items() if edit.before.get(key) != edit.after.get(key)]
    return _("Changed: %(what)s") % {"what": _(", ").join(parts)}


def _was(edit: Edit) -> list[tuple[str, str]]:
    """(language, text) of what stood there before."""
    before, after = edit.before.get("texts", {}), edit.after.get("texts", {})
    return [(show.LANGUAGES.get(key, key), text) for key, text in before.items() if after.get(key) != text]


def gone(page: Page, model: type[R], home: str) -> list[dict[str, Any]]:
    """What is said after one was removed, with the way back."""
    number = page.number("gone")
    try:
        one = readymade.find(page.db, model, page.who, number) if number else None
    except NotFound:
        one = None
    if one is None or one.removed_at is None:
        return []
    way = {"url": f"{home}/{one.id}/remove", "fields": {"back": "1"}}
    return [{"text": _("Removed: %(name)s") % {"name": one.name}, "wrong": False, "undo": way}]
