"""The main job, as people do it: a mail comes in, an agent answers it live, the customer rates it."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import email.utils
import re
import smtplib
import time
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app import main
from app.demo import cast
from tests.browsing import open_context, sign_in
from tests.ports import free_port
from tests.story import Desk, served

pytestmark = pytest.mark.browser

WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "agent": "mio",
        "from": "Nora Weiss <nora@weiss.example>",
        "subject": "My teapot has not arrived",
        "text": "Is it on its way? I ordered it on Monday.",
        "reply": "Dear Nora, it left Uji this morning.",
        "answer": "Wonderful, thank you!",
        "comment": "Fast and kind",
    },
    "ja": {
        "agent": "kenji",
        "from": "佐々木 美咲 <misaki@sasaki.example>",
        "subject": "急須がまだ届きません",
        "text": "月曜日に注文しました。もう発送されましたでしょうか。",
        "reply": "佐々木様　今朝、宇治から発送いたしました。",
        "answer": "ありがとうございます。安心しました。",
        "comment": "早くて助かりました",
    },
}


@pytest.fixture
def smtp_port() -> int:
    return free_port()


@pytest.fixture
def desk_settings(desk_settings: main.Settings, smtp_port: int) -> main.Settings:
    return dataclasses.replace(
        desk_settings,
        smtp_in_port=smtp_port,
        survey_delay_minutes=0,
        demo=True,
        port=(port := free_port()),
        base_url=f"http://127.0.0.1:{port}",
    )


@pytest.fixture
def base(house: main.House) -> Iterator[str]:
    """The desk, running, with the demo's cast."""
    told = Desk(house)
    told.people()
    with served(house) as address:
        yield address


def send(port: int, words: dict[str, Any], text: str, subject: str, answering: str | None = None) -> None:
    """What any mail program does."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = words["from"], cast.SUPPORT, subject
    mail["Message-ID"] = email.utils.make_msgid(domain="customer.example")
    if answering:
        mail["In-Reply-To"] = mail["References"] = answering
    mail.set_content(text)
    with smtplib.SMTP("127.0.0.1", port) as client:
        assert client.send_message(mail) == {}


def outbox(page: Page, base: str, wanted: str) -> email.message.EmailMessage:
    """The newest mail on /dev/outbox that contains a text, as its recipient gets it."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        page.goto(f"{base}/dev/outbox")
        for link in page.locator("main a[href^='/dev/outbox/']").all():
            name = str(link.get_attribute("href")).split("/")[3]
            with urllib.request.urlopen(f"{base}/dev/outbox/{name}/download") as answer:
                found = email.message_from_bytes(answer.read(), policy=email.policy.default)
            assert isinstance(found, EmailMessage)
            body = found.get_body(("plain",))
            if body and wanted in body.get_content():
                return found
        page.wait_for_timeout(150)
    raise AssertionError(f"no mail with {wanted!r} in the outbox")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_mail_comes_in_is_answered_live_and_the_answer_is_rated(
    browser: Browser, base: str, smtp_port: int, language: str
) -> None:
    words = WORDS[language]
    desk = open_context(browser, language)
    page, other = desk.new_page(), desk.new_page()
    sign_in(page, base, words["agent"])
    page.goto(f"{base}/console/views/open")

    send(smtp_port, words, words["text"], words["subject"])
    row = page.locator(".list, [data-list], main").get_by_text(words["subject"]).first
    expect(row).to_be_visible()  # by itself: nobody reloaded

    row.click()
    expect(page.locator(".thread").get_by_text(words["text"])).to_be_visible()
    page.locator("textarea[name=body]").fill(words["reply"])
    page.keyboard.press("Control+Enter")
    expect(page.locator(".thread").get_by_text(words["reply"]).first).to_be_visible()
    ticket = page.url
    number = re.search(r"/tickets/(\d+)", ticket)
    assert number

    answer = outbox(other, base, words["reply"])
    assert "@customer.example" in answer["In-Reply-To"]
    assert answer["To"].addresses[0].addr_spec in words["from"]
    assert words["text"] in answer.get_body(("plain",)).get_content()  # type: ignore[union-attr]

    page.goto(ticket)
    send(smtp_port, words, words["answer"], f"Re: {words['subject']}", answering=answer["Message-ID"])
    expect(page.locator(".thread").get_by_text(words["answer"])).to_be_visible()

    page.locator("body").click(position={"x": 5, "y": 5})
    page.keyboard.press("e")
    survey = outbox(other, base, "/rate/")
    link = re.search(r"http://\S+/rate/[^\s?]+", survey.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert link

    customer = open_context(browser, language).new_page()
    customer.goto(f"{link[0]}?score=5")
    customer.fill("textarea[name=comment]", words["comment"])
    customer.locator("form.s-form button[type=submit]").click()
    expect(customer.locator("[role=status]")).to_be_visible()

    expect(page.get_by_text(words["comment"]).first).to_be_visible()  # live, on the agent's screen
    desk.close()
    customer.context.close()
