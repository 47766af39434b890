"""The settings of an inbox as fields of a form: which its channel has, what stands in them, what was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app import i18n
from app.channels import inboxes, registry
from app.channels.inboxes import Inbox
from app.console import show
from app.errors import Invalid
from app.i18n import N_
from app.text import plain
from app.tickets import acknowledgement
from app.web import Page

LONGEST_DELAY = 30 * 24 * 60  # minutes
LONGEST = {"from_name": 80, "greeting": 500, "promise": 500, "acknowledgement": 2000}
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.I)

# What only some channels have: texts of one line or more, in one language or in each, and switches.
TEXTS: Mapping[str, tuple[str, ...]] = {"email": ("from_name",), "form": ("mail_inbox", "brand"), "chat": ("brand",)}
SPOKEN: Mapping[str, tuple[str, ...]] = {"chat": ("greeting", "promise")}
SWITCHES: Mapping[str, tuple[str, ...]] = {"email": ("plus_addressing",)}


def values(inbox: Inbox) -> dict[str, str]:
    """The texts of the form as they are now."""
    now = inbox.settings
    delay = now.get("survey_delay_minutes")
    found = {name: str(now.get(name) or "") for name in TEXTS.get(inbox.kind, ())}
    found["survey_delay"] = "" if delay is None else str(delay)
    found["origins"] = "\n".join(now["origins"]) if isinstance(now.get("origins"), list) else ""
    for language in show.LANGUAGES:
        found[f"acknowledgement_{language}"] = str(now.get(f"acknowledgement_{language}") or "")
        for name in SPOKEN.get(inbox.kind, ()):
            found[f"{name}_{language}"] = _spoken(now.get(name), language)
    return found


def _spoken(said: Any, language: str) -> str:
    return str(said.get(language) or "") if isinstance(said, dict) else str(said or "")


def switches(inbox: Inbox) -> dict[str, bool]:
    """The switches of the form as they are now."""
    now = inbox.settings
    own = {name: now.get(name) is True for name in SWITCHES.get(inbox.kind, ())}
    asked = {"approval": now.get("approval") is True}
    return {
        "survey": now.get("survey") is not False,
        "acknowledge": now.get("acknowledge") is not False,
        **asked,
        **own,
    }


def usual(page: Page) -> dict[str, str]:
    """What is said where the inbox has no text of its own, in each language."""
    said = {}
    for language in show.LANGUAGES:
        with i18n.use(language):
            said[language] = acknowledgement.usual(acknowledgement.NUMBER, acknowledgement.DESK)
    return said


def read(page: Page, inbox: Inbox) -> dict[str, Any]:
    """What was typed, as settings. Raises Invalid, one message a field."""
    faults: dict[str, str] = {}
    can = registry.channel(page.db, inbox.kind).capabilities
    found: dict[str, Any] = {name: page.text(name) == "1" for name in SWITCHES.get(inbox.kind, ())}
    found["approval"] = page.text("approval") == "1"
    found |= {name: _text(page, name, name, faults) for name in TEXTS.get(inbox.kind, ())}
    for name in SPOKEN.get(inbox.kind, ()):
        found[name] = {lang: _text(page, f"{name}_{lang}", name, faults) for lang in show.LANGUAGES}
    if can.survey:
        found |= {"survey": page.text("survey") == "1", "survey_delay_minutes": _delay(page, faults)}
    if can.acknowledges:
        found["acknowledge"] = page.text("acknowledge") == "1"
        found |= {
            name: _acknowledgement(page, name, faults) for name in map("acknowledgement_{}".format, show.LANGUAGES)
        }
    if inbox.kind == "chat":
        found["origins"] = _origins(page, faults)
    _check(page, inbox, found, faults)
    if faults:
        raise Invalid(faults)
    return found


def _text(page: Page, field: str, name: str, faults: dict[str, str]) -> str:
    text = plain.strip_controls(page.text(field)).strip()
    if len(text) > LONGEST.get(name, 254):
        faults[field] = N_("This is too long.")
    return text


def _acknowledgement(page: Page, field: str, faults: dict[str, str]) -> str:
    text = _text(page, field, "acknowledgement", faults)
    rest = text.replace(acknowledgement.NUMBER, "").replace(acknowledgement.DESK, "")
    if "{{" in rest:
        faults[field] = N_("Only the number of the ticket and the name of the desk can be filled in here.")
    return text


def _delay(page: Page, faults: dict[str, str]) -> int | None:
    if not page.text("survey_delay").strip():
        return None
    number = page.number("survey_delay")
    if number is None or number > LONGEST_DELAY:
        faults["survey_delay"] = "Give whole minutes, at most 43,200 (30 days)."
    return number


def _origins(page: Page, faults: dict[str, str]) -> list[str]:
    try:
        return inboxes.origins(page.text("origins"))
    except Invalid as error:
        faults |= error.fields
        return []


def _check(page: Page, inbox: Inbox, found: dict[str, Any], faults: dict[str, str]) -> None:
    colour = found.get("brand")
    if colour and colour != inbox.settings.get("brand") and not _COLOUR.fullmatch(colour):
        faults["brand"] = N_("Write a colour as # and six digits, such as #2f5d8a.")
    if (mail := found.get("mail_inbox")) and inboxes.find(page.db, "email", mail) is None:
        faults["mail_inbox"] = "Choose one of these."
