"""What an operation of the API is, and what its handler gets."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from app.accounts.models import Agent, ApiToken
from app.api.schemas import Shape
from app.db import Database


@dataclass(frozen=True, slots=True)
class Call:
    """One checked request. `values` are its path and query parameters, `body` its JSON, `raw` that as it came."""

    database: Database
    agent: Agent
    token: ApiToken
    method: str
    path: str
    values: Mapping[str, Any]
    body: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes = b""
    key: str = ""

    @property
    def base_url(self) -> str:
        return self.database.settings.base_url.rstrip("/")


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the path or the query."""

    name: str
    where: str
    schema: Shape
    help: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One way in which an operation succeeds: the component it answers with, or bytes when there is none."""

    help: str
    component: str = ""
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the API: everything that its route, its checks and its documentation need.

    One of `scopes` is needed; `writes` names the component of the body and asks for an Idempotency-Key.
    `conflicts` are sentences for 409.
    """

    method: str
    path: str
    name: str
    summary: str
    scopes: tuple[str, ...]
    handler: Handler
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    writes: str = ""
    conflicts: str = ""
    help: str = ""


def answer(document: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, headers, "application/json")
