"""What views ask for: every field and operator on both databases, nested, as time goes by, and when it is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from app.accounts.models import Team
from app.demo import cast
from app.events import SYSTEM
from app.tickets import (
    assignment,
    built,
    checklist,
    drafts,
    filling,
    following,
    lifecycle,
    proposals,
    shaping,
    snooze,
    tags,
)
from app.tickets import fields as desk_fields
from app.tickets.built import Built
from app.tickets.conditions import asking, fields, tree
from app.tickets.conditions.tree import Condition, Group
from app.tickets.models import Tag, Ticket
from tests.story import Desk

NOW = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)  # a Wednesday, noon in Tokyo


@pytest.fixture
def four(desk: Desk) -> dict[str, int]:
    """Tickets by a word each: lid (mio's, urgent, tagged), late (nobody's, four days old), done (rated, solved),
    junk (spam)."""
    found: dict[str, int] = {}
    with time_machine.travel(NOW - timedelta(days=4), tick=False):
        found["late"] = desk.customer_writes("ayaka", "急須の蓋がゆるいです", subject="キュウスの蓋").ticket_id or 0
        found["done"] = desk.customer_writes("marc", "Thanks", subject="100% café").ticket_id or 0
    with time_machine.travel(NOW - timedelta(hours=1), tick=False):
        sheet = ("sheet.txt", "text/plain", b"a")
        found["lid"] = (
            desk.customer_writes("hannah", "The lid is loose", subject="A loose lid", attachments=(sheet,)).ticket_id
            or 0
        )
        found["junk"] = desk.customer_writes("tom", "Buy now", subject="Watches").ticket_id or 0
        with desk.write() as db:
            lid, done = db.get_one(Ticket, found["lid"]), db.get_one(Ticket, found["done"])
            assignment.assign(db, lid, desk.agent("mio").id, SYSTEM)
            lifecycle.set_priority(db, lid, "urgent", SYSTEM)
            tags.add(db, lid, "refund", SYSTEM)
            tags.add(db, lid, "lid", SYSTEM)
            lifecycle.set_status(db, done, "solved", SYSTEM)
            done.rating = 4
            lifecycle.mark_spam(db, db.get_one(Ticket, found["junk"]), True, SYSTEM)
            following.follow(db, db.get_one(Ticket, found["late"]), desk.agent("mio").id, SYSTEM)
            checklist.add(db, done, "Ask again", SYSTEM)
            drafts.save(db, lid, desk.agent("kenji"), "reply", "Dear Hannah", version=0)
            proposals.ask(db, db.get_one(Ticket, found["late"]), desk.agent("kenji"), "交換いたします。")
        desk.agent_notes("mio", found["lid"], "Look")
    return found


def among(desk: Desk, numbers: dict[str, int], *parts: tree.Part, who: str = "mio", match: str = "all") -> set[str]:
    """The words of the tickets that a view with these parts holds; its count says the same."""
    with desk.read() as db:
        asked = tree.read(tree.written(Group(match, parts)))
        assert asking.faults(db, fields.fields(db), asked) == []
        view, agent = Built("x", "x", "star", asked=asked), desk.agent(who)
        rows = [row.id for row in built.rows(db, agent, view)]
        assert built.count(db, agent, view) == len(rows)
    names = {number: word for word, number in numbers.items()}
    return {names[number] for number in rows}


def numbered(desk: Desk, names: tuple[str, ...]) -> tuple[str, ...]:
    """Tags by their numbers."""
    with desk.read() as db:
        rows = dict(db.execute(sa.select(Tag.name, Tag.id)).all())
    return tuple(str(rows[name]) for name in names)


ASKED: list[tuple[str, str, tuple[str, ...], set[str]]] = [
    ("status", "any", ("solved", "closed"), {"done"}),
    ("status", "none", ("solved",), {"lid", "late"}),
    ("priority", "any", ("urgent", "high"), {"lid"}),
    ("assignee", "any", ("me",), {"lid"}),
    ("assignee", "any", ("nobody",), {"late", "done"}),
    ("assignee", "none", ("me",), {"late", "done"}),
    ("assignee", "none", ("nobody",), {"lid"}),
    ("team", "any", ("nobody",), {"lid", "late", "done"}),
    ("team", "none", ("mine",), {"lid", "late", "done"}),
    ("tag", "any", ("refund", "lid"), {"lid"}),
    ("tag", "all", ("refund", "lid"), {"lid"}),
    ("tag", "none", ("refund",), {"late", "done"}),
    ("tag", "set", (), {"lid"}),
    ("tag", "unset", (), {"late", "done"}),
    ("channel", "any", ("email",), {"lid", "late", "done"}),
    ("language", "any", ("ja",), {"late"}),
    ("rating", "any", ("4", "5"), {"done"}),
    ("rating", "any", ("",), {"lid", "late"}),
    ("rating", "none", ("4",), {"lid", "late"}),
    ("subject", "contains", ("LOOSE",), {"lid"}),
    ("subject", "contains", ("きゅうす",), {"late"}),
    ("subject", "contains", ("0%",), {"done"}),
    ("subject", "contains", ("_",), set()),
    ("subject", "lacks", ("loose",), {"late", "done"}),
    ("subject", "is", ("a loose lid",), {"lid"}),
    ("words", "contains", ("ゆるい",), {"late"}),
    ("waits", "yes", (), {"lid", "late"}),
    ("waits", "no", (), {"done"}),
    ("snoozed", "no", (), {"lid", "late", "done"}),
    ("spam", "yes", (), {"junk"}),
    ("draft", "yes", (), {"lid"}),
    ("my_draft", "yes", (), set()),
    ("approval", "yes", (), {"late"}),
    ("note", "yes", (), {"lid"}),
    ("attachment", "yes", (), {"lid"}),
    ("attachment", "no", (), {"late", "done"}),
    ("followed", "yes", (), {"late"}),
    ("checks", "yes", (), {"done"}),
    ("linked", "no", (), {"lid", "late", "done"}),
    ("messages", "least", ("1",), {"lid", "late", "done"}),
    ("messages", "most", ("0",), set()),
    ("reopened", "most", ("0",), {"lid", "late", "done"}),
    ("customer", "contains", ("もりした",), {"late"}),
    ("customer", "contains", ("morishita",), {"late"}),
    ("company", "contains", ("fjord",), {"lid"}),
    ("company", "unset", (), {"late"}),
    ("address", "contains", ("hannah@",), {"lid"}),
    ("domain", "is", ("@FjordCafe.example",), {"lid"}),
    ("domain", "is", ("cafe.example",), set()),
    ("domain", "not", ("fjordcafe.example",), {"late", "done"}),
    ("created", "last", ("2", "days"), {"lid"}),
    ("created", "ago", ("2", "days"), {"late", "done"}),
    ("created", "during", ("today",), {"lid"}),
    ("created", "during", ("this_week",), {"lid"}),
    ("created", "during", ("last_week",), {"late", "done"}),
    ("created", "during", ("this_month",), {"lid", "late", "done"}),
    ("created", "from", ("2026-11-18",), {"lid"}),
    ("created", "before", ("2026-11-18",), {"late", "done"}),
    ("waiting", "ago", ("3", "days"), {"late"}),
    ("waiting", "unset", (), {"done"}),
    ("solved", "last", ("2", "hours"), {"done"}),
    ("solved", "set", (), {"done"}),
    ("answered", "unset", (), {"lid", "late", "done"}),
    ("wakes", "unset", (), {"lid", "late", "done"}),
]


@pytest.mark.both
def test_each_field_is_asked_in_each_way(desk: Desk, four: dict[str, int]) -> None:
    with time_machine.travel(NOW, tick=False):
        wrong = []
        for field, op, values, expected in ASKED:
            found = among(desk, four, Condition(field, op, numbered(desk, values) if field == "tag" else values))
            if found != expected:
                wrong.append((field, op, values, found))
        assert wrong == []
    asked = {field for field, *_ in ASKED}
    assert set(fields.OF_TICKETS) - asked == {"inbox", "updated", "closed"}  # as others of their kind


OWN = (
    ("order", "text", ()),
    ("problem", "choice", (("late", "Late", "遅れ"), ("lost", "Lost", "紛失"))),
    ("refund", "number", ()),
    ("needed", "date", ()),
)
ASKED_OF_OWN: list[tuple[str, str, tuple[str, ...], set[str]]] = [
    ("order", "contains", ("tk-2",), {"lid"}),
    ("order", "lacks", ("tk-2",), {"late", "done"}),
    ("order", "unset", (), {"late", "done"}),
    ("problem", "any", ("lost",), {"lid"}),
    ("problem", "none", ("lost",), {"late", "done"}),
    ("problem", "any", ("",), {"late", "done"}),
    ("refund", "least", ("12.5",), {"lid", "late"}),
    ("refund", "most", ("100",), {"lid"}),
    ("refund", "most", ("-1",), set()),
    ("refund", "unset", (), {"done"}),
    ("needed", "during", ("this_week",), {"lid"}),
    ("needed", "next", ("1", "days"), {"lid"}),
    ("needed", "last", ("1", "weeks"), set()),
    ("needed", "from", ("2026-11-19",), {"lid"}),
    ("needed", "before", ("2026-11-19",), set()),
    ("needed", "unset", (), {"late", "done"}),
]


@pytest.mark.both
def test_the_desk_s_own_fields_are_asked(desk: Desk, four: dict[str, int]) -> None:
    filled = {"lid": {"order": "TK-20931", "problem": "lost", "refund": "12.5", "needed": "2026-11-19"}}
    filled["late"] = {"refund": "1200"}
    with desk.write() as db:
        for key, kind, options in OWN:
            shaping.add(db, key, kind, shaping.Draft({"en": key}, {}, options), SYSTEM)
        for word, values in filled.items():
            for key, text in values.items():
                field = filling.find(db, key)
                filling.fill(db, db.get_one(Ticket, four[word]), field, desk_fields.read(field, text), SYSTEM)
    with time_machine.travel(NOW, tick=False):
        for key, op, values, expected in ASKED_OF_OWN:
            assert among(desk, four, Condition(f"field.{key}", op, values)) == expected, (key, op, values)
    with desk.write() as db:
        asked = Group("all", (Condition("field.order", "set"),))
        assert asking.faults(db, fields.fields(db), asked) == []
        shaping.archive(db, next(f for f in shaping.fields_in_order(db) if f.key == "order"), SYSTEM)
    with desk.read() as db:
        assert "no longer exists" in asking.faults(db, fields.fields(db), asked)[0].sentence


@pytest.mark.both
def test_groups_are_nested_and_denied(desk: Desk, four: dict[str, int]) -> None:
    urgent, solved = Condition("priority", "any", ("urgent",)), Condition("status", "any", ("solved",))
    assert among(desk, four, urgent, solved) == set()
    assert among(desk, four, urgent, solved, match="any") == {"lid", "done"}
    assert among(desk, four, urgent, solved, match="none") == {"late"}
    inner = Group("any", (solved, Group("all", (urgent, Condition("tag", "any", numbered(desk, ("refund",)))))))
    assert among(desk, four, Condition("waits", "yes"), inner) == {"lid"}
    assert among(desk, four) == {"lid", "late", "done"}
    assert among(desk, four, Group("none", (inner,)), Condition("spam", "no")) == {"late"}


@pytest.mark.both
def test_only_what_may_be_seen_is_counted_and_listed(desk: Desk, four: dict[str, int]) -> None:
    assert among(desk, four, who="rosa") == set()  # she sees her team's tickets alone
    with desk.write() as db:
        team = db.scalar(sa.select(Team.id).where(Team.name == cast.STUDIO))
        assignment.move(db, db.get_one(Ticket, four["late"]), team, SYSTEM)
    assert among(desk, four, Condition("team", "any", ("mine",)), who="rosa") == {"late"}
    assert among(desk, four, Condition("team", "any", ("mine",)), who="mio") == set()


@pytest.mark.both
def test_every_order_pages_through_without_a_gap(desk: Desk, four: dict[str, int]) -> None:
    with time_machine.travel(NOW, tick=False), desk.write() as db:
        snooze.snooze(db, db.get_one(Ticket, four["lid"]), NOW + timedelta(days=90), SYSTEM)
    orders: dict[str, list[int]] = {}
    with desk.read() as db:
        mio = desk.agent("mio")
        for sort in built.SORTS:
            view = Built("x", "x", "star", built.SORTS[sort].down, sort=sort)
            whole = [row.id for row in built.rows(db, mio, view)]
            paged: list[int] = []
            after = ""
            while found := built.rows(db, mio, view, after=after, limit=1):
                paged.append(found[0].id)
                after = found[0].place
            assert paged == whole, sort
            orders[sort] = whole
    late, done, lid = four["late"], four["done"], four["lid"]
    assert orders["waiting"] == [late, lid, done]
    assert orders["urgent"] == [lid, late, done]
    assert orders["newest"] == [lid, done, late]
    assert orders["oldest"] == [late, done, lid]
    assert orders["solved"][0] == done
    assert orders["wakes"][0] == lid


def test_a_tree_knows_where_its_tickets_lie() -> None:
    is_open, asleep = Condition("status", "any", ("open",)), Condition("snoozed", "yes")
    assert asking.shelves(Group()) == ["desk", "waiting", "asleep", "done"]
    assert asking.shelves(Group("all", (is_open,))) == ["desk", "asleep"]
    assert asking.shelves(Group("all", (Group("all", (is_open, asleep)),))) == ["asleep"]
    assert asking.shelves(Group("any", (is_open, asleep))) == ["desk", "waiting", "asleep", "done"]
    assert asking.shelves(Group("all", (Condition("status", "none", ("solved", "closed")),))) == [
        "desk",
        "waiting",
        "asleep",
    ]
    assert asking.shelves(Group("all", (Condition("spam", "yes"),)))[-1] == "out"
    assert asking.shelves(Group("all", (Condition("status", "any", ("solved",)), asleep))) == []


WRONG: list[tuple[tree.Part, str]] = [
    (Condition("colour", "any", ("red",)), "no longer exists"),
    (Condition("status", "contains", ("o",)), "how to compare"),
    (Condition("status", "any"), "at least one"),
    (Condition("status", "any", ("sleepy",)), "no longer exists"),
    (Condition("assignee", "any", ("999",)), "no longer exists"),
    (Condition("assignee", "any", ("9" * 40,)), "no longer exists"),
    (Condition("team", "none", ("999",)), "no longer exists"),
    (Condition("inbox", "any", ("x",)), "no longer exists"),
    (Condition("tag", "any", ("never seen",)), "no longer exists"),
    (Condition("subject", "contains", (" ",)), "what to look for"),
    (Condition("subject", "contains", ("x" * 300,)), "too long"),
    (Condition("messages", "least", ("many",)), "number"),
    (Condition("messages", "least", ("９",)), "number"),
    (Condition("created", "last", ("0", "days")), "1 to 10,000"),
    (Condition("created", "last", ("3", "years")), "1 to 10,000"),
    (Condition("created", "from", ("2026-02-30",)), "a day"),
    (Condition("created", "from", ("0001-01-01",)), "a day"),
    (Condition("created", "during", ("someday",)), "at least one"),
    (Group("any"), "empty"),
]


def test_what_cannot_be_asked_is_told_and_shows_nothing(desk: Desk, four: dict[str, int]) -> None:
    with desk.read() as db:
        known = fields.fields(db)
        for part, said in WRONG:
            (fault,) = asking.faults(db, known, Group("all", (part,)))
            assert fault.path == (0,)
            assert said in fault.sentence, (part, fault)
            view = Built("x", "x", "star", asked=Group("all", (part,)), faults=(fault,))
            assert built.rows(db, desk.agent("mio"), view) == []
            assert built.count(db, desk.agent("mio"), view) == 0
        deep = Group(
            "all", (Group("all", (Group("all", (Group("all", (Group("all", (Condition("waits", "yes"),)),)),)),)),)
        )
        assert "four deep" in asking.faults(db, known, deep)[0].sentence
        many = Group("all", (Condition("waits", "yes"),) * 51)
        assert "50 conditions" in asking.faults(db, known, many)[0].sentence


@pytest.mark.parametrize("kept", [None, 3, "x", [], {}, {"parts": 3}, {"parts": [None, {"field": 3}]}, {"field": "x"}])
def test_whatever_is_kept_is_read_as_a_tree(desk: Desk, kept: Any) -> None:
    with desk.read() as db:
        assert asking.faults(db, fields.fields(db), tree.read(kept)) != []


def test_what_depends_on_the_reader_and_on_time_is_known() -> None:
    known = fields.OF_TICKETS
    assert asking.personal(known, Group("all", (Group("any", (Condition("team", "any", ("mine",)),)),)))
    assert asking.personal(known, Group("all", (Condition("my_draft", "yes"),)))
    assert not asking.personal(known, Group("all", (Condition("assignee", "any", ("nobody", "3")),)))
    assert asking.timed(Group("all", (Condition("created", "last", ("1", "hours")),)))
    assert not asking.timed(Group("all", (Condition("created", "from", ("2026-01-01",)),)))
