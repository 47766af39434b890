"""Searching from a terminal, and building the index anew."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from app import i18n, migrate
from app.accounts import agents
from app.accounts.models import Agent
from app.db import Database, Session
from app.errors import Invalid, NotFound
from app.tickets.search import finding, follow, index
from app.tickets.search.finding import Search
from app.tickets.search.index import MESSAGE
from app.tickets.search.query import Query
from app.tickets.search.ranking import Hit

LATE = 2000  # texts from which on it is told that the index is catching up


def search(given: argparse.Namespace) -> int:
    """Answer each line of standard input."""
    if not given.tickets:
        raise Invalid({"search": "Say what to search: `madoguchi search --tickets`."})
    if given.limit < 1:
        raise Invalid({"limit": "Give a number from 1 on."})
    database = migrate.require(Database(given.settings))
    kept = index.of(database)
    follow.catch_up(kept, lambda done: _tell(f"Reading new texts into the index: {done:,} …") if done >= LATE else None)
    understood = True
    with kept.reading() as db:
        agent = _agent(db, given.agent)
        for line in _lines():
            with i18n.use(given.locale, agent.time_zone if agent else None):
                understood = _answer(Search(kept, db, agent, finding.today()), line, given) and understood
    return 0 if understood else 1


def _lines() -> Iterator[str]:
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", "replace").strip("\ufeff\r\n")
        if line.strip():
            yield line


def _agent(db: Session, email: str | None) -> Agent | None:
    if email is None:
        return None
    found = agents.find(db, email)
    if found is None or not found.active:
        raise NotFound("There is no such agent; `madoguchi user list` shows them.")
    return found


def _answer(search: Search, line: str, given: argparse.Namespace) -> bool:
    query = search.parse(line)
    hits = search.texts(query, given.limit) if not query.empty else []
    problems = _problems(query)
    if given.json:
        found: dict[str, Any] = {"query": line, "hits": [_hit(hit) for hit in hits]}
        found |= {"instead": search.instead} if search.instead else {}
        found |= {"problems": problems} if problems else {}
        print(json.dumps(found, ensure_ascii=False), flush=True)
    else:
        print(f"{line}: {len(hits)}" + (f" ({search.instead})" if search.instead else ""))
        for sentence in problems:
            print(f"  ! {sentence}")
        for hit in hits:
            print(f"  #{hit.ticket}\t{'message' if hit.kind == MESSAGE else 'note'} {hit.ref}", flush=True)
    return not problems


def _problems(query: Query) -> list[str]:
    return [i18n.gettext(problem.sentence) % problem.values for problem in query.problems]


def _hit(hit: Hit) -> dict[str, int | None]:
    if hit.kind == MESSAGE:
        return {"ticket": hit.ticket, "message": hit.ref}
    return {"ticket": hit.ticket, "message": None, "note": hit.ref}


def reindex(given: argparse.Namespace) -> int:
    """Build the index anew."""
    database = migrate.require(Database(given.settings))
    kept = index.of(database)
    with kept.writing() as db:
        index.clear(db)
        total = follow.total(db)
    _tell(f"Reading {total:,} messages and notes …")
    done = follow.catch_up(
        kept, lambda done: _tell(f"  {min(done, total):,} of {total:,}") if done % 10_000 < 500 else None
    )
    print(f"The index is built from {min(done, total):,} messages and notes.")
    return 0


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
