"""Signatures: one's own, and for administrators those of the inboxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from app import i18n
from app.channels import inboxes
from app.channels.inboxes import Inbox
from app.console import forms, ready, settings, show
from app.errors import AppError, NotFound
from app.i18n import gettext as _
from app.text import plain
from app.tickets import placeholders, readymade, signatures
from app.web import Page, redirect

HOME = "/console/settings/signatures"


def own(page: Page, error: AppError | None = None) -> Response:
    """What stands under one's own replies, and where the inboxes' are changed."""
    rows = _rows(page) if page.who.role in readymade.ADMINS else []
    return _form(page, error, None, page.who.signatures, rows=rows, past=ready.past(page, "agents", page.who.id))


def save_own(page: Page) -> Response:
    signatures.change_own(page.db, page.who, _typed(page))
    return redirect(page, f"{HOME}?done=saved")


def of_inbox(page: Page, error: AppError | None = None) -> Response:
    """What stands under replies from an inbox."""
    found = _inbox(page)
    texts = found.settings.get("signature") or {}
    return _form(page, error, found, texts, rows=[], past=ready.past(page, "inboxes", found.id))


def save(page: Page) -> Response:
    signatures.change(page.db, page.who, _inbox(page), _typed(page))
    return redirect(page, f"{HOME}?done=saved")


def _form(page: Page, error: AppError | None, found: Inbox | None, texts: Mapping[str, str], **more: Any) -> Response:
    now = forms.typed(page, **{f"text-{language}": texts.get(language, "") for language in i18n.LOCALES})
    return settings.draw(
        page,
        "signatures",
        "signatures",
        found=found,
        values=now,
        languages=list(show.LANGUAGES.items()),
        places=[(name, _(placeholders.TABLE[name].meaning)) for name in signatures.KNOWN],
        errors=forms.errors(error),
        **more,
    )


def _typed(page: Page) -> dict[str, str]:
    return {language: page.text(f"text-{language}") for language in i18n.LOCALES}


def _inbox(page: Page) -> Inbox:
    found = page.db.get(Inbox, page.path("inbox"))
    if found is None or not signatures.carried(page.db, found.kind):
        raise NotFound
    return found


def _rows(page: Page) -> list[dict[str, Any]]:
    """The inboxes whose replies leave as mail, each with the beginning of its signature."""
    found = [inbox for inbox in inboxes.every(page.db) if signatures.carried(page.db, inbox.kind)]
    return [
        {
            "inbox": inbox,
            "channel": show.word(show.CHANNELS, inbox.kind),
            "said": plain.excerpt(
                readymade.in_language(inbox.settings.get("signature") or {}, i18n.locale(), page.settings.locale)[1], 80
            ),
        }
        for inbox in found
    ]
