"""The body of an outgoing mail: plain text and HTML as alternatives (RFC 2046, 5.1.4), with files after them.

Text is written here, as the standard library takes ten times as long for it; files are left to the library.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from email.message import MIMEPart
from email.policy import SMTP

_POLICY = SMTP.clone(cte_type="7bit")
_LONGEST = 900  # octets of a line that goes as it is; RFC 5322, 2.1.1 allows 998
_BREAK = re.compile(r"\r\n|\r|\n")


def body(text: str, html: str, files: Sequence[MIMEPart] = ()) -> bytes:
    """MIME headers, a blank line and the content, CRLF line ends. The same text gives the same bytes."""
    written = _multipart("alternative", [_part("plain", text), _part("html", html)])
    mixed = _multipart("mixed", [written, *(file.as_bytes(policy=_POLICY) for file in files)]) if files else written
    return b"MIME-Version: 1.0\r\n" + mixed


def file_part(content: bytes, maintype: str, subtype: str, filename: str) -> MIMEPart:
    """A file as a part: base64, its name in every script (RFC 2231)."""
    part = MIMEPart(policy=_POLICY)
    part.set_content(content, maintype, subtype, disposition="attachment", filename=filename)
    return part


def _part(subtype: str, text: str) -> bytes:
    octets = _BREAK.sub("\r\n", text).encode("utf-8", "replace")
    encoding, content = _encoded(octets)
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'
    return head.encode() + content


def _encoded(octets: bytes) -> tuple[str, bytes]:
    """The lightest encoding that every server passes on unchanged: as it is, quoted-printable, or base64."""
    if octets.isascii() and max(map(len, octets.split(b"\r\n"))) <= _LONGEST:
        return "7bit", octets
    quoted = binascii.b2a_qp(octets, istext=True)
    packed = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    return ("quoted-printable", quoted) if len(quoted) <= len(packed) else ("base64", packed)


def _multipart(subtype: str, parts: Sequence[bytes]) -> bytes:
    # A digest of the content cannot stand in it by chance or by design.
    boundary = b"=_" + hashlib.sha256(b"".join(parts)).hexdigest()[:40].encode()
    head = b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n' % (subtype.encode(), boundary)
    return head + b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts) + b"--%s--\r\n" % boundary
