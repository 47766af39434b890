"""The formulas of the glossary, on plain numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """How a length of time is spread over tickets, in seconds: the median first, the mean beside it."""

    count: int
    median: float
    p90: float
    mean: float


def spread(values: Sequence[int]) -> Spread | None:
    """The spread of some values; None when there are none."""
    if not values:
        return None
    ordered = sorted(values)
    return Spread(
        len(ordered),
        percentile(ordered, 0.5),
        percentile(ordered, 0.9),
        sum(ordered) / len(ordered),
    )


def percentile(ordered: Sequence[int], share: float) -> float:
    """The value below which a share of the sorted values lies, interpolated between the two nearest ranks.

    The same as PostgreSQL's percentile_cont. Needs at least one value.
    """
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def percent(part: int, whole: int) -> float | None:
    """part / whole in percent; None when there is nothing to divide by."""
    return 100 * part / whole if whole else None
