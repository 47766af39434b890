"""Bounces written for people: who could not be reached, and why, out of the words of many mail servers."""

from __future__ import annotations

import re

from app.channels.email.headers import Headers
from app.channels.email.types import Address

_REGION = 20_000
_DAEMON = re.compile(
    r"(?i)(?:mailer[-_.]?daemon|mail[-_.]?daemon|maildaemon|postmaster|mdaemon|mail[-_.]?delivery(?:[-_.]?\w+)?"
    r"|bounce[-_.]?(?:handler|daemon)?|system[-_.]?administrator|microsoftexchange[0-9a-f]*|mail[-_.]?system|mmdf"
    r"|smtp[-_.]?(?:daemon|gateway)|pmdf|daemon|exchange|mail[-_.]?(?:er|router)|return(?:ed)?[-_.]?mail|failure[-_.]?notice"
    r"|mailerdaemon|uucp|notes|amavis\w*)(?:@.*)?\Z"
)
_SUBJECT = re.compile(
    r"""(?ix)
      undeliver(?:able|ed) | non[-\s]?deliver(?:y|able) | (?:un)?deliver(?:y|ed)?\ (?:status\ )?(?:notification|report)
    | delivery\ (?:has\ )?fail(?:ed|ure) | (?:mail|message)\ (?:delivery|system)\ (?:fail(?:ed|ure)|error|problem|status|notification)
    | mail\ delivery\ (?:failed|error) | returned?\ (?:mail|to\ sender|message|e-?mail)
    | failure\ notice | failed\ mail | (?:could|can)\s?not\ (?:be\ )?(?:sen[dt]|deliver) | unable\ to\ deliver
    | message\ status\ -\ undeliverable | (?:mail|message)\ (?:not|could\ not\ be)\ (?:be\ )?delivered | mail\ error | user\ unknown
    | message\ (?:you\ sent\ )?blocked | delivery\ problem | bounced? | unzustellbar | nicht\ zugestellt | non\ remis
    | no\ se\ (?:puede|pudo|ha\ podido)\ entregar | échec\ de\ (?:la\ )?remise | undelivered | warning:\ could\ not\ send
    | (?:mail|delivery)\ (?:delivery\ )?(?:delayed|deferred) | delivery\ delay | mensaje\ no\ entregado | не\ доставлено
    | 配[信送](?:不能|エラー|できません|失敗|不可) | 送信(?:エラー|できません|失敗) | エラーメール | 宛先(?:不明|エラー) | 不達 | 未達 | 届きません
    | メール(?:が)?(?:送信|配信|配送)(?:エラー|できません|失敗)
    """
)
_PHRASE = re.compile(
    r"""(?ix)
      (?:could|can|was)\s*not\ (?:be\ )?(?:able\ to\ )?(?:deliver|sen[dt]|reach|process|route) | unable\ to\ (?:deliver|send|relay|process|route)
    | undeliver(?:able|ed) | not\ delivered | delivery\ (?:to\ the\ following\ recipients?\ )?(?:has\ )?fail(?:ed|ure)
    | did\ not\ reach | failed\ permanently | permanent(?:ly)?\ (?:fatal\ )?(?:error|fail) | permanent\ error | returned\ to\ sender
    | (?:user|recipient|mailbox|address|host|domain)\ (?:is\ |was\ )?(?:unknown|not\ (?:found|listed)|unavailable|rejected|disabled|full|does\ n)
    | unknown\ (?:user|address|host|recipient|local) | no\ such\ (?:user|recipient|mailbox|address|host) | recipient\ address\ rejected
    | (?:exceed|over)(?:ed|s)?\ (?:\w+\ ){0,3}(?:quota|storage|limit) | quota\ exceeded | mailbox\ (?:is\ )?full
    | transcript\ of\ session | error\ (?:occurred|while)\ | rejected\ (?:by|your|for) | has\ been\ (?:rejected|blocked|returned)
    | your\ (?:message|mail|e-?mail)\ (?:\w+\ ){0,6}(?:delayed|not|could|cannot|was\ returned|bounced)
    | could\ not\ be\ delivered | (?:message|mail)\ delayed | not\ yet\ (?:been\ )?delivered | giving\ up | retry\ time
    | 配[信送](?:でき|不能|エラー|に失敗) | 送信(?:でき|エラー|に失敗) | エラーのため | 届(?:き|ける|け)(?:ません|ることができ) | 宛先(?:不明|が)
    | あて先 | (?:存在|該当)(?:し|する|が).{0,12}(?:ません|なし|ない) | 見つかりません | 受信者(?:不明|が)
    """
)
_FORWARDED = re.compile(r"(?i)\s*(?:re|fw|fwd|aw|wg|tr|sv|返信|転送)\s*[:：]")


