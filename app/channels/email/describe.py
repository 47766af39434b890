"""A mail as JSON: what `madoguchi ingest --dry-run --json` prints."""

from __future__ import annotations

from typing import Any

from app.channels.email.types import Address, Bounce, MailAttachment, ParsedMail


def to_json(file: str, mail: ParsedMail | None, error: str | None = None) -> dict[str, Any]:
    """One object with the same keys for every mail. Of an unreadable one only `file` and `error` are set.

    `message_id`, `in_reply_to` and `references` are without angle brackets (RFC 5322 section 3.6.4);
    `date` is ISO 8601 with its offset; `size` is in bytes; an absent value is null, an absent text "".
    """
    mail = mail if mail is not None else ParsedMail(sender=None)
    return {
        "file": file,
        "from_address": mail.sender.address if mail.sender else "",
        "from_name": mail.sender.name if mail.sender else "",
        "to": [_address(a) for a in mail.to],
        "cc": [_address(a) for a in mail.cc],
        "reply_to": mail.reply_to.address if mail.reply_to else None,
        "subject": mail.subject,
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "date": mail.date.isoformat() if mail.date else None,
        "body_text": mail.body_text,
        "body_html": mail.body_html,
        "reply_text": mail.reply_text,
        "attachments": [_attachment(a) for a in mail.attachments],
        "auto_generated": mail.auto_generated,
        "bounce": _bounce(mail.bounce) if mail.bounce else None,
        "error": error,
    }


def _address(address: Address) -> dict[str, str]:
    return {"address": address.address, "name": address.name}


def _attachment(attachment: MailAttachment) -> dict[str, Any]:
    return {
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "inline": attachment.inline,
    }


def _bounce(bounce: Bounce) -> dict[str, Any]:
    return {"recipient": bounce.recipient, "status": bounce.status, "permanent": bounce.permanent}
