"""Many consoles do not look all at once."""

from __future__ import annotations

from app.live.hub import FEW, pace


def test_a_few_look_at_once_and_many_spread_over_what_their_looks_cost() -> None:
    assert pace(0) == pace(FEW) == 0
    assert 0 < pace(FEW + 1) < pace(100) < pace(500)
