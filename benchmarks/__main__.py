"""`make bench`: builds large desks, runs the real server on them, and prints what everything costs."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from app import clock
from benchmarks import desks, operations, report

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432")
DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures -->", "<!-- /figures -->"


def main() -> int:
    """Measure, print, and say whether every goal was met (exit status 1 when not)."""
    given = _given()
    for name in [name for name in os.environ if name.startswith("MADOGUCHI_")]:
        del os.environ[name]
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
        found = _measure(given, given.folder)
    else:
        with tempfile.TemporaryDirectory(prefix="madoguchi-bench-") as folder:
            found = _measure(given, Path(folder))
    rows, missed = report.table(found), report.faults(found)
    if given.json:
        print(json.dumps({"desks": [_as_json(*item) for item in found.items()], "missed": missed}, indent=2))
    else:
        print(report.as_text(rows))
        print("\n".join(["", *(f"✗ {fault}" for fault in missed)]) if missed else "\nEvery goal is met.")
    if given.write:
        _write(report.as_markdown(rows))
    return 1 if missed else 0


def _measure(given: argparse.Namespace, folder: Path) -> dict[tuple[str, int], dict[str, float]]:
    counts = operations.QUICK if given.quick else operations.FULL
    found: dict[tuple[str, int], dict[str, float]] = {}
    for kind in given.databases:
        if kind == "postgresql" and not desks.reachable(POSTGRES):
            _progress(f"PostgreSQL is not reachable at {POSTGRES}; left out.")
            continue
        for tickets in given.tickets:
            desk = desks.build(kind, tickets, folder, POSTGRES, _progress)
            try:
                bench = operations.run(desk, counts, folder, _progress)
            finally:
                if not given.folder:
                    desks.drop(desk, POSTGRES)
            found[kind, tickets] = bench.found
            if given.files:
                for file in sorted(bench.files, key=lambda file: -file.wire):
                    _progress(f"    {file.wire:>8,}  {file.path}")
    return found


def _as_json(key: tuple[str, int], found: dict[str, float]) -> dict[str, object]:
    return {"database": key[0], "tickets": key[1], "figures": {name: round(value, 3) for name, value in found.items()}}


def _write(figures: str) -> None:
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    day = clock.now().date().isoformat()
    DOCUMENT.write_text(f"{before}{BEGIN}\nMeasured on {day}: {machine}.\n\n{figures}\n{END}{after}")


def _progress(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    sizes, kinds = "10000,100000", "sqlite,postgresql"
    parser.add_argument("--tickets", default=sizes, help=f"sizes of the desks (default {sizes})")
    parser.add_argument("--databases", default=kinds, help=f"which databases (default {kinds})")
    parser.add_argument("--quick", action="store_true", help="few repetitions: shows that it runs, not what it costs")
    parser.add_argument("--json", action="store_true", help="print JSON, with figures that the table leaves out")
    parser.add_argument("--files", action="store_true", help="list the files of the page that is weighed")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--folder", type=Path, help="keep the desks here and use them again (default: thrown away)")
    given = parser.parse_args()
    given.tickets = [int(size) for size in given.tickets.split(",")]
    given.databases = given.databases.split(",")
    return given


if __name__ == "__main__":
    sys.exit(main())
