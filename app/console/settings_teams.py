"""The desk's teams: who belongs to them, who sees their tickets, and where these go when one is dissolved."""

from __future__ import annotations

from starlette.responses import Response

from app.accounts import agents, teams
from app.console import forms, settings, settings_past, show
from app.errors import AppError, Invalid
from app.text.tokens import fold
from app.tickets import handover
from app.web import Page, redirect

HOME = "/console/settings/teams"


def listing(page: Page, error: AppError | None = None) -> Response:
    """All teams with what they have to do, and a form for one more; `q` narrows the list."""
    asked = page.query("q")[:100]
    wanted, people, members = fold(asked.strip()), show.staff(page.db), teams.members(page.db)
    tickets, leaving = handover.of_teams(page.db), handover.leaving(page.db)
    rows = [
        {
            "team": team,
            "members": [people[a].name for a in members.get(team.id, [])],
            "open": tickets.get(team.id, (0, 0))[0],
            "leaving": team.id in leaving,
        }
        for team in agents.teams(page.db)
        if wanted in fold(team.name)
    ]
    return settings.draw(
        page,
        "teams",
        "teams",
        rows=rows,
        asked=asked,
        everybody=_everybody(page, []),
        values=forms.typed(page, name=""),
        chosen=_members(page),
        private=page.text("private") == "1",
        errors=forms.errors(error),
    )


def _everybody(page: Page, also: list[int]) -> list[tuple[int, str]]:
    return [(p.id, p.name) for p in show.staff(page.db).values() if p.active or p.id in also]


def _members(page: Page) -> list[int]:
    return [int(v) for v in page.form.getlist("members") if isinstance(v, str) and v.isascii() and v.isdigit()]


def add(page: Page) -> Response:
    private = page.text("private") == "1"
    teams.add(page.db, page.text("name"), private=private, members=_members(page), by=settings.by(page))
    return redirect(page, f"{HOME}?done=added")


def team(page: Page, error: AppError | None = None) -> Response:
    """What a team is called, who belongs to it, what was changed, and how it is dissolved."""
    found = teams.get(page.db, page.path("team"))
    typed = "name" in page.form
    chosen = _members(page) if typed else teams.members(page.db).get(found.id, [])
    undone, every = handover.of_teams(page.db).get(found.id, (0, 0))
    leaving = handover.leaving(page.db)
    return settings.draw(
        page,
        "team",
        "teams",
        found=found,
        values=forms.typed(page, name=found.name, to=""),
        private=page.text("private") == "1" if typed else found.private,
        approval=page.text("approval") == "1" if typed else found.approval,
        everybody=_everybody(page, chosen),
        chosen=chosen,
        tickets=(undone, every),
        leaving=found.id in leaving,
        others=[(t.id, t.name) for t in agents.teams(page.db) if t.id != found.id and t.id not in leaving],
        past=settings_past.of(page, "team", found.id),
        errors=forms.errors(error),
    )


def change(page: Page) -> Response:
    found = teams.get(page.db, page.path("team"))
    switches = {name: page.text(name) == "1" for name in ("private", "approval")}
    teams.change(page.db, found, settings.by(page), name=page.text("name"), members=_members(page), **switches)
    return redirect(page, f"{HOME}?done=saved")


def dissolve(page: Page) -> Response:
    """Take the team away; its tickets go where the form says."""
    found, to = teams.get(page.db, page.path("team")), page.text("to")
    if to != "nobody" and page.number("to") is None:
        raise Invalid({"to": "Choose where its tickets go."})
    handover.dissolve(page.db, found, page.number("to"), settings.by(page))
    return redirect(page, f"{HOME}?done=dissolving")
