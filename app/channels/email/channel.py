"""E-mail as a channel: stored mails become events, outgoing messages become mails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from app.channels.email import addressing, authentication, catcher, returned, smtp_out
from app.channels.email.addressing import bracketed, normal
from app.channels.email.arriving import NULL_SENDER
from app.channels.email.compose import compose
from app.channels.email.outgoing_headers import BadAddress, checked
from app.channels.email.types import NO_FROM, Address, MailAttachment, ParsedMail
from app.channels.email.types import Unreadable as MailUnreadable
from app.channels.own_door import OwnDoor
from app.channels.reasons import told
from app.channels.types import (
    Capabilities,
    ChannelEvent,
    InboxInfo,
    IncomingFile,
    MessageIn,
    Noise,
    Outgoing,
    Raw,
    Sender,
    SendFailed,
    Sent,
    Unreadable,
)
from app.i18n import N_
from app.keys import Keys
from app.settings import Settings

REFS = 50  # earlier messages that one mail is weighed against
# The parser's reasons as codes; whatever else gave a program away was an answering machine's header or subject.
AUTOMATIC = (
    ("auto-submitted", "auto_submitted"),
    ("empty return-path", "null_sender"),
    ("report", "report"),
    ("precedence: auto", "auto_reply"),
    ("precedence", "bulk"),
)
OTHERS = 50  # people in copy; a mail to more is a circular, and its answer goes to its author alone
UNKNOWN_SENDER = {"en": "Unknown sender", "ja": "差出人不明"}


class EmailChannel(OwnDoor):
    """Mail in by SMTP, LMTP or `madoguchi ingest`; out by SMTP, or kept for /dev/outbox without a server.

    `read` takes a mail apart (in a process of its own, within limits) and raises the parser's Unreadable.
    """

    kind = "email"
    capabilities = Capabilities(identity_kind="email", subject=True, html=True, cc=True, acknowledges=True, survey=True)

    def __init__(self, read: Callable[[bytes], ParsedMail], keys: Keys, settings: Settings) -> None:
        self._read = read
        self._keys = keys
        self._settings = settings
        self.lines = smtp_out.Lines()

    def external_id(self, inbox: InboxInfo, ticket_id: int, message_id: int) -> str:
        return addressing.message_id(self._keys, ticket_id, message_id, self._settings.mail_domain)

    # ── in ────────────────────────────────────────────────────────────────────────────────────────────

    def parse(self, inbox: InboxInfo, raw: Raw) -> Sequence[ChannelEvent]:
        """One mail, one event. Raises Unreadable."""
        try:
            mail = self._read(raw.body)
        except MailUnreadable as error:
            raise Unreadable("unreadable_mail", str(error)) from error
        report = returned.report(mail, raw.body, self._keys)
        if report:
            return [report]
        if mail.message_id and any(addressing.our_ids(self._keys, bracketed(mail.message_id))):
            return [Noise("own_mail")]  # a list or a forwarding brought back what we sent
        return [self._message(inbox, raw, mail)]

    def _message(self, inbox: InboxInfo, raw: Raw, mail: ParsedMail) -> MessageIn:
        sender = _sender(inbox, raw, mail)
        earlier = _earlier(mail)
        return MessageIn(
            sender=sender,
            text=mail.reply_text or mail.body_text,
            external_id=bracketed(mail.message_id) if mail.message_id else None,
            subject=mail.subject,
            full_text=mail.body_text,
            html=mail.body_html,
            attachments=self._files(mail.attachments),
            cc=_others(inbox, raw, mail, sender),
            reply_to=earlier[0] if earlier else None,
            sent_at=mail.date,
            proven=addressing.proven(self._keys, earlier, [*_recipients(mail), *_envelope_to(raw)]),
            refs=earlier[:REFS],
            authentic=authentication.verdict(
                mail.authentication_results,
                self._settings.trusted_authserv_id,
                "" if NO_FROM in mail.problems else sender.value,
            ),
            automatic=_automatic(raw, mail),
            language=mail.language,
            meta=_meta(mail, sender, self._settings.mail_max_attachments),
        )

    def _files(self, attachments: Sequence[MailAttachment]) -> tuple[IncomingFile, ...]:
        limit = self._settings.upload_max_bytes
        return tuple(
            IncomingFile(
                filename=file.filename,
                content_type=file.content_type,
                content=file.content if file.size <= limit else None,
                inline=file.inline,
                content_id=file.content_id,
                too_big=file.size if file.size > limit else 0,
            )
            for file in attachments[: self._settings.mail_max_attachments]
        )

    # ── out ───────────────────────────────────────────────────────────────────────────────────────────

    def send(self, inbox: InboxInfo, outgoing: Outgoing) -> Sent:
        """Hand the mail to the server of MADOGUCHI_SMTP_URL, or keep it for /dev/outbox. Raises SendFailed."""
        try:
            mail = compose(outgoing, inbox, self._settings, self._keys)
            sender = checked(inbox.address)
            recipients = list(dict.fromkeys(checked(r.value) for r in (*outgoing.to, *outgoing.cc, *outgoing.bcc)))
        except BadAddress as error:
            reason = told(N_("No mail can be sent to this address."), str(error))
            raise SendFailed("bad_address", reason, permanent=True) from error
        if not recipients:
            raise SendFailed("no_recipient", N_("There is nobody to send this to."), permanent=True)
        if not self._settings.smtp_url:
            catcher.keep(self._settings.data, catcher.name_of(outgoing.external_id or outgoing.retry_key), mail)
            return Sent(outgoing.external_id)
        self.lines.send(
            self._settings.smtp_url,
            sender,
            recipients,
            mail,
            helo=self._settings.mail_domain,
            attempt=outgoing.attempt,
        )
        return Sent(outgoing.external_id)


def _sender(inbox: InboxInfo, raw: Raw, mail: ParsedMail) -> Sender:
    """The author; else who the envelope names; else a stranger of their own, so that two are never one person."""
    if mail.sender and "@" in mail.sender.address:
        return Sender("email", mail.sender.address, mail.sender.name)
    name = mail.sender.name if mail.sender else ""
    envelope = raw.envelope.get("from")
    if isinstance(envelope, str) and "@" in envelope:
        return Sender("email", envelope, name)
    unknown = UNKNOWN_SENDER.get(inbox.locale, UNKNOWN_SENDER["en"])
    return Sender("email", f"unknown-{raw.id}@sender.invalid", name or unknown)


def _earlier(mail: ParsedMail) -> tuple[str, ...]:
    """What the mail answers, newest first (References run from the oldest on: RFC 5322, 3.6.4)."""
    ids = [mail.in_reply_to or "", *reversed(mail.references)]
    return tuple(dict.fromkeys(bracketed(i) for i in ids if i))


def _recipients(mail: ParsedMail) -> list[str]:
    return [*(a.address for a in (*mail.to, *mail.cc)), *mail.delivered_to]


def _envelope_to(raw: Raw) -> list[str]:
    to = raw.envelope.get("to")
    return [address for address in to if isinstance(address, str)] if isinstance(to, list) else []


def _others(inbox: InboxInfo, raw: Raw, mail: ParsedMail, sender: Sender) -> tuple[Sender, ...]:
    """Whom else the sender wrote to, and an answer goes to as well.

    Nobody for a mailing list (an answer would go to all of it). Those in To count only when the inbox itself is
    named: otherwise To holds an alias that led here, or people who do not know that the desk reads along.
    """
    if mail.mailing_list or _is_circular(mail):
        return ()
    ours = {normal(a) for a in (inbox.address, *mail.delivered_to, *_envelope_to(raw))}
    ours |= {normal(addressing.without_plus(a)) for a in ours}
    named = any(normal(addressing.without_plus(a.address)) in ours for a in (*mail.to, *mail.cc))
    wanted: Iterable[Address] = (*mail.to, *mail.cc) if named else mail.cc
    found = {normal(a.address): Sender("email", a.address, a.name) for a in wanted if "@" in a.address}
    unwanted = ours | {normal(sender.value)}
    return tuple(
        other
        for address, other in found.items()
        if address not in unwanted and normal(addressing.without_plus(address)) not in ours
    )


def _is_circular(mail: ParsedMail) -> bool:
    return len(mail.to) + len(mail.cc) > OTHERS + 1


def _automatic(raw: Raw, mail: ParsedMail) -> str:
    """Why the mail was not written by a person just now, or "": such mail is never answered automatically."""
    if mail.auto_generated:
        reason = mail.auto_reason.lower()
        return next((code for start, code in AUTOMATIC if reason.startswith(start)), "auto_reply")
    if mail.mailing_list:
        return "list"
    return "null_sender" if raw.envelope.get("from") == NULL_SENDER else ""


def _meta(mail: ParsedMail, sender: Sender, most: int) -> dict[str, object]:
    """What the thread can show beside the text."""
    found: dict[str, object] = {"to": [[a.address, a.name] for a in mail.to[:20]]}
    if mail.reply_to and normal(mail.reply_to.address) != normal(sender.value):
        found["reply_to"] = mail.reply_to.address
    if _is_circular(mail):
        found["circular"] = len(mail.to) + len(mail.cc)
    if mail.problems:
        found["mended"] = list(mail.problems[:20])
    if len(mail.attachments) > most:
        found["files_left_out"] = len(mail.attachments) - most
    return found
