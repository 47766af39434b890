"""What is new in a mail: in many languages, from text and from HTML, and in linear time."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.text.html import html_to_text
from app.text.quotes import REPLY_MARKER, REPLY_MARKERS, extract_reply, split_reply
from app.text.signatures import is_device_line
from tests.text.reply_cases import GENERATED, HTML, KEPT, WRITTEN


@pytest.mark.parametrize(("text", "new"), [case[1:] for case in GENERATED], ids=[case[0] for case in GENERATED])
def test_every_announced_quote_is_found(text: str, new: str) -> None:
    assert extract_reply(text) == new


@pytest.mark.parametrize(("text", "new"), [case[1:] for case in WRITTEN], ids=[case[0] for case in WRITTEN])
def test_a_mail_gives_what_was_written(text: str, new: str) -> None:
    assert extract_reply(text) == new


@pytest.mark.parametrize("text", [case[1] for case in KEPT], ids=[case[0] for case in KEPT])
def test_what_only_looks_like_a_quote_stays(text: str) -> None:
    assert extract_reply(text) == text


@pytest.mark.parametrize("text", [case[1] for case in KEPT], ids=[case[0] for case in KEPT])
def test_it_stays_above_a_real_quote_too(text: str) -> None:
    mail = f"{text}\n\nOn Wed, May 1, 2024 at 10:00 AM Hana Mori <hana@shop.example> wrote:\n\n> Thank you.\n"
    assert extract_reply(mail) == text


@pytest.mark.parametrize(("html", "new"), [case[1:] for case in HTML], ids=[case[0] for case in HTML])
def test_containers_of_mail_programs_are_known(html: str, new: str) -> None:
    assert extract_reply(html_to_text(html), html) == new


def test_html_decides_where_the_text_has_no_mark() -> None:
    text = "Jo.\n\nHana xyzzy\n\nShall we?\n"
    html = (
        '<div>Jo.</div><div class="gmail_quote"><div class="gmail_attr">Hana xyzzy</div>'
        "<blockquote>Shall we?</blockquote></div>"
    )
    assert extract_reply(text) == text.strip()
    assert extract_reply(text, html) == "Jo."


def test_the_text_keeps_its_own_form_where_both_agree() -> None:
    text = "See *this*:\n  https://shop.example\n\nOn 5/1/24 10:00, Hana wrote:\n> x"
    html = (
        '<p>See <b>*this*</b>: <a href="https://shop.example">https://shop.example</a></p>'
        '<div class="moz-cite-prefix">On 5/1/24 10:00, Hana wrote:</div><blockquote type="cite">x</blockquote>'
    )
    assert extract_reply(text, html) == "See *this*:\n  https://shop.example"


def test_html_that_tells_another_story_is_not_believed() -> None:
    html = '<p>View this mail in a browser</p><blockquote type="cite">x</blockquote>'
    assert extract_reply("My tea set is broken.", html) == "My tea set is broken."


def test_html_that_is_all_quote_is_not_believed() -> None:
    html = '<div class="yahoo_quoted"><p>My tea set is broken.</p></div>'
    assert extract_reply("My tea set is broken.", html) == "My tea set is broken."


def test_the_parts_of_a_mail_are_told_apart() -> None:
    reply = split_reply("Yes.\n\n-- \nKen Sato\n\nOn 5/1/24 10:00, Hana wrote:\n> Shall we?\n")
    assert reply.new == "Yes."
    assert reply.signature == "--\nKen Sato"
    assert reply.quoted == "On 5/1/24 10:00, Hana wrote:\n> Shall we?"
    assert not reply.forwarded


def test_a_forward_is_called_one() -> None:
    reply = split_reply(
        "See below.\n\n---------- Forwarded message ---------\nFrom: Rin <rin@mail.example>\n\nIt broke."
    )
    assert reply.forwarded
    assert reply.new == "See below."
    assert "It broke." in reply.quoted


def test_what_is_whole_is_not_also_quoted() -> None:
    only = split_reply("> a\n> b")
    assert (only.new, only.quoted, only.signature) == ("> a\n> b", "", "")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_our_own_marker_is_found(language: str) -> None:
    assert REPLY_MARKER in REPLY_MARKERS.values()
    for prefix in ("", "> ", "    "):
        assert extract_reply(f"Answer\n\n{prefix}{REPLY_MARKERS[language]}\n{prefix}Old text\n") == "Answer"


def test_an_answer_below_our_marker_is_not_lost() -> None:
    assert "I wrote below." in extract_reply(f"{REPLY_MARKER}\n\nI wrote below.")


@pytest.mark.parametrize(
    "line",
    [
        "Sent",
        "Please send it from my iPhone",
        "メール",
        "I sent it from Outlook. It never arrived, please look.",
        "から送信",
        "Get well soon",
    ],
)
def test_sentences_are_no_device_lines(line: str) -> None:
    assert not is_device_line(line)


HOSTILE = [
    *(">", ">\n", "> a\nb\n", "On \n", "On 1 a@b:\n", "On 1 May 2024 10:00 x <a@b\n", "Hana wrote:\n", "wrote: "),
    *("From: a@b\n", "From: a@b\nTo: c\n", "From: a\nTo: b\nCc: c\n\n", "_____\n", "-- \n", "Sent from my iPhone\n"),
    *(
        " ",
        ": ",
        "a@",
        "1",
        "\n",
        "x@y\nx@y\nOn 1\n",
        "2024年5月1日(水) 10:00 森 <a@b>:\n",
        "━",
        "・",
        "<",
        "\u202b",
        "のメール:\n",
    ),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_twice_the_text_costs_about_twice(piece: str) -> None:
    def cost(count: int) -> float:
        began = time.process_time()
        split_reply(piece * count)
        return time.process_time() - began

    count = 250_000 // len(piece)
    cost(100)
    assert cost(count * 2) < 5 * max(cost(count), 0.02)


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_anything_is_read_within_seconds(piece: str) -> None:
    began = time.process_time()
    extract_reply(piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 5


LINES = st.sampled_from(
    [
        *(
            "",
            "Hello",
            "> quoted",
            ">> deeper",
            "-- ",
            "--",
            "On Wed, May 1, 2024 at 10:00 AM Hana <h@s.example> wrote:",
        ),
        *("From: Hana <h@s.example>", "Sent: today", "To: Ken", "Subject: x", "-----Original Message-----", "________"),
        *(
            "Sent from my iPhone",
            "━━━━━━━━",
            "TEL: 03-0000-0000",
            "2024年5月1日(水) 10:00 森 <h@s.example>:",
            "Thanks,",
            "Ken",
        ),
        *(
            "---------- Forwarded message ---------",
            "##- Please type your reply above this line -##",
            "森さんは書きました:",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES | st.text(st.characters(exclude_categories=["Cn", "Cs", "Cc"]), max_size=12), max_size=25))
def test_nothing_is_made_up_and_nothing_becomes_empty(lines: list[str]) -> None:
    text = "\n".join(lines)
    reply = split_reply(text)
    assert reply.new or not text.strip()
    source = "".join(text.split())
    for line in reply.new.split("\n"):
        assert "".join(line.split()) in source
