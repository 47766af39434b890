"""Reading what processes have used: CPU of the server's and, on the same machine, of its database's."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import psutil
import psycopg

from tests.faults.server import Server

OURS = "madoguchi-bench"  # the name of our own connections, which are not counted


def _used(process: psutil.Process) -> float:
    """CPU seconds of a process, user and system, with those of its children that have ended."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


@dataclass
class Gauge:
    """CPU and memory of a server, all its children, and the PostgreSQL processes that serve its connections."""

    server: Server
    database_url: str = ""
    _backends: dict[int, psutil.Process] = field(default_factory=dict)
    _last: dict[int, float] = field(default_factory=dict)

    def cpu(self) -> float:
        """CPU seconds so far. Differences count, the absolute number does not."""
        total = 0.0
        for process in self.server.tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += _used(process)
        return total + self._database_cpu()

    def _database_cpu(self) -> float:
        """What the backends of this desk have used; one that has ended keeps what was last seen of it."""
        if self.database_url:
            self._find_backends()
        for pid, process in self._backends.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                self._last[pid] = _used(process)
        return sum(self._last.values())

    def _find_backends(self) -> None:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name <> %s"
        with closing(psycopg.connect(self.database_url, application_name=OURS, autocommit=True)) as connection:
            for (pid,) in connection.execute(query, (OURS,)):
                with contextlib.suppress(psutil.NoSuchProcess):  # a database on another machine cannot be seen
                    process = psutil.Process(pid)
                    if pid not in self._backends and process.name().startswith("postgres"):
                        self._backends[pid] = process

    def resident(self) -> float:
        """Megabytes resident of the server and all its children; a file that several have mapped counts once."""
        own, files = 0, dict[str, int]()
        for process in self.server.tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                for mapped in process.memory_maps():  # those of one path together
                    own += mapped.anonymous
                    shared = mapped.rss - mapped.anonymous
                    files[mapped.path] = max(shared, files.get(mapped.path, 0))
        return (own + sum(files.values())) / 1e6


@dataclass(frozen=True, slots=True)
class Cost:
    """One operation: mean CPU of all processes, median and 95th percentile on the clock; all milliseconds."""

    cpu: float
    wall: float
    wall_95: float
    count: int


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(gauge: Gauge, do: Callable[[int], None], *, warm: int, count: int) -> Cost:
    """Do it `warm` times unmeasured, then `count` times, one after the other. `do` gets a running number."""
    for number in range(warm):
        do(number)
    took, before = [], gauge.cpu()
    for number in range(warm, warm + count):
        began = time.perf_counter()
        do(number)
        took.append((time.perf_counter() - began) * 1000)
    cpu = (gauge.cpu() - before) * 1000 / count
    return Cost(cpu, statistics.median(took), percentile(took, 0.95), count)
