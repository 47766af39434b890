"""Which ticket a message belongs to: a pure decision over evidence, with the reason in words that are kept.

A message joins a ticket only with proof that its sender belongs there. Doubt opens a new ticket, linked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket that the message may belong to, newest evidence first.

    `proof`: "token" (a secret of ours came back), "reference" (answers a message id that this sender wrote),
    "conversation" (the channel proved that the sender alone writes there).
    """

    ticket_id: int
    proof: str
    sender_belongs: bool
    status: str
    spam: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    ticket_id: int
    why: str


@dataclass(frozen=True, slots=True)
class Open:
    why: str
    linked_to: int | None = None


Decision = Join | Open


def decide(candidates: Sequence[Candidate], authentic: bool | None) -> Decision:
    """Join the first candidate that is proven; else open, linked to the first that was considered.

    `authentic` is False when our own mail server found that the sender is forged (DMARC fail).
    """
    for candidate in candidates:
        if candidate.spam:
            continue
        if candidate.proof == "conversation":
            if candidate.status == "closed":
                return Open("previous_closed", candidate.ticket_id)
            return Join(candidate.ticket_id, "conversation")
        if authentic is False:
            return Open("sender_forged", candidate.ticket_id)
        if not candidate.sender_belongs:
            return Open("sender_unknown", candidate.ticket_id)
        if candidate.status == "closed":
            return Open("previous_closed", candidate.ticket_id)
        return Join(candidate.ticket_id, candidate.proof)
    return Open("first_contact")
