"""Rate limits, counted in Redis when there is one and in this process otherwise."""

from __future__ import annotations

import hashlib
import time

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from app.db import Session
from app.errors import TooMany

LONGEST_KEY = 100  # longer ones are counted by their digest

# name: (how often, sentence). Keys are an address of the network, an account, or both.
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
        self._storage = storage_from_string(redis_url or "memory://")
        self._strategy = SlidingWindowCounterRateLimiter(self._storage)
        self._rules: dict[str, RateLimitItem] = {name: parse(rule) for name, rule in RULES.items()}

    def spend(self, rule: str, key: str) -> None:
        """Count one; raises TooMany (with the seconds to wait) when the rule's number is used up."""
        item = self._rules[rule]
        key = key if len(key) <= LONGEST_KEY else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        if not self._strategy.hit(item, rule, key):
            reset = self._strategy.get_window_stats(item, rule, key).reset_time
            wait = max(1, round(reset - time.time()))
            raise TooMany("Too many attempts. Please wait a little and try again.", wait)


def spend(db: Session, rule: str, key: str) -> None:
    """As Limits.spend, with the counters fitted to this desk."""
    limits: Limits = db.house["limits"]
    limits.spend(rule, key)
