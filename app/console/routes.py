"""Every page of the console, with who may open it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from app.accounts.signin import admins, anybody, staff, workers
from app.console import (
    about,
    acting,
    beside,
    blocking,
    canned,
    desk,
    drafting,
    files,
    forwarding,
    held,
    history,
    incident,
    install,
    joining,
    macros,
    many,
    message,
    notices,
    palette,
    previewing,
    profile,
    proposing,
    saving,
    searching,
    settings,
    settings_agents,
    settings_inboxes,
    settings_past,
    settings_tags,
    settings_teams,
    shaping,
    signatures,
    signing,
    snoozing,
    suggesting,
    taking_back,
    trouble,
    why,
    writing,
)
from app.errors import AppError
from app.web import Access, Draw, Guarded, Handler, Page, Routes, form, page

Answer = Callable[[Page, AppError], Response] | None
SHORT = 65_536  # bytes that a form for passwords may have


def routes() -> Routes:
    """The console's table of contents."""
    return [*_signing(), *_reading(), *_changing(), *_own(), *_ready(), *_admin()]


def _signing() -> Routes:
    # A password is checked and hashed for a good part of a second: with no transaction open (`own`).
    return [
        *_secret("/sign-in", signing.form, signing.enter),
        _post("/sign-in/again", signing.again, access=anybody, invalid=signing.not_again, own=True, max_body=SHORT),
        _post("/sign-out", signing.leave, access=staff, invalid=None),
        *_secret("/setup/{token}", signing.setup, signing.begin),
        *_secret("/invitation/{token}", signing.invitation, signing.accept),
    ]


def _secret(path: str, draw: Draw, save: Handler) -> Routes:
    return form(path, draw, save, access=anybody, own=True, most=SHORT)


def _reading() -> Routes:
    return [
        page("/console", desk.home, access=staff),
        page("/console/snooze", snoozing.said, access=staff),
        page("/console/counts", desk.counts, access=staff),
        page("/console/palette", palette.found, access=staff),
        page("/console/search", searching.search, access=staff),
        page("/console/search/suggest", suggesting.suggested, access=staff),
        page("/console/views/{view}", desk.view, access=staff),
        page("/console/tickets/{ticket:int}", desk.ticket, access=staff),
        page("/console/tickets/{ticket:int}/live", desk.live, access=staff),
        page("/console/tickets/{ticket:int}/history", history.history, access=staff),
        page("/console/tickets/{ticket:int}/why", why.why, access=staff),
        page("/console/tickets/{ticket:int}/talk", desk.talk, access=staff),
        page("/console/messages/{message:int}/html", files.mail, access=staff),
        page("/console/messages/{message:int}/text", files.text, access=staff),
        page("/console/messages/{message:int}", message.show_message, access=staff),
        page("/console/messages/{message:int}/source", message.source, access=staff),
        page("/console/files/{file}", files.file, access=staff),
        page("/console/files/{file}/look", files.look, access=staff),
        page("/console/pictures", files.picture, access=staff, limiter="slow"),
        page("/console/drafts", drafting.mine, access=staff),
    ]


def _changing() -> Routes:
    one = "/console/tickets/{ticket:int}"
    return [
        _post(f"{one}/status", acting.status),
        _post(f"{one}/subject", acting.subject),
        _post(f"{one}/fields", acting.fill),
        *_beside(one),
        _post(f"{one}/priority", acting.priority),
        _post(f"{one}/assignee", acting.assignee),
        _post(f"{one}/team", acting.team),
        _post(f"{one}/tags", acting.tag),
        _post(f"{one}/spam", acting.spam),
        _post(f"{one}/snooze", acting.snooze),
        *_joining(),
        *_many(),
        *_saved(),
        _post(f"{one}/write", writing.write, invalid=writing.refused),
        _post(f"{one}/draft", drafting.save, invalid=drafting.refused),
        page(f"{one}/draft", held.draft, access=workers),
        _post(f"{one}/preview", previewing.preview, invalid=previewing.refused, own=True),
        _post("/console/held/{held:int}/undo", held.undo),
        _post("/console/held/{held:int}/send", held.send),
        *_proposals("/console/proposals/{proposal:int}"),
        _post("/console/drafts", drafting.throw_away, access=staff, invalid=drafting.mine),
        _post("/console/deliveries/{delivery:int}/retry", acting.retry),
    ]


