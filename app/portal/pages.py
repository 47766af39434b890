"""Every page of the portal, the widget and the demo shop, and who may open it."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from app.jobs.worker import Work
from app.portal import ask, brand, doors, home, mailbox, requests, sessions, shop, widget
from app.portal.fields import IN_ALL
from app.portal.sessions import customers, guests
from app.portal.shop import shoppers
from app.portal.visitors import hosted, visitors
from app.web import Page, page

POST = ("POST",)
LARGEST = IN_ALL + 1_048_576  # bytes of a form: its files and what is typed


def sweep(work: Work) -> None:
    """Job: remove sessions that have expired."""
    with work.finishing() as db:
        sessions.sweep(db)


def colours(page: Page) -> Response:
    """The colour of the company, as the form's inbox has it."""
    inbox = mailbox.form(page.db)
    return brand.sheet(inbox.settings if inbox else {})


def routes() -> list[Route]:
    nowhere = page("/help/{rest:path}", home.nowhere, access=guests)
    return [*_portal(), *_own_requests(), nowhere, *_widget()]


def _portal() -> list[Route]:
    return [
        page("/", home.root, access=guests),
        page("/help", home.home, access=guests),
        page("/help/colours.css", colours, access=guests),
        page("/help/language/{language}", doors.language, access=guests),
        page("/help/request", ask.form, access=guests),
        page("/help/request", ask.send, access=guests, methods=POST, invalid=ask.again, own=True, max_body=LARGEST),
        page("/help/request/sent", ask.confirmed, access=guests, name="portal.sent"),
        page("/help/request/sent/{public_id}", ask.confirmed, access=guests, name="portal.sent_as"),
        page("/help/sign-in", doors.sign_in, access=guests),
        page("/help/sign-in", doors.ask_link, access=guests, methods=POST, invalid=doors.ask_again),
        page("/help/sign-in/sent", doors.sent, access=guests),
        page("/help/link/{token}", doors.link, access=guests),
        page("/help/link/{token}", doors.open_link, access=guests, methods=POST),
        page("/help/verify/{token}", doors.verify, access=guests),
        page("/help/verify/{token}", doors.open_verify, access=guests, methods=POST),
        page("/help/sign-out", doors.sign_out, access=guests, methods=POST),
    ]


def _own_requests() -> list[Route]:
    one = "/help/requests/{public_id}"
    return [
        page("/help/requests", requests.mine, access=customers),
        page(one, requests.show, access=customers),
        page(
            one,
            requests.reply,
            access=customers,
            methods=POST,
            invalid=requests.reply_again,
            own=True,
            max_body=LARGEST,
        ),
        page(f"{one}/solve", requests.solve, access=customers, methods=POST),
        page(f"{one}/reopen", requests.reopen, access=customers, methods=POST),
        page("/help/files/{public_id}", requests.download, access=customers),
    ]


def _widget() -> list[Route]:
    chat = "/widget/{inbox}"
    return [
        page("/widget.js", widget.loader, access=guests),
        page(chat, widget.frame, access=hosted),
        page(f"{chat}/colours.css", widget.colours, access=hosted),
        page(f"{chat}/messages", widget.messages, access=visitors),
        page(f"{chat}/messages", widget.send, access=visitors, methods=POST, invalid=widget.wrong, max_body=LARGEST),
        page(f"{chat}/seen", widget.seen, access=visitors, methods=POST, invalid=widget.wrong),
        page(f"{chat}/contact", widget.contact, access=visitors, methods=POST, invalid=widget.wrong),
        page(f"{chat}/files/{{public_id}}", widget.file, access=visitors),
        page("/shop", shop.show, access=shoppers),
    ]
