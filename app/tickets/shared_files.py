"""Files behind shared links: what a customer opens whose channel cannot carry files (see attachments.shared_link).

The address itself is the permission, as a file in a chat would be; it is signed, so that none can be guessed.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from app import storage, web
from app.tickets import attachments
from app.tickets.models import Attachment
from app.web import Page


def holder(page: Page) -> None:
    """The access rule: who holds the signed link may come in. Raises NotFound."""
    page.who = attachments.by_shared_link(page.db, page.path("public_id"), page.path("tag"))


def show(page: Page) -> Response:
    """The file: pictures in the browser, everything else as a download that can run nothing."""
    attachment: Attachment = page.who
    picture = attachment.content_type in attachments.SHOWN_INLINE
    return Response(
        storage.blobs(page.db).get(attachment.blob or ""),
        media_type=attachment.content_type,
        headers={
            "Content-Disposition": f"{'inline' if picture else 'attachment'}; "
            f"filename*=UTF-8''{quote(attachment.filename, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": "private, no-store",
        },
    )


def routes() -> list[Route]:
    """The one page of this room."""
    return [web.page("/files/{public_id}/{tag}", show, access=holder, name="files.shared")]