def _post(
    path: str, step: Handler, *, access: Access = workers, invalid: Answer = acting.refused, **more: Any
) -> Guarded:
    """A step that agents take; `invalid` says what was wrong with it."""
    return page(path, step, access=access, methods=["POST"], invalid=invalid, **more)


def _proposals(one: str) -> Routes:
    """A second pair of eyes: looking is for whoever may see the ticket; who decides, the domain knows."""
    return [
        page(one, proposing.look, access=staff),
        page(f"{one}/files/{{blob}}", proposing.file, access=staff),
        _post(f"{one}/approve", proposing.approve, invalid=proposing.look),
        _post(f"{one}/return", proposing.send_back, invalid=proposing.look),
        _post(f"{one}/withdraw", proposing.withdraw),
        _post(f"{one}/aside", proposing.put_aside),
    ]


def _beside(one: str) -> Routes:
    return [
        page(f"{one}/followers", beside.followers, access=workers),
        _post(f"{one}/followers", beside.follow),
        page(f"{one}/links", beside.links, access=staff),
        page(f"{one}/links/found", beside.candidates, access=workers),
        _post(f"{one}/links", beside.link),
        _post(f"{one}/checks", beside.check),
        page(f"{one}/block", blocking.offered, access=workers),
        _post(f"{one}/block", blocking.block),
        _post(f"{one}/reminders", beside.remind),
        *form("/console/reminders", beside.reminders, beside.forget, access=staff),
    ]


def _joining() -> Routes:
    merge, split = (f"/console/tickets/{{ticket:int}}/{step}" for step in ("merge", "split"))
    return [
        *form(merge, joining.choose, joining.merge, access=workers),
        *form(split, joining.part, joining.split, access=workers),
        *form("/console/tickets/{ticket:int}/customer", about.edit, about.save, access=workers),
        *form("/console/tickets/{ticket:int}/forward", forwarding.choose, forwarding.send, access=workers),
        _post("/console/undo/{undo:int}", taking_back.undo),
    ]


def _saved() -> Routes:
    """Views that people build: everybody for themselves; who shares with whom, the domain decides."""
    home, one = "/console/saved", "/console/saved/{view:int}"
    return [
        page(home, saving.every, access=staff),
        *form(f"{home}/new", saving.fresh, saving.add, access=staff),
        *form(one, saving.edit, saving.change, access=staff),
        _post(f"{home}/conditions", saving.redraw, access=staff, own=True),
        _post(f"{home}/preview", saving.preview, access=staff, own=True),
        _post(f"{one}/move", saving.move, access=staff),
        _post(f"{one}/delete", saving.delete, access=staff),
        _post(f"{one}/restore", saving.restore, access=staff),
    ]


def _many() -> Routes:
    one, reports = "/console/bulk/{undo:int}", "/console/tickets/{ticket:int}/reports/answer"
    return [
        *form(reports, incident.choose, incident.send, access=workers),
        _post(f"{reports}/preview", incident.preview, invalid=incident.choose, own=True),
        *form("/console/bulk", many.choose, many.begin, access=workers),
        page("/console/bulk/acts", many.acts, access=workers),
        page("/console/bulk/past", many.past, access=workers),
        page(one, many.follow, access=workers),
        _post(f"{one}/undo", many.undo),
    ]


def _own() -> Routes:
    return [
        page("/console/manifest.webmanifest", install.manifest, access=anybody),
        page("/console/worker.js", install.worker, access=anybody),
        page("/console/offline", install.offline, access=anybody),
        *form("/console/profile", profile.profile, profile.save, access=staff),
        _profile("password", profile.password, own=True, max_body=SHORT),
        _profile("keys", profile.save_keys),
        _profile("notices", notices.choose),
        page("/console/profile/push", notices.push_key, access=staff),
        _profile("push", notices.push_begin, max_body=SHORT),
        _profile("push/stop", notices.push_stop),
        _profile("leave", profile.leave_everywhere),
        page("/console/notices", notices.everything, access=staff),
        page("/console/notices/bell", notices.bell, access=staff),
        _post("/console/notices/read", notices.read, access=staff, invalid=None),
        _post("/console/notices/{notice:int}", notices.go, access=staff, invalid=None),
        page("/console/tickets/{ticket:int}/colleagues", notices.colleagues, access=staff),
    ]


