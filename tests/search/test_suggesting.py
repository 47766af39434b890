"""What may come next while a search is typed, in both languages, and nothing of what the reader may not see."""

from __future__ import annotations

import html
import re

import pytest
import sqlalchemy as sa

from app.accounts.models import Team
from app.demo import cast
from app.events import SYSTEM
from app.tickets import assignment, tags
from app.tickets.models import Ticket
from app.tickets.search import follow, index
from tests.search.conftest import Finds
from tests.story import Desk


def suggests(desk: Desk, who: str, text: str, at: int | None = None) -> list[str]:
    """What the field would say after each suggestion."""
    asked = {"q": text} | ({"at": str(at)} if at is not None else {})
    answer = desk.signed_in(who).get("/console/search/suggest", params=asked, headers={"hx-request": "true"})
    assert answer.status_code == 200, answer.text[:200]
    return [html.unescape(found) for found in re.findall(r'data-text="([^"]*)"', answer.text)]


@pytest.fixture
def secret(desk: Desk) -> int:
    """Beatrix' ticket of the private team, with a tag of its own."""
    number = desk.customer_writes("beatrix", "Prices for 2027, please").ticket_id or 0
    with desk.write() as db:
        ticket = db.get_one(Ticket, number)
        assignment.move(db, ticket, db.scalar(sa.select(Team.id).where(Team.name == cast.WHOLESALE)), SYSTEM)
        tags.add(db, ticket, "prices", SYSTEM)
    return number


@pytest.mark.parametrize(
    ("who", "typed", "expected"),
    [
        ("mio", "", ["status:", "assignee:", "tag:", "from:", "has:", "before:"]),
        ("kenji", "", ["状態:", "担当:", "タグ:", "差出人:", "含む:", "より前:"]),
        ("mio", "st", ["status:"]),
        ("mio", "kettle st", ["kettle status:"]),
        ("kenji", "たん", []),
        ("kenji", "担", ["担当:"]),
        ("kenji", "stat", ["状態:"]),
        ("mio", "status:op", ["status:open "]),
        ("mio", "-status:op", ["-status:open "]),
        ("kenji", "状態:未", ["状態:未対応 ", "状態:未解決 "]),
        ("kenji", "状態:op", ["状態:対応中 "]),
        ("mio", "assignee:ken", ['assignee:"岡部 賢司" ']),
        ("mio", 'assignee:"Ro', ['assignee:"Rosa Silva" ']),
        ("mio", "assignee:haruka", []),  # who only reads has no tickets
        ("mio", "inbox:shop", ['inbox:"Shop chat" ']),
        ("mio", "team:whole", ["team:Wholesale "]),
        ("mio", "before:", ["before:today ", "before:yesterday ", "before:7d ", "before:30d "]),
        ("mio", "from:beatrix", ['from:"Beatrix Holm" ']),
        ("kenji", "from:beatrix", []),
        ("mio", "prices", ["tag:prices "]),
        ("kenji", "prices", []),
        ("kenji", "タグ:pri", []),
        ("mio", "colour:re", []),
        ("mio", "status:open ", []),
    ],
)
def test_what_follows(desk: Desk, secret: int, who: str, typed: str, expected: list[str]) -> None:
    assert suggests(desk, who, typed) == expected


def test_what_stands_after_the_caret_stays(desk: Desk) -> None:
    assert suggests(desk, "mio", "sta kettle", 3) == ["status: kettle"]
    assert suggests(desk, "mio", "status:sol kettle", 10)[0] == "status:solved kettle"


@pytest.mark.parametrize("typed", ["%00", "'", '"', "「", "::", "-", "status:" * 60, "😀", "<b>", "from:%", "x" * 5000])
def test_whatever_is_typed_is_answered_calmly(desk: Desk, typed: str) -> None:
    assert all("<" not in text or "<b>" in typed for text in suggests(desk, "mio", typed))


def test_an_operator_names_the_inbox(desk: Desk, finds: Finds) -> None:
    number = desk.customer_writes("hannah", "The lid is loose").ticket_id
    assert finds("inbox:support lid") == [number]
    assert finds("受信箱:support lid") == [number]
    assert finds("inbox:orders lid") == []
    assert finds("-inbox:support lid") == []


def test_what_answers_by_itself_is_no_answer_to_a_search(desk: Desk, finds: Finds) -> None:
    """The acknowledgement is the newest message, and is neither found nor shown."""
    number = desk.customer_writes("hannah", "The lid is loose", subject="A kettle").ticket_id
    desk.work()
    assert [m.kind for m in desk.messages(number or 0)] == ["text", "acknowledgement"]
    assert finds('"We have received it"') == []
    follow.catch_up(index.of(desk.house.database))
    page = desk.signed_in("mio").get("/console/search?q=status:open").text
    assert "The lid is loose" in page
    assert "Thank you for your message" not in page


def test_a_search_is_saved_as_a_view(desk: Desk) -> None:
    desk.customer_writes("hannah", "The lid is loose", subject="A kettle")
    follow.catch_up(index.of(desk.house.database))
    mio = desk.signed_in("mio")
    assert 'href="/console/saved/new?q=kettle+status%3Aopen"' in mio.get("/console/search?q=kettle+status:open").text
    assert "/console/saved/new?q" not in mio.get("/console/search?q=").text
    page = mio.get("/console/saved/new?q=kettle+status:open").text
    assert 'value="kettle status:open"' in page
    assert "Hannah Lindqvist" in page
