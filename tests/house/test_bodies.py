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


@pytest.mark.parametrize("body", [b"", b"--xxx", b"--xxx\r\n\r\n", b"\x00" * 100, b"--yyy--"])
def test_a_broken_form_is_no_fault_of_ours(desk: Desk, body: bytes) -> None:
    answer = desk.visitor().post("/help/request", content=body, headers=FORM)
    assert answer.status_code in (400, 422)
