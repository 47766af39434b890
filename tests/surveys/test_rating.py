"""The page behind the link: looking changes nothing, sending counts once, until it expires."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine

from app.surveys import ratings
from tests.story import Desk
from tests.surveys.asked import DELAY, NOON, events, mailed, solved, surveys


@dataclass
class Asked:
    """A ticket whose customer was asked, with the path of the link, at a clock that stands still."""

    desk: Desk
    number: int
    path: str
    clock: time_machine.Traveller

    @property
    def rating(self) -> int | None:
        return self.desk.ticket(self.number).rating


@pytest.fixture
def asked(desk: Desk) -> Iterator[Asked]:
    with time_machine.travel(NOON, tick=False) as clock:
        number = solved(desk)
        clock.shift(DELAY)
        desk.work()
        yield Asked(desk, number, mailed(desk, number).path, clock)


# ── looking ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_scanner_that_follows_every_link_rates_nothing(asked: Asked, method: str) -> None:
    scanner = asked.desk.visitor()
    for score in "12345":
        answer = scanner.request(
            method, f"{asked.path}?score={score}", headers={"sec-fetch-site": "cross-site", "accept": "*/*"}
        )
        assert answer.status_code == 200
    assert surveys(asked.desk, asked.number)[0].score is None
    assert asked.rating is None
    assert events(asked.desk, asked.number, "survey.answered") == []


def test_the_link_opens_with_its_answer_chosen(asked: Asked) -> None:
    page = asked.desk.visitor().get(f"{asked.path}?score=4").text
    assert 'value="4" checked' in page
    assert page.count(" checked") == 1
    assert "You chose “Good” in our mail" in page


@pytest.mark.parametrize("score", ["0", "6", "-1", "４", "good", "", "99999999999999999999"])
def test_a_score_that_is_none_chooses_nothing(asked: Asked, score: str) -> None:
    page = asked.desk.visitor().get(asked.path, params={"score": score})
    assert page.status_code == 200
    assert " checked" not in page.text


def test_the_page_speaks_the_customers_language_and_can_be_switched(asked: Asked) -> None:
    visitor = asked.desk.visitor("ja")  # the browser's language does not matter: the mail was English
    assert "How did we do?" in visitor.get(asked.path).text
    japanese = visitor.get(f"{asked.path}?lang=ja&score=2").text
    assert "対応はいかがでしたか" in japanese
    assert 'lang="ja"' in japanese
    assert 'value="2" checked' in japanese


def test_the_page_tells_nothing_but_the_matter_itself(asked: Asked) -> None:
    page = asked.desk.visitor().get(asked.path).text
    assert "A question" in page
    assert "岡部 賢司" in page
    assert "hannah@" not in page
    assert "on its way" not in page


def test_a_link_that_was_never_sent_leads_nowhere(asked: Asked) -> None:
    visitor = asked.desk.visitor()
    assert visitor.get("/rate/" + "A" * 43).status_code == 404
    assert visitor.post("/rate/" + "A" * 43, data={"score": "1"}).status_code == 404
    assert visitor.get("/rate/" + "A" * 5000).status_code == 404
    assert visitor.get(f"/rate/{asked.number}").status_code == 404


# ── sending ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.both
def test_a_rating_reaches_the_ticket_the_thread_and_the_customer(asked: Asked) -> None:
    answer = asked.desk.visitor().post(asked.path, data={"score": "5", "comment": "  Quick!\r\nThank you. "})
    assert answer.status_code == 303
    assert asked.rating == 5
    told = events(asked.desk, asked.number, "survey.answered")[0]
    customer = asked.desk.customer("hannah")
    assert (told.data["score"], told.data["comment"]) == (5, "Quick!\nThank you.")
    assert (told.actor_kind, told.actor_id, told.customer_id) == ("customer", customer.id, customer.id)
    assert told.topics == ["desk", f"agent-{asked.desk.agent('kenji').id}"]
    with asked.desk.read() as db:
        assert ratings.satisfaction(db, customer.id) == (5.0, 1)
        assert ratings.satisfaction(db, asked.desk.customer("marc").id) == (None, 0)
    thanks = asked.desk.visitor().get(answer.headers["location"]).text
    assert "Your rating has been counted: Very good." in thanks


@pytest.mark.both
def test_pressing_send_twice_counts_once(asked: Asked) -> None:
    visitor = asked.desk.visitor()
    for _ in range(2):
        assert visitor.post(asked.path, data={"score": "3", "comment": "Fine"}).status_code == 303
    assert len(events(asked.desk, asked.number, "survey.answered")) == 1
    assert events(asked.desk, asked.number, "survey.changed") == []


def test_a_rating_can_be_changed_until_it_expires(asked: Asked) -> None:
    visitor = asked.desk.visitor()
    visitor.post(asked.path, data={"score": "2", "comment": "Slow"})
    asked.clock.shift(timedelta(days=13))
    page = visitor.get(asked.path).text
    assert 'value="2" checked' in page
    assert "Slow</textarea>" in page
    assert visitor.post(asked.path, data={"score": "4", "comment": "Better now"}).status_code == 303
    changed = events(asked.desk, asked.number, "survey.changed")[0]
    assert (changed.data["before"], changed.data["score"]) == (2, 4)
    assert asked.rating == 4
    assert len(events(asked.desk, asked.number, "survey.answered")) == 1


def test_after_two_weeks_the_link_says_that_it_has_expired(asked: Asked) -> None:
    visitor = asked.desk.visitor()
    visitor.post(asked.path, data={"score": "4"})
    asked.clock.shift(timedelta(days=14))
    page = visitor.get(f"{asked.path}?score=1")
    assert page.status_code == 410
    assert "This link has expired" in page.text
    assert "Yours stays as it is: Good." in page.text
    late = visitor.post(asked.path, data={"score": "1"})
    assert late.status_code == 410
    assert asked.rating == 4


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"comment": "I forgot to choose"}, "Choose one of the five answers."),
        ({"score": "6", "comment": "Six!"}, "Choose one of the five answers."),
        ({"score": "4", "comment": "長" * 2001}, "at most 2,000 characters"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(asked: Asked, typed: dict[str, str], said: str) -> None:
    answer = asked.desk.visitor().post(asked.path, data=typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert typed["comment"] in answer.text
    assert asked.rating is None


def test_two_thousand_characters_fit_with_line_breaks_as_a_browser_sends_them(asked: Asked) -> None:
    comment = "\r\n".join(["字" * 999, "字" * 1000])
    assert asked.desk.visitor().post(asked.path, data={"score": "3", "comment": comment}).status_code == 303
    assert len(surveys(asked.desk, asked.number)[0].comment) == 2000


def test_a_hostile_comment_is_text(asked: Asked) -> None:
    hostile = '<img src=x onerror=alert(1)>" hx-get="/sign-out'
    visitor = asked.desk.visitor()
    visitor.post(asked.path, data={"score": "1", "comment": hostile})
    page = visitor.get(asked.path).text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_another_site_cannot_rate(asked: Asked) -> None:
    answer = asked.desk.visitor().post(
        asked.path, data={"score": "1"}, headers={"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert asked.rating is None


def test_an_old_mail_program_that_names_only_its_origin_can_rate(asked: Asked) -> None:
    visitor = asked.desk.visitor()
    del visitor.headers["sec-fetch-site"]
    answer = visitor.post(asked.path, data={"score": "4"}, headers={"origin": "http://testserver"})
    assert answer.status_code == 303
    assert asked.rating == 4


def test_sending_without_end_is_stopped(asked: Asked) -> None:
    visitor = asked.desk.visitor()
    codes = [visitor.post(asked.path, data={"score": str(n % 5 + 1)}).status_code for n in range(61)]
    assert codes[:60] == [303] * 60
    assert codes[60] == 429


def test_the_page_needs_no_cookie_and_no_script(asked: Asked) -> None:
    answer = asked.desk.visitor().get(asked.path)
    assert "set-cookie" not in answer.headers
    assert "<script" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"  # the token stays out of other sites' logs
