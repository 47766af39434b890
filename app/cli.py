"""The command `madoguchi`. Parsing is here; doing is in `app.commands`, loaded only when its command is called."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Any

from app import settings, unneeded
from app.errors import AppError, Invalid

ABOUT = """\
Madoguchi, one window for every customer: mail, chat, LINE and web requests in one desk.

  madoguchi serve --demo      a desk to try, on http://127.0.0.1:8000
  madoguchi serve             your own desk; the first start prints a link that makes its owner
  madoguchi doctor            is everything that arrived accounted for?
"""
INBOX_MORE = """\
Secrets are never typed as arguments, where other users of the machine could read them: --secret reads one line of
standard input for each name, in their order, and --secret-env a variable of the environment. A replaced
channel_secret of LINE stays valid as channel_secret_old until it is forgotten:

  madoguchi inbox set 4 --secret channel_secret < new-secret.txt
  madoguchi inbox set 4 --forget channel_secret_old
"""
SEARCH_MORE = """\
Words, "exact words", -without, and status: assignee: team: tag: from: has: priority: channel: before: until: after:.
Prints for each query {"query", "hits": [{"ticket", "message"}]}, the best first; a hit that is an internal note has
"note" and no message. Nothing found by the words as they are: "instead" tells what was searched. Exit status 1 when
a query could not be understood in every part ("problems" says why), 0 otherwise.

  echo 'status:open refund before:2026-11-01' | madoguchi search --tickets --json
"""
MORE = """\
Every setting is an environment variable MADOGUCHI_…; `madoguchi settings` lists them with their meaning.
`madoguchi COMMAND --help` explains each command.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status. 0 done, 1 not well or failed, 2 called wrongly."""
    given = parser().parse_args(arguments)
    if not given.command:
        parser().print_help()
        return 2
    module, _, function = given.run.partition(":")
    try:
        overrides = {"data": given.data, **_overrides(given)}
        given.settings = settings.load(**overrides)
        with unneeded.left_out(given.settings.redis_url):
            commands = importlib.import_module(f"app.commands.{module}")
        return int(getattr(commands, function)(given) or 0)
    except settings.BadSetting as error:
        return _say(f"Bad setting: {error}", 2)
    except Invalid as error:
        return _say("; ".join(f"{name}: {text}" for name, text in error.fields.items()) % error.values, 1)
    except AppError as error:
        return _say(error.message % error.values if error.values else error.message, 1)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        sentence = _known(error)
        if sentence is None:
            raise
        return _say(sentence, 1)


def _say(sentence: str, status: int) -> int:
    print(f"madoguchi: {sentence}", file=sys.stderr)
    return status


def _known(error: Exception) -> str | None:
    """A sentence for what goes wrong around the desk: a database or a folder that cannot be used."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    # A file that is no database, or is damaged, is a bare DatabaseError; its other kinds are faults of ours.
    if isinstance(error, OperationalError) or (isinstance(error, DatabaseError) and type(error) is DatabaseError):
        return f"The database cannot be used: {str(error.orig).splitlines()[0]}"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} cannot be used: {error.strerror}."
    return None


def _overrides(given: argparse.Namespace) -> dict[str, Any]:
    names = {"port": "port", "smtp_port": "smtp_in_port", "lmtp_port": "lmtp_in_port", "host": "host", "demo": "demo"}
    found = {setting: getattr(given, option, None) for option, setting in names.items()}
    return {name: value for name, value in found.items() if value is not None and value is not False}


