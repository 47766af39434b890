"""Bounces written for people: who could not be reached, and why, out of the words of many mail servers."""

from __future__ import annotations

import re

from app.channels.email import bouncewords as words
from app.channels.email.headers import Headers
from app.channels.email.types import Address

_REGION = 20_000
_SUBJECT = 300


def is_daemon(address: str) -> bool:
    """Whether an address is a mail system's own."""
    return bool(address and words.DAEMONS.match(address))


def _by_daemon(headers: Headers, sender: Address | None) -> bool:
    path = headers.get("return-path").strip().decode("latin-1")
    return (
        (sender is not None and is_daemon(sender.address))
        or path == "<>"
        or is_daemon(path.strip("<> "))
        or bool(headers.get("x-failed-recipients"))
        or "x-ms-exchange-message-is-ndr" in headers
    )


def may_be_report(headers: Headers, sender: Address | None, subject: str) -> bool:
    """Worth reading its text for delivery-status fields."""
    if words.REPLY_PREFIX.match(subject):
        return False
    return _by_daemon(headers, sender) or bool(words.TITLES.search(subject[:_SUBJECT]))


def is_report(headers: Headers, sender: Address | None, subject: str, text: str, says_so: bool) -> bool:
    """Two signs are needed: who sends it or what it is called, and what it says. People forward bounces
    and postmasters write mail."""
    if says_so or headers.get("x-failed-recipients"):
        return True
    titled = bool(words.TITLES.search(subject[:_SUBJECT]))
    daemon = _by_daemon(headers, sender)
    if not (titled or daemon) or (words.REPLY_PREFIX.match(subject) and not (daemon and _is_impersonal(text))):
        return False
    by_name = sender is not None and is_daemon(sender.address)
    if headers.word("auto-submitted") == "auto-replied" and not (titled or by_name):
        return False  # a holiday notice, sent from nobody
    told = bool(words.PHRASES.search(explanation(text)))
    nobody = sender is not None and bool(words.NO_REPLY.match(sender.address))
    return (daemon and (told or titled)) or (titled and told and (nobody or _is_impersonal(text)))


# "… could not be delivered to" and the address on a line of its own, as only a program sets it.
_ADDRESS_BELOW = re.compile(
    r"(?:deliver|d[ée]livr|remis|distribu|zugestellt|entrega)[^\n@]{0,80}\n"
    r"\s{0,40}(?:\"[^\"\n]{0,80}\" )?<?[^\s<>@]{1,80}@[^\s<>@]{1,200}>?[ \t]*\n",
    re.IGNORECASE,
)
_SERVER_SPEAKS = re.compile(r"(?i)\bthis is the (?:[\w.-]+ ){0,4}(?:mail (?:server|system)|mailer|mta|program)\b")
_PERSONAL = re.compile(r"(?im)^(?:hi|hello|dear|hey|お世話|こんにちは)\b")


def _is_impersonal(text: str) -> bool:
    """A report that comes from an ordinary address: it names a server's answer and greets nobody."""
    region = explanation(text)
    if _ADDRESS_BELOW.search(region) or _SERVER_SPEAKS.search(region[:300]):
        return True
    return bool(_ENHANCED.search(region) or _REPLY_CODE.search(region)) and not _PERSONAL.search(region[:300])


def explanation(text: str) -> str:
    """What the mail server itself says, without the mail that it returns."""
    region = text[:_REGION]
    cut = words.RETURNED.search(region, 40)
    while cut is not None and not _ADDRESS.search(region, 0, cut.start()):
        cut = words.RETURNED.search(region, cut.end())
    return region[: cut.start()] if cut is not None else region


