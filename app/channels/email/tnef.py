"""winmail.dat: what Outlook packs a mail into ([MS-OXTNEF]). Only read, only what a desk needs."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from app.channels.email import mapi
from app.channels.email.attachments import safe_name
from app.channels.email.charsets import decode
from app.channels.email.rtf import decompress, rtf_to_body

_SIGNATURE = 0x223E9F78
_BODY, _MESSAGE_PROPS, _CODEPAGE = 0x0002800C, 0x00069003, 0x00069007
_REND_DATA, _ATTACH_TITLE, _ATTACH_DATA, _ATTACH_PROPS = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_DEPTH = 5
_MAX_FILES = 1000


@dataclass(slots=True)
class TnefFile:
    name: str = ""
    content: bytes = b""
    content_type: str = "application/octet-stream"
    content_id: str | None = None


@dataclass(slots=True)
class Tnef:
    """The body and the files of a winmail.dat."""

    text: str = ""
    html: str = ""
    files: list[TnefFile] = field(default_factory=list)
    codepage: str = ""


def read(data: bytes, depth: int = 0) -> Tnef | None:
    """What is inside, or None when it is no TNEF. One that is cut short gives what it has."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    tnef = Tnef()
    for kind, value in _attributes(data):
        if kind == _CODEPAGE and len(value) >= 4:
            tnef.codepage = f"cp{struct.unpack_from('<I', value)[0]}"
        elif kind == _BODY:
            tnef.text = tnef.text or decode(value.rstrip(b"\0"), tnef.codepage)
        elif kind == _MESSAGE_PROPS:
            _take_message(tnef, mapi.read_properties(value))
        elif kind == _REND_DATA and len(tnef.files) < _MAX_FILES:
            tnef.files.append(TnefFile())
        elif tnef.files:
            _take_attachment(tnef, kind, value, depth)
    return tnef


def _attributes(data: bytes) -> list[tuple[int, bytes]]:
    """Level, id, length, value, checksum, over and over."""
    found: list[tuple[int, bytes]] = []
    pos = 6
    while pos + 9 <= len(data):
        kind, size = struct.unpack_from("<II", data, pos + 1)
        found.append((kind, data[pos + 9 : pos + 9 + size]))
        pos += 9 + size + 2
    return found


def _string(tnef: Tnef, props: mapi.Properties, name: int) -> str:
    kind, value = props.get(name, (0, b""))
    if kind == mapi.UNICODE:
        return decode(value, "utf-16-le").rstrip("\0")
    return decode(value.rstrip(b"\0"), tnef.codepage) if kind == mapi.TEXT else ""


def _number(props: mapi.Properties, name: int) -> int:
    _, value = props.get(name, (0, b""))
    return int(struct.unpack_from("<I", value)[0]) if len(value) >= 4 else 0


def _take_message(tnef: Tnef, props: mapi.Properties) -> None:
    tnef.text = _string(tnef, props, mapi.BODY) or tnef.text
    kind, html = props.get(mapi.BODY_HTML, (0, b""))
    if kind == mapi.BINARY:
        tnef.html = decode(html.rstrip(b"\0"), f"cp{_number(props, mapi.INTERNET_CPID)}", hint=tnef.codepage)
    else:
        tnef.html = _string(tnef, props, mapi.BODY_HTML)
    _, packed = props.get(mapi.RTF_COMPRESSED, (0, b""))
    if packed and not tnef.html:
        rich = rtf_to_body(decompress(packed), tnef.codepage)
        tnef.html, tnef.text = rich.html, tnef.text or rich.text


def _take_attachment(tnef: Tnef, kind: int, value: bytes, depth: int) -> None:
    file = tnef.files[-1]
    if kind == _ATTACH_TITLE:
        file.name = file.name or safe_name(decode(value.rstrip(b"\0"), tnef.codepage))
    elif kind == _ATTACH_DATA:
        file.content = value
    elif kind == _ATTACH_PROPS:
        _take_properties(tnef, file, mapi.read_properties(value), depth)


def _take_properties(tnef: Tnef, file: TnefFile, props: mapi.Properties, depth: int) -> None:
    names = (mapi.ATTACH_LONG_FILENAME, mapi.ATTACH_FILENAME, mapi.DISPLAY_NAME)
    file.name = next((n for n in (safe_name(_string(tnef, props, p)) for p in names) if n), file.name)
    file.content_type = _string(tnef, props, mapi.ATTACH_MIME_TAG).lower().strip() or file.content_type
    file.content_id = _string(tnef, props, mapi.ATTACH_CONTENT_ID).strip("<>") or None
    kind, stored = props.get(mapi.ATTACH_DATA, (0, b""))
    if not stored:
        return
    if kind == mapi.OBJECT:  # an interface id stands before the data
        stored = stored[16:]
    if _number(props, mapi.ATTACH_METHOD) == mapi.EMBEDDED_MESSAGE and depth < _DEPTH:
        inner = read(stored, depth + 1)
        if inner is not None and (inner.html or inner.text or inner.files):
            _take_embedded(tnef, file, inner)
            return
    file.content = file.content or stored


def _take_embedded(tnef: Tnef, file: TnefFile, inner: Tnef) -> None:
    """A mail attached to the mail: its text as a file, its files beside ours."""
    html = bool(inner.html)
    file.content = (inner.html or inner.text).encode()
    file.content_type = "text/html" if html else "text/plain"
    file.name = (file.name or "message") + (".html" if html else ".txt")
    tnef.files[-1:] = [file, *inner.files][: _MAX_FILES - len(tnef.files) + 1]
