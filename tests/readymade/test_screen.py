"""Writing with what is kept ready, by keyboard alone: `/`, a form that asks, `:`, recipients, a macro."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.accounts import agents
from app.demo import cast
from app.main import House
from app.tickets import macros, signatures
from tests.browsing import screen
from tests.readymade.conftest import head, prepare
from tests.readymade.test_canned import SLIP
from tests.story import Desk, served

COMPOSING = "e => e.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, key: 'Enter', isComposing: true}))"


@pytest.fixture
def address(house: House, desk: Desk) -> Iterator[str]:
    """Where the desk runs, with its jobs and sockets."""
    with served(house) as address:
        yield address


def test_a_reply_is_put_together_by_keyboard(desk: Desk, address: str, browser: Browser, waiting: int) -> None:
    prepare(desk, name="発送のお知らせ", reading="はっそう", texts={"en": "Parcel {{?Number}}."}, files=[SLIP])
    with desk.write() as db:
        mio = agents.find(db, cast.STAFF["mio"].email)
        assert mio is not None
        signatures.change_own(db, mio, {"en": "Mio", "ja": ""})
        macros.save(db, mio, None, head(name="Refund", texts={"en": "It is paid."}), [{"do": "tag", "value": "x"}], "")
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{waiting}")
    page.locator("form[data-whom-ready]").wait_for()
    page.keyboard.press("r")
    body, listed = page.locator("textarea[name=body]"), page.locator(".mention-list")
    body.press_sequentially("Hello /hasso")
    expect(listed).to_contain_text("発送のお知らせ")
    body.evaluate(COMPOSING)
    expect(listed).to_be_visible()  # Enter belonged to the input method
    page.keyboard.press("Enter")
    expect(page.locator("dialog[data-asks] input")).to_be_focused()
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(body).to_have_value("Hello Parcel 12.")
    expect(page.locator("[data-files]")).to_contain_text("slip.txt")
    body.press_sequentially(" :きゅうす")
    expect(listed).to_contain_text("teapot")
    page.keyboard.press("Tab")
    expect(body).to_have_value("Hello Parcel 12. 🫖")
    page.keyboard.press("Escape")  # out of the text; then the key of the menu
    page.keyboard.press("w")
    expect(page.locator("#menu-macros .item", has_text="Refund")).to_be_visible()
    page.keyboard.type("refund")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[data-ask]")).to_contain_text("It is paid.")
    page.keyboard.press("Enter")
    expect(body).to_have_value("Hello Parcel 12. 🫖\n\nIt is paid.")
    expect(page.locator("#menu-tags")).to_contain_text("x")
    page.locator("[data-whom-open]").press("Enter")
    page.keyboard.type(f"{cast.BY_KEY['tom'].email},")
    expect(page.locator("[data-chips=cc] [data-address]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(body).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".talk")).to_contain_text("It is paid.")
    message = desk.messages(waiting)[-1]
    assert message.text == "Hello Parcel 12. 🫖\n\nIt is paid.\n\nMio"
    assert message.recipients["cc"] == [[cast.BY_KEY["tom"].email, cast.BY_KEY["tom"].name]]
