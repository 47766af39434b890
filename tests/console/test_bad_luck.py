"""Bad luck around a page that stays open: session, right or connection go, and nothing that was typed does."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from app.accounts import sessions
from app.accounts.models import Team
from app.demo import cast
from app.events import SYSTEM
from app.tickets import assignment
from app.tickets.models import Ticket
from tests.browsing import calm, screen
from tests.story import Desk


def test_only_the_same_agent_signs_in_again_on_an_open_page(desk: Desk) -> None:
    mio, kenji = desk.agent("mio"), desk.agent("kenji")
    form = {"agent": str(mio.id), "email": mio.email, "password": cast.PASSWORD}
    done = desk.visitor().post("/sign-in/again", data=form)
    assert (done.status_code, "desk=" in done.headers["set-cookie"]) == (204, True)
    for wrong in ({"password": "no"}, {"email": kenji.email}, {"agent": "x"}):
        answer = desk.visitor("ja").post("/sign-in/again", data=form | wrong)
        assert answer.status_code == 422
        assert "set-cookie" not in answer.headers
        assert answer.json()["error"]


def test_nothing_is_done_in_the_name_of_whoever_signed_in_in_another_tab(desk: Desk) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.").ticket_id or 0
    note = {"kind": "note", "body": "From mio’s page"}
    page = {"hx-request": "true", "x-agent": str(desk.agent("mio").id)}
    assert desk.signed_in("kenji").post(f"/console/tickets/{number}/write", data=note, headers=page).status_code == 401
    assert desk.notes(number) == []
    assert desk.signed_in("mio").post(f"/console/tickets/{number}/write", data=note, headers=page).status_code == 204


@pytest.mark.browser
def test_the_session_ends_while_typing_and_one_goes_on_in_place(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "The lid is loose.", subject="A loose lid").ticket_id or 0
    mio = screen(browser, address, "mio")
    mio.goto(f"{address}/console/tickets/{number}")
    mio.keyboard.press("n")
    body = mio.locator("textarea[name=body]")
    body.fill("Half a thought")
    with desk.write() as db:
        sessions.end_all(db, desk.agent("mio").id)
    mio.keyboard.press("Control+Enter")
    dialog = mio.locator("dialog[data-again]")
    expect(dialog).to_be_visible()
    expect(dialog.locator("[name=password]")).to_be_focused()
    dialog.locator("[name=password]").fill("wrong")
    mio.keyboard.press("Enter")
    expect(dialog.locator("[data-wrong]")).to_have_text("This address and password do not belong together.")
    dialog.locator("[name=password]").fill(cast.PASSWORD)
    mio.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(body).to_have_value("Half a thought")
    expect(mio.locator("[data-signed-out]")).to_be_hidden()
    body.focus()
    mio.keyboard.press("Control+Enter")
    expect(mio.locator(".note")).to_contain_text("Half a thought")
    assert len(desk.notes(number)) == 1
    calm(mio)


@pytest.mark.browser
def test_the_right_is_withdrawn_while_the_page_is_open(desk: Desk, address: str, browser: Browser) -> None:
    number = desk.customer_writes("hannah", "A secret price.", subject="A secret").ticket_id or 0
    mio, kenji = screen(browser, address, "mio"), screen(browser, address, "kenji", locale="ja-JP")
    kenji.goto(f"{address}/console/tickets/{number}")
    body = kenji.locator("textarea[name=body]")
    body.fill("お客様へ")
    mio.goto(f"{address}/console/tickets/{number}")
    with desk.write() as db:
        team = db.scalar(sa.select(Team.id).where(Team.name == cast.WHOLESALE))
        assignment.move(db, db.get_one(Ticket, number), team, SYSTEM)
    expect(kenji.locator(".thread [role=alert] h2")).to_have_text("このチケットは表示できなくなりました")
    expect(body).to_have_value("お客様へ")
    expect(body).not_to_be_editable()
    expect(kenji.locator("[data-copy-text]")).to_be_visible()
    expect(kenji.locator(".thread")).not_to_contain_text("secret")
    expect(kenji.locator(".panel")).to_have_text("")
    expect(mio.locator(".thread")).to_contain_text("A secret price.")
    calm(kenji)
    calm(mio)


@pytest.mark.browser
def test_the_connection_is_lost_said_caught_up_and_nothing_stale_is_sent(
    desk: Desk, address: str, browser: Browser
) -> None:
    first = desk.customer_writes("hannah", "The lid is loose.", message_id="<one@fjordcafe.example>")
    number = first.ticket_id or 0
    mio, kenji = screen(browser, address, "mio"), screen(browser, address, "kenji")
    for page in (mio, kenji):
        page.goto(f"{address}/console/tickets/{number}")
    body = mio.locator("textarea[name=body]")
    body.fill("A new lid leaves today.")
    expect(kenji.locator(".topic .here")).to_be_visible()
    mio.context.set_offline(True)
    mio.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(mio.locator("[data-offline]")).to_be_visible(timeout=60_000)
    expect(mio.locator(".thread")).to_contain_text("The lid is loose.")  # reading goes on
    expect(kenji.locator(".topic .here")).to_have_count(0, timeout=15_000)  # nobody is claimed to be here
    body.focus()
    mio.keyboard.press("Control+Enter")
    expect(mio.locator(".toast--wrong")).to_be_visible()
    desk.customer_writes("hannah", "Wait, it fits after all!", answering="<one@fjordcafe.example>")
    expect(kenji.locator(".thread")).to_contain_text("it fits after all")
    mio.context.set_offline(False)
    expect(mio.locator("[data-offline]")).to_be_hidden(timeout=30_000)
    expect(mio.locator(".thread")).to_contain_text("it fits after all")  # caught up
    body.focus()
    mio.keyboard.press("Control+Enter")
    expect(mio.locator(".guard")).to_contain_text("a newer message has arrived")
    expect(body).to_have_value("A new lid leaves today.")
    assert [m for m in desk.messages(number) if m.sender_kind == "agent"] == []
    calm(kenji)
    calm(mio)
