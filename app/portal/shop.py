"""The demo shop: somebody else's page, with the widget on it. Only where the demo desk is."""

from __future__ import annotations

from starlette.responses import Response

from app import i18n
from app.accounts import signin
from app.errors import NotFound
from app.portal import mailbox
from app.web import Page, render


def shoppers(page: Page) -> None:
    """Access rule: everybody, on a demo desk; elsewhere the shop does not exist."""
    if not page.settings.demo:
        raise NotFound
    signin.anybody(page)


def show(page: Page) -> Response:
    """The shop's one page."""
    return render(page, "shop/page.html", chat=mailbox.chat(page.db), lang=i18n.locale())
