"""My requests: one's own and nobody else's, never a note, closed and reopened, with files."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.customers import identities
from app.demo import cast
from app.portal import sessions
from app.tickets import attachments, merging, replies
from app.tickets.attachments import Upload
from app.tickets.models import Attachment, Ticket, TicketLink
from tests.portal.walk import filled, sees
from tests.story import Desk

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def signed_in(desk: Desk, who: str) -> TestClient:
    with desk.write() as db:
        identity = identities.find(db, "email", cast.BY_KEY[who].email)
        assert identity is not None
        token = sessions.begin(db, identity)
    browser = desk.visitor(cast.BY_KEY[who].locale)
    browser.cookies.set("help", token)
    return browser


@pytest.fixture
def asked(desk: Desk) -> Ticket:
    desk.customer_writes(
        "hannah",
        "The cups came. One is chipped.",
        subject="Chipped cup",
        attachments=(("cup.png", "image/png", PNG), ("run.html", "text/html", b"<script>1</script>")),
    )
    return desk.tickets()[0]


def test_a_customer_sees_own_requests_only(desk: Desk, asked: Ticket) -> None:
    desk.customer_writes("ayaka", "急須の網だけ交換できますか。", subject="急須の網")
    hannah, ayaka = signed_in(desk, "hannah"), signed_in(desk, "ayaka")
    assert "Chipped cup" in sees(hannah.get("/help/requests"))
    assert "急須の網" not in sees(hannah.get("/help/requests"))
    path = f"/help/requests/{asked.public_id}"
    assert ayaka.get(path).status_code == 404
    assert ayaka.post(path, data=filled(desk, text="Mine now")).status_code == 404
    assert ayaka.post(f"{path}/solve").status_code == 404
    assert ayaka.post(f"{path}/reopen").status_code == 404
    assert [m.direction for m in desk.messages(asked.id)].count("in") == 1


def test_the_number_of_a_ticket_opens_nothing(desk: Desk, asked: Ticket) -> None:
    assert signed_in(desk, "hannah").get(f"/help/requests/{asked.id}").status_code == 404


def test_who_was_in_copy_reads_nothing(desk: Desk) -> None:
    desk.customer_writes("hannah", "See below", subject="With a copy", cc="ayaka@morishita.example")
    ticket = desk.tickets()[0]
    ayaka = signed_in(desk, "ayaka")
    assert ayaka.get(f"/help/requests/{ticket.public_id}").status_code == 404
    assert "With a copy" not in sees(ayaka.get("/help/requests"))


def test_files_are_for_their_owner_and_never_run(desk: Desk, asked: Ticket) -> None:
    with desk.read() as db:
        cup, page = db.scalars(sa.select(Attachment).order_by(Attachment.id)).all()
    hannah = signed_in(desk, "hannah")
    got = hannah.get(f"/help/files/{cup.public_id}")
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, PNG, "image/png")
    got = hannah.get(f"/help/files/{page.public_id}")
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert signed_in(desk, "ayaka").get(f"/help/files/{cup.public_id}").status_code == 404
    assert desk.visitor().get(f"/help/files/{cup.public_id}").status_code == 303


def test_a_file_of_a_note_does_not_exist_for_the_customer(desk: Desk, asked: Ticket) -> None:
    with desk.write() as db:
        agent = desk.agent("yuki")
        note = replies.note(
            db, db.get_one(Ticket, asked.id), agent, "Look", uploads=[Upload("inner.png", "image/png", PNG)]
        )
        file = db.scalars(sa.select(Attachment).where(Attachment.note_id == note.id)).one()
    hannah = signed_in(desk, "hannah")
    assert hannah.get(f"/help/files/{file.public_id}").status_code == 404
    assert "inner.png" not in hannah.get(f"/help/requests/{asked.public_id}").text


def test_a_japanese_file_name_survives(desk: Desk, asked: Ticket) -> None:
    hannah = signed_in(desk, "hannah")
    path = f"/help/requests/{asked.public_id}"
    hannah.post(path, data=filled(desk, text=""), files=[("files", ("湯呑み\u202egnp.png", PNG, "image/png"))])
    with desk.read() as db:
        file = db.scalars(sa.select(Attachment).order_by(Attachment.id.desc())).first()
    assert file is not None
    assert file.filename == "湯呑みgnp.png"
    header = hannah.get(f"/help/files/{file.public_id}").headers["content-disposition"]
    assert "filename*=UTF-8''%E6%B9%AF%E5%91%91%E3%81%BFgnp.png" in header


def test_a_customer_closes_and_reopens(desk: Desk, asked: Ticket) -> None:
    hannah, path = signed_in(desk, "hannah"), f"/help/requests/{asked.public_id}"
    desk.agent_replies("mio", asked.id, "A new cup is on its way.")
    assert hannah.post(f"{path}/solve").status_code == 303
    assert desk.ticket(asked.id).status == "solved"
    page = sees(hannah.get(path))
    assert "Solved for now" in page
    assert "You closed this request" in page
    assert hannah.post(f"{path}/reopen").status_code == 303
    found = desk.ticket(asked.id)
    assert (found.status, found.reopened, found.shelf) == ("open", 1, "desk")
    assert "Opened again" in sees(hannah.get(path))


def test_a_reply_reopens_a_solved_request(desk: Desk, asked: Ticket) -> None:
    hannah, path = signed_in(desk, "hannah"), f"/help/requests/{asked.public_id}"
    hannah.post(f"{path}/solve")
    hannah.post(path, data=filled(desk, text="It broke again."))
    assert desk.ticket(asked.id).status == "open"


def test_a_reply_to_a_closed_request_opens_a_linked_one_and_leads_there(desk: Desk, asked: Ticket) -> None:
    from app.tickets import lifecycle

    with desk.write() as db:
        lifecycle.set_status(db, db.get_one(Ticket, asked.id), "closed")
    hannah, path = signed_in(desk, "hannah"), f"/help/requests/{asked.public_id}"
    assert hannah.post(f"{path}/reopen").status_code == 409
    answer = hannah.post(path, data=filled(desk, text="One more thing."))
    new = desk.tickets()[-1]
    assert new.id != asked.id
    assert answer.headers["location"] == f"/help/requests/{new.public_id}?sent=1"
    with desk.read() as db:
        assert db.get(TicketLink, {"ticket_id": new.id, "other_id": asked.id}) is not None
    assert desk.ticket(asked.id).status == "closed"


def test_an_empty_reply_is_refused_and_a_double_press_counts_once(desk: Desk, asked: Ticket) -> None:
    hannah, path = signed_in(desk, "hannah"), f"/help/requests/{asked.public_id}"
    empty = hannah.post(path, data=filled(desk, text="  "))
    assert empty.status_code == 422
    assert "Please write something first." in sees(empty)
    form = filled(desk, text="Twice")
    hannah.post(path, data=form)
    hannah.post(path, data=form)
    assert [m.text for m in desk.messages(asked.id)].count("Twice") == 1


def test_hostile_text_is_shown_as_text(desk: Desk) -> None:
    desk.customer_writes("hannah", "<script>alert(1)</script> <img src=x onerror=1>", subject="<b>Bold</b>")
    hannah = signed_in(desk, "hannah")
    for path in ("/help/requests", f"/help/requests/{desk.tickets()[0].public_id}", "/help"):
        page = hannah.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>Bold" not in page


def test_a_signed_in_customer_asks_without_typing_the_address(desk: Desk, asked: Ticket) -> None:
    hannah = signed_in(desk, "hannah")
    form = filled(desk, subject="Second", email="someone@else.example", name="Somebody")
    answer = hannah.post("/help/request", data=form)
    new = desk.tickets()[-1]
    assert answer.headers["location"] == f"/help/requests/{new.public_id}?sent=1"
    assert new.requester_id == asked.requester_id, "who is signed in is who asks, whatever the form says"


def test_many_requests_are_shown_page_by_page(desk: Desk) -> None:
    for number in range(27):
        desk.customer_writes("hannah", "Hello", subject=f"Matter {number:02}")
    hannah = signed_in(desk, "hannah")
    first = hannah.get("/help/requests").text
    assert "Matter 26" in first
    assert "Matter 01" not in first
    oldest_shown = desk.tickets()[2].id
    older = hannah.get(f"/help/requests?before={oldest_shown}").text
    assert "Matter 01" in older
    assert "Matter 26" not in older


def test_the_language_is_chosen_by_a_cookie(desk: Desk) -> None:
    browser = desk.visitor("en")
    assert "How can we help?" in sees(browser.get("/help"))
    assert browser.get("/help/language/ja?next=/help/request").headers["location"] == "/help/request"
    assert "どのようなご用件でしょうか" in sees(browser.get("/help"))
    assert browser.get("/help/language/ja?next=https://evil.example").headers["location"] == "/help"
    assert browser.get("/help/language/xx").status_code == 404


def test_pages_are_private_and_carry_the_policy(desk: Desk, asked: Ticket) -> None:
    hannah = signed_in(desk, "hannah")
    for path in ("/help", "/help/request", "/help/requests", f"/help/requests/{asked.public_id}", "/help/nowhere"):
        answer = hannah.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "style=" not in answer.text


def test_the_shop_is_there_on_a_demo_desk_only(desk: Desk) -> None:
    assert desk.visitor().get("/shop").status_code == 404


@pytest.mark.desk(demo=True)
def test_the_demo_shop_has_the_chat(desk: Desk) -> None:
    page = desk.visitor().get("/shop")
    assert page.status_code == 200
    assert f'data-inbox="{desk.inbox("chat").public_id}"' in page.text


def test_attachment_names_are_cleaned() -> None:
    assert attachments.clean_filename("../../etc/passwd") == "passwd"


def test_a_request_that_was_merged_opens_where_it_went(desk: Desk, asked: Ticket) -> None:
    into = desk.customer_writes("hannah", "It is the blue one.", subject="The blue cup").ticket_id or 0
    foreign = desk.customer_writes("ayaka", "急須の網だけ交換できますか。", subject="急須の網").ticket_id or 0
    with desk.write() as db:
        merging.merge(db, desk.agent("mio"), db.get_one(Ticket, asked.id), db.get_one(Ticket, into))
    hannah = signed_in(desk, "hannah")
    page = sees(hannah.get(f"/help/requests/{asked.public_id}"))
    assert "The blue cup" in page
    assert "One is chipped." in page
    with desk.write() as db:
        merging.merge(db, desk.agent("mio"), db.get_one(Ticket, into), db.get_one(Ticket, foreign))
    assert hannah.get(f"/help/requests/{asked.public_id}").status_code == 404  # another's ticket stays another's


def test_marks_of_the_desk_are_drawn_and_those_of_the_customer_stay(desk: Desk) -> None:
    asked = desk.ticket(desk.customer_writes("hannah", "Is it **urgent**?", subject="Marks").ticket_id or 0)
    desk.agent_replies("mio", asked.id, "It is **on its way**: <b>today</b>")
    page = signed_in(desk, "hannah").get(f"/help/requests/{asked.public_id}").text
    assert "It is <strong>on its way</strong>: &lt;b&gt;today&lt;/b&gt;" in page
    assert "Is it **urgent**?" in page
