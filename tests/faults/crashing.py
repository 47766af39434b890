"""The run itself: mails arrive, an agent answers, and again and again the server is killed."""

from __future__ import annotations

import json
import random
import secrets
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from app import clock, main, settings
from app.accounts import agents, tokens
from app.api.idempotency import ApiRequest
from app.channels import inboxes, outbox
from app.db import Database
from app.jobs.queue import Job
from app.reports import health
from app.settings import Settings
from tests.faults import postoffice, tally
from tests.faults.answering import Answering
from tests.faults.letters import SUPPORT, Sending, letters
from tests.faults.postoffice import Handed, PostOffice
from tests.faults.server import Server
from tests.faults.tally import Tally

AGENT = "agent@crash.example"
UNDER_WAY = ("queued", "sending", "retrying")
Progress = Callable[[str], None]


def crash(
    folder: Path,
    *,
    mails: int,
    kills: int,
    seed: int,
    database_url: str = "",
    seconds: float = 900.0,
    hurry: bool = False,
    progress: Progress = lambda sentence: None,
) -> Tally:
    """Kill the server `kills` times while `mails` numbered mails arrive, and count afterwards.

    `hurry`: after each kill the leases of the dead process are over at once, as if it had been away for two
    minutes. Otherwise a repeated API request that died half-way waits for its lease, and on PostgreSQL, where
    several processes may run, so do jobs.
    """
    dice, run, found = random.Random(seed), secrets.token_hex(4), Tally()
    with postoffice.opened(PostOffice(_now_and_then(seed))) as office:
        server, token = _prepared(folder, office, database_url)
        post = letters(mails, run, dice)
        sending = Sending(server, post, seconds)
        answering = Answering(server, token, run, min(60, max(1, mails // 5)), seconds)
        try:
            restarts = [server.start()]
            progress(f"Started in {restarts[0]:.2f} s; {mails} mails and {kills} kills to come.")
            sending.start()
            answering.start()
            for moment in _moments(dice, mails, kills):
                sending.wait_for(moment)
                restarts.append(_kill(server, dice, hurry))
                progress(f"Killed with {len(sending.acknowledged)} acknowledged, back in {restarts[-1]:.2f} s")
            sending.join()
            answering.join()
            progress("Everything is sent; waiting until the desk has nothing left to do.")
            found.wrong += _wait_until_idle(server, seconds=300)
            _count(found, server, sending, answering, office)
        finally:
            server.stop()
    found.kills, found.restart_median = kills, statistics.median(restarts[1:] or restarts)
    return found


def _kill(server: Server, dice: random.Random, hurry: bool) -> float:
    """Kill the server somewhere between two answers, and start it; seconds until it was ready again."""
    time.sleep(dice.uniform(0.0, 0.05))
    server.kill()
    if hurry:
        _end_leases(server)
    return server.start()


def _now_and_then(seed: int) -> Callable[[Handed, int], bool]:
    """Hang up on the first attempt of one mail in eight."""

    def hangs_up(mail: Handed, before: int) -> bool:
        return before == 0 and random.Random(f"{seed}{mail.message_id}").random() < 1 / 8

    return hangs_up


def _prepared(folder: Path, office: PostOffice, database_url: str) -> tuple[Server, str]:
    """A desk with one mail inbox and one agent, and the agent's token."""
    given = {"smtp_url": office.url, "mail_domain": "crash.example", "log_level": "WARNING"}
    server = Server(folder / "desk", {**given, **({"database_url": database_url} if database_url else {})})
    house = main.build(_settings(server))
    with closing(house), house.database.transaction() as db:
        agent = agents.add(db, AGENT, "Agent", role="admin", password=secrets.token_hex(8))
        inboxes.add(db, "email", "Support", SUPPORT)
        token = tokens.add_api_token(db, agent, "crash", list(tokens.SCOPES))
    return server, token


def _moments(dice: random.Random, mails: int, kills: int) -> list[int]:
    """How many mails are acknowledged when the server is killed; the last time it is all of them."""
    if kills <= 0:
        return []
    return [*sorted(dice.randint(1, max(1, mails - 1)) for _ in range(kills - 1)), mails]


def _settings(server: Server) -> Settings:
    environ = {name: value for name, value in server.environ().items() if name.startswith("MADOGUCHI_")}
    return settings.load(environ, data=server.data)


def _open(server: Server) -> Database:
    return Database(_settings(server))


def _end_leases(server: Server) -> None:
    past = clock.now().replace(year=2000)
    with closing(_open(server)) as database, database.transaction() as db:
        db.execute(sa.update(Job).where(Job.state == "running").values(lease_until=past))
        db.execute(sa.update(ApiRequest).where(ApiRequest.status.is_(None)).values(lease_until=past))


def _wait_until_idle(server: Server, seconds: float) -> list[str]:
    """Wait until nothing is unread, unsent or queued; what is still to do when time is up."""
    end = time.monotonic() + seconds
    with closing(_open(server)) as database:
        while True:
            with database.read() as db:
                looked, sends = health.look(db), outbox.counts(db)
            waiting = sum(sends.get(state, 0) for state in UNDER_WAY)
            busy = looked.received["received"] + looked.jobs["queued"] + looked.jobs["running"] + waiting
            if not busy:
                return []
            if time.monotonic() > end:
                return [f"still busy after {seconds:.0f} s: {looked}"]
            time.sleep(0.2)


def _count(found: Tally, server: Server, sending: Sending, answering: Answering, office: PostOffice) -> None:
    stored = [json.loads(line) for line in server.run("messages", "--json").splitlines()]
    doctor: Mapping[str, object] = json.loads(server.run("doctor", "--json", check=False))
    found.sent, found.attempts = len(sending.post), sending.attempts
    found.acknowledged = len(sending.acknowledged)
    found.broken_connections = office.broken
    found.unaccounted = int(str(doctor["unaccounted"]))
    if found.acknowledged != found.sent:
        found.wrong.append(f"{found.sent - found.acknowledged} mails were never acknowledged")
    if len(answering.accepted) < answering.wanted:
        found.wrong.append(f"{answering.wanted - len(answering.accepted)} answers were never accepted")
    if not doctor["well"]:
        found.wrong.append(f"the doctor says: {doctor}")
    found.wrong += sending.refused + answering.refused
    tally.count_mails(found, sending.post, set(sending.acknowledged), stored)
    tally.count_replies(found, answering.accepted, stored, office.by_id())
