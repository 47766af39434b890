"""Why a message did not go out, as agents of either language read it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app import i18n
from app.channels import reasons
from app.channels.email import returned
from app.channels.email.types import Bounce
from app.channels.line import api as line
from app.channels.outbox import Delivery
from app.channels.types import SendFailed
from app.console import thread
from tests.email.test_transport_out import failure, send
from tests.email.transport import OtherServer

TARO, HANA = "taro@customer.example", "hana@customer.example"


def told(reason: str, code: str = "", state: str = "failed", locale: str = "ja") -> str:
    at = datetime(2024, 5, 1, tzinfo=UTC)
    with i18n.use(locale, "Asia/Tokyo"):
        found = thread.state(Delivery(id=1, state=state, reason=reason, code=code, changed_at=at, retry_at=at))
    assert found is not None
    return found.text


def test_a_bounce_is_a_sentence_in_the_reader_s_language_with_the_address_beside_it() -> None:
    reason = returned.reason(Bounce(TARO, "5.1.1", permanent=True))
    assert told(reason) == f"未送信：このメールアドレスは存在しません。 ({TARO} 5.1.1)"
    assert told(reason, locale="en") == f"Not sent: This address does not exist. ({TARO} 5.1.1)"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("550 5.1.1 no such user", "このメールアドレスは存在しません。"),
        ("550 5.1.8 who are you", "宛先のサーバーが差出人のアドレスを拒否しました。"),
        ("552 5.2.2 full", "メールボックスの容量がいっぱいです。"),
        ("554 no thanks", "メールサーバーがメールを拒否しました。"),
        ("451 4.7.1 greylisted", "メールサーバーが、しばらくしてから送り直すよう求めています。"),
    ],
)
def test_a_server_s_refusal_is_a_sentence_with_its_own_words_beside_it(
    other: OtherServer, answer: str, sentence: str
) -> None:
    other.at_mail = answer
    error = failure(lambda: send(other.url))
    assert told(error.reason, error.code).startswith(f"未送信：{sentence} ({answer[:3]} ")
    assert answer[4:] in told(error.reason, error.code)


def test_what_waits_for_another_try_says_why_in_japanese_too() -> None:
    error = failure(lambda: send("smtp://127.0.0.1:1"))
    assert "メールサーバーに接続できません。" in told(error.reason, error.code, "retrying")
    assert "。." not in told(error.reason, error.code, "retrying")


def test_line_s_reasons_are_translated_with_line_s_words_beside_them() -> None:
    error: SendFailed = line.failure("refused", "messages[0].text too long")
    assert told(error.reason, error.code).endswith("(messages[0].text too long)")
    assert "LINE refused" not in told(error.reason, error.code)


def test_an_error_of_ours_is_a_sentence_with_its_name_beside_it() -> None:
    said = reasons.shown("KeyError: 'x'", "error")
    assert said == "The desk itself made a mistake while sending. (KeyError: 'x')"


def test_what_no_table_knows_is_shown_as_it_stands() -> None:
    assert told("550 no such user") == "未送信：550 no such user"
    assert told("", "552") == "未送信：552"
