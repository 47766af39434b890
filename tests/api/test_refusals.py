"""Every no is a problem document, in the caller's language, and nothing that comes in makes a 500."""

from __future__ import annotations

import pytest

from app.api import checking, cursors, problems
from app.api.problems import Refusal
from app.api.schemas import COMPONENTS, REQUESTS
from app.errors import Invalid
from tests.api.conftest import Calls
from tests.story import Desk

HUGE = "9" * 25


def test_what_is_nowhere_is_a_problem_too(desk: Desk) -> None:
    for method, path in (
        ("GET", "/api"),
        ("GET", "/api/"),
        ("GET", "/api/v1"),
        ("POST", "/api/v1/nothing"),
        ("DELETE", "/api/v2/tickets"),
        ("GET", "/api/v1/tickets/"),
        ("GET", "/api/v1/tickets/1/2/3"),
    ):
        answer = desk.visitor().request(method, path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:madoguchi:problem:not-found"


def test_other_methods_are_refused_and_the_right_ones_named(desk: Desk) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
        answer = desk.visitor().request(method, "/api/v1/tickets")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD"
        assert answer.json()["type"] == "urn:madoguchi:problem:method-not-allowed"
    answer = desk.visitor().get("/api/v1/tickets/1/replies")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_head_is_get_without_the_body(desk: Desk, caller: Calls) -> None:
    system = caller("yuki")
    answer = system.client.head("/api/v1/tickets", headers=system.headers())
    assert answer.status_code == 200
    assert answer.content == b""


def test_problems_speak_the_caller_s_language(desk: Desk) -> None:
    for wanted, said, language in (
        ("ja", "有効なベアラートークンが必要です。", "ja"),
        ("fr, ja;q=0.8, en;q=0.5", "有効なベアラートークンが必要です。", "ja"),
        ("en-GB", "A valid bearer token is needed.", "en"),
        ("", "A valid bearer token is needed.", "en"),
    ):
        answer = desk.visitor().get("/api/v1/tickets", headers={"Accept-Language": wanted})
        assert answer.json()["title"] == said
        assert answer.headers["content-language"] == language


def test_faults_of_fields_speak_japanese(desk: Desk, caller: Calls, inbox: str) -> None:
    body = {"sender": {"id": "", "name": 5}, "text": "x"}
    answer = caller("yuki").post(f"/inboxes/{inbox}/messages", body, **{"Accept-Language": "ja"})
    assert answer.json()["errors"] == {
        "sender.id": "1文字以上で入力してください。",
        "sender.name": "文字列で指定してください。",
    }


@pytest.mark.both
def test_no_query_and_no_path_breaks_a_list(desk: Desk, caller: Calls) -> None:
    desk.customer_writes("hannah", "Hello")
    system = caller("yuki")
    for path in (f"/tickets/{HUGE}", "/tickets/0", "/tickets/-1", "/tickets/01", "/tickets/1.0", "/tickets/%00",
                 "/tickets/%F0%9F%98%80", "/tickets/１", f"/tickets/{2**63}", f"/tickets/{2**63 - 1}",
                 f"/customers/{HUGE}", "/customers/%0A1", "/attachments/x", f"/attachments/{'A' * 22}"):  # fmt: skip
        assert system.get(path).status_code == 404, path
    for path, name, value in (
        ("/tickets", "status", "done"),
        ("/tickets", "status", ""),
        ("/tickets", "assignee", "me"),
        ("/tickets", "assignee", HUGE),
        ("/tickets", "team", "0"),
        ("/tickets", "channel", "e-mail\x00"),
        ("/tickets", "requester", str(2**63)),
        ("/tickets", "requester", "١"),
        ("/tickets", "updated_after", "yesterday"),
        ("/tickets", "updated_after", "2026-01-31"),
        ("/tickets", "updated_after", "2026-02-31T00:00:00Z"),
        ("/tickets", "limit", "0"),
        ("/tickets", "limit", "101"),
        ("/tickets", "limit", "1e1"),
        ("/tickets", "cursor", "next"),
        ("/tickets", "cursor", "A" * 12),
        ("/tickets", "order", "id; DROP TABLE tickets"),
        ("/messages", "inbox", "' OR 1=1 --"),
        ("/messages", "ticket", HUGE),
        ("/customers", "email", "\x00@x"),
    ):
        answer = system.get(path, **{name: value})
        assert answer.status_code == 422, (name, value)
        assert list(answer.json()["errors"]) == [name]
    twice = system.client.get("/api/v1/tickets?status=new&status=open", headers=system.headers())
    assert list(twice.json()["errors"]) == ["status"]
    for cursor in ("A" * 11, "_" * 11, cursors.encode(2**63 - 1)):
        assert system.get("/tickets", cursor=cursor).status_code == 200


@pytest.mark.both
def test_no_body_breaks_a_call(desk: Desk, caller: Calls, inbox: str) -> None:
    system, where = caller("yuki"), f"/inboxes/{inbox}/messages"
    for body in (b"", b"{", b"\xff\xfe", b"NaN", b'{"a": Infinity}', b'{"text": 1' + b"0" * 5000 + b"}",
                 b"[" * 100_000, b'{"text": "a", "text": "b"}', b'{"text": "\xed\xa0\x80"}'):  # fmt: skip
        answer = system.post(where, body)
        assert answer.status_code == 400, body[:40]
        assert answer.json()["type"] == "urn:madoguchi:problem:malformed-json"
    good = {"sender": {"id": "7"}, "text": "Hello"}
    for fault, more in (
        ("body", [good]),
        ("body", None),
        ("body", "text"),
        ("body", {"sender": {"id": "7"}}),
        ("sender", {"text": "x"}),
        ("sender", good | {"sender": "hannah"}),
        ("sender.email", good | {"sender": {"email": "nobody"}}),
        ("sender.kind", good | {"sender": {"id": "7", "kind": "agent"}}),
        ("sender.email", good | {"sender": {"id": "7", "email": "a@b.example"}}),
        ("sender.evidence", good | {"sender": {"id": "7", "evidence": "verified"}}),
        ("text", good | {"text": "\x00"}),
        ("text", good | {"text": "\ud800"}),
        ("text", good | {"text": " \u3000\u200b\n"}),
        ("text", good | {"text": "x" * 200_001}),
        ("subject", good | {"subject": "a\x00b"}),
        ("subject", good | {"subject": None}),
        ("ticket", good | {"ticket": True}),
        ("ticket", good | {"ticket": 2**70}),
        ("ticket", good | {"ticket": "1"}),
        ("external_id", good | {"external_id": "a b"}),
        ("conversation", good | {"conversation": "x" * 201}),
        ("attachments", good | {"attachments": []}),
        ("attachments", good | {"attachments": [{"filename": "a", "content": ""}] * 21}),
        ("attachments[0].content", good | {"attachments": [{"filename": "a", "content": "QQ="}]}),
        ("attachments[0].filename", good | {"attachments": [{"content": "QQ=="}]}),
        ("attachments[0].path", good | {"attachments": [{"filename": "a", "content": "", "path": "/etc"}]}),
        ("state", good | {"state": "closed"}),
        ("\ufffd", good | {"\ud800": 1}),
    ):
        answer = system.post(where, more)
        assert answer.status_code == 422, more
        assert fault in answer.json()["errors"], (fault, answer.json())
    assert desk.received() == []


def test_only_json_is_read(desk: Desk, caller: Calls, inbox: str) -> None:
    system, where = caller("yuki"), f"/inboxes/{inbox}/messages"
    good = b'{"sender": {"id": "7"}, "text": "x"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""):
        answer = system.post(where, good, **{"Content-Type": kind})
        assert answer.status_code == 415
        assert answer.json()["type"] == "urn:madoguchi:problem:unsupported-media-type"
    assert system.post(where, good, **{"Content-Type": "Application/JSON; charset=utf-8"}).status_code == 201


def test_strangers_cannot_make_the_desk_read_a_body(desk: Desk) -> None:
    def endless():
        raise AssertionError("the body was read")
        yield b""

    answer = desk.visitor().post("/api/v1/tickets/1/replies", content=endless())
    assert answer.status_code == 401


def test_the_checker_knows_every_word_of_the_request_schemas() -> None:
    known = {
        "$ref", "oneOf", "anyOf", "type", "enum", "description", "properties", "required", "additionalProperties",
        "items", "minItems", "maxItems", "minLength", "maxLength", "pattern", "contentEncoding", "minimum", "maximum",
    }  # fmt: skip

    def words(schema: object) -> set[str]:
        if isinstance(schema, list):
            return set().union(*(words(one) for one in schema))
        if not isinstance(schema, dict):
            return set()
        inner = [schema[word] for word in ("items", "oneOf", "anyOf") if word in schema]
        inner += list(schema.get("properties", {}).values())
        return set(schema) | set().union(*(words(one) for one in inner))

    assert words(list(REQUESTS.values())) <= known


def test_patterns_end_where_the_text_ends() -> None:
    with pytest.raises(Invalid):
        checking.check({"type": "string", "pattern": "^a$"}, "a\n", COMPONENTS)


def test_each_kind_of_problem_has_a_name_of_its_own() -> None:
    names = [kind.name for kind in problems.KINDS]
    assert len(set(names)) == len(names)
    drawn = problems.draw(Refusal(problems.KEY_BUSY, headers={"Retry-After": "1"}))
    assert (drawn.status_code, drawn.headers["retry-after"]) == (409, "1")
