"""The past of a large desk: years of tickets as rows, made by a seeded generator and written in bulk.

Every table that a page or a count looks at is filled as the desk itself would have: messages with deliveries,
Received with their raw bodies, the event log, notes, tags, surveys.
"""

from __future__ import annotations

import random
import uuid
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app import clock
from app.channels.ledger import Received, ReceivedBody
from app.channels.outbox import Delivery
from app.customers.models import Customer, Identity
from app.events import Event
from app.surveys.models import Survey
from app.text import plain
from app.tickets import lifecycle
from app.tickets.models import Message, Note, Tag, Ticket, TicketTag
from benchmarks.staff import DOMAIN, Cast
from benchmarks.words import Voice

Rows = dict[type, list[dict[str, Any]]]

DAYS = 730
LATELY = 400  # at most: the last tickets came within hours, each of somebody new, and were acknowledged
ACTIVE = 0.16  # share of the newest tickets among which those still open are
LENGTHS = ((1, 15), (2, 20), (3, 18), (4, 15), (5, 11), (6, 9), (8, 7), (10, 5))
STATES = (("new", 25), ("open", 30), ("waiting_customer", 30), ("waiting_other", 8), ("solved", 7))
TAGS = ("damaged", "invoice", "delivery", "wholesale", "gift", "return", "question", "praise")


