"""Builds winmail.dat files for tests ([MS-OXTNEF], [MS-OXRTFCP])."""

from __future__ import annotations

import struct


def attribute(level: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def padded(value: bytes) -> bytes:
    return struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)


def text_property(name: int, value: str) -> bytes:
    return struct.pack("<HH", 0x1F, name) + padded(value.encode("utf-16-le") + b"\0\0")


def binary_property(name: int, value: bytes, kind: int = 0x102) -> bytes:
    return struct.pack("<HH", kind, name) + padded(value)


def number_property(name: int, value: int) -> bytes:
    return struct.pack("<HHI", 0x3, name, value)


def named_property(value: str) -> bytes:
    """A property with a name of its own, which readers must be able to step over."""
    name = "Keywords".encode("utf-16-le") + b"\0\0"
    head = struct.pack("<HH", 0x1F, 0x8001) + b"G" * 16 + struct.pack("<II", 1, len(name)) + name
    return head + b"\0" * (-len(name) % 4) + padded(value.encode("utf-16-le") + b"\0\0")


def properties(*encoded: bytes) -> bytes:
    return struct.pack("<I", len(encoded)) + b"".join(encoded)


def plain_rtf(rtf: bytes) -> bytes:
    """RTF stored without compression."""
    return struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf


def packed_rtf(rtf: bytes) -> bytes:
    """RTF stored as literals of the compressed form."""
    data = b"".join(b"\0" + rtf[i : i + 8] for i in range(0, len(rtf), 8))
    return struct.pack("<IIII", len(data) + 12, len(rtf), 0x75465A4C, 0) + data


def tnef(*attributes: bytes, codepage: int = 932) -> bytes:
    head = struct.pack("<IH", 0x223E9F78, 1)
    return head + attribute(1, 0x00069007, struct.pack("<II", codepage, 0)) + b"".join(attributes)


def message(*encoded: bytes) -> bytes:
    return attribute(1, 0x00069003, properties(*encoded))


def file(title: bytes, content: bytes, *encoded: bytes) -> bytes:
    """An attached file: its old 8.3 title, its content, and its newer properties."""
    out = attribute(2, 0x00069002, b"\0" * 14) + attribute(2, 0x00018010, title + b"\0")
    out += attribute(2, 0x0006800F, content) if content else b""
    return out + (attribute(2, 0x00069005, properties(*encoded)) if encoded else b"")
