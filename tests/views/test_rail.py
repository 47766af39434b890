"""Saved views beside the others: in the rail with their counts, as lists page by page, in bulk and in the palette."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import time_machine

from app import clock
from app.accounts.models import Team
from app.console import counting
from app.events import SYSTEM
from app.tickets import built, lifecycle
from app.tickets.conditions.tree import Condition
from app.tickets.models import Ticket
from tests.story import Desk
from tests.views.conftest import HX, URGENT, Makes, rail


def urgent(desk: Desk, who: str, subject: str = "A question") -> int:
    number = desk.customer_writes(who, "Hello", subject=subject).ticket_id or 0
    with desk.write() as db:
        lifecycle.set_priority(db, db.get_one(Ticket, number), "urgent", SYSTEM)
    return number


@pytest.mark.both
def test_a_view_is_in_the_rail_with_its_count_and_follows_what_happens(desk: Desk, makes: Makes) -> None:
    urgent(desk, "hannah")
    number = makes("mio", "Burning", URGENT, name_ja="至急")
    mio = desk.signed_in("mio")
    page = mio.get("/console/views/mine").text
    assert rail(page)["Burning"] == ""  # not counted while the page is drawn
    assert 'data-again="0.05"' in page
    assert rail(mio.get("/console/counts", headers=HX).text)["Burning"] == "1"
    assert rail(mio.get("/console/views/mine").text)["Burning"] == "1"
    assert "data-again" not in mio.get("/console/counts", headers=HX).text
    second = urgent(desk, "tom")
    assert rail(mio.get(f"/console/counts?at=v{number}", headers=HX).text)["Burning"] == "2"
    with desk.write() as db:
        lifecycle.set_priority(db, db.get_one(Ticket, second), "low", SYSTEM)
    assert rail(mio.get("/console/counts", headers=HX).text)["Burning"] == "1"
    page = mio.get(f"/console/views/v{number}").text
    assert '<h2 id="list-h">Burning</h2>' in page
    assert page.count('<li class="row"') == 1
    assert f'href="/console/saved/{number}"' in page


def test_what_goes_by_the_clock_is_asked_for_again_by_itself(desk: Desk, makes: Makes) -> None:
    desk.customer_writes("hannah", "Hello")
    makes("mio", "Late", Condition("waiting", "ago", ("2", "hours")))
    mio = desk.signed_in("mio")
    first = mio.get("/console/counts", headers=HX).text
    assert rail(first)["Late"] == "0"
    assert 'data-again="60.0"' in first
    with time_machine.travel(clock.now().timestamp() + 3 * 3600):
        assert rail(mio.get("/console/counts", headers=HX).text)["Late"] == "1"


def test_what_is_dear_to_count_is_counted_seldom(desk: Desk, makes: Makes, monkeypatch: pytest.MonkeyPatch) -> None:
    makes("mio", "Dear", URGENT)
    asked: list[str] = []

    def slowly(db: object, agent: object, view: built.Built) -> int:
        asked.append(view.key)
        return len(asked)

    monkeypatch.setattr(counting.built, "count", slowly)
    monkeypatch.setattr(counting, "DEAR", 0.0)
    monkeypatch.setattr(counting, "SHARE", 10**9)  # whatever it took, it was dear
    mio = desk.signed_in("mio")
    for subject in ("first", "second"):  # the first time says nothing of the cost
        desk.customer_writes("hannah", "Hello", subject=subject)
        mio.get("/console/counts", headers=HX)
    before = len(asked)
    desk.customer_writes("hannah", "Hello")
    again = mio.get("/console/counts", headers=HX).text
    assert len(asked) == before
    assert float(again.split('data-again="')[1].split('"')[0]) >= counting.LATER  # told again once it was
    monkeypatch.setattr(counting, "BUDGET", -1.0)
    desk.house.database.house.pop("view_counts")
    assert rail(mio.get("/console/counts", headers=HX).text)["Dear"] == ""  # one of the three at a time
    assert len(asked) == before + 1


def test_a_view_about_something_that_is_gone_says_so_and_shows_nothing(desk: Desk, makes: Makes) -> None:
    desk.customer_writes("hannah", "Hello")
    with desk.write() as db:
        team = Team(name="Passing")
        db.add(team)
        db.flush()
        gone = team.id
    number = makes("mio", "Of others", Condition("team", "none", (str(gone),)))
    mio = desk.signed_in("mio")
    assert rail(mio.get("/console/counts", headers=HX).text)["Of others"] == "1"
    with desk.write() as db:
        db.execute(sa.delete(Team).where(Team.id == gone))
    page = mio.get(f"/console/views/v{number}")
    assert page.status_code == 200
    assert "This view cannot be shown" in page.text
    assert "no longer exists" in page.text
    assert '<li class="row"' not in page.text
    desk.customer_writes("tom", "Hello")
    told = mio.get("/console/counts", headers=HX).text
    assert rail(told)["Of others"] == ""
    assert "#triangle-alert" in told.split("Of others")[0][-200:] + told.split(f"views/v{number}")[1][:200]
    desk_wide = mio.get(f"/console/bulk?all=1&view=v{number}")
    assert desk_wide.status_code == 200
    assert "A question" not in desk_wide.text


def test_a_view_of_somebody_else_is_not_there(desk: Desk, makes: Makes) -> None:
    own, shared = makes("mio", "Mine alone", URGENT), makes("mio", "For all", URGENT, audience="desk")
    kenji = desk.signed_in("kenji")
    assert kenji.get(f"/console/views/v{own}").status_code == 404
    assert kenji.get(f"/console/views/v{shared}").status_code == 200
    assert kenji.get(f"/console/bulk?all=1&view=v{own}").status_code == 404
    for key in ("v0", "v01", "v99999", "v" + "9" * 30, "vx", "new", "v1;"):
        assert kenji.get(f"/console/views/{key}").status_code == 404, key
    text = kenji.get("/console/views/mine").text
    assert "For all" in text
    assert "Mine alone" not in text


def test_a_ticket_opened_from_a_view_stands_beside_it_and_elsewhere_without(desk: Desk, makes: Makes) -> None:
    ticket, number = urgent(desk, "hannah"), makes("mio", "Burning", URGENT)
    mio, kenji = desk.signed_in("mio"), desk.signed_in("kenji")
    assert f'href="/console/tickets/{ticket}?view=v{number}"' in mio.get(f"/console/views/v{number}").text
    assert '<h2 id="list-h">Burning</h2>' in mio.get(f"/console/tickets/{ticket}?view=v{number}").text
    assert '<h2 id="list-h">対応が必要</h2>' not in kenji.get(f"/console/tickets/{ticket}?view=v{number}").text
    assert kenji.get(f"/console/tickets/{ticket}?view=v{number}").status_code == 200


def test_a_long_view_goes_on_page_by_page(desk: Desk, makes: Makes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(built.views, "PAGE", 2)
    numbers = [urgent(desk, "hannah", f"Matter {n}") for n in range(5)]
    number = makes("mio", "Burning", URGENT, sort="newest")
    mio, seen = desk.signed_in("mio"), []
    url = f"/console/views/v{number}"
    text = mio.get(url).text
    while True:
        seen += [int(part.split('"')[0]) for part in text.split('<li class="row" id="row-')[1:]]
        if 'hx-get="/console/views' not in text.split('<div class="more">')[1]:
            break
        url = text.split('<div class="more">')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
        text = mio.get(url, headers=HX).text
    assert seen == numbers[::-1]
    assert mio.get(f"/console/views/v{number}?after=nonsense", headers=HX).status_code == 422


def test_ready_made_views_are_there_for_everybody(desk: Desk) -> None:
    number = urgent(desk, "hannah")
    mio = desk.signed_in("mio")
    counts = rail(mio.get("/console/counts", headers=HX).text)
    assert (counts["Waiting longest"], counts["My teams"], counts["All tickets"]) == ("1", "0", "")
    assert f'id="row-{number}"' in mio.get("/console/views/longest").text
    assert f'id="row-{number}"' in mio.get("/console/views/all").text
    assert f'id="row-{number}"' not in mio.get("/console/views/team").text
    assert "Nothing here" in mio.get("/console/views/team").text


def test_one_step_takes_all_that_a_view_holds(desk: Desk, makes: Makes) -> None:
    wanted = [urgent(desk, "hannah"), urgent(desk, "tom")]
    other = desk.customer_writes("ayaka", "こんにちは").ticket_id or 0
    number = makes("mio", "Burning", URGENT)
    mio = desk.signed_in("mio")
    assert f'name="view" value="v{number}"' in mio.get(f"/console/views/v{number}").text  # what the bar asks about
    assert "2 of 2 tickets change" in mio.get(f"/console/bulk?all=1&view=v{number}").text
    answer = mio.post("/console/bulk", data={"all": "1", "view": f"v{number}", "action": "priority", "priority": "low"})
    assert answer.status_code == 303
    desk.work()
    assert [desk.ticket(n).priority for n in (*wanted, other)] == ["low", "low", "normal"]


def test_the_palette_finds_views_by_either_name(desk: Desk, makes: Makes) -> None:
    number = makes("mio", "Burning", URGENT, name_ja="至急のもの", audience="desk")
    makes("mio", "Burning too", URGENT)
    for who, asked in (("mio", "burn"), ("kenji", "burn"), ("kenji", "至急"), ("mio", "至急")):
        found = desk.signed_in(who).get(f"/console/palette?q={asked}", headers=HX).text
        assert f'href="/console/views/v{number}"' in found, (who, asked)
        assert ("too" in found) == (who == "mio" and asked == "burn")
    assert 'href="/console/views/longest"' in desk.signed_in("mio").get("/console/palette?q=longest", headers=HX).text
