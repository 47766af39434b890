"""Running the desk."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ctypes
import dataclasses
import errno
import fcntl
import gc
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

from app import keys, logs, main
from app import migrate as migrations
from app.accounts import agents, tokens
from app.channels.email.certificate import Certificate
from app.db import Database
from app.demo import cast
from app.errors import Unavailable
from app.settings import BadSetting, Settings

STOPPING_SECONDS = 5
ARENA_MAX = -8  # M_ARENA_MAX of glibc's <malloc.h>
YOUNG = 3_000  # new objects until the collector looks at them (a page makes some thousand)
DEFAULT_NAME = Settings().desk_name


def serve(given: argparse.Namespace) -> int:
    """Run until Ctrl-C or SIGTERM."""
    _one_heap()
    settings: Settings = given.settings
    if settings.demo and settings.desk_name == DEFAULT_NAME:
        settings = dataclasses.replace(settings, desk_name=cast.COMPANY)
    logs.configure(settings)
    with contextlib.ExitStack() as stack:
        web_socket = stack.enter_context(_bound(settings.host, settings.port, "web server", "--port"))
        settings = _with_port(settings, web_socket.getsockname()[1])
        stack.enter_context(_alone(settings))
        for port, what, option in (
            (settings.smtp_in_port, "SMTP listener", "--smtp-port"),
            (settings.lmtp_in_port, "LMTP listener", "--lmtp-port"),
        ):
            if port:  # only tried here, so that a taken port is a sentence; opened when the desk runs
                with _bound(settings.smtp_in_host, port, what, option):
                    pass
        Certificate(settings)  # only tried here, so that a bad one is a sentence
        _progress("Opening the database …")
        if settings.demo and not (settings.data / keys.KEY_FILE).exists() and (failed := _made_apart(settings)):
            return failed
        house = main.build(settings)
        if settings.demo:
            _seed(house)
        return _loop(_run(house, web_socket))


def _made_apart(settings: Settings) -> int:
    """Make and seed a new demo desk in a process that ends, so that what only this needs does not stay in memory.

    Nothing runs yet beside this thread and nothing is open but sockets and a lock, which a fork may share. Returns
    the exit status: 0, or that of a child that has said what is wrong.
    """
    child = os.fork()
    if child == 0:  # an error goes up and ends this process as it would end the command
        house = main.build(settings)
        _seed(house)
        house.close()
        os._exit(0)
    return abs(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _loop(doing: Coroutine[Any, Any, int]) -> int:
    """Run on uvloop where there is one: a third less CPU for sockets and mail."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(doing)
    return uvloop.run(doing)


async def _run(house: main.House, web_socket: socket.socket) -> int:
    import uvicorn

    app = main.create_app(house)
    configuration = uvicorn.Config(
        app,
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=house.settings.trusted_proxies,
        timeout_graceful_shutdown=STOPPING_SECONDS,
        timeout_keep_alive=65,
        ws_max_size=65_536,
        lifespan="on",
    )
    server = uvicorn.Server(configuration)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # uvicorn raises them again after it has stopped gracefully
    started = asyncio.create_task(_announce(server, house))
    await server.serve(sockets=[web_socket])
    started.cancel()
    if not server.started:
        return 1
    _progress("Stopped.")
    return 0


async def _announce(server: Any, house: main.House) -> None:
    while not server.started:  # noqa: ASYNC110  # uvicorn offers no event for it
        await asyncio.sleep(0.02)
    print(await asyncio.to_thread(greeting, house), flush=True)
    # What was made by starting stays: looking through it again and again would cost a tenth of every page.
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)


