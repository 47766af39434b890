"""Pure parts of a report: periods, lengths of time in words, axes and lines of charts, cells of a sheet."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from app import i18n
from app.errors import Invalid
from app.reports import charts, period, sheet, tiles, words
from app.reports.links import Number
from app.reports.period import Filters

TODAY = date(2026, 11, 20)


def _parse(**given: str) -> Filters:
    named = {key.removesuffix("_"): value for key, value in given.items()}
    return period.parse(named, TODAY, channels=["email"], teams=[3], agents=[5])


# ── periods ───────────────────────────────────────────────────────────────────────────────────────────


def test_two_weeks_up_to_today_when_nothing_is_asked_for() -> None:
    assert _parse() == Filters(date(2026, 11, 7), TODAY, "14")


def test_the_last_seven_days_hold_today() -> None:
    filters = _parse(period="7", channel="email", team="3", assignee="5")
    assert (filters.first, filters.last) == (date(2026, 11, 14), TODAY)
    assert filters.query() == "period=7&channel=email&team=3&assignee=5"
    assert filters.query(dates=True, what="created") == (
        "from=2026-11-14&to=2026-11-20&channel=email&team=3&assignee=5&what=created"
    )


def test_from_and_to_are_both_in() -> None:
    filters = _parse(period="dates", from_="2026-11-01", to="2026-11-02")
    assert [day.date.day for day in filters.days(ZoneInfo("Asia/Tokyo"))] == [1, 2]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"period": "8"}, "from"),
        ({"from_": "yesterday", "to": "2026-11-02"}, "from"),
        ({"from_": "2026-02-30", "to": "2026-11-02"}, "from"),
        ({"from_": "2026-11-01", "to": ""}, "to"),
        ({"from_": "2026-11-02", "to": "2026-11-01"}, "to"),
        ({"from_": "2026-01-01", "to": "2026-11-01"}, "to"),
        ({"from_": "0001-01-01", "to": "0001-01-02"}, "from"),
        ({"channel": "pigeon"}, "channel"),
        ({"team": "4"}, "team"),
        ({"team": "3 OR 1=1"}, "team"),
        ({"assignee": "-5"}, "assignee"),
        ({"assignee": "9" * 40}, "assignee"),
    ],
)
def test_what_cannot_be_asked_for_is_said_at_its_field(given: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        _parse(**given)
    assert field in caught.value.fields


def test_a_quarter_is_the_longest_period() -> None:
    last = TODAY - timedelta(days=91)
    assert len(_parse(from_=last.isoformat(), to=TODAY.isoformat()).days(ZoneInfo("UTC"))) == 92


def test_days_follow_the_clock_of_the_zone_through_summer_time() -> None:
    spring = Filters(date(2026, 3, 29), date(2026, 3, 29)).days(ZoneInfo("Europe/Berlin"))[0]
    autumn = Filters(date(2026, 10, 25), date(2026, 10, 25)).days(ZoneInfo("Europe/Berlin"))[0]
    assert spring.end.timestamp() - spring.start.timestamp() == 23 * 3600
    assert autumn.end.timestamp() - autumn.start.timestamp() == 25 * 3600


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("seconds", "english", "japanese"),
    [
        (None, "–", "–"),
        (0, "0 s", "0秒"),
        (59.4, "59 s", "59秒"),
        (59.6, "1 min", "1分"),
        (1440, "24 min", "24分"),
        (3599, "1 h", "1時間"),
        (3900, "1 h 05", "1時間5分"),
        (20_400, "5 h 40", "5時間40分"),
        (165_600, "46 h", "46時間"),
        (273_600, "3 d 4 h", "3日4時間"),
        (259_200, "3 d", "3日"),
    ],
)
def test_lengths_of_time_in_words(seconds: float | None, english: str, japanese: str) -> None:
    with i18n.use("en"):
        assert words.length(seconds) == english
    with i18n.use("ja"):
        assert words.length(seconds) == japanese


def test_percentages_keep_a_decimal_only_when_it_says_something() -> None:
    assert [words.percent(v) for v in (None, 0, 50, 92.94, 99.96, 100)] == ["–", "0%", "50%", "92.9%", "100%", "100%"]


def test_a_sentence_is_cut_so_that_its_numbers_can_be_links_in_either_order() -> None:
    good, every = Number("5"), Number("7")
    assert tiles.line("%(good)s of %(all)s ratings", good=good, all=every) == [
        good,
        " of ",
        every,
        " ratings",
    ]
    assert tiles.line("評価%(all)s件中%(good)s件", good=good, all=every) == [
        "評価",
        every,
        "件中",
        good,
        "件",
    ]


# ── charts ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("most", "ticks"), [(0, [1]), (1, [1]), (4, [1, 2, 3, 4]), (83, [50, 100]), (7, [2, 4, 6, 8])])
def test_counts_stand_on_round_numbers(most: int, ticks: list[float]) -> None:
    assert list(charts.counts_axis(most).ticks) == ticks


@pytest.mark.parametrize("most", [0, 1, 50, 900, 11_000, 90_000, 5_000_000])
def test_times_stand_on_at_most_five_ticks_and_hold_the_longest(most: int) -> None:
    axis = charts.times_axis(most)
    assert len(axis.ticks) <= 5
    assert axis.top >= most


def test_a_line_breaks_where_a_day_has_no_value() -> None:
    ground = charts.frame(4, 200, charts.percent_axis())
    drawn = charts.line(ground, [50, None, 100, 0])
    assert drawn.path.count("M") == 2
    assert drawn.points[1] is None
    assert drawn.points[2] == (ground.middle(2), charts.TOP)
    assert drawn.points[3] == (ground.middle(3), ground.bottom)


def test_a_bar_is_stacked_from_the_ground_up_and_leaves_nothing_out() -> None:
    ground = charts.frame(1, 200, charts.counts_axis(10))
    low, high = charts.bars(ground, [[("c1", 4), ("c2", 0), ("c3", 6)]])[0]
    assert (low.key, high.key) == ("c1", "c3")
    assert low.y + low.height + charts.GAP == pytest.approx(ground.bottom)
    assert high.y == ground.y(10)
    assert high.y + high.height + charts.GAP == pytest.approx(low.y)


def test_many_days_make_a_chart_wider_not_denser() -> None:
    wide = charts.frame(92, 200, charts.percent_axis())
    assert wide.step == charts.LEAST_STEP
    assert wide.width > charts.WIDTH
    assert wide.every * wide.step >= charts.LABEL


# ── sheets ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hostile", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://evil.example")'])
def test_text_that_a_spreadsheet_would_run_gets_a_quote(hostile: str) -> None:
    line = sheet.text([[hostile]]).removeprefix(sheet.BOM)
    assert line.lstrip('"').startswith("'")


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    assert sheet.text([["山田, 花子", -5, None, 1.5]]) == f'{sheet.BOM}"山田, 花子",-5,,1.5\r\n'
