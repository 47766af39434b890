"""The words of bounces and automatic replies, in the languages and from the mail servers that we know of.

Tables only: each line is an alternative of a regular expression, read without regard to case.
"""

from __future__ import annotations

import re


def _any(table: str, *, around: str = "{}", flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    lines = [line.strip() for line in table.strip().splitlines()]
    return re.compile(around.format("(?:" + "|".join(lines) + ")"), flags)


DAEMONS = _any(
    r"""
    mailer[-_.]?daemon
    mail[-_.]?daemon
    post[-_.]?master
    mdaemon
    mail[-_.]?delivery(?:[-_.]?\w+)?
    bounces?(?:[-_.]?(?:handler|daemon))?
    system[-_.]?administrator
    microsoftexchange[0-9a-f]*
    mail[-_.]?system
    mmdf
    smtp[-_.]?(?:daemon|gateway)
    pmdf
    daemon
    exchange
    mailrouter
    return(?:ed)?[-_.]?mail
    failure[-_.]?notice
    uucp
    amavis\w*
    """,
    around=r"{}(?:@.*)?\Z",
)
"""Local parts that belong to mail systems."""

NO_REPLY = re.compile(r"(?:no|do[-_.]?not)[-_.]?reply", re.IGNORECASE)

TITLES = _any(
    r"""
    undeliver(?:able|ed)
    non[-\s]?deliver(?:y|able)
    deliver(?:y|ed)? (?:status )?(?:notification|report)
    delivery (?:has )?fail(?:ed|ure)
    (?:mail|message) (?:delivery|system) (?:fail(?:ed|ure)|error|problem|status|notification)
    returned? (?:mail|to sender|message|e-?mail)
    failure notice
    failed mail
    (?:could|can)\s?not (?:be )?(?:sen[dt]|deliver)
    unable to deliver
    (?:mail|message) (?:not|could not be) delivered
    mail error
    user unknown
    message (?:you sent )?blocked
    delivery (?:problem|delay)
    \bbounced?\b
    unzustellbar
    nicht zugestellt
    non remis
    no se (?:puede|pudo|ha podido) entregar
    échec de (?:la )?remise
    warning: could not send
    (?:mail|delivery) (?:delivery )?(?:delayed|deferred)
    mensaje no entregado
    не доставлено
    配[信送](?:不能|エラー|できません|失敗|不可)
    送信(?:エラー|できません|失敗)
    エラーメール
    メールの?エラー
    エラー通知
    error sending your (?:mail|message)
    宛先(?:不明|エラー)
    不達
    未達
    (?:mail|message) (?:was )?(?:automatically )?rejected
    rejected (?:mail|message|e-?mail)
    退信|退件
    (?:邮件|郵件|信件).{0,6}(?:失败|失敗|退回|无法|無法)
    (?:投递|传输|发送|投遞|傳送|發送)(?:失败|失敗)
    반송|배달(?:되지| ?실패)|전송 ?실패
    non (?:distribu|recapit)
    nessun recapito|mancat[ao] (?:consegna|recapito)
    onbestelbaar|niet bezorgd
    не(?:возможно|льзя)? доставить|ошибка доставки
    niedostarcz
    届きません
    メールが?(?:送信|配信|配送)(?:エラー|できません|失敗)
    """
)
"""Subjects of bounces."""

PHRASES = _any(
    r"""
    (?:could|can|was) ?not (?:be )?(?:able to )?(?:deliver|sen[dt]|reach|process|route)
    wasn't able to deliver
    unable to (?:deliver|send|relay|process|route)
    undeliver(?:able|ed)
    not delivered
    delivery (?:to the following recipients? )?(?:has )?fail(?:ed|ure)
    did not reach
    failed permanently
    permanent(?:ly)? (?:fatal )?(?:error|fail)
    returned to sender
    (?:user|recipient|mailbox|address|host|domain) (?:is |was )?(?:unknown|unavailable|rejected|disabled|full|does n)
    (?:user|recipient|mailbox|address|host|domain) (?:is |was )?not (?:found|listed)
    unknown (?:user|address|host|recipient|local)
    no such (?:user|recipient|mailbox|address|host)
    recipient address rejected
    (?:exceed|over)(?:ed|s)? (?:\w+ ){0,3}(?:quota|storage|limit)
    quota exceeded
    mailbox (?:is )?full
    transcript of session
    error (?:occurred|while)\b
    rejected (?:by|your|for)
    has been (?:rejected|blocked|returned)
    your (?:message|mail|e-?mail) (?:\w+ ){0,6}(?:delayed|not|could|cannot|was returned|bounced)
    (?:message|mail) delayed
    not yet (?:been )?delivered
    giving up
    retry time
    配[信送](?:でき|不能|エラー|に失敗)
    送信(?:でき|エラー|に失敗)
    エラーのため
    届(?:き|ける|け)(?:ません|ることができ)
    宛先(?:不明|が)
    あて先
    (?:存在|該当)(?:し|する|が).{0,12}(?:ません|なし|ない)
    見つかりません
    受信者(?:不明|が)
    automatically rejected
    not accepting (?:mail|messages)
    (?:无法|無法|未能|不能).{0,8}(?:投递|传送|发送|送达|发到|投遞|傳送|發送|送達)
    (?:投递|传输|发送|投遞|傳送|發送)(?:失败|失敗)
    退(?:信|回|件)
    (?:배달|전송|전달)(?:할 수 없|하지 못|되지 (?:않|못)|에? ?실패)
    (?:pas|non|ne) (?:pu |peut |può |è stato |a pas pu )?(?:\w+ ){0,3}d[eé]livr[eé]
    (?:pas|non|ne) (?:pu |peut |può |è stato |a pas pu )?(?:\w+ ){0,3}(?:remis|distribué|consegnat|recapitat)
    no (?:pudo|ha podido|se pudo|fue posible) (?:ser )?entrega
    не (?:может быть |удалось |была? )?доставлен
    (?:konnte|konnten|kann) nicht (?:an .{0,60})?(?:zugestellt|ausgeliefert|übermittelt)
    """
)
"""What the text of a bounce says."""

RETURNED = _any(
    r"""
    [-=_*\s>]{2,60}(?:this is a copy|below this line|enclosed is|message follows|mail header|the following is).*
    [-=_*\s>]{2,60}(?:original|returned|undelivered|unsent|forwarded) (?:message|mail).*
    [-=_*\s>]{2,60}(?:the )?(?:body|headers?|(?:a )?copy) of (?:the|your).*
    [-=_*\s>]{2,60}message (?:header|text|contents?).*
    [-=_*\s>]{2,60}start of (?:the )?(?:returned|message).*
    (?:the |your )?original message (?:follows|headers?|details|was).{0,80}
    (?:returned )?(?:message|headers?) (?:headers? )?follows?.{0,80}
    (?:a )?copy of (?:the|your) (?:original )?message.{0,80}
    the text of (?:the|your).{0,80}
    (?:原文|元のメール|送信されたメール).{0,80}
    (?:received|return-path|message-id|x-[a-z-]+|mime-version|dkim-signature)[ \t]*: .*
    """,
    around=r"^{}$",
    flags=re.IGNORECASE | re.MULTILINE,
)
"""Lines with which the returned mail begins."""

REASONS = (
    (
        "4.4.7",
        _any(
            r"""
            retry (?:time(?:out)?|limit)
            (?:timed? ?out|expired|giving up).{0,80}(?:queue|deliver|time)
            (?:been|too long) in the queue
            within the (?:last|past)
            maximum (?:retry|queue)
            """
        ),
    ),
    (
        "4.2.2",  # no code was given: an overflowing mailbox may be emptied
        _any(
            r"""
            (?:mail\s?(?:box|folder)|inbox|folder) (?:is )?full
            (?:over|exceed\w*|out of) (?:\w+ ){0,3}(?:quota|storage|disk|space)
            quota exceeded
            mailbox.{0,20}exceed
            (?:postfach|boîte (?:aux lettres )?|buzón|casella).{0,30}(?:voll|pleine|lleno|piena)
            insufficient (?:disk|storage)
            (?:容量|メールボックス).{0,12}(?:超|一杯|いっぱい|オーバー|満杯)
            満杯
            """
        ),
    ),
    (
        "5.1.2",
        _any(
            r"""
            (?:host|domain)(?: name)? (?:\S{1,200} )?(?:unknown|not found|does not exist)
            unknown host
            no such (?:host|domain)
            couldn't find any host
            unroute?able (?:mail )?domain
            name (?:server|service).{0,30}(?:not|error)
            ドメイン.{0,10}(?:存在|見つか)
            """
        ),
    ),
    (
        "5.1.1",
        _any(
            r"""
            (?:user|recipient|address|mailbox|account)\b.{0,60}?(?:unknown|not found|not listed|does ?n.?t exist)
            (?:user|recipient|address|mailbox|account)\b.{0,60}?(?:no longer|invalid|unavailable|not exist|undefined)
            (?:unknown|no such|invalid|bad) (?:\w+ )?(?:user|recipient|address|mailbox|account|local)
            no mailbox here
            unroute?able address
            not listed in
            (?:宛先|あて先|ユーザ|アドレス|受信者).{0,20}(?:不明|存在|見つか|ありません|使われ)
            存在しない
            (?:adress|empfänger|postfach).{0,60}nicht (?:gefunden|bekannt|vorhanden)
            (?:adresse|destinataire|boîte).{0,80}(?:introuvable|inconnue?|n['’]existe pas)
            (?:dirección|destinatario|indirizzo|casella).{0,80}(?:no (?:se encontró|existe)|non (?:esiste|trovat))
            """
        ),
    ),
    (
        "5.3.4",
        _any(
            r"""
            (?:message|mail|file) (?:\w+ ){0,3}(?:too (?:large|big)|size exceed)
            exceeds? (?:\w+ ){0,4}size
            サイズ.{0,8}超
            """
        ),
    ),
    (
        "5.7.1",
        _any(
            r"""
            \bspam\b
            blocked
            black ?list
            access denied
            relay(?:ing)? (?:access )?denied
            not permitted
            prohibited
            policy
            拒否
            """
        ),
    ),
)
"""Status codes (RFC 3463) for reasons told without one, the most exact first."""

DELAY_TITLES = _any(
    r"""
    \bdelay(?:ed)?\b
    warning: (?:could not send|message)
    deferred
    still (?:being )?(?:retr|tr)
    temporar
    遅延
    遅れ
    """
)
FINAL_TITLES = re.compile(r"returned (?:mail|message|e-?mail|to sender)|undeliverable|failure", re.IGNORECASE)
DELAYS = _any(
    r"""
    this is (?:only )?a warning
    warning message only
    (?:has|have|was) (?:been )?delayed
    not (?:yet )?been delivered (?:yet|after)
    will (?:continue|keep|be retried|retry|try again|attempt)
    still (?:being )?(?:trying|retried|attempt)
    you do not need to resend
    no action is required on your part
    再送(?:を試み|中)
    配送が遅れ
    """
)
FINAL = _any(
    r"""
    permanent(?:ly)?\b
    giving up
    given up
    will not be (?:retried|attempted)
    fatal error
    no longer
    (?:is being|has been|was) returned
    unsent message follows
    returned to sender
    has failed
    failed after
    """
)
"""What no warning says, only a failure."""

SAYS_PERMANENT = re.compile(r"permanent(?:ly)? (?:fatal )?(?:error|fail)|failed permanently", re.IGNORECASE)
"""What makes a reason final that is told without a code."""

REPLY_PREFIX = re.compile(r"\s*(?:re|aw|sv|antw|fw|fwd|wg|tr|返信|転送)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)

AUTO_REPLIES = _any(
    r"""
    auto(?:matic(?:ally generated)?)?[\s_-]*(?:repl(?:y|ied)|response|respond(?:er)?|answer|submitted)\b
    auto\s*:
    automatische antwort
    autom\. antwort
    abwesenheits
    automatisch antwoord
    autosvar
    automatisk svar
    automaattinen vastaus
    r[ée]ponse automatique
    message automatique
    absence du bureau
    respuesta autom[áa]tica
    resposta autom[áa]tica
    risposta (?:automatica|non al computer)
    fuori (?:sede|ufficio)
    fuera de la oficina
    afwezig(?:heid)?\b
    fr[åa]nvaro
    автоответ
    автоматический ответ
    odpowied[źz] automatyczna
    out[\s_-]of[\s_-](?:the[\s_-])?office(?=\s*(?:$|[:\-–(!.\]】]|re:|auto|notif|repl|until|from|today))
    ooo\s*:
    vacation (?:reply|response|message|notice)
    away from (?:my mail|the office)
    i am out of (?:the )?office
    自動(?:返信|応答|回答|送信|配信)
    不在(?:通知|の(?:お知らせ|ため|連絡)|応答|連絡|:|：)
    オート(?:リプライ|レスポンダ)
    自动(?:回复|答复)
    自動回覆
    외출 중
    자동 ?(?:응답|회신)
    """,
    around=r"\s*[\[(【<*「]*\s*{}",
)
"""How subjects of automatic replies begin."""

AUTO_REPLY_ANYWHERE = _any(
    r"""
    [【\[(（<「]\s*自動(?:返信|応答|送信|配信)(?:メール)?\s*[】\])）>」]
    ^[^:：]{0,30}自動返信(?:メール)?(?:です)?\s*$
    """
)
