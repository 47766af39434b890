"""Counting afterwards: where is every mail that was acknowledged, and what became of every answer?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.letters import Letter
from tests.faults.postoffice import Handed

Row = Mapping[str, Any]  # a stored message as `madoguchi messages --json` prints it


@dataclass
class Tally:
    """What a run came to. `wrong` names each thing that should not be."""

    sent: int = 0
    attempts: int = 0
    acknowledged: int = 0
    stored: int = 0
    doubled: int = 0
    lost: int = 0
    torn: int = 0
    replies: int = 0
    delivered_once: int = 0
    delivered_again: int = 0
    undelivered: int = 0
    broken_connections: int = 0
    kills: int = 0
    restart_median: float = 0.0
    unaccounted: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        return not self.wrong

    def rows(self) -> list[tuple[str, str]]:
        """The table as it is printed."""
        return [
            ("mails sent", f"{self.sent} ({self.attempts} attempts)"),
            ("acknowledged", str(self.acknowledged)),
            ("stored", str(self.stored)),
            ("doubled", str(self.doubled)),
            ("lost", str(self.lost)),
            ("torn", str(self.torn)),
            ("replies", str(self.replies)),
            ("mails out, handed over once", str(self.delivered_once)),
            ("mails out, handed over again", f"{self.delivered_again} (same Message-ID)"),
            ("mails out, never handed over", str(self.undelivered)),
            ("connections cut after DATA", str(self.broken_connections)),
            ("kills", str(self.kills)),
            ("restart, median", f"{self.restart_median:.2f} s"),
            ("unaccounted for", str(self.unaccounted)),
        ]


def count_mails(
    tally: Tally, post: Sequence[Letter], acknowledged: set[int], stored: Sequence[Mapping[str, Any]]
) -> None:
    """Every acknowledged mail is one message in one ticket, whole; nothing else came in."""
    found: dict[str, list[Row]] = defaultdict(list)
    for message in stored:
        if message["direction"] == "in":
            found[message["external_id"]].append(message)
    known = {letter.message_id for letter in post}
    for letter in post:
        rows = found.get(letter.message_id, [])
        tally.stored += bool(rows)
        if letter.number in acknowledged and not rows:
            tally.lost += 1
            tally.wrong.append(f"mail {letter.number} was acknowledged and is nowhere")
        if len(rows) > 1:
            tally.doubled += 1
            tally.wrong.append(f"mail {letter.number} is in tickets {[row['ticket_id'] for row in rows]}")
        for row in rows:
            if fault := _torn(letter, row):
                tally.torn += 1
                tally.wrong.append(f"mail {letter.number} is not whole: {fault}")
    tally.wrong += [f"nobody sent {name}" for name in found if name not in known]


def _torn(letter: Letter, row: Row) -> str:
    """What of a mail is not as it was sent, "" when all is."""
    if " ".join(row["text"].split()) != " ".join(letter.text.split()):
        return f"its text is {row['text']!r}"
    files = [file["sha256"] for file in row["attachments"]]
    return "" if files == ([letter.file] if letter.file else []) else f"its files are {files}"


def count_replies(
    tally: Tally,
    accepted: Mapping[int, str],
    stored: Sequence[Mapping[str, Any]],
    handed: Mapping[str, Sequence[Handed]],
) -> None:
    """Every accepted answer is one message; every message out was handed over, always by the same Message-ID."""
    tally.replies = len(accepted)
    out = [message for message in stored if message["direction"] == "out"]
    for ticket, text in accepted.items():
        mine = [m for m in out if m["ticket_id"] == ticket and " ".join(m["text"].split()) == " ".join(text.split())]
        if len(mine) != 1:
            tally.wrong.append(f"the answer to ticket {ticket} is written {len(mine)} times")
    for message in out:
        times = len(handed.get(message["external_id"], ()))
        tally.delivered_once += times == 1
        tally.delivered_again += times > 1
        tally.undelivered += times == 0
        if times == 0:
            tally.wrong.append(f"message {message['id']} was never handed over: {message['delivery']}")
        elif not message["delivery"] or message["delivery"]["state"] != "sent":
            tally.wrong.append(f"message {message['id']} went out and is not known as sent: {message['delivery']}")
    known = {message["external_id"] for message in out}
    tally.wrong += [f"handed over by an unknown Message-ID: {name}" for name in handed if name not in known]
