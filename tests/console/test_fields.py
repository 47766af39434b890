"""Fields of tickets: made in the settings, filled in beside the conversation, asked for when a ticket is solved."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app import clock
from app.demo import cast
from app.events import SYSTEM, Event
from app.tickets import ownfields, shaping
from app.tickets.conditions import fields as conditions
from app.tickets.conditions.kinds import Reader
from app.tickets.models import Ticket
from app.tickets.search import narrowing
from app.tickets.search.query import parse
from app.tickets.shaping import Draft
from tests.api.conftest import token_for
from tests.console.conftest import HX
from tests.story import Desk

PROBLEM = [("", "Broken", "破損"), ("", "Late", "遅延")]


@pytest.fixture
def known(desk: Desk) -> None:
    """A desk that wants to know the order, the kind of problem (for solving), an amount and a day."""
    with desk.write() as db:
        shaping.add(db, "order", "text", Draft({"en": "Order", "ja": "注文番号"}, {}), SYSTEM)
        problem = Draft({"en": "Problem", "ja": "問題"}, {}, PROBLEM, required=True)
        shaping.add(db, "problem", "choice", problem, SYSTEM)
        shaping.add(db, "amount", "number", Draft({"en": "Amount"}, {}), SYSTEM)
        shaping.add(db, "due", "date", Draft({"en": "Due"}, {}), SYSTEM)


def fill(browser: TestClient, ticket: int, **values: str) -> object:
    return browser.post(
        f"/console/tickets/{ticket}/fields", data={k.replace("__", "."): v for k, v in values.items()}, headers=HX
    )


@pytest.mark.both
def test_a_field_is_filled_in_told_and_taken_back(desk: Desk, mio: TestClient, waiting: int, known: None) -> None:
    page = mio.get(f"/console/tickets/{waiting}").text
    assert "Order" in page
    assert "注文番号" in desk.signed_in("kenji").get(f"/console/tickets/{waiting}").text
    assert "Order: TK-21044" in fill(mio, waiting, field__order=" TK-21044 ", was__order="").text
    fill(mio, waiting, field__problem="破損", field__amount="１，２５０", field__due="2026年12月1日")
    assert desk.ticket(waiting).fields == {
        "order": "TK-21044",
        "problem": "broken",
        "amount": 1250,
        "due": "2026-12-01",
    }
    told = mio.get(f"/console/tickets/{waiting}/history").text
    assert "set Order to “TK-21044”" in told
    assert "set Problem to “Broken”" in told
    assert "「問題」を「破損」" in desk.signed_in("kenji").get(f"/console/tickets/{waiting}/history").text
    assert fill(mio, waiting, field__order="TK-21044").status_code == 204  # the same again is no change
    fill(mio, waiting, field__order="", was__order="TK-21044")  # what Undo in the toast posts
    assert "order" not in desk.ticket(waiting).fields


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("amount", "many", "Write a number"),
        ("amount", "1e9", "Write a number"),
        ("due", "someday", "Write a day"),
        ("due", "2026-02-30", "Write a day"),
        ("problem", "stolen", "Choose one of the values"),
        ("order", "x" * 501, "at most 500 characters"),
    ],
)
def test_a_wrong_value_is_said_beside_it(
    desk: Desk, mio: TestClient, waiting: int, known: None, name: str, value: str, sentence: str
) -> None:
    answer = mio.post(f"/console/tickets/{waiting}/fields", data={f"field.{name}": value}, headers=HX)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f"#fill-{name}-wrong" in answer.text
    assert desk.ticket(waiting).fields == {}


def test_solving_asks_for_what_it_needs(desk: Desk, mio: TestClient, waiting: int, known: None) -> None:
    asked = mio.post(f"/console/tickets/{waiting}/status", data={"status": "solved"}, headers=HX)
    assert asked.status_code == 409
    assert f"Before #{waiting} can be solved, these fields need a value: Problem." in asked.text
    assert 'name="field.problem"' in asked.text
    wrong = mio.post(
        f"/console/tickets/{waiting}/status", data={"status": "solved", "asked": "1", "field.problem": "x"}, headers=HX
    )
    assert (wrong.status_code, "Choose one of the values" in wrong.text) == (422, True)
    assert desk.ticket(waiting).status == "new"
    given = {"status": "solved", "asked": "1", "field.problem": "late", "was.problem": ""}
    assert mio.post(f"/console/tickets/{waiting}/status", data=given, headers=HX).status_code == 200
    assert (desk.ticket(waiting).status, desk.ticket(waiting).fields) == ("solved", {"problem": "late"})
    assert fill(mio, waiting, field__problem="").status_code == 422  # what solving needed stays
    assert "solved, these" not in mio.post(f"/console/tickets/{waiting}/status", data={"status": "open"}).text


def test_send_and_solve_stops_before_anything_leaves(desk: Desk, mio: TestClient, waiting: int, known: None) -> None:
    form = {"kind": "reply", "body": "Done.", "then": "solved", "seen": "99999"}
    stopped = mio.post(f"/console/tickets/{waiting}/write", data=form, headers=HX)
    assert stopped.status_code == 409
    assert "these fields need a value: Problem." in stopped.text
    assert 'name="field.problem"' in stopped.text
    assert [m for m in desk.messages(waiting) if m.sender_kind == "agent"] == []


def test_bulk_leaves_out_what_cannot_be_solved_yet(desk: Desk, mio: TestClient, waiting: int, known: None) -> None:
    query = f"/console/bulk?ticket={waiting}&action=status&status=solved"
    assert "A field that solving needs is empty." in mio.get(query, headers=HX).text


def test_a_customer_is_not_held_up_by_what_the_desk_wants_to_know(desk: Desk, waiting: int, known: None) -> None:
    from app.events import Actor
    from app.tickets import lifecycle

    with desk.write() as db:
        found = db.get_one(Ticket, waiting)
        lifecycle.solve(db, found, Actor("customer", found.requester_id))
    assert desk.ticket(waiting).status == "solved"


def test_two_who_fill_in_the_same_field(desk: Desk, mio: TestClient, waiting: int, known: None) -> None:
    kenji = desk.signed_in("kenji")
    fill(kenji, waiting, field__order="TK-1", was__order="")
    late = fill(mio, waiting, field__order="TK-2", was__order="")
    assert late.status_code == 409
    for words in (cast.STAFF["kenji"].name, "TK-1", "TK-2", "Leave it as it is now", "Take mine"):
        assert words in late.text
    assert desk.ticket(waiting).fields == {"order": "TK-1"}
    assert fill(mio, waiting, field__order="TK-2", was__order="TK-1").status_code == 200  # Take mine
    assert desk.ticket(waiting).fields == {"order": "TK-2"}
    assert fill(kenji, waiting, field__order="TK-2", was__order="TK-1").status_code == 204  # both mean the same


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("status", "waiting_other", "solved"),
        ("priority", "urgent", "low"),
        ("subject", "The lid", "The pot"),
    ],
)
def test_the_later_of_two_changes_sees_the_earlier_one(
    desk: Desk, mio: TestClient, waiting: int, name: str, first: str, second: str
) -> None:
    was = str(getattr(desk.ticket(waiting), name))
    path = f"/console/tickets/{waiting}/{name}"
    assert desk.signed_in("kenji").post(path, data={name: first, "was": was}, headers=HX).status_code == 200
    late = mio.post(path, data={name: second, "was": was}, headers=HX)
    assert late.status_code == 409
    assert cast.STAFF["kenji"].name in late.text
    assert getattr(desk.ticket(waiting), name) == first
    plain = mio.post(path, data={name: second, "was": was})  # without script: a sentence with both values
    assert "meanwhile" in plain.text
    assert mio.post(path, data={name: second, "was": first}, headers=HX).status_code == 200
    assert getattr(desk.ticket(waiting), name) == second


def test_two_who_assign_and_move(desk: Desk, mio: TestClient, waiting: int) -> None:
    kenji, yuki = desk.agent("kenji"), desk.agent("yuki")
    path = f"/console/tickets/{waiting}"
    mio.post(f"{path}/assignee", data={"assignee": str(kenji.id), "was": ""}, headers=HX)
    late = desk.signed_in("yuki").post(f"{path}/assignee", data={"assignee": str(yuki.id), "was": ""}, headers=HX)
    assert late.status_code == 409
    assert kenji.name in late.text
    assert desk.ticket(waiting).assignee_id == kenji.id
    team = desk.ticket(waiting).team_id
    assert mio.post(f"{path}/team", data={"team": "", "was": "999"}, headers=HX).status_code == (409 if team else 200)


def test_a_status_has_a_reason_that_the_history_tells(desk: Desk, mio: TestClient, waiting: int) -> None:
    form = {"status": "waiting_other", "reason": "The kiln is cold until Friday"}
    mio.post(f"/console/tickets/{waiting}/status", data=form, headers=HX)
    assert "“The kiln is cold until Friday”" in mio.get(f"/console/tickets/{waiting}").text
    long = {"status": "open", "reason": "x" * 301}
    assert "at most 300 characters" in mio.post(f"/console/tickets/{waiting}/status", data=long, headers=HX).text


def test_strangers_and_viewers_fill_in_nothing(desk: Desk, waiting: int, known: None) -> None:
    for who, status in (("haruka", 403), ("rosa", 404)):
        assert fill(desk.signed_in(who), waiting, field__order="X").status_code == status
    assert fill(desk.visitor(), waiting, field__order="X").status_code == 401
    assert desk.ticket(waiting).fields == {}
    assert 'name="field.order"' not in desk.signed_in("haruka").get(f"/console/tickets/{waiting}").text


# ── the settings page ─────────────────────────────────────────────────────────────────────────────────


def test_an_admin_makes_changes_orders_and_archives_a_field(desk: Desk, mio: TestClient, waiting: int) -> None:
    base = "/console/settings/fields"
    assert "There are no fields yet." in mio.get(base).text
    form = {"name_en": "Problem", "name_ja": "問題", "kind": "choice", "required": "1"}
    form |= {"option_key": ["", ""], "option_en": ["Broken", ""], "option_ja": ["破損", ""]}
    assert mio.post(base, data=form).status_code == 303
    assert mio.post(base, data={"name_ja": "注文番号", "kind": "text", "key": "order"}).status_code == 303
    with desk.read() as db:
        first, second = shaping.fields_in_order(db)
    assert (first.key, second.key) == ("problem", "order")
    mio.post(f"{base}/{second.id}", data={"step": "up"})
    with desk.read() as db:
        assert [f.key for f in shaping.fields_in_order(db)] == ["order", "problem"]
    fill(mio, waiting, field__problem="broken")
    keys = {"option_key": ["broken", ""], "option_en": ["", "Cracked"], "option_ja": ["", ""]}
    assert mio.post(f"{base}/{first.id}", data={"name_en": "Trouble", **keys}).status_code == 303
    one = mio.get(f"{base}/{first.id}").text
    for words in ("No longer offered: Broken", "changed: name, options, needed for solving", "made the field"):
        assert words in one
    assert "Broken" in mio.get(f"/console/tickets/{waiting}").text  # still says what it has
    mio.post(f"{base}/{first.id}", data={"step": "archive"})
    assert "Trouble" not in mio.get(f"/console/tickets/{waiting}").text
    assert "no longer in use" in fill(mio, waiting, field__problem="cracked").text
    mio.post(f"{base}/{first.id}", data={"step": "restore"})
    assert "Trouble" in mio.get(f"/console/tickets/{waiting}").text
    past = mio.get("/console/settings/history").text
    for words in ("The field Problem / 問題 was added", "The field Trouble was archived"):
        assert words in past


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"kind": "text"}, "Give a name of at most 60 characters"),
        ({"name_en": "x" * 61, "kind": "text"}, "Give a name of at most 60 characters"),
        ({"name_en": "Order", "kind": "colour"}, "Choose one of these."),
        ({"name_en": "Order", "kind": "text", "key": "Größe"}, "A key begins with a letter"),
        ({"name_en": "Order", "kind": "text", "key": "status"}, "Search uses this word"),
        ({"name_en": "Order", "kind": "choice"}, "A choice needs at least one option."),
    ],
)
def test_a_field_that_cannot_be_is_told_why_and_stays_typed(
    desk: Desk, mio: TestClient, form: dict[str, str], sentence: str
) -> None:
    answer = mio.post("/console/settings/fields", data={**form, "help_en": "Stands on the parcel"})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert "Stands on the parcel" in answer.text
    with desk.read() as db:
        assert shaping.fields_in_order(db) == []


def test_only_admins_shape_fields(desk: Desk) -> None:
    for who, status in (("kenji", 404), ("haruka", 404)):
        browser = desk.signed_in(who)
        assert browser.get("/console/settings/fields").status_code == status
        assert browser.post("/console/settings/fields", data={"name_en": "X", "kind": "text"}).status_code == status
    with desk.read() as db:
        assert db.query(Event).filter(Event.kind.like("field.%")).count() == 0


# ── searched and listed ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.both
def test_fields_are_operators_of_the_search(desk: Desk, mio: TestClient, waiting: int, known: None) -> None:
    other = desk.customer_writes("tom", "Hello", subject="Another lid").ticket_id or 0
    fill(mio, waiting, field__order="TK-21044", field__problem="late", field__amount="12.5", field__due="2026-12-01")
    fill(mio, other, field__order="TK-99", field__problem="broken")
    with desk.read() as db:
        agent = desk.agent("mio")

        def found(text: str) -> set[int]:
            query = parse(text, date(2026, 11, 1), ownfields.operators(db))
            assert query.problems == ()
            tickets, _texts = narrowing.conditions(db, agent, query.filters, worded=False)
            return set(db.scalars(sa.select(Ticket.id).where(tickets)))

        assert found("order:tk-21044") == {waiting}
        assert found("注文番号:TK") == {waiting, other}
        assert found("problem:Late") == found("問題:遅延") == {waiting}
        assert found("amount:12.5") == found("due:2026-12-01") == found("due:2026/12/1") == {waiting}
        assert found("-problem:late") == found("due:none") == {other}
        assert found("amount:lots") == set()


@pytest.mark.both
def test_fields_are_conditions_of_views(desk: Desk, mio: TestClient, waiting: int, known: None) -> None:
    fill(mio, waiting, field__order="TK-21044", field__problem="late", field__amount="1250")
    reader = Reader(desk.agent("mio").id, clock.now(), ZoneInfo("Asia/Tokyo"))
    with desk.read() as db:
        known_fields = conditions.fields(db)
        for key, op, values, expected in (
            ("field.order", "contains", ("21044",), {waiting}),
            ("field.problem", "any", ("late",), {waiting}),
            ("field.problem", "none", ("late",), set()),
            ("field.problem", "any", ("",), set()),
            ("field.amount", "least", ("1000",), {waiting}),
            ("field.due", "unset", (), {waiting}),
        ):
            built = known_fields[key].build(reader, op, values)
            assert set(db.scalars(sa.select(Ticket.id).where(built))) == expected, (key, op)


def test_the_api_tells_the_values(desk: Desk, mio: TestClient, waiting: int, known: None) -> None:
    fill(mio, waiting, field__order="TK-1", field__amount="12.5", field__due="2026-12-01")
    headers = {"authorization": f"Bearer {token_for(desk, 'mio', 'tickets:read')}"}
    shown = desk.visitor().get(f"/api/v1/tickets/{waiting}", headers=headers).json()
    assert shown["fields"] == {"order": "TK-1", "amount": 12.5, "due": "2026-12-01"}
