"""What happened on a ticket, in sentences: one small function for each kind of event that a thread shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.console import show
from app.console.show import Person
from app.i18n import N_
from app.i18n import gettext as _
from app.tickets import fields
from app.tickets.thread import Happening


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

    def by(self, event: Happening) -> str:
        """Who did it, in words."""
        if event.actor_kind == "agent":
            return self.name(event.actor_id, "")
        return self.requester if event.actor_kind == "customer" else _("Madoguchi")

    def team(self, number: Any) -> str:
        return self.teams.get(number, _("no team")) if number else _("no team")

    def agent(self, number: Any) -> str:
        return self.name(number, "")


Said = tuple[Any, ...] | None


def _assigned(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    after, by = data.get("after"), here.by(event)
    if after is None:
        return "user", _("%(who)s took the assignee off") % {"who": by}
    if event.actor_kind == "agent" and event.actor_id == after:
        return "user", _("%(who)s took the ticket") % {"who": by}
    return "user", _("%(who)s gave the ticket to %(whom)s") % {"who": by, "whom": here.agent(after)}


def _moved(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    values = {"who": here.by(event), "team": here.team(data.get("after"))}
    if data.get("after") is None:
        return "users", _("%(who)s took the ticket out of its team") % values
    return "users", _("%(who)s moved the ticket to %(team)s") % values


def _status(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    after, why = str(data.get("after", "")), data.get("why", "")
    if why == "answered":
        return None  # the reply itself says it
    icon, name = show.STATUSES.get(after, ("circle-dot", after))
    if why == "customer_wrote":
        again = data.get("before") in ("solved", "closed")
        return "rotate-ccw", _("Reopened by a reply") if again else _("Open again: the customer wrote")
    if why == "merged":
        return icon, _("Open again: the customer of the merged ticket waits")
    if why == "solved_long_ago":
        return icon, _("Closed, two weeks after it was solved")
    values = {"who": here.by(event), "status": _(name), "reason": data.get("reason", "")}
    if values["reason"]:
        return icon, _("%(who)s set the status to %(status)s: “%(reason)s”") % values
    return icon, _("%(who)s set the status to %(status)s") % values


def _field(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    words = data.get("words", {})
    values = {"who": here.by(event), "field": fields.said(data.get("name", {})) or data.get("field", "")}
    for side in ("before", "after"):
        known = data.get(side)
        values[side] = fields.said(words.get(side, {})) or ("" if known is None else str(known))
    if not values["after"]:
        return "list-checks", _("%(who)s emptied %(field)s, it was “%(before)s”") % values
    if not values["before"]:
        return "list-checks", _("%(who)s set %(field)s to “%(after)s”") % values
    return "list-checks", _("%(who)s changed %(field)s from “%(before)s” to “%(after)s”") % values


def _priority(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    word = show.word(show.PRIORITIES, str(data.get("after", "")))
    return word.icon, _("%(who)s set the priority to %(priority)s") % {"who": here.by(event), "priority": word.name}


def _subject(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    return "pencil", _("%(who)s changed the subject, it was “%(before)s”") % {
        "who": here.by(event),
        "before": data.get("before", ""),
    }


def _reports(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    return "reply", _("%(who)s answered the reports of this incident: %(count)s") % {
        "who": here.by(event),
        "count": data.get("count", 0),
    }


def _spam(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    text = _("%(who)s marked this as spam") if data.get("after") else _("%(who)s said that this is no spam")
    return "shield-alert", text % {"who": here.by(event)}


def _tagged(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    if data.get("added"):
        return "tag", _("%(who)s added the tag %(tag)s") % {"who": here.by(event), "tag": data["added"]}
    return "tag", _("%(who)s removed the tag %(tag)s") % {"who": here.by(event), "tag": data.get("removed", "")}


def _snoozed(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    if not data.get("until"):
        return "alarm-clock", _("%(who)s snoozed the ticket until the customer writes") % {"who": here.by(event)}
    until = show.moment(datetime.fromisoformat(data["until"]))
    return "alarm-clock", _("%(who)s snoozed the ticket until %(time)s") % {"who": here.by(event), "time": until}


def _woke(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    why = data.get("why", "")
    if why == "customer_wrote":
        return "alarm-clock", _("Woken: the customer wrote")
    if why == "time":
        return "alarm-clock", _("Woken: its time had come")
    return "alarm-clock", _("%(who)s ended the snooze") % {"who": here.by(event)}


def _merged(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    values = {"who": here.by(event), "number": data.get("into")}
    if data.get("why") == "unsplit":
        return "merge", _("%(who)s undid the split: all of it is back in #%(number)s") % values
    return "merge", _("%(who)s merged this ticket into #%(number)s") % values


def _absorbed(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    values = {"who": here.by(event), "number": data.get("source")}
    if data.get("why") == "unsplit":
        return "merge", _("%(who)s undid the split: all of #%(number)s is back here") % values
    return "merge", _("%(who)s merged #%(number)s into this ticket") % values


def _unmerged(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    return "split", _("%(who)s undid the merge with #%(number)s") % {"who": here.by(event), "number": data.get("other")}


def _split(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    return "split", _("%(who)s split off #%(number)s") % {"who": here.by(event), "number": data.get("into")}


def _rated(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    rating = int(data.get("rating") or data.get("score") or 0)
    return "smile", _("Rated %(rating)s of 5") % {"rating": rating}, rating, str(data.get("comment") or "")


def _forwarded(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    return "forward", _("%(who)s forwarded messages to %(to)s") % {"who": here.by(event), "to": data.get("to", "")}


def _followed(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    values = {"who": here.by(event), "whom": here.agent(data.get("agent"))}
    if event.actor_kind == "agent" and event.actor_id == data.get("agent"):
        return "eye", _("%(who)s follows the ticket") % values
    return "eye", _("%(who)s had %(whom)s follow the ticket") % values


def _unfollowed(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    values = {"who": here.by(event), "whom": here.agent(data.get("agent"))}
    if event.actor_kind == "agent" and event.actor_id == data.get("agent"):
        return "eye", _("%(who)s no longer follows the ticket") % values
    return "eye", _("%(who)s took %(whom)s off the followers") % values


def _linked(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    """Which one it is stands in the panel, for those who may see it."""
    return "link", _("%(who)s linked another ticket") % {"who": here.by(event)}


def _unlinked(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    return "link", _("%(who)s took a link with another ticket away") % {"who": here.by(event)}


def _approved(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    values = {"who": here.by(event), "whom": here.agent(data.get("author"))}
    if data.get("changed"):
        return "check-check", _("%(who)s changed and approved the reply of %(whom)s") % values
    return "check-check", _("%(who)s approved the reply of %(whom)s") % values


def _returned(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    values = {"who": here.by(event), "whom": here.agent(data.get("author")), "comment": data.get("comment", "")}
    return "rotate-ccw", _("%(who)s sent the reply of %(whom)s back: “%(comment)s”") % values


CHECKS: Mapping[str, str] = {
    "added": N_("%(who)s put “%(text)s” on the checklist"),
    "ticked": N_("%(who)s ticked “%(text)s” off"),
    "unticked": N_("%(who)s said that “%(text)s” is not done"),
    "moved": N_("%(who)s moved “%(text)s” in the checklist"),
    "removed": N_("%(who)s took “%(text)s” off the checklist"),
}


def _check(here: Names, event: Happening, data: Mapping[str, Any]) -> Said:
    return "list-checks", _(CHECKS[data["what"]]) % {"who": here.by(event), "text": data.get("text", "")}


EVENTS: Mapping[str, Callable[[Names, Happening, Mapping[str, Any]], Said]] = {
    "ticket.assigned": _assigned,
    "message.forwarded": _forwarded,
    "ticket.moved": _moved,
    "ticket.status": _status,
    "ticket.field": _field,
    "ticket.followed": _followed,
    "ticket.unfollowed": _unfollowed,
    "ticket.linked": _linked,
    "ticket.unlinked": _unlinked,
    "ticket.check": _check,
    "ticket.priority": _priority,
    "ticket.subject": _subject,
    "ticket.spam": _spam,
    "reports.answered": _reports,
    "ticket.tagged": _tagged,
    "ticket.snoozed": _snoozed,
    "ticket.woke": _woke,
    "ticket.merged": _merged,
    "ticket.absorbed": _absorbed,
    "ticket.unmerged": _unmerged,
    "ticket.released": _unmerged,
    "ticket.split": _split,
    "proposal.approved": _approved,
    "proposal.returned": _returned,
    "survey.answered": _rated,
    "survey.changed": _rated,
}


def say(names: Names, event: Happening) -> Said:
    """(icon, sentence), for a rating also its stars and comment; None for what needs no line."""
    return EVENTS[event.kind](names, event, event.data) if event.kind in EVENTS else None