def is_daemon(address: str) -> bool:
    """Whether an address is a mail system's own."""
    return bool(_DAEMON.match(address)) if address else False


def _by_daemon(headers: Headers, sender: Address | None) -> bool:
    return (
        (sender is not None and is_daemon(sender.address))
        or any(v.strip() == b"<>" for v in headers.all("return-path")[:1])
        or any(v.strip() for v in headers.all("x-failed-recipients"))
        or "x-ms-exchange-message-is-ndr" in headers
    )


def may_be_report(headers: Headers, sender: Address | None, subject: str, text: str) -> bool:
    """Worth reading its text for delivery-status fields."""
    if _FORWARDED.match(subject):
        return False
    return _by_daemon(headers, sender) or bool(_SUBJECT.search(subject[:300]))


def is_report(headers: Headers, sender: Address | None, subject: str, text: str, says_so: bool) -> bool:
    """Two signs are needed: who sends it or what it is called, and what it says. People forward bounces
    and postmasters write mail."""
    if says_so or any(v.strip() for v in headers.all("x-failed-recipients")):
        return True
    if _FORWARDED.match(subject) or (headers.word("auto-submitted") == "auto-replied" and not _SUBJECT.search(subject)):
        return False
    told = bool(_PHRASE.search(explanation(text)))
    titled = bool(_SUBJECT.search(subject[:300]))
    return (_by_daemon(headers, sender) and (told or titled)) or (titled and told and _is_impersonal(text))


_PERSONAL = re.compile(r"(?im)^(?:hi|hello|dear|hey|お世話|こんにちは)\b")


def _is_impersonal(text: str) -> bool:
    """A report that comes from an ordinary address: it names a server's answer and greets nobody."""
    region = explanation(text)
    return bool(_ENHANCED.search(region) or _REPLY_CODE.search(region)) and not _PERSONAL.search(region[:300])


# Where the returned mail begins.
_RETURNED = re.compile(
    r"""(?imx)^(?:
      [-=_*\s>]{2,60}(?:this\ is\ a\ copy|below\ this\ line|original\ (?:message|mail)|returned\ (?:message|mail)|undelivered\ message
        |(?:the\ )?(?:body|header)s?\ of\ (?:the|your)|message\ (?:header|text|contents?)|unsent\ message|enclosed\ is|forwarded\ message
        |(?:a\ )?copy\ of\ (?:the|your)|message\ follows|the\ following\ is|mail\ header|start\ of\ (?:the\ )?(?:returned|message)).*
    | (?:original\ message\ (?:follows|headers?|details)|the\ original\ message\ (?:was|follows)|message\ headers?\ follow|your\ original\ message
        |(?:a\ )?copy\ of\ (?:the|your)\ (?:original\ )?message|the\ text\ of\ (?:the|your)|returned\ message\ follows
        |received\ headers?\ of|原文|元のメール|送信されたメール).{0,80}:?\s*
    | (?:received|return-path|message-id|x-[a-z-]+|mime-version|dkim-signature)[ \t]*:\ .*
    )$"""
)


def explanation(text: str) -> str:
    """What the mail server itself says, without the mail that it returns."""
    region = text[:_REGION]
    cut = _RETURNED.search(region, 40)
    while cut is not None and not _ADDRESS.search(region, 0, cut.start()):
        cut = _RETURNED.search(region, cut.end())
    return region[: cut.start()] if cut is not None else region


_SPEC = r"[A-Za-z0-9_%+/=?^{|}~!#$&'*.\"-]{1,80}@[A-Za-z0-9][A-Za-z0-9.-]{0,200}\.[A-Za-z]{2,24}"
_ADDRESS = re.compile(_SPEC)
_RECIPIENT = tuple(
    re.compile(pattern.replace("ADDR", f"({_SPEC})"), re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"^[ \t]*(?:final|original)-recipient:[^\n;]{0,20};[ \t]*<?ADDR",
        r"^[ \t>]*<?ADDR>?[ \t]*:[ \t]*$",
        r"^[ \t>]*<ADDR>(?:[ \t]*[:;,(]|[ \t]+\()",
        r"RCPT TO[ \t]*:?[ \t]*<?ADDR",
        r"(?:failed (?:recipient|address)|recipient(?:s|\(s\))?|addressed to|mail(?:ing)? to|intended for|(?:宛先|あて先|受信者)[^\n@]{0,20})"
        r"[ \t:=<'\"「（(]{1,6}ADDR",
        r"(?:deliver(?:y|ed|ing)?(?: (?:a |the |your )?(?:message|mail|e-?mail))?|sen[dt]|send mail) to:?\s{1,4}[<'\"]?ADDR",
        r"^[ \t>]*[<'\"]?ADDR[>'\"]?[ \t]*(?:$|on \w{3}|[-=]+>|\.\.\.)",
        r"(?:user|mailbox|address|account|to|for)[ \t:]{1,3}[<'\"(]{0,2}ADDR",
        r"<ADDR>",
        r"ADDR",
    )
)


