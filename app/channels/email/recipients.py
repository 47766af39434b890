"""Which addresses this desk takes mail for, kept in memory and looked up again every few seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

import anyio.to_thread
import sqlalchemy as sa
import structlog

from app.channels.email.addressing import normal, without_plus
from app.channels.inboxes import Inbox
from app.db import Database
from app.errors import Unavailable

log = structlog.get_logger("mail")
FRESH = 5.0  # seconds for which what was read is believed
BRIEF = 0.5  # seconds after which an address that is not known makes us look again


class Recipients:
    """The active e-mail inboxes by address. While the database is away, the last answer holds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, int] | None = None
        self._read_at = 0.0
        self._turn = asyncio.Lock()

    async def inbox(self, address: str) -> int | None:
        """The inbox that an address (its plus form, or postmaster) leads to. Raises Unavailable when nothing
        is known yet and the database does not answer."""
        found = lead(await self._table(FRESH), address)
        return found if found is not None else lead(await self._table(BRIEF), address)

    async def _table(self, age: float) -> dict[str, int]:
        async with self._turn:
            if self._known is None or time.monotonic() - self._read_at > age:
                try:
                    self._known = await anyio.to_thread.run_sync(self._load)
                    self._read_at = time.monotonic()
                except (sa.exc.SQLAlchemyError, Unavailable) as error:
                    if self._known is None:
                        raise Unavailable("The database does not answer.") from error
                    log.warning("recipients_stale", error=type(error).__name__)
            return self._known

    def _load(self) -> dict[str, int]:
        with self._database.read() as db:
            query = sa.select(Inbox.address, Inbox.id).where(Inbox.kind == "email", Inbox.active)
            return table((address, number) for address, number in db.execute(query.order_by(Inbox.id)))


def table(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    """{address: inbox}, postmaster of each domain (RFC 5321, 4.5.1) leading to the first inbox of all."""
    found: dict[str, int] = {}
    for address, number in rows:
        found.setdefault(normal(address), number)
    if found:
        first = next(iter(found.values()))
        domains = {address.rpartition("@")[2] for address in found}
        for postmaster in ("postmaster", *(f"postmaster@{domain}" for domain in sorted(domains))):
            found.setdefault(postmaster, first)
    return found


def lead(known: dict[str, int], address: str) -> int | None:
    """Where an address leads: as it stands, else without what follows its plus sign."""
    address = normal(address)
    found = known.get(address)
    return found if found is not None else known.get(without_plus(address))
