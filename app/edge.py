"""What stands around every response: the same-origin check and security headers, a number and a time for the log,
and the static files."""

from __future__ import annotations

import gzip
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import metrics

log = structlog.get_logger("web")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

PART_HEADERS = {"Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "same-origin"}


def _is_part(path: str) -> bool:
    """Whether a browser takes it only as part of a page, whose own headers rule: there are forty of these to a page."""
    return path.startswith("/static/") and path.endswith((".css", ".js"))


def page_of(scope: Scope) -> str:
    """The name of the page that was asked for; its address may hold a token, which belongs into no log."""
    return str(getattr(scope.get("route"), "path", "") or scope["path"].split("/")[1][:40])


class Guard:
    """ASGI middleware: security headers on everything, same-origin for unsafe methods, a request id.

    `exempt` are path prefixes that prove themselves otherwise (signatures, bearer tokens).
    Source of the origin rule: Fetch Metadata (W3C), with Origin as the older form.
    """

    def __init__(self, app: ASGIApp, *, secure: bool, host: str, exempt: Sequence[str] = ()) -> None:
        self.app = app
        self.secure = secure
        self.host = host
        self.exempt = tuple(exempt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["request_id"] = secrets.token_hex(6)
        headers = Headers(scope=scope)
        unsafe = scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if unsafe and not scope["path"].startswith(self.exempt) and not self._same_origin(headers):
            await Response("This came from another site.", 403)(scope, receive, self._dressed(send, scope))
            return
        await self.app(scope, receive, self._dressed(send, scope))

    def _same_origin(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        return origin is not None and urlsplit(origin).netloc in (headers.get("host", ""), self.host)

    def _dressed(self, send: Send, scope: Scope) -> Callable[[Message], Awaitable[None]]:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.setdefault("X-Content-Type-Options", "nosniff")
                part = _is_part(scope["path"])
                for name, value in (PART_HEADERS if part else HEADERS).items():
                    headers.setdefault(name, value)
                if not part:
                    headers.setdefault("X-Request-Id", scope["request_id"])
                if self.secure:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
                message["headers"] = headers.raw
            await send(message)

        return dressed


class Timed:
    """ASGI middleware: counts and times requests, and turns what nobody caught into one logged line and a 500."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception:
            log.exception("request_failed", page=page_of(scope), request=scope.get("request_id", ""))
            raise
        finally:
            metrics.requests.labels(scope["method"], str(status)).inc()
            metrics.request_seconds.observe(time.perf_counter() - began)


class Statics:
    """Static files from memory, gzipped once; with a version in the address browsers keep them for a year."""

    TYPES: ClassVar = {
        ".css": "text/css",
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        ".webp": "image/webp",
        ".woff2": "font/woff2",
        ".webmanifest": "application/manifest+json",
        ".html": "text/html",
        ".ico": "image/x-icon",
        ".txt": "text/plain",
    }

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._kept: dict[str, tuple[bytes, bytes | None, str]] = {}
        self._versions: dict[str, str] = {}

    def __call__(self, request: Request) -> Response:
        version, _, rest = request.path_params["path"].partition("/")
        placed = version == self._modules
        name = rest if placed else request.path_params["path"]
        try:
            plain, packed, kind = self._load(name)
        except (OSError, ValueError):
            return Response(status_code=404)
        headers = {"Vary": "Accept-Encoding", "Cross-Origin-Resource-Policy": "cross-origin"}
        versioned = placed or "v" in request.query_params
        headers["Cache-Control"] = "public, max-age=31536000, immutable" if versioned else "public, max-age=300"
        if packed and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=kind)
        return Response(plain, headers=headers, media_type=kind)

    def address(self, name: str) -> str:
        """Where a file is, with its version, for templates.

        Modules import each other by relative paths, so theirs stands in the path, the same for all of them.
        """
        plain, _, _ = self._load(name)
        if name.endswith(".js"):
            return f"/static/{self._modules}/{name}"
        if name not in self._versions:
            self._versions[name] = hashlib.sha256(plain).hexdigest()[:10]
        return f"/static/{name}?v={self._versions[name]}"

    @cached_property
    def _modules(self) -> str:
        """The version of all modules together."""
        every = hashlib.sha256()
        for path in sorted(self._folder.rglob("*.js")):
            every.update(path.read_bytes())
        return f"v{every.hexdigest()[:10]}"

    def _load(self, name: str) -> tuple[bytes, bytes | None, str]:
        if name not in self._kept:
            path = (self._folder / name).resolve()
            spelled = path.is_relative_to(self._folder) and path.relative_to(self._folder).as_posix()
            if spelled != name or path.suffix not in self.TYPES:
                raise ValueError(name)
            plain = path.read_bytes()
            packed = gzip.compress(plain, 9, mtime=0) if path.suffix in (".css", ".js", ".svg", ".html") else None
            self._kept[name] = (plain, packed, self.TYPES[path.suffix])
        return self._kept[name]
