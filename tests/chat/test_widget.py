"""The widget in a real browser: live both ways, and nothing lost or doubled by reloads and lost networks."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Route, expect

from app.channels.inboxes import Inbox
from app.demo import cast
from tests.browsing import open_context
from tests.story import Desk

pytestmark = [pytest.mark.browser, pytest.mark.desk(demo=True)]

LAUNCHER = "[data-madoguchi] button.launch"


def opened(context: BrowserContext) -> tuple[Page, FrameLocator]:
    page = context.new_page()
    page.goto("/shop")
    page.locator(LAUNCHER).click()
    chat = page.frame_locator("[data-madoguchi] iframe")
    expect(chat.locator("#text")).to_be_focused()
    return page, chat


def says(chat: FrameLocator, text: str) -> None:
    chat.locator("#text").fill(text)
    chat.locator("#text").press("Enter")


def texts(desk: Desk) -> list[str]:
    return [m.text for ticket in desk.tickets() for m in desk.messages(ticket.id) if m.direction == "in"]


def sent(chat: FrameLocator, text: str) -> Any:
    """A message of the visitor that the desk has read in."""
    return chat.locator(".me[data-id]", has_text=text)


def test_a_chat_is_live_both_ways_and_a_reload_keeps_it(desk: Desk, context: BrowserContext) -> None:
    page, chat = opened(context)
    expect(chat.locator("[data-greeting]")).to_contain_text(cast.CHAT["greeting"]["en"])
    says(chat, "Only the lid is chipped.")
    expect(sent(chat, "Only the lid")).to_be_visible()
    assert texts(desk) == ["Only the lid is chipped."]

    desk.agent_notes("yuki", desk.tickets()[0].id, "Third lid this month")
    desk.agent_replies("mio", desk.tickets()[0].id, "Could you show me the edge?")
    expect(chat.locator(".turn", has_text="show me the edge")).to_contain_text("Mio Tanabe")

    page.reload()
    page.locator(LAUNCHER).click()
    expect(chat.locator(".me")).to_have_count(1)
    expect(chat.locator(".turn", has_text="show me the edge")).to_have_count(1)
    assert "Third lid" not in chat.locator("body").inner_text()
    expect(sent(chat, "Only the lid")).to_have_count(1)


def test_what_the_visitor_saw_is_known_to_the_desk(desk: Desk, context: BrowserContext) -> None:
    page, chat = opened(context)
    says(chat, "Hello?")
    expect(sent(chat, "Hello?")).to_be_visible()
    with page.expect_response(lambda r: r.url.partition("?")[0].endswith("/seen") and r.status == 204):
        desk.agent_replies("mio", desk.tickets()[0].id, "Hello!")
    assert desk.deliveries(desk.tickets()[0].id)[0].state == "read"


def test_a_closed_chat_counts_what_is_new_on_its_button(desk: Desk, context: BrowserContext) -> None:
    page, chat = opened(context)
    says(chat, "Hello?")
    expect(sent(chat, "Hello?")).to_be_visible()
    chat.locator("[data-close]").click()
    expect(page.locator(LAUNCHER)).to_be_focused()
    desk.agent_replies("mio", desk.tickets()[0].id, "Hello!")
    expect(page.locator(".count")).to_have_text("1")
    expect(page.locator(LAUNCHER)).to_have_attribute("aria-label", "Open chat, 1 new")
    page.locator(LAUNCHER).click()
    expect(page.locator(".count")).to_be_hidden()


def test_what_is_written_offline_is_kept_over_a_reload_and_sent_once(desk: Desk, context: BrowserContext) -> None:
    page, chat = opened(context)
    says(chat, "First")
    expect(sent(chat, "First")).to_be_visible()
    messages = re.compile(r".*/widget/[^/]+/messages.*")
    context.route(messages, lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    says(chat, "Second")
    says(chat, "Third")
    expect(chat.locator('.me[data-state="waiting"]')).to_have_count(2)
    assert texts(desk) == ["First"]

    page.reload()
    page.locator(LAUNCHER).click()
    expect(chat.locator('.me[data-state="waiting"], .me[data-state="sending"]')).to_have_count(2)
    context.unroute(messages)
    page.reload()
    page.locator(LAUNCHER).click()
    expect(sent(chat, "Third")).to_be_visible()
    expect(chat.locator(".me .say")).to_have_text(["First", "Second", "Third"])
    assert texts(desk) == ["First", "Second", "Third"]


def test_a_message_whose_answer_got_lost_is_sent_again_and_stored_once(desk: Desk, context: BrowserContext) -> None:
    _, chat = opened(context)
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
            return
        lost.append(route.fetch().text())  # it arrives, and the answer never does
        route.abort()

    context.route(re.compile(r".*/widget/[^/]+/messages.*"), lose)
    says(chat, "Did this arrive?")
    expect(sent(chat, "Did this arrive?")).to_be_visible()
    expect(chat.locator(".me")).to_have_count(1)
    assert len(lost) == 1
    assert texts(desk) == ["Did this arrive?"]
    assert len(desk.received()) == 1


def test_a_message_that_is_refused_says_so_and_can_be_discarded(desk: Desk, context: BrowserContext) -> None:
    _, chat = opened(context)
    said = {"status": 422, "json": {"error": "No.", "fields": {"text": "This text is too long."}}}
    context.route(
        re.compile(r".*/widget/[^/]+/messages.*"),
        lambda route: route.fulfill(**said) if route.request.method == "POST" else route.continue_(),
    )
    says(chat, "Too long a story")
    failed = chat.locator('.me[data-state="failed"]')
    expect(failed).to_contain_text("Not sent: This text is too long.")
    failed.get_by_role("button", name="Discard").click()
    expect(chat.locator(".me")).to_have_count(0)


def test_two_windows_of_one_visitor_show_the_same(desk: Desk, context: BrowserContext) -> None:
    _, first = opened(context)
    says(first, "From the first window")
    expect(sent(first, "From the first")).to_be_visible()
    _, second = opened(context)
    expect(second.locator(".me")).to_have_text([re.compile("From the first window")])
    says(second, "From the second window")
    expect(first.locator(".me .say")).to_have_text(["From the first window", "From the second window"])
    assert len(desk.tickets()) == 1


def test_a_picture_goes_out_and_is_seen(desk: Desk, context: BrowserContext) -> None:
    page, chat = opened(context)
    picture = page.screenshot(clip={"x": 0, "y": 0, "width": 80, "height": 60})
    chat.locator("input[type=file]").set_input_files({"name": "lid.png", "mimeType": "image/png", "buffer": picture})
    expect(chat.locator("[data-chosen] li")).to_contain_text("lid.png")
    chat.locator(".go").click()
    expect(chat.locator(".me .parts img")).to_have_attribute("alt", "lid.png")


def test_enter_while_japanese_is_being_composed_sends_nothing(desk: Desk, context: BrowserContext) -> None:
    _, chat = opened(context)
    chat.locator("#text").fill("きゅうす")
    for init in ("isComposing: true", "keyCode: 229"):
        event = f"new KeyboardEvent('keydown', {{ key: 'Enter', {init}, bubbles: true, cancelable: true }})"
        chat.locator("#text").evaluate(f"e => e.dispatchEvent({event})")
    expect(chat.locator("#text")).to_have_value("きゅうす")
    expect(chat.locator(".me")).to_have_count(0)


def test_hostile_text_stays_text(desk: Desk, context: BrowserContext) -> None:
    _, chat = opened(context)
    says(chat, "Hello?")
    expect(sent(chat, "Hello?")).to_be_visible()
    hostile = '<img src=x onerror=alert(1)> javascript:alert(1) https://a.example/"onmouseover="x'
    desk.agent_replies("mio", desk.tickets()[0].id, hostile)
    answer = chat.locator(".turn", has_text="onerror")
    expect(answer).to_contain_text(hostile)
    expect(answer.locator("img")).to_have_count(0)
    expect(answer.locator("a")).to_have_attribute("href", "https://a.example/")


def test_the_visitor_may_leave_an_address_and_is_not_asked_again(desk: Desk, context: BrowserContext) -> None:
    page, chat = opened(context)
    expect(chat.locator("[data-contact]")).to_be_hidden()
    says(chat, "Hello?")
    chat.locator("#c-email").fill("emma@")
    chat.locator("#c-email").press("Enter")
    expect(chat.locator("[data-contact] [data-wrong]")).to_contain_text("not a complete e-mail address")
    chat.locator("#c-email").fill("emma@laurent.example")
    chat.locator("#c-email").press("Enter")
    expect(chat.locator("[data-contact]")).to_be_hidden()
    expect(chat.locator(".event")).to_contain_text("emma@laurent.example")
    page.reload()
    page.locator(LAUNCHER).click()
    expect(sent(chat, "Hello?")).to_be_visible()
    expect(chat.locator("[data-contact]")).to_be_hidden()


def test_escape_closes_and_the_page_may_open(desk: Desk, context: BrowserContext) -> None:
    page, chat = opened(context)
    chat.locator("#text").press("Escape")
    expect(page.locator(".panel")).to_be_hidden()
    page.locator("[data-open-chat]").click()
    expect(chat.locator("#text")).to_be_focused()


def test_a_word_from_another_origin_is_not_heard(desk: Desk, context: BrowserContext) -> None:
    page, chat = opened(context)
    forged = "new MessageEvent('message', {{ data: {{ madoguchi: '{}' }}, origin: 'https://evil.example' }})"
    page.evaluate(f"dispatchEvent({forged.format('close')})")
    expect(page.locator(".panel")).to_be_visible()
    chat.locator("[data-close]").click()
    says_open = forged.format("open")
    chat.locator("#text").evaluate(f"e => {{ e.blur(); dispatchEvent({says_open}); }}")
    assert chat.locator("#text").evaluate("e => document.activeElement === e") is False


def allow(desk: Desk, *origins: str) -> None:
    with desk.write() as db:
        inbox = db.scalars(sa.select(Inbox).where(Inbox.kind == "chat")).one()
        inbox.settings = {"origins": list(origins)}


def test_the_chat_works_on_somebody_elses_page_in_its_language(desk: Desk, context: BrowserContext, shop: str) -> None:
    allow(desk, shop)
    page = context.new_page()
    page.goto(f"{shop}/tea")
    page.locator(LAUNCHER).click()
    chat = page.frame_locator("[data-madoguchi] iframe")
    expect(chat.locator("#text")).to_be_focused()
    says(chat, "こんにちは")
    expect(sent(chat, "こんにちは")).to_be_visible()
    ticket = desk.tickets()[0]
    assert ticket.locale == "ja"
    assert desk.messages(ticket.id)[0].meta["page"] == f"{shop}/tea"
    desk.agent_replies("yuki", ticket.id, "いらっしゃいませ。")
    expect(chat.locator(".turn", has_text="いらっしゃいませ")).to_be_visible()
    chat.locator("[data-close]").click()
    expect(page.locator(".panel")).to_be_hidden()


def test_a_page_that_the_inbox_does_not_name_cannot_frame_the_chat(
    desk: Desk, browser: Browser, address: str, shop: str
) -> None:
    allow(desk, "https://other.example")
    context = open_context(browser)  # this one is expected to complain
    page = context.new_page()
    with page.expect_event("console", lambda said: "frame-ancestors" in said.text):
        page.goto(shop)
        page.locator(LAUNCHER).click()
    expect(page.frame_locator("[data-madoguchi] iframe").locator("#text")).to_have_count(0)
    context.close()


@pytest.mark.parametrize("path", ["/help", "/help/request", "/help/sign-in", "/shop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(context: BrowserContext, path: str, scheme: str) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(path)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chat_is_accessible(desk: Desk, context: BrowserContext, scheme: str) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"/widget/{desk.inbox('chat').public_id}")
    page.locator("#text").fill("Hello?")
    page.locator("#text").press("Enter")
    page.locator("[data-contact]:not([hidden])").wait_for()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", ["/help", "/help/request", "/help/sign-in", "/help/sign-in/sent", "/shop"])
def test_nothing_is_wider_than_a_phone(context: BrowserContext, path: str) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
