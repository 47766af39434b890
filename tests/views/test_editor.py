"""Building views on their pages: added to, looked at, saved, shared, ordered, deleted, brought back; and refused."""

from __future__ import annotations

import html
import re

import pytest
import sqlalchemy as sa
from starlette.datastructures import FormData

from app.accounts.models import Team
from app.console import translating
from app.console.conditions import read as read_form
from app.demo import cast
from app.events import SYSTEM
from app.tickets import lifecycle, shaping, tags
from app.tickets.conditions import fields, tree
from app.tickets.conditions.tree import Condition, Group
from app.tickets.models import Ticket
from app.tickets.saved_view import SavedView
from tests.story import Desk
from tests.views.conftest import HX, URGENT, Makes, holds, kept

Posted = dict[str, str | list[str]]
ONE: Posted = {
    "part": ["0:c"],
    "m-": "all",
    "f-0": "priority",
    "was-0": "priority any",
    "o-0": "any",
    "v-0": ["urgent"],
}
NAMED: Posted = {"name_en": "Burning", "name_ja": "至急", "sort": "waiting", "audience": "own"}


def views(desk: Desk) -> list[SavedView]:
    with desk.read() as db:
        return list(db.scalars(sa.select(SavedView).order_by(SavedView.id)))


def team(desk: Desk, name: str) -> int:
    with desk.read() as db:
        return db.scalar(sa.select(Team.id).where(Team.name == name)) or 0


def test_what_is_drawn_is_what_is_posted_back(desk: Desk) -> None:
    """A tree goes through the form and comes back as it was."""
    asked = Group(
        "any",
        (
            Condition("status", "none", ("solved", "closed")),
            Group("all", (Condition("created", "last", ("3", "weeks")), Group("none", (Condition("waits", "yes"),)))),
            Condition("subject", "contains", ('<b>&"',)),
        ),
    )
    with desk.write() as db:
        made = SavedView(agent_id=desk.agent("mio").id, name_en="X", conditions=tree.written(asked), sort="newest")
        db.add(made)
        db.flush()
        number = made.id
    text = desk.signed_in("mio").get(f"/console/saved/{number}").text
    form: list[tuple[str, str]] = []
    body = text.split('id="conditions"')[1].split('id="held-h"')[0]
    for tag in re.findall(r"<input[^>]*>|<select.*?</select>", body, re.S):
        name = re.search(r'name="([^"]+)"', tag)
        if not name or ("checkbox" in tag and " checked" not in tag):
            continue
        value = (
            re.search(r'value="([^"]*)" selected', tag)
            if tag.startswith("<select")
            else re.search(r'value="([^"]*)"', tag)
        )
        form.append((name[1], html.unescape(value[1]) if value else ""))
    assert read_form(FormData(form), fields.OF_TICKETS) == asked


def test_a_view_is_built_step_by_step(desk: Desk) -> None:
    number = desk.customer_writes("hannah", "Hello", subject="A <i>loose</i> lid").ticket_id or 0
    with desk.write() as db:
        lifecycle.set_priority(db, db.get_one(Ticket, number), "urgent", SYSTEM)
    mio = desk.signed_in("mio")
    assert "New view" in mio.get("/console/saved/new").text
    added = mio.post("/console/saved/conditions", data={**ONE, "do": "add:"}, headers=HX).text
    assert 'data-fresh="1"' in added
    assert 'name="part" value="1:c"' in added
    grouped = mio.post("/console/saved/conditions", data={**ONE, "do": "group:"}, headers=HX).text
    assert 'name="part" value="1_0:c"' in grouped
    assert 'name="part"' not in mio.post("/console/saved/conditions", data={**ONE, "do": "remove:0"}, headers=HX).text
    other: Posted = {**ONE, "f-0": "created", "v-0": ["urgent"]}
    changed = mio.post("/console/saved/conditions", data=other, headers=HX).text
    assert 'value="days" selected' in changed
    assert "urgent" not in changed
    shown = mio.post("/console/saved/preview", data={**ONE, "sort": "newest"}, headers=HX).text
    assert '<strong class="num">1</strong>' in shown
    assert "A &lt;i&gt;loose&lt;/i&gt; lid" in shown
    assert "Not complete yet" in mio.post("/console/saved/preview", data={**ONE, "v-0": []}, headers=HX).text
    answer = mio.post("/console/saved/new", data={**ONE, **NAMED})
    (made,) = views(desk)
    assert answer.headers["location"] == f"/console/views/v{made.id}"
    assert holds(desk, "mio", made.id) == [number]
    assert tree.read(made.conditions) == Group("all", (URGENT,))
    assert "至急" in desk.signed_in("mio").get(f"/console/saved/{made.id}").text


