"""The desk's tags: how often each is used, renaming, joining and deleting them."""

from __future__ import annotations

from starlette.responses import Response

from app.console import forms, settings, settings_past, show
from app.errors import AppError
from app.tickets import tagwork
from app.web import Page, redirect

HOME = "/console/settings/tags"


def listing(page: Page) -> Response:
    """Every tag with the number of its tickets, or those that answer to `q`."""
    asked = page.query("q")[:100]
    return settings.draw(page, "tags", "tags", rows=tagwork.used(page.db, asked), asked=asked, home=HOME)


def edit(page: Page, error: AppError | None = None) -> Response:
    """One tag: what can be done with it, and what was."""
    tag = tagwork.get(page.db, page.path("tag"))
    others = [name for name in tagwork.names(page.db) if name != tag.name]
    return settings.draw(
        page,
        "tag",
        "tags",
        found=tag,
        tickets=tagwork.count(page.db, tag),
        others=others,
        values=forms.typed(page, tag=tag.name, into=""),
        errors=forms.errors(error),
        joined=[(one.id, one.what["name"], show.moment(one.made_at)) for one in tagwork.joined(page.db, tag)],
        past=settings_past.of(page, "tag", tag.id),
        home=HOME,
    )


def save(page: Page) -> Response:
    """Rename it, join it to another, or delete it, as the button says."""
    tag, by, step = tagwork.get(page.db, page.path("tag")), settings.by(page), page.text("step")
    if step == "join":
        kept = tagwork.join(page.db, tag, page.text("into"), by)
        return redirect(page, f"{HOME}/{kept.what['into_id']}?done=joined")
    if step == "delete":
        tagwork.delete(page.db, tag, by)
        return redirect(page, f"{HOME}?done=removed")
    tagwork.rename(page.db, tag, page.text("tag"), by)
    return redirect(page, f"{HOME}?done=saved")


def part(page: Page) -> Response:
    """Undo a join: both tags are there again."""
    tag = tagwork.part(page.db, page.path("undo"), settings.by(page))
    return redirect(page, f"{HOME}/{tag.id}?done=parted")
