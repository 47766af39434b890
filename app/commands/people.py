"""Agents, inboxes and tokens from the command line."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Sequence

import sqlalchemy as sa

from app import main
from app.accounts import agents, tokens
from app.accounts.models import Agent, ApiToken, Team
from app.channels import inboxes, registry
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
        if given.action in ("on", "off", "set"):
            _change_inbox(db, _inbox(db, given.kind), given)
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
            settings=_settings(given.kind, given.set),
        )
        if secrets_given := _secrets(given):
            inboxes.change_secrets(db, made, registry.channel(db, made.kind).capabilities.secrets, new=secrets_given)
        print(f"{made.id}\t{made.kind}\t{made.address}\t{made.public_id}")
    return 0


def _inbox(db: Session, number: str | None) -> Inbox:
    typed = number or ""
    found = db.get(Inbox, int(typed)) if typed.isdecimal() and len(typed) < 18 else None
    if found is None:
        raise NotFound("There is no inbox with this id.")
    return found


def _change_inbox(db: Session, found: Inbox, given: argparse.Namespace) -> None:
    """What was typed is changed, everything else stays."""
    new = _secrets(given)
    if new or given.forget:
        known = registry.channel(db, found.kind).capabilities.secrets
        inboxes.change_secrets(db, found, known, new=new, forgotten=given.forget)
    inboxes.change(
        db,
        found,
        name=given.name or found.name,
        locale=given.locale or found.locale,
        team_id=_team(db, given.team) or found.team_id,
        active=found.active if given.action == "set" else given.action == "on",
        settings=_settings(found.kind, given.set),
    )


def _secrets(given: argparse.Namespace) -> dict[str, str]:
    """The secrets that were named: from standard input, a line each, and from the environment. Raises Invalid."""
    found = {name: sys.stdin.readline().strip() for name in given.secret}
    for name, variable in _pairs("secret-env", given.secret_env).items():
        if not os.environ.get(variable):
            raise Invalid({name: f"The variable {variable} is empty or not set."})
        found[name] = os.environ[variable]
    return found


def _settings(kind: str, given: Sequence[str]) -> dict[str, object]:
    """The settings that were typed, each in the shape that its channel reads. Raises Invalid."""
    typed: dict[str, object] = dict(_pairs("set", given))
    if kind == "chat" and isinstance(sites := typed.get("origins"), str):
        typed["origins"] = inboxes.origins(sites)
    return typed


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    """{name: value} of NAME=VALUE. Raises Invalid."""
    if wrong := [pair for pair in given if not pair.partition("=")[1]]:
        raise Invalid({option: f"{wrong[0]} is not of the form NAME=VALUE."})
    return dict(pair.split("=", 1) for pair in given)


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
