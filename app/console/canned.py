"""Canned replies: the pages on which they are written, and the list that `/` opens in the composer."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from app import i18n
from app.console import drafting, forms, ready, settings, show
from app.errors import AppError
from app.i18n import gettext as _
from app.text import plain
from app.tickets import access, canned, readymade
from app.tickets.attachments import Upload
from app.tickets.readymade import CannedReply
from app.web import Page, redirect

HOME = "/console/settings/canned"


def listing(page: Page) -> Response:
    """All that the agent may use, sifted by `q`; with `removed` those that can be brought back."""
    asked, removed = page.query("q").strip()[:100], page.query("removed") == "1"
    found = readymade.listed(page.db, CannedReply, page.who, asked, removed)
    whose = ready.whose(page, found)
    rows = [
        {
            "one": one,
            "whose": whose[one.id],
            "said": plain.excerpt(readymade.in_language(one.texts, i18n.locale(), page.settings.locale)[1], 110),
            "languages": [name for key, name in show.LANGUAGES.items() if one.texts.get(key)],
        }
        for one in found
    ]
    return settings.draw(
        page, "canned", "canned", rows=rows, asked=asked, removed=removed, flashes=ready.gone(page, CannedReply, HOME)
    )


def edit(page: Page, error: AppError | None = None) -> Response:
    """One canned reply, or an empty form for a new one."""
    number = page.request.path_params.get("canned")
    one = readymade.find(page.db, CannedReply, page.who, number) if number else None
    kept = one.files if one else []
    if page.form:
        kept = [file for file in kept if file["blob"] in page.form.getlist("kept")]
    return settings.draw(
        page,
        "canned_reply",
        "canned",
        one=one,
        values=ready.values(page, one),
        files=drafting.files(kept),
        lost=_lost(page),
        past=ready.past(page, CannedReply.__tablename__, one.id) if one else [],
        errors=forms.errors(error),
        home=HOME,
        **ready.choices(page, one),
    )


def _lost(page: Page) -> list[str]:
    """Files that were chosen in a form that was refused: a browser cannot be given them back."""
    return [name for name, _kind, _content in page.files("files")]


def save(page: Page) -> Response:
    uploads = [Upload(name, declared, content) for name, declared, content in page.files("files")]
    kept = [str(digest) for digest in page.form.getlist("kept")]
    number = page.request.path_params.get("canned")
    canned.save(page.db, page.who, number, ready.head(page), uploads=uploads, kept=kept)
    return redirect(page, f"{HOME}?done={'saved' if number else 'added'}")


def remove(page: Page) -> Response:
    """Take one off the list, or with `back` put it there again."""
    one = readymade.find(page.db, CannedReply, page.who, page.path("canned"))
    back = page.text("back") == "1"
    readymade.set_removed(page.db, one, page.who, not back)
    return redirect(page, f"{HOME}/{one.id}?done=back" if back else f"{HOME}?gone={one.id}")


# ── in the composer ───────────────────────────────────────────────────────────────────────────────────


def offered(page: Page) -> Response:
    """What `/` offers on a ticket: names and what they answer to; texts come when one is taken."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    return JSONResponse([_offer(page, found.locale, one) for one in readymade.every(page.db, CannedReply, page.who)])


def _offer(page: Page, locale: str, one: CannedReply) -> dict[str, Any]:
    language, text = readymade.in_language(one.texts, locale, page.settings.locale)
    return {
        "id": one.id,
        "name": one.name,
        "shortcut": one.shortcut,
        "keys": readymade.keys(one),
        "said": plain.excerpt(text, 60),
        "other": show.LANGUAGES[language] if language and locale and language != locale else "",
        "files": len(one.files),
    }


def take(page: Page) -> Response:
    """One as it is put into the text, with the draft that its files joined."""
    found = access.writable(page.db, page.who, page.path("ticket"))
    taken = canned.take(page.db, found, page.who, page.path("canned"), page.text("kind"))
    draft = taken.draft
    files = {"version": draft.version, "files": drafting.files(draft.files)} if draft else {}
    return JSONResponse({"text": taken.text, "lang": taken.language, "asks": taken.asks, **files})


def not_taken(page: Page, error: AppError) -> Response:
    """Why a text could not be had, in a sentence."""
    return JSONResponse({"sentence": " ".join(forms.errors(error).values()) or _("That did not work.")})
