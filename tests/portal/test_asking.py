"""A customer asks by the form, proves the address, follows the request; nobody else sees any of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.channels import ledger
from app.customers import identities
from app.portal import fields
from tests.portal.walk import REQUEST, filled, follow, link_in, mails, sees
from tests.story import Desk

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def evidence(desk: Desk, address: str) -> str:
    with desk.read() as db:
        found = identities.find(db, "email", address)
        assert found is not None
        return found.evidence


@pytest.mark.both
def test_a_customer_asks_proves_the_address_replies_and_the_desk_sees_it(desk: Desk) -> None:
    browser = desk.visitor()
    answer = browser.post("/help/request", data=filled(desk), files=[("files", ("lid.png", PNG, "image/png"))])
    assert answer.status_code == 303

    ticket = desk.tickets()[-1]
    assert (ticket.subject, ticket.channel, ticket.locale) == (REQUEST["subject"], "form", "en")
    page = browser.get(answer.headers["location"])
    assert str(ticket.id) in sees(page)
    assert "teapot" not in page.text, "nothing of the person is shown before the address is proven"
    assert "laurent" not in page.text
    assert evidence(desk, REQUEST["email"]) == "claimed"
    assert browser.get("/help/requests").headers["location"].startswith("/help/sign-in")

    desk.work()
    (mail,) = mails(desk, REQUEST["email"])
    thread = follow(browser, link_in(mail))
    assert "just the lid replaced?" in sees(thread)
    assert "lid.png" in sees(thread)
    assert evidence(desk, REQUEST["email"]) == "verified"

    path = f"/help/requests/{ticket.public_id}"
    sent = browser.post(path, data=filled(desk, text="It is the blue one."))
    assert sent.headers["location"] == f"{path}?sent=1"
    assert [m.text for m in desk.messages(ticket.id) if m.direction == "in"][-1] == "It is the blue one."
    assert len(desk.tickets()) == 1, "the reply belongs to the same ticket"

    desk.agent_notes("yuki", ticket.id, "She always breaks her lids.")
    desk.agent_replies("mio", ticket.id, "A new lid leaves tomorrow.")
    seen = sees(browser.get(path))
    assert "A new lid leaves tomorrow." in seen
    assert "Your answer is awaited" in seen
    assert "breaks her lids" not in seen, "a note never appears"


def test_the_answer_leaves_by_mail_and_the_mailed_reply_finds_the_ticket(desk: Desk) -> None:
    desk.visitor().post("/help/request", data=filled(desk))
    ticket = desk.tickets()[-1]
    desk.agent_replies("mio", ticket.id, "Which teapot is it?")
    (delivery,) = [d for d in desk.deliveries(ticket.id) if not d.content["automatic"]]
    assert (delivery.state, delivery.content["to"]) == ("sent", [[REQUEST["email"], REQUEST["name"]]])

    received = desk.customer_writes(
        "ayaka", "The red one.", sender=f"Emma <{REQUEST['email']}>", answering=delivery.external_id
    )
    assert (received.state, received.ticket_id) == ("threaded", ticket.id)


def test_the_kept_message_does_not_hold_the_link_that_proves_the_address(desk: Desk) -> None:
    desk.visitor().post("/help/request", data=filled(desk))
    desk.work()
    ticket = desk.tickets()[-1]
    assert "/help/verify/" in mails(desk)[-1]
    assert all("/help/verify/" not in m.text for m in desk.messages(ticket.id))
    assert all("/help/verify/" not in str(d.content) for d in desk.deliveries(ticket.id))


def test_only_the_first_mail_carries_the_link(desk: Desk) -> None:
    desk.visitor().post("/help/request", data=filled(desk))
    desk.agent_replies("mio", desk.tickets()[-1].id, "Which teapot is it?")
    first, second = mails(desk, REQUEST["email"])
    assert "/help/verify/" in first
    assert "/help/verify/" not in second


def test_the_link_works_once_and_looking_at_it_uses_nothing_up(desk: Desk) -> None:
    desk.visitor().post("/help/request", data=filled(desk))
    desk.work()
    path = link_in(mails(desk)[-1])
    scanner, browser, thief = desk.visitor(), desk.visitor(), desk.visitor()
    for _ in range(3):
        assert scanner.get(path).status_code == 200
    assert evidence(desk, REQUEST["email"]) == "claimed", "a scanner that looks proves nothing"
    assert follow(browser, path).status_code == 200
    assert thief.post(path).status_code == 410
    assert thief.get(path).status_code == 410
    assert thief.get("/help/requests").status_code == 303


def test_the_link_opened_in_another_browser_says_so_before_it_is_used(desk: Desk) -> None:
    browser, form = desk.visitor(), filled(desk)
    for _ in range(2):  # the second press of an impatient hand changes nothing
        browser.post("/help/request", data=form)
    browser.post("/help/request", data=filled(desk, email="other@laurent.example"))
    desk.work()
    for address in (REQUEST["email"], "other@laurent.example"):
        path = link_in(mails(desk, address)[-1])
        assert "from another browser" not in sees(browser.get(path))
        assert "The request was sent from another browser." in sees(desk.visitor().get(path))
        assert "別のブラウザーから送信されました" in sees(desk.visitor("ja").get(path))
    assert evidence(desk, REQUEST["email"]) == "claimed"
    assert follow(desk.visitor(), link_in(mails(desk, REQUEST["email"])[-1])).status_code == 200


CHANGES = (lambda t: t[:-1] + ("a" if t[-1] != "a" else "b"), lambda t: "9" + t, lambda t: "x", lambda t: t.upper())


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_link_proves_nothing(desk: Desk, change: Callable[[str], str]) -> None:
    desk.visitor().post("/help/request", data=filled(desk))
    desk.work()
    head, _, token = link_in(mails(desk)[-1]).rpartition("/")
    assert desk.visitor().post(f"{head}/{change(token)}").status_code == 410


def test_what_is_wrong_is_named_and_what_was_typed_stays(desk: Desk) -> None:
    wrong = filled(desk, email="emma@", subject="", text="<b>Chipped</b> & sad")
    answer = desk.visitor().post("/help/request", data=wrong)
    assert answer.status_code == 422
    assert "&lt;b&gt;Chipped&lt;/b&gt; &amp; sad" in answer.text
    assert 'value="emma@"' in answer.text
    assert 'href="#f-email"' in answer.text
    assert 'id="f-email-wrong"' in answer.text
    assert 'id="f-text-wrong"' not in answer.text
    assert desk.received() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""),
        ("email", "emma"),
        ("email", "a@b"),
        ("email", "a b@c.example"),
        ("email", "x" * 250 + "@c.example"),
        ("email", "emma@laurent.example\r\nBcc: all@c.example"),
        ("email", "support@demo.madoguchi.example"),
        ("subject", " \u200b "),
        ("subject", "x" * 201),
        ("text", "\n \n"),
        ("text", "x" * 50_001),
        ("name", "x" * 101),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(desk: Desk, field: str, value: str) -> None:
    answer = desk.visitor().post("/help/request", data=filled(desk, **{field: value}))
    assert answer.status_code == 422
    assert f'id="f-{field}-wrong"' in answer.text
    assert desk.received() == []


def test_faults_are_told_in_japanese_to_a_japanese_reader(desk: Desk) -> None:
    answer = desk.visitor("ja").post("/help/request", data=filled(desk, email=""))
    assert "メールアドレスを入力してください。" in sees(answer)


def test_too_many_or_too_large_files_are_refused_with_the_text_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    eleven = [("files", (f"{n}.txt", b"x", "text/plain")) for n in range(11)]
    answer = desk.visitor().post("/help/request", data=filled(desk), files=eleven)
    assert answer.status_code == 422
    assert "at most 10 files" in sees(answer)
    assert REQUEST["subject"] in answer.text
    monkeypatch.setattr(fields, "IN_ALL", 1_048_576)
    large = [("files", ("big.bin", b"x" * 1_048_577, "application/octet-stream"))]
    answer = desk.visitor().post("/help/request", data=filled(desk), files=large)
    assert answer.status_code == 422
    assert "“big.bin” is too large" in sees(answer)


def test_a_program_that_fills_in_everything_is_stopped_and_a_person_can_mend_it(desk: Desk) -> None:
    browser = desk.visitor()
    answer = browser.post("/help/request", data=filled(desk, website="https://spam.example"))
    assert answer.status_code == 422
    assert desk.received() == []
    assert "data-shown" in answer.text, "the trap is shown, so that a person sees what is wrong"
    assert browser.post("/help/request", data=filled(desk)).status_code == 303


def test_a_form_sent_at_once_or_with_a_made_up_stamp_asks_for_one_more_press(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.portal.ask.QUICKEST", 5)
    for stamp in (filled(desk)["stamp"], "1.abc.def", ""):
        answer = desk.visitor().post("/help/request", data=filled(desk, stamp=stamp))
        assert answer.status_code == 422
        assert "press the button once more" in sees(answer)
    assert desk.received() == []


def test_the_same_form_sent_twice_is_one_request_and_a_changed_one_is_another(desk: Desk) -> None:
    browser, form = desk.visitor(), filled(desk)
    first, second = browser.post("/help/request", data=form), browser.post("/help/request", data=form)
    assert first.headers["location"] == second.headers["location"]
    assert len(desk.tickets()) == 1
    browser.post("/help/request", data={**form, "text": "And the pot has a crack as well."})
    assert len(desk.tickets()) == 2


def test_somebody_elses_address_in_the_form_shows_nothing_of_theirs(desk: Desk) -> None:
    desk.customer_writes("ayaka", "My secret question", subject="Secret")
    stranger = desk.visitor()
    answer = stranger.post("/help/request", data=filled(desk, email="ayaka@morishita.example"))
    shown = stranger.get(answer.headers["location"])
    assert "Secret" not in shown.text
    assert stranger.get("/help/requests").status_code == 303
    assert len(desk.tickets()) == 2, "an address that was only typed joins no ticket"


def test_a_form_from_another_site_is_refused(desk: Desk) -> None:
    answer = desk.visitor().post("/help/request", data=filled(desk), headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert desk.received() == []


def test_too_many_requests_from_one_place_wait_with_the_text_kept(desk: Desk) -> None:
    browser = desk.visitor()
    for number in range(20):
        assert browser.post("/help/request", data=filled(desk, email=f"e{number}@x.example")).status_code == 303
    answer = browser.post("/help/request", data=filled(desk, text="Kept for later"))
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Kept for later" in answer.text


def test_a_request_is_stored_before_it_is_confirmed_even_when_it_cannot_be_read_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("app.tickets.intake._apply_all", lambda *_: 1 / 0)
        answer = desk.visitor().post("/help/request", data=filled(desk))
    assert answer.headers["location"] == "/help/request/sent"
    assert "comes to you by mail" in sees(desk.visitor().get("/help/request/sent"))
    (received,) = desk.received()
    assert received.state == "received"
    with desk.read() as db:
        assert ledger.unaccounted(db) == 0, "its job is there"
    with clock.pretend(clock.now() + timedelta(minutes=5)):
        desk.work()
    assert desk.received()[0].state == "opened"
    assert desk.tickets()[0].subject == REQUEST["subject"]


def test_without_a_form_inbox_people_are_told_where_to_write(desk: Desk) -> None:
    with desk.write() as db:
        db.execute(sa.text("UPDATE inboxes SET active = false WHERE kind = 'form'"))
    page = desk.visitor().get("/help/request")
    assert page.status_code == 200
    assert "support@demo.madoguchi.example" in sees(page)
    assert desk.visitor().post("/help/request", data=filled(desk)).status_code == 404
