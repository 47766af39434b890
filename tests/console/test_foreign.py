"""Mails as they were sent: cleaned, alone in their sandbox, and without a request to anybody."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

from tests.story import Desk

HTML = (
    '<h1 style="color:#a33">Hello</h1><script>alert(1)</script><p hx-get="/console" onclick="x()">Text</p>'
    '<img src="https://tracker.example/pixel.png"><a href="javascript:alert(1)">go</a>'
)


def test_html_mail_has_its_own_route_and_rules(desk: Desk, mio: TestClient) -> None:
    number = desk.customer_writes("tom", "Hello Text", html=HTML).ticket_id
    thread = mio.get(f"/console/tickets/{number}").text
    frame = re.search(r'<iframe sandbox="([^"]+)" src="([^"]+)"', thread)
    assert frame
    assert "allow-scripts" not in frame[1]
    assert "<h1 style" not in thread
    mail = mio.get(frame[2])
    policy = mail.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy
    for bad in ("<script", "hx-get", "onclick", "javascript:", ' src="https://tracker'):
        assert bad not in mail.text
    assert "?pictures=1" in mail.text
    assert desk.signed_in("rosa").get(frame[2]).status_code == 404
    assert desk.visitor().get(frame[2]).status_code == 401


def test_pictures_on_request_come_through_our_own_signed_address(desk: Desk, mio: TestClient) -> None:
    number = desk.customer_writes("tom", "Hello", html=HTML).ticket_id
    message = desk.messages(number or 0)[0].id
    mail = mio.get(f"/console/messages/{message}/html?pictures=1").text
    assert 'src="https://' not in mail
    found = re.search(r'src="(/console/pictures\?[^"]+)"', mail)
    assert found
    address = found[1].replace("&amp;", "&")
    assert "tracker.example" in address
    forged = re.sub(r"m=.*", "m=" + "a" * 26, address)
    assert mio.get(forged).status_code == 404
    assert mio.get("/console/pictures?u=http%3A%2F%2F127.0.0.1%2F&m=x").status_code == 404


def test_of_a_mail_full_of_pictures_a_hundred_are_fetched(desk: Desk, mio: TestClient) -> None:
    pictures = "".join(f'<img src="https://tracker.example/{n}.png">' for n in range(120))
    message = desk.customer_writes("tom", "Hello", html=f"<p>Hello</p>{pictures}").message_id
    mail = mio.get(f"/console/messages/{message}/html?pictures=1").text
    assert (mail.count(' src="/console/pictures'), mail.count("data-src=")) == (100, 20)
