"""Before a reply leaves: what may be wrong with it. Each guard is a pure reading; its writer may always send anyway."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import sqlalchemy as sa

from app.accounts.models import Agent
from app.customers import identities
from app.customers.models import Customer, Identity
from app.db import Session
from app.errors import Conflict
from app.i18n import N_
from app.tickets.addressing import Addressed
from app.tickets.models import Message, Participant, Ticket
from app.tickets.unsent import HeldReply


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at. `code` is what "send anyway" answers, so that a later finding stops again."""

    code: str
    sentence: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def draws(self) -> bool:
        """Whether it is about the thread, which is then shown as it is now."""
        return self.code.startswith(("newer.", "colleague.", "held."))


class Stopped(Conflict):
    """A reply was not sent: there is something to look at first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("Not sent yet.")
        self.findings = findings


# ── what a text says ──────────────────────────────────────────────────────────────────────────────────

_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{0,80}\}\}|[〇○◯●]{2,}(?:\s?(?:様|さま|さん))?|(?<![A-Za-z0-9])[XxＸ]{3,}(?![A-Za-z0-9])"
    r"|\[(?:name|customer|date|number|名前|氏名|日付)\]",
    re.IGNORECASE,
)
_ATTACHED = re.compile(
    r"\b(?<!you )(?<!you have )(?<!you’ve )(?<!you've )attached\b|\b(?<!your )attachments?\b|\benclosed\b"
    r"|添付(?!いただ|頂|くださ|下さ|して(?:いただ|頂|くださ|下さ|もら)|され|の?不要)",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\s*(?:(?:dear|hi|hello|hey)\s+(?:mr|mrs|ms|dr)?\.?\s*(?P<en>[^\W\d_][\w’'.-]*(?: [^\W\d_][\w’'.-]*){0,2})"
    r"|(?P<ja>[^\s、。,.!！?？]{1,12}(?:[ 　][^\s、。,.!！?？]{1,12})?)[ 　]?(?:様|さま|さん))\s*(?:[,、，:：!！。]|$)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")


def placeholder(text: str) -> str:
    """The first place that was to be filled in, "" when there is none. Pure."""
    found = _PLACEHOLDER.search(text)
    return found[0] if found else ""


def speaks_of_file(text: str) -> bool:
    """Whether the text says that something of ours is attached. Pure."""
    return _ATTACHED.search(text) is not None


def greeted(text: str) -> str:
    """Whom the first lines are addressed to, "" when nobody is named. Pure."""
    for line in text.strip().splitlines()[:3]:
        found = _GREETING.match(line)
        if found:
            return (found["en"] or found["ja"] or "").strip()
    return ""


def same_person(called: str, names: Iterable[str]) -> bool:
    """Whether a name in a greeting may be one of these: the whole, the family or the given name. Pure."""
    wanted = _plain(called)
    for name in names:
        parts = {_plain(part) for part in re.split(r"[\s　]+", name)} | {_plain(name)}
        if any(part and (part == wanted or wanted.startswith(part) or part.startswith(wanted)) for part in parts):
            return True
    return False


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def addresses(text: str) -> list[str]:
    """Mail addresses in a text, as identities keep them. Pure."""
    return list(dict.fromkeys(found.casefold().rstrip(".") for found in _ADDRESS.findall(text)))[:20]


# ── what the desk knows ───────────────────────────────────────────────────────────────────────────────

_M = cast(sa.Table, Message.__table__).c
_OF = sa.bindparam("of_ticket", type_=_M.ticket_id.type)
_AFTER = sa.and_(_M.ticket_id == _OF, _M.id > sa.bindparam("seen", type_=_M.id.type))
_NEWER = sa.select(sa.func.max(_M.id)).where(_AFTER, _M.direction == "in").scalar_subquery()
_COLLEAGUE = (
    sa.select(sa.func.max(_M.id))
    .where(_AFTER, _M.sender_kind == "agent", _M.agent_id != sa.bindparam("me", type_=_M.agent_id.type))
    .scalar_subquery()
)
_H = cast(sa.Table, HeldReply.__table__).c
_HELD = (
    sa.select(sa.func.max(_H.id))
    .where(_H.ticket_id == _OF, _H.state == "waiting", _H.agent_id != sa.bindparam("me", type_=_M.agent_id.type))
    .scalar_subquery()
)
# One statement for every reply; the others are asked only where a text gives reason to.
_FACTS = sa.select(Customer.name, Customer.reading, _NEWER, _COLLEAGUE, _HELD).where(
    Customer.id == sa.bindparam("requester", type_=Customer.id.type)
)
_COPIED = sa.select(Participant.customer_id).where(Participant.ticket_id == _OF)
_THEIRS = sa.or_(Identity.customer_id == sa.bindparam("requester"), Identity.customer_id.in_(_COPIED))
_STRANGERS = (
    sa.select(Identity.value)
    .where(Identity.kind == "email", Identity.value.in_(sa.bindparam("values", expanding=True)), ~_THEIRS)
    .limit(1)
)
_NAMES = sa.select(Customer.name).where(Customer.id.in_(_COPIED))
_CALLED = (
    sa.select(Customer.name)
    .where(
        Customer.id != sa.bindparam("requester"),
        sa.or_(Customer.name == sa.bindparam("called"), Customer.name.like(sa.bindparam("begins"), escape="\\")),
    )
    .limit(1)
)


def look(
    db: Session,
    ticket: Ticket,
    agent: Agent,
    text: str,
    *,
    files: bool,
    seen: int,
    addressed: Addressed | None = None,
) -> list[Finding]:
    """Everything that may be wrong with a reply. `seen` is the newest message that was on the screen, `addressed`
    whom its writer has chosen to send it to.

    On a chat people write while we do: what is new there is no reason to stop.
    """
    given = {"of_ticket": ticket.id, "seen": seen, "me": agent.id, "requester": ticket.requester_id}
    name, reading, newer, colleague, held = db.execute(_FACTS, given).one()
    found: list[Finding] = []
    if newer and ticket.channel != "chat":
        found.append(Finding(f"newer.{newer}", N_("Not sent yet: a newer message has arrived.")))
    if colleague and ticket.channel != "chat":
        who = db.scalar(sa.select(Message.sender_name).where(Message.id == colleague))
        found.append(Finding(f"colleague.{colleague}", N_("Not sent yet: %(who)s answered meanwhile."), {"who": who}))
    if held and ticket.channel != "chat":
        who = db.scalar(sa.select(Agent.name).join(HeldReply, HeldReply.agent_id == Agent.id).where(_H.id == held))
        found.append(Finding(f"held.{held}", N_("Not sent yet: a reply of %(who)s is about to leave."), {"who": who}))
    if left := placeholder(text):
        found.append(Finding("placeholder", N_("Not sent yet: “%(what)s” is still to be filled in."), {"what": left}))
    if not files and speaks_of_file(text):
        sentence = N_("Not sent yet: the text speaks of an attachment, and nothing is attached.")
        found.append(Finding("attachment", sentence))
    return found + _others(db, given, text, (name, reading)) + (_strangers(db, addressed) if addressed else [])


_MET = sa.select(Identity.value).where(
    Identity.kind == "email", Identity.value.in_(sa.bindparam("values", expanding=True))
)
_STAFF = sa.select(Agent.email).where(Agent.email.in_(sa.bindparam("values", expanding=True)))
_HOUSE = sa.exists().where(Identity.kind == "email", Identity.value.like(sa.bindparam("at"), escape="\\"))


def _strangers(db: Session, addressed: Addressed) -> list[Finding]:
    """Recipients whom this desk has never met, and among those the ones where it knows nobody."""
    values = [identities.normal("email", r.value) for r in addressed.everybody]
    met = {*db.scalars(_MET, {"values": values}), *db.scalars(_STAFF, {"values": values})}
    found: list[Finding] = []
    for value in values:
        if value in met:
            continue
        domain = value.rpartition("@")[2]
        ending = "%@" + re.sub(r"([\\%_])", r"\\\1", domain)
        said = {"what": value, "domain": domain}
        if db.scalar(sa.select(_HOUSE), {"at": ending}):
            sentence = N_("Not sent yet: this desk has never written to %(what)s.")
        else:
            sentence = N_("Not sent yet: this desk knows nobody at %(domain)s. Is %(what)s right?")
        found.append(Finding(f"stranger.{value}", sentence, said))
    return found


def _others(db: Session, given: dict[str, Any], text: str, own: Sequence[str]) -> list[Finding]:
    """Another customer's name at the head of the text, or another customer's address in it."""
    found: list[Finding] = []
    called = greeted(text)
    if called and not same_person(called, own) and not same_person(called, db.scalars(_NAMES, given)):
        begins = re.sub(r"([\\%_])", r"\\\1", called) + " %"
        if db.scalar(_CALLED, given | {"called": called, "begins": begins}):
            sentence = N_("Not sent yet: the text is addressed to “%(what)s”, another customer.")
            found.append(Finding("name", sentence, {"what": called}))
    named = addresses(text)
    if named and (other := db.scalar(_STRANGERS, given | {"values": named})):
        sentence = N_("Not sent yet: %(what)s is the address of another customer.")
        found.append(Finding("address", sentence, {"what": other}))
    return found
