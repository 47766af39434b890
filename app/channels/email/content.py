"""What of a mail's tree is its body and what is attached."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.channels.email import tnef
from app.channels.email.attachments import (
    content_id,
    declared_name,
    disposition_of,
    made_up_name,
    message_name,
    referenced_ids,
)
from app.channels.email.headers import read_mail_headers
from app.channels.email.mime import Part
from app.channels.email.smime import signed_content
from app.channels.email.textparts import calendar_text, enriched_text, part_text
from app.channels.email.transfer import split_uuencoded
from app.channels.email.types import MailAttachment, Unreadable
from app.channels.email.words import header_text
from app.text.html import html_to_text
from app.text.plain import text_to_html

_DETECTIONS = 4
"""Text parts of one mail whose charset may be guessed by statistics, which is slow."""
_BODY_BYTES = 2 * 1024 * 1024
"""What is shown of a mail's body; a longer one is attached whole beside its beginning."""
_BODY_TYPES = frozenset({"text/plain", "text/html"})
_ENRICHED = frozenset({"text/enriched", "text/richtext"})
_SHOWN_ELSEWHERE = frozenset({"text/x-amp-html", "text/watch-html", *_ENRICHED})
"""Other forms of the same body, worth nothing beside it."""
_SIGNED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(slots=True)
class Segment:
    """A stretch of the body, in one or both forms."""

    text: str = ""
    html: str = ""

    def as_text(self) -> str:
        return self.text if self.text.strip() or not self.html else html_to_text(self.html)

    def as_html(self) -> str:
        return self.html or text_to_html(self.text)


@dataclass(slots=True)
class _Found:
    """An attachment before it is known whether the body shows it."""

    name: str
    kind: str
    content: bytes
    cid: str | None = None
    disposition: str = ""
    related: bool = False


@dataclass(slots=True)
class Content:
    """Body and attachments of a mail."""

    text: str
    html: str
    attachments: tuple[MailAttachment, ...]
    fell_back: bool = field(default=False)
    text_from_html: bool = field(default=False)
    """Whether the mail has no text but that of its HTML."""


def read_content(root: Part, hint: str, problems: list[str]) -> Content:
    """Walks the tree once. `hint` is the charset to try for unlabelled bytes."""
    collector = _Collector(hint, problems)
    segments = collector.visit(root, alone=True)
    fell_back = not any(s.text.strip() or s.html.strip() for s in segments)
    if fell_back:
        segments = collector.fallback[:1] or segments
    text = "\n\n".join(t for t in (s.as_text().strip("\n").rstrip() for s in segments) if t.strip())
    html = _joined_html(segments)
    derived = bool(html) and not any(s.text.strip() for s in segments)
    return Content(text, html, collector.attachments(referenced_ids(html)), fell_back, derived)


def _joined_html(segments: list[Segment]) -> str:
    """HTML when any stretch has it; stretches of plain text between are turned into it."""
    if not any(s.html.strip() for s in segments):
        return ""
    return "\n".join(s.as_html() for s in segments if s.html.strip() or s.text.strip())


