"""The report page as people use it: figures that open, filters that say what is wrong, sheets, who may look."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import pytest
import time_machine

from app.accounts import agents
from app.accounts.models import Team
from app.demo import cast
from app.reports import cuts
from tests.reports.small_desk import at, live_through
from tests.story import Desk

PERIOD = "from=2026-11-16&to=2026-11-17"
FIGURE = re.compile(r'<a href="(/reports/tickets\?[^"]+)" aria-label="(\d+): open the tickets')
ROW = re.compile(r'<th scope="row"><a href="/console/tickets/(\d+)">')
PAGES = [
    "/reports",
    "/reports/figures",
    "/reports/tickets?what=created",
    "/reports/days.csv",
    "/reports/agents.csv",
    "/console/reports",
]


@dataclass
class Lived:
    desk: Desk
    tickets: dict[str, int]

    def page(self, path: str, who: str = "mio") -> str:
        answer = self.desk.signed_in(who).get(path)
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def lived(desk: Desk) -> Iterator[Lived]:
    with time_machine.travel(at(16, 9), tick=False) as clock:
        tickets = live_through(desk, clock)
        clock.move_to(at(17, 20))
        yield Lived(desk, tickets)


@pytest.mark.both
def test_behind_each_figure_are_as_many_tickets_as_it_says(lived: Lived) -> None:
    page = lived.page(f"/reports?{PERIOD}")
    browser = lived.desk.signed_in("mio")
    links = {unescape(url): int(count) for url, count in FIGURE.findall(page)}
    assert len(links) > 20
    for url, count in links.items():
        answer = browser.get(url)
        assert answer.status_code == 200, url
        assert len(ROW.findall(answer.text)) == count, url


def test_the_headline_figures_in_both_languages(lived: Lived) -> None:
    english = lived.page(f"/reports?{PERIOD}")
    for said in ("15 min", "48 min", "24 min", "2 h", "50%", "66.7%", "33.3%", "Clock time"):
        assert said in english
    japanese = lived.page(f"/reports?{PERIOD}", "yuki")
    for said in ("15分", "顧客満足度", "再オープン率", "初回応答時間", "実時間"):
        assert said in japanese


def test_charts_have_words_and_links_and_no_style_of_their_own(lived: Lived) -> None:
    page = lived.page(f"/reports?{PERIOD}")
    assert page.count('<figure class="chart"') == 3
    assert "Mon, Nov 16: 2 tickets (E-mail 2)" in page
    assert "Tue, Nov 17: median 12 min, 90th percentile 18 min, 2 tickets" in page
    assert "Mon, Nov 16: 100%, 1 of 1 ratings" in page
    assert "<title" in page.split("<figure", 1)[1]
    assert " style=" not in page
    assert re.search(r'<a href="/reports/tickets[^"]+" aria-label="[^"]+"><title>', page)


def test_what_open_screens_ask_for_is_the_figures_alone(lived: Lived) -> None:
    page = lived.page(f"/reports?{PERIOD}")
    assert f'hx-get="/reports/figures?{PERIOD.replace("&", "&amp;")}"' in page
    assert "changed from:body" in page
    part = lived.page(f"/reports/figures?{PERIOD}")
    assert "<html" not in part
    assert "33.3%" in part


def test_an_empty_period_says_so(lived: Lived) -> None:
    page = lived.page("/reports?from=2020-01-01&to=2020-01-02")
    assert "Nothing in these days" in page
    assert "<figure" not in page


@pytest.mark.both
def test_a_desk_with_a_single_ticket_has_a_report(desk: Desk) -> None:
    desk.customer_writes("hannah", "Hello")
    page = desk.signed_in("mio").get("/reports?period=7")
    assert page.status_code == 200
    assert "1 not answered yet" in re.sub(r"<[^>]+>", "", page.text)


def test_wrong_dates_are_said_and_stay_in_their_fields(lived: Lived) -> None:
    answer = lived.desk.signed_in("mio").get("/reports?period=dates&from=2026-11-17&to=2026-11-16")
    assert answer.status_code == 422
    assert "The last day lies before the first." in answer.text
    assert 'value="2026-11-16" aria-invalid="true"' in answer.text
    assert "<figure" not in answer.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("what=everything", 404),
        ("", 404),
        ("what=created&team=77", 422),
        ("what=created&channel=%27%20OR%201=1", 422),
        ("what=created&after=abc&by=x&over=%27", 200),
    ],
)
def test_a_list_that_does_not_exist_cannot_be_made_up(desk: Desk, query: str, status: int) -> None:
    assert desk.signed_in("mio").get(f"/reports/tickets?{query}").status_code == status


def test_a_long_list_goes_on_page_by_page(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuts, "PAGE", 2)
    browser = lived.desk.signed_in("mio")
    seen, url = [], f"/reports/tickets?what=created&{PERIOD}"
    while url:
        page = browser.get(url).text
        seen.append(ROW.findall(page))
        more = re.search(r'href="([^"]+after=\d+)"', page)
        url = unescape(more[1]) if more else ""
    assert [len(part) for part in seen] == [2, 2, 1]
    expected = [str(lived.tickets[name]) for name in ("quick", "silent", "waiting", "midnight", "first")]
    assert [number for part in seen for number in part] == expected


def test_behind_ratings_are_their_comments(lived: Lived) -> None:
    page = lived.page(f"/reports/tickets?what=rated&{PERIOD}")
    assert "Too slow" in page
    assert "=1+1" in page


# ── sheets ────────────────────────────────────────────────────────────────────────────────────────────


def _sheet(lived: Lived, name: str, who: str = "mio") -> list[dict[str, str]]:
    answer = lived.desk.signed_in(who).get(f"/reports/{name}.csv?{PERIOD}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="report-{name}-2026-11-16-2026-11-17.csv"'
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_sheet_by_day_holds_the_same_figures(lived: Lived) -> None:
    rows = _sheet(lived, "days")
    assert [row["Day"] for row in rows] == ["2026-11-16", "2026-11-17", "All"]
    total = rows[-1]
    assert (total["Tickets created"], total["First response, median (seconds)"]) == ("5", "900")
    assert (total["CSAT (%)"], total["Response rate (%)"]) == ("50.0", "66.7")


def test_a_name_that_is_a_formula_does_nothing_in_the_sheet(lived: Lived) -> None:
    with lived.desk.write() as db:
        agent = agents.find(db, cast.STAFF["kenji"].email)
        assert agent is not None
        agent.name = '=HYPERLINK("http://evil.example")'
    names = [row["Agent"] for row in _sheet(lived, "agents")]
    assert '\'=HYPERLINK("http://evil.example")' in names


def test_there_are_two_sheets_and_no_third(desk: Desk) -> None:
    assert desk.signed_in("mio").get("/reports/secrets.csv").status_code == 404


# ── who may look ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", PAGES)
def test_nobody_looks_without_signing_in(desk: Desk, path: str) -> None:
    assert desk.visitor().get(path).status_code in (303, 401)


def test_a_viewer_may_look(lived: Lived) -> None:
    assert "15分" in lived.page(f"/reports?{PERIOD}", "haruka")


def test_who_sees_own_teams_only_gets_nothing_of_others(lived: Lived) -> None:
    assert "Nothing in these days" in lived.page(f"/reports?{PERIOD}", "rosa")
    assert ROW.findall(lived.page(f"/reports/tickets?what=created&{PERIOD}", "rosa")) == []
    assert _sheet(lived, "agents", "rosa") == []


def test_a_private_team_is_neither_offered_nor_taken(desk: Desk) -> None:
    with desk.read() as db:
        team = db.query(Team).filter_by(name=cast.WHOLESALE).one()
    kenji = desk.signed_in("kenji")
    assert cast.WHOLESALE not in kenji.get("/reports").text
    assert kenji.get(f"/reports?team={team.id}").status_code == 422
    assert desk.signed_in("mio").get(f"/reports?team={team.id}").status_code == 200


def test_the_consoles_address_leads_to_the_report(desk: Desk) -> None:
    answer = desk.signed_in("mio").get("/console/reports")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/reports"
