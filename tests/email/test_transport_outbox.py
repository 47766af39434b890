"""A desk without a mail server keeps its mails, and shows them to whoever tries it out, and to nobody else."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import edge, main, templating
from app.accounts import signin
from app.channels.email import catcher
from app.channels.email.channel import EmailChannel
from app.channels.email.parse import parse_mail
from app.channels.types import Recipient
from app.dev import outbox
from app.errors import NotFound
from app.keys import Keys
from app.settings import load
from tests.email.test_transport_compose import ENGLISH, INBOX, JAPANESE, LONG_NAME, file

NAME = catcher.name_of(str(ENGLISH.external_id))


@pytest.fixture
def browser(house: main.House) -> Iterator[TestClient]:
    statics = edge.Statics(main.ROOT / "static")
    state = {
        "database": house.database,
        "limiter": anyio.CapacityLimiter(2),
        "templates": templating.environment(main.ROOT / "templates", {"static": statics.address}),
        "draw_error": main.draw_error,
    }

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        yield state

    application = Starlette(routes=outbox.routes(signin.anybody), lifespan=lifespan)
    guarded = edge.Guard(application, secure=False, host="testserver")
    with TestClient(guarded, follow_redirects=False) as client:
        yield client


def keep(house: main.House, outgoing: Any = ENGLISH) -> None:
    EmailChannel(parse_mail, Keys(b"k" * 64), house.settings).send(INBOX, outgoing)


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mail_is_kept_once_however_often_it_is_tried(house: main.House) -> None:
    keep(house)
    keep(house, replace(ENGLISH, attempt=2))
    [mail] = catcher.list_mails(house.settings.data)
    assert (mail.name, mail.subject) == (NAME, "Re: My parcel")
    assert mail.sender == "Hana Sato via Aoba Books <support@desk.example>".replace(
        "Aoba Books", house.settings.desk_name
    )
    assert mail.to == "Taro Yamada <taro@customer.example>"
    assert [p.name for p in (house.settings.data / "outbox").iterdir()] == [NAME]


def test_the_newest_stands_first_and_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catcher, "KEPT", 3)
    for number in range(5):
        catcher.keep(tmp_path, f"{number}.eml", b"Subject: x\r\n\r\n")
        os.utime(tmp_path / "outbox" / f"{number}.eml", (number, number))
    assert [m.name for m in catcher.list_mails(tmp_path)] == ["4.eml", "3.eml", "2.eml"]
    assert [m.name for m in catcher.list_mails(tmp_path, 1)] == ["4.eml"]


def test_a_desk_that_never_wrote_has_no_mails(tmp_path: Path) -> None:
    assert catcher.list_mails(tmp_path) == []


@pytest.mark.parametrize(
    "name", ["../secret.key", "..", "", "a/b.eml", ".hidden.eml", "x.txt", "a\x00.eml", "missing.eml"]
)
def test_nothing_else_can_be_read_or_written_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "outbox").mkdir()
    (tmp_path / "secret.key").write_text("x")
    (tmp_path / "outbox" / "x.txt").write_text("x")
    with pytest.raises(NotFound):
        catcher.raw_mail(tmp_path, name)
    if name != "missing.eml":
        with pytest.raises(ValueError, match="not a name"):
            catcher.keep(tmp_path, name, b"x")


def test_a_recipient_that_cannot_be_is_not_kept_as_if_sent(house: main.House) -> None:
    with pytest.raises(Exception, match="bad_address"):
        keep(house, replace(ENGLISH, to=(Recipient("x@sender.invalid"),)))
    assert catcher.list_mails(house.settings.data) == []


# ── pages ─────────────────────────────────────────────────────────────────────────────────────────────

demo = pytest.mark.desk(demo=True)


@demo
def test_the_page_lists_mails_and_asks_again_for_the_list_alone(house: main.House, browser: TestClient) -> None:
    empty = browser.get("/dev/outbox", headers={"accept-language": "ja"}).text
    assert "メールはまだありません" in empty
    keep(house)
    keep(house, replace(JAPANESE, external_id="<2@desk.example>"))
    page = browser.get("/dev/outbox").text
    assert "every 2s" in page
    assert page.index(JAPANESE.subject) < page.index("Re: My parcel")
    part = browser.get("/dev/outbox", headers={"hx-request": "true"}).text
    assert "Re: My parcel" in part
    assert "<html" not in part


@demo
def test_one_mail_is_shown_with_headers_text_files_and_html_in_a_sandbox(
    house: main.House, browser: TestClient
) -> None:
    keep(house, replace(ENGLISH, files=(file(LONG_NAME, b"%PDF"),)))
    page = browser.get(f"/dev/outbox/{NAME}").text
    assert "taro@customer.example" in page
    assert "it leaves **tomorrow**" in page
    assert LONG_NAME in page
    assert "allow-scripts" not in page
    letter = browser.get(f"/dev/outbox/{NAME}/html")
    assert "<strong>tomorrow</strong>" in letter.text
    assert letter.headers["content-security-policy"].startswith("sandbox ")
    assert "allow-scripts" not in letter.headers["content-security-policy"]
    assert "default-src 'none'" in letter.headers["content-security-policy"]


@demo
def test_what_stands_in_a_mail_is_shown_not_done(house: main.House, browser: TestClient) -> None:
    keep(house, replace(ENGLISH, subject="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>"))
    for path in ("/dev/outbox", f"/dev/outbox/{NAME}"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


@demo
def test_a_mail_can_be_taken_away_as_a_file(house: main.House, browser: TestClient) -> None:
    keep(house)
    answer = browser.get(f"/dev/outbox/{NAME}/download")
    assert answer.headers["content-disposition"] == f'attachment; filename="{NAME}"'
    assert parse_mail(answer.content).subject == "Re: My parcel"


@demo
@pytest.mark.parametrize("path", ["/dev/outbox/missing.eml", "/dev/outbox/..%2fsecret.key", "/dev/outbox/x/html"])
def test_other_files_are_not_there(house: main.House, browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("settings", [{}, {"demo": True, "smtp_url": "smtp://mail.example"}])
def test_a_desk_that_others_reach_or_that_sends_has_no_such_page(
    house: main.House, browser: TestClient, settings: dict[str, Any]
) -> None:
    keep(house)
    house.database.settings = replace(house.settings, **settings)
    for path in ("/dev/outbox", f"/dev/outbox/{NAME}", f"/dev/outbox/{NAME}/html", f"/dev/outbox/{NAME}/download"):
        assert browser.get(path).status_code == 404


@pytest.mark.parametrize(
    ("settings", "there"),
    [
        ({"base_url": "http://127.0.0.1:8000"}, True),
        ({"base_url": "http://localhost:8000"}, True),
        ({"base_url": "http://[::1]:8000"}, True),
        ({"base_url": "https://help.example.com"}, False),
        ({"base_url": "https://localhost.example.com"}, False),
        ({"base_url": "https://help.example.com", "demo": True}, True),
        ({"base_url": "http://127.0.0.1:8000", "smtp_url": "smtp://mail.example"}, False),
    ],
)
def test_the_page_exists_on_one_s_own_machine_and_in_a_demo(settings: dict[str, Any], there: bool) -> None:
    assert outbox.exists(load({}, **settings)) is there
