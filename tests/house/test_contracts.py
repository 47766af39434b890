"""What holds for the whole house: lint, types, imports, the schema, translations."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app import i18n, main, schema, templating

ROOT = Path(__file__).parents[2]
ERRORS = {
    "AppError",
    "Conflict",
    "Forbidden",
    "NotFound",
    "SignInRequired",
    "TooLarge",
    "TooMany",
    "Unavailable",
}
MARKERS = {"_", "gettext", "ngettext", "N_"}
TO_ADMINISTRATORS = {"app/commands", "app/cli.py", "app/settings.py", "app/migrate.py", "app/channels/email/smtp_in.py"}


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["import-linter", "lint"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_the_house_rules_are_kept(command: list[str]) -> None:
    program = Path(sys.executable).parent / ("lint-imports" if command[0] == "import-linter" else command[0])
    arguments = [] if command[0] == "import-linter" else command[1:]
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


@pytest.mark.both
def test_the_migrations_make_exactly_the_models(house: main.House) -> None:
    with house.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


@pytest.mark.both
def test_every_foreign_key_that_is_followed_has_an_index(house: main.House) -> None:
    """Deleting and joining never walk a whole table: each key leads an index or a primary key, or points at a list
    that is short by nature (agents, teams, inboxes, companies)."""
    short = {"agents", "teams", "inboxes", "companies", "tags"}
    inspector = sa.inspect(house.database.engine)
    missing = []
    for table in inspector.get_table_names():
        leading = {i["column_names"][0] for i in inspector.get_indexes(table) if i["column_names"]}
        leading |= {u["column_names"][0] for u in inspector.get_unique_constraints(table)}
        leading |= set(inspector.get_pk_constraint(table)["constrained_columns"][:1])
        for key in inspector.get_foreign_keys(table):
            if key["referred_table"] not in short and key["constrained_columns"][0] not in leading:
                missing.append((table, key["constrained_columns"][0]))
    allowed = {("tickets", "merged_into_id"), ("surveys", "message_id")}
    assert [m for m in missing if m not in allowed] == []


def strings_in_python() -> Iterator[tuple[str, str]]:
    """(where, msgid) of everything in app/ that a person may read."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        if any(where.startswith(prefix) for prefix in TO_ADMINISTRATORS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                yield from ((f"{where}:{node.lineno}", text) for text in _said(name, node))


def _said(name: str, call: ast.Call) -> Iterator[str]:
    first = call.args[0] if call.args else None
    if name in MARKERS | ERRORS and isinstance(first, ast.Constant) and isinstance(first.value, str):
        yield first.value
    if name == "Invalid" and isinstance(first, ast.Dict):
        yield from (v.value for v in first.values if isinstance(v, ast.Constant) and isinstance(v.value, str))


def strings_in_templates() -> Iterator[tuple[str, str]]:
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], trim_blocks=True)
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for line, _, message in environment.extract_translations(path.read_text(encoding="utf-8")):  # type: ignore[attr-defined]
            one = message[0] if isinstance(message, tuple) else message
            if one:
                yield f"{path.relative_to(ROOT)}:{line}", one


def test_every_string_has_its_japanese() -> None:
    japanese = i18n.catalogue("ja")
    missing = [
        f"{where}  {text!r}" for where, text in (*strings_in_python(), *strings_in_templates()) if text not in japanese
    ]
    assert missing == [], "\n".join(missing)


def test_translations_keep_the_values_that_are_filled_in() -> None:
    def names(text: str) -> set[str]:
        return set(re.findall(r"%\((\w+)\)", text))

    pairs = [(english, text) for english, text in i18n.catalogue("ja").items() if isinstance(text, str)]
    broken = [english for english, text in pairs if names(text) - names(english)]
    assert broken == []


def test_every_template_compiles_and_uses_only_translated_words() -> None:
    environment = templating.environment(ROOT / "templates", {"static": lambda name: name})
    names = environment.list_templates(extensions=["html", "svg", "css"])
    assert len(names) > 20
    for name in names:
        environment.get_template(name)
