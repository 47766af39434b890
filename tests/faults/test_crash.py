"""kill -9 at any moment: what was acknowledged is there once, what was answered went out; `make crash` in short."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import POSTGRES
from tests.faults import tally
from tests.faults.crashing import crash
from tests.faults.letters import letters

Rows = list[dict[str, Any]]
HARM: dict[str, Callable[[Rows], object]] = {
    "lost": lambda rows: rows.pop(),
    "doubled": lambda rows: rows.append({**rows[0], "ticket_id": 9}),
    "torn": lambda rows: rows[1].update(text="This is mail"),
}


def test_nothing_that_was_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    found = crash(tmp_path, mails=40, kills=2, seed=1, seconds=240, hurry=True)
    assert found.wrong == []
    assert (found.acknowledged, found.stored, found.lost, found.doubled, found.torn) == (40, 40, 0, 0, 0)
    assert (found.replies, found.kills, found.unaccounted) == (8, 2, 0)


def test_nor_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    name = f"{postgres_url.rpartition('/')[2]}_crash"
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name}")
        try:
            found = crash(
                tmp_path, mails=20, kills=1, seed=2, database_url=f"{POSTGRES}/{name}", seconds=240, hurry=True
            )
        finally:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    assert found.wrong == []
    assert (found.acknowledged, found.stored, found.lost, found.doubled, found.torn) == (20, 20, 0, 0, 0)


@pytest.mark.parametrize("what", HARM)
def test_the_count_sees_what_it_is_there_for(what: str) -> None:
    post = letters(3, "run", random.Random(0))
    rows: Rows = [
        {"direction": "in", "external_id": p.message_id, "ticket_id": p.number, "text": p.text, "attachments": []}
        for p in post
    ]
    HARM[what](rows)
    found = tally.Tally()
    tally.count_mails(found, post, {1, 2, 3}, rows)
    assert not found.well
    assert {name: getattr(found, name) for name in HARM} == {name: int(name == what) for name in HARM}
