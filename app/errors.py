"""What can go wrong in words a person understands. Each error knows its HTTP status."""

from __future__ import annotations

from collections.abc import Mapping


class AppError(Exception):
    """Something the person can be told. `message` is an English msgid; it is translated where it is shown."""

    status = 500

    def __init__(self, message: str = "Something went wrong.", **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class NotFound(AppError):
    """The thing does not exist, or this person may not see it: both look the same from outside."""

    status = 404

    def __init__(self, message: str = "There is nothing here.", **values: object) -> None:
        super().__init__(message, **values)


class SignInRequired(AppError):
    """Nobody is signed in, and the page needs somebody."""

    status = 401

    def __init__(self, message: str = "Please sign in.", **values: object) -> None:
        super().__init__(message, **values)


class Forbidden(AppError):
    """The person may see the thing but not do this to it."""

    status = 403

    def __init__(self, message: str = "You may not do this.", **values: object) -> None:
        super().__init__(message, **values)


class Conflict(AppError):
    """The thing changed meanwhile, or its state does not allow the step."""

    status = 409


class TooMany(AppError):
    """A rate limit was reached. `retry_after` is in seconds."""

    status = 429

    def __init__(self, message: str, retry_after: int, **values: object) -> None:
        super().__init__(message, **values)
        self.retry_after = retry_after


class TooLarge(AppError):
    """What was sent is over a limit that is a setting."""

    status = 413


class Invalid(AppError):
    """Input that cannot be taken: one message for each field, keyed by the field's name."""

    status = 422

    def __init__(self, fields: Mapping[str, str], **values: object) -> None:
        super().__init__("Please check the marked fields.", **values)
        self.fields = dict(fields)


class Unavailable(AppError):
    """A part of the house (database, storage) does not answer now; trying again later helps."""

    status = 503
