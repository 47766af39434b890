"""What happened on a ticket, in sentences: one small function for each kind of event that a thread shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.console import show
from app.console.show import Person
from app.events import Event
from app.i18n import gettext as _


@dataclass(frozen=True)
class Names:
    """Who and what the events of one ticket are about."""

    people: Mapping[int, Person]
    requester: str
    teams: Mapping[int, str]

    def name(self, agent_id: int | None, fallback: str) -> str:
        """What to call a colleague, also one who left."""
        known = self.people.get(agent_id) if agent_id else None
        return known.name if known else fallback or _("Somebody who left")

    def by(self, event: Event) -> str:
        """Who did it, in words."""
        if event.actor_kind == "agent":
            return self.name(event.actor_id, "")
        return self.requester if event.actor_kind == "customer" else _("Madoguchi")

    def team(self, number: Any) -> str:
        return self.teams.get(number, _("no team")) if number else _("no team")

    def agent(self, number: Any) -> str:
        return self.name(number, "")


Said = tuple[Any, ...] | None


def _assigned(here: Names, event: Event, data: Mapping[str, Any]) -> Said:
    after, by = data.get("after"), here.by(event)
    if after is None:
        return "user", _("%(who)s took the assignee off") % {"who": by}
    if event.actor_kind == "agent" and event.actor_id == after:
        return "user", _("%(who)s took the ticket") % {"who": by}
    return "user", _("%(who)s gave the ticket to %(whom)s") % {"who": by, "whom": here.agent(after)}


def _moved(here: Names, event: Event, data: Mapping[str, Any]) -> Said:
    values = {"who": here.by(event), "team": here.team(data.get("after"))}
    if data.get("after") is None:
        return "users", _("%(who)s took the ticket out of its team") % values
    return "users", _("%(who)s moved the ticket to %(team)s") % values


def _status(here: Names, event: Event, data: Mapping[str, Any]) -> Said:
    after, why = str(data.get("after", "")), data.get("why", "")
    if why == "answered":
        return None  # the reply itself says it
    icon, name = show.STATUSES.get(after, ("circle-dot", after))
    if why == "customer_wrote":
        again = data.get("before") in ("solved", "closed")
        return "rotate-ccw", _("Reopened by a reply") if again else _("Open again: the customer wrote")
    if why == "solved_long_ago":
        return icon, _("Closed, two weeks after it was solved")
    return icon, _("%(who)s set the status to %(status)s") % {"who": here.by(event), "status": _(name)}


def _priority(here: Names, event: Event, data: Mapping[str, Any]) -> Said:
    word = show.word(show.PRIORITIES, str(data.get("after", "")))
    return word.icon, _("%(who)s set the priority to %(priority)s") % {"who": here.by(event), "priority": word.name}


def _subject(here: Names, event: Event, data: Mapping[str, Any]) -> Said:
    return "pencil", _("%(who)s changed the subject, it was “%(before)s”") % {
        "who": here.by(event),
        "before": data.get("before", ""),
    }


def _spam(here: Names, event: Event, data: Mapping[str, Any]) -> Said:
    text = _("%(who)s marked this as spam") if data.get("after") else _("%(who)s said that this is no spam")
    return "shield-alert", text % {"who": here.by(event)}


def _tagged(here: Names, event: Event, data: Mapping[str, Any]) -> Said:
    if data.get("added"):
        return "tag", _("%(who)s added the tag %(tag)s") % {"who": here.by(event), "tag": data["added"]}
    return "tag", _("%(who)s removed the tag %(tag)s") % {"who": here.by(event), "tag": data.get("removed", "")}


def _rated(here: Names, event: Event, data: Mapping[str, Any]) -> Said:
    rating = int(data.get("rating") or data.get("score") or 0)
    return "smile", _("Rated %(rating)s of 5") % {"rating": rating}, rating, str(data.get("comment") or "")


EVENTS: Mapping[str, Callable[[Names, Event, Mapping[str, Any]], Said]] = {
    "ticket.assigned": _assigned,
    "ticket.moved": _moved,
    "ticket.status": _status,
    "ticket.priority": _priority,
    "ticket.subject": _subject,
    "ticket.spam": _spam,
    "ticket.tagged": _tagged,
    "survey.answered": _rated,
    "survey.changed": _rated,
}


def say(names: Names, event: Event) -> Said:
    """(icon, sentence), for a rating also its stars and comment; None for what needs no line."""
    return EVENTS[event.kind](names, event, event.data) if event.kind in EVENTS else None
