"""Values that no person types: each is refused in words, none is a fault of ours, and none costs much."""

from __future__ import annotations

import gc
import time
import tracemalloc

import pytest

from app.text import plain
from tests.chat.test_chat import Visitor
from tests.story import Desk

HUGE = "9" * 20


@pytest.mark.both
@pytest.mark.parametrize(
    "path",
    [
        f"/console/tickets/{HUGE}",
        f"/console/messages/{HUGE}/html",
        f"/console/settings/agents/{HUGE}",
        "/console/search?q=%00",
        "/console/search?q=a%00@b",
        "/console/files/%00",
    ],
)
def test_an_address_that_can_mean_nothing_is_not_found(desk: Desk, path: str) -> None:
    assert desk.signed_in("mio").get(path).status_code in (200, 404, 422)


@pytest.mark.both
@pytest.mark.parametrize("path", ["/help/request/sent/%00", "/widget/%00", "/hooks/line/%00"])
def test_a_stranger_cannot_make_the_desk_stumble_by_an_address(desk: Desk, path: str) -> None:
    assert desk.visitor().get(path).status_code in (404, 410)


@pytest.mark.both
def test_a_nul_in_a_form_is_refused(desk: Desk) -> None:
    answer = desk.visitor().post("/sign-in", data={"email": "a\0@b.example", "password": "a-long-password"})
    assert answer.status_code == 422
    mio = desk.signed_in("mio")
    form = {"name": "Mio\0", "reading": "\0", "locale": "en", "time_zone": "Asia/Tokyo", "theme": "system"}
    assert mio.post("/console/profile", data=form).status_code in (303, 422)
    assert mio.post("/console/settings/teams", data={"name": "A\0", "members": HUGE}).status_code in (303, 422)


@pytest.mark.parametrize(("language", "says"), [("en", "cannot be kept"), ("ja", "保存できない文字")])
def test_a_character_that_cannot_be_kept_names_its_field_and_loses_nothing_else(
    desk: Desk, language: str, says: str
) -> None:
    form = {"subject": "Broken\0 lid", "text": "It came in two pieces", "name": "Bob", "email": "bob@shop.example"}
    answer = desk.visitor().post("/help/request", data=form, headers={"Accept-Language": language})
    assert answer.status_code == 422
    assert says in answer.text
    assert 'id="f-subject-wrong"' in answer.text
    for typed in ("Broken lid", "It came in two pieces", "Bob", "bob@shop.example"):
        assert typed in answer.text


@pytest.mark.both
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("contact", b"[" * 100_000),
        ("seen", b'{"upto": 1' + b"0" * 30 + b', "state": "read"}'),
    ],
)
def test_a_visitor_cannot_make_the_desk_stumble(desk: Desk, path: str, body: bytes) -> None:
    visitor = Visitor(desk)
    visitor.says("Hello")
    answer = visitor.browser.post(f"/widget/{visitor.inbox}/{path}", content=body, headers=visitor.headers)
    assert answer.status_code in (204, 422)


def test_a_form_in_a_character_set_of_its_own_choice_is_refused_or_read(desk: Desk) -> None:
    visitor = Visitor(desk)
    kind = "multipart/form-data; boundary=x; charset=unicode_escape"
    parts = {"id": "5f0c7a52-0f0b-4c4e-9a52-0c5d7b4f3f11", "text": "Hello", "page": "http://shop.example/\\ud800"}
    fields = [f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in parts.items()]
    answer = visitor.browser.post(
        f"/widget/{visitor.inbox}/messages",
        content="".join([*fields, "--x--\r\n"]).encode(),
        headers={**visitor.headers, "content-type": kind},
    )
    assert answer.status_code in (202, 422)


def test_a_step_without_script_that_cannot_be_done_says_why(desk: Desk) -> None:
    received = desk.customer_writes("hannah", "Hello")
    answer = desk.signed_in("mio").post(f"/console/tickets/{received.ticket_id}/status", data={"status": "nonsense"})
    assert answer.status_code == 422


def test_brackets_behind_web_addresses_cost_no_more_than_other_text() -> None:
    text = (" http://a" + ")" * 2040) * 500
    began = time.process_time()
    plain.text_to_html(text)
    assert time.process_time() - began < 0.4


def test_a_very_long_mail_does_not_make_a_very_long_page(desk: Desk) -> None:
    received = desk.customer_writes("hannah", "Nothing but tea.\n" * 100_000)
    page = desk.signed_in("mio").get(f"/console/tickets/{received.ticket_id}", headers={"accept-encoding": "identity"})
    assert len(page.content) < 600_000


def test_one_static_file_is_kept_once_however_its_address_is_spelled(desk: Desk) -> None:
    browser = desk.visitor()
    browser.get("/static/vendor/htmx-4.0.1.esm.min.js")
    tracemalloc.start()
    for n in range(1, 60):
        browser.get(f"/static/vendor{'/' * n}/htmx-4.0.1.esm.min.js")
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000


def test_what_is_counted_at_the_door_is_short_whatever_was_typed(desk: Desk) -> None:
    browser = desk.visitor()
    browser.post("/sign-in", data={"email": "a", "password": "x"})
    tracemalloc.start()
    for n in range(5):
        browser.post("/sign-in", data={"email": f"{n}" * 900_000, "password": "x"})
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_500_000
