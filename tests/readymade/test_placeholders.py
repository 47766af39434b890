"""What is filled in, what is asked for, and what is left for the guard to find."""

from __future__ import annotations

import pytest

from app.tickets import guards, placeholders
from app.tickets.placeholders import Facts

FACTS = Facts(
    "Hannah", "h@fjord.example", "", "12", "A lid", "Mio", "Shop", "Support", "s@x.example", "Tsukinowa", "16 Jan"
)


def test_what_is_known_is_filled_in_and_the_rest_stays_for_the_guard() -> None:
    text = "Dear {{customer.name}} ({{ ticket.number }}) of {{customer.company}}: {{?Tracking number}}"
    filled = placeholders.fill(text, FACTS)
    assert filled == "Dear Hannah (12) of {{customer.company}}: {{?Tracking number}}"
    assert guards.placeholder(filled) == "{{customer.company}}"
    assert placeholders.asked(filled) == ["Tracking number"]


def test_a_value_that_looks_like_a_placeholder_is_not_filled_in_again() -> None:
    facts = Facts(**{name: getattr(FACTS, name) for name in FACTS.__slots__} | {"subject": "{{agent.name}}"})
    assert placeholders.fill("{{ticket.subject}}", facts) == "{{agent.name}}"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{{customer.name}} {{?Size}} {{ today }}", ""),
        ("{{customer.nmae}}", "{{customer.nmae}}"),
        ("{{?}}", "{{?}}"),
        ("{{}}", "{{}}"),
        ("Dear {{customer.name", "{{customer.name"),
        ("a { b } and {c}", ""),
        ("Dear {{customer.name}, hello", "{{customer.name"),
    ],
)
def test_what_means_nothing_is_found(text: str, wrong: str) -> None:
    assert placeholders.unknown(text) == wrong


def test_every_placeholder_has_a_value_and_would_stop_a_reply_when_left() -> None:
    for name, place in placeholders.TABLE.items():
        assert isinstance(place.value(FACTS), str)
        assert guards.placeholder(f"{{{{{name}}}}}")
