"""Names that only this desk can make: Message-IDs and reply addresses that carry a ticket and a tag over it.

A Message-ID is `<ticket.message.tag@mail domain>`, a reply address `local+ticket.tag@domain`. The tag is one
letter that names the key, then 128 bits of HMAC-SHA256 in base32 (26 letters). The domain is not part of what is
signed, so that mail sent before the desk moved is still known. Case never matters: some servers lower all of it.

External ids of mail are kept as they stand in a header, with angle brackets (RFC 5322, 3.6.4).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.keys import Keys

_KEY = "a"  # the key that new tags are made with
_PURPOSES = {"message": {"a": "message-id"}, "reply": {"a": "reply-address"}}

_TAG = r"([a-z0-9])([a-z2-7]{26})"
_OURS = re.compile(rf"(?<![\w.])([1-9]\d{{0,17}})\.([1-9]\d{{0,17}})\.{_TAG}@([a-z0-9.-]{{1,253}})", re.I | re.A)
_PLUS = re.compile(rf"[^@\s]{{1,64}}\+([1-9]\d{{0,17}})\.{_TAG}@[^@\s]{{1,255}}", re.I | re.A)
LOCAL_PART = 64  # octets (RFC 5321, 4.5.3.1.1)
MOST = 200  # ids and addresses of one mail that are looked at


@dataclass(frozen=True, slots=True)
class OurId:
    """A Message-ID that this desk made, and what it names."""

    ticket_id: int
    message_id: int
    external_id: str


def _tag(keys: Keys, use: str, text: str) -> str:
    return _KEY + keys.mac(_PURPOSES[use][_KEY], text)


def _is_tag(keys: Keys, use: str, text: str, key: str, mac: str) -> bool:
    purpose = _PURPOSES[use].get(key.lower())
    return purpose is not None and keys.is_mac(purpose, text, mac)


def message_id(keys: Keys, ticket_id: int, message_id: int, domain: str) -> str:
    """The Message-ID of an outgoing message, with angle brackets."""
    text = f"{ticket_id}.{message_id}"
    return f"<{text}.{_tag(keys, 'message', text)}@{domain.lower()}>"


def our_ids(keys: Keys, text: str) -> Iterator[OurId]:
    """Every Message-ID of ours in a text, whatever stands around it."""
    for match in _OURS.finditer(text):
        ticket, message, key, mac, _ = match.groups()
        if _is_tag(keys, "message", f"{ticket}.{message}", key, mac):
            yield OurId(int(ticket), int(message), f"<{match[0].lower()}>")


def reply_address(keys: Keys, address: str, ticket_id: int) -> str | None:
    """An inbox's address that leads back to one ticket; None when its local part would become too long."""
    local, _, domain = address.rpartition("@")
    tagged = f"{local}+{ticket_id}.{_tag(keys, 'reply', str(ticket_id))}"
    return f"{tagged}@{domain}" if local and len(tagged.encode()) <= LOCAL_PART else None


def ticket_of(keys: Keys, address: str) -> int | None:
    """The ticket that a reply address of ours leads to."""
    match = _PLUS.fullmatch(address.strip())
    if match and _is_tag(keys, "reply", match[1], match[2], match[3]):
        return int(match[1])
    return None


def proven(keys: Keys, ids: Iterable[str], recipients: Iterable[str]) -> tuple[int, ...]:
    """Tickets whose secret came back with a mail: in the ids that it answers or in where it was sent."""
    found = [ours.ticket_id for text in list(ids)[:MOST] for ours in our_ids(keys, text)]
    found += [n for address in list(recipients)[:MOST] if (n := ticket_of(keys, address))]
    return tuple(dict.fromkeys(found))


def without_plus(address: str) -> str:
    """The address without what follows a plus sign in its local part (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    base = local.partition("+")[0]
    return f"{base}@{domain}" if base else address


def normal(address: str) -> str:
    """The form in which addresses are compared: small letters, the domain in its ASCII form."""
    local, _, domain = address.strip().lower().rpartition("@")
    if not domain.isascii():
        with contextlib.suppress(UnicodeError):
            domain = domain.encode("idna").decode()
    return f"{local}@{domain}" if local else domain


def bracketed(id_: str) -> str:
    """A Message-ID as it is kept: with angle brackets."""
    return f"<{id_.strip().strip('<>')}>"
