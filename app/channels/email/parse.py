"""`parse_mail`: bytes in, a `ParsedMail` out. Pure: no clock, no files, no network, no global state."""

from __future__ import annotations

from app.channels.email.addresses import MOST, parse_addresses, parse_atoms
from app.channels.email.automatic import judge
from app.channels.email.charsets import codec_of
from app.channels.email.content import Content, read_content
from app.channels.email.dates import parse_date
from app.channels.email.headers import Headers
from app.channels.email.ids import message_id, reply_ids
from app.channels.email.mime import Part, split_mail
from app.channels.email.reports import Letter, Report, read_report
from app.channels.email.types import NO_FROM, Address, MailLimits, ParsedMail
from app.channels.email.words import header_text, one_line, raw_text
from app.text.html import clean_html
from app.text.language import guess
from app.text.quotes import extract_reply

_DEFAULT_LIMITS = MailLimits()
_MAX_SUBJECT = 2000
_MAX_NAME = 200
_MAX_HEADERS = 1000  # of one name
_RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "x-delivered-to", "x-envelope-to")


def parse_mail(raw: bytes, limits: MailLimits = _DEFAULT_LIMITS) -> ParsedMail:
    """Reads one mail, however badly written. Time and memory are linear in its size.

    Raises `Unreadable` for what holds no mail (nothing but blanks) or exceeds a cap; anything else is
    read as far as it goes, and `problems` says what had to be mended.
    """
    problems: list[str] = []
    root = split_mail(raw, limits, problems)
    headers, hint = root.headers, _charset_hint(root)
    content = read_content(root, hint, problems)
    sender, to = _sender(headers, hint, problems), _addresses(headers, "to", hint)
    subject = _subject(headers, hint)
    automatic = judge(headers, root, subject)
    report = read_report(Letter(root, headers, sender, to, subject, content.text))
    answered, references = reply_ids(headers, "in-reply-to"), reply_ids(headers, "references")
    reply_text, language = _words(content, subject)
    return ParsedMail(
        sender=sender,
        to=to,
        cc=_addresses(headers, "cc", hint),
        reply_to=_first_address(headers, "reply-to", hint),
        subject=subject,
        message_id=message_id(headers),
        in_reply_to=answered[0] if answered else None,
        references=references,
        date=parse_date(header_text(headers.get("date"))),
        body_text=content.text,
        body_html=clean_html(content.html) or None if content.html else None,
        reply_text=reply_text,
        attachments=content.attachments,
        auto_generated=bool(automatic.reason or report.kind),
        auto_reason=_report_reason(report) or automatic.reason,
        mailing_list=automatic.mailing_list,
        bounce=report.bounce,
        language=language,
        authentication_results=tuple(one_line(raw_text(v)) for v in headers.all("authentication-results")),
        delivered_to=_delivered_to(headers),
        problems=tuple(dict.fromkeys(problems)),
    )


def _report_reason(report: Report) -> str:
    return f"delivery report: {report.kind}" if report.kind else ""


def _words(content: Content, subject: str) -> tuple[str, str]:
    """What was newly written, and its language."""
    reply = extract_reply(content.text, content.html or None, derived=content.text_from_html)
    return reply, guess(f"{subject}\n{reply or content.text}"[:1500])


def _charset_hint(root: Part) -> str:
    """The charset that the mail names first: what raw 8-bit headers are probably written in, too."""
    for part in root.walk():
        label = part.params.get("charset", "")
        if label and codec_of(label) not in ("", "ascii"):
            return label
    return ""


def _subject(headers: Headers, hint: str) -> str:
    return header_text(headers.get("subject"), hint)[:_MAX_SUBJECT]


def _addresses(headers: Headers, name: str, hint: str) -> tuple[Address, ...]:
    """Everybody named in the headers of that name, each address once, and no more than `MOST`."""
    found: dict[str, Address] = {}
    for raw in headers.all(name)[:_MAX_HEADERS]:
        if len(found) >= MOST:
            break
        for address in parse_addresses(raw, hint):
            found.setdefault(address.address.lower(), address)
    if not found:
        return tuple(a for raw in headers.all(name)[:1] for a in parse_atoms(raw) if name != "reply-to")
    return tuple(found.values())[:MOST]


def _first_address(headers: Headers, name: str, hint: str) -> Address | None:
    return next(iter(_addresses(headers, name, hint)), None)


def _sender(headers: Headers, hint: str, problems: list[str]) -> Address | None:
    """From; failing that a second From, Reply-To, Sender, a local user's name; a name alone has the address "";
    None when there is nobody."""
    named = _name_alone(headers, hint)
    for name in ("from", "reply-to", "sender", "x-sender", "resent-from"):
        for raw in headers.all(name):
            found = parse_addresses(raw, hint)
            if found:
                if name == "from":
                    return found[0]
                problems.append(NO_FROM)
                return Address(found[0].address, named or found[0].name)
    problems.append(NO_FROM)
    atom = next((atom for raw in headers.all("from") for atom in parse_atoms(raw)), None)
    return atom or (Address("", named) if named else None)


def _name_alone(headers: Headers, hint: str) -> str:
    """The name in a From without an address, as in `Mail System <>`."""
    for raw in headers.all("from"):
        text = header_text(raw, hint).replace("<>", " ").strip(" \"'")
        if " " in text and not any(sign in text for sign in "<>@,;:=?"):
            return text[:_MAX_NAME]
    return ""


def _delivered_to(headers: Headers) -> tuple[str, ...]:
    found = (a.address for name in _RECIPIENTS for raw in headers.all(name) for a in parse_addresses(raw))
    return tuple(dict.fromkeys(found))
