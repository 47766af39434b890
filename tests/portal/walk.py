"""How a customer walks through the portal: what a browser would do, with the words to tell it by."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from starlette.testclient import TestClient

from app.channels.email import catcher
from app.portal import ask
from tests.story import Desk

REQUEST = {
    "name": "Emma Laurent",
    "email": "emma@laurent.example",
    "subject": "Lid of my teapot arrived chipped",
    "text": "The pot itself is perfect, but the lid has a chip.\n\nCould I have just the lid replaced?",
}


def filled(desk: Desk, **fields: Any) -> dict[str, Any]:
    """The form as a person sends it who took some time over it."""
    with desk.read() as db:
        stamp = ask.stamp(db)
    return {**REQUEST, "stamp": stamp, "website": "", **fields}


def mails(desk: Desk, to: str = "") -> list[str]:
    """The texts of the mails that went out to an address, oldest first."""
    data = desk.house.settings.data
    found = [catcher.read_mail(data, caught.name) for caught in reversed(catcher.list_mails(data))]
    return [m.text.replace("\r\n", "\n") for m in found if not to or to in dict(m.headers)["To"]]


def link_in(mail: str) -> str:
    """The path of the portal's link in a mail."""
    found = re.search(r"http://testserver(/help/(?:link|verify)/\S+)", mail)
    assert found, mail
    return found[1]


def sees(page: Any) -> str:
    """What stands on a page, without its tags."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", page.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def follow(browser: TestClient, path: str) -> Any:
    """Press the button of a mailed link, and arrive."""
    assert browser.get(path).status_code == 200
    answer = browser.post(path)
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["location"])
