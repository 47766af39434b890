"""Seeds the demo desk by playing its stories through the same functions that a real desk uses."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache, partial

import sqlalchemy as sa

from app import clock
from app.accounts import agents, passwords, teams
from app.accounts.models import Agent, Team
from app.channels import inboxes, parcel
from app.channels.email import arriving
from app.channels.inboxes import Inbox
from app.channels.types import Incoming
from app.customers import identities
from app.customers.models import Company
from app.db import Session
from app.demo import approvals, carried, cast, known, ready, stories, views
from app.demo.script import Step, Story
from app.events import Actor
from app.main import House
from app.surveys import ratings
from app.surveys.models import Survey
from app.tickets import assignment, intake, lifecycle, replies, tags
from app.tickets.models import Message, Ticket


def sow(house: House, progress: Callable[[str], None]) -> None:
    """Seed an empty desk; one that has anybody is left alone."""
    with house.database.read() as db:
        if agents.any_yet(db):
            return
    progress("Seeding the demo desk: Tsukinowa, a maker of tea ware …")
    with clock.pretend(clock.now() - timedelta(days=400)), house.database.transaction() as db:
        staff(db)
        customers(db)
        doors(db)
        ready.prepare(db)
        known.inbox(db)
    ordered = sorted(stories.STORIES, key=lambda story: -story.hours_ago)
    for number, story in enumerate(ordered, 1):
        play(house, story)
        if number % 8 == 0 or number == len(ordered):
            progress(f"  {number} of {len(ordered)} conversations")
    with house.database.transaction() as db:
        carried.lay(db)
        views.build(db)
        approvals.lay(db)
        known.tell(db)
    house.worker.run_until_idle()


def staff(db: Session) -> None:
    """Agents and teams."""
    hashed = _hashed(cast.PASSWORD)
    made = {
        c.key: agents.add(
            db, c.email, c.name, role=c.role, password_hash=hashed, locale=c.locale, reading=c.reading, sees=c.sees
        )
        for c in cast.COLLEAGUES
    }
    for name, private in cast.TEAMS.items():
        members = [made[c.key].id for c in cast.COLLEAGUES if name in c.teams]
        teams.add(db, name, private=private, members=members)


@cache
def _hashed(password: str) -> str:
    """Hashing is slow on purpose; all of the cast share one password."""
    return passwords.hashed(password)


def customers(db: Session) -> None:
    """People, each with an address, some with a company."""
    for person in cast.PEOPLE:
        customer = identities.resolve(db, "email", person.email, name=person.name, locale=person.locale)
        customer.reading = person.reading
        if person.company:
            customer.company_id = _company(db, person.company, person.email.partition("@")[2])


def _company(db: Session, name: str, domain: str) -> int:
    company = db.scalar(sa.select(Company).where(Company.name == name))
    if company is None:
        company = Company(name=name, domains=[domain])
        db.add(company)
        db.flush()
    return company.id


def doors(db: Session) -> None:
    """The inboxes of the demo desk."""
    inboxes.add(db, "email", "Support", cast.SUPPORT)
    inboxes.add(db, "form", "Web requests", cast.SUPPORT, settings={"mail_inbox": cast.SUPPORT})
    inboxes.add(db, "chat", "Shop chat", "shop", settings={"origins": [], **cast.CHAT})
    inboxes.add(db, "rest", "Order system", "orders")


def play(house: House, story: Story) -> None:
    """One ticket, from its first message on, at the times that its script says."""
    at = clock.now() - timedelta(hours=story.hours_ago)
    with clock.pretend(at):
        ticket_id = write(house, story, story.text, at, None)
        house.worker.run_until_idle()
    for step in story.steps:
        at = min(at + timedelta(minutes=step.minutes), clock.now())
        with clock.pretend(at):
            house.worker.run_until_idle()  # what fell due since the last step: surveys are asked after a while
            _STEPS[step.what](house, ticket_id, story, step, at)
            house.worker.run_until_idle()


def write(house: House, story: Story, text: str, at: datetime, answering: str | None) -> int:
    """Something of the customer arrives by the story's channel; returns its ticket."""
    item = _WRITES[story.channel](story, text, at, answering)
    with house.database.read() as db:
        inbox = db.scalars(sa.select(Inbox).where(Inbox.kind == story.channel)).one()
    received = intake.accept_and_take(house.database, inbox.id, item)
    assert received.ticket_id is not None, received.why
    return received.ticket_id


def _name(story: Story, text: str) -> str:
    return hashlib.sha256(f"{story.person}|{story.subject}|{text}".encode()).hexdigest()[:24]


