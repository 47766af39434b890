"""Callers of the API: a token for one of the cast, and a client that sends it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from app.accounts import agents, tokens
from app.accounts.tokens import SCOPES
from app.demo import cast
from tests.story import Desk


@dataclass
class Caller:
    """Another system that holds a token."""

    client: TestClient
    token: str

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(f"/api/v1{path}", params=query, headers=self.headers())

    def post(self, path: str, body: Any, *, key: str | None = None, **headers: str) -> httpx.Response:
        """A POST with a new Idempotency-Key, or `key`."""
        sent = self.headers() | {"Idempotency-Key": key or str(uuid.uuid4()), "Content-Type": "application/json"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(f"/api/v1{path}", content=content, headers=sent | headers)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


Calls = Callable[..., Caller]


def token_for(desk: Desk, who: str, *scopes: str) -> str:
    """A new token that acts as one of the cast."""
    with desk.write() as db:
        agent = agents.find(db, cast.STAFF[who].email)
        assert agent is not None
        return tokens.add_api_token(db, agent, "Order system", list(scopes or SCOPES))


@pytest.fixture
def caller(desk: Desk) -> Calls:
    """`caller("kenji", "tickets:read")`: a system that acts as Kenji and may read tickets; no scope means all."""

    def made(who: str, *scopes: str) -> Caller:
        client = desk.visitor()
        client.headers = httpx.Headers()
        return Caller(client, token_for(desk, who, *scopes))

    return made


@pytest.fixture
def inbox(desk: Desk) -> str:
    """The id of the desk's REST inbox."""
    return desk.inbox("rest").public_id
