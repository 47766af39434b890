"""Foreign mail is read in a process of its own, with limits on processor time, memory and the clock.

`MailReader` keeps one child (`python -m app.channels.email.sandbox`) and talks to it over a socket pair:
eight bytes of length and the mail go in; four bytes of length, JSON and the attachments' bytes come back.
The child holds no secrets (its environment is empty but for what Python needs), and it ends by itself
when it has had nothing to do for a while or when its parent is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.channels.email.types import ParsedMail, Unreadable
from app.channels.email.wire import content_sizes, mail_from_wire, mail_to_wire

_READY = b"\x01"
_START_SECONDS = 60.0
_LARGE = 8 * 1024 * 1024
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "PYTHONHOME")


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """What one mail may cost."""

    cpu_seconds: float = 2.0
    """Processor time; this is what a trap in a mail runs into."""
    wall_seconds: float = 15.0
    """Time on the clock: longer, so that a busy machine does not put good mail into quarantine."""
    memory_bytes: int = 400 * 1024 * 1024
    """Address space beyond what the child needs when it is idle."""
    idle_seconds: float = 60.0
    """After so long without a mail the child ends."""


class _Gone(Exception):  # not an error of ours: the child may end when it is idle
    """The child closed its end."""


class MailReader:
    """Reads mails in a child process. Safe to use from several threads; one mail is read at a time."""

    def __init__(self, limits: ReaderLimits | None = None) -> None:
        self.limits = limits or ReaderLimits()
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def read(self, raw: bytes) -> ParsedMail:
        """The mail. Raises `Unreadable` when it cannot be read, or not within the limits."""
        with self._lock:
            for last in (False, True):
                connection = self._socket or self._start()
                try:
                    return self._exchange(connection, raw)
                except TimeoutError:
                    self._stop(grace=0)
                    raise Unreadable(f"reading it took more than {self.limits.wall_seconds:g} s") from None
                except (_Gone, OSError):
                    code = self._stop()
                    if code == -signal.SIGPROF or last:  # else it was idle too long, or something else ended it
                        raise Unreadable(_cause(code, self.limits)) from None
        raise AssertionError("the second attempt returns or raises")

    def warm(self) -> None:
        """Starts the child ahead of the first mail."""
        with self._lock:
            if self._socket is None:
                self._start()

    def close(self) -> None:
        """Ends the child. The reader can still be used: it starts another."""
        with self._lock:
            self._stop()

    @property
    def pid(self) -> int | None:
        """The child's process id, or None while there is none."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._child = subprocess.Popen(  # noqa: S603  # our own module, arguments of ours
                [sys.executable, "-m", "app.channels.email.sandbox", json.dumps(asdict(self.limits))],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        self._socket = ours
        try:
            if _receive(ours, 1, time.monotonic() + _START_SECONDS) != _READY:
                raise _Gone
        except (TimeoutError, _Gone, OSError):
            code = self._stop()
            raise RuntimeError(f"the process that reads mail did not start (exit code {code})") from None
        return ours

    def _stop(self, grace: float = 0.5) -> int:
        """Closes the connection and reaps the child, by force after `grace` seconds; its exit code, negative
        for a signal that was not ours."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        child, self._child = self._child, None
        if child is None:
            return 0
        try:
            return child.wait(grace)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return 0

    def _exchange(self, connection: socket.socket, raw: bytes) -> ParsedMail:
        deadline = time.monotonic() + self.limits.wall_seconds
        _send(connection, struct.pack(">Q", len(raw)), deadline)
        _send(connection, raw, deadline)
        (size,) = struct.unpack(">I", _receive(connection, 4, deadline))
        reply = json.loads(_receive(connection, size, deadline))
        if "unreadable" in reply:
            raise Unreadable(reply["unreadable"])
        contents = [bytes(_receive(connection, n, deadline)) for n in content_sizes(reply["mail"])]
        return mail_from_wire(reply["mail"], contents)


def _cause(code: int, limits: ReaderLimits) -> str:
    if code == -signal.SIGPROF:
        return f"reading it took more than {limits.cpu_seconds:g} s of processor time"
    return f"the process that read it was ended (exit code {code})"


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[3])
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {"PYTHONPATH": root, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _send(connection: socket.socket, data: bytes, deadline: float) -> None:
    connection.settimeout(max(deadline - time.monotonic(), 0.001))
    connection.sendall(data)


def _receive(connection: socket.socket, size: int, deadline: float | None = None) -> bytes | bytearray:
    """Exactly `size` bytes. Raises `TimeoutError` past the deadline, `_Gone` when the other end closes."""
    buffer = bytearray(size)
    view = memoryview(buffer)
    done = 0
    while done < size:
        if deadline is not None:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
        count = connection.recv_into(view[done:])
        if count == 0:
            raise _Gone
        done += count
    return buffer


# The child


def _serve(connection: socket.socket, limits: ReaderLimits) -> None:
    from app.channels.email.parse import parse_mail

    _limit_memory(limits.memory_bytes)
    connection.sendall(_READY)
    while True:
        connection.settimeout(limits.idle_seconds)
        (size,) = struct.unpack(">Q", _receive(connection, 8))
        connection.settimeout(limits.wall_seconds)
        raw = bytes(_receive(connection, size))
        signal.setitimer(signal.ITIMER_PROF, limits.cpu_seconds)  # its signal ends the process
        try:
            body, contents = mail_to_wire(parse_mail(raw))
        except Unreadable as error:
            body, contents = _refusal(str(error)), []
        except MemoryError:
            _reply(connection, _refusal("reading it took too much memory"), [])
            return
        except Exception as error:
            body, contents = _refusal(_describe(error)), []
        signal.setitimer(signal.ITIMER_PROF, 0)
        del raw
        _reply(connection, body, contents)
        if size > _LARGE:  # a fresh child is smaller than one that has held a large mail
            return


def _reply(connection: socket.socket, body: bytes, contents: list[bytes]) -> None:
    connection.settimeout(None)
    connection.sendall(struct.pack(">I", len(body)))
    for data in (body, *contents):
        connection.sendall(data)


def _refusal(reason: str) -> bytes:
    return json.dumps({"unreadable": reason}).encode()


def _describe(error: Exception) -> str:
    """A fault of ours: the mail goes into quarantine with where it happened, to be replayed once mended."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace is not None else ""
    return f"the reader failed: {type(error).__name__}{place}"


def _limit_memory(extra: int) -> None:
    """Address space of what is used now and `extra` bytes; systems that cannot limit it go without."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + extra, used + extra))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(arguments: list[str]) -> int:
    options: dict[str, Any] = json.loads(arguments[1])
    limits = ReaderLimits(**options)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    with socket.socket(fileno=0) as connection, contextlib.suppress(_Gone, TimeoutError, ConnectionError):
        _serve(connection, limits)
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv))
