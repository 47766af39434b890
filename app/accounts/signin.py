"""Signing in, and the rules of who may open a page of the console."""

from __future__ import annotations

from app import events, i18n, limits
from app.accounts import agents, passwords, sessions
from app.accounts.models import Agent
from app.db import Session
from app.errors import Forbidden, Invalid, NotFound, SignInRequired
from app.events import Actor
from app.web import Page


def check(db: Session, email: str, password: str, address: str) -> Agent:
    """Whose address and password these are. Slow on purpose: call it with no transaction open.

    Raises Invalid with the same words for an unknown address and a wrong password, and TooMany.
    """
    email = email.strip().lower()
    limits.spend(db, "sign-in by address", address)
    limits.spend(db, "sign-in by account", f"{email} from {limits.network(address)}")
    limits.spend(db, "sign-in by account everywhere", email)
    agent = agents.find(db, email)
    right = passwords.matches(password, agent.password_hash if agent else None)
    if agent is None or not right or not agent.active:
        raise Invalid({"password": "This address and password do not belong together."})
    return agent


def begin(db: Session, agent: Agent, address: str, browser: str) -> str:
    """Sign the browser in; returns the value of its cookie."""
    events.record(db, "agent.signed_in", by=Actor("agent", agent.id), agent=agent.id)
    return sessions.begin(db, agent, address, browser)


def _current(page: Page) -> Agent:
    token = page.request.cookies.get(sessions.cookie_name(page.settings.secure), "")
    agent = sessions.agent_of(page.db, token)
    claimed = page.request.headers.get("x-agent", "")  # whose page it is, where the page says so
    if agent is None or claimed not in ("", str(agent.id)):
        raise SignInRequired
    page.who = agent
    page.context["agent"] = agent
    i18n.speak(agent.locale, agent.time_zone)
    return agent


def anybody(page: Page) -> None:
    """Access rule: everybody; the language is the browser's."""
    wanted = page.query("lang") or page.request.cookies.get("lang", "")
    header = page.request.headers.get("accept-language", "")
    locale = wanted if wanted in i18n.LOCALES else i18n.from_header(header, page.settings.locale)
    i18n.speak(locale, page.settings.time_zone)


def staff(page: Page) -> None:
    """Access rule: whoever is signed in, viewers too. Viewers cannot change anything but themselves."""
    _current(page)


def workers(page: Page) -> None:
    """Access rule: those who may change tickets."""
    if _current(page).role == "viewer":
        raise Forbidden("Viewers can read, not change.")


def admins(page: Page) -> None:
    """Access rule: the owner and admins; for everybody else the page does not exist."""
    if _current(page).role not in ("owner", "admin"):
        raise NotFound
