"""Looking closely: attachments in the page, a message with its headers and source, and handing it on outside."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from app.channels.email import catcher
from app.tickets.models import Attachment
from tests.browsing import calm, screen
from tests.story import Desk

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
FILES = (
    ("order.csv", "text/csv", "品名,数\n急須,1\n".encode("cp932")),
    ("invoice.pdf", "application/pdf", PDF),
    ("page.html", "text/html", b"<script>alert(1)</script>"),
    ("fake.pdf", "application/pdf", b"<html><script>alert(1)</script>"),
    ("tool.exe", "application/octet-stream", b"MZ\x90"),
)


@pytest.fixture
def carrying(desk: Desk) -> int:
    """A ticket whose message carries files of all kinds."""
    return desk.customer_writes("hannah", "See the files.", subject="Files", attachments=FILES).ticket_id or 0


def files_of(desk: Desk, ticket: int) -> dict[str, str]:
    with desk.read() as db:
        rows = db.execute(sa.select(Attachment.filename, Attachment.public_id).where(Attachment.ticket_id == ticket))
        return dict(rows.all())


def test_texts_and_pdfs_are_looked_at_and_nothing_is_run(desk: Desk, mio: TestClient, carrying: int) -> None:
    found = files_of(desk, carrying)
    table = mio.get(f"/console/files/{found['order.csv']}/look")
    assert "急須,1" in table.text
    assert table.headers["content-type"] == "text/plain; charset=utf-8"
    assert table.headers["content-security-policy"].startswith("sandbox;")
    page = mio.get(f"/console/files/{found['page.html']}/look")
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    pdf = mio.get(f"/console/files/{found['invoice.pdf']}/look")
    assert (pdf.headers["content-type"], pdf.content) == ("application/pdf", PDF)
    for name in ("fake.pdf", "tool.exe"):
        assert mio.get(f"/console/files/{found[name]}/look").status_code == 404
    assert mio.get(f"/console/tickets/{carrying}").text.count('data-look-at="text"') == 2


def test_files_of_a_ticket_one_may_not_see_are_not_found(desk: Desk, carrying: int) -> None:
    url = f"/console/files/{files_of(desk, carrying)['order.csv']}/look"
    assert desk.visitor().get(url).status_code == 401
    assert desk.signed_in("mio").get("/console/files/nothing/look").status_code == 404


def test_a_message_tells_its_headers_its_source_and_why_it_is_here(desk: Desk, mio: TestClient) -> None:
    odd = {"X-Odd": "=?utf-8?b?5oCl6aCI?= <b>", "X-Mailer": "Tests"}
    ticket = desk.customer_writes("hannah", "The lid is loose.", subject="A lid", headers=odd).ticket_id or 0
    [first] = [m for m in desk.messages(ticket) if m.direction == "in"]
    page = mio.get(f"/console/messages/{first.id}").text
    assert "The first message of this matter." in page
    assert "急須 &lt;b&gt;" in page
    assert "X-Mailer" in page
    source = mio.get(f"/console/messages/{first.id}/source")
    assert b"X-Mailer: Tests" in source.content
    assert source.headers["content-disposition"].startswith("attachment")
    for path in ("", "/source"):
        assert desk.visitor().get(f"/console/messages/{first.id}{path}").status_code == 401
        assert mio.get(f"/console/messages/999999{path}").status_code == 404


def test_a_message_is_handed_on_and_the_customer_learns_nothing(desk: Desk, mio: TestClient, carrying: int) -> None:
    desk.agent_notes("mio", carrying, "Between us: a secret")
    desk.agent_replies("mio", carrying, "I am asking our workshop.")
    before = desk.ticket(carrying)
    form = {"to": "Workshop <potter@kiln.example>", "text": "Can you **help**?", "files": "1"}
    assert mio.post(f"/console/tickets/{carrying}/forward", data=form).is_redirect
    desk.work()
    data = desk.house.settings.data
    mail = catcher.read_mail(data, catcher.list_mails(data)[0].name)
    said = dict(mail.headers)
    assert said["To"] == "Workshop <potter@kiln.example>"
    assert said["Subject"] == "Fwd: Files"
    assert "> See the files." in (mail.text or "")
    assert "> I am asking our workshop." in (mail.text or "")
    assert "secret" not in str(mail.raw)
    assert "order.csv" in str(mail.raw)
    page = mio.get(f"/console/tickets/{carrying}").text
    assert "Mio Tanabe forwarded this to potter@kiln.example" in page
    now = desk.ticket(carrying)
    assert (now.status, now.first_response_at, now.messages_count) == (
        before.status,
        before.first_response_at,
        before.messages_count,
    )
    assert "forwarded messages to potter@kiln.example" in mio.get(f"/console/tickets/{carrying}/history").text


@pytest.mark.parametrize(
    ("to", "sentence"),
    [("", "Say to whom this goes."), ("no address", "is not a mail address"), ("support@demo", "not a mail address")],
)
def test_a_forward_without_an_address_keeps_what_was_typed(
    desk: Desk, mio: TestClient, waiting: int, to: str, sentence: str
) -> None:
    refused = mio.post(f"/console/tickets/{waiting}/forward", data={"to": to, "text": "Can you help?"})
    assert refused.status_code == 422
    assert sentence in refused.text
    assert "Can you help?" in refused.text


def test_only_those_who_write_hand_on(desk: Desk, waiting: int) -> None:
    url, form = f"/console/tickets/{waiting}/forward", {"to": "a@b.example", "text": ""}
    assert desk.signed_in("haruka").post(url, data=form).status_code in (403, 404)
    assert desk.visitor().get(url).status_code == 401
    other = desk.customer_writes("tom", "Hello", subject="Other").ticket_id or 0
    [message] = [m.id for m in desk.messages(other) if m.direction == "in"]
    assert desk.signed_in("mio").post(url, data={**form, "message": str(message)}).status_code == 422


@pytest.mark.browser
def test_a_file_is_looked_at_by_keyboard(desk: Desk, address: str, browser: Browser, carrying: int) -> None:
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{carrying}")
    link = page.locator("a.file", has_text="order.csv")
    link.focus()
    page.keyboard.press("Enter")
    viewer = page.locator("dialog[data-viewer]")
    expect(viewer.locator("h2")).to_have_text("order.csv")
    expect(viewer.frame_locator("iframe").locator("body")).to_contain_text("急須,1")
    page.keyboard.press("ArrowRight")
    expect(viewer.locator("h2")).to_have_text(re.compile("invoice.pdf"))
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(link).to_be_focused()
    calm(page)
