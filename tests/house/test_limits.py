"""How often something may be done: for whom it is counted, and what happens while Redis is away."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from app import limits
from app.errors import Invalid, TooMany
from app.limits import Limits
from tests.ports import free_port
from tests.story import Desk


def spend(counted: Limits, rule: str, *keys: str) -> int:
    """How many of the keys were allowed."""
    allowed = 0
    for key in keys:
        try:
            counted.spend(rule, key)
        except TooMany:
            continue
        allowed += 1
    return allowed


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_an_address_is_counted_by_what_one_customer_of_a_provider_has(address: str, counted_as: str) -> None:
    assert limits.network(address) == counted_as


def test_who_changes_the_address_within_a_network_is_still_one(desk: Desk) -> None:
    counted = Limits()
    assert spend(counted, "sign-in by address", *(f"2001:db8::{n:x}" for n in range(80))) == 50
    assert spend(counted, "sign-in by address", "2001:db8:0:1::1", "192.0.2.1") == 2


def test_one_account_is_not_guessed_at_from_one_network(desk: Desk) -> None:
    from app.accounts import signin

    heard = []
    with desk.read() as db:
        for n in range(11):
            with pytest.raises((Invalid, TooMany)) as caught:
                signin.check(db, "mio@tsukinowa.example", "not this", f"2001:db8::{n:x}")
            heard.append(caught.type)
    assert heard == [Invalid] * 10 + [TooMany]


def test_while_redis_is_away_each_process_counts_for_itself_and_says_so_once() -> None:
    counted = Limits(f"redis://127.0.0.1:{free_port()}/0")
    with capture_logs() as logged:
        assert spend(counted, "link by mail", *["taro@customer.example"] * 9) == 5
    assert [line["event"] for line in logged] == ["limits_counted_here"]


def test_a_redis_that_takes_calls_and_says_nothing_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REDIS_SECONDS", 0.05)
    with silent_server() as (port, calls):
        assert spend(Limits(f"redis://127.0.0.1:{port}/0"), "link by mail", *["taro@customer.example"] * 9) == 5
    assert len(calls) < 9  # asked once (with the client's own second try), then left alone for a while


def test_redis_counts_again_when_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "AGAIN", 0.0)
    counted = Limits(f"redis://127.0.0.1:{free_port()}/0")
    with capture_logs() as logged:
        spend(counted, "link by mail", *["a@x.example"] * 3)
        counted._shared = limits.SlidingWindowCounterRateLimiter(limits.storage_from_string("memory://"))
        spend(counted, "link by mail", *["a@x.example"] * 3)
    assert [line["event"] for line in logged] == ["limits_counted_here", "limits_shared_again"]


@contextmanager
def silent_server() -> Iterator[tuple[int, list[socket.socket]]]:
    """Takes connections and never says a word; yields its port and the connections."""
    calls: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    calls.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield server.getsockname()[1], calls
        server.shutdown(socket.SHUT_RDWR)
    for call in calls:
        call.close()
