"""The settings page of fields: the list, the editor of one, and who changed what."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from app.console import forms, settings, show
from app.errors import AppError
from app.events import Actor
from app.i18n import N_
from app.i18n import gettext as _
from app.tickets import fields, shaping
from app.tickets.carried import Field
from app.tickets.shaping import Draft
from app.web import Page, redirect

KINDS = {
    "text": ("pencil", N_("Text")),
    "number": ("code", N_("Number")),
    "choice": ("list-checks", N_("Choice")),
    "date": ("clock", N_("Date")),
}
SPARE = 3  # empty rows for new options
DID = {
    "added": N_("made the field"),
    "archived": N_("archived the field"),
    "restored": N_("took the field out of the archive"),
    "moved": N_("moved the field in its order"),
}
PARTS = {
    "name": N_("name"),
    "help": N_("help"),
    "options": N_("options"),
    "required": N_("needed for solving"),
}


def _by(page: Page) -> Actor:
    return Actor("agent", page.who.id)


def listing(page: Page, error: AppError | None = None) -> Response:
    """All fields in their order, the archived ones last, and a form for one more."""
    rows = fields.every(page.db, archived=True)
    values = forms.typed(page, name_en="", name_ja="", help_en="", help_ja="", kind="text", key="")
    return settings.draw(
        page,
        "fields",
        "fields",
        rows=[(row, show.word(KINDS, row.kind)) for row in rows],
        kinds=[(key, _(name)) for key, (_icon, name) in KINDS.items()],
        values=values,
        required=page.text("required") == "1",
        options=_typed_options(page) or [("", "", "")] * SPARE,
        errors=forms.errors(error),
    )


def add(page: Page) -> Response:
    shaping.add(page.db, page.text("key"), page.text("kind"), _draft(page), _by(page))
    return redirect(page, "/console/settings/fields?done=added")


def _draft(page: Page) -> Draft:
    return Draft(
        {"en": page.text("name_en"), "ja": page.text("name_ja")},
        {"en": page.text("help_en"), "ja": page.text("help_ja")},
        _typed_options(page),
        page.text("required") == "1",
    )


def _typed_options(page: Page) -> list[tuple[str, str, str]]:
    columns = ([str(value) for value in page.form.getlist(f"option_{part}")] for part in ("key", "en", "ja"))
    return list(zip(*columns, strict=False))[: shaping.MOST + SPARE]


def one(page: Page, error: AppError | None = None) -> Response:
    """One field: all but its key and kind can be changed."""
    field = shaping.get(page.db, page.path("field"))
    spec = field.spec
    words = {f"{part}_{lang}": spec.get(part, {}).get(lang, "") for part in ("name", "help") for lang in ("en", "ja")}
    known = [(o.key, o.name.get("en", ""), o.name.get("ja", "")) for o in fields.of(field).options if not o.archived]
    return settings.draw(
        page,
        "field",
        "fields",
        found=fields.of(field),
        kind=show.word(KINDS, field.kind),
        values=forms.typed(page, **words),
        required=page.text("required") == "1" if page.form else field.required,
        options=_typed_options(page) or [*known, *[("", "", "")] * SPARE],
        gone=[fields.said(o.name) for o in fields.of(field).options if o.archived],
        used=shaping.used(page.db, field),
        past=_past(page, field),
        errors=forms.errors(error),
    )


def change(page: Page) -> Response:
    """Save the editor, or take the step of the button that was pressed."""
    field = shaping.get(page.db, page.path("field"))
    steps = {"archive": shaping.archive, "restore": shaping.restore}
    step = page.text("step")
    if step in steps:
        steps[step](page.db, field, _by(page))
    elif step in ("up", "down"):
        shaping.move(page.db, field, step == "up", _by(page))
    else:
        shaping.change(page.db, field, _draft(page), _by(page))
    return redirect(page, "/console/settings/fields?done=saved")


def _past(page: Page, field: Field) -> list[dict[str, Any]]:
    people = show.staff(page.db)
    found = []
    for event in shaping.history(page.db, field.id):
        who = people[event.actor_id].name if event.actor_id in people else _("Madoguchi")
        parts = [_(PARTS[part]) for part in event.data["before"] if part in PARTS]
        said = (
            _(DID[event.data["what"]])
            if event.data["what"] in DID
            else _("changed: %(parts)s") % {"parts": ", ".join(parts)}
        )
        iso = event.at.isoformat(timespec="seconds")
        found.append({"who": who, "text": said, "at": show.moment(event.at), "iso": iso})
    return found
