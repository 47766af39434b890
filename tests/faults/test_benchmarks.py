"""What `make bench` measures is a desk like any other, and its table says when a goal is missed."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from app import main
from app.accounts import agents, sessions
from app.reports import health
from benchmarks import desks, report, staff
from benchmarks.operations import LIST, ROWS_AT_LEAST


def test_a_built_desk_is_well_and_its_pages_open(tmp_path: Path) -> None:
    built = desks.build("sqlite", 600, tmp_path, "", lambda sentence: None)
    again = desks.build("sqlite", 600, tmp_path, "", lambda sentence: None)
    assert again == built
    house = main.build(built.settings)
    with house.database.read() as db:
        found = health.look(db)
    assert found.well
    assert sum(found.received.values()) > 600
    with TestClient(main.create_app(house, background=False)) as browser:
        with house.database.transaction() as db:
            agent = agents.find(db, staff.email(staff.READER))
            assert agent is not None
            browser.cookies.set("desk", sessions.begin(db, agent, "", ""))
        page = browser.get(LIST)
        assert page.status_code == 200
        assert page.text.count('<li class="row"') >= ROWS_AT_LEAST
        assert browser.get("/console/tickets/600?view=open").status_code == 200
    house.close()


def test_the_table_judges_figures_and_growth() -> None:
    measured = {
        ("sqlite", 10_000): {"list": 8.0, "reply": 9.0, "memory": 100.0},
        ("sqlite", 100_000): {"list": 9.0, "reply": 7.0, "memory": 131.0},
    }
    rows = {row[0]: row[1:] for row in report.table(measured)}
    assert rows["Open the list, whole page"] == ["ms CPU", "58", "≤ 10", "8.0 ✓", "9.0 ✓", "1.12 ✓"]
    missed = report.faults(measured)
    assert len(missed) == 2
    assert "9.0 > 8" in missed[0]
    assert "131.0 > 130" in missed[1]


def test_growth_beyond_the_goal_is_a_fault() -> None:
    measured = {("sqlite", 10): {"list": 2.0}, ("sqlite", 100): {"list": 3.5}}
    assert report.faults(measured) == ["Open the list, whole page, sqlite: grows by 1.75"]
