"""Where an answer goes: one rule for the page that tells it and for what is sent."""

from __future__ import annotations

import pytest

from app.errors import Invalid
from app.tickets.addressing import Known, goes_to


def at(value: str, *, kind: str = "email", reachable: bool = True) -> Known:
    return Known(kind, value, "", "claimed", reachable)


@pytest.mark.parametrize(
    ("addresses", "heard", "to"),
    [
        ([at("old@x.example"), at("new@x.example")], "", "new@x.example"),
        ([at("old@x.example"), at("new@x.example")], "old@x.example", "old@x.example"),
        ([at("old@x.example")], "Old@X.example", "Old@X.example"),
        ([at("gone@x.example", reachable=False)], "gone@x.example", None),
        ([at("gone@x.example", reachable=False)], "Gone@X.example", None),
        ([at("u1", kind="line", reachable=False), at("a@x.example")], "", "a@x.example"),
        ([at("u1", kind="line")], "", None),
        ([], "", None),
    ],
)
def test_an_answer_goes_where_the_customer_last_wrote_from(addresses: list[Known], heard: str, to: str | None) -> None:
    if to is None:
        with pytest.raises(Invalid):
            goes_to(addresses, "email", heard)
    else:
        assert goes_to(addresses, "email", heard) == to
