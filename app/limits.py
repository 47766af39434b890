"""Rate limits, counted in Redis when there is one and in this process otherwise.

While Redis does not answer, each process counts for itself: nobody is locked out, and guessing stays slow.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from ipaddress import IPv6Address, ip_address
from typing import Any, cast

import structlog
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter

from app.db import Session
from app.errors import TooMany

log = structlog.get_logger("limits")
LONGEST_KEY = 100  # longer ones are counted by their digest
REDIS_SECONDS = 1.0  # that one answer of Redis may take
AGAIN = 10.0  # seconds until a Redis that did not answer is asked again

# Keys are an address of the network (rules that end in "by address"), an account, or both.
RULES = {
    "sign-in by account": "10/10minutes",
    "sign-in by account everywhere": "100/10minutes",
    "sign-in by address": "50/10minutes",
    "form by address": "20/10minutes",
    "form by mail": "20/hour",
    "link by mail": "5/hour",
    "link by address": "30/hour",
    "chat by visitor": "60/minute",
    "chat start by address": "30/10minutes",
    "survey by address": "60/10minutes",
    "api by token": "1200/minute",
    "api failures by address": "30/minute",
    "acknowledgements to unproven": "200/hour",
}


class Limits:
    """Counts what was done under a rule for a key."""

    def __init__(self, redis_url: str = "") -> None:
        self._local = SlidingWindowCounterRateLimiter(storage_from_string("memory://"))
        self._shared = SlidingWindowCounterRateLimiter(_redis(redis_url)) if redis_url else None
        self._local_until = 0.0
        self._rules: dict[str, RateLimitItem] = {name: parse(rule) for name, rule in RULES.items()}

    def spend(self, rule: str, key: str) -> None:
        """Count one; raises TooMany (with the seconds to wait) when the rule's number is used up."""
        item = self._rules[rule]
        key = network(key) if rule.endswith("by address") else key
        key = key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        wait = self._wait(item, rule, key)
        if wait:
            raise TooMany("Too many attempts. Please wait a little and try again.", wait)

    def _wait(self, item: RateLimitItem, rule: str, key: str) -> int:
        """Count one in Redis, or here while it does not answer; the seconds to wait, 0 when it was allowed."""
        if self._shared is None or time.monotonic() < self._local_until:
            return _hit(self._local, item, rule, key)
        try:
            wait = _hit(self._shared, item, rule, key)
        except StorageError as error:
            if not self._local_until:  # once for each time that Redis is away
                log.warning("limits_counted_here", error=type(error.storage_error).__name__)
            self._local_until = time.monotonic() + AGAIN
            return _hit(self._local, item, rule, key)
        if self._local_until:
            log.info("limits_shared_again")
            self._local_until = 0.0
        return wait


def _redis(url: str) -> Storage:
    patience: dict[str, Any] = {"socket_connect_timeout": REDIS_SECONDS, "socket_timeout": REDIS_SECONDS}
    return cast(Storage, storage_from_string(url, wrap_exceptions=True, **patience))


def _hit(strategy: RateLimiter, item: RateLimitItem, rule: str, key: str) -> int:
    if strategy.hit(item, rule, key):
        return 0
    return max(1, round(strategy.get_window_stats(item, rule, key).reset_time - time.time()))


def network(address: str) -> str:
    """Whom an address of the network stands for: one customer of a provider has a whole /64 of IPv6 (RFC 6177)."""
    with contextlib.suppress(ValueError):
        found = ip_address(address)
        if isinstance(found, IPv6Address):
            if found.ipv4_mapped:
                return str(found.ipv4_mapped)
            return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return address


def spend(db: Session, rule: str, key: str) -> None:
    """As Limits.spend, with the counters fitted to this desk."""
    limits: Limits = db.house["limits"]
    limits.spend(rule, key)