@pytest.mark.parametrize("do", ["add:9_9_9_9_9_9", "add:x", "remove:7", "remove:", "group:0", "what:0", "😀"])
def test_a_step_that_leads_nowhere_changes_nothing(desk: Desk, do: str) -> None:
    answer = desk.signed_in("mio").post("/console/saved/conditions", data={**ONE, "do": do}, headers=HX)
    assert answer.status_code == 200
    assert answer.text.count('name="part"') == 1


REFUSED: list[tuple[Posted, str]] = [
    ({"name_en": " ", "name_ja": ""}, "A view needs a name in at least one language."),
    ({"name_ja": "長" * 61}, "A name has at most 60 characters."),
    ({"audience": "moon"}, "Choose who is to see this view."),
    ({"audience": "team"}, "Choose who is to see this view."),
    ({"sort": "colour"}, "Choose one of these."),
    ({"v-0": []}, "Choose at least one."),
    ({"v-0": ["purple"]}, "One of these no longer exists."),
    ({"f-0": "colour", "was-0": "colour any"}, "no longer exists"),
    ({"part": ["0:c", "1:g"]}, "This group is empty."),
    ({"part": [f"{n}:c" for n in range(60)]} | {f"f-{n}": "waits" for n in range(60)}, "at most 50 conditions"),
]


