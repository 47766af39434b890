"""Delivery reports: machine-readable ones (RFC 3464), and the choice of whether a mail is one at all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.channels.email import bouncetext
from app.channels.email.addresses import parse_addresses
from app.channels.email.headers import Headers, read_headers, read_mail_headers
from app.channels.email.mime import Part, split_mail
from app.channels.email.types import Address, Bounce, MailLimits, Unreadable
from app.channels.email.words import header_text

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED_TYPES = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/rfc822-headers"})
_CAP = 64 * 1024
_GROUPS = 200
_LIMITS = MailLimits(nesting=20, parts=100)
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery report says: `kind` is "" (no report), "failed", "delayed" or "delivered"."""

    kind: str = ""
    bounce: Bounce | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What the choice needs to know about a mail."""

    root: Part
    headers: Headers
    sender: Address | None
    to: tuple[Address, ...]
    subject: str
    text: str


def read_report(letter: Letter) -> Report:
    """The report in a mail. Delayed, delivered, relayed and expanded ones are no bounces."""
    parts = list(letter.root.walk())
    groups = [group for part in parts if part.type in _STATUS_TYPES for group in _groups(part.content())]
    if not groups and bouncetext.may_be_report(letter.headers, letter.sender, letter.subject):
        groups = _groups_in_text(letter.text) or _groups_of_wrapped(letter.root, parts)
    if groups:
        report = _from_groups(groups, letter, parts)
        if report.kind:
            return report
    says_so = letter.root.type == "multipart/report" and (
        letter.root.params.get("report-type", "delivery-status").lower() == "delivery-status"
    )
    if not bouncetext.is_report(letter.headers, letter.sender, letter.subject, letter.text, says_so):
        return Report()
    return _from_text(letter, parts)


def _groups_of_wrapped(root: Part, parts: list[Part]) -> list[Headers]:
    """The fields of a report that a filter on its way has attached to one of its own, parameter and all."""
    if root.params.get("report-type", "").lower() != "delivery-status":
        return []
    whole = next((part for part in parts if part.type == "message/rfc822"), None)
    try:
        inner = split_mail(whole.content()[:_CAP], _LIMITS, []) if whole is not None else None
    except Unreadable:
        return []
    found = inner.walk() if inner is not None else ()
    return [group for part in found if part.type in _STATUS_TYPES for group in _groups(part.content())]


def _groups(content: bytes) -> list[Headers]:
    """The blocks of fields in a delivery-status (RFC 3464 section 2.1)."""
    found = []
    for block in _BLANK_LINE.split(content[:_CAP].replace(b"\r\r\n", b"\r\n"))[:_GROUPS]:
        try:
            headers, _ = read_headers(block.lstrip() + b"\n", 0, _CAP)
        except Unreadable:
            continue
        if headers.items:
            found.append(headers)
    return found


_IN_TEXT = re.compile(r"(?mi)^(?:(?:final|original)-recipient|action|status|diagnostic-code|reporting-mta)[ \t]*:")
_RECIPIENT_IN_TEXT = re.compile(r"(?mi)^(?:final|original)-recipient[ \t]*:")


def _groups_in_text(text: str) -> list[Headers]:
    """The same fields written into a plain text."""
    first = _IN_TEXT.search(text[:_CAP])
    if first is None or not _RECIPIENT_IN_TEXT.search(text[:_CAP]):
        return []
    return _groups(text[first.start() : _CAP].encode("utf-8", "replace"))


def _from_groups(groups: list[Headers], letter: Letter, parts: list[Part]) -> Report:
    recipients = [g for g in groups if "final-recipient" in g or "original-recipient" in g or "action" in g]
    actions = [_action(g) for g in recipients]
    for wanted in ("failed", "delayed", "delivered"):
        if wanted in actions:
            group = recipients[actions.index(wanted)]
            bounce = _bounce(group, letter, parts) if wanted == "failed" else None
            return Report(wanted, bounce)
    return Report()


def _action(group: Headers) -> str:
    word = re.split(r"[^a-z]", group.word("action"), maxsplit=1)[0]
    if word in ("delivered", "relayed", "expanded", "deliverable"):
        return "delivered"
    if word in ("delayed", "failed"):
        return word
    status = _STATUS.search(_field(group, "status"))
    if word.startswith(("fail", "undeliver")) or (status and status[1] == "5"):
        return "failed"
    return {"2": "delivered", "4": "failed"}.get(status[1], "") if status else ""


def _field(group: Headers, name: str) -> str:
    return header_text(group.get(name))


def _bounce(group: Headers, letter: Letter, parts: list[Part]) -> Bounce:
    diagnostic = _field(group, "diagnostic-code")
    recipient = (
        _address(_field(group, "original-recipient"))
        or _address(_field(group, "final-recipient"))
        or _address(_field(group, "x-actual-recipient"))
        or _address(_field(group, "x-display-name"))
        or bouncetext.find_recipient(diagnostic + "\n" + bouncetext.explanation(letter.text), _own(letter))
        or _returned_to(parts)
    )
    status = _best_status(_field(group, "status"), diagnostic, letter.text)
    return Bounce(recipient, status, status.startswith("5"))


_ESCAPED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")


def _address(value: str) -> str:
    """The address in `rfc822; user@host`, with utf-8 escapes of RFC 6533 undone."""
    text = value.partition(";")[2] or value
    text = _ESCAPED.sub(lambda m: chr(min(int(m[1], 16), 0xD7FF)), text)
    text = text.strip().replace("&lt;", "<").replace("&gt;", ">")
    found = parse_addresses(text.encode("utf-8", "replace"))
    address = found[0].address if found else ""
    return "" if bouncetext.is_daemon(address) else address


def _best_status(declared: str, diagnostic: str, text: str) -> str:
    """The declared status, unless it says nothing more than its class and the diagnosis says more."""
    own = _STATUS.search(declared)
    told = bouncetext.find_status(diagnostic)
    if own is None:
        return told or bouncetext.status_of(diagnostic + "\n" + bouncetext.explanation(text))
    status = own[0]
    if status[1:] == ".0.0" and told[:1] == status[:1]:
        return told
    return status


def _own(letter: Letter) -> frozenset[str]:
    return frozenset(a.address.lower() for a in letter.to)


def _returned_to(parts: list[Part]) -> str:
    """The first address in To of the mail that came back."""
    for part in parts:
        if part.type in _RETURNED_TYPES:
            try:
                headers, _ = read_mail_headers(part.content()[: 2 * _CAP], _CAP)
            except Unreadable:
                continue
            for address in parse_addresses(headers.get("to")):
                return address.address
    return ""


def _from_text(letter: Letter, parts: list[Part]) -> Report:
    explanation = bouncetext.explanation(letter.text)
    if bouncetext.is_delay(letter.subject, explanation):
        return Report("delayed")
    failed = [a.address for raw in letter.headers.all("x-failed-recipients") for a in parse_addresses(raw)]
    recipient = (
        next((a for a in failed if not bouncetext.is_daemon(a)), "")
        or bouncetext.find_recipient(explanation, _own(letter))
        or _returned_to(parts)
        or bouncetext.returned_to(letter.text)
    )
    status = bouncetext.status_of(explanation, recipient)
    return Report("failed", Bounce(recipient, status, status.startswith("5")))
