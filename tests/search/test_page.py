"""The page of a search, in the reader's language, and the command."""

from __future__ import annotations

import io
import json
import sys

import pytest

from app import cli
from app.tickets.search import follow, index
from tests.story import Desk

HX = {"hx-request": "true"}


@pytest.fixture
def ticket(desk: Desk) -> int:
    number = desk.customer_writes("hannah", "The <b>LID</b> of the kettle is loose.", subject="A kettle").ticket_id
    assert number
    follow.catch_up(index.of(desk.house.database))
    return number


def test_what_was_looked_for_is_marked_and_nothing_else_is_markup(desk: Desk, ticket: int) -> None:
    text = desk.signed_in("mio").get("/console/search?q=lid+kettle").text
    assert "A <mark>kettle</mark>" in text
    assert "&lt;b&gt;<mark>LID</mark>&lt;/b&gt;" in text
    assert f'href="/console/tickets/{ticket}"' in text


def test_a_slip_and_a_misread_operator_are_told(desk: Desk, ticket: int) -> None:
    mio = desk.signed_in("mio")
    assert "Shown is what was found for “kettle”." in mio.get("/console/search?q=ketle").text
    wrong = mio.get("/console/search?q=staus:open+kettle").text
    assert "There is no operator “staus:”." in wrong
    assert "q=status%3Aopen+kettle" in wrong
    assert "Nothing found" in mio.get("/console/search?q=xylophone").text


def test_more_pages_follow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(27):
        desk.customer_writes("ayaka", f"Kettle number {n}", subject=f"Matter {n}")
    follow.catch_up(index.of(desk.house.database))
    mio = desk.signed_in("mio")
    first = mio.get("/console/search?q=kettle").text
    assert first.count('<li class="row"') == 25
    more = first.split('<div class="more">')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert mio.get(more, headers=HX).text.count('<li class="row"') == 2
    again = mio.get("/console/search?q=kettle&pages=2", headers=HX).text
    assert again.count('<li class="row"') == 27


def test_the_command_answers_lines(
    desk: Desk, ticket: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(text: str, *more: str) -> tuple[int, list[dict[str, object]]]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        status = cli.main(["--data", str(desk.house.settings.data), "search", "--tickets", "--json", *more])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    message = desk.messages(ticket)[0].id
    status, found = run("kettle\n\nketle\nｋｅｔｔｌｅ\nxylophone\n")
    assert status == 0
    hit = {"ticket": ticket, "message": message}
    assert found[0] == {"query": "kettle", "hits": [hit]}
    assert found[1] == {"query": "ketle", "hits": [hit], "instead": "kettle"}
    assert [len(line["hits"]) for line in found[2:]] == [1, 0]  # type: ignore[arg-type]
    status, found = run("before:someday kettle\n")
    assert status == 1
    assert found[0]["problems"]
    assert run("kettle", "--agent", "nobody@nowhere.example")[0] == 1
