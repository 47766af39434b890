"""A link that sets a password ends with the right that it came from."""

from __future__ import annotations

import re

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


def test_a_new_password_ends_every_link_that_could_set_another(desk: Desk) -> None:
    older, newer = invitation(desk, "mio", "kenji"), invitation(desk, "mio", "kenji")
    assert desk.visitor().post(newer, data={"password": "kenjis-own-password"}).status_code == 303
    assert desk.visitor().post(older, data={"password": "somebody-elses-word"}).status_code == 404
