"""The one colour that a company brings: every tint of the portal and the widget is derived from it in the CSS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

# A hex colour, or oklch() of plain numbers: nothing that could end the declaration or load anything.
_COLOUR = re.compile(r"#[0-9a-f]{6}|oklch\(\s*[0-9.]+%?\s+[0-9.]+\s+[0-9.]+\s*\)", re.I)


def colour(settings: Mapping[str, Any]) -> str:
    """The inbox's colour; "" when it has none or it is no colour."""
    value = settings.get("brand")
    return value if isinstance(value, str) and _COLOUR.fullmatch(value) else ""


def sheet(settings: Mapping[str, Any]) -> Response:
    """A style sheet with the colour: the policy allows no style in the page itself."""
    found = colour(settings)
    css = f":root {{ --brand: {found}; }}\n" if found else "/* the colour of the house */\n"
    return Response(css, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})
