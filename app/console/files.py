"""Foreign content: attachments, mails as they were sent, and their pictures, each under rules of its own."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import sqlalchemy as sa
from markupsafe import Markup
from starlette.responses import Response

from app import keys, storage
from app.channels.email import charsets
from app.channels.fetcher import Fetcher, FetchFailed
from app.errors import NotFound
from app.i18n import gettext as _
from app.text import plain
from app.text.html import CLEANER_VERSION, clean_html, resolve_cids, show_remote
from app.tickets import access, attachments
from app.tickets.attachments import SHOWN_INLINE
from app.tickets.models import Attachment, Message
from app.web import Page

FILE_CSP = "sandbox; default-src 'none'"
MAIL_CSP = (
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
PICTURES = 100  # of one mail that are fetched; the others stay held
PICTURE = "console-picture"  # the purpose of the signature on a remote picture's address


def file(page: Page) -> Response:
    """An attachment of a ticket that the agent may see: to keep, or (pictures alone) to look at."""
    found = attachments.by_public_id(page.db, page.path("file"))
    access.ticket(page.db, page.who, found.ticket_id)
    if found.blob is None:
        raise NotFound("This file is missing.")
    content = storage.blobs(page.db).get(found.blob)
    shown = found.content_type in SHOWN_INLINE
    kind = found.content_type if shown else "application/octet-stream"
    name = quote(found.filename, safe="")
    way = "inline" if shown else "attachment"
    headers = {
        "Content-Disposition": f"{way}; filename*=UTF-8''{name}",  # RFC 6266, RFC 8187
        "Content-Security-Policy": FILE_CSP,
        "Cache-Control": "private, no-store",
    }
    return Response(content, headers=headers, media_type=kind)


LOOKED_AT = 400_000  # bytes of a text that are shown
# The browser's own reader draws a PDF; it does not in a sandbox, and runs nothing of this page.
PDF_CSP = (
    "default-src 'none'; object-src 'self'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
LOOK_CSP = "sandbox; default-src 'none'; frame-ancestors 'self'"


def look(page: Page) -> Response:
    """A PDF or a text to look at in its frame. What only says that it is a PDF, and what is neither, is not found."""
    found = attachments.by_public_id(page.db, page.path("file"))
    access.ticket(page.db, page.who, found.ticket_id)
    shape = attachments.shape(found.content_type, found.filename)
    if found.blob is None or not shape:
        raise NotFound("This file is missing.")
    content = storage.blobs(page.db).get(found.blob)
    name = quote(found.filename, safe="")
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": f"inline; filename*=UTF-8''{name}"}
    if shape == "pdf":
        if not content.startswith(b"%PDF-"):
            raise NotFound("This file is missing.")
        return Response(content, headers={**headers, "Content-Security-Policy": PDF_CSP}, media_type="application/pdf")
    said = charsets.decode(content[:LOOKED_AT], detect=True)
    if len(content) > LOOKED_AT:
        said += "\n\n" + _("… The rest is in the file.")
    headers["Content-Security-Policy"] = LOOK_CSP
    return Response(plain.strip_controls(said), headers=headers, media_type="text/plain; charset=utf-8")


def text(page: Page) -> Response:
    """The whole text of a message, as text alone: for those too long to stand in the thread."""
    message = page.db.get(Message, page.path("message"))
    if message is None or message.deleted_at:
        raise NotFound
    access.ticket(page.db, page.who, message.ticket_id)
    headers = {"Content-Security-Policy": FILE_CSP}
    return Response(message.full_text or message.text, headers=headers, media_type="text/plain; charset=utf-8")


MAIL = Markup(
    '<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light">'
    '<base target="_blank"><style>body{{margin:12px 16px;font:14px/1.6 system-ui,"Hiragino Sans","Noto Sans JP",'
    "Meiryo,sans-serif;color:#222;background:#fff;overflow-wrap:anywhere}}img{{max-width:100%;height:auto}}"
    "blockquote{{margin:8px 0;padding-left:12px;border-left:2px solid #ccc}}table{{max-width:100%}}"
    ".ask{{margin:0 0 12px;padding:8px 12px;background:#eef2f8;border-radius:6px;font-size:12px}}"
    ".ask a{{color:#17457d}}</style></head><body>{ask}{body}</body></html>"
)


def mail(page: Page) -> Response:
    """A message as it was sent: cleaned, without scripts, alone in its sandbox. Pictures from outside on request."""
    message = page.db.get(Message, page.path("message"))
    if message is None or not message.html or message.deleted_at:
        raise NotFound
    access.ticket(page.db, page.who, message.ticket_id)
    html = message.html if message.html_version == CLEANER_VERSION else clean_html(message.html)
    html = resolve_cids(html, _cids(page, message))
    ask = Markup("")
    if "data-src" in html:
        if page.query("pictures") == "1":
            left = iter(range(PICTURES))
            html = show_remote(html, lambda url: _proxied(page, url) if next(left, None) is not None else "")
        else:
            ask = Markup('<p class="ask"><a href="?pictures=1" target="_self">{}</a></p>').format(
                _("Load the pictures from outside")
            )
    body = Markup(html)  # noqa: S704  # cleaned above
    return Response(
        MAIL.format(ask=ask, body=body),
        headers={"Content-Security-Policy": MAIL_CSP, "Referrer-Policy": "no-referrer"},
        media_type="text/html; charset=utf-8",
    )


def _cids(page: Page, message: Message) -> dict[str, str]:
    query = sa.select(Attachment.content_id, Attachment.public_id).where(
        Attachment.message_id == message.id,
        Attachment.content_id.is_not(None),
        Attachment.state == "ready",
        Attachment.content_type.in_(SHOWN_INLINE),
    )
    pairs = page.db.execute(query)
    return {cid.strip("<>"): f"/console/files/{public_id}" for cid, public_id in pairs if cid}


def _proxied(page: Page, url: str) -> str:
    """The address under which our own server fetches a picture; nobody can make it fetch anything else."""
    if not url.startswith(("http://", "https://")) or len(url) > 2000:
        return ""
    return "/console/pictures?" + urlencode({"u": url, "m": keys.keys(page.db).mac(PICTURE, url)})


def picture(page: Page) -> Response:
    """A remote picture of a mail, fetched by our server from the open internet alone."""
    url = page.query("u")
    if not keys.keys(page.db).is_mac(PICTURE, url, page.query("m")):
        raise NotFound
    page.db.close()  # no connection is held while the network is waited for
    try:
        content = Fetcher().get(url, picture=True)
    except FetchFailed as error:
        raise NotFound("This picture could not be fetched.") from error
    headers = {"Content-Security-Policy": FILE_CSP, "Cache-Control": "private, no-store"}
    return Response(content, headers=headers, media_type=attachments.sniff(content, ""))
