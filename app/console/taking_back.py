"""Taking a step back, whatever it was: one address for all that is remembered of a ticket."""

from __future__ import annotations

from starlette.responses import Response

from app.console import joining, macros
from app.tickets import undoing
from app.web import Page


def undo(page: Page) -> Response:
    """A macro, a merge or a split is undone."""
    kind = undoing.kind_of(page.db, page.path("undo"))
    return macros.undone(page) if kind == "macro" else joining.undo(page)
