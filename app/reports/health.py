"""Whether the desk is well: everything that arrived and left, by state, and what is unaccounted for (always 0)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from app import clock, events, metrics
from app.channels import ledger, outbox
from app.channels.ledger import Received
from app.db import Database, Session
from app.jobs import queue
from app.tickets.search import index


@dataclass(frozen=True, slots=True)
class Health:
    """A snapshot. `oldest_waiting_seconds` is the age of the oldest Received that is not read yet, `index_lag` how
    many events the search index has not seen (all of them while it is being built)."""

    received: dict[str, int]
    deliveries: dict[str, int]
    jobs: dict[str, int]
    oldest_waiting_seconds: int
    last_event: int
    index_lag: int
    unaccounted: int

    @property
    def well(self) -> bool:
        """Nothing is unaccounted for, no job is dead, nothing waits longer than five minutes."""
        return not self.unaccounted and not self.jobs["dead"] and self.oldest_waiting_seconds < 300

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "well": self.well}


def look(db: Session) -> Health:
    """Count everything."""
    last = events.last_number(db)
    oldest = db.scalar(sa.select(sa.func.min(Received.received_at)).where(Received.state == "received"))
    return Health(
        received=ledger.counts(db),
        deliveries=outbox.counts(db),
        jobs=queue.counts(db),
        oldest_waiting_seconds=int((clock.now() - oldest).total_seconds()) if oldest else 0,
        last_event=last,
        index_lag=max(0, last - index.position(db)),
        unaccounted=ledger.unaccounted(db) + outbox.unaccounted(db),
    )


class DeskCollector:
    """Counts read from the database when somebody asks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> list[GaugeMetricFamily]:
        with self._database.read() as db:
            tables = {
                "received": ledger.counts(db),
                "deliveries": outbox.counts(db),
                "jobs": queue.counts(db),
            }
        found = []
        for name, counts in tables.items():
            family = GaugeMetricFamily(f"madoguchi_{name}", f"{name.capitalize()} by state", labels=["state"])
            for state, count in counts.items():
                family.add_metric([state], count)
            found.append(family)
        return found


def exposition(database: Database) -> bytes:
    """The text that Prometheus scrapes."""
    mine = CollectorRegistry()
    mine.register(DeskCollector(database))
    return generate_latest(metrics.registry) + generate_latest(mine)
