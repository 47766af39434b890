"""The OpenAPI 3.1 document, built from the table of operations and the shapes that check requests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from app.api import idempotency, problems
from app.api.calls import Answer, Operation
from app.api.operations import TABLE
from app.api.schemas import COMPONENTS, named

Part = dict[str, Any]

ABOUT = """\
List and read tickets, messages and customers; hand on messages to a REST inbox; answer as an agent.

Send a token as `Authorization: Bearer mado_…`. It acts as one agent and sees what that agent sees.
Lists are paged by `cursor`. Writing calls need an `Idempotency-Key`, kept for 24 hours.
Refusals are `application/problem+json`.
"""
_ALWAYS = (401, 403, 429, 500, 503)
_WITH_PATH = (404,)
_WITH_QUERY = (422,)
_WITH_BODY = (400, 404, 409, 413, 415, 422)


@cache
def document() -> Part:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Madoguchi API", "version": "1", "description": ABOUT},
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": "/"}],
        "paths": _paths(),
        "components": {
            "schemas": dict(COMPONENTS),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A token from `madoguchi token add`."}
            },
        },
    }


def _paths() -> Part:
    paths: Part = {}
    for operation in TABLE:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return paths


def _operation(operation: Operation) -> Part:
    scopes = " or ".join(f"`{scope}`" for scope in operation.scopes)
    made: Part = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"{operation.help}\n\nScope: {scopes}.".strip(),
        "security": [{"token": [scope]} for scope in operation.scopes],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.writes:
        content = {"application/json": {"schema": named(operation.writes)}}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _parameters(operation: Operation) -> list[Part]:
    found: list[Part] = [
        {
            "name": parameter.name,
            "in": parameter.where,
            "required": parameter.where == "path",
            "schema": parameter.schema,
            "description": parameter.help,
        }
        for parameter in operation.parameters
    ]
    if operation.writes:
        found.append(
            {
                "name": idempotency.HEADER,
                "in": "header",
                "required": True,
                "schema": {"type": "string", "pattern": idempotency.KEY_PATTERN},
                "description": "New for each request, the same for its retries; kept for 24 hours.",
            }
        )
    return found


def _responses(operation: Operation) -> Part:
    refused = set(_ALWAYS)
    refused.update(_WITH_PATH if "{" in operation.path else ())
    refused.update(_WITH_QUERY)
    refused.update(_WITH_BODY if operation.writes else ())
    refused.update((409,) if operation.conflicts else ())
    made = {str(status): _success(answer) for status, answer in operation.answers.items()}
    made |= {str(status): _refusal(status, operation) for status in sorted(refused)}
    return made


def _success(answer: Answer) -> Part:
    content: Part = {"application/octet-stream": {}}
    if answer.component:
        content = {"application/json": {"schema": named(answer.component)}}
    made: Part = {"description": answer.help, "content": content}
    if answer.replayed:
        made["headers"] = {
            "Idempotency-Replayed": {
                "description": "There when the answer was given before.",
                "schema": {"type": "string", "enum": ["true"]},
            }
        }
    return made


def _refusal(status: int, operation: Operation) -> Part:
    kinds = ", ".join(kind.name for kind in problems.KINDS if kind.status == status)
    said = operation.conflicts if status == 409 and operation.conflicts else f"{HTTPStatus(status).phrase}: {kinds}."
    made: Part = {"description": said, "content": {problems.MEDIA_TYPE: {"schema": named("Problem")}}}
    headers: Mapping[int, Part] = {
        401: _header("WWW-Authenticate", {"type": "string"}),
        429: _header("Retry-After", {"type": "integer", "minimum": 1}),
    }
    if status in headers:
        made["headers"] = headers[status]
    return made


def _header(name: str, schema: Part) -> Part:
    return {name: {"required": True, "schema": schema}}
