"""Long texts in pieces: nothing lost, nothing divided, in the channel's own unit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.channels.split import length, split

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
FLAG = "🇯🇵"
GA = "か\u3099"


def bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(("text", "utf16", "octets"), [("a", 1, 1), ("あ", 1, 3), ("🍎", 2, 4), (FAMILY, 11, 25)])
def test_a_text_is_measured_in_the_unit_of_its_channel(text: str, utf16: int, octets: int) -> None:
    assert length(text, "utf16") == utf16 == len(text.encode("utf-16-le")) // 2
    assert length(text, "bytes") == octets
    assert length(text, "characters") == len(text)


def test_what_fits_stays_whole_and_nothing_gives_nothing() -> None:
    assert split("Hello\n\nworld", 12, "characters") == ["Hello\n\nworld"]
    assert split("x" * 5000, 5000, "utf16") == ["x" * 5000]
    assert split(" \n ", 5, "utf16") == []


def test_pieces_end_where_a_reader_would_pause() -> None:
    assert split("One sentence. Another one.", 20, "characters") == ["One sentence.", "Another one."]
    assert split("はじめの文です。つぎの文です。", 10, "utf16") == ["はじめの文です。", "つぎの文です。"]
    assert split("first line\nsecond, line", 14, "characters") == ["first line", "second, line"]


@pytest.mark.parametrize("mark", ["🍎", FAMILY, FLAG, GA, "👍🏽", "e\u0301"])
def test_no_visible_character_is_divided(mark: str) -> None:
    pieces = split("x" + mark * 400, 51, "utf16")
    assert "".join(pieces) == "x" + mark * 400
    for piece in pieces:
        assert piece.removeprefix("x").replace(mark, "") == ""
        assert length(piece, "utf16") <= 51


def test_a_character_longer_than_a_piece_is_divided_between_code_points() -> None:
    zalgo = "a" + "\u0301" * 40
    pieces = split(zalgo, 10, "utf16")
    assert "".join(pieces) == zalgo
    assert all(length(piece, "utf16") <= 10 for piece in pieces)


@given(st.text(max_size=300), st.sampled_from(["characters", "utf16", "bytes"]), st.integers(4, 40))
def test_nothing_is_lost_and_nothing_is_too_long(text: str, unit: str, limit: int) -> None:
    pieces = split(text, limit, unit)
    assert bare("".join(pieces)) == bare(text)
    assert all(0 < length(piece, unit) <= limit for piece in pieces)
