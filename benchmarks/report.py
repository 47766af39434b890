"""The table: what was measured, the goal, and what the best of the peers needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

Found = Mapping[str, float]
Desks = Mapping[tuple[str, int], Found]  # (database, tickets): what was measured there

GROWTH_GOAL = 1.5


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `goal` and `peer` are upper and measured figures in `unit`; None where there is none."""

    key: str
    name: str
    unit: str
    goal: float | None = None
    peer: float | None = None
    grows: bool = False


# Peers: the best of Request Tracker, django-helpdesk, osTicket and FreeScout with 10,000 tickets, same kind of machine.
LINES = (
    Line("list", "Open the list, whole page", "ms CPU", 10, 58, True),
    Line("ticket", "Open a ticket with ten messages, whole page", "ms CPU", 10, 63, True),
    Line("ticket_part", "… as the console asks for it, beside the list", "ms CPU", None, None, True),
    Line("search", "Search tickets, a rare word, first page", "ms CPU", 50, None, True),
    Line("search_common", "… a word that a quarter of all messages have", "ms CPU", 50, None, True),
    Line("reply", "Reply, until the mail was handed over", "ms CPU", 8, 25, True),
    Line("mail", "Mail in singly, until it is a ticket", "ms CPU", 10, 189, True),
    Line("mail_ack", "… of a stranger, until it was acknowledged", "ms CPU", 10, 189, True),
    Line("burst", "Mail in, in a burst, each", "ms CPU", None, 16, True),
    Line("memory", "Resident, everything running", "MB", 130, 289),
    Line("weight", "List page, cold, all files", "kB", 130, 273),
    Line("first_paint", "List page, cold, first contentful paint", "ms", 500),
    Line("next_ticket", "A key, until the next ticket is drawn", "ms", 100),
    Line("shift", "Layout shift of the list as it opens", "CLS/1000", 20),
    Line("live_p50", "Live on another screen, median", "ms", None, None),
    Line("live_p95", "Live on another screen, 95th percentile", "ms", 300, 4500),
    Line("idle", "Doing nothing, each second", "ms CPU", None, None),
    Line("start", "Start, until ready", "ms", 3000, None),
)


def faults(desks: Desks) -> list[str]:
    """Every goal that was missed, in words."""
    missed = []
    for (database, tickets), found in desks.items():
        for line in LINES:
            if line.goal is not None and line.key in found and found[line.key] > line.goal:
                missed.append(f"{line.name}, {database}, {tickets:,} tickets: {found[line.key]:.1f} > {line.goal:g}")
    for line, database, factor in growth(desks):
        if factor > GROWTH_GOAL:
            missed.append(f"{line.name}, {database}: grows by {factor:.2f}")
    return missed


def growth(desks: Desks) -> list[tuple[Line, str, float]]:
    """(line, database, factor) between the smallest and the largest desk of each database."""
    found = []
    for database in dict.fromkeys(kind for kind, _ in desks):
        sizes = sorted(tickets for kind, tickets in desks if kind == database)
        if len(sizes) < 2:
            continue
        small, large = desks[database, sizes[0]], desks[database, sizes[-1]]
        found += [
            (line, database, large[line.key] / small[line.key])
            for line in LINES
            if line.grows and small.get(line.key) and line.key in large
        ]
    return found


def table(desks: Desks) -> list[list[str]]:
    """Rows of cells; the first is the heading."""
    heads = [f"{database} {_short(tickets)}" for database, tickets in desks]
    grown = {(line.key, database): factor for line, database, factor in growth(desks)}
    databases = list(dict.fromkeys(database for _, database in grown))
    rows = [["", "unit", "peers", "goal", *heads, *(f"growth {database}" for database in databases)]]
    for line in LINES:
        cells = [line.name, line.unit, _figure(line.peer), f"≤ {line.goal:g}" if line.goal else ""]
        cells += [_judged(found.get(line.key), line.goal) for found in desks.values()]
        cells += [_factor(grown.get((line.key, database))) for database in databases]
        rows.append(cells)
    return rows


def _short(tickets: int) -> str:
    return f"{tickets // 1000}k" if tickets % 1000 == 0 else str(tickets)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if value >= 100 or value == int(value) else f"{value:.1f}"


def _judged(value: float | None, goal: float | None) -> str:
    if value is None:
        return ""
    figure = f"{value:.0f}" if value >= 100 else f"{value:.1f}"
    return figure if goal is None else f"{figure} {'✓' if value <= goal else '✗'}"


def _factor(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} {'✓' if value <= GROWTH_GOAL else '✗'}"


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """For a terminal."""
    widths = [max(_width(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "  ".join(_pad(cell, width, left=at == 0) for at, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _pad(text: str, width: int, *, left: bool) -> str:
    blank = " " * (width - _width(text))
    return text + blank if left else blank + text


def as_markdown(rows: Sequence[Sequence[str]]) -> str:
    """For the documentation."""
    head, *rest = rows
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rest]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)
