"""A desk that starts loads what it uses, whatever else is installed beside it."""

from __future__ import annotations

import subprocess
import sys

import pytest

SHOW = """
import sys
from app import unneeded
with unneeded.left_out({address!r}):
    import app.commands.serving
print(*sorted({{name.partition(".")[0] for name in sys.modules}} & {{*unneeded.ALWAYS, *unneeded.WITHOUT_REDIS}}))
import redis  # whoever asks for it later finds it
"""


def loaded(address: str) -> set[str]:
    pytest.importorskip("redis")
    command = [sys.executable, "-c", SHOW.format(address=address)]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_no_driver_of_message_queues_is_loaded_by_a_desk_on_one_machine() -> None:
    assert loaded("") == set()


def test_a_desk_with_redis_has_its_driver_and_nothing_else() -> None:
    assert loaded("redis://localhost") == {"redis"}
