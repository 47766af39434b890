"""Foreign HTML made safe to show.

The rules (see the security notes): an allow-list of tags and attributes; no id, class, name, forms, SVG,
MathML, scripts or styles sheets; no attribute of htmx's or of ours; links only to http, https, mailto and
tel, opened in a new tab without a referrer; inline CSS only from a short list of properties and without
functions other than colours. Remote pictures are held in `data-src` until somebody asks for them.

Cleaned HTML is a fixpoint: cleaning it again changes nothing, which is what keeps a second parser from
reading it differently than the first (mutation XSS).
"""

import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from urllib.parse import unquote

import nh3

from app.text.htmlguard import MAX_CHARS, is_heavy, prepared, strip_tags
from app.text.htmltext import html_to_text
from app.text.plain import text_to_html
from app.text.styles import safe_style

__all__ = ["CLEANER_VERSION", "clean_html", "html_to_text", "resolve_cids", "show_remote"]

# Raised whenever the rules change: what was stored under an older version is cleaned again.
CLEANER_VERSION: int = 1

_TAGS = frozenset(
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del"  # noqa: SIM905
    " dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark"
    " ol p pre q rp rt ruby s samp section small span strike strong sub sup table tbody td tfoot th thead"
    " time tr tt u ul var wbr".split()
)
_DROPPED_WITH_CONTENT = frozenset(
    "script style title noscript noframes noembed template iframe object embed applet svg math textarea"  # noqa: SIM905
    " select datalist audio video canvas map frameset".split()
)
_SIZED = frozenset({"width", "height", "bgcolor"})
_CELL = _SIZED | {"colspan", "rowspan"}
_ATTRIBUTES: dict[str, frozenset[str] | set[str]] = {
    "*": frozenset({"title", "dir", "lang", "align", "valign", "style"}),
    "a": frozenset({"href"}),
    "img": frozenset({"src", "data-src", "alt", "width", "height"}),
    "font": frozenset({"color", "face", "size"}),
    "ol": frozenset({"start", "type"}),
    "ul": frozenset({"type"}),
    "li": frozenset({"value"}),
    "table": _SIZED | {"border", "cellpadding", "cellspacing"},
    "tr": _SIZED,
    "td": _CELL,
    "th": _CELL,
    "col": _SIZED | {"span"},
    "colgroup": frozenset({"span"}),
    "hr": frozenset({"width", "size", "color"}),
    "time": frozenset({"datetime"}),
}
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,3})?(?:px|%)?")
_SPAN = re.compile(r"[1-9]\d?")
_COLOUR = re.compile(r"#?[a-zA-Z0-9]{1,24}")
_WORD = re.compile(r"[a-zA-Z0-9-]{1,24}")
_SHORT_TEXT = re.compile(r"[^\x00-\x1f\x7f]{0,1000}")
_FONTS = re.compile(r"[\w\s,'\"-]{1,200}")
_VALUES: dict[str, re.Pattern[str]] = {
    "title": _SHORT_TEXT,
    "alt": _SHORT_TEXT,
    "face": _FONTS,
    "width": _NUMBER,
    "height": _NUMBER,
    "border": _NUMBER,
    "cellpadding": _NUMBER,
    "cellspacing": _NUMBER,
    "colspan": _SPAN,
    "rowspan": _SPAN,
    "span": _SPAN,
    "size": re.compile(r"[+-]?\d{1,2}"),
    "start": re.compile(r"-?\d{1,6}"),
    "value": re.compile(r"-?\d{1,6}"),
    "color": _COLOUR,
    "bgcolor": _COLOUR,
    "datetime": re.compile(r"[\w:.+-]{1,40}"),
    "dir": re.compile(r"(?i:ltr|rtl|auto)"),
    "lang": _WORD,
    "align": _WORD,
    "valign": _WORD,
    "type": _WORD,
}
_LINK = re.compile(r"(?:https?://[^\s/?#]|mailto:|tel:)\S*", re.IGNORECASE)
_REMOTE = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_CID = re.compile(r"cid:[^\s\"'<>()]{1,250}", re.IGNORECASE)
_RASTER = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/]+={0,2}", re.IGNORECASE)
_MAX_RASTER = 100_000
_MAX_LINK = 4096
_BROWSER_DROPS = re.compile(r"[\t\n\r]|\A[\x00-\x20]+|[\x00-\x20]+\Z")

