"""The desk's inboxes: what customers see of each, where its tickets go, and what it answers by itself."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app.accounts import agents
from app.accounts.models import Team
from app.channels import inboxes, registry
from app.channels.inboxes import Inbox
from app.console import forms, inbox_form, settings, settings_past, show
from app.errors import AppError, Invalid, NotFound
from app.i18n import gettext as _
from app.text.tokens import fold
from app.web import Page, redirect

HOME = "/console/settings/inboxes"


def listing(page: Page, error: AppError | None = None) -> Response:
    """Every way in, and a form for one more address; `q` narrows the list."""
    names, asked = show.teams(page.db), page.query("q")[:100]
    wanted = fold(asked.strip())
    rows = [
        (inbox, show.word(show.CHANNELS, inbox.kind), names.get(inbox.team_id or 0, ""))
        for inbox in inboxes.every(page.db)
        if wanted in fold(f"{inbox.name}\n{inbox.address}")
    ]
    values = forms.typed(page, name="", address="", team="")
    return settings.draw(
        page,
        "inboxes",
        "inboxes",
        rows=rows,
        asked=asked,
        values=values,
        teams=_teams(page),
        errors=forms.errors(error),
    )


def _teams(page: Page) -> list[tuple[int | str, str]]:
    return [("", _("No team")), *((team.id, team.name) for team in agents.teams(page.db))]


def add(page: Page) -> Response:
    """One more mail address. Other channels need secrets and are added by command."""
    name, address = page.text("name").strip(), page.text("address").strip()
    faults = {}
    if not name or len(name) > 80:
        faults["name"] = "A name has 1 to 80 characters."
    if "@" not in address[1:-1] or len(address) > 254 or any(c.isspace() for c in address):
        faults["address"] = "This is not an e-mail address."
    if faults:
        raise Invalid(faults)
    inboxes.add(page.db, "email", name, address, team_id=_team(page), by=settings.by(page))
    return redirect(page, f"{HOME}?done=added")


def _team(page: Page) -> int | None:
    number = page.number("team")
    if number is not None and page.db.get(Team, number) is None:
        raise Invalid({"team": "This team does not exist."})
    return number


def _find(page: Page) -> Inbox:
    found = page.db.get(Inbox, page.path("inbox"))
    if found is None:
        raise NotFound
    return found


def inbox(page: Page, error: AppError | None = None) -> Response:
    """One inbox: what can be set on its channel, and what was changed."""
    found = _find(page)
    own = {"name": found.name, "team": found.team_id or "", "locale": found.locale}
    checked: dict[str, Any] = {"active": found.active, **inbox_form.switches(found)}
    if page.form:
        checked = {name: page.text(name) == "1" for name in checked}
    return settings.draw(
        page,
        "inbox",
        "inboxes",
        found=found,
        channel=show.word(show.CHANNELS, found.kind),
        can=registry.channel(page.db, found.kind).capabilities,
        values=forms.typed(page, **own, **inbox_form.values(found)),
        checked=checked,
        teams=_teams(page),
        languages=[("", _("The customer’s, else the desk’s")), *show.LANGUAGES.items()],
        written_in=list(show.LANGUAGES.items()),
        usual=inbox_form.usual(page),
        mails=[("", _("The oldest mail address")), *_mails(page)],
        past=settings_past.of(page, "inbox", found.id),
        errors=forms.errors(error),
    )


def _mails(page: Page) -> list[tuple[str, str]]:
    return [(one.address, f"{one.name} <{one.address}>") for one in inboxes.every(page.db, "email") if one.active]


def change(page: Page) -> Response:
    found = _find(page)
    inboxes.change(
        page.db,
        found,
        name=page.text("name"),
        locale=page.text("locale"),
        team_id=_team(page),
        active=page.text("active") == "1",
        settings=inbox_form.read(page, found),
        by=settings.by(page),
    )
    return redirect(page, f"{HOME}?done=saved")
