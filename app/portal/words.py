"""What a ticket's state is called to its customer, and the sign beside it."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import N_
from app.i18n import gettext as _

# status: (look, words)
STATES = {
    "new": ("open", N_("Received by us")),
    "open": ("open", N_("Being worked on")),
    "waiting_customer": ("turn", N_("Your answer is awaited")),
    "waiting_other": ("open", N_("Being looked into")),
    "solved": ("done", N_("Solved for now")),
    "closed": ("over", N_("Closed for good")),
}


@dataclass(frozen=True, slots=True)
class State:
    """A state in the customer's words; `look` names its sign."""

    look: str
    text: str


def state(status: str) -> State:
    """The state in the language of the moment."""
    look, text = STATES[status]
    return State(look, _(text))
