"""Handing out files to customers and visitors: never as a page, never run, never kept by a cache."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from app import storage
from app.db import Session
from app.errors import NotFound
from app.tickets.attachments import SHOWN_INLINE, by_public_id
from app.tickets.models import Attachment


def of_message(db: Session, public_id: str) -> Attachment:
    """A file of a message that is ready. A note's file does not exist here. Raises NotFound."""
    found = by_public_id(db, public_id)
    if found.message_id is None or found.state != "ready" or not found.blob:
        raise NotFound
    return found


def hand_out(db: Session, file: Attachment) -> Response:
    """The file, for saving. Only pictures keep their type, so that a page can show them.

    Source of the file name's two forms: RFC 6266, 4.3 and appendix D.
    """
    picture = file.content_type in SHOWN_INLINE
    full = quote(file.filename, safe="")
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in file.filename)
    return Response(
        storage.blobs(db).get(file.blob or ""),
        media_type=file.content_type if picture else "application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
