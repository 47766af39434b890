"""What is found, by what, in which order, and by whom: the same on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import clock
from app.accounts.models import Team
from app.customers import identities
from app.customers.models import Customer
from app.events import Actor
from app.reports import health
from app.tickets import assignment, lifecycle, tags
from app.tickets.models import Message, Ticket
from app.tickets.search import follow, index
from tests.search.conftest import Finds, look
from tests.story import Desk

pytestmark = pytest.mark.both
PDF = ("見積書_final.pdf", "application/pdf", b"%PDF-1.4")


def opened(desk: Desk, text: str, who: str = "hannah", **mail: object) -> int:
    number = desk.customer_writes(who, text, **mail).ticket_id
    assert number
    return number


def test_words_are_found_in_every_spelling(desk: Desk, finds: Finds) -> None:
    lid = opened(desk, "The ＬＩＤ of my café kettle is loose.", subject="Kettle")
    support = opened(desk, "サポート窓口の営業時間を教えてください。鉄鍋も欲しい。", subject="営業時間")
    for text in ("lid", "LID", "ｌｉｄ", "cafe", "café", '"kettle is loose"', "kett", "loose lid"):
        assert finds(text) == [lid], text
    for text in (
        "サポート",
        "ｻﾎﾟｰﾄ",
        "さぽーと",
        "窓口",
        "鍋",
        "営業時間",
        "「営業時間を教えて」",
        "サポート 鍋",
        "窓口の営業時間",
    ):
        assert finds(text) == [support], text
    for text in ("loose is", '"loose kettle"', '"kett"', "kettle -lid", "!!!"):
        assert finds(text) == ([lid] if text == "loose is" else []), text


def test_what_a_question_says_between_its_words_may_be_missing(desk: Desk, finds: Finds) -> None:
    number = opened(desk, "先週の注文ですが、届け先の住所を変更したいです。", subject="ご相談")
    assert finds("届け先を変更する方法") == []
    assert finds("届け先の変更") == [number]


def test_names_are_found_by_their_sound(desk: Desk, finds: Finds) -> None:
    number = opened(desk, "ご確認ください。", who="ayaka")
    with desk.write() as db:
        customer = db.get_one(Customer, desk.customer("ayaka").id)
        customer.name, customer.reading = "佐藤 陽翔", "さとう はると"
        identities.rename(db, customer, "佐藤 陽翔", Actor("agent", 1))
    for text in (
        "佐藤",
        "さとう",
        "サトウ",
        "ｻﾄｳ",
        "sato",
        "Satoh",
        "satou",
        "haruto sato",
        "from:sato",
        "from:佐藤",
        "差出人：はると",
    ):
        assert finds(text) == [number], text
    assert finds("sado") == []


def test_notes_files_subjects_and_addresses_are_found(desk: Desk, finds: Finds) -> None:
    number = opened(desk, "Please see the file.", subject="Quotation wanted", attachments=(PDF,))
    desk.agent_notes("mio", number, "She is a wholesaler, be generous.")
    reply = desk.agent_replies("mio", number, "We can offer eight percent.")
    for text in (
        "quotation",
        "見積書",
        "final.pdf",
        "wholesaler",
        "percent",
        "hannah",
        desk.messages(number)[0].sender_address,
    ):
        assert finds(text) == [number], text
    assert finds("has:attachment quotation") == [number] == finds("has:note")
    assert finds("-has:attachment") == []
    best = look(desk, "percent").hits[0]
    assert (best.kind, best.ref) == (index.MESSAGE, reply.id)
    assert look(desk, "wholesaler").hits[0].kind == index.NOTE


def test_operators_narrow_in_both_languages(desk: Desk, finds: Finds) -> None:
    one, two = opened(desk, "a kettle", subject="one"), opened(desk, "another kettle", who="ayaka", subject="two")
    with desk.write() as db:
        mio, first = desk.agent("mio"), db.get_one(Ticket, one)
        assignment.assign(db, first, mio.id, Actor("agent", mio.id))
        tags.add(db, first, "返金", Actor("agent", mio.id))
        lifecycle.set_priority(db, first, "urgent", Actor("agent", mio.id))
        lifecycle.set_status(db, first, "waiting_customer", Actor("agent", mio.id))
    for text in (
        "assignee:me",
        "担当:自分",
        "tag:返金",
        "タグ：返金",
        "priority:urgent",
        "優先度:緊急",
        "状態:返答待ち",
        "from:hannah",
    ):
        assert finds(f"kettle {text}") == [one], text
        assert finds(f"kettle -{text}") == [two], text
        assert finds(text) == [one], text
    assert set(finds("kettle channel:email after:today")) == {one, two} == set(finds("after:today until:今日"))
    assert finds("kettle before:today") == [] == finds("before:2020-01-01") == finds("kettle tag:nothing")
    assert set(finds("status:open status:waiting kettle")) == {one, two}
    assert finds("status:unsolved -kettle") == []


def test_a_slip_is_forgiven_when_nothing_is_found_otherwise(desk: Desk, finds: Finds) -> None:
    kettle, box = opened(desk, "My kettle leaks."), opened(desk, "キャンセルをお願いします。", subject="お願い")
    found = look(desk, "ketle")
    assert ([hit.ticket for hit in found.hits], found.instead) == ([kettle], "kettle")
    assert look(desk, "キャソセル").instead == "キャンセル"
    assert finds("キャンセノル") == [box]
    assert look(desk, "kettle").instead == ""
    assert look(desk, "xylophone").hits == []


def test_the_best_come_first_and_pages_follow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.tickets.search.finding.BLOCK", 4)
    numbers = [opened(desk, f"Number {n} about the parcel.", subject=f"Matter {n}") for n in range(9)]
    desk.customer_writes(
        "hannah", "The parcel once more.", subject="Matter 0", answering=desk.messages(numbers[0])[0].external_id
    )
    named = opened(desk, "It has not come.", subject="Parcel")
    first = look(desk, "parcel", size=3)
    assert first.hits[0].ticket == named
    seen, place = [hit.ticket for hit in first.hits], first.more
    while place:
        page = look(desk, "parcel", after=place, size=3)
        seen += [hit.ticket for hit in page.hits]
        place = page.more
    assert sorted(seen) == sorted([*numbers, named])


# ── who may find ──────────────────────────────────────────────────────────────────────────────────────


def test_nobody_finds_what_they_may_not_see(desk: Desk, finds: Finds) -> None:
    number = opened(desk, "A secret recipe for glaze.", subject="Glaze")
    desk.agent_notes("mio", number, "Confidential remark.")
    with desk.write() as db:
        team = Team(name="Vault", private=True)
        db.add(team)
        db.flush()
        assignment.move(db, db.get_one(Ticket, number), team.id, Actor("agent", desk.agent("mio").id))
    for text in (
        "recipe",
        "glaze",
        "confidential",
        "from:hannah",
        "status:unsolved",
        "has:note",
        "team:vault",
        "recip",
        "recipee",
    ):
        assert finds(text, who="mio") == [number], text
        found = look(desk, text, who="kenji")
        assert (found.hits, found.instead) == ([], ""), text
    assert finds("recipe", who=None) == [number]


def test_what_was_taken_back_is_found_no_more(desk: Desk, finds: Finds) -> None:
    number = opened(desk, "My card number is 4111.")
    assert finds("4111") == [number]
    with desk.write() as db:  # as a channel tells it
        message = db.get_one(Message, desk.messages(number)[0].id)
        message.deleted_at = clock.now()
        lifecycle.changed(db, db.get_one(Ticket, number), "message.deleted", message=message.id)
    assert finds("4111") == []


def test_a_new_subject_is_found_and_the_old_one_not(desk: Desk, finds: Finds) -> None:
    number = opened(desk, "Hello.", subject="Teapot")
    assert finds("teapot") == [number]
    with desk.write() as db:
        lifecycle.set_subject(db, db.get_one(Ticket, number), "Whisk", Actor("agent", 1))
    assert finds("whisk") == [number]


# ── the index ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_index_is_built_from_what_is_there_and_goes_on_from_events(desk: Desk, finds: Finds) -> None:
    number = opened(desk, "The first kettle.")
    desk.agent_notes("mio", number, "A remark.")
    kept = index.of(desk.house.database)
    assert follow.catch_up(kept) > 0
    assert follow.catch_up(kept) == 0
    with desk.read() as db:
        assert health.look(db).index_lag == 0
    before = finds("kettle"), finds("remark")
    with kept.writing() as db:
        index.clear(db)
    assert (finds("kettle"), finds("remark")) == before == ([number], [number])
    second = opened(desk, "The second kettle.", who="ayaka")
    with desk.read() as db:
        assert health.look(db).index_lag > 0
    assert set(finds("kettle")) == {number, second}


def test_a_step_that_is_cut_short_is_done_again(desk: Desk, finds: Finds, monkeypatch: pytest.MonkeyPatch) -> None:
    number = opened(desk, "The only kettle.")
    kept = index.of(desk.house.database)
    with monkeypatch.context() as broken:
        broken.setattr(index, "remember", lambda db, words: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            follow.Writer(kept).step()
    assert finds("kettle") == [number]
    with kept.reading() as db:
        assert (
            db.scalar(sa.select(sa.func.count()).select_from(index.docs).where(index.docs.c.ticket_id == number)) == 1
        )


def test_an_index_of_another_desk_is_built_anew(desk: Desk, finds: Finds) -> None:
    number = opened(desk, "The only kettle.")
    assert finds("kettle") == [number]
    with index.of(desk.house.database).writing() as db:
        db.execute(sa.update(index.state).values(position=10**9))
        db.execute(sa.delete(index.docs))
    assert finds("kettle") == [number]


def test_a_very_long_text_is_found_by_its_end(desk: Desk, finds: Finds) -> None:
    number = opened(desk, "\n".join(f"Line {n} about nothing in particular" for n in range(3000)) + "\nxylophone")
    assert finds("xylophone") == [number]
    assert finds("nothing particular") == [number]
