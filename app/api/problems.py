"""Refusals of the API as problem documents (RFC 9457), in the caller's language, each kind with a name of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from app import i18n
from app.errors import AppError, Invalid, TooMany
from app.i18n import N_

MEDIA_TYPE = "application/problem+json"
NAMESPACE = "urn:madoguchi:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of refusal: its name in `type`, its status, its title."""

    name: str
    status: int
    title: str


MALFORMED = Kind("malformed-json", 400, N_("The body is not valid JSON."))
KEY_MISSING = Kind("idempotency-key-missing", 400, N_("An Idempotency-Key is needed."))
KEY_MALFORMED = Kind("idempotency-key-malformed", 400, N_("This Idempotency-Key cannot be used."))
UNAUTHORISED = Kind("unauthorised", 401, N_("A valid bearer token is needed."))
SCOPE_MISSING = Kind("scope-missing", 403, N_("This token may not do this."))
FORBIDDEN = Kind("forbidden", 403, N_("You may not do this."))
NOT_FOUND = Kind("not-found", 404, N_("There is nothing here."))
METHOD = Kind("method-not-allowed", 405, N_("This method is not offered here."))
CONFLICT = Kind("conflict", 409, N_("This does not fit the present state."))
KEY_BUSY = Kind("idempotency-key-busy", 409, N_("A request with this Idempotency-Key is still being worked on."))
TOO_LARGE = Kind("too-large", 413, N_("The body is too large."))
MEDIA = Kind("unsupported-media-type", 415, N_("The body must be application/json."))
INVALID = Kind("invalid", 422, N_("Some values cannot be taken."))
KEY_REUSED = Kind("idempotency-key-reused", 422, N_("This Idempotency-Key was used for another request."))
TOO_MANY = Kind("too-many-requests", 429, N_("Too many requests."))
UNEXPECTED = Kind("unexpected", 500, N_("Something went wrong on our side."))
UNAVAILABLE = Kind("unavailable", 503, N_("The desk cannot do this now."))

KINDS = (
    MALFORMED,
    KEY_MISSING,
    KEY_MALFORMED,
    UNAUTHORISED,
    SCOPE_MISSING,
    FORBIDDEN,
    NOT_FOUND,
    METHOD,
    CONFLICT,
    KEY_BUSY,
    TOO_LARGE,
    MEDIA,
    INVALID,
    KEY_REUSED,
    TOO_MANY,
    UNEXPECTED,
    UNAVAILABLE,
)

# What an error of the house is called here when it has no kind of its own.
_BY_STATUS = {
    401: UNAUTHORISED,
    403: FORBIDDEN,
    404: NOT_FOUND,
    409: CONFLICT,
    413: TOO_LARGE,
    422: INVALID,
    429: TOO_MANY,
    503: UNAVAILABLE,
}


class Refusal(AppError):
    """A refusal that only the API knows. `detail` is an English msgid."""

    def __init__(self, kind: Kind, detail: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail or kind.title)
        self.kind = kind
        self.status = kind.status
        self.headers = dict(headers or {})


def draw(error: AppError) -> Response:
    """The answer to a request that was refused."""
    kind = error.kind if isinstance(error, Refusal) else _BY_STATUS.get(error.status, UNEXPECTED)
    document: dict[str, object] = {
        "type": NAMESPACE + kind.name,
        "title": i18n.gettext(kind.title),
        "status": kind.status,
        "detail": _say(error.message, error),
    }
    if isinstance(error, Invalid) and error.fields:
        document["errors"] = {name: _say(text, error) for name, text in error.fields.items()}
    headers = {"Content-Language": i18n.locale(), "Vary": "Accept-Language"}
    if isinstance(error, Refusal):
        headers.update(error.headers)
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    body = json.dumps(document, ensure_ascii=False).encode()
    return Response(body, kind.status, headers, MEDIA_TYPE)


def _say(message: str, error: AppError) -> str:
    sentence = i18n.gettext(message)
    return sentence % error.values if error.values else sentence
