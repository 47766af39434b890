"""Every field of a ticket that a view can ask for, in one table. What a desk adds of its own joins it by `MORE`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Agent, Team, TeamMember
from app.channels.inboxes import Inbox
from app.customers.models import Company, Customer, Identity
from app.db import Session
from app.i18n import N_, gettext
from app.tickets import ownfields, tags
from app.tickets.carried import Check, Follower
from app.tickets.conditions import kinds
from app.tickets.conditions.kinds import Choice, Field, Reader, Sql
from app.tickets.models import Attachment, Note, Tag, Ticket, TicketLink, TicketTag
from app.tickets.unsent import Draft, Proposal

STATUSES = {
    "new": N_("New"),
    "open": N_("Open"),
    "waiting_customer": N_("Waiting for the customer"),
    "waiting_other": N_("Waiting for somebody else"),
    "solved": N_("Solved"),
    "closed": N_("Closed"),
}
PRIORITIES = {"low": N_("Low"), "normal": N_("Normal"), "high": N_("High"), "urgent": N_("Urgent")}
CHANNELS = {"email": N_("E-mail"), "chat": N_("Chat"), "line": "LINE", "form": N_("Web form"), "rest": "REST"}
LANGUAGES = {"ja": "日本語", "en": "English", "": N_("Not known")}
RATINGS = {"5": "★5", "4": "★4", "3": "★3", "2": "★2", "1": "★1", "": N_("No rating")}

TICKET, PEOPLE, TIMES = N_("Ticket"), N_("People"), N_("Times")

# ── what can be chosen ────────────────────────────────────────────────────────────────────────────────


def _agents(db: Session, agent: Agent) -> list[Choice]:
    rows = db.execute(sa.select(Agent.id, Agent.name, Agent.reading).where(Agent.active, Agent.role != "viewer"))
    people = sorted((Choice(str(number), name, reading) for number, name, reading in rows), key=lambda c: c.name)
    return [Choice("me", gettext("Me")), Choice("nobody", gettext("Nobody")), *people]


def _teams(db: Session, agent: Agent) -> list[Choice]:
    rows = db.execute(sa.select(Team.id, Team.name).order_by(Team.name))
    fixed = [Choice("mine", gettext("My teams")), Choice("nobody", gettext("No team"))]
    return [*fixed, *(Choice(str(number), name) for number, name in rows)]


def _inboxes(db: Session, agent: Agent) -> list[Choice]:
    rows = db.execute(sa.select(Inbox.id, Inbox.name, Inbox.address).order_by(Inbox.name, Inbox.id))
    return [Choice(str(number), name, address) for number, name, address in rows]


def _tags(db: Session, agent: Agent) -> list[Choice]:
    rows = db.execute(sa.select(Tag.id, Tag.name).where(Tag.name.in_(tags.every(db, agent))).order_by(Tag.name))
    return [Choice(str(number), name) for number, name in rows]


def _rows_gone(column: Any, *fixed: str) -> kinds.Gone:
    def gone(db: Session, values: Sequence[str]) -> list[str]:
        asked = [value for value in values if value not in fixed]
        there = {str(number) for number in db.scalars(sa.select(column).where(column.in_(kinds.numbers(asked))))}
        return [value for value in asked if value not in there]

    return gone


# ── conditions of their own ───────────────────────────────────────────────────────────────────────────


def _my_teams(reader: Reader) -> Sql:
    mine = sa.select(TeamMember.team_id).where(TeamMember.agent_id == reader.agent_id)
    return sa.and_(Ticket.team_id.is_not(None), Ticket.team_id.in_(mine))


def _tagged(values: Sequence[str]) -> Sql:
    return Ticket.id.in_(sa.select(TicketTag.ticket_id).where(TicketTag.tag_id.in_(kinds.numbers(values))))


def _tag(reader: Reader, op: str, values: tuple[str, ...]) -> Sql:
    if op in ("set", "unset"):
        some = sa.exists().where(TicketTag.ticket_id == Ticket.id)
        return some if op == "set" else sa.not_(some)
    if op == "all":
        return sa.and_(*(_tagged([name]) for name in values))
    return sa.not_(_tagged(values)) if op == "none" else _tagged(values)


def _of_customer(found: Sql) -> Sql:
    return Ticket.requester_id.in_(sa.select(Customer.id).where(found))


def _of_company(found: Sql) -> Sql:
    ids = sa.select(Customer.id).join(Company, Company.id == Customer.company_id).where(found)
    return Ticket.requester_id.in_(ids)


def _of_address(found: Sql) -> Sql:
    kept = sa.select(Identity.customer_id).where(Identity.kind.in_(("email", "phone")), found)
    return Ticket.requester_id.in_(kept)


def _domain(reader: Reader, op: str, values: tuple[str, ...]) -> Sql:
    ending = "@" + (values[0] if values else "").strip().lower().rpartition("@")[2]
    found = _of_address(Identity.value.endswith(ending, autoescape=True))
    return sa.not_(found) if op == "not" else found


def _drafted(reader: Reader) -> Sql:
    return sa.exists().where(Draft.ticket_id == Ticket.id)


def _drafted_by_me(reader: Reader) -> Sql:
    return sa.exists().where(Draft.ticket_id == Ticket.id, Draft.agent_id == reader.agent_id)


def _proposed(reader: Reader) -> Sql:
    return sa.exists().where(Proposal.ticket_id == Ticket.id, Proposal.state == "waiting")


def _followed(reader: Reader) -> Sql:
    return sa.exists().where(Follower.ticket_id == Ticket.id, Follower.agent_id == reader.agent_id)


def _unchecked(reader: Reader) -> Sql:
    return sa.exists().where(Check.ticket_id == Ticket.id, Check.done_at.is_(None))


def _linked(reader: Reader) -> Sql:
    return sa.exists().where(sa.or_(TicketLink.ticket_id == Ticket.id, TicketLink.other_id == Ticket.id))


# ── the table ─────────────────────────────────────────────────────────────────────────────────────────


def _fixed(key: str, name: str, column: Any, table: Mapping[str, str], **more: Any) -> Field:
    choices, gone = kinds.fixed(table)
    return kinds.choice(key, name, TICKET, column, choices, gone=gone, **more)


_ALL = (
    _fixed("status", N_("Status"), Ticket.status, STATUSES),
    _fixed("priority", N_("Priority"), Ticket.priority, PRIORITIES),
    kinds.choice(
        "assignee",
        N_("Assignee"),
        TICKET,
        Ticket.assignee_id,
        _agents,
        gone=_rows_gone(Agent.id, "me", "nobody"),
        special={
            "me": lambda reader: sa.and_(Ticket.assignee_id.is_not(None), Ticket.assignee_id == reader.agent_id),
            "nobody": lambda reader: Ticket.assignee_id.is_(None),
        },
        of=kinds.numbers,
        own=("me",),
    ),
    kinds.choice(
        "team",
        N_("Team"),
        TICKET,
        Ticket.team_id,
        _teams,
        gone=_rows_gone(Team.id, "mine", "nobody"),
        special={"mine": _my_teams, "nobody": lambda reader: Ticket.team_id.is_(None)},
        of=kinds.numbers,
        own=("mine",),
    ),
    Field("tag", N_("Tag"), TICKET, ("any", "all", "none", "set", "unset"), _tag, _tags, _rows_gone(Tag.id)),
    _fixed("channel", N_("Channel"), Ticket.channel, CHANNELS),
    kinds.choice(
        "inbox",
        N_("Inbox"),
        TICKET,
        Ticket.inbox_id,
        _inboxes,
        gone=_rows_gone(Inbox.id),
        of=kinds.numbers,
    ),
    _fixed("language", N_("Language"), Ticket.locale, LANGUAGES),
    _fixed(
        "rating",
        N_("Rating"),
        Ticket.rating,
        RATINGS,
        special={"": lambda reader: Ticket.rating.is_(None)},
        of=kinds.numbers,
    ),
    kinds.text("subject", N_("Subject"), TICKET, Ticket.subject),
    kinds.text("words", N_("Subject or newest text"), TICKET, Ticket.subject, Ticket.snippet),
    kinds.flag("waits", N_("Waits for us"), TICKET, lambda reader: Ticket.waiting_since.is_not(None)),
    kinds.flag("snoozed", N_("Snoozed"), TICKET, lambda reader: Ticket.snoozed.is_(True)),
    kinds.flag("spam", N_("Spam"), TICKET, lambda reader: Ticket.spam.is_(True)),
    kinds.flag("draft", N_("Has a draft"), TICKET, _drafted),
    kinds.flag("my_draft", N_("Has a draft of mine"), TICKET, _drafted_by_me, personal=True),
    kinds.flag("approval", N_("Waits for approval"), TICKET, _proposed),
    kinds.flag("note", N_("Has a note"), TICKET, lambda reader: sa.exists().where(Note.ticket_id == Ticket.id)),
    kinds.flag(
        "attachment",
        N_("Has an attachment"),
        TICKET,
        lambda reader: sa.exists().where(Attachment.ticket_id == Ticket.id, ~Attachment.inline),
    ),
    kinds.flag("followed", N_("Followed by me"), TICKET, _followed, personal=True),
    kinds.flag("checks", N_("Has open points on its checklist"), TICKET, _unchecked),
    kinds.flag("linked", N_("Is linked to another"), TICKET, _linked),
    kinds.number("messages", N_("Number of messages"), TICKET, Ticket.messages_count),
    kinds.number("reopened", N_("Times reopened"), TICKET, Ticket.reopened),
    kinds.text("customer", N_("Customer’s name"), PEOPLE, Customer.name, Customer.reading, inside=_of_customer),
    kinds.text("company", N_("Company"), PEOPLE, Company.name, inside=_of_company),
    kinds.text("address", N_("Customer’s address"), PEOPLE, Identity.value, inside=_of_address),
    Field("domain", N_("Domain of the address"), PEOPLE, ("is", "not"), _domain),
    kinds.moment("created", N_("Created"), TIMES, Ticket.created_at, always=True),
    kinds.moment("updated", N_("Changed"), TIMES, Ticket.updated_at, always=True),
    kinds.moment("waiting", N_("Waiting since"), TIMES, Ticket.waiting_since),
    kinds.moment("answered", N_("First answered"), TIMES, Ticket.first_response_at),
    kinds.moment("solved", N_("Solved on"), TIMES, Ticket.solved_at),
    kinds.moment("closed", N_("Closed on"), TIMES, Ticket.closed_at),
    kinds.moment("wakes", N_("Snoozed until"), TIMES, Ticket.snoozed_until, ahead=True),
)
OF_TICKETS: Mapping[str, Field] = {field.key: field for field in _ALL}

# What else there is to ask for on a desk, each by its key. A room that adds fields of its own has a row here.
MORE: tuple[Callable[[Session], Mapping[str, Field]], ...] = (ownfields.conditions,)


def fields(db: Session) -> Mapping[str, Field]:
    """The fields of this desk by their keys, in the order in which they are offered; looked up once a request."""
    known: Mapping[str, Field] | None = db.info.get("conditions")
    if known is None:
        known = {**OF_TICKETS, **{key: field for more in MORE for key, field in more(db).items()}}
        db.info["conditions"] = known
    return known
