"""Marks in the composer: the preview is what leaves, the thread shows what was sent, rich text is pasted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, expect
from starlette.testclient import TestClient

from app.channels.email import catcher
from tests.browsing import calm, screen
from tests.console.conftest import HX
from tests.story import Desk

MARKED = "これは**「重要」**です。\n\n- one\n- <b>two</b>"
DRAWN = "<strong>「重要」</strong>"


def test_the_preview_is_what_leaves_and_what_the_thread_shows(desk: Desk, mio: TestClient, waiting: int) -> None:
    url = f"/console/tickets/{waiting}"
    seen = mio.post(f"{url}/preview", data={"kind": "reply", "body": MARKED}, headers=HX).text
    html = re.search(r'<div class="text" lang="\w+">(.*)</div>', seen, re.DOTALL)
    assert html is not None
    assert DRAWN in html[1]
    assert "&lt;b&gt;" in html[1]
    desk.agent_replies("mio", waiting, MARKED)
    data = desk.house.settings.data
    sent = catcher.read_mail(data, catcher.list_mails(data)[0].name)
    assert html[1].strip() in (sent.html or "").replace("\r\n", "\n")
    assert DRAWN in mio.get(url).text


def test_a_preview_has_the_signature_where_one_is_sent(desk: Desk, mio: TestClient, waiting: int) -> None:
    form = {"kind": "reply", "body": "Hello", "signed": "1", "signature": "-- \n**Mio**"}
    url = f"/console/tickets/{waiting}/preview"
    assert "<strong>Mio</strong>" in mio.post(url, data=form, headers=HX).text
    assert "Mio" not in mio.post(url, data={**form, "kind": "note"}, headers=HX).text
    assert "Nothing is written yet." in mio.post(url, data={"kind": "note", "body": " "}, headers=HX).text
    assert "This text is too long." in mio.post(url, data={"kind": "note", "body": "x" * 200_001}, headers=HX).text


def test_nobody_previews_on_a_ticket_that_is_not_theirs(desk: Desk, waiting: int) -> None:
    url = f"/console/tickets/{waiting}/preview"
    assert desk.signed_in("haruka").post(url, data={"body": "x"}).status_code in (403, 404)
    assert desk.visitor().post(url, data={"body": "x"}).status_code == 401
    assert desk.signed_in("mio").post("/console/tickets/999999/preview", data={"body": "x"}).status_code == 404


def test_a_megabyte_is_refused_by_its_field(desk: Desk, mio: TestClient, waiting: int) -> None:
    form = {"kind": "reply", "body": "あ" * 400_000, "seen": "999999"}
    refused = mio.post(f"/console/tickets/{waiting}/write", data=form, headers=HX, files={"files": ("a.txt", b"a")})
    assert (refused.status_code, "This text is too long." in refused.text) == (422, True)
    refused = mio.post(
        f"/console/tickets/{waiting}/write", data={**form, "kind": "note", "body": "x" * 300_000}, headers=HX
    )
    assert (refused.status_code, "This text is too long." in refused.text) == (422, True)


@pytest.mark.browser
def test_marks_by_keyboard_and_rich_text_pasted(desk: Desk, address: str, browser: Browser, waiting: int) -> None:
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{waiting}")
    body = page.locator("textarea[name=body]")
    body.fill("It is here")
    body.evaluate("e => e.setSelectionRange(6, 10)")
    page.keyboard.press("Control+b")
    expect(body).to_have_value("It is **here**")
    page.keyboard.press("Control+b")
    expect(body).to_have_value("It is here")
    page.keyboard.press("Control+z")
    expect(body).to_have_value("It is **here**")
    paste(body, "<p>Dear <b>Hannah</b>,</p><ul><li>one</li><li><a href='https://a.example/x'>two</a></li></ul>", "Dear")
    expect(body).to_have_value(re.compile(r"Dear \*\*Hannah\*\*,\n\n- one\n- \[two\]\(https://a\.example/x\)"))
    page.keyboard.press("Control+Shift+p")
    preview = page.locator("[data-preview]")
    expect(preview.locator("strong").last).to_have_text("Hannah")
    expect(preview).to_be_focused()
    page.keyboard.press("Escape")
    expect(body).to_be_focused()
    paste(body, "", "x" * 300_000)
    expect(page.locator("[data-files] b")).to_have_text("pasted text.txt")
    calm(page)


def paste(body: Locator, html: str, plain: str) -> None:
    body.evaluate(
        """(e, [html, plain]) => {
            const data = new DataTransfer();
            data.setData('text/plain', plain);
            if (html) data.setData('text/html', html);
            e.focus(); e.setSelectionRange(e.value.length, e.value.length);
            e.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        [html, plain],
    )
