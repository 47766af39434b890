"""Commands of `madoguchi` as processes of their own, forked from one that has everything loaded.

What a start costs (a second of imports) is paid once; `serving` in the tests of the house starts the real program.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(
    ["app.cli", *(f"app.commands.{n}" for n in ("care", "mail", "people", "search", "serving"))]
)


def call(folder: Path, *arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[str]:
    """One command on the desk in `folder`: its exit status and what it printed."""
    with tempfile.TemporaryDirectory() as name:
        streams = Path(name)
        (streams / "0").write_bytes(stdin)
        environment = {"MADOGUCHI_DATA": str(folder), **environment}
        process = FORKED.Process(target=_run, args=(name, arguments, environment))
        process.start()
        process.join(180)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(arguments, 180)
        out, err = ((streams / fd).read_text() for fd in "12")
        return subprocess.CompletedProcess(arguments, process.exitcode, out, err)


def _run(streams: str, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    for fd in (0, 1, 2):
        os.dup2(os.open(Path(streams, str(fd)), os.O_RDWR | os.O_CREAT), fd)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # multiprocessing gave it nothing to read
    for name in [name for name in os.environ if name.startswith("MADOGUCHI_")]:
        del os.environ[name]
    os.environ.update(environment)
    from app import cli

    sys.exit(cli.main(arguments))
