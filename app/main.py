"""The composition root: which parts this desk is made of, and who reacts to what. Reads like a page of contents."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from app import edge, events, i18n, keys, limits, migrate, storage, templating, web
from app.accounts import housekeeping, signin
from app.api import idempotency
from app.api import routes as api_routes
from app.channels import delivering, webhooks
from app.channels.burst import Burst
from app.channels.chat.channel import ChatChannel, Signal
from app.channels.email.channel import EmailChannel
from app.channels.email.sandbox import MailReader, ReaderLimits
from app.channels.email.smtp_in import MailListeners
from app.channels.form import FormChannel
from app.channels.line.channel import LineChannel
from app.channels.rest import RestChannel
from app.channels.types import Channel
from app.console import keymap, rail
from app.console import routes as console_routes
from app.db import Database
from app.dev import outbox as dev_outbox
from app.errors import AppError, NotFound
from app.jobs import queue
from app.jobs.schedule import Every, Scheduler
from app.jobs.worker import Handler, Lane, Worker
from app.live import pages as live_pages
from app.live.follow import Follower
from app.live.hub import Hub
from app.notices import approvals, push
from app.notices import digest as notice_digest
from app.notices import making as notices
from app.portal import home, left, links, visitors
from app.portal import pages as portal_pages
from app.reports import health
from app.reports import pages as report_pages
from app.settings import Settings
from app.surveys import asking as surveys
from app.surveys import pages as survey_pages
from app.tickets import (
    access,
    attachments,
    bulk,
    handover,
    holding,
    intake,
    lifecycle,
    profiles,
    reminding,
    saved,
    shared_files,
    snooze,
    undoing,
)
from app.tickets.search import follow as search
from app.tickets.search import index

log = structlog.get_logger("main")

HERE = Path(__file__).parent
ROOT = HERE / "_data" if (HERE / "_data").is_dir() else HERE.parent  # installed, or a checkout


def channels(settings: Settings, desk_keys: keys.Keys, mail: EmailChannel, signal: Signal) -> dict[str, Channel]:
    """Every way in and out. A new channel is its module and one row here."""
    table: list[Channel] = [
        mail,
        FormChannel(mail, desk_keys, settings.base_url),
        ChatChannel(signal),
        LineChannel(settings),
        RestChannel(),
    ]
    return {channel.kind: channel for channel in table}


def routes() -> list[BaseRoute]:
    """Every page of every room."""
    return [
        *console_routes.routes(),
        *portal_pages.routes(),
        *live_pages.routes(),
        *webhooks.routes(),
        *shared_files.routes(),
        *survey_pages.routes(),
        *report_pages.routes(beside_reports),
        *api_routes.routes(),
        *dev_outbox.routes(signin.anybody),
    ]


def beside_reports(page: web.Page) -> dict[str, Any]:
    """The console's rail, beside the pages of reports."""
    return {"rail": rail.build(page.db, page.who, "reports")}


# What happens inside the transaction of an event.
REACTIONS: dict[str, Sequence[events.Reaction]] = {
    "ticket.solved": (surveys.schedule,),
    "ticket.status": (visitors.tell,),
    "message.received": (visitors.tell, notices.replied, notices.followed),
    "delivery.sent": (left.watch,),
    "delivery.failed": (notices.failed,),
    "note.written": (notices.mentioned, notices.followed),
    "ticket.reminded": (notices.reminded,),
    "ticket.assigned": (notices.assigned,),
    "ticket.moved": (notices.moved,),
    "ticket.woke": (notices.woke,),
    "proposal.asked": (approvals.asked,),
    "proposal.approved": (approvals.decided,),
    "proposal.returned": (approvals.decided,),
    "proposal.withdrawn": (approvals.settled,),
}

# Who does which job.
HANDLERS: dict[str, Handler] = {
    "intake.take": intake.take,
    "outbox.deliver": delivering.deliver,
    "replies.leave": holding.leave,
    "attachments.fetch": attachments.fetch,
    "customers.profile": profiles.learn,
    "tickets.close_solved": lifecycle.close_solved,
    "tickets.wake": snooze.wake_due,
    "tickets.remind": reminding.due,
    "undos.sweep": undoing.sweep,
    "views.sweep": saved.sweep,
    "tickets.bulk": bulk.run,
    "surveys.ask": surveys.ask,
    "notices.digest": notice_digest.schedule,
    "notices.mail": notice_digest.mail,
    "notices.push": push.push,
    "portal.send_link": links.send_link,
    "portal.follow_by_mail": left.follow_by_mail,
    "portal.sweep": portal_pages.sweep,
    "accounts.sweep": housekeeping.sweep,
    "teams.dissolve": handover.dissolved,
    "api.sweep": idempotency.sweep,
}

# What is done every so often.
SCHEDULE = (
    Every(600, "tickets.close_solved"),
    Every(600, "notices.digest"),
    Every(3600, "accounts.sweep"),
    Every(3600, "undos.sweep"),
    Every(3600, "views.sweep"),
    Every(3600, "portal.sweep"),
    Every(3600, "api.sweep"),
)

SLOW = 3  # requests that may wait for other people's servers at the same time; others wait for their turn


def lanes(settings: Settings) -> tuple[Lane, ...]:
    """Queues of jobs, each with threads of its own: a slow mail server never delays what arrives."""
    return Lane("in", batch=8), Lane("out", threads=settings.workers), Lane("work"), Lane("slow")


