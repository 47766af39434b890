"""The keys: one table, listed in both languages, chosen by each agent, and silent while somebody writes."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from app.console import keymap
from tests.story import Desk


def typed(**own: str) -> dict[str, str]:
    return {f"key-{name}": own.get(name, key.default) for name, key in keymap.FREE.items()}


@pytest.mark.parametrize(("who", "word"), [("mio", "Solve or reopen"), ("yuki", "解決済みにする・再オープンする")])
def test_all_keys_are_listed_in_the_reader_s_language(desk: Desk, who: str, word: str) -> None:
    page = desk.signed_in(who).get("/console/views/open").text
    assert f'<kbd class="kbd" data-default="e">e</kbd></dt><dd>{word}</dd>' in page
    assert all(f'data-default="{key.default}"' in page for key in keymap.FREE.values())


@pytest.mark.both
def test_a_key_that_somebody_chose_is_theirs_alone(desk: Desk, mio: TestClient, waiting: int) -> None:
    saved = mio.post("/console/profile/keys", data=typed(solve="y"))
    assert saved.headers["location"] == "/console/profile?done=saved"
    page = mio.get(f"/console/tickets/{waiting}").text
    assert 'data-default="e">y</kbd>' in page
    assert 'title="Solve  y"' in page
    assert 'data-default="e">e</kbd>' in desk.signed_in("kenji").get(f"/console/tickets/{waiting}").text
    mio.post("/console/profile/keys", data={"reset": "1"})
    assert desk.agent("mio").shortcuts == {}


def test_two_steps_cannot_have_one_key_and_what_was_typed_stays(desk: Desk, mio: TestClient) -> None:
    answer = mio.post("/console/profile/keys", data=typed(solve="r", note="ん"))
    assert answer.status_code == 422
    assert "Another step has this key already. Give each its own." in answer.text
    assert "A key is one letter, digit or sign of the keyboard." in answer.text
    assert 'name="key-note" type="text" value="ん"' in answer.text
    assert desk.agent("mio").shortcuts == {}


def test_keys_that_change_places_are_no_conflict(desk: Desk, mio: TestClient) -> None:
    mio.post("/console/profile/keys", data=typed(next="k", previous="j"))
    assert desk.agent("mio").shortcuts == {"next": "k", "previous": "j"}
