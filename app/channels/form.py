"""The web form as a channel: requests come from our own portal; answers leave by mail.

Nothing but the portal writes what `parse` reads: who is signed in, and to which ticket they write, was checked
there. The customer's mailed answer finds its ticket by the Message-ID, as with any mail of ours.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from html import escape

from app import i18n
from app.channels import parcel
from app.channels.own_door import OwnDoor
from app.channels.types import (
    Capabilities,
    Channel,
    ChannelEvent,
    InboxInfo,
    MessageIn,
    Outgoing,
    Raw,
    Sender,
    SendFailed,
    Sent,
    Unreadable,
)
from app.i18n import N_
from app.keys import Keys

VERIFY_PURPOSE = "portal-verify"


def verify_token(keys: Keys, message_id: int, address: str) -> str:
    """What proves that its holder reads the mail of `address`: made when a message is sent, kept nowhere."""
    return f"{message_id}.{keys.mac(VERIFY_PURPOSE, f'{message_id}:{address.casefold()}')}"


class FormChannel(OwnDoor):
    """Requests from the portal. `mail` sends the answers, from the address in the inbox's setting `mail_inbox`."""

    kind = "form"
    capabilities = Capabilities(identity_kind="email", subject=True, html=True, acknowledges=True, survey=True)

    def __init__(self, mail: Channel, keys: Keys, base_url: str) -> None:
        self._mail = mail
        self._keys = keys
        self._base_url = base_url

    def parse(self, inbox: InboxInfo, raw: Raw) -> Sequence[ChannelEvent]:
        """One submission, one message."""
        given = parcel.unpack(raw.body)
        address = given.text("email")
        if not address:
            raise Unreadable("no_address")
        verified, ticket = given.text("evidence") == "verified", given.fields.get("ticket")
        locale = given.text("locale")
        return [
            MessageIn(
                sender=Sender(
                    "email",
                    address,
                    given.text("name"),
                    evidence="verified" if verified else "claimed",
                    locale=locale,
                ),
                text=given.text("text"),
                subject=given.text("subject"),
                external_id=raw.external_id,
                attachments=tuple(given.files),
                proven=(ticket,) if verified and isinstance(ticket, int) else (),
                authentic=True if verified else None,
                language=locale,
                reply_context=None if verified else {"verify": True, "browser": raw.envelope.get("asked", "")},
            )
        ]

    def external_id(self, inbox: InboxInfo, ticket_id: int, message_id: int) -> str | None:
        return self._mail.external_id(_mail_inbox(inbox), ticket_id, message_id)

    def send(self, inbox: InboxInfo, outgoing: Outgoing) -> Sent:
        """As mail. The first one to an address that nobody has proved carries the link that proves it."""
        if not _mail_address(inbox):
            reason = N_("This inbox does not name the mail inbox to answer from.")
            raise SendFailed("no_mail_inbox", reason, permanent=True)
        if outgoing.context.get("verify") and outgoing.to:
            outgoing = self._with_link(outgoing)
        return self._mail.send(_mail_inbox(inbox), outgoing)

    def _with_link(self, outgoing: Outgoing) -> Outgoing:
        token = verify_token(self._keys, outgoing.message_id, outgoing.to[0].value)
        link = f"{self._base_url}/help/verify/{token}"
        with i18n.use(outgoing.locale):
            sentence = i18n.gettext("To follow this request on our pages, open this link within two days:")
        html = outgoing.html
        if html:
            html += f'<p>{escape(sentence)}<br><a href="{escape(link)}">{escape(link)}</a></p>'
        return dataclasses.replace(outgoing, text=f"{outgoing.text.rstrip()}\n\n{sentence}\n{link}", html=html)


def _mail_address(inbox: InboxInfo) -> str:
    value = inbox.settings.get("mail_inbox")
    return value if isinstance(value, str) else ""


def _mail_inbox(inbox: InboxInfo) -> InboxInfo:
    """The form's inbox as mail sees it: the same, under the mail inbox's address."""
    return dataclasses.replace(inbox, kind="email", address=_mail_address(inbox))
