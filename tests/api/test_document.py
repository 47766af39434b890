"""The OpenAPI document says what the API does: a contract tester believes it, and tries everything it says."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import sqlalchemy as sa
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from app import main
from app.accounts import tokens
from app.api import idempotency, openapi, problems, schemas
from app.api.operations import ROOT, TABLE
from app.limits import Limits
from app.tickets.models import Attachment
from tests.api.conftest import token_for
from tests.story import Desk

EXAMPLES = 8
STORIES = 5  # of several calls, each made with what the one before answered
KEY = re.compile(idempotency.KEY_PATTERN)


def test_the_document_is_there_for_everybody(desk: Desk) -> None:
    answer = desk.visitor().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    document = answer.json()
    assert document["openapi"] == "3.1.0"
    assert {operation.path for operation in TABLE} == set(document["paths"])


def test_notes_have_no_shape_in_it() -> None:
    assert not [name for name in openapi.document()["components"]["schemas"] if "note" in name.lower()]


def test_the_page_for_people_names_every_call_every_scope_and_every_problem() -> None:
    page = (main.ROOT / "docs" / "api.md").read_text()
    calls = [f"{operation.method} {operation.path.removeprefix(ROOT)}" for operation in TABLE]
    names = [*calls, *(f"`{scope}`" for scope in tokens.SCOPES), *(f"`{kind.name}`" for kind in problems.KINDS)]
    assert [name for name in names if name not in page] == []


class Patient(Limits):
    """How often one may call is another story."""

    def spend(self, rule: str, key: str) -> None:
        """Nothing is counted."""


def contract(desk: Desk, **existing: Any) -> Any:
    """The document as the tester reads it from the running application, with a token, and things that exist."""
    settings = {
        "seed": 4471,
        "auth": {"openapi": {"token": {"bearer": token_for(desk, "yuki")}}},
        "generation": {"max-examples": EXAMPLES, "database": "none", "no-shrink": True},
        "continue-on-failure": True,
        "phases": {"stateful": {"generation": {"max-examples": STORIES}}},
        "parameters": {f"path.{name}": value for name, value in existing.items()},
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


@pytest.fixture
def short_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tester makes texts of the greatest length there is, slowly: here that is 500 characters."""
    monkeypatch.setitem(schemas.REQUESTS["NewReply"]["properties"]["text"], "maxLength", 500)
    assert schemas.REQUESTS["NewMessage"]["properties"]["text"]["maxLength"] == 500


@pytest.mark.usefixtures("new_keys", "short_texts")
def test_a_contract_tester_finds_nothing(desk: Desk, inbox: str) -> None:
    desk.house.database.house["limits"] = Patient()
    picture = ("cup.png", "image/png", b"\x89PNG\r\n\x1a\n")
    number = desk.customer_writes("hannah", "Is my teapot on its way?", attachments=(picture,)).ticket_id
    with desk.read() as db:
        file = db.scalars(sa.select(Attachment.public_id)).one()
    customer = desk.customer("hannah").id
    schema = contract(desk, ticket_id=number, inbox_id=inbox, customer_id=customer, attachment_id=file)

    found = list(failures(schema))
    assert not found, "\n".join(found[:20])
    assert desk.ticket(number).messages_count > 3, "the tester's replies were never accepted"
    assert len(desk.received()) > 3, "the tester's messages were never accepted"