class _Collector:
    def __init__(self, hint: str, problems: list[str]) -> None:
        self.hint = hint
        self.problems = problems
        self.found: list[_Found] = []
        self.fallback: list[Segment] = []
        self.detections = _DETECTIONS
        self.seen_body = False
        self.room = _BODY_BYTES

    # The tree

    def visit(self, part: Part, *, alone: bool = False, related: bool = False) -> list[Segment]:
        """The body stretches in a part; `alone` says that nothing else could be the body in its place."""
        if not part.is_multipart:
            return self._leaf(part, alone, related)
        if part.type == "multipart/alternative":
            return self._alternatives(part.children)
        if part.type == "multipart/related":
            return self._related(part)
        return [s for child in part.children for s in self.visit(child)]

    def _alternatives(self, children: list[Part]) -> list[Segment]:
        plain: list[str] = []
        rich: list[list[Segment]] = []
        for child in children:
            segments = self.visit(child, alone=True)
            if any(s.html.strip() for s in segments):
                rich.append(segments)
            elif any(s.text.strip() for s in segments):
                plain.append("\n\n".join(s.text for s in segments))
        text = "\n\n".join(dict.fromkeys(plain))
        if not rich:
            return [Segment(text=text)] if text else []
        best = rich[-1]
        if not text and all(s.text.strip() for s in best):
            text = "\n\n".join(s.text for s in best)
        return [Segment(text, _joined_html(best))]

    def _related(self, part: Part) -> list[Segment]:
        start = part.params.get("start", "").strip("<> ")
        roots = [c for c in part.children if c.type.startswith(("text/", "multipart/"))] or part.children
        root = next((c for c in part.children if start and content_id(c) == start), roots[0])
        segments = self.visit(root, alone=True)
        for child in part.children:
            if child is not root:
                segments = segments + self.visit(child, related=True)
        return segments

    # Leaves

    def _leaf(self, part: Part, alone: bool, related: bool) -> list[Segment]:
        disposition = disposition_of(part)
        name = declared_name(part, self.hint)
        if part.type in _BODY_TYPES and disposition != "attachment":
            bare = not self.seen_body and "content-id" not in part.headers
            if not name or alone or bare:
                return self._body(part)
        content = part.content()
        if part.type in _TNEF or name.lower() == "winmail.dat":
            unpacked = self._unpack_tnef(content)
            if unpacked:
                return []
        if part.type in _SHOWN_ELSEWHERE and not name and disposition != "attachment":
            self._fall_back(part, content)
            return []
        self._attach(part, name, content, disposition, related)
        if part.type in _SIGNED:
            return self._opaque(content)
        if part.type.startswith("text/") and disposition != "attachment":
            self._fall_back(part, content)
        return []

    def _body(self, part: Part) -> list[Segment]:
        content = self._shortened(part, part.content())
        if part.type == "text/html":
            html = self._text(part, content)
            self.seen_body = self.seen_body or bool(html.strip())
            return [Segment(html=html)]
        files, rest = split_uuencoded(content)
        for raw_name, data in files:
            name = header_text(raw_name, self.hint)
            self.found.append(_Found(name, "application/octet-stream", data, disposition="attachment"))
        text = self._text(part, rest)
        self.seen_body = self.seen_body or bool(text.strip())
        return [Segment(text=text)]

    def _shortened(self, part: Part, content: bytes) -> bytes:
        """As much of a text as there is room for, cut at a line's end; the whole is then attached, too."""
        if len(content) > self.room:
            self.problems.append("long body attached")
            name = "body.html" if part.type == "text/html" else "body.txt"
            self.found.append(_Found(name, part.type, content, disposition="attachment"))
            content = content[: content.rfind(b"\n", 0, self.room) + 1 or self.room]
        self.room = max(self.room - len(content), 0)
        return content

    def _text(self, part: Part, content: bytes) -> str:
        detect = self.detections > 0 and not content.isascii()
        self.detections -= detect
        return part_text(part, self.hint, content, detect=detect)

    def _fall_back(self, part: Part, content: bytes) -> None:
        """Text to show when the mail has no other: an invitation, enriched text, Markdown."""
        text = self._text(part, content)
        if part.type == "text/calendar":
            text = calendar_text(text)
        elif part.type in _ENRICHED:
            text = enriched_text(text)
        elif part.type == "text/rfc822-headers":
            return
        if text.strip():
            self.fallback.append(Segment(text=text))

    def _opaque(self, content: bytes) -> list[Segment]:
        """The mail inside an S/MIME message that is signed but not encrypted."""
        try:
            inner = signed_content(content)
        except Unreadable:
            inner = None
        return self.visit(inner, alone=True) if inner is not None else []

    def _unpack_tnef(self, content: bytes) -> bool:
        unpacked = tnef.read(content)
        if unpacked is None:
            self.problems.append("winmail.dat cannot be read")
            return False
        if unpacked.text.strip() or unpacked.html.strip():
            self.fallback.append(Segment(unpacked.text, unpacked.html))
        for file in unpacked.files:
            self.found.append(_Found(file.name, file.content_type, file.content, file.content_id))
        return True

    def _attach(self, part: Part, name: str, content: bytes, disposition: str, related: bool) -> None:
        if not name and part.type in ("message/rfc822", "message/global"):
            try:
                headers, _ = read_mail_headers(content, 64 * 1024)
                name = message_name(header_text(headers.get("subject"), self.hint))
            except Unreadable:
                name = message_name("")
        self.found.append(_Found(name, part.type, content, content_id(part), disposition, related))

    def attachments(self, shown: frozenset[str]) -> tuple[MailAttachment, ...]:
        out = []
        for number, f in enumerate(self.found, start=1):
            in_place = f.related and f.cid is not None and f.kind.startswith("image/")
            inline = f.disposition == "inline" or f.cid in shown or (not f.disposition and in_place)
            name = f.name or made_up_name(f.kind, number)
            out.append(MailAttachment(name, f.kind, f.content, inline, f.cid))
        return tuple(out)
