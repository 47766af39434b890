"""Signatures: what stands under a reply by mail, kept for each inbox and language; an agent's own comes first.

The composer shows the signature as it will be sent, and sends what it showed. It is kept apart from the text until the
reply leaves, so that a reply that is taken back, a draft, and a quotation never hold it twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import events
from app.accounts.models import Agent
from app.channels import registry
from app.channels.inboxes import Inbox
from app.db import Session
from app.errors import Forbidden, Invalid
from app.events import Actor
from app.text import plain
from app.tickets import placeholders, readymade
from app.tickets.models import Ticket
from app.tickets.placeholders import Facts
from app.tickets.readymade import Edit

LONGEST = 2_000  # characters
KNOWN = ("agent.name", "team.name", "inbox.name", "inbox.address", "desk.name")


def carried(db: Session, channel: str) -> bool:
    """Whether replies on a channel have a signature: those that leave as mail."""
    return registry.channel(db, channel).capabilities.html


def of(db: Session, ticket: Ticket, agent: Agent, settings: Mapping[str, Any], **said: str) -> str:
    """The signature under an agent's reply to a ticket, filled in; "" when there is none. Asks nothing.

    `settings` are those of its inbox; `said` what else is known: its name (`inbox`), its `address`, the `team`.
    """
    if not carried(db, ticket.channel):
        return ""
    texts = {**(settings.get("signature") or {}), **agent.signatures}
    _, text = readymade.in_language(texts, ticket.locale, db.settings.locale)
    if "{{" not in text:
        return text
    return placeholders.fill_all(text, _facts({"agent": agent.name, "desk": db.settings.desk_name, **said}))


def _facts(said: Mapping[str, str]) -> Facts:
    return Facts(**{field: said.get(field, "") for field in Facts.__slots__})


def signed(text: str, signature: str) -> str:
    """The text with its signature below, which is not put there twice. Pure.

    >>> signed("It leaves today.", "Mio"), signed("It leaves today.\\n\\nMio", "Mio")
    ('It leaves today.\\n\\nMio', 'It leaves today.\\n\\nMio')
    """
    signature = signature.strip("\n").rstrip()
    if not signature.strip():
        return text
    lines, last = ([line.rstrip() for line in part.rstrip().split("\n")] for part in (text, signature))
    if lines[-len(last) :] == last:
        return text
    return f"{text}\n\n{signature}" if text else signature


def in_a_line(signature: str) -> str:
    """The signature as one line, without the rules that are drawn around it. Pure."""
    return " · ".join(line.strip() for line in signature.splitlines() if any(map(str.isalnum, line)))


def tidy(signature: str) -> str:
    """A signature as it came from a form. Raises Invalid when it is too long."""
    signature = plain.strip_controls(signature.replace("\r\n", "\n")).strip("\n").rstrip()
    if len(signature) > LONGEST:
        raise Invalid({"signature": "A signature has at most 2,000 characters."})
    return signature


def change_own(db: Session, agent: Agent, texts: Mapping[str, str]) -> None:
    """What stands under one's own replies, in each language; without a text the inbox's does. Raises Invalid."""
    before, agent.signatures = agent.signatures, _checked(texts)
    _remember(db, agent, "agents", agent.id, before, agent.signatures)


def change(db: Session, agent: Agent, inbox: Inbox, texts: Mapping[str, str]) -> None:
    """What stands under replies from an inbox, in each language. Raises Invalid; Forbidden for who is no admin."""
    if agent.role not in readymade.ADMINS:
        raise Forbidden
    before, after = inbox.settings.get("signature") or {}, _checked(texts)
    inbox.settings = {**inbox.settings, "signature": after}
    _remember(db, agent, "inboxes", inbox.id, before, after)
    events.record(db, "inbox.changed", by=Actor("agent", agent.id), topics=["admin"], inbox=inbox.id)


def _checked(texts: Mapping[str, str]) -> dict[str, str]:
    faults: dict[str, str] = {}
    kept = readymade.texts_of(texts)
    for language, text in kept.items():
        if len(text) > LONGEST:
            faults[f"text-{language}"] = "A signature has at most 2,000 characters."
        elif placeholders.unknown(text, KNOWN):
            faults[f"text-{language}"] = "There is no placeholder “%(what)s”. Those that exist are listed below."
    if faults:
        what = next((wrong for text in kept.values() if (wrong := placeholders.unknown(text, KNOWN))), "")
        raise Invalid(faults, what=what)
    return kept


def _remember(
    db: Session, agent: Agent, kind: str, number: int, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    db.flush()
    if before != after:
        db.add(Edit(kind=kind, number=number, agent_id=agent.id, before={"texts": before}, after={"texts": after}))
        db.flush()
