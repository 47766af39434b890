"""The door of the API: from a request to a checked call, and from every error to a problem document.

Who calls is asked before a body is read, so that strangers cannot make the desk hold one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, TypeVarTuple

import anyio
import anyio.to_thread
import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import i18n, incoming
from app.accounts.models import Agent, ApiToken
from app.api import access, checking, idempotency, problems
from app.api.calls import Call, Operation, Parameter
from app.api.problems import Refusal
from app.api.schemas import COMPONENTS, named
from app.db import Database
from app.errors import AppError, Invalid, NotFound
from app.i18n import N_
from app.i18n import gettext as _
from app.web import Page

log = structlog.get_logger("api")
Given = TypeVarTuple("Given")
Result = TypeVar("Result")


class Door:
    """An ASGI endpoint for one path: its operations by method, and 405 with Allow for every other method."""

    def __init__(self, *operations: Operation) -> None:
        self.operations = {operation.method: operation for operation in operations}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        database: Database = request.state.database
        wanted = request.headers.get("accept-language", "")
        with i18n.use(i18n.from_header(wanted, "en")):
            response = await self._answered(request, database)
        await response(scope, receive, send)

    async def _answered(self, request: Request, database: Database) -> Response:
        try:
            operation = self._operation(request.method)
            admitted = await _in_thread(request, _admit, request, database, operation)
            raw = await _body(request, database.settings.upload_max_bytes * 2) if operation.writes else b""
            return await _in_thread(request, _handle, request, database, operation, admitted, raw)
        except AppError as error:
            return problems.draw(error)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            log.exception("api_failed", path=request.url.path, request=request.scope.get("request_id", ""))
            return problems.draw(Refusal(problems.UNEXPECTED, N_("It has been written down. Please try again later.")))

    def _operation(self, method: str) -> Operation:
        found = self.operations.get("GET" if method == "HEAD" else method)
        if found is None:
            allowed = [*self.operations, *(["HEAD"] if "GET" in self.operations else [])]
            raise Refusal(
                problems.METHOD, N_("The Allow header names the methods offered."), {"Allow": ", ".join(allowed)}
            )
        return found


async def nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI endpoint of every address under /api that means nothing."""
    request = Request(scope, receive)
    with i18n.use(i18n.from_header(request.headers.get("accept-language", ""), "en")):
        response = problems.draw(NotFound())
    await response(scope, receive, send)


async def _in_thread(request: Request, function: Callable[[*Given], Result], *arguments: *Given) -> Result:
    return await anyio.to_thread.run_sync(function, *arguments, limiter=request.state.limiter)


def _admit(request: Request, database: Database, operation: Operation) -> tuple[Agent, ApiToken]:
    with database.read() as db:
        page = Page(request, database, db)
        access.token(*operation.scopes)(page)
    found: ApiToken = page.context["token"]
    access.note_use(database, found)
    return page.who, found


async def _body(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes. Raises Refusal 415 for another type than JSON, and TooLarge."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refusal(problems.MEDIA, N_("Send the body as application/json in UTF-8."))
    incoming.refuse_larger(request, limit)
    return await incoming.read_body(request, limit)


def _handle(
    request: Request, database: Database, operation: Operation, admitted: tuple[Agent, ApiToken], raw: bytes
) -> Response:
    agent, token = admitted
    path = request.url.path
    key = idempotency.key_of(request.headers.get(idempotency.HEADER)) if operation.writes else ""
    values = _values(request, operation.parameters)
    body: Mapping[str, Any] = {}
    if operation.writes:
        body = checking.check(named(operation.writes), checking.read_json(raw), COMPONENTS)
    return operation.handler(Call(database, agent, token, operation.method, path, values, body, raw, key))


def _values(request: Request, parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    """Path and query parameters, checked. Raises NotFound for the path, Invalid for the query."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    known = {parameter.name: parameter for parameter in parameters if parameter.where == "query"}
    for name in request.query_params:
        if name not in known:
            faults[checking.printable(name)] = _("This parameter is not known.")
        elif len(request.query_params.getlist(name)) > 1:
            faults[name] = _("This can be given once.")
    for parameter in parameters:
        given = (request.path_params if parameter.where == "path" else request.query_params).get(parameter.name)
        if given is None:
            continue
        value = checking.from_text(parameter.schema, given)
        found = checking.faults(parameter.schema, value, parameter.name, COMPONENTS)
        if found and parameter.where == "path":
            raise NotFound
        faults |= found
        values[parameter.name] = value
    if faults:
        raise Invalid(faults)
    return values