@dataclass
class House:
    """One process's desk: the database with everything fitted to it, and what runs beside the web server."""

    settings: Settings
    database: Database
    hub: Hub
    follower: Follower
    worker: Worker
    scheduler: Scheduler
    burst: Burst
    reader: MailReader
    mail: EmailChannel
    indexer: search.Indexer

    def close(self) -> None:
        """Let go of the database and the process that reads mail."""
        self.reader.close()
        self.mail.lines.close()
        index.of(self.database).close()
        self.database.close()


def build(settings: Settings) -> House:
    """Put the desk together; nothing runs yet and nothing is written but the key and the schema."""
    database = Database(settings)
    migrate.upgrade(database)
    desk_keys = keys.open_keys(settings.data)
    reader = MailReader(ReaderLimits(cpu_seconds=settings.mail_parse_seconds))
    hub = Hub(database, live_pages.first_of(visitors.admit, live_pages.admit), desk_keys.mac("redis", "desk"))
    follower = Follower(database, hub)
    mail = EmailChannel(reader.read, desk_keys, settings)
    worker = Worker(database, HANDLERS, lanes(settings), ticks=(mail.lines.tidy,))
    database.house.update(
        blobs=storage.open_blobs(settings),
        keys=desk_keys,
        limits=limits.Limits(settings.redis_url),
        channels=channels(settings, desk_keys, mail, hub.send),
        events=events.Table(REACTIONS, {"*": (follower.heard, hub.signal, hub.recheck)}),
        signal=hub.send,
        topics_of=access.topics_of,
        hands=worker,
        search=index.Index(database),
    )
    return House(
        settings,
        database,
        hub,
        follower,
        worker,
        Scheduler(database, SCHEDULE),
        Burst(database),
        reader,
        mail,
        search.Indexer(database),
    )


@contextlib.asynccontextmanager
async def resting(house: House) -> AsyncIterator[None]:
    """Nothing runs beside the web server: jobs are done when a test says so."""
    yield


@contextlib.asynccontextmanager
async def running(house: House, *, listen: bool = True) -> AsyncIterator[None]:
    """Run what runs beside the web server: sockets, jobs, schedule, mail listeners. Stops gracefully."""
    if house.database.sqlite:
        with house.database.transaction() as db:
            queue.release_all(db)  # a single process: whatever was running died with the last one
    listeners = MailListeners(house.database, house.burst, house.settings)
    if listen:
        await listeners.start()
    house.hub.start()
    house.follower.start()
    house.worker.start()
    house.scheduler.start()
    house.indexer.start()
    try:
        yield
    finally:
        await listeners.stop()
        await asyncio.to_thread(house.indexer.stop)
        await asyncio.to_thread(house.scheduler.stop)
        await asyncio.to_thread(house.follower.stop)
        await asyncio.to_thread(house.worker.stop)
        await house.hub.stop()


def create_app(house: House, *, background: bool = True) -> ASGIApp:
    """The web application: pages, sockets, statics, health; with what runs beside it unless `background` is off."""
    settings = house.settings
    statics = edge.Statics(ROOT / "static")
    environment = templating.environment(
        ROOT / "templates", {"static": statics.address, "keymap": keymap.table, "key_of": keymap.key_of}
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        async with running(house) if background else resting(house):
            yield {
                "database": house.database,
                "limiter": anyio.CapacityLimiter(settings.database_pool),
                "slow": anyio.CapacityLimiter(SLOW),
                "templates": environment,
                "draw_error": draw_error,
            }

    application = Starlette(
        lifespan=lifespan,
        max_body_size=settings.upload_max_bytes * 2 + 1_048_576,
        exception_handlers={404: nowhere},
        routes=[
            *routes(),
            Route("/static/{path:path}", statics.__call__, name="static"),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", figures),
            Mount("/live/socket", app=house.hub.app),
        ],
    )
    guarded = edge.Guard(
        application,
        secure=settings.secure,
        host=urlsplit(settings.base_url).netloc,
        exempt=("/hooks/", "/api/"),
    )
    return edge.Timed(guarded)


def draw_error(request: Request, error: AppError) -> Response:
    """The answer when something is not there, not allowed, or not now."""
    if request.url.path.startswith("/help"):
        return home.error(request, error)
    return web.error_page(request, error)


def nowhere(request: Request, _error: Exception) -> Response:
    """The answer at an address that no page has, in the language that the browser asks for."""
    settings: Settings = request.state.database.settings
    with i18n.use(i18n.from_header(request.headers.get("accept-language", ""), settings.locale)):
        return draw_error(request, NotFound())


async def healthz(request: Request) -> Response:
    """The process answers."""
    return PlainTextResponse("ok")


def readyz(request: Request) -> Response:
    """Database and storage can be used; 503 with the reason otherwise."""
    database: Database = request.state.database
    try:
        database.ping()
        database.house["blobs"].ping()
    except AppError as error:
        return JSONResponse({"ready": False, "why": error.message}, 503)
    return JSONResponse({"ready": True})


def figures(request: Request) -> Response:
    """Prometheus text, for this machine alone (a scraper elsewhere goes through the proxy's own rule)."""
    if not request.client or request.client.host not in ("127.0.0.1", "::1", "testclient"):
        return Response(status_code=404)
    return PlainTextResponse(health.exposition(request.state.database), media_type="text/plain; version=0.0.4")
