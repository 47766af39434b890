"""The desk's people: who works here, what they may do, and who takes over when somebody leaves."""

from __future__ import annotations

from starlette.responses import Response

from app.accounts import agents, teams
from app.accounts.models import Agent
from app.console import forms, settings, settings_past, show
from app.errors import AppError, Forbidden, Invalid
from app.i18n import N_
from app.i18n import gettext as _
from app.text import plain
from app.text.tokens import fold
from app.tickets import assignment, handover
from app.web import Page, redirect

HOME = "/console/settings/agents"
MAY = {
    "owner": N_("Everything, and names other owners. A desk has at least one."),
    "admin": N_("All settings, and every ticket, those of private teams too."),
    "agent": N_("Answers, changes and closes the tickets that they see."),
    "viewer": N_("Reads the tickets that they see and changes nothing."),
}


def people(page: Page, error: AppError | None = None) -> Response:
    """Everybody, their roles, and a form for one more; `q` narrows the list."""
    return _people(page, error)


def _people(page: Page, error: AppError | None = None, link: str = "", invited: str = "") -> Response:
    asked = page.query("q")[:100]
    blank = {"name": "", "email": "", "role": "agent", "sees": "all"}
    return settings.draw(
        page,
        "agents",
        "agents",
        rows=_rows(page, fold(asked.strip())),
        asked=asked,
        roles=_roles(page),
        may=[(_(name), _(MAY[role])) for role, name in show.ROLES.items()],
        values=blank if link else forms.typed(page, **blank),
        errors=forms.errors(error),
        link=link,
        invited=invited,
    )


def _rows(page: Page, wanted: str) -> list[dict[str, object]]:
    names, open_tickets = show.teams(page.db), handover.open_of(page.db)
    of_agent: dict[int, list[str]] = {}
    for team, members in teams.members(page.db).items():
        for member in members:
            of_agent.setdefault(member, []).append(names[team])
    return [
        {
            "agent": a,
            "initials": plain.initials(a.name),
            "role": _(show.ROLES[a.role]),
            "teams": of_agent.get(a.id, []),
            "open": open_tickets.get(a.id, 0),
        }
        for a in agents.every(page.db)
        if wanted in fold(f"{a.name}\n{a.reading}\n{a.email}")
    ]


def _roles(page: Page) -> list[tuple[str, str]]:
    """The roles that this person may give: an owner is named by an owner alone."""
    return [(key, _(name)) for key, name in show.ROLES.items() if key != "owner" or page.who.role == "owner"]


def _may_give(page: Page, role: str, to: Agent | None = None) -> None:
    if page.who.role != "owner" and (role == "owner" or (to is not None and to.role == "owner")):
        raise Forbidden("Only an owner can do this.")


def add_agent(page: Page) -> Response:
    """A new agent, and the link with which they choose a password. It is shown this once."""
    _may_give(page, page.text("role"))
    added = agents.add(
        page.db,
        page.text("email"),
        page.text("name"),
        role=page.text("role", "agent"),
        sees=page.text("sees", "all"),
        locale=page.who.locale,
        by=settings.by(page),
    )
    return _invite(page, added)


def _invite(page: Page, agent: Agent) -> Response:
    token = agents.invite(page.db, agent, settings.by(page))
    return _people(page, link=f"{page.settings.base_url.rstrip('/')}/invitation/{token}", invited=agent.name)


def invite(page: Page) -> Response:
    """A new link for somebody to choose a password with."""
    agent = agents.get(page.db, page.path("agent"))
    _may_give(page, agent.role, agent)
    return _invite(page, agent)


def agent(page: Page, error: AppError | None = None) -> Response:
    """One agent: what they are called, may do and see, what they have not done, and what was changed."""
    found = agents.get(page.db, page.path("agent"))
    to_owner = found.role == "owner" and page.who.role != "owner"
    return settings.draw(
        page,
        "agent",
        "agents",
        found=found,
        roles=[("owner", _(show.ROLES["owner"]))] if to_owner else _roles(page),
        may=[(_(name), _(MAY[role])) for role, name in show.ROLES.items()],
        values=forms.typed(page, name=found.name, email=found.email, role=found.role, sees=found.sees, to=""),
        active=page.text("active") == "1" if "role" in page.form else found.active,
        approval=page.text("approval") == "1" if "role" in page.form else found.approval,
        open=handover.open_of(page.db).get(found.id, 0),
        takers=[(number, name) for number, name in assignment.assignable(page.db) if number != found.id],
        past=settings_past.of(page, "agent", found.id),
        errors=forms.errors(error),
    )


def change_agent(page: Page) -> Response:
    """Save what was changed. Whoever leaves with open tickets is shown with the question who takes them."""
    found = agents.get(page.db, page.path("agent"))
    _may_give(page, page.text("role"), found)
    active = page.text("active") == "1"
    if found.id == page.who.id and not active:
        raise Invalid({"active": "You cannot shut yourself out."})
    agents.change(
        page.db,
        found,
        settings.by(page),
        role=page.text("role") or None,
        sees=page.text("sees") or None,
        approval=page.text("approval") == "1",
        active=active,
        name=page.text("name") or None,
        email=page.text("email") or None,
    )
    left = not active and handover.open_of(page.db).get(found.id, 0)
    return redirect(page, f"{HOME}/{found.id}?done=saved#open" if left else f"{HOME}?done=saved")


def give_away(page: Page) -> Response:
    """Hand somebody's open tickets over; the page of the step shows how far it is, and undoes it."""
    found = agents.get(page.db, page.path("agent"))
    to = page.text("to")
    if to != "nobody" and page.number("to") is None:
        raise Invalid({"to": "Choose who takes them."})
    step = handover.give_away(page.db, page.who, found.id, page.number("to"))
    return redirect(page, f"/console/bulk/{step.id}" if step else f"{HOME}/{found.id}?done=saved")
