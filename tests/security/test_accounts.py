"""A link that sets a password ends with the right that it came from."""

from __future__ import annotations

import contextlib
import re
import threading

import pytest

from app import main
from app.accounts import agents
from app.errors import Conflict
from app.events import SYSTEM
from tests.story import Desk


def invitation(desk: Desk, by: str, whom: str) -> str:
    """The path of a link that an administrator made for somebody."""
    page = desk.signed_in(by).post(f"/console/settings/agents/{desk.agent(whom).id}/invite")
    found = re.search(r"/invitation/[\w-]+", page.text)
    assert found, page.text[:500]
    return found[0]


def set_role(desk: Desk, by: str, whom: str, role: str) -> None:
    form = {"role": role, "sees": "all", "active": "1"}
    assert desk.signed_in(by).post(f"/console/settings/agents/{desk.agent(whom).id}", data=form).status_code == 303


def test_a_link_made_before_somebody_became_owner_does_not_make_its_maker_the_owner(desk: Desk) -> None:
    kept = invitation(desk, "mio", "kenji")
    set_role(desk, "yuki", "kenji", "owner")
    taken = desk.visitor().post(kept, data={"password": "a-password-of-mios"})
    assert taken.status_code == 404


@pytest.mark.both
def test_two_owners_who_demote_each_other_at_once_leave_one(house: main.House) -> None:
    with house.database.transaction() as db:
        pair = [agents.add(db, f"{name}@x.example", name, role="owner").id for name in ("aya", "ben")]
    both_decided = threading.Barrier(2)
    heard: list[str] = []

    def demote(other: int) -> None:
        try:
            with house.database.transaction() as db:
                agents.change(db, agents.get(db, other), SYSTEM, role="agent")
                with contextlib.suppress(threading.BrokenBarrierError):
                    both_decided.wait(0.5)  # where one waits for the other's commit, this one goes on alone
            heard.append("done")
        except Conflict:
            heard.append("refused")

    threads = [threading.Thread(target=demote, args=(other,)) for other in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(heard) == ["done", "refused"]
    with house.database.read() as db:
        assert len(agents._owners(db)) == 1


def test_a_new_password_ends_every_link_that_could_set_another(desk: Desk) -> None:
    older, newer = invitation(desk, "mio", "kenji"), invitation(desk, "mio", "kenji")
    assert desk.visitor().post(newer, data={"password": "kenjis-own-password"}).status_code == 303
    assert desk.visitor().post(older, data={"password": "somebody-elses-word"}).status_code == 404
