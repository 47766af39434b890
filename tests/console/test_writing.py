"""Replies and notes: what goes out, what never does, and what stops the sending."""

from __future__ import annotations

import json

from starlette.testclient import TestClient

from tests.console.conftest import HX
from tests.story import Desk


def write(browser: TestClient, ticket: int, **fields: str) -> object:
    return browser.post(f"/console/tickets/{ticket}/write", data=fields, headers=HX)


def test_a_reply_is_queued_and_the_thread_comes_back(desk: Desk, mio: TestClient, waiting: int) -> None:
    seen = desk.messages(waiting)[-1].id
    answer = write(mio, waiting, kind="reply", body="It leaves today.", seen=str(seen))
    assert answer.status_code == 204
    told = json.loads(answer.headers["hx-trigger"])
    assert told == {"sent": {"ticket": waiting, "kind": "reply"}, f"ticket-{waiting}": {}}
    live = mio.get(f"/console/tickets/{waiting}/live", headers=HX).text
    assert "It leaves today." in live
    assert "Queued" in live
    desk.work()
    assert desk.messages(waiting)[-1].text == "It leaves today."
    assert desk.deliveries(waiting)[-1].state == "sent"


def test_a_note_is_no_message_and_has_no_delivery(desk: Desk, mio: TestClient, waiting: int) -> None:
    before = len(desk.deliveries(waiting))
    answer = write(mio, waiting, kind="note", body="Do not send this.")
    assert answer.status_code == 204
    desk.work()
    assert [n.text for n in desk.notes(waiting)] == ["Do not send this."]
    assert len(desk.deliveries(waiting)) == before
    assert all("Do not send" not in m.text for m in desk.messages(waiting))


def test_neither_reply_nor_note_is_refused(desk: Desk, mio: TestClient, waiting: int) -> None:
    for kind in ("", "Reply", "reply ", "both"):
        assert write(mio, waiting, kind=kind, body="Hello").status_code == 422
    assert desk.notes(waiting) == []
    assert [m.direction for m in desk.messages(waiting) if m.sender_kind == "agent"] == []


def test_an_empty_text_is_named_beside_the_text(mio: TestClient, waiting: int) -> None:
    answer = write(mio, waiting, kind="reply", body=" \n ", seen="999")
    assert answer.status_code == 422
    assert "Write something first." in answer.text
    assert "<textarea" not in answer.text  # what was typed stays where it is


def test_a_newer_message_stops_the_sending_and_is_shown_first(desk: Desk, mio: TestClient, waiting: int) -> None:
    seen = desk.messages(waiting)[0].id
    first = desk.messages(waiting)[0].external_id
    desk.agent_replies("kenji", waiting, "One moment.")
    sent = desk.messages(waiting)[-1].external_id
    assert first
    desk.customer_writes("hannah", "Wait, it fits now!", subject="Re: A loose lid", answering=sent)
    answer = write(mio, waiting, kind="reply", body="A new one is coming.", seen=str(seen))
    assert answer.status_code == 409
    assert "a newer message has arrived" in answer.text
    assert "Wait, it fits now!" in answer.text
    assert all(m.text != "A new one is coming." for m in desk.messages(waiting))
    anyway = write(mio, waiting, kind="reply", body="A new one is coming.", seen=str(seen), anyway="1")
    assert anyway.status_code == 204
    assert desk.messages(waiting)[-1].text == "A new one is coming."


def test_files_go_with_the_reply_and_can_be_fetched_again(desk: Desk, mio: TestClient, waiting: int) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    answer = mio.post(
        f"/console/tickets/{waiting}/write",
        data={"kind": "reply", "body": "See here.", "seen": "999"},
        files=[("files", ("送り状.pdf", b"%PDF-1.4", "application/pdf")), ("files", ("pot.png", png, "image/png"))],
        headers=HX,
    )
    assert answer.status_code == 204
    page = mio.get(f"/console/tickets/{waiting}").text
    assert "送り状.pdf" in page
    links = [part.split('"')[0] for part in page.split('data-keep="')[1:]]  # what is looked at can also be kept
    kept = {mio.get(link).headers["content-disposition"].split(";")[0]: mio.get(link) for link in links}
    assert kept["attachment"].content == b"%PDF-1.4"
    assert kept["attachment"].headers["content-type"] == "application/octet-stream"
    assert kept["inline"].headers["content-type"] == "image/png"
    assert all("sandbox" in r.headers["content-security-policy"] for r in kept.values())
    assert desk.visitor().get(links[0]).status_code == 401
    assert desk.signed_in("rosa").get(links[0]).status_code == 404


def test_send_and_solve_does_both(desk: Desk, mio: TestClient, waiting: int) -> None:
    answer = write(mio, waiting, kind="reply", body="Done.", seen="999", then="solved")
    assert answer.status_code == 200
    assert desk.ticket(waiting).status == "solved"
    assert "Undo" in answer.text


def test_without_script_a_form_leads_back_to_the_ticket(desk: Desk, mio: TestClient, waiting: int) -> None:
    answer = mio.post(f"/console/tickets/{waiting}/write", data={"kind": "note", "body": "No script here."})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/tickets/{waiting}"
    assert desk.notes(waiting)[0].text == "No script here."


def test_a_viewer_cannot_write(desk: Desk, waiting: int) -> None:
    haruka = desk.signed_in("haruka")
    assert "<textarea" not in haruka.get(f"/console/tickets/{waiting}").text
    for kind in ("reply", "note"):
        assert write(haruka, waiting, kind=kind, body="Hello").status_code == 403
    assert desk.notes(waiting) == []


def test_another_site_cannot_write(desk: Desk, mio: TestClient, waiting: int) -> None:
    answer = mio.post(
        f"/console/tickets/{waiting}/write",
        data={"kind": "note", "body": "x"},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == 403
    assert desk.notes(waiting) == []
