"""A shop on LINE, from the first message to the answer on the phone, over the desk's real doors and jobs."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.channels import inboxes, ledger, outbox
from app.customers import identities
from app.errors import Invalid
from app.jobs import queue
from app.tickets import attachments, replies, thread
from app.tickets.attachments import Upload
from app.tickets.models import Attachment, Ticket
from tests.line.conftest import LineDesk, payload, somebody
from tests.standins.line_api import (
    PNG,
    Fault,
    LineApi,
    event,
    follow_event,
    image_event,
    message_event,
    signature,
    sticker_event,
    text_event,
    unfollow_event,
    unsend_event,
)


def later(**passed: float) -> time_machine.travel:
    return time_machine.travel(datetime.now(UTC) + timedelta(**passed))


@pytest.fixture
def taro(line: LineApi) -> str:
    return line.meet("田中太郎", "ja")


# ── in ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both
def test_a_message_becomes_a_ticket_of_a_person_with_a_name(shop: LineDesk, taro: str) -> None:
    shop.comes(text_event(taro, "注文した急須がまだ届きません。"))
    ticket = shop.only_ticket()
    assert (ticket.subject, ticket.channel, ticket.status, ticket.locale) == (
        "注文した急須がまだ届きません。",
        "line",
        "new",
        "ja",
    )
    (message,) = shop.desk.messages(ticket.id)
    assert (message.text, message.kind, message.direction) == ("注文した急須がまだ届きません。", "text", "in")
    customer = shop.customer(taro)
    assert (customer.name, customer.locale) == ("田中太郎", "ja")
    assert message.sender_name == "田中太郎"
    assert shop.identity(taro).evidence == "platform"


def test_what_a_person_goes_on_to_say_joins_the_same_ticket(shop: LineDesk, line: LineApi, taro: str) -> None:
    line.files["58001"] = PNG
    shop.comes(text_event(taro, "蓋が割れていました"))
    shop.comes(
        message_event(taro, {"type": "image", "id": "58001", "contentProvider": {"type": "line"}}),
        sticker_event(taro, ["sad", "tears"]),
    )
    ticket = shop.only_ticket()
    kinds = [(m.kind, m.text) for m in shop.desk.messages(ticket.id)]
    assert kinds == [("text", "蓋が割れていました"), ("image", ""), ("sticker", "[スタンプ: sad, tears]")]
    (picture,) = shop.files(ticket.id)
    assert (picture.state, picture.content_type, picture.size) == ("ready", "image/png", len(PNG))


def test_a_picture_alone_opens_a_ticket_that_says_what_it_is(shop: LineDesk, taro: str) -> None:
    shop.comes(image_event(taro))
    assert shop.only_ticket().subject == "写真"
    assert shop.only_ticket().snippet == "写真"


def test_a_picture_that_cannot_be_fetched_does_not_take_the_message_with_it(shop: LineDesk, taro: str) -> None:
    shop.comes(image_event(taro))
    (picture,) = shop.files(shop.only_ticket().id)
    assert picture.state == "failed"
    assert "LINE" in picture.error
    assert len(shop.desk.messages(shop.only_ticket().id)) == 1


def test_a_video_that_is_not_ready_comes_when_it_is(shop: LineDesk, line: LineApi, taro: str) -> None:
    line.preparing.add("58005")
    line.files["58005"] = PNG
    shop.comes(message_event(taro, {"type": "video", "id": "58005", "contentProvider": {"type": "line"}}))
    (video,) = shop.files(shop.only_ticket().id)
    assert video.state == "pending"
    line.preparing.clear()
    with later(seconds=10):
        shop.desk.work()
    (video,) = shop.files(shop.only_ticket().id)
    assert video.state == "ready"


def test_two_people_are_two_tickets(shop: LineDesk, line: LineApi, taro: str) -> None:
    shop.comes(text_event(taro, "一つ目"), text_event(line.meet("花"), "二つ目"))
    assert [t.subject for t in shop.tickets()] == ["一つ目", "二つ目"]


@pytest.mark.both
def test_what_line_delivers_again_changes_nothing(shop: LineDesk, taro: str) -> None:
    first = text_event(taro, "一度だけ")
    shop.comes(first)
    shop.comes({**first, "deliveryContext": {"isRedelivery": True}})
    shop.comes({**first, "webhookEventId": "01JANOTHEREVENTOFTHESAMEMSG"})
    assert len(shop.desk.messages(shop.only_ticket().id)) == 1
    assert [(r.state, r.why) for r in shop.desk.received()] == [
        ("opened", "first_contact"),
        ("ignored", "duplicate"),
    ]


@pytest.mark.both
def test_words_said_at_once_and_read_by_many_workers_are_one_ticket(shop: LineDesk, line: LineApi, taro: str) -> None:
    said = [text_event(taro, f"{number}行目") for number in range(4)]
    twice = {**said[0], "webhookEventId": "01JANOTHEREVENTOFTHESAMEMSG"}
    shop.post(*line.webhook(*said, twice))
    worker = shop.desk.house.worker
    with shop.desk.write() as db:
        jobs = queue.claim(db, "in", 10)
    together = threading.Barrier(len(jobs))

    def read(job: queue.Job) -> None:
        together.wait(60)
        worker.do(job)

    threads = [threading.Thread(target=read, args=(job,)) for job in jobs]
    for thread_ in threads:
        thread_.start()
    for thread_ in threads:
        thread_.join(90)
    shop.desk.work()
    assert len(jobs) == 5
    assert len(shop.desk.messages(shop.only_ticket().id)) == 4
    assert sorted(r.state for r in shop.desk.received()) == ["ignored", "opened", "threaded", "threaded", "threaded"]


def test_what_a_person_takes_back_is_marked_as_taken_back(shop: LineDesk, taro: str) -> None:
    said = text_event(taro, "まちがえました")
    shop.comes(said)
    shop.comes(unsend_event(taro, said["message"]["id"]))
    (message,) = shop.desk.messages(shop.only_ticket().id)
    assert message.deleted_at


def test_what_a_person_edits_is_shown_as_edited(shop: LineDesk, taro: str) -> None:
    said = text_event(taro, "1041番です")
    shop.comes(said)
    better = {"id": said["message"]["id"], "type": "text", "text": "1042番です"}
    shop.comes(event("messageEdited", taro, message=better))
    (message,) = shop.desk.messages(shop.only_ticket().id)
    assert (message.text, message.edited_at is not None) == ("1042番です", True)


def test_a_group_a_join_and_what_nobody_knows_are_kept_and_open_nothing(shop: LineDesk, line: LineApi) -> None:
    for name in ("group_text", "join", "unknown_event", "standby", "verify"):
        shop.comes(*json.loads(payload(name))["events"])
    assert shop.tickets() == []
    assert [(r.state, r.why) for r in shop.desk.received()] == [
        ("ignored", "group"),
        ("ignored", "join"),
        ("ignored", "unknown_type:giftReceived"),
        ("ignored", "standby"),
    ]


def test_signed_garbage_is_quarantined_and_can_be_replayed(shop: LineDesk, line: LineApi) -> None:
    for body in (b"not json", b'{"events": 7}', b'{"events": [7, {"type": "message"}]}'):
        assert shop.post(body, {"X-Line-Signature": signature(line.secret, body)}).status_code == 200
    shop.desk.work()
    states = [(r.state, r.why) for r in shop.desk.received()]
    assert states == [
        ("quarantined", "not_json"),
        ("quarantined", "wrong_shape"),
        ("quarantined", "wrong_shape"),
        ("quarantined", "no_sender"),
    ]
    with shop.desk.write() as db:
        ledger.replay(db, shop.desk.received()[0].id)
    shop.desk.work()
    assert shop.desk.received()[0].state == "quarantined"
    with shop.desk.read() as db:
        assert ledger.unaccounted(db) == 0


@pytest.mark.parametrize("given", [None, "bm90IHRoZSBzaWduYXR1cmU="])
def test_who_cannot_sign_is_turned_away_and_leaves_nothing(shop: LineDesk, taro: str, given: str | None) -> None:
    body, headers = shop.line.webhook(text_event(taro, "偽物"))
    forged = {k: v for k, v in headers.items() if k != "X-Line-Signature"}
    answer = shop.post(body, forged | ({"X-Line-Signature": given} if given else {}))
    assert answer.status_code == 401
    assert shop.desk.received() == []


# ── following ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_friend_is_known_by_name_before_the_first_word(shop: LineDesk, taro: str) -> None:
    shop.comes(follow_event(taro))
    assert shop.tickets() == []
    assert shop.customer(taro).name == "田中太郎"
    shop.comes(text_event(taro, "こんにちは"))
    assert shop.only_ticket().requester_id == shop.customer(taro).id


def test_who_left_is_not_written_to_until_they_come_back(shop: LineDesk, line: LineApi, taro: str) -> None:
    shop.comes(text_event(taro, "返金してください"))
    ticket = shop.only_ticket()
    line.people[taro].blocked = True
    shop.comes(unfollow_event(taro))
    assert not shop.identity(taro).reachable
    with pytest.raises(Invalid) as refused:
        shop.answers(ticket.id, "承知しました")
    assert refused.value.fields == {"to": "This customer can no longer be reached on this channel."}
    assert shop.desk.deliveries(ticket.id) == []
    assert len(shop.desk.messages(ticket.id)) == 1, "nothing half-done stays behind"

    line.people[taro].blocked = False
    shop.comes(follow_event(taro, again=True))
    assert shop.identity(taro).reachable
    shop.answers(ticket.id, "承知しました")
    assert line.texts(taro) == ["承知しました"]


def test_who_writes_can_be_reached_whatever_was_missed_before(shop: LineDesk, line: LineApi, taro: str) -> None:
    shop.comes(text_event(taro, "一つ目"))
    shop.comes(unfollow_event(taro))
    shop.comes(text_event(taro, "戻りました"))
    assert shop.identity(taro).reachable


def test_a_profile_that_fails_is_asked_for_again_and_is_no_dead_job(shop: LineDesk, line: LineApi, taro: str) -> None:
    line.faults.append(Fault("/profile/", 500))
    shop.comes(text_event(taro, "こんにちは"))
    assert shop.customer(taro).name == ""
    with later(minutes=5):
        shop.desk.work()
    assert shop.customer(taro).name == "田中太郎"
    line.faults.extend(Fault("/profile/", 401) for _ in range(3))
    shop.comes(text_event(line.meet("花"), "こんにちは"))
    with shop.desk.read() as db:
        assert queue.counts(db)["dead"] == 0


# ── out ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both
def test_an_answer_within_the_minute_is_free(shop: LineDesk, line: LineApi, taro: str) -> None:
    shop.comes(text_event(taro, "営業時間は？"))
    ticket = shop.only_ticket()
    message = shop.answers(ticket.id, "十時から六時までです。")
    assert [call.road for call in line.calls] == ["reply"]
    assert line.texts(taro) == ["十時から六時までです。"]
    (delivery,) = shop.desk.deliveries(ticket.id)
    assert (delivery.state, delivery.message_id, delivery.attempts) == ("sent", message.id, 1)
    assert delivery.external_id
    assert shop.desk.ticket(ticket.id).status == "waiting_customer"


def test_an_answer_after_the_minute_is_pushed(shop: LineDesk, line: LineApi, taro: str) -> None:
    shop.comes(text_event(taro, "営業時間は？"))
    with later(seconds=55):
        shop.answers(shop.only_ticket().id, "十時から六時までです。")
    assert [call.road for call in line.calls] == ["push"]
    assert line.texts(taro) == ["十時から六時までです。"]


def test_the_second_answer_to_one_message_is_pushed(shop: LineDesk, line: LineApi, taro: str) -> None:
    shop.comes(text_event(taro, "営業時間は？"))
    for text in ("お調べします。", "十時から六時までです。"):
        shop.answers(shop.only_ticket().id, text)
    assert [call.road for call in line.calls] == ["reply", "push"]
    assert not any(asked.endswith("/reply") for asked in line.asked[-1:]), "a used token is not even tried"


@pytest.mark.both
def test_an_answer_that_was_taken_although_line_seemed_to_fail_arrives_once(
    shop: LineDesk, line: LineApi, taro: str
) -> None:
    shop.comes(text_event(taro, "届きましたか"))
    ticket = shop.only_ticket()
    with later(minutes=2):
        line.faults.append(Fault("/push", 500, after=True))
        shop.answers(ticket.id, "はい、届いています。")
        (delivery,) = shop.desk.deliveries(ticket.id)
        assert (delivery.state, delivery.code) == ("retrying", "unavailable")
    with later(minutes=4):
        shop.desk.work()
    (delivery,) = shop.desk.deliveries(ticket.id)
    assert (delivery.state, delivery.attempts) == ("sent", 2)
    assert delivery.external_id
    assert line.texts(taro) == ["はい、届いています。"]


def test_when_line_asks_to_wait_we_wait_as_long_as_it_says(shop: LineDesk, line: LineApi, taro: str) -> None:
    shop.comes(text_event(taro, "急いでいます"))
    ticket = shop.only_ticket()
    with later(minutes=2):
        line.faults.append(Fault("/push", 429, "The API rate limit has been exceeded.", {"Retry-After": "300"}))
        shop.answers(ticket.id, "すぐに。")
        (delivery,) = shop.desk.deliveries(ticket.id)
        assert delivery.state == "retrying"
        assert delivery.reason == "LINE asks us to send more slowly."
    with later(minutes=6):
        shop.desk.work()
        assert line.texts(taro) == []
    with later(minutes=8):
        shop.desk.work()
    assert line.texts(taro) == ["すぐに。"]
    assert shop.desk.deliveries(ticket.id)[0].state == "sent"


def test_what_can_never_be_sent_says_why_and_can_be_tried_again(shop: LineDesk, line: LineApi, taro: str) -> None:
    shop.comes(text_event(taro, "届きましたか"))
    ticket = shop.only_ticket()
    line.quota = 0
    with later(minutes=2):
        shop.answers(ticket.id, "はい。")
    with shop.desk.read() as db:
        entries = thread.load(db, db.get_one(Ticket, ticket.id)).entries
    (shown,) = (entry.delivery for entry in entries if entry.delivery)
    assert (shown.state, shown.code) == ("failed", "quota")
    assert shown.reason == "This LINE account has used up its messages for the month."

    line.quota = 200
    with shop.desk.write() as db:
        outbox.retry(db, shown.id)
    shop.desk.work()
    assert shop.desk.deliveries(ticket.id)[0].state == "sent"
    assert line.texts(taro) == ["はい。"]


def test_a_file_reaches_the_customer_as_a_link_that_opens_without_signing_in(
    shop: LineDesk, line: LineApi, taro: str
) -> None:
    shop.comes(text_event(taro, "領収書をください"))
    shop.answers(shop.only_ticket().id, "こちらです。", Upload("領収書.pdf", "application/pdf", b"%PDF-1.7"))
    words, link = line.texts(taro)
    assert words == "こちらです。"
    name, address = link.splitlines()
    assert name == "領収書.pdf"
    answer = shop.desk.visitor().get(address)
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7")
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E9%A0%98")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    tampered = address[:-1] + ("a" if address[-1] != "a" else "b")
    assert shop.desk.visitor().get(tampered).status_code == 404


def test_a_notes_file_has_no_link_for_customers(shop: LineDesk, taro: str) -> None:
    shop.comes(text_event(taro, "こんにちは"))
    ticket = shop.only_ticket()
    with shop.desk.write() as db:
        agent = somebody(db)
        replies.note(db, db.get_one(Ticket, ticket.id), agent, "内部", uploads=[Upload("a.txt", "text/plain", b"x")])
    (kept,) = shop.files(ticket.id)
    with shop.desk.read() as db:
        link = attachments.shared_link(db, db.get_one(Attachment, kept.id))
    assert shop.desk.visitor().get(link).status_code == 404


def test_two_accounts_of_one_provider_know_the_same_person(shop: LineDesk, line: LineApi, taro: str) -> None:
    """User ids are the provider's: with `provider_id` set, both inboxes see one customer; without, each its own."""
    secrets = {"channel_secret": line.secret, "access_token": line.token}
    with shop.desk.write() as db:
        pair = [
            inboxes.add(db, "line", name, name, settings={"provider_id": "2001"}, secrets=secrets)
            for name in ("@east", "@west")
        ]
    for inbox in (*pair, shop.inbox):
        LineDesk(shop.desk, line, inbox).comes(text_event(taro, f"to {inbox.address}"))
    with shop.desk.read() as db:
        of_provider = identities.find(db, "line", taro, "2001")
        alone = identities.find(db, "line", taro, "")
    assert of_provider
    assert alone
    assert of_provider.customer_id != alone.customer_id
    owners = {t.inbox_id: t.requester_id for t in shop.desk.tickets()}
    assert owners[pair[0].id] == owners[pair[1].id] == of_provider.customer_id
