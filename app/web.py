"""Pages: from a request to a response, through one door for all rooms.

A handler is a plain function of a `Page`; it runs in a thread with a database session open: reading for GET, one
transaction for everything else, which is rolled back when the handler raises. Who may come in is a required part
of each route, so that no page exists without an answer to it.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import anyio
import anyio.to_thread
import jinja2
import sqlalchemy as sa
import structlog
from markupsafe import Markup
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app import i18n, incoming
from app.db import Database, Session
from app.edge import page_of
from app.errors import AppError, Invalid, TooMany
from app.settings import Settings

log = structlog.get_logger("web")

TOO_LONG = i18n.N_("This text is too long.")
TAKEN_OUT = i18n.N_("A character that cannot be kept was taken out. Please check this, and send it again.")
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
Routes = list[BaseRoute]


class Guarded(Route):
    """A route that says who may come in, so that every address can be asked for its rule."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, access: Access, **more: Any) -> None:
        super().__init__(path, endpoint, **more)
        self.access = access


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
) -> Guarded:
    """A route. `access` raises NotFound or SignInRequired, or sets `page.who`.

    `invalid` draws the form again after Invalid or Conflict, in a fresh read session, with what was typed.
    `own`: the handler itself opens the transactions that it needs, and `page.db` only reads.
    `raw`: as `own`, and the body stays as it came, forms too.
    `limiter`: whose places it takes while it runs; "slow" for what waits for the network, so that pages never
    wait for it.
    """

    async def endpoint(request: Request) -> Response:
        return await _answer(request, handler, access, invalid, max_body, raw, own, limiter)

    return Guarded(
        path, endpoint, methods=list(methods), name=name or f"{handler.__module__}.{handler.__name__}", access=access
    )


class Draw(Protocol):
    """A form: drawn for the first time, or again with what was wrong."""

    __module__: str
    __name__: str

    def __call__(self, page: Page, error: AppError | None = None) -> Response: ...


def form(path: str, draw: Draw, save: Handler, *, access: Access, own: bool = False, most: int | None = None) -> Routes:
    """A form at its address: GET draws it, POST saves it, and what was refused is drawn again.

    `own` as for `page`; `most`: bytes that what is posted may have.
    """
    return [
        page(path, draw, access=access),
        page(path, save, access=access, methods=["POST"], invalid=draw, own=own, max_body=most),
    ]


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
        incoming.meaningful(request)
        form, body = await incoming.read(request, max_body or database.settings.upload_max_bytes * 2, raw)
        form, cut = incoming.without_unkeepable(form)
        wrong = {**dict.fromkeys(cut, TAKEN_OUT), **dict.fromkeys(incoming.too_long(form), TOO_LONG)}
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
                if wrong:
                    raise Invalid(wrong)
                return handler(found)
        except sa.exc.DataError as error:  # a value that the database cannot hold, and no handler looked for
            log.warning("value_refused", page=page_of(request.scope), error=type(error.orig).__name__)
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


def refused(request: Request, error: AppError) -> Response:
    """What a person (or program) sees when the answer is no."""
    draw: Callable[[Request, AppError], Response] | None = request.state.draw_error
    response = draw(request, error) if draw else HTMLResponse(str(error), error.status)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


# ── rendering ─────────────────────────────────────────────────────────────────────────────────────────


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
