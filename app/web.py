"""Pages: from a request to a response, through one door for all rooms.

A handler is a plain function of a `Page`; it runs in a thread with a database session open: reading for GET, one
transaction for everything else, which is rolled back when the handler raises. Who may come in is a required part
of each route, so that no page exists without an answer to it.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import jinja2
import sqlalchemy as sa
import structlog
from markupsafe import Markup
from starlette.datastructures import FormData, Headers, MutableHeaders, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import i18n, metrics
from app.db import Database, Session
from app.errors import AppError, Invalid, NotFound, TooLarge, TooMany
from app.settings import Settings

log = structlog.get_logger("web")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
FORM_FILES = 100
FORM_FIELDS = 1000
FIELD_BYTES = 1_048_576
PACK_FROM = 2_000  # bytes: shorter pages fit into two packets as they are


@dataclass
class Page:
    """One request on its way to a response."""

    request: Request
    database: Database
    db: Session
    form: FormData = field(default_factory=FormData)
    body: bytes = b""
    who: Any = None
    """Whoever the access rule found: an agent, a customer, a visitor; None on public pages."""
    context: dict[str, Any] = field(default_factory=dict)
    """What the room's templates always need; filled by the access rule."""

    @property
    def settings(self) -> Settings:
        return self.database.settings

    @property
    def partial(self) -> bool:
        """Whether htmx asks, and wants a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    def text(self, name: str, default: str = "") -> str:
        """A field of the form as text."""
        value = self.form.get(name, default)
        return value if isinstance(value, str) else default

    def number(self, name: str) -> int | None:
        """A field of the form or query as a number; None when it is empty or none."""
        value = self.form.get(name) or self.request.query_params.get(name) or ""
        return (
            int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16 else None
        )

    def path(self, name: str) -> Any:
        return self.request.path_params[name]

    def query(self, name: str, default: str = "") -> str:
        return str(self.request.query_params.get(name, default))

    def files(self, name: str) -> list[tuple[str, str, bytes]]:
        """(filename, content type, content) of each uploaded file of a field."""
        found = [f for f in self.form.getlist(name) if isinstance(f, UploadFile) and (f.filename or f.size)]
        return [(f.filename or "file", f.content_type or "", f.file.read()) for f in found]

    @property
    def address(self) -> str:
        """The address of who asks, as the proxy that we trust tells it."""
        return self.request.client.host if self.request.client else ""


Access = Callable[[Page], None]
Handler = Callable[[Page], Response]
Refusal = Callable[[Page, AppError], Response | None]


def page(
    path: str,
    handler: Handler,
    *,
    access: Access,
    methods: Sequence[str] = ("GET",),
    invalid: Callable[[Page, AppError], Response] | None = None,
    name: str | None = None,
    max_body: int | None = None,
    raw: bool = False,
    own: bool = False,
    limiter: str = "limiter",
) -> Route:
    """A route. `access` raises NotFound or SignInRequired, or sets `page.who`.

    `invalid` draws the form again after Invalid or Conflict, in a fresh read session, with what was typed.
    `own`: the handler itself opens the transactions that it needs, and `page.db` only reads.
    `raw`: as `own`, and the body stays as it came, forms too.
    `limiter`: whose places it takes while it runs; "slow" for what waits for the network, so that pages never
    wait for it.
    """

    async def endpoint(request: Request) -> Response:
        return await _answer(request, handler, access, invalid, max_body, raw, own, limiter)

    route = Route(path, endpoint, methods=list(methods), name=name or f"{handler.__module__}.{handler.__name__}")
    route.access = access  # type: ignore[attr-defined]  # the access test reads it
    return route


async def _answer(
    request: Request,
    handler: Handler,
    access: Access,
    invalid: Callable[[Page, AppError], Response] | None,
    max_body: int | None,
    raw: bool,
    own: bool,
    limiter: str,
) -> Response:
    database: Database = request.state.database
    try:
        _meaningful(request)
        form, body = await _read(request, max_body or database.settings.upload_max_bytes * 2, raw)
    except AppError as error:
        return await anyio.to_thread.run_sync(refused, request, error)

    def run() -> Response:
        writes = not (raw or own) and request.method not in ("GET", "HEAD", "OPTIONS")
        structlog.contextvars.bind_contextvars(request=request.scope.get("request_id", ""))
        try:
            opening: Callable[[], AbstractContextManager[Session]] = database.transaction if writes else database.read
            with opening() as db:
                found = Page(request, database, db, form, body)
                access(found)
                return handler(found)
        except sa.exc.DataError as error:  # a value that the database cannot hold, and no handler looked for
            log.warning("value_refused", page=_page_of(request.scope), error=type(error.orig).__name__)
            return refused(request, Invalid({}))
        except AppError as error:
            if invalid and error.status in (409, 422):
                with database.read() as db:
                    again = Page(request, database, db, form, body)
                    access(again)
                    response = invalid(again, error)
                    response.status_code = error.status
                    return response
            return refused(request, error)

    places: anyio.CapacityLimiter = getattr(request.state, limiter)
    return await anyio.to_thread.run_sync(run, limiter=places)


BIGGEST = 2**63 - 1  # what a number in the database can be


def _meaningful(request: Request) -> None:
    """Refuse an address that can name nothing: a NUL, half a surrogate pair, a number beyond every id."""
    parameters = request.path_params.values()
    if any(isinstance(value, int) and value > BIGGEST for value in parameters):
        raise NotFound
    if not all(_keepable(value) for value in parameters if isinstance(value, str)):
        raise NotFound
    if not all(_keepable(value) for value in request.query_params.values()):
        raise Invalid({})


def _keepable(text: str) -> bool:
    """Whether both databases can hold the text: PostgreSQL refuses NUL, and UTF-8 has no halves of pairs."""
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


async def _read(request: Request, limit: int, raw: bool) -> tuple[FormData, bytes]:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return FormData(), b""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > limit:
        raise TooLarge("This is too large.")
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if raw or kind not in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return FormData(), await _body(request, limit)
    charset = request.headers.get("content-type", "").lower().partition("charset=")[2].strip(' "').partition(";")[0]
    if charset.strip('"') not in ("", "utf-8", "utf8"):
        raise Invalid({})
    try:
        form = await request.form(max_files=FORM_FILES, max_fields=FORM_FIELDS, max_part_size=FIELD_BYTES)
    except HTTPException as error:  # Starlette's word for a body over the limit, or a broken form
        raise TooLarge("This is too large.") if error.status_code == 413 else Invalid({}) from error
    except (MultiPartException, ValueError) as error:
        raise Invalid({}) from error
    if not all(_keepable(value) for _, value in form.multi_items() if isinstance(value, str)):
        raise Invalid({})
    return form, b""


async def _body(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge("This is too large.")
    return bytes(body)


def refused(request: Request, error: AppError) -> Response:
    """What a person (or program) sees when the answer is no."""
    draw: Callable[[Request, AppError], Response] | None = request.state.draw_error
    response = draw(request, error) if draw else HTMLResponse(str(error), error.status)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


# ── rendering ─────────────────────────────────────────────────────────────────────────────────────────


def templates(folder: Path, globals: Mapping[str, Any]) -> jinja2.Environment:
    """The environment of all pages: undefined names are errors, everything is escaped, strings translated."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,
        cache_size=-1,
    )
    environment.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(short=i18n.short, full=i18n.full, clock=i18n.clock_time)
    environment.globals.update(globals)
    return environment


