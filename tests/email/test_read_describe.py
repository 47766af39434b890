"""A mail as JSON, as `madoguchi ingest --dry-run --json` prints it."""

from __future__ import annotations

import json

from app.channels.email.describe import to_json
from tests.email.reading import parts, read


def test_every_key_is_there() -> None:
    letter = parts(
        "Content-Type: text/plain\n\nHello\n\n> quoted",
        "Content-Type: application/pdf; name=a.pdf\n\nPDF",
        headers="From: Anna <anna@x.example>\nTo: Desk <support@desk.example>\nCc: bo@y.example\n"
        "Reply-To: Bo <bo@y.example>\nSubject: Order\nMessage-ID: <1@x>\nIn-Reply-To: <2@x>\n"
        "References: <3@x> <2@x>\nDate: Mon, 3 Jun 2024 10:00:00 +0900\n",
    )

    assert to_json("a.eml", letter) == {
        "file": "a.eml",
        "from_address": "anna@x.example",
        "from_name": "Anna",
        "to": [{"address": "support@desk.example", "name": "Desk"}],
        "cc": [{"address": "bo@y.example", "name": ""}],
        "reply_to": "bo@y.example",
        "subject": "Order",
        "message_id": "1@x",
        "in_reply_to": "2@x",
        "references": ["3@x", "2@x"],
        "date": "2024-06-03T10:00:00+09:00",
        "body_text": "Hello\n\n> quoted",
        "body_html": None,
        "reply_text": "Hello",
        "attachments": [{"filename": "a.pdf", "content_type": "application/pdf", "size": 3, "inline": False}],
        "auto_generated": False,
        "bounce": None,
        "error": None,
    }


def test_a_bounce_says_whom_and_why() -> None:
    described = to_json("b.eml", read("bounce-qmail.eml"))

    assert described["bounce"] == {"recipient": "yamada@nowhere.example", "status": "5.7.17", "permanent": True}
    assert described["auto_generated"] is True


def test_what_cannot_be_read_has_the_same_keys_and_an_error() -> None:
    described = to_json("c.eml", None, "the mail is empty")

    assert described["error"] == "the mail is empty"
    assert described.keys() == to_json("b.eml", read("bounce-qmail.eml")).keys()
    assert json.dumps(described)