def lately(tickets: int) -> int:
    """How many of a desk's tickets came within the last hours."""
    return min(LATELY, tickets // 25)


def late_address(number: int) -> str:
    """The address of who wrote ticket `number`, one of the last."""
    return f"late{number}@late.example"


@dataclass
class Historian:
    """Makes rows ticket by ticket. `rows` fills up; whoever writes them takes them away."""

    cast: Cast
    tickets: int
    dice: random.Random
    now: datetime = field(default_factory=clock.now)
    rows: Rows = field(default_factory=lambda: defaultdict(list))
    last: dict[type, int] = field(default_factory=lambda: defaultdict(int))

    def number(self, table: type) -> int:
        """The next number of a table."""
        self.last[table] += 1
        return self.last[table]

    def add(self, table: type, **row: Any) -> dict[str, Any]:
        self.rows[table].append(row)
        return row

    def tags(self) -> None:
        for name in TAGS:
            self.add(Tag, id=self.number(Tag), name=name)

    def tell(self) -> Iterator[int]:
        """One ticket after the other; yields its number."""
        for number in range(1, self.tickets + 1):
            late = number > self.tickets - lately(self.tickets)
            person = self._person(number, late)
            self._ticket(number, person, late)
            yield number

    # ── people ────────────────────────────────────────────────────────────────────────────────────────

    def _person(self, number: int, late: bool) -> dict[str, Any]:
        known = self.last[Customer]
        if not late and known and self.dice.random() < 0.6:
            who = self.dice.randint(max(1, known - 5000), known)
            return {"id": who, "locale": _locale_of(who), "address": self._address(who)}
        who = self.number(Customer)
        locale = _locale_of(who)
        name = Voice(locale, self.dice).name(who)
        address = late_address(number) if late else self._address(who)
        at = self._began(number)
        self.add(Customer, id=who, public_id=f"c{who}", name=name, locale=locale, created_at=at)
        self._identity(who, "email", address, name, at)
        self._identity(who, "visitor", f"visitor{who}", name, at)
        return {"id": who, "locale": locale, "address": address}

    def _identity(self, who: int, kind: str, value: str, name: str, at: datetime) -> None:
        evidence = "platform" if kind == "visitor" else "claimed"
        self.add(
            Identity,
            id=self.number(Identity),
            customer_id=who,
            kind=kind,
            value=value,
            display=name,
            evidence=evidence,
            created_at=at,
        )

    def _address(self, who: int) -> str:
        return f"customer{who}@people.example"

    def _began(self, number: int) -> datetime:
        """Tickets come evenly over two years, the last ones within hours."""
        behind = self.tickets - number
        if behind < lately(self.tickets):
            return self.now - timedelta(minutes=1.5 * behind + 5)
        return self.now - timedelta(hours=12, days=DAYS * behind / self.tickets)

    # ── tickets ───────────────────────────────────────────────────────────────────────────────────────

    def _ticket(self, number: int, person: dict[str, Any], late: bool) -> None:
        began, voice = self._began(number), Voice(person["locale"], self.dice)
        inbox = "support" if late else self._inbox()
        channel = "chat" if inbox == "chat" else "email"
        team = None if inbox in ("support", "chat") else self.cast.teams[inbox.capitalize()]
        ticket = {
            "id": number,
            "subject": voice.subject(),
            "status": "new" if late else self._state(number, inbox),
            "priority": self._one(("normal", 85), ("low", 5), ("high", 8), ("urgent", 2)),
            "requester_id": person["id"],
            "assignee_id": None,
            "team_id": team,
            "inbox_id": self.cast.inboxes[inbox],
            "channel": channel,
            "conversation": f"{self.cast.inboxes[inbox]}:visitor{person['id']}" if channel == "chat" else None,
            "locale": person["locale"],
            "created_at": began,
            "first_response_at": None,
            "first_response_by_id": None,
            "first_solved_at": None,
            "solved_at": None,
            "solved_by_id": None,
            "closed_at": None,
            "rating": None,
            "waiting_since": None,
            "why": {"threading": {"code": "first_contact", "ticket": None}},
        }
        if ticket["status"] not in ("new",) or self.dice.random() < 0.4:
            ticket["assignee_id"] = None if late else self.dice.choice(self.cast.agents[:-1])
        self._event("ticket.opened", ticket, began, "customer", person["id"])
        last = self._conversation(ticket, person, voice, 1 if late else self._one(*LENGTHS))
        self._end(ticket, last, person)
        self._place(ticket, last)

    def _inbox(self) -> str:
        return str(self._one(("support", 60), ("orders", 15), ("wholesale", 5), ("studio", 3), ("chat", 17)))

    def _state(self, number: int, inbox: str) -> str:
        if number < self.tickets * (1 - ACTIVE) or inbox == "studio":
            return str(self._one(("closed", 97), ("spam", 3))) if inbox != "studio" else "closed"
        return str(self._one(*STATES))

    def _one(self, *choices: tuple[Any, int]) -> Any:
        return self.dice.choices([c for c, _ in choices], [weight for _, weight in choices])[0]

    def _conversation(self, ticket: dict[str, Any], person: dict[str, Any], voice: Voice, length: int) -> datetime:
        """Messages in turn; an acknowledgement after the first mail. Returns when the last was written."""
        at: datetime = ticket["created_at"]
        words = ""
        waits = ticket["status"] in ("new", "open")
        ticket["messages_count"] = length
        for turn in range(length):
            incoming = (length - turn) % 2 == (1 if waits else 0) or turn == 0
            words = voice.text()
            if incoming:
                self._in(ticket, person, words, at)
                ticket["waiting_since"] = ticket["waiting_since"] or at
            else:
                self._out(ticket, person, words, at, ticket["assignee_id"] or self.cast.agents[3])
            if turn == 0 and ticket["channel"] == "email":
                self._out(ticket, person, "Thank you. We have received it.", at, None)
            if turn < length - 1:
                at = min(at + timedelta(minutes=self.dice.randint(10, 1500)), self.now - timedelta(minutes=3))
        ticket["snippet"] = plain.excerpt(words, 140)
        return at

    def _in(self, ticket: dict[str, Any], person: dict[str, Any], text: str, at: datetime) -> None:
        message, arrived = self.number(Message), self.number(Received)
        email = ticket["channel"] == "email"
        external = f"<m{message}@people.example>" if email else f"chat-{message}"
        sender = person["address"] if email else f"visitor{person['id']}"
        self.add(
            Message,
            **_message(ticket, message, at, text, external),
            direction="in",
            kind="text",
            sender_kind="customer",
            customer_id=person["id"],
            agent_id=None,
            sender_name=Voice(person["locale"], self.dice).name(person["id"]),
            sender_address=sender,
            received_id=arrived,
        )
        body = f"From: {sender}\r\nSubject: {ticket['subject']}\r\nMessage-ID: {external}\r\n\r\n{text}\r\n".encode()
        self.add(
            Received,
            id=arrived,
            inbox_id=ticket["inbox_id"],
            dedupe_key=f"mail:{message:064x}",
            external_id=external,
            envelope={"from": sender, "to": [f"support@{DOMAIN}"], "peer": "192.0.2.1", "helo": "mx", "tls": True},
            size=len(body),
            state="threaded" if at > ticket["created_at"] else "opened",
            ticket_id=ticket["id"],
            message_id=message,
            received_at=at,
            done_at=at,
        )
        self.add(ReceivedBody, received_id=arrived, body=zlib.compress(body, 1))
        self._event("message.received", ticket, at, "customer", person["id"], message=message)

    def _out(self, ticket: dict[str, Any], person: dict[str, Any], text: str, at: datetime, agent: int | None) -> None:
        message = self.number(Message)
        external = f"<{ticket['id']}.{message}.a{'x' * 26}@{DOMAIN}>"
        self.add(
            Message,
            **_message(ticket, message, at, text, external),
            direction="out",
            kind="text" if agent else "acknowledgement",
            sender_kind="agent" if agent else "system",
            customer_id=None,
            agent_id=agent,
            sender_name="Agent" if agent else "Madoguchi",
            sender_address="",
            received_id=None,
        )
        self._delivery(ticket, person, text, at, message, external)
        if agent:
            ticket["waiting_since"] = None
            ticket["first_response_at"] = ticket["first_response_at"] or at
            ticket["first_response_by_id"] = ticket["first_response_by_id"] or agent
            ticket["assignee_id"] = ticket["assignee_id"] or agent
        self._event("message.sent", ticket, at, "agent" if agent else "system", agent, message=message)

    def _delivery(
        self, ticket: dict[str, Any], person: dict[str, Any], text: str, at: datetime, message: int, external: str
    ) -> None:
        delivery = self.number(Delivery)
        content = {"to": [[person["address"], ""]], "cc": [], "text": text, "subject": f"Re: {ticket['subject']}"}
        self.add(
            Delivery,
            id=delivery,
            message_id=message,
            ticket_id=ticket["id"],
            inbox_id=ticket["inbox_id"],
            state="sent",
            external_id=external,
            retry_key=str(uuid.UUID(int=delivery)),
            content=content,
            attempts=1,
            created_at=at,
            sent_at=at,
            changed_at=at,
        )
        self._event("delivery.sent", ticket, at, "system", None, delivery=delivery, message=message)

    def _event(self, kind: str, ticket: dict[str, Any], at: datetime, by: str, who: int | None, **data: Any) -> None:
        self.add(
            Event,
            id=self.number(Event),
            kind=kind,
            ticket_id=ticket["id"],
            customer_id=ticket["requester_id"],
            actor_kind=by,
            actor_id=who,
            data=data,
            topics=_topics(ticket),
            at=at,
        )

    # ── how it ended ──────────────────────────────────────────────────────────────────────────────────

    def _end(self, ticket: dict[str, Any], last: datetime, person: dict[str, Any]) -> None:
        spam, agent = ticket["status"] == "spam", ticket["assignee_id"]
        ticket["spam"] = spam
        if spam:
            ticket["status"] = "open"
            return
        if agent:
            self._event("ticket.assigned", ticket, last, "agent", agent, before=None, after=agent, why="by_hand")
        if self.dice.random() < 0.2:
            said = Voice("en", self.dice).text()
            number = self.number(Note)
            self.add(
                Note, id=number, ticket_id=ticket["id"], agent_id=agent, author_name="", text=said, created_at=last
            )
        if self.dice.random() < 0.4:
            self.add(TicketTag, ticket_id=ticket["id"], tag_id=self.dice.randint(1, len(TAGS)))
        if ticket["status"] in ("solved", "closed"):
            self._solved(ticket, last, person)

    def _solved(self, ticket: dict[str, Any], last: datetime, person: dict[str, Any]) -> None:
        at = min(last + timedelta(hours=1), self.now)
        ticket["solved_at"] = ticket["first_solved_at"] = at
        ticket["solved_by_id"], ticket["waiting_since"] = ticket["assignee_id"], None
        if ticket["status"] == "closed":
            ticket["closed_at"] = min(at + timedelta(days=14), self.now)
        self._event("ticket.status", ticket, at, "agent", ticket["assignee_id"], before="open", after="solved")
        if self.dice.random() < 0.5:
            self._survey(ticket, at, person)

    def _survey(self, ticket: dict[str, Any], at: datetime, person: dict[str, Any]) -> None:
        score = self._one((None, 60), (5, 22), (4, 10), (3, 4), (2, 2), (1, 2))
        ticket["rating"] = score
        number = self.number(Survey)
        self.add(
            Survey,
            id=number,
            digest=f"{number:064x}",
            ticket_id=ticket["id"],
            customer_id=person["id"],
            agent_id=ticket["assignee_id"],
            locale=person["locale"],
            asked_at=at,
            expires_at=at + timedelta(days=14),
            score=score,
            answered_at=at if score else None,
        )

    def _place(self, ticket: dict[str, Any], last: datetime) -> None:
        """Where the desk itself would put it."""
        ticket["updated_at"] = ticket["solved_at"] or last
        placed = Ticket(**ticket, merged_into_id=None)
        lifecycle.shelve(placed)
        ticket["shelf"], ticket["queue_rank"], ticket["queue_at"] = placed.shelf, placed.queue_rank, placed.queue_at
        self.add(Ticket, **ticket)


def _locale_of(customer: int) -> str:
    return "ja" if customer % 2 else "en"


def _topics(ticket: dict[str, Any]) -> list[str]:
    return [f"team-{ticket['team_id']}" if ticket["team_id"] else "desk"]


def _message(ticket: dict[str, Any], number: int, at: datetime, text: str, external: str) -> dict[str, Any]:
    return {
        "id": number,
        "ticket_id": ticket["id"],
        "inbox_id": ticket["inbox_id"],
        "channel": ticket["channel"],
        "external_id": external,
        "subject": ticket["subject"],
        "text": text,
        "created_at": at,
    }
