"""The glossary's measures on a desk that was computed by hand, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest
import time_machine

from app import i18n
from app.accounts import agents
from app.demo import cast
from app.reports import cuts, figures
from app.reports.cuts import Behind
from app.reports.figures import Report
from app.reports.measure import Spread, percent, percentile, spread
from app.reports.period import Filters
from tests.reports.small_desk import at, live_through
from tests.story import Desk

BOTH_DAYS = Filters(date(2026, 11, 16), date(2026, 11, 17))


@dataclass
class Lived:
    desk: Desk
    tickets: dict[str, int]

    def report(self, filters: Filters = BOTH_DAYS, who: str = "mio", zone: str = "Asia/Tokyo") -> Report:
        with self.desk.read() as db, i18n.use("en", zone):
            agent = agents.find(db, cast.STAFF[who].email)
            assert agent is not None
            return figures.load(db, agent, filters)

    def behind(self, what: str, who: str = "mio", **more: int) -> list[str]:
        """Subjects of the tickets behind a figure, the newest first."""
        with self.desk.read() as db, i18n.use("en", "Asia/Tokyo"):
            agent = agents.find(db, cast.STAFF[who].email)
            assert agent is not None
            asked = Behind(cuts.CUTS[what], BOTH_DAYS, more.get("by"), more.get("over"))
            rows = cuts.rows(db, agent, asked)
            assert len(rows) == cuts.count(db, agent, asked)
            return [row.subject for row in rows]


@pytest.fixture
def lived(desk: Desk) -> Iterator[Lived]:
    with time_machine.travel(at(16, 9), tick=False) as clock:
        tickets = live_through(desk, clock)
        clock.move_to(at(17, 20))
        yield Lived(desk, tickets)


@pytest.mark.both
def test_every_measure_of_two_days(lived: Lived) -> None:
    report = lived.report()
    total = report.total

    assert total.by_channel == {"email": 5}
    assert (total.created, total.unanswered) == (5, 1)
    assert total.first == Spread(4, 900, pytest.approx(2880), 1425)
    assert total.solved == 3
    assert total.resolution == Spread(3, 7200, pytest.approx(76_800), 33_900)
    assert (total.satisfied, total.ratings, total.asked) == (1, 2, 3)
    assert total.csat == 50
    assert total.response_rate == pytest.approx(66.67, abs=0.01)
    assert (report.reopened, report.first_solved) == (1, 3)
    assert report.reopen_rate == pytest.approx(33.33, abs=0.01)

    (first, sixteenth), (second, seventeenth) = report.days
    assert (first, second) == (date(2026, 11, 16), date(2026, 11, 17))
    assert (sixteenth.created, seventeenth.created) == (2, 3)
    assert sixteenth.first == Spread(2, 2100, 3300, 2100)
    assert seventeenth.first == Spread(2, 750, 1110, 750)
    assert (sixteenth.solved, seventeenth.solved) == (0, 3)  # the last solve counts
    assert (sixteenth.csat, seventeenth.csat) == (100, 0)
    assert (sixteenth.asked, seventeenth.asked) == (1, 2)

    people = {name: figures for _number, name, figures in report.agents}
    kenji, mio = people["岡部 賢司"], people["Mio Tanabe"]
    assert (kenji.created, kenji.solved, kenji.asked, kenji.ratings, kenji.satisfied) == (3, 2, 2, 1, 1)
    assert kenji.first == Spread(3, 600, 1080, 700)
    assert (mio.created, mio.solved, mio.csat) == (1, 1, 0)
    assert people[""].created == 1  # nobody's
    assert [name for _number, name, _figures in report.agents] == ["Mio Tanabe", "岡部 賢司", ""]

    # behind the figures are exactly these tickets
    assert lived.behind("created") == ["quick", "silent", "waiting", "midnight", "first"]
    assert lived.behind("answered") == ["quick", "waiting", "midnight", "first"]
    assert lived.behind("answered", over=2880) == ["midnight"]
    assert lived.behind("answered", by=lived.desk.agent("kenji").id) == ["quick", "waiting", "first"]
    assert lived.behind("unanswered") == ["silent"]
    assert lived.behind("created", by=0) == ["silent"]
    assert lived.behind("solved") == ["quick", "midnight", "first"]
    assert lived.behind("solved", over=76_800) == ["first"]
    assert lived.behind("reopened") == ["first"]
    assert lived.behind("first-solved") == ["quick", "midnight", "first"]
    assert lived.behind("asked") == ["quick", "midnight", "first"]
    assert lived.behind("rated") == ["midnight", "first"]
    assert lived.behind("satisfied") == ["first"]


@pytest.mark.both
def test_a_day_begins_when_the_readers_day_begins(lived: Lived) -> None:
    """In London the ticket of 23:30 in Tokyo came in the afternoon, and the one of 09:00 at midnight."""
    london = dict(lived.report(zone="Europe/London").days)
    assert london[date(2026, 11, 16)].created == 2
    assert london[date(2026, 11, 17)].created == 3
    honolulu = dict(lived.report(zone="Pacific/Honolulu").days)
    assert honolulu[date(2026, 11, 16)].created == 4  # all but the first, which came on the 15th there
    assert honolulu[date(2026, 11, 17)].created == 0


@pytest.mark.both
def test_filters_narrow_every_measure(lived: Lived) -> None:
    kenji = lived.report(replace(BOTH_DAYS, assignee=lived.desk.agent("kenji").id))
    assert (kenji.total.created, kenji.total.solved, kenji.total.ratings, kenji.first_solved) == (3, 2, 1, 2)
    chat = lived.report(replace(BOTH_DAYS, channel="chat"))
    assert chat.empty
    assert chat.total.csat is None
    assert chat.total.response_rate is None


def test_who_may_not_see_tickets_sees_no_figures_of_them(lived: Lived) -> None:
    """Rosa sees her own team's tickets only; these belong to no team."""
    report = lived.report(who="rosa")
    assert report.empty
    assert report.agents == []
    assert lived.behind("created", who="rosa") == []
    assert lived.behind("rated", who="rosa") == []


def test_a_survey_whose_mail_failed_was_not_delivered(lived: Lived) -> None:
    with lived.desk.write() as db:
        message = next(m for m in lived.desk.messages(lived.tickets["quick"]) if m.kind == "survey")
        delivery = next(d for d in lived.desk.deliveries(lived.tickets["quick"]) if d.message_id == message.id)
        db.merge(delivery).state = "failed"
    assert lived.report().total.asked == 2
    assert lived.behind("asked") == ["midnight", "first"]


# ── the formulas themselves ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7], 0.5, 7),
        ([7], 0.9, 7),
        ([1, 2], 0.5, 1.5),
        ([1, 2, 3], 0.5, 2),
        ([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100], 0.9, 90),
        ([1, 2, 3, 4], 0.9, 3.7),
    ],
)
def test_percentiles_lie_between_the_nearest_ranks(values: list[int], share: float, expected: float) -> None:
    assert percentile(values, share) == pytest.approx(expected)


def test_nothing_has_no_median_and_no_percentage() -> None:
    assert spread([]) is None
    assert percent(0, 0) is None
    assert percent(0, 3) == 0
    assert spread([30, 10, 20]) == Spread(3, 20, pytest.approx(28), 20)
