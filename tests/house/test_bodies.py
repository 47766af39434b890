"""Bodies that are too large or broken get a clear answer, whatever their headers say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.story import Desk

BOUNDARY = "xxx"
FORM = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


def endless(megabytes: int) -> Iterator[bytes]:
    """A form with a huge file, sent in chunks without a length."""
    yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'.encode()
    for _ in range(megabytes):
        yield b"x" * 1_048_576
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


@pytest.mark.desk(upload_max_bytes=1_048_576)
def test_a_form_without_a_length_that_never_ends_is_too_large(desk: Desk) -> None:
    answer = desk.visitor().post("/help/request", content=endless(6), headers=FORM)
    assert answer.status_code == 413


@pytest.mark.desk(upload_max_bytes=1_048_576)
def test_a_form_that_says_it_is_too_large_is_not_even_read(desk: Desk) -> None:
    answer = desk.visitor().post("/help/request", content=b"x" * 4_000_000, headers=FORM)
    assert answer.status_code == 413


@pytest.mark.parametrize("files", [None, {"files": ("a.txt", b"a")}])
def test_a_field_of_more_than_a_megabyte_is_named_and_what_was_typed_is_kept(
    desk: Desk, files: dict[str, tuple[str, bytes]] | None
) -> None:
    typed = {"subject": "My cup", "email": "anna@example.com", "text": "湯" * 400_000 + "呑み"}
    answer = desk.visitor().post("/help/request", data=typed, files=files, headers={"accept-language": "ja"})
    assert answer.status_code == 422
    assert "文章が長すぎます。" in answer.text
    assert 'value="My cup"' in answer.text
    assert "湯呑み</textarea>" in answer.text


def test_beyond_what_can_be_shown_again_the_way_back_is_said(desk: Desk) -> None:
    typed = {"subject": "My cup", "text": "x" * 5_000_000}
    answer = desk.visitor().post("/help/request", data=typed, files={"files": ("a.txt", b"a")})
    assert (answer.status_code, "what you typed is still there" in answer.text) == (413, True)


@pytest.mark.parametrize("body", [b"", b"--xxx", b"--xxx\r\n\r\n", b"\x00" * 100, b"--yyy--"])
def test_a_broken_form_is_no_fault_of_ours(desk: Desk, body: bytes) -> None:
    answer = desk.visitor().post("/help/request", content=body, headers=FORM)
    assert answer.status_code in (400, 422)
