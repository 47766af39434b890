"""The real server in a process of its own, on free ports, that can be killed and started again."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.ports import free_port

START_SECONDS = 90.0
STOP_SECONDS = 60.0


class DidNotStart(Exception):
    """The server ended, or never became ready; the text is the end of its log."""


@dataclass
class Server:
    """`madoguchi serve` over a data folder. `settings` are MADOGUCHI_ variables by their short names."""

    data: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    lmtp_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What all its starts have written."""
        return self.data.with_name(f"{self.data.name}.log")

    def environ(self) -> dict[str, str]:
        """Its environment: this process's without any setting of Madoguchi, and those given."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MADOGUCHI_")}
        given = {"undo_send_seconds": "0", **self.settings}  # a reply leaves at once: its way out is what is measured
        return kept | {f"MADOGUCHI_{name.upper()}": value for name, value in given.items()}

    def command(self, *words: str) -> Sequence[str]:
        """A `madoguchi` command over the same data."""
        return [sys.executable, "-m", "app.cli", "--data", str(self.data), *words]

    def run(self, *words: str, typed: str = "", check: bool = True) -> str:
        """Run a command to its end; what it printed. Raises CalledProcessError."""
        done = subprocess.run(
            self.command(*words), env=self.environ(), input=typed, capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise subprocess.CalledProcessError(done.returncode, words, done.stdout, done.stderr)
        return done.stdout

    def start(self) -> float:
        """Start it; seconds until it says that it is ready. Raises DidNotStart."""
        began = time.perf_counter()
        self.data.mkdir(parents=True, exist_ok=True)
        ports = ("--port", str(self.port), "--smtp-port", str(self.smtp_port), "--lmtp-port", str(self.lmtp_port))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command("serve", *ports),
                env=self.environ(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while not self.ready():
            if self.process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                self.kill()
                raise DidNotStart(self.log.read_text(errors="replace")[-2000:])
            time.sleep(0.01)
        return time.perf_counter() - began

    def ready(self) -> bool:
        """Whether /readyz says yes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self) -> None:
        """kill -9: no goodbye, nothing flushed, and its helpers are left to notice by themselves."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and wait; SIGKILL when it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def tree(self) -> list[psutil.Process]:
        """Its process and all below it that live now."""
        if self.process is None:
            return []
        try:
            top = psutil.Process(self.process.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
