"""A ticket's thread in words: what each line says, who said it, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from app import i18n
from app.channels import reasons, registry
from app.console import happened, show
from app.console.happened import Names
from app.console.show import Person
from app.db import Session
from app.i18n import N_
from app.i18n import gettext as _
from app.text import drawn
from app.tickets import attachments, thread
from app.tickets.models import Attachment, Ticket
from app.tickets.thread import Entry, Fate, Happening, Holds, Jotting, Letter


@dataclass(frozen=True, slots=True)
class File:
    url: str
    name: str
    size: str
    icon: str
    picture: bool
    state: str
    said: str
    look: str = ""
    """Where it can be looked at in the page, "" for what can only be kept; `shape` is picture, pdf or text."""
    shape: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What became of a message of ours. `retry` is the delivery to try again."""

    icon: str
    text: str
    kind: str = ""
    retry: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the thread: kind is day, message, note, event or robot (what the desk said by itself)."""

    kind: str
    key: str
    at: datetime | None = None
    time: str = ""
    who: str = ""
    initials: str = ""
    us: bool = False
    via_icon: str = ""
    via: str = ""
    icon: str = ""
    text: Markup = Markup("")
    quoted: str = ""
    html: str = ""
    mind: str = ""
    files: Sequence[File] = ()
    state: State | None = None
    stars: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """What `_talk.html` draws."""

    lines: Sequence[Line]
    newest: int
    earlier: str = ""
    pages: int = 1
    heard: Letter | None = None
    """The newest message of the customer's side, if it is among the lines."""


def load(
    db: Session,
    ticket: Ticket,
    people: Mapping[int, Person],
    teams: Mapping[int, str],
    requester: str,
    *,
    pages: int = 1,
    holds: Holds = thread.EVERYTHING,
) -> Talk:
    """The newest `pages` pages of a ticket's thread."""
    pages = max(1, min(pages, 20))
    found = thread.load(db, ticket, limit=thread.PAGE * pages, holds=holds)
    here = _Here(people, requester, teams, registry.with_html(db))
    lines = list(_with_days(line for entry in found.entries if (line := here.line(entry))))
    url = f"/console/tickets/{ticket.id}/talk?pages={pages + 1}" if found.earlier else ""
    said = (entry.message for entry in reversed(found.entries) if entry.message)
    heard = next((message for message in said if message.direction == "in"), None)
    return Talk(lines, found.last_message, url, pages, heard)


def _with_days(lines: Iterable[Line]) -> Iterable[Line]:
    before: date | None = None
    for line in lines:
        if line.at is not None:
            day = i18n.local(line.at).date()
            if day != before:
                yield Line("day", f"day-{day}", who=show.day(line.at))
            before = day
        yield line


@dataclass(frozen=True)
class _Here(Names):
    """What the lines of one thread need. `marked`: the channels on which Markdown leaves as HTML."""

    marked: frozenset[str]

    def line(self, entry: Entry) -> Line | None:
        if entry.message is not None:
            if entry.message.sender_kind == "system":
                return self._robot(entry, entry.message)
            return self._message(entry, entry.message)
        if entry.note is not None:
            return self._note(entry, entry.note)
        return self._event(entry.event) if entry.event is not None else None

    def _message(self, entry: Entry, message: Letter) -> Line:
        us = message.direction == "out"
        who = self.name(message.agent_id, message.sender_name) if us else message.sender_name or self.requester
        channel = show.word(show.CHANNELS, message.channel)
        return Line(
            "message",
            f"m{message.id}",
            at=entry.at,
            time=i18n.clock_time(entry.at),
            who=who,
            initials=show.initials(who),
            us=us,
            via_icon=channel.icon,
            via=message.sender_address if message.channel == "email" and not us else channel.name,
            text=_body(message, marked=us and message.channel in self.marked),
            quoted="" if message.deleted_at else _rest(message),
            html=f"/console/messages/{message.id}/html" if message.has_html and not message.deleted_at else "",
            mind=_mind(message),
            files=() if message.deleted_at else files(entry.attachments),
            state=state(entry.delivery) if us else None,
        )

    def _note(self, entry: Entry, note: Jotting) -> Line:
        who = self.name(note.agent_id, note.author_name)
        return Line(
            "note",
            f"n{note.id}",
            at=entry.at,
            time=i18n.clock_time(entry.at),
            who=who,
            initials=show.initials(who),
            us=True,
            text=drawn.text(note.text, marked=True),
            files=files(entry.attachments),
        )

    def _robot(self, entry: Entry, message: Letter) -> Line:
        name = _(ROBOTS.get(message.kind, N_("Automatic message")))
        if message.kind == "forward":
            who = self.name(message.agent_id, message.sender_name)
            name = _("%(who)s forwarded this to %(to)s") % {"who": who, "to": message.meta.get("forwarded_to", "")}
        return Line(
            "robot",
            f"m{message.id}",
            at=entry.at,
            time=i18n.clock_time(entry.at),
            icon="forward" if message.kind == "forward" else "mail",
            who=name,
            text=drawn.text(message.text),
            state=state(entry.delivery),
        )

    def _event(self, event: Happening) -> Line | None:
        said = happened.say(self, event)
        if said is None:
            return None
        icon, text, *more = said
        return Line(
            "event",
            f"e{event.id}",
            at=event.at,
            time=i18n.clock_time(event.at),
            icon=icon,
            who=text,
            stars=more[0] if more else 0,
            comment=more[1] if len(more) > 1 else "",
        )


