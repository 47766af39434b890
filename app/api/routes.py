"""Every address under /api: the table's, the document's, and a refusal for the rest."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from app import web
from app.api import access, openapi
from app.api.calls import Operation
from app.api.door import Door, nowhere
from app.api.operations import ROOT, TABLE
from app.web import Guarded, Page


def show_document(page: Page) -> Response:
    """The OpenAPI document."""
    return JSONResponse(openapi.document(), headers={"Cache-Control": "public, max-age=300"})


def routes() -> list[BaseRoute]:
    """In the order in which they are tried."""
    return [
        web.page(f"{ROOT}/openapi.json", show_document, access=access.everybody, name="api.openapi"),
        *(_route(path, operations) for path, operations in _by_path().items()),
        _nowhere("/api"),
        _nowhere("/api/{rest:path}"),
    ]


def _by_path() -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for operation in TABLE:
        found.setdefault(operation.path, []).append(operation)
    return found


def _route(path: str, operations: Sequence[Operation]) -> Guarded:
    first = operations[0]
    return Guarded(path, Door(*operations), name=f"api.{first.name}", access=access.token(*first.scopes))


def _nowhere(path: str) -> Guarded:
    class Nowhere:
        """A class, so that the route takes every method."""

        __call__ = staticmethod(nowhere)

    return Guarded(path, Nowhere(), name=f"api.nowhere:{path}", access=access.everybody)
