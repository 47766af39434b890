"""Ports for servers that a story starts itself."""

from __future__ import annotations

import random
import socket
from pathlib import Path

LOWEST = 11_000  # a browser refuses some below
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port that nobody listens on now, and that nobody gets by chance before the server takes it, or between its end
    and its next start: the kernel gives out others, to each outgoing connection and each server on port 0."""
    given_out = int(RANGE.read_text().split()[0]) if RANGE.exists() else 49_152
    dice = random.SystemRandom()
    while True:
        port = dice.randrange(LOWEST, given_out)
        with socket.socket() as made:
            try:
                made.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
