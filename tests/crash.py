"""`make crash`: kill -9 while mail arrives. Prints sent, acknowledged, stored, doubled, lost; exits 1 if anything is
wrong. MADOGUCHI_DATABASE_URL runs it on PostgreSQL, on an empty database of its own."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.faults.crashing import crash


def main() -> int:
    """Run, print the table, and say whether all is well."""
    given = _given()
    with tempfile.TemporaryDirectory(prefix="madoguchi-crash-") as folder:
        found = crash(
            Path(folder),
            mails=given.mails,
            kills=given.kills,
            seed=given.seed,
            database_url=os.environ.get("MADOGUCHI_DATABASE_URL", ""),
            hurry=given.hurry,
            progress=lambda sentence: print(sentence, file=sys.stderr, flush=True),
        )
    for name, value in found.rows():
        print(f"{name:<32}{value}")
    for fault in found.wrong[:50]:
        print(f"WRONG: {fault}")
    print("All is well." if found.well else f"{len(found.wrong)} things are wrong.")
    return 0 if found.well else 1


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--mails", type=int, default=500, help="numbered mails to send (default 500)")
    parser.add_argument("--kills", type=int, default=20, help="how often the server is killed (default 20)")
    parser.add_argument("--seed", type=int, default=None, help="the same moments again (default: new ones)")
    parser.add_argument("--hurry", action="store_true", help="do not wait for the leases of killed processes")
    given = parser.parse_args()
    if given.seed is None:
        given.seed = int.from_bytes(os.urandom(3), "big")
    print(f"seed {given.seed}", file=sys.stderr)
    return given


if __name__ == "__main__":
    sys.exit(main())