# In the cleaner's own output a picture is always written like this, and text can never look like it,
# because "<" is escaped in text and '"' in attribute values.
_PICTURE = re.compile(r'<img((?: [a-z-]+="[^"]*")*)>')
_PAIR = re.compile(r' ([a-z-]+)="([^"]*)"')
_HELD = "x-held:"
_TRIES = 6
# Escaping and linking can make a text ten times as long; what comes out stays below MAX_CHARS.
_MAX_FALLBACK = 90_000


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """What becomes of one allowed attribute: its safe value, or None to remove it."""
    if attribute in ("target", "rel"):  # set by the cleaner itself, never taken from the mail
        return value
    if attribute == "style":
        return safe_style(value) or None
    if attribute == "href":
        link = _BROWSER_DROPS.sub("", value)
        return link if len(link) <= _MAX_LINK and _LINK.fullmatch(link) else None
    if attribute in ("src", "data-src"):
        return _picture_source(attribute, _BROWSER_DROPS.sub("", value))
    pattern = _VALUES.get(attribute)
    return value if pattern is not None and pattern.fullmatch(value) else None


def _picture_source(attribute: str, source: str) -> str | None:
    """A picture's address: remote ones marked as held, inline ones as they are, others refused."""
    if _REMOTE.fullmatch(source) and len(source) <= _MAX_LINK:
        return _HELD + source if attribute == "src" else source
    if attribute == "src" and _CID.fullmatch(source):
        return source
    small = attribute == "src" and len(source) <= _MAX_RASTER
    return source if small and _RASTER.fullmatch(source) else None


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes=_ATTRIBUTES,
    attribute_filter=_keep,
    strip_comments=True,
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    url_relative="deny",
)


def clean_html(html: str) -> str:
    """Safe HTML from foreign HTML, at most about 1 MB of it; cleaning the result again changes nothing.

    Remote pictures lose their `src` and keep the address in `data-src` (see `show_remote`); pictures of
    the mail itself keep `src="cid:…"` (see `resolve_cids`). HTML too deep for a tree comes back as its
    text in paragraphs.
    """
    html = prepared(html)
    cleaned = html
    for attempt in range(_TRIES if not is_heavy(html) else 0):
        again = _pass(cleaned)
        if attempt and again == cleaned and not is_heavy(cleaned):
            return cleaned
        cleaned = again if len(again) <= MAX_CHARS else again[: MAX_CHARS * 4 // 5]
    return _pass(text_to_html(strip_tags(html)[:_MAX_FALLBACK]))


def show_remote(html: str, rewrite: Callable[[str], str]) -> str:
    """Cleaned HTML with its held pictures turned on.

    `rewrite` gets each address and returns the one to load instead (the signed proxy's), or "" to leave
    that picture held. Give only what `clean_html` returned.
    """

    def turn_on(attributes: dict[str, str]) -> dict[str, str]:
        target = rewrite(unescape(attributes["data-src"])) if "data-src" in attributes else ""
        if target:
            attributes = {"src": escape(target)} | {k: v for k, v in attributes.items() if k != "data-src"}
        return attributes

    return _each_picture(html, turn_on) if "data-src" in html else html


def resolve_cids(html: str, mapping: Mapping[str, str]) -> str:
    """Cleaned HTML with `cid:` pictures pointed at addresses of ours.

    `mapping` goes from content id, without its angle brackets, to address. A picture that is not in it
    loses its source and shows its alternative text. Give only what `clean_html` returned.
    """

    def point(attributes: dict[str, str]) -> dict[str, str]:
        source = unescape(attributes.get("src", ""))
        if not source.lower().startswith("cid:"):
            return attributes
        key = source[4:]
        target = mapping.get(key) or mapping.get(unquote(key))
        rest = {k: v for k, v in attributes.items() if k != "src"}
        return {"src": escape(target)} | rest if target else rest

    return _each_picture(html, point) if "cid:" in html.lower() else html


def _pass(html: str) -> str:
    """One run of the sanitiser with remote pictures moved aside."""
    cleaned = _CLEANER.clean(html)
    return _each_picture(cleaned, _hold) if _HELD in cleaned or "data-src" in cleaned else cleaned


def _hold(attributes: dict[str, str]) -> dict[str, str]:
    """A marked remote `src` becomes `data-src`; a picture never has both."""
    source = attributes.get("src", "")
    if source.startswith(_HELD):
        rest = {k: v for k, v in attributes.items() if k not in ("src", "data-src")}
        return {"data-src": source[len(_HELD) :]} | rest
    if source:
        attributes.pop("data-src", None)
    return attributes


def _each_picture(html: str, change: Callable[[dict[str, str]], dict[str, str]]) -> str:
    """Cleaned HTML with the attributes of every picture passed through `change`, escaped as they are."""

    def rebuilt(match: re.Match[str]) -> str:
        attributes: dict[str, str] = {}
        for name, value in _PAIR.findall(match[1]):
            attributes.setdefault(name, value)
        return "<img" + "".join(f' {name}="{value}"' for name, value in change(attributes).items()) + ">"

    return _PICTURE.sub(rebuilt, html)
