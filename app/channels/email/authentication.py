"""Whether our own mail server found that a mail is from whom it says: Authentication-Results (RFC 8601).

Anybody can write such a header into a mail. Only one counts: the topmost that bears the name of the server that
the administrator trusts (setting trusted_authserv_id); that server must remove forged ones (RFC 8601, 5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_PAIR = re.compile(r"\\.")
_QUOTED = re.compile(r'"[^"]*"')
_COMMENT = re.compile(r"\([^()]*\)")
_METHOD = re.compile(r"\s*dmarc\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.I)
_FROM = re.compile(r"\bheader\.from\s*=\s*([^\s;]+)", re.I)
_LONGEST = 8192


def verdict(headers: Sequence[str], trusted: str, sender: str) -> bool | None:
    """True: DMARC passed for the sender's domain. False: it failed, or spoke of another From. None: not known.

    `headers` are raw values, topmost first; `sender` is the address in From, which alone is what DMARC judges
    (RFC 7489, 3.1). Where there is none (""), nothing can vouch for whom the desk takes as the author: False.
    """
    if trusted and not sender:
        return False
    cut = (_parts(value[:_LONGEST]) for value in headers[:50])
    parts = next((found for found in cut if trusted and _is_named(found[0], trusted)), None)
    if parts is None:
        return None
    results = [match[1].lower() for part in parts[1:] if (match := _METHOD.match(part))]
    if "fail" in results:
        return False
    if "pass" not in results:
        return None
    judged = [m[1] for part in parts[1:] if _METHOD.match(part) and (m := _FROM.search(part))]
    return all(_same_domain(domain, sender) for domain in judged)


def _parts(value: str) -> list[str]:
    """The value at its semicolons. What stands in quotes and comments goes first: senders choose some of it."""
    name, semicolon, value = value.partition(";")
    value = name + semicolon + _QUOTED.sub(" ", _PAIR.sub("", value))
    for _ in range(5):
        shorter = _COMMENT.sub(" ", value)
        if shorter == value:
            break
        value = shorter
    return value.split(";")


def _is_named(first: str, trusted: str) -> bool:
    """Whether the first part is our server's name, with or without a version behind it."""
    words = first.split()
    return bool(words) and words[0].strip('"').lower() == trusted.strip().lower()


def _same_domain(judged: str, sender: str) -> bool:
    """Whether the domain that was judged is the sender's or one above it (some servers name that one)."""
    judged = judged.rpartition("@")[2].strip(".").lower()
    domain = sender.rpartition("@")[2].strip(".").lower()
    return bool(judged) and (domain == judged or domain.endswith(f".{judged}"))
