"""Links by mail: one that signs a browser in, and one that proves the address a request came from.

A sign-in link belongs to no ticket. It is a job, not a Delivery: the job makes the token at the moment of sending
(so that none is kept readable, and a mail that had to wait still works), is tried again while the mail server is
away, and stays among the dead jobs, where doctor shows it, when that never ends.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

import sqlalchemy as sa

from app import clock, events, i18n, keys, limits
from app.accounts import tokens
from app.accounts.models import OneTimeToken
from app.channels import registry
from app.channels.form import verify_token
from app.channels.outbox import Delivery
from app.channels.types import Outgoing, Recipient, SendFailed
from app.customers import identities
from app.customers.models import Customer, Identity
from app.db import Session
from app.errors import NotFound
from app.i18n import N_
from app.i18n import gettext as _
from app.jobs import queue
from app.jobs.worker import Retry, Work
from app.portal import mailbox
from app.tickets.models import Message, Ticket
from app.web import Page

GONE = N_("This link has expired or was used already.")


@dataclass(frozen=True, slots=True)
class Way:
    """Where a link leads: whose address it proves, and the page to go on to."""

    identity: Identity
    to: str
    here: bool
    """Whether this browser is the one that asked for it."""


def inside(path: str) -> str:
    """A page of the portal to go on to; the list of requests for anything else."""
    fine = path.startswith("/help/") and "\\" not in path and "//" not in path
    return path if fine else "/help/requests"


# ── signing in ────────────────────────────────────────────────────────────────────────────────────────


def ask(page: Page, address: str, to: str) -> str:
    """Have a sign-in link mailed to an address, if anybody has it; whether so, nobody is told.

    Returns what the asking browser keeps in a cookie. Raises TooMany.
    """
    address = identities.normal("email", address)
    limits.spend(page.db, "link by address", page.address)
    limits.spend(page.db, "link by mail", address)
    browser = keys.new_token()
    queue.enqueue(
        page.db,
        "portal.send_link",
        lane="out",
        email=address,
        browser=keys.digest(browser),
        to=inside(to),
        locale=i18n.locale(),
    )
    return browser


def send_link(work: Work, email: str, browser: str, to: str, locale: str) -> None:
    """Job: mail a sign-in link. An address that nobody has gets none."""
    with work.database.transaction() as db:
        identity = identities.find(db, "email", email)
        if identity is None:
            return
        inbox = mailbox.mail(db)
        if inbox is None:
            raise Retry("There is no mail inbox to send sign-in links from.")
        token = tokens.mint(db, "portal", identity=identity.id, browser=browser, to=to)
        name = db.get_one(Customer, identity.customer_id).name
        with i18n.use(locale):
            mail = _sign_in_mail(db, work.job.id, work.job.attempts, Recipient(email, name), token)
    try:
        registry.channel(work.database, "email").send(inbox, mail)
    except SendFailed as error:
        if not error.permanent:
            raise Retry(str(error), error.retry_at) from error
        _sent(work, identity, "customer.link_failed", f"{error.code}: {error.reason}"[:500])
    else:
        _sent(work, identity, "customer.link_sent")


def _sent(work: Work, identity: Identity, kind: str, why: str = "") -> None:
    with work.finishing() as db:
        events.record(db, kind, customer_id=identity.customer_id, identity=identity.id, why=why)


def _sign_in_mail(db: Session, job: int, attempt: int, to: Recipient, token: str) -> Outgoing:
    text = _(
        "Here is the link to your requests at %(desk)s:\n\n%(link)s\n\nIt works once, within 30 minutes. "
        "If you did not ask for it, please ignore this mail: without it nobody can open your requests."
    )
    values = {"desk": db.settings.desk_name, "link": f"{db.settings.base_url}/help/link/{token}"}
    return Outgoing(
        delivery_id=job,
        ticket_id=0,
        message_id=0,
        attempt=attempt,
        external_id=f"<{keys.public_id()}@{db.settings.mail_domain}>",
        retry_key=f"link-{job}",
        to=(to,),
        cc=(),
        sender_name="",
        subject=_("Your link to %(desk)s") % {"desk": db.settings.desk_name},
        text=text % values,
        html=None,
        files=(),
        in_reply_to=None,
        references=(),
        quoted="",
        locale=i18n.locale(),
        automatic=True,
    )


def look(page: Page, token: str, browser: str) -> Way:
    """Where a sign-in link leads, without using it up. Raises NotFound."""
    data = tokens.look(page.db, "portal", token)
    identity = page.db.get(Identity, data["identity"])
    if identity is None:
        raise NotFound(GONE)
    here = bool(browser) and hmac.compare_digest(keys.digest(browser), data["browser"])
    return Way(identity, inside(data["to"]), here)


def use(page: Page, token: str, browser: str) -> Way:
    """As `look`, and the link is used up. Raises NotFound."""
    way = look(page, token, browser)
    tokens.use(page.db, "portal", token)
    return way


# ── proving an address ────────────────────────────────────────────────────────────────────────────────


def look_verify(page: Page, token: str, browser: str) -> Way:
    """Where a verification link leads. It was made when its mail was sent and is kept nowhere. Raises NotFound."""
    number = token.partition(".")[0]
    known = number.isascii() and number.isdigit() and len(number) < 18
    message = page.db.get(Message, int(number)) if known else None
    if message is None or message.direction != "out" or message.channel != "form":
        raise NotFound(GONE)
    address = str((message.recipients.get("to") or [[""]])[0][0])
    ours = verify_token(keys.keys(page.db), message.id, address)
    fresh = message.created_at > clock.now() - tokens.LIFETIMES["verify"]
    identity = identities.find(page.db, "email", address)
    if not (hmac.compare_digest(ours, token) and fresh and identity) or _is_used(page.db, token):
        raise NotFound(GONE)
    ticket = page.db.get_one(Ticket, message.ticket_id)
    here = bool(browser) and hmac.compare_digest(keys.digest(browser), _asking_browser(page.db, message))
    return Way(identity, f"/help/requests/{ticket.public_id}", here)


def _asking_browser(db: Session, message: Message) -> str:
    """The digest that the form kept of the browser it was sent from; "" when it kept none."""
    content = db.scalar(sa.select(Delivery.content).where(Delivery.message_id == message.id).limit(1))
    return str(((content or {}).get("context") or {}).get("browser") or "")


def use_verify(page: Page, token: str, browser: str) -> Way:
    """As `look_verify`, and the link is used up. Raises NotFound."""
    way = look_verify(page, token, browser)
    now = clock.now()
    used = {
        "digest": keys.digest(token),
        "purpose": "verify",
        "data": {"identity": way.identity.id},
        "created_at": now,
        "expires_at": now + tokens.LIFETIMES["verify"],
        "used_at": now,
    }
    once = page.db.insert(OneTimeToken).values(used).on_conflict_do_nothing(index_elements=["digest"])
    if page.db.scalar(once.returning(OneTimeToken.digest)) is None:
        raise NotFound(GONE)
    return way


def _is_used(db: Session, token: str) -> bool:
    return db.scalar(sa.select(OneTimeToken.digest).where(OneTimeToken.digest == keys.digest(token))) is not None
