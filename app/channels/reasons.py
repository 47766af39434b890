"""Why a message did not go out: a sentence of ours, and the other side's own words beside it.

Stored as one text, the sentence in English on the first line and the words below it, so that the sentence is
translated when it is shown and the words stay as they were said.
"""

from __future__ import annotations

import re

from app.i18n import N_, gettext

# What is stored under these codes is an error's name, not a sentence.
BY_CODE = {"error": N_("The desk itself made a mistake while sending.")}

# Enhanced status codes in words (RFC 3463, section 3), the most exact first.
WORDS = (
    ("5.1.7", N_("The recipient's server refused the sender's address.")),
    ("5.1.8", N_("The recipient's server refused the sender's address.")),
    ("5.1.", N_("This address does not exist.")),
    ("5.2.1", N_("This mailbox has been switched off.")),
    ("5.2.2", N_("The mailbox is full.")),
    ("5.2.3", N_("The mail is too large for the mailbox.")),
    ("5.3.4", N_("The mail is too large for the server.")),
    ("5.4.", N_("The recipient's server cannot be reached.")),
    ("5.6.", N_("The recipient's server cannot read this mail.")),
    ("5.7.", N_("The recipient's server refused the mail for reasons of policy.")),
)
UNDELIVERED = N_("The mail could not be delivered.")
REFUSED = N_("The mail server refused the mail.")
LATER = N_("The mail server asks to try again later.")
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")


def told(sentence: str, words: str = "") -> str:
    """What is stored: `sentence` (marked for translation where it stands) and the other side's `words`."""
    return f"{sentence}\n{words}" if words else sentence


def shown(reason: str, code: str = "") -> str:
    """A stored reason in the language of the moment, the other side's words in brackets; the code without one."""
    sentence, _, words = reason.partition("\n")
    if code in BY_CODE:
        sentence, words = BY_CODE[code], reason
    said = gettext(sentence) if sentence else code
    return f"{said} ({' '.join(words.split())})" if words.strip() else said


def of_status(status: str) -> str:
    """The sentence for an enhanced status code."""
    return next((text for start, text in WORDS if status.startswith(start)), UNDELIVERED)


def of_answer(code: int, text: str) -> str:
    """The sentence for a server's answer: by its enhanced status code, else by its first digit.

    A 4xx only says "later", whatever its subject: most are greylists that let the second try in.
    """
    found = _STATUS.search(text)
    if code < 500:
        return of_status("5.2.2") if found and found[1] == "4.2.2" else LATER
    exact = of_status(found[1]) if found else UNDELIVERED
    return REFUSED if exact == UNDELIVERED else exact
