"""The command line, as an administrator uses it: real processes on a desk of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.commands import call
from tests.ports import free_port

PROGRAM = Path(sys.executable).parent / "madoguchi"
MAIL = (
    b"From: Hannah <hannah@fjordcafe.example>\r\nTo: support@tea.example\r\nSubject: Loose lid\r\n"
    b"Message-ID: <1@fjordcafe.example>\r\n\r\nIt rattles.\r\n"
)
FIELDS = (
    "file from_address from_name to cc reply_to subject message_id in_reply_to references date body_text body_html "
    "reply_text attachments auto_generated bounce error"
)


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    import shutil

    shutil.copytree(sqlite_template, tmp_path / "data")
    return tmp_path / "data"


def test_help_names_every_command_and_each_explains_itself(tmp_path: Path) -> None:
    text = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    for command in ("serve", "worker", "demo", "migrate", "doctor", "ingest", "messages", "user", "inbox", "token"):
        assert command in text
    assert "exit status" in call(tmp_path, "doctor", "--help").stdout.lower()


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        (("doctor",), {}, "no desk here yet"),
        (("doctor",), {"MADOGUCHI_PORT": "many"}, "MADOGUCHI_PORT"),
        (("doctor",), {"MADOGUCHI_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "database cannot be used"),
        (("migrate",), {"MADOGUCHI_DATA": "/proc/none"}, "cannot be used"),
        (("worker",), {}, "needs PostgreSQL"),
        (("serve", "--port", "99999"), {}, "between 0 and 65535"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], environment: dict[str, str], says: str
) -> None:
    done = call(tmp_path / "new", *arguments, **environment)
    assert done.returncode in (1, 2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("command", ["doctor", "migrate"])
def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path, command: str) -> None:
    (tmp_path / "madoguchi.sqlite3").write_bytes(b"these are the minutes of a meeting\n" * 500)
    done = call(tmp_path, command)
    assert done.returncode == 1
    assert done.stderr == "madoguchi: The database cannot be used: file is not a database\n"


def test_a_command_that_only_looks_leaves_no_desk_behind(tmp_path: Path) -> None:
    for arguments in (("doctor",), ("messages", "--json")):
        assert call(tmp_path / "new", *arguments).returncode == 1
    assert not (tmp_path / "new").exists()


def test_a_desk_is_set_up_and_takes_mail_from_files(folder: Path, tmp_path: Path) -> None:
    assert call(folder, "inbox", "add", "email", "support@tea.example", "--name", "Support").returncode == 0
    again = call(folder, "inbox", "add", "email", "Support@Tea.example")
    assert (again.returncode, "already" in again.stderr) == (1, True)
    added = call(
        folder, "user", "add", "mio@tea.example", "--name", "Mio", "--password-stdin", stdin=b"long enough one\n"
    )
    assert added.returncode == 0, added.stderr
    assert (
        call(folder, "user", "add", "ken@tea.example", "--name", "Ken", "--password-stdin", stdin=b"x\n").returncode
        == 1
    )
    file = tmp_path / "one.eml"
    file.write_bytes(MAIL)
    assert "ticket #1" in call(folder, "ingest", str(file)).stdout
    assert "ticket #1" in call(folder, "ingest", stdin=MAIL).stdout  # the same mail: the same ticket
    listed = [json.loads(line) for line in call(folder, "messages", "--json").stdout.splitlines()]
    first = listed[0]
    assert (first["ticket_id"], first["direction"], first["text"]) == (1, "in", "It rattles.")
    assert first["sender"] == {"kind": "customer", "name": "Hannah", "external_id": "hannah@fjordcafe.example"}
    assert call(folder, "messages", "--json", "--ticket", "99").stdout == ""
    token = call(folder, "token", "add", "orders", "--agent", "mio@tea.example", "--scope", "tickets:read")
    assert token.stdout.startswith("mado_")
    assert call(folder, "token", "add", "x", "--agent", "mio@tea.example", "--scope", "all").returncode == 1


@pytest.mark.parametrize(
    "address", ["not an address", "support", "support@", "@tea.example", "a@b@tea.example", "a@b\nc"]
)
def test_a_mail_inbox_needs_an_address_that_mail_can_have(folder: Path, address: str) -> None:
    done = call(folder, "inbox", "add", "email", address)
    assert (done.returncode, done.stderr) == (1, "madoguchi: address: This is not an e-mail address.\n")
    assert call(folder, "inbox", "list").stdout == ""


def test_secrets_of_an_inbox_are_changed_and_forgotten_without_being_typed_or_shown(folder: Path) -> None:
    added = call(
        folder, "inbox", "add", "line", "@tea", "--secret", "channel_secret", "--secret", "access_token",
        stdin=b"first\ntoken-1\n",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    number = added.stdout.split("\t")[0]
    assert secrets_of(folder, number) == {"channel_secret": "first", "access_token": "token-1"}

    changed = call(folder, "inbox", "set", number, "--secret", "channel_secret", stdin=b"second\n")
    assert (changed.returncode, changed.stdout, changed.stderr) == (0, "", "")
    both = {"channel_secret": "second", "channel_secret_old": "first", "access_token": "token-1"}
    assert secrets_of(folder, number) == both
    assert call(folder, "inbox", "set", number, "--secret-env", "access_token=TOKEN", TOKEN="token-2").returncode == 0
    assert call(folder, "inbox", "set", number, "--forget", "channel_secret_old").returncode == 0
    assert secrets_of(folder, number) == {"channel_secret": "second", "access_token": "token-2"}
    assert call(folder, "inbox", "set", number, "--name", "Tea", "--set", "provider_id=7").returncode == 0
    assert "\tTea" in call(folder, "inbox", "list").stdout
    assert secrets_of(folder, number) == {"channel_secret": "second", "access_token": "token-2"}


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (("set", "1", "--secret", "chanel_secret"), b"x\n", "no secret of this name"),
        (("set", "1", "--secret", "access_token"), b"", "cannot be empty"),
        (("set", "1", "--secret-env", "access_token=NOT_SET"), b"", "NOT_SET"),
        (("set", "1", "--secret-env", "access_token"), b"", "NAME=VALUE"),
        (("set", "1", "--set", "provider_id"), b"", "NAME=VALUE"),
        (("set", "9", "--secret", "access_token"), b"x\n", "no inbox with this id"),
        (("set", "two"), b"", "no inbox with this id"),
        (("add", "email", "a@tea.example", "--secret", "password"), b"x\n", "no secret of this name"),
    ],
)
def test_a_change_of_an_inbox_that_cannot_be_made_is_one_sentence_and_changes_nothing(
    folder: Path, arguments: tuple[str, ...], stdin: bytes, says: str
) -> None:
    call(folder, "inbox", "add", "line", "@tea", "--secret", "access_token", stdin=b"token\n")
    done = call(folder, "inbox", *arguments, stdin=stdin)
    assert (done.returncode, says in done.stderr, len(done.stderr.splitlines())) == (1, True, 1)
    assert secrets_of(folder, "1") == {"access_token": "token"}
    assert len(call(folder, "inbox", "list").stdout.splitlines()) == 1


def test_an_inbox_is_switched_off_and_on(folder: Path) -> None:
    call(folder, "inbox", "add", "email", "support@tea.example")
    for action in ("off", "on"):
        assert call(folder, "inbox", action, "1").returncode == 0
        assert f"\t{action}\t" in call(folder, "inbox", "list").stdout


def test_a_full_disk_is_no_desk_that_is_well(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app import cli, storage

    monkeypatch.setenv("MADOGUCHI_DATA", str(folder))
    assert (cli.main(["doctor"]), capsys.readouterr().out.splitlines()[-1]) == (0, "All is well.")
    monkeypatch.setattr(storage.FolderBlobs, "ROOM", 1 << 62)
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "Files cannot be stored now." in said
    assert said.splitlines()[-1] == "Something needs a look."
    assert cli.main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["well"] is False


def test_the_data_folder_may_be_named_from_where_one_stands(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app import cli

    call(folder, "reindex")
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("MADOGUCHI_DATA", folder.name)  # as ./data, where nothing else is said
    assert (cli.main(["doctor"]), capsys.readouterr().out.splitlines()[-1]) == (0, "All is well.")


def test_the_sites_of_a_chat_are_sites(folder: Path) -> None:
    refused = call(folder, "inbox", "add", "chat", "shop", "--set", "origins=notaurl")
    assert refused.stderr == "madoguchi: origins: Write each site as https://www.example.com, with nothing after it.\n"
    assert (refused.returncode, call(folder, "inbox", "list").stdout) == (1, "")
    sites = "origins=https://Tea.example/, http://localhost:8080"
    assert call(folder, "inbox", "add", "chat", "shop", "--set", sites).returncode == 0
    assert call(folder, "inbox", "set", "1", "--set", "origins=https://tea.example/shop").returncode == 1
    with closing(sqlite3.connect(folder / "madoguchi.sqlite3")) as database:
        [(kept,)] = database.execute("SELECT settings FROM inboxes").fetchall()
    assert json.loads(kept)["origins"] == ["https://tea.example", "http://localhost:8080"]


def secrets_of(folder: Path, number: str) -> dict[str, str]:
    """What the desk itself would use."""
    from app import main
    from app.channels import inboxes
    from app.settings import load

    house = main.build(load({}, data=folder))
    try:
        with house.database.read() as db:
            return dict(inboxes.info_of(db, int(number)).secrets)
    finally:
        house.close()


def test_the_doctor_counts_what_arrived_and_says_when_something_waits(folder: Path) -> None:
    call(folder, "inbox", "add", "email", "support@tea.example")
    call(folder, "ingest", stdin=MAIL)
    well = call(folder, "doctor", "--json")
    found = json.loads(well.stdout)
    assert (well.returncode, found["unaccounted"], found["received"]["opened"]) == (0, 0, 1)
    assert "0 unaccounted for" in call(folder, "doctor").stdout
    import sqlite3

    with sqlite3.connect(folder / "madoguchi.sqlite3") as database:
        database.execute("UPDATE received SET state = 'received'")  # somebody meddled: no job will read it
    sick = call(folder, "doctor")
    assert (sick.returncode, "1 unaccounted for" in sick.stdout) == (1, True)


def test_a_dry_run_reads_and_changes_nothing(folder: Path, tmp_path: Path) -> None:
    good, empty = tmp_path / "good.eml", tmp_path / "empty.eml"
    good.write_bytes(MAIL)
    empty.write_bytes(b"")
    done = call(folder, "ingest", "--dry-run", "--json", str(good), str(good))
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["subject"] for line in lines] == ["Loose lid", "Loose lid"]
    assert list(lines[0]) == FIELDS.split()
    bad = call(folder, "ingest", "--dry-run", "--json", str(empty), str(tmp_path / "none.eml"), str(good))
    errors = [json.loads(line)["error"] for line in bad.stdout.splitlines()]
    assert (bad.returncode, [bool(e) for e in errors]) == (1, [True, True, False])
    assert call(folder, "messages", "--json").stdout == ""


def test_a_backup_is_a_desk_of_its_own(folder: Path, tmp_path: Path) -> None:
    call(folder, "inbox", "add", "email", "support@tea.example")
    call(folder, "ingest", stdin=MAIL)
    assert call(folder, "backup", str(tmp_path / "copy")).returncode == 0
    assert call(folder, "backup", str(tmp_path / "copy")).returncode == 1
    copied = json.loads(call(tmp_path / "copy", "messages", "--json").stdout.splitlines()[0])
    assert copied["text"] == "It rattles."
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0, "others on the machine can read what customers wrote"


@contextmanager
def serving(folder: Path, port: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    arguments = ["serve", "--port", str(port), "--smtp-port", "0", "--lmtp-port", "0", *more]
    process = subprocess.Popen(
        [PROGRAM, *arguments],
        env={**os.environ, "MADOGUCHI_DATA": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1)
            break
        except OSError:
            time.sleep(0.05)
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def test_a_first_start_prints_a_link_and_stops_cleanly_when_told(folder: Path) -> None:
    port = free_port()
    with serving(folder, port) as process:
        second = call(folder, "serve", "--port", str(free_port()), "--smtp-port", "0", "--lmtp-port", "0")
        assert (second.returncode, "uses the data folder" in second.stderr) == (1, True)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert f"http://127.0.0.1:{port}/setup/" in output
    assert "Traceback" not in output


def test_a_taken_port_is_a_sentence(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        web = call(folder, "serve", "--port", port)
        mail = call(folder, "serve", "--port", str(free_port()), "--smtp-port", port)
    for done in (web, mail):
        assert done.returncode == 1
        assert f"127.0.0.1:{port} already" in done.stderr
        assert "Traceback" not in done.stderr