def render(page: Page, template: str, status: int = 200, **values: Any) -> Response:
    """A page or part of one as HTML, private, packed for the way, and not kept by any cache.

    SameSite cookies keep other sites from asking for somebody's pages, so their packed length tells nobody
    anything (BREACH).
    """
    html, headers = fragment(page, template, **values).encode(), {"Cache-Control": "no-store"}
    if len(html) > PACK_FROM and "gzip" in page.request.headers.get("accept-encoding", ""):
        html = gzip.compress(html, 1, mtime=0)
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return HTMLResponse(html, status, headers)


def fragment(page: Page, template: str, **values: Any) -> Markup:
    """The HTML of a template."""
    environment: jinja2.Environment = page.request.state.templates
    base = {"page": page, "settings": page.settings, "locale": i18n.locale(), "who": page.who}
    return Markup(environment.get_template(template).render({**base, **page.context, **values}))  # noqa: S704


def redirect(page: Page, to: str) -> Response:
    """Go there after a POST; htmx is told in its own way. Only to paths of ours."""
    if not to.startswith("/") or to.startswith("//") or "\\" in to:
        to = "/"
    if page.partial:
        return Response(status_code=204, headers={"HX-Redirect": to})
    return RedirectResponse(to, 303)


def no_content(**triggers: Any) -> Response:
    """Done, nothing to draw."""
    return Response(status_code=204)


def error_page(request: Request, error: AppError) -> Response:
    """An error as a page, as a part of one for htmx, or as a sentence for programs."""
    sentence = i18n.gettext(error.message) % error.values if error.values else i18n.gettext(error.message)
    wants_html = "text/html" in request.headers.get("accept", "*/*") or request.headers.get("hx-request")
    if not wants_html and "*/*" not in request.headers.get("accept", "*/*"):
        return JSONResponse({"error": sentence}, error.status)
    environment: jinja2.Environment = request.state.templates
    name = "error_partial.html" if request.headers.get("hx-request") == "true" else "error.html"
    html = environment.get_template(name).render(
        status=error.status, sentence=sentence, locale=i18n.locale(), sign_in=error.status == 401
    )
    return HTMLResponse(html, error.status, {"Cache-Control": "no-store"})


# ── around every response ─────────────────────────────────────────────────────────────────────────────


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
                headers.setdefault("Content-Security-Policy", CSP)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
                headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
                headers.setdefault("Cache-Control", "no-store")
                headers.setdefault("X-Request-Id", scope["request_id"])
                if self.secure:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
                message["headers"] = headers.raw
            await send(message)

        return dressed


def _page_of(scope: Scope) -> str:
    """The name of the page that was asked for; its address may hold a token, which belongs into no log."""
    return str(getattr(scope.get("route"), "path", "") or scope["path"].split("/")[1][:40])


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
            log.exception("request_failed", page=_page_of(scope), request=scope.get("request_id", ""))
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