def _one_heap() -> None:
    """One arena for all threads (glibc's mallopt, where there is one), before any thread begins: threads that take
    turns gain nothing from heaps of their own, which cost megabytes and a system call for each page they grow by."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(ARENA_MAX, 1)


def greeting(house: main.House) -> str:
    """What is printed once the desk answers: addresses, sign-ins, and how to send a first mail."""
    settings = house.settings
    base = settings.base_url
    lines = ["", f"Madoguchi answers on {base}", f"  console   {base}/console", f"  portal    {base}/help"]
    if settings.demo:
        lines.append(f"  shop      {base}/shop   (the chat widget on somebody's page)")
    if settings.smtp_in_port:
        lines.append(f"  SMTP in   {settings.smtp_in_host}:{settings.smtp_in_port}")
    if settings.lmtp_in_port:
        lines.append(f"  LMTP in   {settings.smtp_in_host}:{settings.lmtp_in_port}")
    lines.append(f"  mail out  {'by ' + _host(settings.smtp_url) if settings.smtp_url else base + '/dev/outbox'}")
    with house.database.transaction() as db:
        if not agents.any_yet(db):
            lines += ["", "Make the owner's account here (works once):", f"  {base}/setup/{tokens.mint(db, 'setup')}"]
    if settings.demo:
        lines += ["", "Sign in with:", *(f"  {line}" for line in cast.sign_ins())]
        lines += ["", "Send a first mail:", f"  {cast.first_mail(settings)}"]
    return "\n".join([*lines, "", "Ctrl-C stops it.", ""])


def _host(url: str) -> str:
    return url.rsplit("@", 1)[-1].removeprefix("smtp://").removeprefix("smtps://")


def worker(given: argparse.Namespace) -> int:
    """Do jobs until Ctrl-C or SIGTERM."""
    settings: Settings = given.settings
    logs.configure(settings)
    if settings.database.startswith("sqlite"):
        raise BadSetting("`worker` needs PostgreSQL (MADOGUCHI_DATABASE_URL); with SQLite `serve` does the jobs.")
    house = main.build(settings)
    asyncio.run(_work(house))
    return 0


async def _work(house: main.House) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with main.running(house, listen=False):
        _progress("Working. Ctrl-C stops it.")
        await stop.wait()


def demo(given: argparse.Namespace) -> int:
    """Seed the demo desk."""
    logs.configure(given.settings)
    _seed(main.build(given.settings))
    print("\n".join(cast.sign_ins()))
    return 0


def _seed(house: main.House) -> None:
    from app.demo import seed

    seed.sow(house, _progress)


def migrate(given: argparse.Namespace) -> int:
    """Bring the schema to the newest revision."""
    done = migrations.upgrade(Database(given.settings))
    keys.open_keys(given.settings.data)
    print(f"The schema is {'now' if done else 'already'} at revision {migrations.newest()}.")
    return 0


def _progress(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _bound(host: str, port: int, what: str, option: str) -> Iterator[socket.socket]:
    """The listening socket, bound before anything else so that a taken port is a sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(512)  # two processes may both bind with SO_REUSEADDR; only one may listen
    except OSError as error:
        made.close()
        raise Unavailable(bind_fault(error, host, port, what, option)) from error
    with contextlib.closing(made):
        yield made


def bind_fault(error: OSError, host: str, port: int, what: str, option: str) -> str:
    """Why an address could not be taken, in a sentence with the way out."""
    where = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"Something else uses {where} already; stop it, or choose another port for the {what} with {option}."
    if error.errno == errno.EACCES:
        return f"This user may not listen on {where}; choose a port above 1023 for the {what} with {option}."
    return f"The {what} cannot listen on {where}: {os.strerror(error.errno or 0)}."


def _with_port(settings: Settings, port: int) -> Settings:
    """Settings whose base address has the port really used, unless somebody named an address."""
    if port == settings.port and settings.base_url.endswith(f":{port}"):
        return settings
    named = "MADOGUCHI_BASE_URL" in os.environ
    base_url = settings.base_url if named else f"http://{settings.host}:{port}"
    return dataclasses.replace(settings, port=port, base_url=base_url)


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One `serve` for a SQLite desk: a second one would do the first one's jobs again."""
    if not settings.database.startswith("sqlite"):
        yield
        return
    path = Path(settings.data) / "serve.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise Unavailable(f"The data folder {settings.data} cannot be used: {error.strerror}.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Unavailable(f"Another `madoguchi serve` uses the data folder {settings.data} already.") from None
        yield
