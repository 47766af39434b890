"""Tags kept in order, and inboxes with their own words."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.channels.email import catcher
from app.channels.inboxes import Inbox
from app.demo import cast
from app.tickets import tags
from app.tickets.models import Tag
from tests.story import Desk

TAGS = "/console/settings/tags"


@pytest.fixture
def tagged(desk: Desk, mio: TestClient) -> list[int]:
    """Two tickets: one with both tags, one with the second alone."""
    numbers = [desk.customer_writes(who, "Hello", subject=who).ticket_id or 0 for who in ("hannah", "tom")]
    for name, ticket in (("refund", numbers[0]), ("refunds", numbers[0]), ("refunds", numbers[1])):
        mio.post(f"/console/tickets/{ticket}/tags", data={"tag": name, "add": "1"})
    return numbers


def number_of(desk: Desk, name: str) -> int:
    with desk.read() as db:
        return db.scalars(sa.select(Tag.id).where(Tag.name == name)).one()


def tags_of(desk: Desk, tickets: list[int]) -> list[list[str]]:
    with desk.read() as db:
        found = tags.of(db, tickets)
    return [found[number] for number in tickets]


@pytest.mark.both
def test_two_tags_become_one(desk: Desk, mio: TestClient, tagged: list[int]) -> None:
    one = f"{TAGS}/{number_of(desk, 'refunds')}"
    assert "On 2 tickets" in mio.get(one).text
    taken = mio.post(one, data={"step": "rename", "tag": "Refund"})
    assert taken.status_code == 422
    assert 'value="Refund"' in taken.text
    assert mio.post(one, data={"step": "join", "into": "nothing"}).status_code == 422
    assert mio.post(one, data={"step": "join", "into": "refund"}).is_redirect
    assert tags_of(desk, tagged) == [["refund"], ["refund"]]
    assert "The tag refunds was joined to refund, on 2 tickets" in mio.get("/console/settings/history").text


@pytest.mark.both
def test_a_join_is_undone(desk: Desk, mio: TestClient, tagged: list[int]) -> None:
    stays = number_of(desk, "refund")
    mio.post(f"{TAGS}/{number_of(desk, 'refunds')}", data={"step": "join", "into": "refund"})
    page = mio.get(f"{TAGS}/{stays}").text
    assert "Tags that were joined to it" in page
    way = page.partition(f'action="{TAGS}/joined/')[2].partition('"')[0]
    assert desk.signed_in("kenji").post(f"{TAGS}/joined/{way}").status_code == 404
    assert mio.post(f"{TAGS}/joined/{way}").is_redirect
    assert tags_of(desk, tagged) == [["refund", "refunds"], ["refunds"]]
    assert "was taken apart from refund again, on 2 tickets" in mio.get("/console/settings/history").text
    assert "Tags that were joined to it" not in mio.get(f"{TAGS}/{stays}").text
    assert mio.post(f"{TAGS}/joined/{way}").status_code == 409


def test_an_undone_join_leaves_what_was_changed_since(desk: Desk, mio: TestClient, tagged: list[int]) -> None:
    stays = number_of(desk, "refund")
    mio.post(f"{TAGS}/{number_of(desk, 'refunds')}", data={"step": "join", "into": "refund"})
    mio.post(f"/console/tickets/{tagged[1]}/tags", data={"remove": "refund"})
    way = mio.get(f"{TAGS}/{stays}").text.partition(f'action="{TAGS}/joined/')[2].partition('"')[0]
    mio.post(f"{TAGS}/joined/{way}")
    assert tags_of(desk, tagged) == [["refund", "refunds"], []]


@pytest.mark.both
def test_a_tag_is_renamed_and_deleted(desk: Desk, mio: TestClient, tagged: list[int]) -> None:
    one = f"{TAGS}/{number_of(desk, 'refunds')}"
    assert mio.post(one, data={"step": "rename", "tag": "#返金"}).is_redirect
    assert tags_of(desk, tagged)[1] == ["返金"]
    assert mio.get(TAGS, params={"q": "返"}).text.count('class="num"') == 1
    assert mio.post(one, data={"step": "delete"}).is_redirect
    assert tags_of(desk, tagged) == [["refund"], []]
    assert mio.get(one).status_code == 404


def test_only_administrators_keep_tags(desk: Desk, tagged: list[int]) -> None:
    kenji, one = desk.signed_in("kenji"), f"{TAGS}/{number_of(desk, 'refund')}"
    assert [kenji.get(path).status_code for path in (TAGS, one, "/console/settings/history")] == [404] * 3
    assert kenji.post(one, data={"step": "delete"}).status_code == 404


def inbox_form(**changed: str) -> dict[str, str]:
    usual = {"name": "Support", "locale": "", "team": "", "active": "1", "survey": "1", "acknowledge": "1"}
    return {**usual, **changed}


def test_an_inbox_acknowledges_in_its_own_words(desk: Desk, mio: TestClient) -> None:
    path = f"/console/settings/inboxes/{desk.inbox().id}"
    wrong = mio.post(path, data=inbox_form(acknowledgement_en="Dear {{customer.name}}"))
    assert wrong.status_code == 422
    assert "Dear {{customer.name}}" in wrong.text
    words = "Got it: {{ticket.number}}.\n{{desk.name}}"
    assert mio.post(path, data=inbox_form(acknowledgement_en=words, from_name="Tsukinowa Tea")).is_redirect
    ticket = desk.customer_writes("hannah", "The lid is loose.").ticket_id
    desk.work()
    said = [m.text for m in desk.messages(ticket) if m.kind == "acknowledgement"]
    assert said == [f"Got it: {ticket}.\n{desk.house.settings.desk_name}"]
    assert "Acknowledgement in English" in mio.get(path).text


def test_an_inbox_can_stay_silent(desk: Desk, mio: TestClient) -> None:
    path = f"/console/settings/inboxes/{desk.inbox().id}"
    mio.post(path, data=inbox_form(acknowledge=""))
    ticket = desk.customer_writes("hannah", "The lid is loose.").ticket_id
    assert desk.ticket(ticket).why["acknowledgement"]["code"] == "switched_off"


def test_a_mail_leaves_under_the_name_of_its_inbox(desk: Desk, mio: TestClient) -> None:
    path = f"/console/settings/inboxes/{desk.inbox().id}"
    mio.post(path, data=inbox_form(from_name="Tea & Ware", acknowledge=""))
    ticket = desk.customer_writes("hannah", "The lid is loose.").ticket_id
    desk.agent_replies("mio", ticket, "It is on its way.")
    data = desk.house.settings.data
    raw = catcher.raw_mail(data, catcher.list_mails(data)[0].name)
    assert f"{cast.STAFF['mio'].name} via Tea & Ware".encode() in raw


def test_a_chat_has_its_own_settings(desk: Desk, mio: TestClient) -> None:
    chat = desk.inbox("chat").id
    path = f"/console/settings/inboxes/{chat}"
    form = {"name": "Chat", "locale": "", "team": "", "active": "1", "greeting_ja": "ようこそ", "greeting_en": "Hello"}
    for field, bad in (("origins", "example.com"), ("brand", "red; }")):
        refused = mio.post(path, data={**form, field: bad})
        assert refused.status_code == 422
        assert bad in refused.text
    assert mio.post(path, data={**form, "origins": "https://Shop.example/\n", "brand": "#2f5d8a"}).is_redirect
    with desk.read() as db:
        now = db.get_one(Inbox, chat).settings
    assert now["origins"] == ["https://shop.example"]
    assert now["greeting"] == {"en": "Hello", "ja": "ようこそ"}
    assert "survey" not in now
