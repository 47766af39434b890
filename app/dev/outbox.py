"""/dev/outbox: the mails that a desk without a mail server would have sent.

They hold sign-in links of everybody, so the pages exist only on a desk that is reached on its own machine, or a demo.
"""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from app.channels.email import catcher
from app.errors import NotFound
from app.settings import Settings
from app.web import Access, Page, page, render

SHOWN = 200
MAIL_CSP = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'"
)


def exists(settings: Settings) -> bool:
    """Whether this desk shows its kept mails: no mail server, and a demo, or nobody else's machine can ask."""
    own = _loopback(settings.host) and _loopback(urlsplit(settings.base_url).hostname or "")
    return not settings.smtp_url and (settings.demo or own)


def _named_as_ours(page: Page) -> bool:
    """Whether the request names this desk: another name that leads here is somebody's trick (DNS rebinding)."""
    asked = urlsplit(f"//{page.request.headers.get('host', '')}").hostname or ""
    return _loopback(asked) or asked == urlsplit(page.settings.base_url).hostname


def _loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def index(page: Page) -> Response:
    """The newest mails; htmx asks again every two seconds and gets the list alone."""
    name = "dev/_outbox.html" if page.partial else "dev/outbox.html"
    return render(page, name, mails=catcher.list_mails(page.settings.data, SHOWN))


def mail(page: Page) -> Response:
    """One mail: headers, text, and its HTML in a sandbox."""
    return render(page, "dev/mail.html", mail=catcher.read_mail(page.settings.data, page.path("name")))


def html(page: Page) -> Response:
    """The HTML part by itself: no scripts, nothing from elsewhere, links in a new tab."""
    found = catcher.read_mail(page.settings.data, page.path("name"))
    if found.html is None:
        raise NotFound
    body = found.html.replace("<head>", '<head><base target="_blank">', 1)
    return HTMLResponse(body, headers={"Content-Security-Policy": MAIL_CSP})


def download(page: Page) -> Response:
    """The mail as a file."""
    name = page.path("name")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox"}
    return Response(catcher.raw_mail(page.settings.data, name), headers=headers, media_type="message/rfc822")


def routes(access: Access) -> list[Route]:
    """The pages, for those whom `access` lets in; they are not there when the desk must not have them."""

    def only_here(page: Page) -> None:
        if not exists(page.settings) or not _named_as_ours(page):
            raise NotFound
        access(page)

    return [
        page("/dev/outbox", index, access=only_here),
        page("/dev/outbox/{name}", mail, access=only_here),
        page("/dev/outbox/{name}/html", html, access=only_here),
        page("/dev/outbox/{name}/download", download, access=only_here),
    ]
