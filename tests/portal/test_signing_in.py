"""Signing in by a mailed link: once, soon, and without telling anybody who writes to this desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock
from app.accounts.models import OneTimeToken
from app.channels.types import SendFailed
from app.jobs.queue import Job
from app.portal.models import PortalSession
from tests.portal.walk import follow, link_in, mails, sees
from tests.story import Desk

AYAKA = "ayaka@morishita.example"


def ask(desk: Desk, browser: Any, address: str = AYAKA, **more: str) -> Any:
    answer = browser.post("/help/sign-in", data={"email": address, **more})
    desk.work()
    return answer


@pytest.mark.both
def test_a_customer_signs_in_by_a_link_and_out_again(desk: Desk) -> None:
    desk.customer_writes("ayaka", "湯呑みが欠けていました。", subject="湯呑み")
    browser = desk.visitor("ja")
    assert ask(desk, browser).headers["location"] == "/help/sign-in/sent"
    path = link_in(mails(desk, AYAKA)[-1])
    assert "別のブラウザー" not in sees(browser.get(path))
    assert "湯呑み" in sees(follow(browser, path))
    browser.post("/help/sign-out")
    assert browser.get("/help/requests").status_code == 303
    with desk.read() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(PortalSession)) == 0


def test_the_answer_is_the_same_for_an_address_that_nobody_has(desk: Desk) -> None:
    known, unknown = ask(desk, desk.visitor()), ask(desk, desk.visitor(), "nobody@nowhere.example")
    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    assert {k for k, _ in known.headers.items()} == {k for k, _ in unknown.headers.items()}
    assert len(mails(desk, AYAKA)) == 1
    assert mails(desk, "nobody@nowhere.example") == [], "no mail goes to an address that never wrote to us"


def test_a_link_works_once_and_a_scanner_does_not_use_it_up(desk: Desk) -> None:
    browser = desk.visitor()
    ask(desk, browser)
    path = link_in(mails(desk, AYAKA)[-1])
    scanner = desk.visitor()
    assert scanner.get(path).status_code == 200
    assert "in another browser" in sees(scanner.get(path)), "another browser is asked whether it was them"
    assert follow(browser, path).status_code == 200
    assert scanner.post(path).status_code == 410
    assert "new link" in sees(scanner.get(path))


def test_a_link_expires_after_half_an_hour(desk: Desk) -> None:
    browser = desk.visitor()
    ask(desk, browser)
    path = link_in(mails(desk, AYAKA)[-1])
    with clock.pretend(clock.now() + timedelta(minutes=31)):
        assert browser.get(path).status_code == 410
        assert browser.post(path).status_code == 410


def test_tokens_are_kept_as_digests_only(desk: Desk) -> None:
    browser = desk.visitor()
    ask(desk, browser)
    path = link_in(mails(desk, AYAKA)[-1])
    follow(browser, path)
    cookie = browser.cookies["help"]
    with desk.read() as db:
        rows = [*db.scalars(sa.select(OneTimeToken)), *db.scalars(sa.select(PortalSession))]
        kept = str([vars(row) for row in rows])
    assert path.rpartition("/")[2] not in kept
    assert cookie not in kept


def test_the_cookie_is_for_this_host_alone_and_no_script_reads_it(desk: Desk) -> None:
    browser = desk.visitor()
    ask(desk, browser)
    path = link_in(mails(desk, AYAKA)[-1])
    set_cookie = browser.post(path).headers["set-cookie"].lower()
    assert "httponly" in set_cookie
    assert "samesite=lax" in set_cookie


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/help/../desk", "/help/\\evil", "/desk"])
def test_a_link_never_leads_off_the_portal(desk: Desk, to: str) -> None:
    browser = desk.visitor()
    ask(desk, browser, next=to)
    answer = browser.post(link_in(mails(desk, AYAKA)[-1]))
    assert answer.headers["location"].startswith("/help/")
    assert "evil" not in answer.headers["location"]


def test_a_page_that_needs_somebody_leads_to_the_door_and_back(desk: Desk) -> None:
    desk.customer_writes("ayaka", "Hello", subject="Tea")
    path = f"/help/requests/{desk.tickets()[0].public_id}"
    browser = desk.visitor()
    assert browser.get(path).headers["location"] == f"/help/sign-in?next={path}"
    ask(desk, browser, next=path)
    assert "Tea" in sees(follow(browser, link_in(mails(desk, AYAKA)[-1])))


def test_links_are_limited_by_address(desk: Desk) -> None:
    answers = [ask(desk, desk.visitor()).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]


def test_a_bad_address_is_named_and_kept(desk: Desk) -> None:
    answer = ask(desk, desk.visitor(), "ayaka@")
    assert answer.status_code == 422
    assert 'value="ayaka@"' in answer.text
    assert 'id="f-email-wrong"' in answer.text


def test_while_the_mail_server_is_away_the_link_waits_and_is_fresh_when_it_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = desk.house.database.house["channels"]["email"]
    browser = desk.visitor()
    with monkeypatch.context() as down:
        down.setattr(channel, "send", lambda *_: (_ for _ in ()).throw(SendFailed("away", "down", permanent=False)))
        ask(desk, browser)
    with desk.read() as db:
        (job,) = db.scalars(sa.select(Job).where(Job.kind == "portal.send_link"))
        assert (job.state, job.attempts) == ("queued", 1)
    later = clock.now() + timedelta(hours=1)
    with clock.pretend(later):
        desk.work()
        assert follow(browser, link_in(mails(desk, AYAKA)[-1])).status_code == 200


def test_an_expired_session_is_nobody(desk: Desk) -> None:
    browser = desk.visitor()
    ask(desk, browser)
    follow(browser, link_in(mails(desk, AYAKA)[-1]))
    with clock.pretend(clock.now() + timedelta(days=31)):
        assert browser.get("/help/requests").status_code == 303