def find_recipient(text: str, own: frozenset[str]) -> str:
    """The address that the text is about: never the mail system's, nor ours (`own`, in lower case)."""
    for pattern in _RECIPIENT:
        for found in pattern.finditer(text[:_REGION]):
            address = found[1].strip("'\".")
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


# RFC 3463: class 2, 4 or 5, subject 0 to 7. Not a version number, not part of an IP address.
_ENHANCED = re.compile(r"(?<![\d.])([45]\.[0-7]\.\d{1,3})(?![\d]|\.\d)")
_REPLY_CODE = re.compile(r"(?:^|[\s:('\"\[<#=])([45][0-5]\d)(?=[\s\-_:;)]\D)", re.MULTILINE)
_REASONS = (
    (
        "4.4.7",
        re.compile(
            r"(?i)retry (?:time(?:out)?|limit)|(?:timed? ?out|expired|giving up).{0,80}(?:queue|deliver|time)"
            r"|(?:been|too long) in the queue|within the (?:last|past)|maximum (?:retry|queue)"
        ),
    ),
    (
        "5.2.2",
        re.compile(
            r"(?i)mailbox (?:is )?full|(?:over|exceed\w*|out of) (?:\w+ ){0,3}(?:quota|storage|disk|space)|quota exceeded"
            r"|(?:容量|メールボックス).{0,12}(?:超|一杯|いっぱい|オーバー)|insufficient (?:disk|storage)|満杯"
        ),
    ),
    (
        "5.1.2",
        re.compile(
            r"(?i)(?:host|domain)(?: name)? (?:\S+ )?(?:unknown|not found|does not exist)|unknown host|no such (?:host|domain)|couldn't find any host"
            r"|(?:unrouteable|unroutable) (?:mail )?domain|name (?:server|service).{0,30}(?:not|error)|ドメイン.{0,10}(?:存在|見つか)"
        ),
    ),
    (
        "5.1.1",
        re.compile(
            r"(?i)(?:user|recipient|address|mailbox|account)\b.{0,60}?(?:unknown|not found|not listed|does ?n.?t exist|no longer"
            r"|invalid|unavailable|not exist|undefined)|(?:unknown|no such|invalid|bad) (?:\w+ )?(?:user|recipient|address|mailbox|account|local)"
            r"|unrouteable address|not listed in|(?:宛先|あて先|ユーザ|アドレス|受信者).{0,20}(?:不明|存在|見つか|ありません|使われ)|存在しない"
        ),
    ),
    ("5.3.4", re.compile(r"(?i)(?:message|mail|file) (?:\w+ ){0,3}(?:too (?:large|big)|size exceed)|exceeds? (?:\w+ ){0,4}size|サイズ.{0,8}超")),
    (
        "5.7.1",
        re.compile(
            r"(?i)\bspam\b|blocked|black ?list|access denied|relay(?:ing)? (?:access )?denied|not permitted|prohibited|policy|受信拒否|拒否"
        ),
    ),
)  # fmt: skip


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
    family = reply[1][0] if reply else ""
    for status, words in _REASONS:
        if words.search(region):
            return family + status[1:] if family else status
    return f"{family or '5'}.0.0"


_DELAY_SUBJECT = re.compile(
    r"(?i)\bdelay(?:ed)?\b|warning: (?:could not send|message)|deferred|still (?:being )?(?:retr|tr)|遅延|遅れ|temporar"
)
_DELAY = re.compile(
    r"(?i)(?:this is (?:only )?a warning|warning message only|(?:has|have|was) (?:been )?delayed|not (?:yet )?been delivered (?:yet|after)"
    r"|will (?:continue|keep|be retried|retry|try again|attempt)|still (?:being )?(?:trying|retried|attempt)|you do not need to resend"
    r"|no action is required on your part|再送(?:を試み|中)|配送が遅れ)"
)
_FINAL = re.compile(
    r"(?i)permanent(?:ly)?\b|giving up|given up|will not be (?:retried|attempted)|fatal error|no longer|is being returned|returned to sender"
    r"|has failed|failed after"
)


def is_delay(subject: str, text: str) -> bool:
    """A warning that delivery takes longer, after which the server goes on trying."""
    if _DELAY_SUBJECT.search(subject[:300]) and not _FINAL.search(text):
        return True
    return bool(_DELAY.search(text)) and not _FINAL.search(text)
