"""Looking after a desk."""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from app import main, migrate, settings, storage
from app.channels import ledger
from app.channels.ledger import Received
from app.db import Database, Session
from app.errors import Invalid, Unavailable
from app.reports import health

INVARIABLE = ("received", "deliveries", "jobs")


def doctor(given: argparse.Namespace) -> int:
    """Show whether the desk is well."""
    with migrate.require(Database(given.settings)).read() as db:
        found = health.look(db)
        rows = _received(db) if given.all else []
    full = _storage_fault(given.settings)
    well = found.well and not full
    if given.json:
        more = {"all": rows} if given.all else {}
        print(json.dumps({**found.as_json(), "storage": full or "ok", "well": well, **more}, ensure_ascii=False))
    else:
        for row in rows:
            print("\t".join(str(row[name] if row[name] is not None else "") for name in row))
        print(_report(found, full))
    return 0 if well else 1


def _storage_fault(given: settings.Settings) -> str:
    """Why nothing can be stored, tried now; "" when all is well. A full disk shows here before anything waits."""
    try:
        storage.open_blobs(given).ping()
    except Unavailable as error:
        return error.message
    return ""


def _report(found: health.Health, full: str) -> str:
    lines = []
    for name in INVARIABLE:
        counts = getattr(found, name)
        lines.append(f"{name:<11}" + ("  ".join(f"{state} {count}" for state, count in counts.items()) or "none"))
    lines.append(f"{'waiting':<11}oldest unread for {found.oldest_waiting_seconds} s")
    lines.append(f"{'index':<11}{found.index_lag} events behind")
    lines.append(f"{'events':<11}{found.last_event}")
    lines.append(f"{found.unaccounted} unaccounted for")
    lines.append(f"{'storage':<11}{full or 'can be written'}")
    lines.append("All is well." if found.well and not full else "Something needs a look.")
    return "\n".join(lines)


def _received(db: Session) -> list[dict[str, object]]:
    columns = (Received.id, Received.inbox_id, Received.state, Received.why, Received.ticket_id, Received.external_id)
    return [dict(row._mapping) for row in db.execute(sa.select(*columns).order_by(Received.id))]


def replay(given: argparse.Namespace) -> int:
    """Read a quarantined Received once more, now."""
    house = main.build(given.settings)
    with house.database.transaction() as db:
        ledger.replay(db, given.received)
    house.worker.run_until_idle()
    with house.database.read() as db:
        row = db.get_one(Received, given.received)
        print(f"{row.id}\t{row.state}\t{row.why}\t{row.ticket_id or ''}")
    return 0 if row.state != "quarantined" else 1


def settings_(given: argparse.Namespace) -> int:
    """List every setting."""
    for name, default, help in settings.describe():
        print(f"{name}\n    {help}\n    Default: {default or '(empty)'}")
    return 0


def backup(given: argparse.Namespace) -> int:
    """Copy the SQLite database (by its own online backup), the key and the files to a new folder."""
    source: settings.Settings = given.settings
    target = Path(given.folder)
    if not source.database.startswith("sqlite"):
        raise Invalid({"folder": "This desk is on PostgreSQL; use pg_dump, and copy the data folder beside it."})
    if target.exists():
        raise Invalid({"folder": "This folder exists already."})
    target.mkdir(mode=0o700, parents=True)  # as the data folder: what customers wrote is nobody else's
    with (
        closing(sqlite3.connect(source.data / "madoguchi.sqlite3")) as live,
        closing(sqlite3.connect(target / "madoguchi.sqlite3")) as copy,
    ):
        live.backup(copy)
    shutil.copy2(source.data / "secret.key", target / "secret.key")
    if (source.data / "files").is_dir():
        shutil.copytree(source.data / "files", target / "files")
    print(f"Copied to {target}. To use it: MADOGUCHI_DATA={target} madoguchi serve")
    return 0
