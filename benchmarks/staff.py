"""Who works at the desks that are measured, and where their mail comes in."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from app.accounts import agents, passwords, teams
from app.channels import inboxes
from app.db import Session

DOMAIN = "bench.example"
SUPPORT, STUDIO = f"support@{DOMAIN}", f"studio@{DOMAIN}"
PASSWORD = "forty tins a month"
AGENTS = 12
READER, SCREEN = 4, 5  # the agent who opens pages, and the one whose screen is watched
TEAMS = ("Orders", "Wholesale", "Studio", "Returns")


@dataclass(frozen=True, slots=True)
class Cast:
    """The numbers of everybody and everything that tickets point to."""

    agents: list[int]
    teams: dict[str, int]
    inboxes: dict[str, int]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def email(number: int) -> str:
    """The address that agent `number` signs in with."""
    return f"agent{number}@{DOMAIN}"


def hire(db: Session) -> Cast:
    """Agents of every role in four teams (one private), four mail inboxes, a chat and a form."""
    hashed = passwords.hashed(PASSWORD)
    roles = ["owner", "admin", "admin", *["agent"] * (AGENTS - 4), "viewer"]
    made = [
        agents.add(db, email(n), f"Agent {n}" if n % 2 else f"担当 {n}", role=role, password_hash=hashed, locale="en")
        for n, role in enumerate(roles)
    ]
    numbers = [agent.id for agent in made]
    of_name = {}
    for at, name in enumerate(TEAMS):
        members = [number for n, number in enumerate(numbers) if n % len(TEAMS) == at or n in (READER, SCREEN)]
        of_name[name] = teams.add(db, name, private=name == "Wholesale", members=members).id
    doors = {
        "support": inboxes.add(db, "email", "Support", SUPPORT).id,
        "orders": inboxes.add(db, "email", "Orders", f"orders@{DOMAIN}", team_id=of_name["Orders"]).id,
        "wholesale": inboxes.add(db, "email", "Wholesale", f"wholesale@{DOMAIN}", team_id=of_name["Wholesale"]).id,
        "studio": inboxes.add(db, "email", "Studio", STUDIO, team_id=of_name["Studio"]).id,
        "chat": inboxes.add(db, "chat", "Shop chat", "shop", settings={"origins": []}).id,
    }
    return Cast(numbers, of_name, doors)
