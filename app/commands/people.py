"""Agents, inboxes and tokens from the command line."""

from __future__ import annotations

import argparse
import secrets
import sys

import sqlalchemy as sa

from app import main
from app.accounts import agents, tokens
from app.accounts.models import Agent, ApiToken, Team
from app.channels import inboxes
from app.channels.inboxes import Inbox
from app.db import Session
from app.errors import Invalid, NotFound
from app.events import SYSTEM


def user(given: argparse.Namespace) -> int:
    """List agents or change one."""
    with main.build(given.settings).database.transaction() as db:
        if given.action == "list":
            for agent in agents.every(db):
                print(f"{agent.id}\t{agent.email}\t{agent.role}\t{'active' if agent.active else 'left'}\t{agent.name}")
            return 0
        if not given.email:
            raise Invalid({"email": "An e-mail address is needed."})
        if given.action == "add":
            password = _password(given)
            added = agents.add(
                db, given.email, given.name or "", role=given.role, password=password, locale=given.locale or ""
            )
            print(
                f"{added.id}\t{added.email}\t{password}" if not given.password_stdin else f"{added.id}\t{added.email}"
            )
            return 0
        agent = _agent(db, given.email)
        if given.action == "password":
            password = _password(given)
            agents.set_password(db, agent, password)
            if not given.password_stdin:
                print(password)
        else:
            agents.change(db, agent, SYSTEM, active=given.action == "activate")
    return 0


def _password(given: argparse.Namespace) -> str:
    return sys.stdin.readline().rstrip("\n") if given.password_stdin else secrets.token_urlsafe(12)


def _agent(db: Session, email: str) -> Agent:
    found = agents.find(db, email)
    if found is None:
        raise NotFound("There is no agent with this address.")
    return found


def inbox(given: argparse.Namespace) -> int:
    """List inboxes or change one."""
    house = main.build(given.settings)
    with house.database.transaction() as db:
        if given.action == "list":
            for found in inboxes.every(db):
                state = "on" if found.active else "off"
                print(f"{found.id}\t{found.kind}\t{found.address}\t{state}\t{found.public_id}\t{found.name}")
            return 0
        if given.action in ("on", "off"):
            number = given.kind if (given.kind or "").isdigit() else "0"
            found_inbox = db.get(Inbox, int(number))
            if found_inbox is None:
                raise NotFound("There is no inbox with this id.")
            found_inbox.active = given.action == "on"
            return 0
        if given.kind not in house.database.house["channels"]:
            raise Invalid({"kind": "This kind of channel does not exist."})
        made = inboxes.add(
            db,
            given.kind,
            given.name or given.address or "",
            given.address or "",
            team_id=_team(db, given.team),
            locale=given.locale or "",
            settings=dict(pair.split("=", 1) for pair in given.set if "=" in pair),
            secrets={name: sys.stdin.readline().rstrip("\n") for name in given.secret},
        )
        print(f"{made.id}\t{made.kind}\t{made.address}\t{made.public_id}")
    return 0


def _team(db: Session, name: str | None) -> int | None:
    if not name:
        return None
    found = db.scalar(sa.select(Team.id).where(Team.name == name))
    if found is None:
        raise NotFound("There is no team with this name.")
    return found


def token(given: argparse.Namespace) -> int:
    """List bearer tokens, add or revoke one."""
    with main.build(given.settings).database.transaction() as db:
        if given.action == "list":
            for row in db.scalars(sa.select(ApiToken).order_by(ApiToken.id)):
                state = "revoked" if row.revoked_at else "live"
                print(f"{row.id}\t{state}\t{','.join(row.scopes)}\t{row.name}")
        elif given.action == "add":
            agent = _agent(db, given.agent or "")
            print(tokens.add_api_token(db, agent, given.name or "", given.scope or list(tokens.SCOPES)))
        else:
            tokens.revoke(db, int(given.name) if (given.name or "").isdigit() else 0)
    return 0
