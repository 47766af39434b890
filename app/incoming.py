"""What comes in with a request: addresses that can name something, and bodies within their limits."""

from __future__ import annotations

import re

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from app.errors import Invalid, NotFound, TooLarge

FORM_FILES = 100
FORM_FIELDS = 1000
FIELD_BYTES = 1_048_576  # of one field; a longer one is refused by its name
READ_BYTES = 4 * FIELD_BYTES  # of one field that is read at all, so that what was typed can be shown again
TOO_LARGE = "This is too large."
UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
BIGGEST = 2**63 - 1  # what a number in the database can be


def meaningful(request: Request) -> None:
    """Refuse an address that can name nothing: a NUL, half a surrogate pair, a number beyond every id."""
    parameters = request.path_params.values()
    if any(isinstance(value, int) and value > BIGGEST for value in parameters):
        raise NotFound
    if not all(_keepable(value) for value in parameters if isinstance(value, str)):
        raise NotFound
    if not all(_keepable(value) for value in request.query_params.values()):
        raise Invalid({})


def _keepable(text: str) -> bool:
    """Whether both databases can hold the text: PostgreSQL refuses NUL, and UTF-8 has no halves of pairs."""
    return not UNKEEPABLE.search(text)


async def read(request: Request, limit: int, raw: bool) -> tuple[FormData, bytes]:
    """(form, body): the form as its fields, or with `raw` and for other types the bytes. Raises TooLarge, Invalid."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return FormData(), b""
    refuse_larger(request, limit)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if raw or kind not in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return FormData(), await read_body(request, limit)
    charset = request.headers.get("content-type", "").lower().partition("charset=")[2].strip(' "').partition(";")[0]
    if charset.strip('"') not in ("", "utf-8", "utf8"):
        raise Invalid({})
    try:
        form = await request.form(max_files=FORM_FILES, max_fields=FORM_FIELDS, max_part_size=READ_BYTES)
    except HTTPException as error:  # Starlette's word for a body over the limit, or a broken form
        large = error.status_code == 413 or "maximum size" in str(error.detail)  # the body, or one field of it
        raise TooLarge(TOO_LARGE) if large else Invalid({}) from error
    except (MultiPartException, ValueError) as error:
        raise Invalid({}) from error
    return form, b""


def without_unkeepable(form: FormData) -> tuple[FormData, set[str]]:
    """(form, names): the form without characters that no database can hold, and the fields that had one."""
    values = form.multi_items()
    names = {name for name, value in values if isinstance(value, str) and not _keepable(value)}
    if not names:
        return form, names
    kept = [(name, UNKEEPABLE.sub("", value) if isinstance(value, str) else value) for name, value in values]
    return FormData(kept), names


def too_long(form: FormData) -> set[str]:
    """The fields that are longer than any text of ours."""
    return {name for name, value in form.multi_items() if isinstance(value, str) and _bytes(value) > FIELD_BYTES}


def _bytes(text: str) -> int:
    return len(text) if len(text) * 4 <= FIELD_BYTES else len(text.encode())


def refuse_larger(request: Request, limit: int) -> None:
    """Raises TooLarge when the body says of itself that it has more than `limit` bytes."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > limit:
        raise TooLarge(TOO_LARGE)


async def read_body(request: Request, limit: int) -> bytes:
    """The body as it comes in. Raises TooLarge beyond `limit` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge(TOO_LARGE)
    return bytes(body)