_SPEC = r"[A-Za-z0-9_%+/=?^{|}~!#$&'*.\"-]{1,80}@[A-Za-z0-9][A-Za-z0-9.-]{0,200}\.[A-Za-z]{2,24}"
_ADDRESS = re.compile(_SPEC)
_RECIPIENT = tuple(
    re.compile(pattern.replace("ADDR", f"({_SPEC})"), re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"^[ \t]*(?:final|original)-recipient:[^\n;]{0,20};[ \t]*<?ADDR",
        r"not reach the following recipients?(?:\(s\))?:\s{1,20}[^\n@]{0,120}?(?:SMTP[=:])?ADDR",
        r"^[ \t>]*<?ADDR>?[ \t]*:[ \t]*$",
        r"^[ \t>]*<ADDR>(?:[ \t]*[:;,(]|[ \t]+\()",
        r"RCPT TO[ \t]*:?[ \t]*<?ADDR",
        r"(?:failed (?:recipient|address)|recipient(?:s|\(s\))?|addressed(?: to)?,?|intended for)[\s:=<'\"(]{1,8}ADDR",
        r"(?:宛先|あて先|受信者)[^\n@]{0,20}[ \t:=<「（(]{1,6}ADDR",
        r"(?:deliver(?:y|ed|ing)?(?: (?:a |the |your )?(?:message|mail|e-?mail))?|sen[dt]) to:?\s{1,8}[<'\"]?ADDR",
        r"^[ \t>*]*[<'\"]?ADDR[>'\"]?[ \t]*(?:$|on \w{3}|[-=]+>|\.\.\.)",
        r"(?:user|mailbox|address|account|to|for)[ \t:]{1,3}[<'\"(]{0,2}ADDR",
        r"<ADDR>",
        r"ADDR",
    )
)


_FROM_BEFORE = re.compile(r"\b(?:mails?|messages?|e-?mails?) from[ \t]{1,3}[<'\"]{0,2}\Z", re.IGNORECASE)


def find_recipient(text: str, own: frozenset[str]) -> str:
    """The address that the text is about: never the mail system's, nor ours (`own`, in lower case)."""
    for pattern in _RECIPIENT:
        for found in pattern.finditer(text[:_REGION]):
            address = found[1].strip("'\"")
            if _FROM_BEFORE.search(text, max(found.start(1) - 20, 0), found.start(1)) is not None:
                continue
            if not is_daemon(address) and address.lower() not in own:
                return address
    return ""


_TO = re.compile(r"(?mi)^[ \t>]*(?:to|x-actual-recipient|x-original-to):[ \t]*([^\n]{1,500})$")


def returned_to(text: str) -> str:
    """The address in the To line of a mail that is returned in the text."""
    for line in _TO.findall(text[: 3 * _REGION]):
        found = _ADDRESS.search(line)
        if found and not is_daemon(found[0]):
            return found[0]
    return ""


# RFC 3463: class 4 or 5, subject 0 to 7. Not a version number, not part of an IP address.
_ENHANCED = re.compile(r"(?<![\d.])([45]\.[0-7]\.\d{1,3})(?![\d]|\.\d)")
_REPLY_CODE = re.compile(r"(?:^|[\s:('\"\[<#=])([45][0-5]\d)(?=[\s\-_:;)\]]\D|[\])]?\.?[ \t]*$)", re.MULTILINE)


def find_status(text: str) -> str:
    """The first enhanced status code (RFC 3463) in a text, or ""."""
    found = _ENHANCED.search(text[:_REGION])
    return found[1] if found else ""


def status_of(text: str, recipient: str = "") -> str:
    """A status for a failure told in words: its own code, else what the words mean, else its class."""
    region = text[:_REGION]
    place = region.find(recipient) if recipient else -1
    code = find_status(region[place:]) if place >= 0 else ""
    code = code or find_status(region)
    if code:
        return code
    reply = _REPLY_CODE.search(region, max(place, 0)) or _REPLY_CODE.search(region)
    family = reply[1][0] if reply else ("5" if words.SAYS_PERMANENT.search(region) else "")
    for status, pattern in words.REASONS:
        if pattern.search(region):
            return family + status[1:] if family else status
    return f"{family or '5'}.0.0"


def is_delay(subject: str, text: str) -> bool:
    """A warning that delivery takes longer, after which the server goes on trying."""
    if words.FINAL.search(text):
        return False
    titled = words.DELAY_TITLES.search(subject[:_SUBJECT]) and not words.FINAL_TITLES.search(subject[:_SUBJECT])
    return bool(titled or words.DELAYS.search(text))
