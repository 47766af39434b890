"""Signing in and out, the first owner, invitations, and one's own profile."""

from __future__ import annotations

import pytest

from app.accounts import agents, tokens
from app.demo import cast
from app.main import House
from tests.story import Desk

MIO = cast.STAFF["mio"].email


def test_in_and_out_again(desk: Desk) -> None:
    browser = desk.visitor()
    assert browser.get("/console/views/mine").status_code == 401
    entered = browser.post("/sign-in", data={"email": MIO, "password": cast.PASSWORD, "next": "/console/views/open"})
    assert entered.headers["location"] == "/console/views/open"
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert browser.get("/console/views/mine").status_code == 200
    browser.post("/sign-out")
    assert browser.get("/console/views/mine").status_code == 401


def test_a_wrong_password_keeps_the_address_and_tells_nothing_more(desk: Desk) -> None:
    for address in (MIO, "nobody@example.com"):
        answer = desk.visitor().post("/sign-in", data={"email": address, "password": "wrong-wrong"})
        assert answer.status_code == 422
        assert f'value="{address}"' in answer.text
        assert "do not belong together" in answer.text
        assert "wrong-wrong" not in answer.text


@pytest.mark.parametrize("onward", ["https://evil.example", "//evil.example", "/sign-out", "/\\evil.example"])
def test_after_signing_in_one_goes_nowhere_else(desk: Desk, onward: str) -> None:
    entered = desk.visitor().post("/sign-in", data={"email": MIO, "password": cast.PASSWORD, "next": onward})
    assert entered.headers["location"] == "/console"


def test_the_page_speaks_the_browsers_language_or_the_chosen_one(desk: Desk) -> None:
    assert "ログイン" in desk.visitor("ja").get("/sign-in").text
    assert "Sign in" in desk.visitor("fr").get("/sign-in").text
    assert "ログイン" in desk.visitor("en").get("/sign-in?lang=ja").text


def test_the_first_owner_comes_by_a_link_that_works_once(house: House) -> None:
    desk = Desk(house)
    with house.database.transaction() as db:
        link = "/setup/" + tokens.mint(db, "setup")
    from starlette.testclient import TestClient

    from app import main

    with TestClient(main.create_app(house, background=False), follow_redirects=False) as browser:
        browser.headers.update({"sec-fetch-site": "same-origin", "accept": "text/html"})
        assert browser.get(link).status_code == 200
        short = browser.post(link, data={"name": "Yuki", "email": "yuki@example.com", "password": "short"})
        assert short.status_code == 422
        assert "at least 10 characters" in short.text
        assert 'value="yuki@example.com"' in short.text
        made = browser.post(link, data={"name": "Yuki", "email": "yuki@example.com", "password": "three small words"})
        assert made.status_code == 303
        assert browser.get("/console/settings/agents").status_code == 200
        assert browser.get(link).status_code == 404
    with desk.read() as db:
        assert agents.find(db, "yuki@example.com").role == "owner"


def test_an_invitation_lets_its_person_in_once(desk: Desk) -> None:
    mio = desk.signed_in("mio")
    page = mio.post("/console/settings/agents", data={"name": "Aya", "email": "aya@example.com", "role": "agent"})
    assert page.status_code == 200
    link = "/invitation/" + page.text.split("/invitation/")[1].split("<")[0]
    aya = desk.visitor()
    assert "aya@example.com" in aya.get(link).text
    assert aya.post(link, data={"password": "a few quiet words"}).status_code == 303
    assert aya.get("/console/views/mine").status_code == 200
    assert desk.visitor().post(link, data={"password": "somebody else entirely"}).status_code == 404


def test_a_profile_is_ones_own(desk: Desk) -> None:
    haruka = desk.signed_in("haruka")  # a viewer: this much anybody may change
    fields = {"name": "青木 はるか", "reading": "", "locale": "en", "time_zone": "Europe/Oslo", "theme": "dark"}
    assert haruka.post("/console/profile", data=fields).headers["location"].startswith("/console/profile")
    page = haruka.get("/console/profile?done=saved").text
    assert '<html lang="en" data-theme="dark"' in page
    assert "Saved." in page
    wrong = haruka.post("/console/profile", data={**fields, "name": "", "time_zone": "Mars/Base"})
    assert wrong.status_code == 422
    assert 'value="Mars/Base"' in wrong.text
    assert "This time zone does not exist." in wrong.text


def test_a_new_password_ends_every_other_session(desk: Desk) -> None:
    here, there = desk.signed_in("kenji"), desk.signed_in("kenji")
    fields = {"current": cast.PASSWORD, "password": "tea and quiet paper"}
    assert here.post("/console/profile/password", data={**fields, "current": "guess"}).status_code == 422
    assert there.get("/console/views/mine").status_code == 200
    assert here.post("/console/profile/password", data=fields).status_code == 303
    assert here.get("/console/views/mine").status_code == 200
    assert there.get("/console/views/mine").status_code == 401
