"""The log: one form for our lines and those of libraries, whatever a stranger sent."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest

from app import logs
from app.settings import Settings


def line(tmp_path: Path, form: str, text: str, *values: object, error: bool = False) -> str:
    """How a line that a library logs leaves the process."""
    handler = logs.of_libraries(Settings(data=tmp_path, log=form))
    failed = None
    if error:
        try:
            raise ValueError("broken")
        except ValueError:
            failed = sys.exc_info()
    return handler.format(logging.LogRecord("mail.log", logging.WARNING, "smtp.py", 1, text, values, failed))


def test_lines_of_libraries_are_json_when_the_log_is(tmp_path: Path) -> None:
    said = json.loads(line(tmp_path, "json", "%r unrecognised: %s", ("127.0.0.1", 5), "FOO"))
    assert said["event"] == "('127.0.0.1', 5) unrecognised: FOO"
    assert (said["level"], said["logger"]) == ("warning", "mail.log")
    assert "timestamp" in said


def test_an_error_of_a_library_is_one_json_line(tmp_path: Path) -> None:
    written = line(tmp_path, "json", "failed", error=True)
    assert "\n" not in written
    assert "ValueError: broken" in json.loads(written)["exception"]


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "a\r\n2026-11-22 [info] all is well", "\x00", "\u202egnp.exe", "\x9b31m"]
)
def test_a_command_of_a_stranger_moves_no_terminal_and_forges_no_line(tmp_path: Path, hostile: str) -> None:
    written = line(tmp_path, "text", "unrecognised: %s", hostile)
    assert written.isprintable() or written.replace(" ", "").isprintable()
    assert "unrecognised: " in written
