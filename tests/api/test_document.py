"""The OpenAPI document says what the API does: a contract tester believes it, and tries everything it says."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from app import main
from app.api import idempotency, openapi
from app.api.operations import TABLE
from app.limits import Limits
from tests.api.conftest import token_for
from tests.story import Desk

EXAMPLES = 12
KEY = re.compile(idempotency.KEY_PATTERN)


def test_the_document_is_there_for_everybody(desk: Desk) -> None:
    answer = desk.visitor().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    document = answer.json()
    assert document["openapi"] == "3.1.0"
    assert {operation.path for operation in TABLE} == set(document["paths"])


def test_notes_have_no_shape_in_it() -> None:
    assert not [name for name in openapi.document()["components"]["schemas"] if "note" in name.lower()]


class Patient(Limits):
    """How often one may call is another story."""

    def spend(self, rule: str, key: str) -> None:
        """Nothing is counted."""


def contract(desk: Desk, ticket: int, inbox: str, customer: int) -> Any:
    """The document as the tester reads it from the running application, with a token, and things that exist."""
    settings = {
        "seed": 4471,
        "auth": {"openapi": {"token": {"bearer": token_for(desk, "yuki")}}},
        "generation": {"max-examples": EXAMPLES, "database": "none", "no-shrink": True},
        "continue-on-failure": True,
        "phases": {"stateful": {"enabled": False}},
        "parameters": {"path.ticket_id": ticket, "path.inbox_id": inbox, "path.customer_id": customer},
    }
    application = main.create_app(desk.house, background=False)
    config = SchemathesisConfig.from_dict(settings)
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", application, config=config)


@pytest.fixture
def new_keys() -> Iterator[None]:
    """Each of the tester's requests is a new one; what reusing a key does is told in test_idempotency."""

    @schemathesis.hook
    def before_call(context: Any, case: Any, **kwargs: Any) -> None:
        key = (case.headers or {}).get(idempotency.HEADER)
        if isinstance(key, str) and KEY.match(key):
            case.headers[idempotency.HEADER] = str(uuid.uuid4())

    yield
    schemathesis.hooks.unregister(before_call)


def failures(schema: Any) -> Iterator[str]:
    """Everything the tester finds, one line each."""
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            yield f"{event.label}: {event.info.format()}"
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.ScenarioFinished):
            for case, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        sent = event.recorder.interactions[case].request
                        body = repr(sent.body)[:300]
                        failure = check.failure_info.failure
                        yield f"{check.name}: {failure.message} | {sent.method} {sent.uri} {sent.headers} {body}"


def test_a_contract_tester_finds_nothing(desk: Desk, inbox: str, new_keys: None) -> None:
    desk.house.database.house["limits"] = Patient()
    number = desk.customer_writes("hannah", "Is my teapot on its way?").ticket_id
    schema = contract(desk, number, inbox, desk.customer("hannah").id)

    found = list(failures(schema))
    assert not found, "\n".join(found[:20])
    assert desk.ticket(number).messages_count > 3, "the tester's replies were never accepted"
    assert len(desk.received()) > 3, "the tester's messages were never accepted"
