"""What was changed in the settings: when, by whom, and how it was before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from app import events
from app.channels import inboxes
from app.console import settings, show
from app.events import Event
from app.i18n import N_
from app.i18n import gettext as _
from app.web import Page

MOST = 100  # of the page of all changes
SHOWN = 80  # characters of a text

FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "email": N_("E-mail"),
    "role": N_("Role"),
    "sees": N_("Sees"),
    "active": N_("May sign in"),
    "reading": N_("Reading"),
    "locale": N_("Language"),
    "time_zone": N_("Time zone"),
    "theme": N_("Theme"),
    "private": N_("Private"),
    "approval": N_("Replies need approval"),
    "members": N_("Members"),
    "team": N_("New tickets go to"),
    "in_use": N_("In use"),
    "from_name": N_("Name of the sender"),
    "plus_addressing": N_("Answers come back to an address of their ticket"),
    "acknowledge": N_("New tickets are acknowledged"),
    "acknowledgement_en": N_("Acknowledgement in English"),
    "acknowledgement_ja": N_("Acknowledgement in Japanese"),
    "survey": N_("Ask for a rating after solving"),
    "survey_delay_minutes": N_("Minutes until a rating is asked for"),
    "mail_inbox": N_("Answers leave from"),
    "origins": N_("Sites that may show this chat"),
    "brand": N_("Colour"),
}
SEES = {"all": N_("All tickets, but those of private teams"), "teams": N_("Only own tickets and those of own teams")}
KINDS: Mapping[str, tuple[str, str]] = {
    "agent.added": ("agent", N_("%(what)s was added as an agent")),
    "agent.changed": ("agent", N_("%(what)s: %(changes)s")),
    "agent.invited": ("agent", N_("%(what)s got a new link to choose a password")),
    "agent.password_changed": ("agent", N_("%(what)s chose a new password")),
    "team.added": ("team", N_("The team %(what)s was added")),
    "team.changed": ("team", N_("Team %(what)s: %(changes)s")),
    "team.removed": ("team", N_("The team %(what)s was dissolved")),
    "inbox.added": ("inbox", N_("The inbox %(what)s was added")),
    "inbox.changed": ("inbox", N_("Inbox %(what)s: %(changes)s")),
    "field.added": ("field", N_("The field %(what)s was added")),
    "field.changed": ("field", N_("The field %(what)s was changed")),
    "field.archived": ("field", N_("The field %(what)s was archived")),
    "field.restored": ("field", N_("The field %(what)s was taken out of the archive")),
    "sender.blocked": ("block", N_("%(what)s was blocked")),
    "sender.unblocked": ("block", N_("%(what)s was unblocked")),
    "tag.renamed": ("tag", N_("The tag %(before)s is called %(after)s now")),
    "tag.joined": ("tag", N_("The tag %(what)s was joined to %(into)s, on %(tickets)s tickets")),
    "tag.parted": ("tag", N_("The tag %(what)s was taken apart from %(into)s again, on %(tickets)s tickets")),
    "tag.deleted": ("tag", N_("The tag %(what)s was deleted from %(tickets)s tickets")),
}


@dataclass(frozen=True, slots=True)
class Past:
    """One change. `was` is empty: what was before stands in the sentence."""

    who: str
    what: str
    at: str
    iso: str
    was: tuple[()] = ()


def everything(page: Page) -> Response:
    """The changes of all settings, the newest first; `before` leads to older ones."""
    found = events.about(page.db, list(KINDS), before=page.number("before") or 0, limit=MOST + 1)
    older = found[MOST - 1].id if len(found) > MOST else None
    return settings.draw(page, "history", "history", past=_lines(page, found[:MOST]), older=older)


def of(page: Page, key: str, number: int) -> list[Past]:
    """The newest changes of one agent, team, inbox or tag."""
    kinds = [kind for kind, (about, _sentence) in KINDS.items() if about == key]
    return _lines(page, events.about(page.db, kinds, key, number))


def _lines(page: Page, found: Any) -> list[Past]:
    known = _Known(page)
    return [
        Past(known.by(event), known.say(event), show.moment(event.at), event.at.isoformat(timespec="seconds"))
        for event in found
    ]


class _Known:
    """The names that stand behind numbers."""

    def __init__(self, page: Page) -> None:
        desk = show.desk(page.db)
        self.people = {number: person.name for number, person in desk.people.items()}
        self.teams = desk.teams
        self.inboxes = {inbox.id: inbox.name for inbox in inboxes.every(page.db)}

    def by(self, event: Event) -> str:
        if event.actor_kind != "agent":
            return _("Madoguchi")
        return self.people.get(event.actor_id or 0, _("Somebody who left"))

    def say(self, event: Event) -> str:
        key, sentence = KINDS[event.kind]
        data = event.data
        names: Mapping[str, Mapping[int, str]] = {"agent": self.people, "team": self.teams, "inbox": self.inboxes}
        what = names.get(key, {}).get(data.get(key) or 0) or data.get("name", "")
        values = {"what": what, "changes": self._changes(data), "into": "", "tickets": "", "before": "", "after": ""}
        if event.kind == "tag.renamed":
            values |= {"before": data["before"]["name"], "after": data["after"]["name"]}
        values |= {name: str(data[name]) for name in ("into", "tickets") if name in data}
        return _(sentence) % values

    def _changes(self, data: Mapping[str, Any]) -> str:
        before, after = data.get("before", {}), data.get("after", {})
        if not after:
            return _("changed")
        parts = [
            _("%(field)s: %(before)s → %(after)s")
            % {"field": _(FIELDS[name]), "before": self._word(name, before.get(name)), "after": self._word(name, value)}
            for name, value in after.items()
            if name in FIELDS
        ]
        return _("; ").join(parts) or _("changed")

    def _word(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if value in (None, "", []):
            return "–"
        known: Callable[[Any], str] = {
            "role": lambda v: _(show.ROLES.get(v, str(v))),
            "sees": lambda v: _(SEES.get(v, str(v))),
            "locale": lambda v: show.LANGUAGES.get(v, v),
            "team": lambda v: self.teams.get(v, _("no team")),
            "members": lambda v: _(", ").join(self.people.get(one, "?") for one in v),
            "origins": lambda v: _(", ").join(map(str, v)),
        }.get(name, str)
        text = known(value)
        return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
