"""Content-Transfer-Encoding undone, tolerantly (RFC 2045 section 6, and what mail makes of it)."""

from __future__ import annotations

import binascii
import re

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_ODD_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_TRAILING_BLANKS = re.compile(rb"[ \t]+(?=\r?\n)")
_PADDING = re.compile(rb"=+")


def encoding_of(value: bytes) -> str:
    """base64, quoted-printable, uuencode or "" from a header value, misspelt or not."""
    word = value.decode("latin-1").lower().split(";")[0].strip().strip("\"'")
    if "base64" in word or word == "b":
        return "base64"
    if "quoted" in word or word == "q":
        return "quoted-printable"
    return "uuencode" if word.removeprefix("x-") in ("uuencode", "uue", "uu") else ""


def decode_transfer(body: bytes, encoding: str, *, text: bool = False) -> bytes:
    """The bytes behind `encoding`; for `text`, what a list server added below base64 is kept."""
    if encoding == "base64":
        return decode_base64_body(body, text)
    if encoding == "quoted-printable":
        return decode_quoted_printable(body)
    if encoding == "uuencode":
        files, rest = split_uuencoded(body)
        return files[0][1] if files else rest
    return body


def decode_base64(data: bytes) -> bytes:
    """Base64 with anything else in it ignored, padding in the middle or missing, cut short."""
    clean = data.translate(None, _NOT_BASE64)
    if b"=" not in clean:
        return _base64_run(clean)
    return b"".join(_base64_run(run) for run in _PADDING.split(clean))


def _base64_run(run: bytes) -> bytes:
    if len(run) % 4 == 1:  # six bits are no byte: the last sign is a leftover
        run = run[:-1]
    return binascii.a2b_base64(run + b"=" * (-len(run) % 4))


def decode_base64_body(body: bytes, text: bool) -> bytes:
    """A whole part. What stands below the padding or a blank line is a footer, not data; a body that is
    plainly no base64 at all is taken as it is."""
    odd = _ODD_BASE64.search(body)
    if odd is None:
        return decode_base64(body)
    line = body.rfind(b"\n", 0, odd.start()) + 1
    above = body[:line].rstrip(b" \t\r\n")
    if above and (above.endswith(b"=") or body[len(above) : line].count(b"\n") > 1):
        return decode_base64(above) + (b"\n" + body[line:] if text else b"")
    words = len(body) - len(body.translate(None, _NOT_BASE64))
    return body if text and words * 20 > len(body) * 3 and b" " in body.strip() else decode_base64(body)


def decode_quoted_printable(body: bytes) -> bytes:
    if b" \r" in body or b" \n" in body or b"\t\r" in body or b"\t\n" in body:
        body = _TRAILING_BLANKS.sub(b"", _SOFT_BREAK.sub(b"=", body))
    return binascii.a2b_qp(body)


_BEGIN = re.compile(rb"begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?")


def split_uuencoded(body: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Files written in the text by uuencode, as (name, content), and the text without them.

    Only one pass: lines once taken for data are not looked at again.
    """
    if b"begin" not in body:
        return [], body
    files: list[tuple[bytes, bytes]] = []
    rest: list[bytes] = []
    lines = body.split(b"\n")
    i = 0
    while i < len(lines):
        begin = _BEGIN.fullmatch(lines[i])
        content, end = _uu_lines(lines, i + 1) if begin else (None, i)
        if begin and content is not None:
            files.append((begin[1].strip(), content))
        else:
            rest.extend(lines[i : max(end, i + 1)])
        i = max(end, i + 1)
    return files, b"\n".join(rest)


def _uu_lines(lines: list[bytes], i: int) -> tuple[bytes | None, int]:
    """Data from line `i` to "end", or None and the first line that is no data."""
    out: list[bytes] = []
    while i < len(lines):
        line = lines[i].rstrip(b"\r")
        if line.strip() == b"end":
            return b"".join(out), i + 1
        data = _uu_line(line)
        if data is None:
            break
        out.append(data)
        i += 1
    whole = i >= len(lines) and len(out) > 1
    return (b"".join(out) if whole else None), i


def _uu_line(line: bytes) -> bytes | None:
    """One line: its length sign and that many bytes; None when it is none."""
    if not line.strip():
        return b""
    size = (line[0] - 32) & 63
    need = (size + 2) // 3 * 4
    if not 32 <= line[0] <= 96 or len(line) - 1 > need + 4 or any(b > 96 or b < 32 for b in line):
        return None
    if size and len(line) - 1 < need // 2:
        return None
    try:
        return binascii.a2b_uu(line[: need + 1])
    except binascii.Error:
        return None
