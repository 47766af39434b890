"""What all forms of the console share: errors in the reader's language, what was typed, and a word when it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from app.console import rail, show
from app.errors import AppError, Invalid
from app.i18n import N_
from app.i18n import gettext as _
from app.web import Page, render

DONE = {
    "saved": N_("Saved."),
    "password": N_("Your password is changed. Other browsers were signed out."),
    "replayed": N_("It is being read again."),
    "revived": N_("The job gets another try."),
    "added": N_("Added."),
    "removed": N_("Removed."),
    "back": N_("Brought back."),
    "joined": N_("Joined: both are one tag now."),
    "parted": N_("Undone: both tags are there again."),
    "dissolving": N_("The team is being dissolved; its tickets are on their way."),
}


def errors(error: AppError | None) -> dict[str, str]:
    """{field: sentence} in the language of the moment; a conflict stands at the top, under no field's name."""
    if error is None:
        return {}
    if isinstance(error, Invalid):
        return {name: _(text) % error.values if error.values else _(text) for name, text in error.fields.items()}
    return {"": _(error.message) % error.values if error.values else _(error.message)}


def typed(page: Page, **defaults: Any) -> dict[str, Any]:
    """The fields of a form: what was just typed, else what they are now."""
    return {name: page.text(name) if name in page.form else value for name, value in defaults.items()}


def draw(page: Page, template: str, at: str, *, flashes: Sequence[Mapping[str, Any]] = (), **values: Any) -> Response:
    """A page of the console beside the rail."""
    done = DONE.get(page.query("done"))
    said = [{"text": _(done), "wrong": False, "undo": None}] if done else []
    return render(
        page,
        template,
        rail=rail.build(page.db, page.who, at),
        last_event=show.desk(page.db).last_event,
        flashes=[*said, *flashes],
        **values,
    )
