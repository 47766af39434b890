"""The desk's settings: its people, teams and inboxes. For the owner and administrators."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app import settings as desk_settings
from app.accounts import agents, tokens
from app.accounts.models import Agent, Team
from app.channels import inboxes
from app.channels.inboxes import Inbox
from app.console import forms, show
from app.errors import AppError, Forbidden, Invalid, NotFound
from app.events import Actor
from app.i18n import N_
from app.i18n import gettext as _
from app.text import plain
from app.web import Page, redirect

TABS = (
    ("desk", "store", N_("Desk")),
    ("agents", "users", N_("Agents")),
    ("teams", "layers", N_("Teams")),
    ("inboxes", "inbox", N_("Inboxes")),
)
LONGEST_DELAY = 30 * 24 * 60  # minutes


def _draw(page: Page, template: str, tab: str, **values: Any) -> Response:
    tabs = [(key, icon, _(name), key == tab) for key, icon, name in TABS]
    return forms.draw(page, f"console/settings/{template}.html", "settings", tabs=tabs, **values)


def _by(page: Page) -> Actor:
    return Actor("agent", page.who.id)


def home(page: Page) -> Response:
    return redirect(page, "/console/settings/desk")


# ── the desk ──────────────────────────────────────────────────────────────────────────────────────────

SHOWN = (
    ("desk_name", N_("Name of the desk")),
    ("base_url", N_("Address")),
    ("locale", N_("Language when a person’s own is unknown")),
    ("time_zone", N_("Time zone")),
    ("acknowledge", N_("New tickets are acknowledged")),
    ("survey_delay_minutes", N_("Minutes between solving and the request for a rating")),
    ("survey_expires_days", N_("Days that a rating can be given")),
    ("upload_max_bytes", N_("Largest attachment")),
    ("smtp_url", N_("Outgoing mail")),
)


def desk(page: Page) -> Response:
    """What the environment has set; shown, not changed here."""
    rows = []
    for key, name in SHOWN:
        value = getattr(page.settings, key)
        if key == "smtp_url":
            text = _("through an SMTP server") if value else _("kept on /dev/outbox")
        elif key.endswith("_bytes"):
            text = show.size(value)
        elif isinstance(value, bool):
            text = _("yes") if value else _("no")
        else:
            text = show.LANGUAGES.get(str(value), str(value))
        rows.append((_(name), text, desk_settings.PREFIX + key.upper()))
    return _draw(page, "desk", "desk", rows=rows)


# ── agents ────────────────────────────────────────────────────────────────────────────────────────────


def people(page: Page, error: AppError | None = None) -> Response:
    """Everybody, their roles, and a form for one more."""
    return _people(page, error)


def _people(page: Page, error: AppError | None = None, link: str = "", invited: str = "") -> Response:
    teams = {team.id: team.name for team in agents.teams(page.db)}
    of_agent: dict[int, list[str]] = {}
    for team, members in agents.members(page.db).items():
        for member in members:
            of_agent.setdefault(member, []).append(teams[team])
    rows = [
        {"agent": a, "initials": plain.initials(a.name), "role": _(show.ROLES[a.role]), "teams": of_agent.get(a.id, [])}
        for a in agents.every(page.db)
    ]
    fresh = {} if link else forms.typed(page, name="", email="", role="agent", sees="all")
    return _draw(
        page,
        "agents",
        "agents",
        rows=rows,
        roles=_roles(page),
        values=fresh or {"name": "", "email": "", "role": "agent", "sees": "all"},
        errors=forms.errors(error),
        link=link,
        invited=invited,
    )


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
        by=_by(page),
    )
    return _invite(page, added)


def _invite(page: Page, agent: Agent) -> Response:
    token = tokens.mint(page.db, "invitation", agent=agent.id)
    return _people(page, link=f"{page.settings.base_url.rstrip('/')}/invitation/{token}", invited=agent.name)


def invite(page: Page) -> Response:
    """A new link for somebody to choose a password with."""
    agent = agents.get(page.db, page.path("agent"))
    _may_give(page, agent.role, agent)
    if not agent.active:
        raise NotFound
    return _invite(page, agent)


def agent(page: Page, error: AppError | None = None) -> Response:
    """One agent: what they may do and see."""
    found = agents.get(page.db, page.path("agent"))
    now = forms.typed(page, role=found.role, sees=found.sees)
    roles = _roles(page) if found.role != "owner" or page.who.role == "owner" else [("owner", _(show.ROLES["owner"]))]
    return _draw(page, "agent", "agents", found=found, roles=roles, values=now, errors=forms.errors(error))


def change_agent(page: Page) -> Response:
    found = agents.get(page.db, page.path("agent"))
    _may_give(page, page.text("role"), found)
    active = page.text("active") == "1"
    if found.id == page.who.id and not active:
        raise Invalid({"active": "You cannot shut yourself out."})
    agents.change(
        page.db, found, _by(page), role=page.text("role") or None, sees=page.text("sees") or None, active=active
    )
    return redirect(page, "/console/settings/agents?done=saved")


# ── teams ─────────────────────────────────────────────────────────────────────────────────────────────


def teams(page: Page, error: AppError | None = None) -> Response:
    """All teams, and a form for one more."""
    names, members = agents.names(page.db), agents.members(page.db)
    rows = [(team, [names[a] for a in members.get(team.id, [])]) for team in agents.teams(page.db)]
    everybody = [(a.id, a.name) for a in agents.every(page.db) if a.active]
    return _draw(
        page,
        "teams",
        "teams",
        rows=rows,
        everybody=everybody,
        values=forms.typed(page, name=""),
        chosen=_members(page),
        private=page.text("private") == "1",
        errors=forms.errors(error),
    )


def _members(page: Page) -> list[int]:
    return [int(v) for v in page.form.getlist("members") if isinstance(v, str) and v.isascii() and v.isdigit()]


def add_team(page: Page) -> Response:
    private = page.text("private") == "1"
    agents.add_team(page.db, page.text("name"), private=private, members=_members(page), by=_by(page))
    return redirect(page, "/console/settings/teams?done=added")


def _team(page: Page) -> Team:
    team = page.db.get(Team, page.path("team"))
    if team is None:
        raise NotFound
    return team


def team(page: Page, error: AppError | None = None) -> Response:
    """Who belongs to a team."""
    found = _team(page)
    chosen = _members(page) if page.form else agents.members(page.db).get(found.id, [])
    everybody = [(a.id, a.name) for a in agents.every(page.db) if a.active or a.id in chosen]
    return _draw(page, "team", "teams", found=found, everybody=everybody, chosen=chosen, errors=forms.errors(error))


def change_team(page: Page) -> Response:
    agents.set_members(page.db, _team(page), _members(page), _by(page))
    return redirect(page, "/console/settings/teams?done=saved")


# ── inboxes ───────────────────────────────────────────────────────────────────────────────────────────


def all_inboxes(page: Page, error: AppError | None = None) -> Response:
    """Every way in, and a form for one more address."""
    names = {team.id: team.name for team in agents.teams(page.db)}
    rows = [
        (inbox, show.word(show.CHANNELS, inbox.kind), names.get(inbox.team_id or 0, ""))
        for inbox in inboxes.every(page.db)
    ]
    values = forms.typed(page, name="", address="", team="")
    team_choice = [("", _("No team")), *names.items()]
    return _draw(page, "inboxes", "inboxes", rows=rows, values=values, teams=team_choice, errors=forms.errors(error))


def add_inbox(page: Page) -> Response:
    """One more mail address. Other channels need secrets and are added by command."""
    name, address = page.text("name").strip(), page.text("address").strip()
    faults = {}
    if not name or len(name) > 80:
        faults["name"] = "A name has 1 to 80 characters."
    if "@" not in address[1:-1] or len(address) > 254:
        faults["address"] = "This is not an e-mail address."
    if faults:
        raise Invalid(faults)
    inboxes.add(page.db, "email", name, address, team_id=_team_choice(page))
    return redirect(page, "/console/settings/inboxes?done=added")


def _team_choice(page: Page) -> int | None:
    number = page.number("team")
    if number is not None and page.db.get(Team, number) is None:
        raise Invalid({"team": "This team does not exist."})
    return number


def _inbox(page: Page) -> Inbox:
    inbox = page.db.get(Inbox, page.path("inbox"))
    if inbox is None:
        raise NotFound
    return inbox


def inbox(page: Page, error: AppError | None = None) -> Response:
    """One inbox: its name, team, language, and when its customers are asked for a rating."""
    found = _inbox(page)
    values = forms.typed(
        page,
        name=found.name,
        team=found.team_id or "",
        locale=found.locale,
        survey_delay=found.settings.get("survey_delay_minutes", ""),
    )
    return _draw(
        page,
        "inbox",
        "inboxes",
        found=found,
        channel=show.word(show.CHANNELS, found.kind),
        values=values,
        teams=[("", _("No team")), *((t.id, t.name) for t in agents.teams(page.db))],
        languages=[("", _("The customer’s, else the desk’s")), *show.LANGUAGES.items()],
        survey=page.text("survey") == "1" if page.form else found.settings.get("survey", True),
        errors=forms.errors(error),
    )


def change_inbox(page: Page) -> Response:
    found = _inbox(page)
    more: dict[str, Any] = {"survey": page.text("survey") == "1", "survey_delay_minutes": _delay(page)}
    inboxes.change(
        page.db,
        found,
        name=page.text("name"),
        locale=page.text("locale"),
        team_id=_team_choice(page),
        active=page.text("active") == "1",
        settings=more,
    )
    return redirect(page, "/console/settings/inboxes?done=saved")


def _delay(page: Page) -> int | None:
    text = page.text("survey_delay").strip()
    if not text:
        return None
    number = page.number("survey_delay")
    if number is None or number > LONGEST_DELAY:
        raise Invalid({"survey_delay": "Give whole minutes, at most 43,200 (30 days)."})
    return number
