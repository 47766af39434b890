"""Where the marks of a chart stand. Pure geometry; templates/reports/_charts.html draws it.

Units are those of the drawing, which scales with the page. A chart of more than a month grows in width instead
of becoming unreadable, and scrolls inside its frame.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, LEFT, RIGHT = 960.0, 48.0, 954.0
TOP = 18.0
LEAST_STEP = 12.0  # width of one day when there are many
LABEL = 52.0  # room that the label of a day needs
GAP = 1.5  # between the parts of a bar

# Lengths of time that people count in: steps of an axis, in seconds.
_TIMES = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)


@dataclass(frozen=True, slots=True)
class Axis:
    """A vertical axis from 0 to `top`, with its ticks."""

    top: float
    ticks: Sequence[float]


@dataclass(frozen=True, slots=True)
class Frame:
    """The ground of a chart: its size, and where each day stands."""

    width: float
    height: float
    bottom: float
    step: float
    every: int  # label each n-th day
    axis: Axis

    def left(self, n: int) -> float:
        return round(LEFT + n * self.step, 1)

    def middle(self, n: int) -> float:
        return round(LEFT + (n + 0.5) * self.step, 1)

    def y(self, value: float) -> float:
        return round(self.bottom - (self.bottom - TOP) * value / self.axis.top, 1)

    @property
    def top(self) -> float:
        return TOP

    @property
    def start(self) -> float:
        return LEFT

    @property
    def right(self) -> float:
        return round(self.width - (WIDTH - RIGHT), 1)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar."""

    key: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line through the days that have a value, broken where one has none."""

    path: str
    points: Sequence[tuple[float, float] | None]


def counts_axis(most: float) -> Axis:
    """Whole numbers: at most five ticks at 1, 2 or 5 times a power of ten."""
    rough = max(1.0, most / 4)
    power = 10 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough)
    return _axis(step, most)


def times_axis(most: float) -> Axis:
    """Lengths of time in seconds: at most five ticks at steps that people count in."""
    rough = max(15.0, most / 4)
    step = next((s for s in _TIMES if s >= rough), 604800 * math.ceil(rough / 604800))
    return _axis(step, most)


def percent_axis() -> Axis:
    return Axis(100, (25, 50, 75, 100))


def _axis(step: float, most: float) -> Axis:
    ticks = max(1, math.ceil(most / step))
    return Axis(step * ticks, [step * n for n in range(1, ticks + 1)])


def frame(days: int, height: float, axis: Axis) -> Frame:
    """The ground of a chart of so many days."""
    step = max(LEAST_STEP, (RIGHT - LEFT) / max(1, days))
    width = LEFT + step * days + WIDTH - RIGHT
    return Frame(round(width, 1), height, height - 26, step, max(1, math.ceil(LABEL / step)), axis)


def bars(ground: Frame, days: Sequence[Sequence[tuple[str, int]]]) -> list[list[Part]]:
    """One stacked bar a day, from the bottom up; parts of nothing are left out."""
    width = round(min(40.0, ground.step * 0.56), 1)
    return [_bar(ground, n, width, parts) for n, parts in enumerate(days)]


def _bar(ground: Frame, n: int, width: float, parts: Sequence[tuple[str, int]]) -> list[Part]:
    x, below, found = round(ground.middle(n) - width / 2, 1), 0, []
    for key, value in parts:
        if value:
            bottom, top = ground.y(below), ground.y(below + value)
            found.append(Part(key, x, top, width, round(max(1.0, bottom - top - GAP), 1)))
            below += value
    return found


def line(ground: Frame, values: Sequence[float | None]) -> Line:
    """The line of some values, one a day."""
    points = [None if v is None else (ground.middle(n), ground.y(v)) for n, v in enumerate(values)]
    path, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        path.append(f"{pen}{point[0]:g} {point[1]:g}")
        pen = "L"
    return Line("".join(path), points)


def clear(line: Line, n: int) -> float:
    """Where the text of a point stands clear of its line: above it, or below a valley. 0 without a point."""
    point = line.points[n]
    if point is None:
        return 0
    beside = [other[1] for other in line.points[max(0, n - 1) : n + 2] if other is not None]
    valley = len(beside) > 1 and point[1] > sum(beside) / len(beside)
    return round(point[1] + (17 if valley else -9), 1)


def weekend(day: date) -> bool:
    """Saturday or Sunday, shaded in the charts."""
    return day.weekday() >= 5
