"""What the first opening of a page brings over the wire: HTML and every file that it leads a browser to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

from benchmarks.browser import Browser

_URL = re.compile(r"""url\(\s*['"]?([^'")]+)['"]?\s*\)|@import\s+['"]([^'"]+)['"]""")
_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*['"](\.{0,2}/[^'"]+)['"]""")
LINKS = ("stylesheet", "icon", "modulepreload", "preload", "manifest")


@dataclass(frozen=True, slots=True)
class File:
    """One file as it came: bytes of head and body, packed where the server packs."""

    path: str
    wire: int


class _Links(HTMLParser):
    """Files that a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and set((given.get("rel") or "").split()) & set(LINKS):
            self._add(given.get("href"))
        elif tag in ("script", "img", "source", "iframe"):
            self._add(given.get("src"))
        elif tag in ("use", "image"):
            self._add(given.get("href") or given.get("xlink:href"))

    def _add(self, address: str | None) -> None:
        if address and not address.startswith(("data:", "#")):
            self.found.append(address)


def _named(path: str, kind: str, text: str) -> Iterator[str]:
    """Addresses that a file names, made whole."""
    if kind == "text/html":
        links = _Links()
        links.feed(text)
        yield from (urljoin(path, address) for address in links.found)
    elif kind == "text/css":
        for match in _URL.finditer(text):
            address = match[1] or match[2]
            if not address.startswith(("data:", "#")):
                yield urljoin(path, address)
    elif kind == "text/javascript":
        yield from (urljoin(path, match[1]) for match in _IMPORT.finditer(text))


def load(browser: Browser, path: str) -> list[File]:
    """Open `path` with an empty cache."""
    files, ahead, seen = [], [path], {path}
    while ahead:
        here = ahead.pop(0)
        answer = browser.get(here)
        files.append(File(here, answer.wire))
        kind = answer.headers.get("content-type", "").split(";")[0]
        if not kind.startswith(("text/", "application/")):
            continue
        for address in _named(here, kind, answer.text):
            bare = urldefrag(address).url
            if bare.startswith("/") and bare not in seen:
                seen.add(bare)
                ahead.append(bare)
    return files
