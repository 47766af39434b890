"""Every route of the desk has a row in the access table, and answers each role as its row says."""

from __future__ import annotations

import re

import pytest
from starlette.routing import Route

from app import main
from tests.story import Desk

# Access rule → who may come in. A new rule, or a route without one, fails until it has a row here.
RULES = {
    "app.accounts.signin.anybody": "everybody",
    "app.accounts.signin.staff": "staff",
    "app.accounts.signin.workers": "workers",
    "app.accounts.signin.admins": "admins",
    "app.portal.sessions.guests": "everybody",
    "app.portal.sessions.customers": "customers",
    "app.portal.visitors.hosted": "everybody",
    "app.portal.visitors.visitors": "visitors",
    "app.portal.shop.shoppers": "demo",
    "app.channels.webhooks.public": "signed",
    "app.tickets.shared_files.holder": "holder of the link",
    "app.surveys.pages.invited": "holder of the link",
    "app.api.access.everybody": "everybody",
    "app.api.access.token.<locals>.rule": "bearer",
    "app.dev.outbox.routes.<locals>.only_here": "this machine",
}
OPEN_TO = {
    "staff": {"yuki", "mio", "kenji", "rosa", "haruka"},
    "workers": {"yuki", "mio", "kenji", "rosa"},
    "admins": {"yuki", "mio"},
}
EVERYBODY = ("yuki", "mio", "kenji", "rosa", "haruka", None)


def rule(route: Route) -> str:
    access = getattr(route, "access", None)
    return f"{access.__module__}.{access.__qualname__}" if access else ""


def pages() -> list[Route]:
    return [route for route in main.routes() if isinstance(route, Route)]


def test_every_route_has_an_access_rule_with_a_row_in_the_table() -> None:
    assert [route.path for route in pages() if rule(route) not in RULES] == []


def address(path: str) -> str:
    """An address of the route that stands for nothing real."""
    return re.sub(r"\{[^}:]+(:int)?\}", lambda m: "999999" if m.group(1) else "nothing", path)


STAFF_PAGES = [(r.path, sorted(r.methods or ())[0], RULES[rule(r)]) for r in pages() if RULES.get(rule(r)) in OPEN_TO]


@pytest.mark.parametrize(("path", "method", "who"), STAFF_PAGES, ids=[f"{m} {p}" for p, m, _ in STAFF_PAGES])
def test_a_page_of_the_console_opens_for_exactly_its_roles(desk: Desk, path: str, method: str, who: str) -> None:
    for name in EVERYBODY:
        client = desk.signed_in(name) if name else desk.visitor()
        answer = client.request(method, address(path), headers={"accept": "text/html"})
        assert answer.status_code < 500, (name, answer.text[:300])
        assert "Content-Security-Policy" in answer.headers
        if name is None:
            to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
            assert answer.status_code == 401 or to_sign_in, (name, answer.status_code)
        elif name not in OPEN_TO[who]:
            assert answer.status_code in (403, 404), (name, answer.status_code)


@pytest.mark.parametrize("path", sorted({r.path for r in pages() if RULES.get(rule(r)) in ("customers", "visitors")}))
def test_a_page_of_customers_shows_nothing_to_strangers_or_staff(desk: Desk, path: str) -> None:
    for client in (desk.visitor(), desk.signed_in("yuki")):
        answer = client.get(address(path))
        assert answer.status_code in (303, 401, 403, 404, 405), answer.status_code


def test_a_form_from_another_site_is_refused_everywhere(desk: Desk) -> None:
    client = desk.signed_in("yuki")
    for route in pages():
        if "POST" in (route.methods or ()) and not route.path.startswith(("/hooks/", "/api/")):
            answer = client.post(address(route.path), headers={"sec-fetch-site": "cross-site"})
            assert answer.status_code == 403, route.path
            answer = client.post(address(route.path), headers={"sec-fetch-site": "", "origin": "https://evil.example"})
            assert answer.status_code == 403, route.path


@pytest.mark.parametrize(
    "path", ["/console", "/sign-in", "/help", "/healthz", "/no-such-page", "/static/css/tokens.css"]
)
def test_every_answer_carries_the_security_headers(desk: Desk, path: str) -> None:
    headers = desk.visitor().get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/nope", "/console/nope", "/helpful", "/reports/nope/nope"])
def test_an_address_that_leads_nowhere_is_a_page_in_ones_language(desk: Desk, path: str) -> None:
    answer = desk.visitor().get(path, headers={"Accept": "text/html", "Accept-Language": "ja"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert 'lang="ja"' in answer.text


def test_a_strange_host_header_appears_nowhere(desk: Desk) -> None:
    answer = desk.visitor().get("/help", headers={"host": "evil.example"})
    assert "evil.example" not in answer.text + str(dict(answer.headers))