def _mail(story: Story, text: str, at: datetime, answering: str | None) -> Incoming:
    person = cast.BY_KEY[story.person]
    mail = EmailMessage()
    mail["From"] = f"{person.name} <{person.email}>"
    mail["To"] = cast.SUPPORT
    mail["Subject"] = story.subject if answering is None else f"Re: {story.subject}"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{_name(story, text)}@{person.email.partition('@')[2]}>"
    if answering:
        mail["In-Reply-To"] = mail["References"] = answering
    mail.set_content(text)
    if story.html and answering is None:
        mail.add_alternative(story.html, subtype="html")
    for name, kind, content in story.files if answering is None else ():
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return arriving.incoming(mail.as_bytes(), {"from": person.email, "to": [cast.SUPPORT]})


def _form(story: Story, text: str, at: datetime, answering: str | None) -> Incoming:
    person, name = cast.BY_KEY[story.person], _name(story, text)
    said = {"name": person.name, "email": person.email, "subject": story.subject, "text": text}
    return Incoming(name, parcel.pack({**said, "locale": person.locale, "evidence": "claimed"}), external_id=name)


def _chat(story: Story, text: str, at: datetime, answering: str | None) -> Incoming:
    person, name = cast.BY_KEY[story.person], _name(story, text)
    said = {"visitor": _name(story, ""), "name": person.name, "text": text, "locale": person.locale, "page": "/shop"}
    return Incoming(name, parcel.pack(said), external_id=name)


_WRITES: dict[str, Callable[[Story, str, datetime, str | None], Incoming]] = {
    "email": _mail,
    "form": _form,
    "chat": _chat,
}


def _customer(house: House, ticket_id: int, story: Story, step: Step, at: datetime) -> None:
    with house.database.read() as db:
        query = sa.select(Message.external_id).where(Message.ticket_id == ticket_id, Message.direction == "out")
        answering = db.scalar(query.order_by(Message.id.desc()).limit(1))
    write(house, story, step.text, at, answering)


def _by_agent(
    act: Callable[[Session, Ticket, Agent, str], object],
    house: House,
    ticket_id: int,
    story: Story,
    step: Step,
    at: datetime,
) -> None:
    with house.database.transaction() as db:
        agent = agents.find(db, cast.STAFF[step.who].email)
        assert agent is not None
        act(db, db.get_one(Ticket, ticket_id), agent, step.text)


def _reply(db: Session, ticket: Ticket, agent: Agent, text: str) -> None:
    replies.reply(db, ticket, agent, text)


def _note(db: Session, ticket: Ticket, agent: Agent, text: str) -> None:
    replies.note(db, ticket, agent, text)


def _assign(db: Session, ticket: Ticket, agent: Agent, text: str) -> None:
    chosen = agents.find(db, cast.STAFF[text].email)
    assignment.assign(db, ticket, chosen.id if chosen else None, Actor("agent", agent.id))


def _team(db: Session, ticket: Ticket, agent: Agent, text: str) -> None:
    team = db.scalar(sa.select(Team.id).where(Team.name == text))
    assignment.move(db, ticket, team, Actor("agent", agent.id))


def _priority(db: Session, ticket: Ticket, agent: Agent, text: str) -> None:
    lifecycle.set_priority(db, ticket, text, Actor("agent", agent.id))


def _tag(db: Session, ticket: Ticket, agent: Agent, text: str) -> None:
    tags.add(db, ticket, text, Actor("agent", agent.id))


def _status(db: Session, ticket: Ticket, agent: Agent, text: str) -> None:
    lifecycle.set_status(db, ticket, text, Actor("agent", agent.id))


def _rate(house: House, ticket_id: int, story: Story, step: Step, at: datetime) -> None:
    score, _, comment = step.text.partition("|")
    with house.database.transaction() as db:
        survey = db.scalar(sa.select(Survey).where(Survey.ticket_id == ticket_id))
        if survey:  # a customer who was asked lately is not asked again
            ratings.answer(db, survey, int(score), comment)


_STEPS: dict[str, Callable[[House, int, Story, Step, datetime], None]] = {
    "customer": _customer,
    "agent": partial(_by_agent, _reply),
    "note": partial(_by_agent, _note),
    "assign": partial(_by_agent, _assign),
    "team": partial(_by_agent, _team),
    "priority": partial(_by_agent, _priority),
    "tag": partial(_by_agent, _tag),
    "status": partial(_by_agent, _status),
    "rate": _rate,
}