def parser() -> argparse.ArgumentParser:
    """Everything that can be typed, with its help."""
    from pathlib import Path

    root = argparse.ArgumentParser(
        prog="madoguchi", description=ABOUT, epilog=MORE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root.add_argument("--data", type=Path, metavar="FOLDER", help="data folder (default: MADOGUCHI_DATA or ./data)")
    commands = root.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def command(name: str, run: str, help: str, more: str = "") -> argparse.ArgumentParser:
        made = commands.add_parser(
            name, help=help, description=f"{help}\n\n{more}", formatter_class=argparse.RawDescriptionHelpFormatter
        )
        made.set_defaults(run=run)
        return made

    _serving(command)
    _mail(command)
    _people(command)
    _care(command)
    return root


def _serving(command: Any) -> None:
    serve = command(
        "serve",
        "serving:serve",
        "Run the desk: pages, sockets, jobs, and the SMTP and LMTP listeners, in one process.",
        "A port of 0 picks a free one (--port) or switches the listener off (--smtp-port, --lmtp-port).",
    )
    serve.add_argument("--host", help="address of the web server (default 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port of the web server (default 8000)")
    serve.add_argument("--smtp-port", type=int, help="port of the SMTP listener (default 2525)")
    serve.add_argument("--lmtp-port", type=int, help="port of the LMTP listener (default 2424)")
    serve.add_argument("--demo", action="store_true", help="seed the demo desk on the first start, and show its shop")
    command(
        "worker",
        "serving:worker",
        "Do jobs only, beside one or more `serve` processes on the same PostgreSQL.",
        "With MADOGUCHI_REDIS_URL set, what it does appears on open screens at once.",
    )
    command("demo", "serving:demo", "Seed the demo desk and print its sign-ins. Running it again changes nothing.")
    command("migrate", "serving:migrate", "Bring the database to the newest schema. `serve` does this at its start.")


def _mail(command: Any) -> None:
    ingest = command(
        "ingest",
        "mail:ingest",
        "Take mails in from files or standard input, as if they had arrived by SMTP, and print their tickets.",
        "--dry-run reads and changes nothing. Exit status 0 when every file was readable, 1 otherwise.",
    )
    ingest.add_argument("files", nargs="*", metavar="FILE", help="a mail in RFC 5322 form; none or - is standard input")
    ingest.add_argument(
        "--inbox", metavar="ADDRESS", help="the mail inbox it goes to (default: by recipient, or the first)"
    )
    ingest.add_argument("--dry-run", action="store_true", help="only read; nothing is stored")
    ingest.add_argument("--json", action="store_true", help="one JSON object a line")
    messages = command("messages", "mail:messages", "Print stored messages, oldest first.")
    messages.add_argument("--json", action="store_true", help="one JSON object a line")
    messages.add_argument("--inbox", type=int, metavar="ID", help="only of this inbox")
    messages.add_argument("--ticket", type=int, metavar="N", help="only of this ticket")


def _people(command: Any) -> None:
    user = command("user", "people:user", "Agents: list them, add one, set a password, deactivate.")
    user.add_argument("action", choices=["list", "add", "password", "deactivate", "activate"])
    user.add_argument("email", nargs="?", help="the agent's address")
    user.add_argument("--name", help="name (add)")
    user.add_argument("--role", choices=["owner", "admin", "agent", "viewer"], default="agent", help="role (add)")
    user.add_argument("--locale", choices=["en", "ja"], help="language (add)")
    user.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    inbox = command(
        "inbox",
        "people:inbox",
        "Inboxes: list them, add one, change one or its secrets, switch one off or on.",
        INBOX_MORE,
    )
    inbox.add_argument("action", choices=["list", "add", "set", "off", "on"])
    inbox.add_argument("kind", nargs="?", help="email, form, chat, line or rest (add); the id (set, off, on)")
    inbox.add_argument("address", nargs="?", help="mail address, or the account's name on its channel")
    inbox.add_argument("--name", help="name that agents see")
    inbox.add_argument("--team", help="team that gets its tickets")
    inbox.add_argument("--locale", choices=["en", "ja"], help="language of its automatic mails")
    inbox.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the channel")
    inbox.add_argument(
        "--secret", action="append", default=[], metavar="NAME", help="a secret; its value is read from standard input"
    )
    inbox.add_argument(
        "--secret-env",
        action="append",
        default=[],
        metavar="NAME=VARIABLE",
        help="a secret; its value stands in this variable of the environment",
    )
    inbox.add_argument("--forget", action="append", default=[], metavar="NAME", help="a secret to forget (set)")
    token = command("token", "people:token", "Bearer tokens of the REST API: list, add, revoke.")
    token.add_argument("action", choices=["list", "add", "revoke"])
    token.add_argument("name", nargs="?", help="name of the token (add), its id (revoke)")
    token.add_argument("--agent", metavar="EMAIL", help="the agent it acts as (add)")
    token.add_argument("--scope", action="append", default=[], help="what it may do; may be given several times")


def _care(command: Any) -> None:
    doctor = command(
        "doctor",
        "care:doctor",
        "Show whether the desk is well: everything received, deliveries, jobs, and what is unaccounted for.",
        "Exit status 0 when well, 1 otherwise.",
    )
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.add_argument("--all", action="store_true", help="a line for every Received, not only the counts")
    search = command(
        "search",
        "search:search",
        "Search tickets: queries from standard input, one a line, in the language of the console's search field.",
        SEARCH_MORE,
    )
    search.add_argument("--tickets", action="store_true", help="search tickets (messages and notes)")
    search.add_argument("--json", action="store_true", help="one JSON object a line for each query")
    search.add_argument("--limit", type=int, default=50, metavar="N", help="hits of one query at most (default 50)")
    search.add_argument("--agent", metavar="EMAIL", help="find only what this agent may see (default: everything)")
    search.add_argument("--locale", choices=["en", "ja"], default="en", help="language of what is said about queries")
    command(
        "reindex",
        "search:reindex",
        "Throw the search index away and build it again, telling how far it is.",
        "It can be stopped and goes on where it was, also by `serve`; meanwhile a search finds what is in it already.",
    )
    replay = command("replay", "care:replay", "Read a quarantined Received once more.")
    replay.add_argument("received", type=int, metavar="ID", help="its number, from doctor or the console")
    command("settings", "care:settings_", "List every setting, its default and its meaning.")
    backup = command("backup", "care:backup", "Copy a SQLite desk to a folder while it runs, consistently.")
    backup.add_argument("folder", help="a folder that does not exist yet")


if __name__ == "__main__":
    sys.exit(main())
