"""The desk's settings: what all their pages share, and what the environment has set."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app import settings as desk_settings
from app.console import forms, rail, show
from app.events import Actor
from app.i18n import N_
from app.i18n import gettext as _
from app.web import Page, redirect

TABS = (
    ("desk", "store", N_("Desk")),
    ("agents", "users", N_("Agents")),
    ("teams", "layers", N_("Teams")),
    ("inboxes", "inbox", N_("Inboxes")),
    ("tags", "tag", N_("Tags")),
    ("fields", "list-checks", N_("Fields")),
    ("blocks", "shield-alert", N_("Blocked senders")),
)
OWN_TABS = (
    ("canned", "text-quote", N_("Canned replies")),
    ("macros", "zap", N_("Macros")),
    ("signatures", "pencil", N_("Signatures")),
)
ALL_CHANGES = ("history", "history", N_("History"))


def draw(page: Page, template: str, tab: str, **values: Any) -> Response:
    """A page beside the tabs: administrators see all of them, others those of what they write for themselves."""
    open_to = (*TABS, *OWN_TABS, ALL_CHANGES) if page.who.role in rail.ADMINS else OWN_TABS
    tabs = [(key, icon, _(name), key == tab) for key, icon, name in open_to]
    return forms.draw(page, f"console/settings/{template}.html", "settings", tabs=tabs, **values)


def by(page: Page) -> Actor:
    """Whoever changes something here."""
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
    return draw(page, "desk", "desk", rows=rows)
