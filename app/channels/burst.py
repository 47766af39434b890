"""Group commit: what arrives while a commit is on its way is stored by the next one, together.

With synchronous FULL each commit waits for the disk; in a burst one wait then serves many messages.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import anyio.to_thread

from app.channels import ledger
from app.channels.types import Incoming
from app.db import Database

LARGEST_BATCH = 64


@dataclass
class Burst:
    """Stores what listeners of the event loop hand in. One for a process."""

    database: Database
    _waiting: list[tuple[int, Incoming, asyncio.Future[int]]] = field(default_factory=list)
    _busy: bool = False

    async def accept(self, inbox_id: int, item: Incoming) -> int:
        """Store and commit; returns the id of the Received. Raises Unavailable: then say 4xx."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((inbox_id, item, future))
        if not self._busy:
            self._busy = True
            self._task = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:LARGEST_BATCH], self._waiting[LARGEST_BATCH:]
                await self._store(batch)
        finally:
            self._busy = False

    async def _store(self, batch: list[tuple[int, Incoming, asyncio.Future[int]]]) -> None:
        try:
            ids = await anyio.to_thread.run_sync(self._commit, [(inbox, item) for inbox, item, _ in batch])
        except Exception as error:
            if len(batch) > 1:  # one bad item must not take the others with it
                for entry in batch:
                    await self._store([entry])
                return
            if not batch[0][2].done():
                batch[0][2].set_exception(error)
            return
        for (_, _, future), number in zip(batch, ids, strict=True):
            if not future.done():
                future.set_result(number)

    def _commit(self, items: list[tuple[int, Incoming]]) -> list[int]:
        with self.database.transaction() as db:
            return [ledger.accept(db, inbox_id, item)[0] for inbox_id, item in items]
