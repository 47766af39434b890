"""Names, kinds and places of attachments."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from app.channels.email.headers import Headers
from app.channels.email.mime import Part
from app.channels.email.params import parse_params
from app.channels.email.words import header_text

_MAX_NAME = 200
_SEPARATORS = re.compile(r"[/\\]+")
_PATH = re.compile(r"[/\\]|\.\.?[/\\]|[A-Za-z]:[/\\]|.*[/\\]\.\.?(?:[/\\]|\Z)", re.DOTALL)
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u2028\u2029]")
_BLANKS = re.compile(r"\s+")
_LOOKS_LIKE_A_NAME = re.compile(r"[^\s/\\:]{1,100}\.[A-Za-z0-9]{2,5}")
_CID = re.compile(r"""cid:([^"'\s<>)]{1,400})""", re.IGNORECASE)

_EXTENSIONS = {
    "application/gzip": "gz", "application/json": "json", "application/msword": "doc",
    "application/octet-stream": "bin", "application/pdf": "pdf", "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls", "application/vnd.ms-powerpoint": "ppt", "application/xml": "xml",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/zip": "zip", "application/x-zip-compressed": "zip",
    "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/wav": "wav", "audio/ogg": "ogg",
    "image/bmp": "bmp", "image/gif": "gif", "image/heic": "heic", "image/jpeg": "jpg", "image/jpg": "jpg",
    "image/pjpeg": "jpg", "image/png": "png", "image/svg+xml": "svg", "image/tiff": "tiff", "image/webp": "webp",
    "text/calendar": "ics", "text/css": "css", "text/csv": "csv", "text/html": "html", "text/markdown": "md",
    "text/plain": "txt", "text/rtf": "rtf", "text/vcard": "vcf", "text/x-vcard": "vcf", "text/xml": "xml",
    "video/mp4": "mp4", "video/quicktime": "mov", "video/3gpp": "3gp",
}  # fmt: skip
_NAMES = {
    "message/delivery-status": "delivery-status.txt",
    "message/global-delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition-notification.txt",
    "message/feedback-report": "feedback-report.txt",
    "text/rfc822-headers": "headers.txt",
    "text/calendar": "invite.ics",
    "application/ics": "invite.ics",
    "application/pgp-signature": "signature.asc",
    "application/pgp-encrypted": "encryption.txt",
    "application/pgp-keys": "key.asc",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/ms-tnef": "winmail.dat",
    "application/vnd.ms-tnef": "winmail.dat",
}


def disposition_of(part: Part) -> str:
    """ "inline", "attachment" or ""; of several headers the first that says one of them."""
    for raw in part.headers.all("content-disposition"):
        head, _ = parse_params(raw)
        word = head.split(" ")[0]
        if word in ("inline", "attachment"):
            return word
        if word:  # RFC 2183 section 2.8: what is unknown is an attachment
            return "attachment"
    return ""


def declared_name(part: Part, hint: str = "") -> str:
    """The file name that the mail gives, made harmless; "" when it gives none."""
    for header, keys in (("content-disposition", ("filename", "name")), ("content-type", ("name", "filename"))):
        for raw in part.headers.all(header):
            _, params = parse_params(raw, hint)
            for key in keys:
                name = safe_name(params.get(key, ""))
                if name:
                    return name
    return _described_name(part.headers, hint)


def _described_name(headers: Headers, hint: str) -> str:
    described = safe_name(header_text(headers.get("content-description"), hint))
    if _LOOKS_LIKE_A_NAME.fullmatch(described):
        return described
    location = header_text(headers.get("content-location"), hint).split("?")[0]
    last = safe_name(unquote(location.rpartition("/")[2]))
    return last if _LOOKS_LIKE_A_NAME.fullmatch(last) else ""


def safe_name(name: str) -> str:
    """A name without a path, control or direction-changing characters, of at most 200 characters."""
    name = unicodedata.normalize("NFC", _BLANKS.sub(" ", _UNSAFE.sub("", name[:4000])))
    pieces = [p.strip() for p in _SEPARATORS.split(name)]
    if len(pieces) > 1:  # of a path the last step; else the slash was part of the name, as in a date
        real = [p for p in pieces if p not in ("", ".", "..")]
        name = (real[-1] if real else "") if _PATH.match(name) else "_".join(real)
    name = name.strip(" \"'")
    if not name.strip("."):
        return ""
    if len(name) > _MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        keep = dot + extension if stem and len(extension) <= 10 else ""
        name = name[: _MAX_NAME - len(keep)] + keep
    return name


def made_up_name(kind: str, number: int) -> str:
    """A name for a part that has none: by its type, with its place in the mail."""
    if kind in _NAMES:
        return _NAMES[kind]
    stem = "image" if kind.startswith("image/") else "attachment"
    return f"{stem}-{number}.{_EXTENSIONS.get(kind, 'bin')}"


def message_name(subject: str) -> str:
    """The name of an attached mail: its subject."""
    stem = safe_name(subject.replace("/", "_").replace("\\", "_"))[:100].rstrip(". ")
    return f"{stem or 'message'}.eml"


def content_id(part: Part) -> str | None:
    raw = header_text(part.headers.get("content-id")).strip().strip("<>").strip()
    return raw[:400] or None


def referenced_ids(html: str) -> frozenset[str]:
    """The Content-IDs that a body shows (RFC 2392)."""
    return frozenset(unquote(cid) for cid in _CID.findall(html))
