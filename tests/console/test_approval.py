"""A second pair of eyes: asked for, compared, approved or sent back; and no way around it."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.accounts import teams as desk_teams
from app.channels import inboxes
from app.customers.models import Customer
from app.errors import Conflict
from app.events import SYSTEM, Event
from app.notices.models import Notice
from app.text import differences
from app.tickets import approval, forwarding, lifecycle, merging, replies
from app.tickets.models import Ticket
from app.tickets.unsent import Draft, HeldReply, Proposal
from tests.console.conftest import HX
from tests.story import Desk

LETTER = "The lid is on its way."


@pytest.fixture(autouse=True)
def supervised(desk: Desk) -> None:
    """Kenji is new: somebody looks at his replies."""
    with desk.write() as db:
        db.merge(desk.agent("kenji")).approval = True


@pytest.fixture
def kenji(desk: Desk) -> TestClient:
    return desk.signed_in("kenji")


def ask(browser: TestClient, ticket: int, text: str = LETTER, **fields: str) -> object:
    data = {"kind": "reply", "body": text, "seen": "999"} | fields
    return browser.post(f"/console/tickets/{ticket}/write", data=data, headers=HX)


def proposals(desk: Desk) -> list[Proposal]:
    with desk.read() as db:
        return list(db.scalars(sa.select(Proposal).order_by(Proposal.id)))


def sent(desk: Desk, ticket: int) -> list[str]:
    desk.work()
    return [m.text for m in desk.messages(ticket) if m.sender_kind == "agent"]


def told(desk: Desk, who: str, *, unread: bool = True) -> list[str]:
    number = desk.agent(who).id
    query = sa.select(Notice.kind).where(Notice.agent_id == number).order_by(Notice.id)
    with desk.read() as db:
        return list(db.scalars(query.where(Notice.read_at.is_(None)) if unread else query))


def home(number: int, step: str = "") -> str:
    return f"/console/proposals/{number}{step}"


# ── asking and approving ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.both
def test_what_is_approved_leaves_as_it_was_asked_for_in_its_writer_s_name(
    desk: Desk, mio: TestClient, kenji: TestClient, waiting: int
) -> None:
    assert "承認を依頼" in kenji.get(f"/console/tickets/{waiting}").text
    kenji.post(f"/console/tickets/{waiting}/draft", data={"kind": "reply", "body": LETTER, "version": "0"})
    answer = kenji.post(
        f"/console/tickets/{waiting}/write",
        data={"kind": "reply", "body": LETTER, "seen": "999", "then": "solved"},
        files=[("files", ("slip.txt", b"a slip", "text/plain"))],
        headers=HX,
    )
    assert "承認を依頼しました" in answer.text
    assert json.loads(answer.headers["hx-trigger"])["sent"] == {"ticket": waiting, "kind": "reply"}
    assert (sent(desk, waiting), desk.ticket(waiting).status) == ([], "new")
    (asked,) = proposals(desk)
    page = mio.get(f"/console/tickets/{waiting}").text
    assert "岡部 賢司 asks for approval" in page
    assert LETTER in page
    assert "slip.txt" in page
    assert "Then the ticket is solved" in page
    assert mio.get(home(asked.id, f"/files/{asked.files[0]['blob']}")).content == b"a slip"
    done = mio.post(home(asked.id, "/approve"))
    assert done.headers["location"] == f"/console/tickets/{waiting}?done=approved"
    assert sent(desk, waiting) == [LETTER]
    message = desk.messages(waiting)[-1]
    assert (message.agent_id, desk.ticket(waiting).status) == (desk.agent("kenji").id, "solved")
    thread = mio.get(f"/console/tickets/{waiting}").text
    assert "Mio Tanabe approved the reply of 岡部 賢司" in thread
    assert "asks for approval" not in thread
    assert "slip.txt" in thread
    again = mio.post(home(asked.id, "/approve"))
    assert again.status_code == 409
    assert sent(desk, waiting) == [LETTER]


@pytest.mark.desk(undo_send_seconds=10)
def test_what_is_approved_can_be_undone_for_a_moment(
    desk: Desk, mio: TestClient, kenji: TestClient, waiting: int
) -> None:
    ask(kenji, waiting)
    (asked,) = proposals(desk)
    mio.post(home(asked.id, "/approve"), data={"body": "The lid left today."})
    with desk.read() as db:
        held = db.scalars(sa.select(HeldReply)).one()
    assert held.agent_id == desk.agent("kenji").id
    said = mio.post(f"/console/held/{held.id}/undo", headers=HX)
    assert "waits for approval again" in said.text
    assert [(p.state, p.text) for p in proposals(desk)] == [("waiting", "The lid left today.")]
    mio.post(home(asked.id, "/approve"))
    with desk.read() as db:
        held = db.scalars(sa.select(HeldReply)).one()
    kenji.post(f"/console/held/{held.id}/undo", headers=HX)
    assert [p.state for p in proposals(desk)] == ["withdrawn"]
    assert kenji.get(f"/console/tickets/{waiting}/draft").json()["reply"]["text"] == "The lid left today."
    assert sent(desk, waiting) == []


@pytest.mark.desk(undo_send_seconds=10)
def test_an_approved_reply_leaves_at_its_time(desk: Desk, mio: TestClient, kenji: TestClient, waiting: int) -> None:
    ask(kenji, waiting, later="tomorrow 9am")
    (asked,) = proposals(desk)
    assert asked.leave_at is not None
    mio.post(home(asked.id, "/approve"))
    with desk.read() as db:
        held = db.scalars(sa.select(HeldReply)).one()
    assert (held.later, held.leave_at) == (True, asked.leave_at)
    assert mio.post(f"/console/held/{held.id}/send", headers=HX).status_code == 204
    assert sent(desk, waiting) == [LETTER]


@pytest.mark.both
def test_the_customer_s_newer_word_stops_the_approval_and_is_shown(
    desk: Desk, mio: TestClient, kenji: TestClient, waiting: int
) -> None:
    desk.agent_replies("mio", waiting, "One moment.")
    ask(kenji, waiting)
    ours = desk.messages(waiting)[-1].external_id
    desk.customer_writes("hannah", "It fits after all!", subject="Re: A loose lid", answering=ours)
    (asked,) = proposals(desk)
    assert "The customer has written since." in mio.get(f"/console/tickets/{waiting}").text
    stopped = mio.post(home(asked.id, "/approve"), data={"body": "Changed by Mio."})
    assert stopped.status_code == 409
    assert "a newer message has arrived" in stopped.text
    assert "It fits after all!" in stopped.text
    assert "Changed by Mio." in stopped.text  # what was typed stays
    assert sent(desk, waiting) == ["One moment."]
    newest = max(m.id for m in desk.messages(waiting))
    assert f'value="newer.{newest}"' in stopped.text
    mio.post(home(asked.id, "/approve"), data={"body": "Changed by Mio.", "anyway": f"newer.{newest}"})
    assert sent(desk, waiting) == ["One moment.", "Changed by Mio."]
    assert "changed and approved" in mio.get(f"/console/tickets/{waiting}").text


def test_a_proposal_is_read_by_the_guards_before_it_is_asked_for(desk: Desk, kenji: TestClient, waiting: int) -> None:
    answer = ask(kenji, waiting, "XXX様、蓋をお送りします。")
    assert answer.status_code == 409
    assert proposals(desk) == []


# ── sending back ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both
def test_what_is_sent_back_is_a_draft_with_the_comment_above_it(
    desk: Desk, mio: TestClient, kenji: TestClient, waiting: int
) -> None:
    ask(kenji, waiting, "It leaves today.")
    (asked,) = proposals(desk)
    empty = mio.post(home(asked.id, "/return"), data={"comment": "  ", "body": "x"})
    assert empty.status_code == 422
    assert 'id="f-comment-wrong"' in empty.text
    mio.post(home(asked.id, "/return"), data={"comment": "Friday, not today."})
    page = kenji.get(f"/console/tickets/{waiting}").text
    assert "返信を差し戻しました" in page
    assert "Friday, not today." in page
    assert kenji.get(f"/console/tickets/{waiting}/draft").json()["reply"]["text"] == "It leaves today."
    assert told(desk, "kenji")[-1] == "returned"
    assert (
        "Friday, not today."
        not in desk.signed_in("yuki")
        .get(f"/console/tickets/{waiting}")
        .text.split('id="returned"')[1]
        .split("</div>")[0]
    )
    ask(kenji, waiting, "It leaves on Friday.")
    first, second = proposals(desk)
    assert (first.state, second.before_id) == ("revised", first.id)
    compare = mio.get(home(second.id)).text
    assert "<del>today</del><ins>on Friday</ins>" in compare
    assert "Friday, not today." in compare
    assert "The lid is loose." in compare
    assert "返信を差し戻しました" not in kenji.get(f"/console/tickets/{waiting}").text.split('id="returned"')[1]


def test_the_comment_can_be_put_aside(desk: Desk, mio: TestClient, kenji: TestClient, waiting: int) -> None:
    ask(kenji, waiting)
    (asked,) = proposals(desk)
    mio.post(home(asked.id, "/return"), data={"comment": "Warmer, please."})
    assert mio.post(home(asked.id, "/aside"), headers=HX).status_code == 404
    assert kenji.post(home(asked.id, "/aside"), headers=HX).status_code == 204
    assert "Warmer" not in kenji.get(f"/console/tickets/{waiting}").text.split('id="returned"')[1]


def test_its_writer_can_withdraw_it(desk: Desk, mio: TestClient, kenji: TestClient, waiting: int) -> None:
    ask(kenji, waiting)
    (asked,) = proposals(desk)
    assert mio.post(home(asked.id, "/withdraw"), headers=HX).status_code == 403
    answer = kenji.post(home(asked.id, "/withdraw"), headers=HX)
    assert json.loads(answer.headers["hx-trigger"])["undone"] == {"ticket": waiting, "kind": "reply"}
    assert kenji.get(f"/console/tickets/{waiting}/draft").json()["reply"]["text"] == LETTER
    assert mio.post(home(asked.id, "/approve")).status_code == 409
    assert sent(desk, waiting) == []


# ── who ───────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_approves_their_own_and_who_needs_approval_gives_none(
    desk: Desk, kenji: TestClient, waiting: int
) -> None:
    ask(kenji, waiting)
    (asked,) = proposals(desk)
    for step in ("/approve", "/return"):
        data = {"comment": "Fine."}
        assert kenji.post(home(asked.id, step), data=data).status_code == 403
        assert desk.signed_in("haruka").post(home(asked.id, step), data=data).status_code == 403
        assert desk.signed_in("rosa").post(home(asked.id, step), data=data).status_code == 404
        assert desk.visitor().post(home(asked.id, step), data=data).status_code == 401
    assert desk.signed_in("rosa").get(home(asked.id)).status_code == 404
    assert desk.signed_in("rosa").get(home(asked.id, f"/files/{'0' * 64}")).status_code == 404
    with desk.write() as db:
        for who in ("rosa", "mio"):
            person = db.merge(desk.agent(who))
            person.approval, person.sees = True, "all"
    assert desk.signed_in("rosa").post(home(asked.id, "/approve")).status_code == 403
    assert sent(desk, waiting) == []
    assert desk.signed_in("mio").post(home(asked.id, "/approve")).status_code == 303  # an administrator decides
    assert sent(desk, waiting) == [LETTER]


def test_those_who_can_decide_are_told_until_somebody_has(
    desk: Desk, mio: TestClient, kenji: TestClient, waiting: int
) -> None:
    ask(kenji, waiting)
    (asked,) = proposals(desk)
    assert [told(desk, who) for who in ("mio", "yuki", "rosa", "kenji", "haruka")] == [["asked"], ["asked"], [], [], []]
    assert "asks for your approval" in mio.get("/console/notices").text
    assert f"/console/tickets/{waiting}#p{asked.id}" in json.dumps(mio.get("/console/notices/bell").json())
    mio.post(home(asked.id, "/approve"))
    assert (told(desk, "mio"), told(desk, "yuki"), told(desk, "kenji")) == ([], [], ["approved"])


def test_whoever_may_no_longer_answer_sends_nothing(
    desk: Desk, mio: TestClient, kenji: TestClient, waiting: int
) -> None:
    ask(kenji, waiting)
    (asked,) = proposals(desk)
    with desk.write() as db:
        db.merge(desk.agent("kenji")).role = "viewer"
    refused = mio.post(home(asked.id, "/approve"))
    assert refused.status_code == 409
    assert "may no longer answer" in refused.text
    assert mio.post(home(asked.id, "/return"), data={"comment": "I answer."}).status_code == 303
    assert sent(desk, waiting) == []


def test_anybody_may_ask_and_what_was_asked_for_is_not_sent(desk: Desk, mio: TestClient, waiting: int) -> None:
    """The button said "ask": that the desk stopped to demand it meanwhile does not make it "send"."""
    ask(mio, waiting, ask="1")
    assert [p.state for p in proposals(desk)] == ["waiting"]
    assert sent(desk, waiting) == []


@pytest.mark.parametrize(
    ("own", "place", "chief", "needs"),
    [
        (False, False, False, False),
        (True, False, False, True),
        (False, True, False, True),
        (False, True, True, False),
        (True, False, True, True),
    ],
)
def test_who_needs_approval(own: bool, place: bool, chief: bool, needs: bool) -> None:
    assert approval.needed(own=own, place=place, chief=chief) is needs


@pytest.mark.parametrize(
    ("author", "role", "needs", "may"),
    [
        (1, "agent", False, True),
        (2, "owner", False, False),
        (1, "agent", True, False),
        (1, "admin", True, True),
        (1, "viewer", False, False),
    ],
)
def test_who_may_decide(author: int, role: str, needs: bool, may: bool) -> None:
    assert approval.allowed(author=author, agent=2, role=role, needs=needs) is may


# ── where it is set ───────────────────────────────────────────────────────────────────────────────────


def test_an_inbox_a_team_or_a_person_is_set_by_administrators_alone(desk: Desk, mio: TestClient, waiting: int) -> None:
    rosa, mail = desk.agent("rosa"), desk.inbox()
    with desk.read() as db:
        team = db.scalar(sa.text("SELECT id FROM teams WHERE name = 'Studio visits'"))
    places = {
        f"/console/settings/agents/{rosa.id}": {"role": "agent", "sees": "teams", "active": "1", "name": rosa.name},
        f"/console/settings/teams/{team}": {"name": "Studio visits", "members": str(rosa.id)},
        f"/console/settings/inboxes/{mail.id}": {"name": mail.name, "active": "1", "acknowledge": "1", "survey": "1"},
    }
    for path, data in places.items():
        assert desk.signed_in("kenji").post(path, data=data | {"approval": "1"}).status_code == 404
        assert 'name="approval" value="1">' in mio.get(path).text
        assert mio.post(path, data=data | {"approval": "1"}).status_code == 303
        page = mio.get(path).text
        assert 'name="approval" value="1" checked' in page
        assert "Replies need approval: no → yes" in page or "Replies need approval: – → yes" in page
        assert mio.post(path, data=data).status_code == 303
        assert 'name="approval" value="1">' in mio.get(path).text


@pytest.mark.both
def test_an_inbox_or_a_team_asks_everybody_but_administrators(desk: Desk, waiting: int) -> None:
    with desk.write() as db:
        db.merge(desk.agent("kenji")).approval = False
    ticket = desk.ticket(waiting)

    def asks() -> list[bool]:
        with desk.read() as db:
            found = db.get_one(Ticket, waiting)
            return [approval.needs(db, found, desk.agent(who)) for who in ("kenji", "rosa", "mio", "yuki")]

    assert asks() == [False] * 4
    with desk.write() as db:
        inbox = db.merge(desk.inbox())
        inboxes.change(db, inbox, name=inbox.name, settings={"approval": True})
    assert asks() == [True, True, False, False]
    with desk.write() as db:
        inbox = db.merge(desk.inbox())
        inboxes.change(db, inbox, name=inbox.name, settings={"approval": False})
        team = desk_teams.add(db, "Legal")
        desk_teams.change(db, team, SYSTEM, name="Legal", private=False, members=[], approval=True)
        db.get_one(Ticket, ticket.id).team_id = team.id
    assert asks() == [True, True, False, False]


# ── no way around ─────────────────────────────────────────────────────────────────────────────────────


def test_every_door_refuses_who_needs_approval(desk: Desk, kenji: TestClient, waiting: int) -> None:
    with desk.write() as db:
        ticket, agent = db.get_one(Ticket, waiting), db.merge(desk.agent("kenji"))
        with pytest.raises(Conflict, match="has to approve"):
            replies.reply(db, ticket, agent, "Around it")
        with pytest.raises(Conflict, match="has to approve"):
            forwarding.forward(db, ticket, agent, to="hannah@fjordcafe.example", text="Around it")
    ask(kenji, waiting, "Around it", later="tomorrow")
    ask(kenji, waiting, "Around it", anyway="1")
    assert [p.state for p in proposals(desk)] == ["waiting", "waiting"]
    assert sent(desk, waiting) == []
    said = kenji.post(f"/console/tickets/{waiting}/forward", data={"to": "a@b.example", "text": "Look"})
    assert said.status_code == 409
    assert "先に同僚の承認が必要です" in said.text


@pytest.mark.desk(undo_send_seconds=10)
def test_what_was_held_before_the_rule_stops_when_its_time_comes(desk: Desk, mio: TestClient, waiting: int) -> None:
    with desk.write() as db:
        db.merge(desk.agent("kenji")).approval = False
    ask(desk.signed_in("kenji"), waiting, later="tomorrow")
    with desk.write() as db:
        db.merge(desk.agent("kenji")).approval = True
        held = db.scalars(sa.select(HeldReply)).one().id
    refused = mio.post(f"/console/held/{held}/send", headers=HX)
    assert "has to approve" in refused.text
    assert sent(desk, waiting) == []


def test_a_note_needs_no_approval(desk: Desk, kenji: TestClient, waiting: int) -> None:
    kenji.post(f"/console/tickets/{waiting}/write", data={"kind": "note", "body": "在庫を確認"}, headers=HX)
    assert [n.text for n in desk.notes(waiting)] == ["在庫を確認"]


# ── what happens to the ticket meanwhile ──────────────────────────────────────────────────────────────


def test_solving_moving_and_merging_lose_nothing(desk: Desk, mio: TestClient, kenji: TestClient, waiting: int) -> None:
    ask(kenji, waiting)
    (asked,) = proposals(desk)
    other = desk.customer_writes("hannah", "Another", subject="Another lid").ticket_id
    with desk.write() as db:
        lifecycle.solve(db, db.get_one(Ticket, waiting), SYSTEM)
        source, target, agent = db.get_one(Ticket, waiting), db.get_one(Ticket, other), db.merge(desk.agent("mio"))
        with pytest.raises(Conflict, match="waits for approval"):
            merging.merge(db, agent, source, target)
    assert "asks for approval" in mio.get(f"/console/tickets/{waiting}").text
    mio.post(home(asked.id, "/return"), data={"comment": "Together with the other one."})
    with desk.write() as db:
        source, target, agent = db.get_one(Ticket, waiting), db.get_one(Ticket, other), db.merge(desk.agent("mio"))
        merging.merge(db, agent, source, target)
    assert "Together with the other one." in kenji.get(f"/console/tickets/{other}").text
    with desk.read() as db:
        assert db.scalars(sa.select(Draft.text).where(Draft.ticket_id == other)).all() == [LETTER]


def test_nothing_of_it_is_seen_outside_before_it_is_approved(desk: Desk, kenji: TestClient, waiting: int) -> None:
    ask(kenji, waiting, "Not yet")
    ticket = desk.ticket(waiting)
    assert (ticket.first_response_at, ticket.assignee_id, ticket.messages_count) == (None, None, 1)
    with desk.read() as db:
        kinds = db.scalars(sa.select(Event.kind).where(Event.ticket_id == waiting, Event.kind.like("proposal.%"))).all()
        assert db.scalar(sa.select(Customer.name).where(Customer.id == ticket.requester_id))
    assert kinds == ["proposal.asked"]


def test_a_view_finds_what_waits_for_approval(desk: Desk, mio: TestClient, kenji: TestClient, waiting: int) -> None:
    ask(kenji, waiting)
    data = {"name_en": "To approve", "part": "0:c", "f-0": "approval", "o-0": "yes", "m-": "all", "sort": "waiting"}
    found = mio.post("/console/saved/preview", data=data, headers=HX).text
    assert "A loose lid" in found


def test_the_history_tells_of_every_step(desk: Desk, mio: TestClient, kenji: TestClient, waiting: int) -> None:
    ask(kenji, waiting)
    kenji.post(home(proposals(desk)[0].id, "/withdraw"), headers=HX)
    page = mio.get(f"/console/tickets/{waiting}/history").text
    assert "A colleague was asked to approve a reply" in page
    assert "A reply was withdrawn before it was approved" in page


# ── what changed between two texts ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("same", "same", [("same", "same")]),
        ("", "new", [("came", "new")]),
        (
            "本日お送りします。",
            "金曜日にお送りします。",
            [("gone", "本"), ("came", "金曜"), ("same", "日"), ("came", "に"), ("same", "お送りします。")],
        ),
        ("one\ntwo\n", "one\n", [("same", "one\n"), ("gone", "two\n")]),
    ],
)
def test_what_changed(before: str, after: str, parts: list[tuple[str, str]]) -> None:
    assert differences.between(before, after) == parts
    assert "".join(text for kind, text in parts if kind != "came") == before
    assert "".join(text for kind, text in parts if kind != "gone") == after