def _profile(part: str, save: Handler, **more: Any) -> Guarded:
    return _post(f"/console/profile/{part}", save, access=staff, invalid=profile.profile, **more)


def _ready() -> Routes:
    """What agents prepare: everybody writes their own; what is a team's or the desk's, the domain decides."""
    texts, on_ticket = "/console/settings/canned", "/console/tickets/{ticket:int}/canned"
    steps = "/console/settings/macros"
    return [
        page(texts, canned.listing, access=workers),
        *form(f"{texts}/new", canned.edit, canned.save, access=workers),
        *form(f"{texts}/{{canned:int}}", canned.edit, canned.save, access=workers),
        _post(f"{texts}/{{canned:int}}/remove", canned.remove, access=workers, invalid=None),
        *form("/console/settings/signatures", signatures.own, signatures.save_own, access=workers),
        *_settings("signatures/{inbox:int}", signatures.of_inbox, signatures.save),
        page(steps, macros.listing, access=workers),
        *form(f"{steps}/new", macros.edit, macros.save, access=workers),
        *form(f"{steps}/{{macro:int}}", macros.edit, macros.save, access=workers),
        _post(f"{steps}/{{macro:int}}/remove", macros.remove, access=workers, invalid=None),
        page("/console/tickets/{ticket:int}/macros", macros.offered, access=workers),
        page("/console/tickets/{ticket:int}/macros/{macro:int}", macros.look, access=workers),
        _post("/console/tickets/{ticket:int}/macros/{macro:int}", macros.apply),
        page(on_ticket, canned.offered, access=workers),
        _post(f"{on_ticket}/{{canned:int}}", canned.take, access=workers, invalid=canned.not_taken),
    ]


def _admin() -> Routes:
    base = "/console/settings"
    return [
        page("/console/quarantine", trouble.quarantine, access=admins),
        _post("/console/quarantine/replay", trouble.replay_all, access=admins, invalid=None),
        page("/console/quarantine/{received:int}", trouble.held, access=admins),
        page("/console/quarantine/{received:int}/raw", trouble.raw, access=admins),
        _post("/console/quarantine/{received:int}/replay", trouble.replay, access=admins, invalid=None),
        page("/console/jobs", trouble.jobs, access=admins),
        _post("/console/jobs/{job:int}/revive", trouble.revive, access=admins, invalid=None),
        page(base, settings.home, access=admins),
        page(f"{base}/desk", settings.desk, access=admins),
        *_settings("agents", settings_agents.people, settings_agents.add_agent),
        _post(f"{base}/agents/{{agent:int}}/invite", settings_agents.invite, access=admins, invalid=None),
        *_settings("agents/{agent:int}", settings_agents.agent, settings_agents.change_agent),
        *_settings("agents/{agent:int}/open", settings_agents.agent, settings_agents.give_away),
        *_settings("blocks", blocking.listing, blocking.save),
        *_settings("fields", shaping.listing, shaping.add),
        *_settings("fields/{field:int}", shaping.one, shaping.change),
        *_settings("teams", settings_teams.listing, settings_teams.add),
        *_settings("teams/{team:int}", settings_teams.team, settings_teams.change),
        *_settings("teams/{team:int}/dissolve", settings_teams.team, settings_teams.dissolve),
        *_settings("inboxes", settings_inboxes.listing, settings_inboxes.add),
        *_settings("inboxes/{inbox:int}", settings_inboxes.inbox, settings_inboxes.change),
        page(f"{base}/tags", settings_tags.listing, access=admins),
        _post(f"{base}/tags/joined/{{undo:int}}", settings_tags.part, access=admins, invalid=None),
        *_settings("tags/{tag:int}", settings_tags.edit, settings_tags.save),
        page(f"{base}/history", settings_past.everything, access=admins),
    ]


def _settings(path: str, draw: Draw, save: Handler) -> Routes:
    return form(f"/console/settings/{path}", draw, save, access=admins)
