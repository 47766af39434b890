"""What people write for a moment, and the moment that is meant. It is Wednesday, 18 November 2026, 14:05 in Tokyo."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import whenever

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 18, 14, 5, 30, tzinfo=TOKYO)


def said(text: str, now: datetime = NOW) -> str:
    found = whenever.read(text, now, TOKYO)
    return found.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M") if found else "nothing"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("明日9時", "2026-11-19 09:00"),
        ("明日の午後3時半", "2026-11-19 15:30"),
        ("あした", "2026-11-19 09:00"),
        ("明後日 10:30", "2026-11-20 10:30"),
        ("あさっての夕方", "2026-11-20 17:00"),
        ("明日の朝", "2026-11-19 09:00"),
        ("明日の朝8時", "2026-11-19 08:00"),
        ("今夜", "2026-11-18 20:00"),
        ("今日の18時", "2026-11-18 18:00"),
        ("午後5時", "2026-11-18 17:00"),
        ("9時", "2026-11-19 09:00"),
        ("来週月曜", "2026-11-23 09:00"),
        ("来週の月曜日 13時", "2026-11-23 13:00"),
        ("来週金曜", "2026-11-27 09:00"),
        ("今週金曜", "2026-11-20 09:00"),
        ("再来週火曜", "2026-12-01 09:00"),
        ("金曜", "2026-11-20 09:00"),
        ("水曜日", "2026-11-25 09:00"),
        ("来週", "2026-11-23 09:00"),
        ("来月", "2026-12-01 09:00"),
        ("週末", "2026-11-21 09:00"),
        ("3日後", "2026-11-21 09:00"),
        ("三日後の15時", "2026-11-21 15:00"),
        ("2時間後", "2026-11-18 16:05"),
        ("30分後", "2026-11-18 14:35"),
        ("1時間半後", "2026-11-18 15:35"),
        ("1週間後", "2026-11-25 09:00"),
        ("2か月後", "2027-01-18 09:00"),
        ("12月24日", "2026-12-24 09:00"),
        ("12月24日10時", "2026-12-24 10:00"),
        ("１２／２４　１０：００", "2026-12-24 10:00"),
        ("2027年1月5日", "2027-01-05 09:00"),
        ("25日", "2026-11-25 09:00"),
        ("5日", "2026-12-05 09:00"),
        ("来月5日 11時", "2026-12-05 11:00"),
        ("1月5日", "2027-01-05 09:00"),
        ("明日9時まで", "2026-11-19 09:00"),
    ],
)
def test_japanese(text: str, meant: str) -> None:
    assert said(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("tomorrow", "2026-11-19 09:00"),
        ("Tomorrow at 3pm", "2026-11-19 15:00"),
        ("tomorrow 15:30", "2026-11-19 15:30"),
        ("tomorrow morning", "2026-11-19 09:00"),
        ("day after tomorrow", "2026-11-20 09:00"),
        ("tonight", "2026-11-18 20:00"),
        ("today 5 p.m.", "2026-11-18 17:00"),
        ("5pm", "2026-11-18 17:00"),
        ("9am", "2026-11-19 09:00"),
        ("12am", "2026-11-19 00:00"),
        ("noon", "2026-11-19 12:00"),
        ("at 17", "2026-11-18 17:00"),
        ("next Monday 9am", "2026-11-23 09:00"),
        ("next Friday", "2026-11-27 09:00"),
        ("this Friday", "2026-11-20 09:00"),
        ("friday", "2026-11-20 09:00"),
        ("Wednesday", "2026-11-25 09:00"),
        ("on Thurs at 10:15", "2026-11-19 10:15"),
        ("next week", "2026-11-23 09:00"),
        ("next month", "2026-12-01 09:00"),
        ("weekend", "2026-11-21 09:00"),
        ("in 3 days", "2026-11-21 09:00"),
        ("in 3 days at 8:00", "2026-11-21 08:00"),
        ("in 2 hours", "2026-11-18 16:05"),
        ("2h", "2026-11-18 16:05"),
        ("30m", "2026-11-18 14:35"),
        ("in half an hour", "2026-11-18 14:35"),
        ("in a week", "2026-11-25 09:00"),
        ("in two weeks", "2026-12-02 09:00"),
        ("in 1 month", "2026-12-18 09:00"),
        ("12/24 10:00", "2026-12-24 10:00"),
        ("24/12", "2026-12-24 09:00"),
        ("24.12. 10:00", "2026-12-24 10:00"),
        ("2026-12-24", "2026-12-24 09:00"),
        ("2026-12-24T10:00", "2026-12-24 10:00"),
        ("Dec 24", "2026-12-24 09:00"),
        ("24 December 10am", "2026-12-24 10:00"),
        ("January 5th, 2028", "2028-01-05 09:00"),
        ("11/18", "2026-11-18 09:00"),
        ("11/17", "2027-11-17 09:00"),
        ("2/29", "2028-02-29 09:00"),
    ],
)
def test_english(text: str, meant: str) -> None:
    assert said(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "soon", "そのうち", "25時", "明日25時", "13pm", "2/30", "99/99", "9999999999", "x" * 200),
        *("tomorrow friday", "monday tuesday", "in 99999 days", "in 3 days in 2 hours", "3 days ago"),
        *("tomorrow maybe", "2h tomorrow", "明日か明後日"),
    ],
)
def test_what_names_no_moment(text: str) -> None:
    assert said(text) == "nothing"


def test_weeks_and_months_turn() -> None:
    sunday = datetime(2026, 11, 22, 10, tzinfo=TOKYO)
    assert said("next Monday", sunday) == said("来週月曜", sunday) == said("monday", sunday) == "2026-11-23 09:00"
    new_year = datetime(2026, 12, 31, 23, 59, tzinfo=TOKYO)
    assert said("明日", new_year) == said("来月", new_year) == "2027-01-01 09:00"
    assert said("in 2 months", new_year) == "2027-02-28 09:00"


def test_the_night_when_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2027, 3, 27, 22, tzinfo=berlin)
    assert whenever.read("tomorrow 2:30", before, berlin) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)  # half past three
    assert whenever.read("in 12 hours", before, berlin) == datetime(2027, 3, 28, 9, tzinfo=UTC)
    assert whenever.read("tomorrow 9am", before, berlin) == datetime(2027, 3, 28, 7, tzinfo=UTC)


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    found = whenever.read(text, NOW, TOKYO)
    assert found is None or found.tzinfo is UTC