@pytest.mark.parametrize(("wrong", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(desk: Desk, wrong: Posted, said: str) -> None:
    answer = desk.signed_in("mio").post("/console/saved/new", data={**ONE, **NAMED, **wrong})
    assert answer.status_code == 422
    assert said in answer.text
    assert views(desk) == []
    if "name_en" not in wrong:
        assert 'value="Burning"' in answer.text
    if set(wrong) <= set(NAMED):
        assert 'value="urgent" checked' in answer.text


def test_strange_forms_are_answered_calmly(desk: Desk) -> None:
    mio = desk.signed_in("mio")
    for strange in ({"part": ["0:c"] * 5000}, {"part": ["0_0_0_0_0_0:g", "-1:c", "x", ":g", "0:z"]}, {"m-": "or 1=1"}):
        for path in ("conditions", "preview", "new"):
            assert mio.post(f"/console/saved/{path}", data={**NAMED, **strange}, headers=HX).status_code < 500
    assert mio.get("/console/saved/new?from=99999").status_code == 404
    assert mio.get("/console/saved/99999").status_code == 404
    assert mio.post("/console/saved/99999/delete").status_code == 404


SHARED: list[tuple[str, str, str, bool]] = [
    ("haruka", "own", "", True),
    ("haruka", "desk", "", False),
    ("haruka", "team", cast.ORDERS, False),
    ("kenji", "own", "", True),
    ("kenji", "team", cast.ORDERS, True),
    ("kenji", "team", cast.STUDIO, False),
    ("kenji", "desk", "", False),
    ("mio", "desk", "", True),
    ("mio", "team", cast.STUDIO, True),
]


@pytest.mark.parametrize(("who", "audience", "of", "can"), SHARED)
def test_who_may_share_with_whom(desk: Desk, who: str, audience: str, of: str, can: bool) -> None:
    number = str(team(desk, of)) if of else ""
    client = desk.signed_in(who)
    answer = client.post("/console/saved/new", data={**ONE, **NAMED, "audience": audience, "team": number})
    assert answer.status_code == (303 if can else 422)
    assert len(views(desk)) == can


def test_who_sees_and_changes_a_shared_view(desk: Desk, makes: Makes) -> None:
    orders = team(desk, cast.ORDERS)
    own, of_team, of_desk = (
        makes("mio", "Own", URGENT),
        makes("mio", "Team’s", URGENT, audience="team", team=orders),
        makes("mio", "Desk’s", URGENT, audience="desk"),
    )
    seen = {"mio": {own, of_team, of_desk}, "kenji": {of_team, of_desk}, "rosa": {of_desk}, "yuki": {of_team, of_desk}}
    may = {"mio": {own, of_team, of_desk}, "kenji": {of_team}, "rosa": set(), "yuki": {of_team, of_desk}}
    for who, those in seen.items():
        client = desk.signed_in(who)
        for number in (own, of_team, of_desk):
            assert (client.get(f"/console/saved/{number}").status_code == 200) == (number in those), (who, number)
            step = client.post(f"/console/saved/{number}/move", data={"to": "up"})
            assert step.status_code == (303 if number in may[who] else 403 if number in those else 404), (who, number)
            if number not in may[who]:
                assert client.post(f"/console/saved/{number}/delete").status_code in (403, 404)
    rosa = desk.signed_in("rosa")
    assert "Saving makes a copy that is your own." in rosa.get(f"/console/saved/{of_desk}").text
    rosa.post(f"/console/saved/{of_desk}", data={**ONE, **NAMED, "version": "1"})
    assert kept(desk, of_desk).name_en == "Desk’s"
    assert [(v.name_en, v.agent_id) for v in views(desk)[3:]] == [("Burning", desk.agent("rosa").id)]


def test_two_who_change_the_same_view_are_told(desk: Desk, makes: Makes) -> None:
    number = makes("mio", "Desk’s", URGENT, audience="desk")
    mio, yuki = desk.signed_in("mio"), desk.signed_in("yuki")
    first: Posted = {**ONE, **NAMED, "audience": "desk", "version": "1"}
    assert yuki.post(f"/console/saved/{number}", data=first).status_code == 303
    late = mio.post(f"/console/saved/{number}", data={**first, "name_en": "Hers"})
    assert late.status_code == 409
    assert "was changed while you were at it" in late.text
    assert 'value="Hers"' in late.text
    assert 'name="version" value="2"' in late.text
    assert kept(desk, number).name_en == "Burning"
    assert mio.post(f"/console/saved/{number}", data={**first, "name_en": "Hers", "version": "2"}).status_code == 303
    assert kept(desk, number).name_en == "Hers"


def test_a_view_is_deleted_and_brought_back(desk: Desk, makes: Makes) -> None:
    number = makes("kenji", "Mine", URGENT)
    kenji, mio = desk.signed_in("kenji"), desk.signed_in("mio")
    answer = kenji.post(f"/console/saved/{number}/delete")
    page = kenji.get(answer.headers["location"]).text
    assert "ビュー「Mine」を削除しました" in page
    assert f'action="/console/saved/{number}/restore"' in page
    assert kenji.get(f"/console/views/v{number}").status_code == 404
    assert "Mine" not in mio.get(f"/console/saved?deleted={number}").text
    assert mio.post(f"/console/saved/{number}/restore").status_code == 404
    assert kenji.post(f"/console/saved/{number}/restore").status_code == 303
    assert kenji.get(f"/console/views/v{number}").status_code == 200


def test_views_are_put_in_order(desk: Desk, makes: Makes) -> None:
    numbers = [makes("mio", name, URGENT) for name in ("One", "Two", "Three")]
    mio = desk.signed_in("mio")
    mio.post(f"/console/saved/{numbers[2]}/move", data={"to": "up"})
    mio.post(f"/console/saved/{numbers[0]}/move", data={"to": "up"})
    text = mio.get("/console/saved").text
    assert sorted(numbers, key=lambda n: text.index(f'id="view-{n}"')) == [numbers[0], numbers[2], numbers[1]]


def test_what_is_gone_is_told_in_the_editor_and_can_be_mended(desk: Desk, makes: Makes) -> None:
    ticket = desk.customer_writes("hannah", "Hello").ticket_id or 0
    with desk.write() as db:
        gone = Team(name="Passing")
        db.add(gone)
        db.flush()
        number = gone.id
    made = makes("mio", "Theirs", Condition("team", "any", (str(number),)))
    with desk.write() as db:
        db.execute(sa.delete(Team).where(Team.id == number))
    mio = desk.signed_in("mio")
    assert "One of these no longer exists." in mio.get(f"/console/saved/{made}").text
    assert "One of these no longer exists." in mio.get("/console/saved").text
    mended: Posted = {"part": ["0:c"], "f-0": "team", "was-0": "team any", "o-0": "any", "v-0": ["nobody"]}
    assert mio.post(f"/console/saved/{made}", data={**mended, **NAMED, "version": "1"}).status_code == 303
    assert holds(desk, "mio", made) == [ticket]


def test_views_are_told_in_words(desk: Desk, makes: Makes) -> None:
    inner = Group("any", (Condition("created", "last", ("3", "days")), Condition("assignee", "any", ("me", "nobody"))))
    makes("kenji", "X", Condition("status", "none", ("solved",)), inner, Group("none", (Condition("waits", "yes"),)))
    text = desk.signed_in("kenji").get("/console/saved").text
    said = "ステータス: 解決済み以外 · (作成日時: 過去3日以内 または 担当者: 自分, 担当者なし)"
    assert said in text
    assert "次のどれでもない：要返信" in text


@pytest.mark.parametrize(
    ("query", "asked", "said"),
    [
        ("status:open", ["status any new,open"], ""),
        ("状態:未解決 優先度:緊急", ["status any new,open,waiting_customer,waiting_other", "priority any urgent"], ""),
        ("assignee:me assignee:none", ["assignee any me,nobody"], ""),
        ("-channel:email has:attachment", ["none(channel any email)", "attachment yes "], ""),
        ("tag:refund", ["tag any #"], ""),
        ("tag:unheard", [], "“tag:unheard” stands for nothing"),
        ("from:hannah@fjordcafe.example", ["address contains hannah@fjordcafe.example"], ""),
        ("from:hannah", ["customer contains hannah"], ""),
        ("until:2026-11-01 after:2026-10-01", ["created before 2026-11-02", "created from 2026-10-01"], ""),
        ("kettle -lid", ["words contains kettle", "words lacks lid"], "a view does not read whole conversations"),
        ("status:spam", ["spam yes "], ""),
        ("before:someday", [], "is no day"),
    ],
)
def test_a_search_becomes_a_view_as_far_as_it_can(desk: Desk, query: str, asked: list[str], said: str) -> None:
    number = desk.customer_writes("hannah", "Hello").ticket_id or 0
    with desk.write() as db:
        tags.add(db, db.get_one(Ticket, number), "refund", SYSTEM)
    with desk.read() as db:
        found = translating.translated(db, desk.agent("mio"), query)

    def word(part: tree.Part) -> str:
        if isinstance(part, Group):
            return f"{part.match}({' '.join(map(word, part.parts))})"
        return f"{part.field} {part.op} {'#' if part.field == 'tag' else ','.join(part.values)}"

    assert [word(part) for part in found.asked.parts] == asked
    assert all(said in remark for remark in found.remarks)
    assert bool(found.remarks) == bool(said)
    page = desk.signed_in("mio").get("/console/saved/new", params={"q": query})
    assert page.status_code == 200
    assert said in page.text


def test_the_desk_s_own_fields_go_from_a_search_into_a_view(desk: Desk) -> None:
    with desk.write() as db:
        for key, kind in (("order", "text"), ("refund", "number"), ("needed", "date"), ("problem", "choice")):
            options = (("lost", "Lost", "紛失"),) if kind == "choice" else ()
            shaping.add(db, key, kind, shaping.Draft({"en": key, "ja": f"{key}項目"}, {}, options), SYSTEM)
    with desk.read() as db:
        text = "order:TK-1 refund:5 needed:2026-11-30 problem:紛失 -order:none"
        found = translating.translated(db, desk.agent("mio"), text)
    assert found.asked.parts == (
        Condition("field.order", "contains", ("tk-1",)),
        Group("all", (Condition("field.refund", "least", ("5",)), Condition("field.refund", "most", ("5",)))),
        Group(
            "all",
            (Condition("field.needed", "from", ("2026-11-30",)), Condition("field.needed", "before", ("2026-12-01",))),
        ),
        Condition("field.problem", "any", ("lost",)),
        Group("none", (Condition("field.order", "unset"),)),
    )
    kenji = desk.signed_in("kenji")
    page = kenji.get("/console/saved/new", params={"q": text}).text
    assert "order項目" in page
    assert "紛失" in page
    hints = kenji.get("/console/search/suggest", params={"q": "prob"}, headers=HX).text
    assert 'data-text="problem項目:"' in hints
    assert 'data-text="problem:紛失 "' in kenji.get("/console/search/suggest?q=problem:", headers=HX).text


def test_a_view_is_found_and_tells_its_history(desk: Desk, makes: Makes) -> None:
    number, other = makes("mio", "Burning", URGENT, name_ja="至急"), makes("mio", "Quiet")
    mio = desk.signed_in("mio")
    for words in ("burn", "至急", "Urgent"):
        page = mio.get("/console/saved", params={"q": words}).text
        assert f'id="view-{number}"' in page
        assert f'id="view-{other}"' not in page
    assert "Nothing answers to “zzz”." in mio.get("/console/saved?q=zzz").text
    changed = {**ONE, **NAMED, "name_en": "Fire", "version": "1", "v-0": ["high"]}
    assert mio.post(f"/console/saved/{number}", data=changed).status_code == 303
    page = mio.get(f"/console/saved/{number}").text
    assert "Changed: Name in English, Conditions" in page
    assert "How it was" in page
    assert "Added." in page
    assert desk.signed_in("kenji").get(f"/console/saved/{number}").status_code == 404


def test_deleted_views_are_listed_and_brought_back(desk: Desk, makes: Makes) -> None:
    number = makes("mio", "Burning", URGENT)
    mio = desk.signed_in("mio")
    mio.post(f"/console/saved/{number}/delete")
    assert "Burning" in mio.get("/console/saved?removed=1").text
    assert "Burning" not in desk.signed_in("kenji").get("/console/saved?removed=1").text
    mio.post(f"/console/saved/{number}/restore")
    assert "Brought back." in mio.get(f"/console/saved/{number}").text
    assert "No view was deleted" in mio.get("/console/saved?removed=1").text
