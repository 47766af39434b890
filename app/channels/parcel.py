"""How what our own pages take in is stored: one line of JSON, then the files' bytes back to back.

Files stay as they came (no base64), so that a picture costs what it weighs, in the ledger and while it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.channels.types import IncomingFile, Unreadable


@dataclass(frozen=True, slots=True)
class ParcelFile:
    """A file that somebody gave to a form of ours."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parcel:
    """What was typed, and the files with it."""

    fields: Mapping[str, Any]
    files: Sequence[IncomingFile]

    def text(self, name: str) -> str:
        """A field as text, "" when it is missing or something else."""
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else ""


def pack(fields: Mapping[str, Any], files: Sequence[ParcelFile] = ()) -> bytes:
    """The raw bytes of a Received."""
    listed = [{"filename": f.filename, "content_type": f.content_type, "size": len(f.content)} for f in files]
    head = json.dumps({**fields, "files": listed}, ensure_ascii=False, separators=(",", ":"))
    return b"\n".join((head.encode(), b"".join(f.content for f in files)))


def unpack(raw: bytes) -> Parcel:
    """The other way round. Raises Unreadable."""
    head, _, body = raw.partition(b"\n")
    try:
        fields = json.loads(head)
        listed = [(str(f["filename"]), str(f["content_type"]), int(f["size"])) for f in fields.pop("files")]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable("bad_parcel", str(error)) from error
    if sum(size for _, _, size in listed) != len(body):
        raise Unreadable("torn_parcel", f"{len(body)} bytes of files")
    files, at = [], 0
    for filename, content_type, size in listed:
        files.append(IncomingFile(filename, content_type, body[at : at + size]))
        at += size
    return Parcel(fields, files)
