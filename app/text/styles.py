"""Inline CSS of foreign HTML, reduced to a short list of harmless properties and values."""

import re
from functools import lru_cache

_SIDES = ("", "-top", "-right", "-bottom", "-left")
_BOX = {f"{name}{side}" for name in ("margin", "padding", "border") for side in _SIDES}
_BORDER = {f"border{side}-{part}" for side in _SIDES for part in ("width", "style", "color")}
_PROPERTIES = frozenset(
    {
        *_BOX,
        *_BORDER,
        *("background", "background-color", "border-collapse", "border-radius", "border-spacing"),
        *("caption-side", "clear", "color", "direction", "display", "empty-cells", "float"),
        *("font", "font-family", "font-size", "font-style", "font-variant", "font-weight"),
        *("height", "letter-spacing", "line-height", "list-style", "list-style-type"),
        *("max-width", "min-width", "overflow-wrap", "table-layout", "text-align", "text-decoration"),
        *("text-indent", "text-transform", "vertical-align", "white-space", "width"),
        *("word-break", "word-spacing", "word-wrap"),
    }
)
# Colours are the only functions; without "(" there is no url(), expression(), var(), attr() or calc(),
# and without "\\", "/*", "@", "<" and "&" nothing can be hidden or continued.
_COLOUR_FUNCTION = re.compile(r"(?:rgb|hsl)a?\(\s*[\d.%,/\sdeg]{1,60}\)")
_VALUE = re.compile(r"[\w\s#.,%'\"+/!-]{1,200}")
_IMPORTANT = re.compile(r"\s*!\s*important\b", re.IGNORECASE)
_NEGATIVE = re.compile(r"(?:\A|\s)-")
_DISPLAY = frozenset(
    "none inline block inline-block table table-row table-cell table-row-group list-item".split()  # noqa: SIM905
)
_MAX_STYLE = 4000


@lru_cache(maxsize=2048)
def safe_style(style: str) -> str:
    """The declarations of a `style` attribute that may stay, in one canonical form; "" when none may."""
    if len(style) > _MAX_STYLE:
        return ""
    kept: dict[str, str] = {}
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        if not colon or name not in _PROPERTIES:
            continue
        value = _IMPORTANT.sub("", value).strip()
        if _is_safe(name, value):
            kept.pop(name, None)
            kept[name] = value
    return "; ".join(f"{name}: {value}" for name, value in kept.items())


def _is_safe(name: str, value: str) -> bool:
    """Whether one value is plain words, numbers, strings and colours."""
    plain = _COLOUR_FUNCTION.sub("#", value.lower())
    if not _VALUE.fullmatch(plain) or plain.count('"') % 2 or plain.count("'") % 2:
        return False
    if name == "display":
        return plain in _DISPLAY
    return not (_NEGATIVE.search(plain) and name.startswith(("margin", "text-indent", "letter-", "word-")))
