"""The one door for webhooks: verify, store, commit, answer. What it says is read afterwards, in a job.

Every channel comes through here; which one it is stands in the address, and its `accept` knows its signature.
"""

from __future__ import annotations

import structlog
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app import web
from app.channels import inboxes, ledger, registry
from app.channels.types import BadSignature, WebhookRequest
from app.web import Page

log = structlog.get_logger("webhooks")
MAX_BODY = 2 * 1024 * 1024


def public(page: Page) -> None:
    """The access rule of the door: anybody may knock; the channel's signature decides."""


def receive(page: Page) -> Response:
    """Take one webhook. 200 means stored and committed; 401 a bad signature, 404 no such inbox, 503 try again."""
    kind, public_id = page.path("kind"), page.path("public_id")
    inbox = inboxes.info(page.db, inboxes.by_public_id(page.db, kind, public_id))
    request = WebhookRequest(
        method=page.request.method,
        body=page.body,
        headers=dict(page.request.headers),
        query=dict(page.request.query_params),
    )
    try:
        accepted = registry.channel(page.database, kind).accept(inbox, request)
    except BadSignature:
        log.warning("webhook_refused", kind=kind, inbox=inbox.id, size=len(page.body))
        return PlainTextResponse("The signature does not fit.", 401)
    page.db.close()  # give the reading connection back before asking for a writing one
    if accepted.items:
        with page.database.transaction() as db:
            new = ledger.accept_all(db, inbox.id, accepted.items)
        log.info("webhook", kind=kind, inbox=inbox.id, came=len(accepted.items), new=len(new))
    return Response(accepted.answer, media_type=accepted.answer_type)


def routes() -> list[Route]:
    """POST for events; GET for the handshake that some vendors do first."""
    path = "/hooks/{kind}/{public_id}"
    return [
        web.page(path, receive, access=public, methods=("POST",), max_body=MAX_BODY, raw=True, name="hooks.receive"),
        web.page(path, receive, access=public, raw=True, name="hooks.handshake"),
    ]
