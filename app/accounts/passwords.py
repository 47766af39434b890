"""Passwords: argon2id, and the few rules that help (NIST SP 800-63B: length, not composition)."""

from __future__ import annotations

from functools import cache

from pwdlib import PasswordHash

from app.errors import Invalid

SHORTEST = 10
LONGEST = 200


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


def check_strength(password: str) -> None:
    """Raises Invalid when a new password is too short, too long, or one character repeated."""
    if len(password) < SHORTEST:
        raise Invalid({"password": "A password has at least 10 characters."})
    if len(password) > LONGEST:
        raise Invalid({"password": "A password has at most 200 characters."})
    if len(set(password)) < 4:
        raise Invalid({"password": "This password is too easy to guess."})


def chosen(password: str) -> str:
    """The hash of a password that somebody chooses. Slow on purpose: call it with no transaction open.

    Raises Invalid when it is too weak.
    """
    check_strength(password)
    return hashed(password)


def hashed(password: str) -> str:
    """The argon2id hash to keep."""
    return _hasher().hash(password)


@cache
def _decoy() -> str:
    return hashed("nobody has this password")


def matches(password: str, kept: str | None) -> bool:
    """Whether the password is right. Takes as long when there is none, so that accounts cannot be counted."""
    if len(password) > LONGEST:
        return False
    right = _hasher().verify(password, kept or _decoy())
    return right and kept is not None
