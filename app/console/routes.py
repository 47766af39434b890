"""Every page of the console, with who may open it."""

from __future__ import annotations

from typing import Protocol

from starlette.responses import Response
from starlette.routing import BaseRoute

from app.accounts.signin import admins, anybody, staff, workers
from app.console import acting, desk, files, profile, settings, signing, trouble, writing
from app.errors import AppError
from app.web import Handler, Page, page

SHORT = 65_536  # bytes that a form for passwords may have


def routes() -> list[BaseRoute]:
    """The console's table of contents."""
    return [*_signing(), *_reading(), *_changing(), *_own(), *_admin()]


def _signing() -> list[BaseRoute]:
    return [
        page("/sign-in", signing.form, access=anybody),
        # A password is checked and hashed for a good part of a second: with no transaction open (`own`).
        page(
            "/sign-in", signing.enter, access=anybody, methods=["POST"], invalid=signing.form, own=True, max_body=SHORT
        ),
        page("/sign-out", signing.leave, access=staff, methods=["POST"]),
        page("/setup/{token}", signing.setup, access=anybody),
        page(
            "/setup/{token}",
            signing.begin,
            access=anybody,
            methods=["POST"],
            invalid=signing.setup,
            own=True,
            max_body=SHORT,
        ),
        page("/invitation/{token}", signing.invitation, access=anybody),
        page(
            "/invitation/{token}",
            signing.accept,
            access=anybody,
            methods=["POST"],
            invalid=signing.invitation,
            own=True,
            max_body=SHORT,
        ),
    ]


def _reading() -> list[BaseRoute]:
    return [
        page("/console", desk.home, access=staff),
        page("/console/counts", desk.counts, access=staff),
        page("/console/search", desk.search, access=staff),
        page("/console/views/{view}", desk.view, access=staff),
        page("/console/tickets/{ticket:int}", desk.ticket, access=staff),
        page("/console/tickets/{ticket:int}/live", desk.live, access=staff),
        page("/console/tickets/{ticket:int}/talk", desk.talk, access=staff),
        page("/console/messages/{message:int}/html", files.mail, access=staff),
        page("/console/messages/{message:int}/text", files.text, access=staff),
        page("/console/files/{file}", files.file, access=staff),
        page("/console/pictures", files.picture, access=staff, limiter="slow"),
    ]


def _changing() -> list[BaseRoute]:
    steps = {
        "status": acting.status,
        "priority": acting.priority,
        "assignee": acting.assignee,
        "team": acting.team,
        "tags": acting.tag,
        "spam": acting.spam,
    }
    return [
        *(_step(name, step) for name, step in steps.items()),
        page(
            "/console/tickets/{ticket:int}/write",
            writing.write,
            access=workers,
            methods=["POST"],
            invalid=writing.refused,
        ),
        page(
            "/console/deliveries/{delivery:int}/retry",
            acting.retry,
            access=workers,
            methods=["POST"],
            invalid=acting.refused,
        ),
    ]


def _step(name: str, step: Handler) -> BaseRoute:
    path = f"/console/tickets/{{ticket:int}}/{name}"
    return page(path, step, access=workers, methods=["POST"], invalid=acting.refused)


def _own() -> list[BaseRoute]:
    return [
        page("/console/profile", profile.profile, access=staff),
        page("/console/profile", profile.save, access=staff, methods=["POST"], invalid=profile.profile),
        page(
            "/console/profile/password",
            profile.password,
            access=staff,
            methods=["POST"],
            invalid=profile.profile,
            own=True,
            max_body=SHORT,
        ),
        page("/console/profile/leave", profile.leave_everywhere, access=staff, methods=["POST"]),
    ]


class Draw(Protocol):
    """A form: drawn for the first time, or again with what was wrong."""

    __module__: str
    __name__: str

    def __call__(self, page: Page, error: AppError | None = None) -> Response: ...


def _admin() -> list[BaseRoute]:
    def form(path: str, draw: Draw, save: Handler) -> list[BaseRoute]:
        return [
            page(path, draw, access=admins),
            page(path, save, access=admins, methods=["POST"], invalid=draw),
        ]

    base = "/console/settings"
    return [
        page("/console/quarantine", trouble.quarantine, access=admins),
        page("/console/quarantine/replay", trouble.replay_all, access=admins, methods=["POST"]),
        page("/console/quarantine/{received:int}", trouble.held, access=admins),
        page("/console/quarantine/{received:int}/raw", trouble.raw, access=admins),
        page("/console/quarantine/{received:int}/replay", trouble.replay, access=admins, methods=["POST"]),
        page("/console/jobs", trouble.jobs, access=admins),
        page("/console/jobs/{job:int}/revive", trouble.revive, access=admins, methods=["POST"]),
        page(base, settings.home, access=admins),
        page(f"{base}/desk", settings.desk, access=admins),
        *form(f"{base}/agents", settings.people, settings.add_agent),
        page(f"{base}/agents/{{agent:int}}/invite", settings.invite, access=admins, methods=["POST"]),
        *form(f"{base}/agents/{{agent:int}}", settings.agent, settings.change_agent),
        *form(f"{base}/teams", settings.teams, settings.add_team),
        *form(f"{base}/teams/{{team:int}}", settings.team, settings.change_team),
        *form(f"{base}/inboxes", settings.all_inboxes, settings.add_inbox),
        *form(f"{base}/inboxes/{{inbox:int}}", settings.inbox, settings.change_inbox),
    ]
