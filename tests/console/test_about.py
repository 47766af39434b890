"""What the desk knows of a customer, edited beside the ticket by several colleagues."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from tests.browsing import calm, screen
from tests.console.conftest import HX
from tests.story import Desk

FORM = {"name": "Hannah L.", "reading": "はんな", "company": "Café Fjord", "locale": "en", "note": "Prefers\nmornings."}


@pytest.mark.both
def test_a_customer_is_edited_and_found_by_the_new_name(desk: Desk, mio: TestClient, waiting: int) -> None:
    url = f"/console/tickets/{waiting}"
    assert mio.post(f"{url}/customer", data=FORM, headers=HX).status_code == 200
    page = mio.get(url).text
    for words in ("Hannah L.", "はんな", "Café Fjord", "Prefers\nmornings."):
        assert words in page
    assert "Hannah L." in mio.get("/console/palette", params={"q": "はんな"}).text
    assert "Hannah L." in mio.get(f"{url}/customer", headers=HX).text
    assert mio.post(f"{url}/customer", data={**FORM, "company": ""}).is_redirect
    assert "Café Fjord" not in mio.get(url).text


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(desk: Desk, mio: TestClient, waiting: int) -> None:
    url = f"/console/tickets/{waiting}/customer"
    refused = mio.post(url, data={**FORM, "locale": "xx", "name": "x" * 201}, headers=HX)
    assert refused.status_code == 422
    assert refused.text.count('aria-invalid="true"') == 2
    assert "Café Fjord" in refused.text
    assert mio.post(url, data={**FORM, "locale": "xx"}).status_code == 422  # as a page, without script


def test_the_later_of_two_sees_what_the_earlier_wrote_and_chooses(desk: Desk, mio: TestClient, waiting: int) -> None:
    url, name = f"/console/tickets/{waiting}/customer", desk.customer("hannah").name
    seen = {"was-name": name, "was-reading": "", "was-company": "", "was-locale": "en", "was-note": ""}
    assert desk.signed_in("kenji").post(url, data={**FORM, "name": "Hannah K."}, headers=HX).status_code == 200
    stopped = mio.post(url, data={**FORM, **seen, "name": "Hannah M."}, headers=HX)
    assert stopped.status_code == 409
    assert "It is “Hannah K.” now." in stopped.text
    assert 'value="Hannah M."' in stopped.text
    assert desk.customer("hannah").name == "Hannah K."
    again = {**FORM, **seen, "was-name": "Hannah K.", "name": "Hannah M."}
    assert mio.post(url, data={**again, "was-reading": FORM["reading"], "was-company": FORM["company"]}).is_redirect
    assert desk.customer("hannah").name == "Hannah M."


def test_only_those_who_write_on_the_ticket_edit_its_customer(desk: Desk, waiting: int) -> None:
    url = f"/console/tickets/{waiting}/customer"
    assert desk.signed_in("haruka").post(url, data=FORM).status_code in (403, 404)
    assert desk.visitor().get(url).status_code == 401
    assert desk.signed_in("mio").get("/console/tickets/999999/customer").status_code == 404


@pytest.mark.browser
def test_a_customer_is_edited_in_place_by_keyboard(desk: Desk, address: str, browser: Browser, waiting: int) -> None:
    page = screen(browser, address, "mio")
    page.goto(f"{address}/console/tickets/{waiting}")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.method == "GET" and "/customer" in one.url else None)
    pencil = page.locator("#edit-customer > summary")
    pencil.focus()
    page.keyboard.press("Enter")
    name = page.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    name.fill("Hannah of the Fjord")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_contain_text("Hannah of the Fjord")
    expect(page.locator("#edit-customer")).not_to_have_attribute("open", "")
    expect(pencil).to_be_focused()
    page.keyboard.press("Enter")
    expect(name).to_be_focused()
    page.keyboard.press("Escape")
    expect(pencil).to_be_focused()
    with page.expect_response("**/customer"):
        page.keyboard.press("Enter")
    expect(name).to_be_focused()
    assert len(asked) == 3  # as often as it was opened: a form asked for by shutting would come over what is typed next
    calm(page)