ROBOTS: Mapping[str, str] = {
    "acknowledgement": N_("Acknowledgement"),
    "survey": N_("Request for a rating"),
    "verification": N_("Request to confirm the address"),
}


# ── the text of a message ─────────────────────────────────────────────────────────────────────────────


def _body(message: Letter, *, marked: bool) -> Markup:
    if message.deleted_at:
        return Markup("<p><em>{}</em></p>").format(_("The customer took this message back."))
    if not message.text and message.kind == "sticker":
        return Markup("<p>{}</p>").format(_("Sticker"))
    text = drawn.text(message.text[:LONGEST], marked=marked)
    if len(message.text) > LONGEST:
        text += Markup(
            "<p class='quiet'><a class='link' href='/console/messages/{}/text' target='_blank'>{}</a></p>"
        ).format(message.id, _("This message is very long. Open the whole of it."))
    if message.edited_at:
        text += Markup("<p class='quiet'>{}</p>").format(_("(changed by the customer)"))
    return text


def _rest(message: Letter) -> str:
    """What the mail said besides what was newly written: the quoted history, the signature."""
    if not message.full_text or message.full_text.strip() == message.text.strip():
        return ""
    rest = message.full_text
    if message.text and rest.startswith(message.text):
        rest = rest[len(message.text) :]
    return rest.strip()[:LONGEST]


LONGEST = 30_000  # characters of one message that stand in the thread

MINDS: Mapping[str, str] = {
    "forged": N_("The sender’s address could not be confirmed: it may be forged."),
    "same_id": N_("An earlier mail with other contents has the same Message-ID: one of the two may be forged."),
    "reply_to": N_("The sender wishes answers at %(address)s. They go to the address that the mail came from."),
    "circular": N_("This mail went to %(count)d people. An answer goes to its sender alone."),
}


def _mind(message: Letter) -> str:
    """A warning beside a message, "" when there is nothing to mind."""
    found = [_(MINDS["forged"])] if message.meta.get("authentic") is False else []
    if message.meta.get("same_id_as"):
        found.append(_(MINDS["same_id"]))
    if wished := message.meta.get("reply_to"):
        found.append(_(MINDS["reply_to"]) % {"address": wished})
    if circular := message.meta.get("circular"):
        found.append(_(MINDS["circular"]) % {"count": circular})
    return " ".join(found)


def files(found: Sequence[Attachment]) -> list[File]:
    """Attachments, ready to draw; pictures inside an HTML mail are shown there."""
    return [_file(a) for a in found if not (a.inline and a.content_id and a.message_id)]


def _file(attachment: Attachment) -> File:
    picture = attachment.content_type in attachments.SHOWN_INLINE and attachment.state == "ready"
    said = {
        "pending": _("being fetched"),
        "failed": _("could not be fetched"),
        "too_big": _("too large to keep"),
    }.get(attachment.state, "")
    url = f"/console/files/{attachment.public_id}" if attachment.state == "ready" else ""
    shape = "picture" if picture else attachments.shape(attachment.content_type, attachment.filename)
    return File(
        url=url,
        name=attachment.filename,
        size=show.size(attachment.size),
        icon="image" if attachment.content_type.startswith("image/") else "file-text",
        picture=picture,
        state=attachment.state,
        said=said,
        look=f"{url}/look" if url and shape and not picture else f"{url}?shown=1" if url and picture else "",
        shape=shape,
    )


# ── what became of it ─────────────────────────────────────────────────────────────────────────────────


def state(delivery: Fate | None) -> State | None:
    """The fate of a message of ours in one line."""
    if delivery is None:
        return None
    at = i18n.clock_time(delivery.sent_at or delivery.changed_at)
    if delivery.state == "failed":
        why = reasons.shown(delivery.reason, delivery.code) or _("no reason was given")
        said = _("Not sent: %(why)s") % {"why": why}
        return State("triangle-alert", said, "failed", delivery.id)
    if delivery.state == "retrying":
        again = i18n.clock_time(delivery.retry_at) if delivery.retry_at else ""
        why = _sentence(reasons.shown(delivery.reason, delivery.code))
        said = _("Not sent yet: %(why)s Next try at %(time)s.") % {"why": why, "time": again}
        return State("triangle-alert", said, "failed", delivery.id)
    simple = {
        "queued": State("hourglass", _("Queued"), "wait"),
        "sending": State("hourglass", _("Being sent"), "wait"),
        "sent": State("check", _("Sent %(time)s") % {"time": at}),
        "delivered": State("check-check", _("Delivered %(time)s") % {"time": at}),
        "read": State("check-check", _("Read %(time)s") % {"time": i18n.clock_time(delivery.changed_at)}),
    }
    return simple.get(delivery.state)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "。", "!", "?", ")")) else f"{text}."
