"""MAPI property streams inside TNEF ([MS-OXTNEF] section 2.1.3.4, types of [MS-OXCDATA] section 2.11.1)."""

from __future__ import annotations

import struct

TEXT, UNICODE, OBJECT, BINARY = 0x1E, 0x1F, 0x0D, 0x102
_MANY = 0x1000
_SIZES = {0x2: 4, 0x3: 4, 0x4: 4, 0xA: 4, 0xB: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0x14: 8, 0x40: 8, 0x48: 16, 0x1: 4}
_VARIABLE = frozenset({TEXT, UNICODE, OBJECT, BINARY})
_MAX_PROPERTIES = 5000

BODY, RTF_COMPRESSED, BODY_HTML = 0x1000, 0x1009, 0x1013
ATTACH_DATA, ATTACH_FILENAME, ATTACH_METHOD = 0x3701, 0x3704, 0x3705
ATTACH_LONG_FILENAME, ATTACH_MIME_TAG, ATTACH_CONTENT_ID = 0x3707, 0x370E, 0x3712
DISPLAY_NAME, INTERNET_CPID, SUBJECT = 0x3001, 0x3FDE, 0x0037
EMBEDDED_MESSAGE = 5

Properties = dict[int, tuple[int, bytes]]
"""By property id: its type and its (first) value."""


class _Stream:
    __slots__ = ("data", "pos")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.pos = 0

    def take(self, size: int) -> bytes:
        if size < 0 or self.pos + size > len(self.data):
            raise ValueError("a property runs past the end")
        self.pos += size
        return self.data[self.pos - size : self.pos]

    def number(self) -> int:
        return int(struct.unpack("<I", self.take(4))[0])

    def padded(self) -> bytes:
        size = self.number()
        value = self.take(size)
        self.pos += -size % 4
        return value


def read_properties(data: bytes) -> Properties:
    """The properties of a stream, as far as it can be read."""
    stream = _Stream(data)
    found: Properties = {}
    try:
        for _ in range(min(stream.number(), _MAX_PROPERTIES)):
            kind, name = struct.unpack("<HH", stream.take(4))
            if name >= 0x8000:
                _skip_name(stream)
            values = _values(stream, kind)
            if values and name < 0x8000:
                found.setdefault(name, (kind & ~_MANY, values[0]))
    except (ValueError, struct.error):
        pass  # what was read until here is kept
    return found


def _skip_name(stream: _Stream) -> None:
    stream.take(16)
    if stream.number() == 0:
        stream.take(4)
    else:
        stream.padded()


def _values(stream: _Stream, kind: int) -> list[bytes]:
    base = kind & ~_MANY
    if base in _VARIABLE:
        count = stream.number()
        return [stream.padded() for _ in range(min(count, _MAX_PROPERTIES))]
    size = _SIZES.get(base)
    if size is None:
        raise ValueError("unknown property type")
    count = stream.number() if kind & _MANY else 1
    return [stream.take(size) for _ in range(min(count, _MAX_PROPERTIES))]
