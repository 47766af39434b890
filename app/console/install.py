"""The console on a phone's home screen: its manifest, and the shell that says so when there is no connection.

The service worker keeps the shell and the statics that it is made of, nothing that a customer or an agent wrote.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse, Response

from app import i18n
from app.i18n import gettext as _
from app.web import Page, render

FILES = ("css/tokens.css", "css/base.css", "css/parts.css", "css/pages.css", "icons.svg", "js/offline.js")
ICONS = (("icon-192", 192, "any"), ("icon-512", 512, "any"), ("maskable-512", 512, "maskable"))
THEME, GROUND = "#17457d", "#faf9f7"  # the mark's indigo, the paper


def manifest(page: Page) -> Response:
    """Web application manifest (W3C), in the language of who asks."""
    static = _static(page)
    return JSONResponse(
        {
            "id": "/console",
            "name": page.settings.desk_name,
            "short_name": page.settings.desk_name[:12],
            "description": _("One window for every customer"),
            "lang": i18n.locale(),
            "start_url": "/console/views/mine",
            "scope": "/",
            "display": "standalone",
            "theme_color": THEME,
            "background_color": GROUND,
            "icons": [
                {"src": static(f"icons/{name}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
                for name, size, purpose in ICONS
            ],
            "shortcuts": [
                {"name": _("My tickets"), "url": "/console/views/mine"},
                {"name": _("Unassigned"), "url": "/console/views/unassigned"},
            ],
        },
        media_type="application/manifest+json",
    )


def worker(page: Page) -> Response:
    """The service worker. Switched off, it is one that forgets what was kept and takes itself away."""
    static = _static(page)
    if not page.settings.offline_shell:
        return _script(f"importScripts({json.dumps(static('js/worker-off.js'))});\n")
    files = [static(name) for name in FILES]
    shell: dict[str, Any] = {"offline": f"/console/offline?lang={i18n.locale()}", "files": files}
    shell["icon"] = static("icons/icon-192.png")
    shell["version"] = hashlib.sha256(json.dumps(shell).encode()).hexdigest()[:10]
    return _script(f"self.SHELL = {json.dumps(shell)};\nimportScripts({json.dumps(static('js/worker.js'))});\n")


def _script(text: str) -> Response:
    return Response(text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def _static(page: Page) -> Callable[[str], str]:
    found: Callable[[str], str] = page.request.state.templates.globals["static"]
    return found


def offline(page: Page) -> Response:
    """What stands in for every page while there is no connection."""
    return render(page, "console/offline.html")
