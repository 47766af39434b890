"""The mail inside an S/MIME message that is signed without being encrypted (RFC 5652, SignedData).

Only enough of DER and BER to find the content; nothing is verified here.
"""

from __future__ import annotations

from app.channels.email.mime import Part, split_mail
from app.channels.email.types import MailLimits

_SEQUENCE, _SET, _OID, _OCTETS, _OCTETS_BUILT, _TAGGED_0 = 0x30, 0x31, 0x06, 0x04, 0x24, 0xA0
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DEPTH = 8
_LIMITS = MailLimits(nesting=20, parts=200)


class _BadDer(ValueError):
    pass


def signed_content(data: bytes) -> Part | None:
    """The tree of the signed mail, or None when `data` is something else (encrypted, certificates).

    Raises `Unreadable` when the mail inside exceeds a cap.
    """
    try:
        inner = _content(data)
    except (_BadDer, IndexError):
        return None
    return split_mail(inner, _LIMITS, []) if inner and inner.strip() else None


def _content(data: bytes) -> bytes | None:
    tag, start, _ = _head(data, 0)
    oid_tag, oid_start, oid_end = _head(data, start)
    if tag != _SEQUENCE or oid_tag != _OID or data[oid_start:oid_end] != _SIGNED_DATA:
        return None
    _, start, _ = _head(data, oid_end)  # [0] explicit
    _, pos, _ = _head(data, start)  # SignedData
    for _ in range(2):  # version, digestAlgorithms
        pos = _past(data, pos)
    _, start, _ = _head(data, pos)  # encapContentInfo
    pos = _past(data, start)
    tag, start, _ = _head(data, pos)
    return _octets(data, start, 0)[0] if tag == _TAGGED_0 else None


def _head(data: bytes, pos: int) -> tuple[int, int, int]:
    """Tag, start and end of the value at `pos`; an indefinite one ends with the data."""
    tag, size = data[pos], data[pos + 1]
    if size < 0x80:
        return tag, pos + 2, pos + 2 + size
    if size == 0x80:
        return tag, pos + 2, len(data)
    count = size & 0x7F
    if count > 4:
        raise _BadDer
    start = pos + 2 + count
    return tag, start, start + int.from_bytes(data[pos + 2 : start], "big")


def _past(data: bytes, pos: int, depth: int = 0) -> int:
    """The position after the value at `pos`."""
    _, start, end = _head(data, pos)
    if data[pos + 1] != 0x80:
        return end
    if depth > _DEPTH:
        raise _BadDer
    while data[start : start + 2] != b"\0\0":
        start = _past(data, start, depth + 1)
    return start + 2


def _octets(data: bytes, pos: int, depth: int) -> tuple[bytes, int]:
    """An OCTET STRING, whole or in pieces, and the position after it."""
    tag, start, end = _head(data, pos)
    if tag == _OCTETS:
        return data[start:end], end
    if tag != _OCTETS_BUILT or depth > _DEPTH:
        raise _BadDer
    pieces = []
    while start < end and data[start : start + 2] != b"\0\0":
        piece, start = _octets(data, start, depth + 1)
        pieces.append(piece)
    return b"".join(pieces), start + (2 if data[pos + 1] == 0x80 else 0)
