"""Text parts: their charset, format=flowed, HTML's own charset, calendars and other kinds as text."""

from __future__ import annotations

import re

from app.channels.email.charsets import codec_of, decode
from app.channels.email.mime import Part

_SNIFF = 4096
_META = re.compile(rb"""(?i)<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:.-]{2,40})""")
_TAG = re.compile(r"<(/?)([a-zA-Z-]{1,40})>")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_QUOTED = re.compile(r"(>*)( ?)(.*)", re.DOTALL)


def part_text(part: Part, hint: str, content: bytes | None = None, *, detect: bool = True) -> str:
    """A text part as text with plain line feeds."""
    data = part.content() if content is None else content
    label = part.params.get("charset", "")
    if part.type == "text/html" and (not codec_of(label) or label.lower() == "us-ascii"):
        meta = _META.search(data[:_SNIFF])
        label = meta[1].decode("ascii") if meta and codec_of(meta[1].decode("ascii")) else label
    text = tidy(decode(data, label, hint=hint, detect=detect))
    if part.type == "text/plain" and part.params.get("format", "").lower() == "flowed":
        return unflow(text, part.params.get("delsp", "").lower() == "yes")
    return text


def tidy(text: str) -> str:
    """Line feeds alone, no control characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    return _CONTROL.sub("", text)


def unflow(text: str, delsp: bool) -> str:
    """RFC 3676: lines that end in a blank go on in the next one of the same quote depth."""
    out: list[str] = []
    flowing: list[str] = []
    depth_before = -1
    for line in text.split("\n"):
        match = _QUOTED.fullmatch(line)
        depth, content = (len(match[1]), match[3]) if match else (0, line)
        if flowing and depth != depth_before:
            out.append(_quoted(depth_before, flowing))
            flowing = []
        depth_before = depth
        if content.endswith(" ") and content != "-- ":
            flowing.append(content[:-1] if delsp else content)
        else:
            out.append(_quoted(depth, [*flowing, content]))
            flowing = []
    if flowing:
        out.append(_quoted(depth_before, flowing))
    return "\n".join(out)


def _quoted(depth: int, pieces: list[str]) -> str:
    text = "".join(pieces)
    return ">" * depth + " " + text if depth else text


def enriched_text(text: str) -> str:
    """text/enriched and text/richtext (RFC 1896) without their commands."""
    text = re.sub(r"(?is)<param>[^<]*</param>", "", text)
    return _TAG.sub("", text).replace("<<", "<")


_FOLD = re.compile(r"\n[ \t]")
_SHOWN = ("SUMMARY", "DTSTART", "DTEND", "LOCATION", "ORGANIZER", "DESCRIPTION")
_ESCAPE = re.compile(r"\\([nN,;\\])")


def calendar_text(text: str) -> str:
    """The first event of an iCalendar object (RFC 5545) as lines of "name: value"; "" without one."""
    lines = _FOLD.sub("", text[:100_000]).split("\n")
    values: dict[str, str] = {}
    inside = False
    for line in lines:
        name, _, value = line.partition(":")
        name = name.split(";")[0].strip().upper()
        if name in ("BEGIN", "END") and value.strip().upper() == "VEVENT":
            if inside:
                break
            inside = True
        elif inside and name in _SHOWN:
            values.setdefault(name, _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], value.strip()))
    order = [name for name in _SHOWN if values.get(name)]
    return "\n".join(f"{name.title()}: {values[name]}" if name != "SUMMARY" else values[name] for name in order)
